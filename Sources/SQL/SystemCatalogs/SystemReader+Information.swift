import Catalog

// information_schema, as the standard has it.
extension SystemReader {
    func informationRows(of relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        let catalog = SQLValue.text(session.database)
        switch relation.name {
        case "information_schema_catalog_name": return [relation.row(["catalog_name": catalog])]
        case "schemata":
            return try schemas().map {
                sparse(
                    relation, ["catalog_name": catalog, "schema_name": .text($0.name), "schema_owner": .text(UserConfig.administrator)])
            }
        case "tables": return try informationTables(relation, catalog)
        case "views": return try informationViews(relation, catalog)
        case "columns": return try informationColumns(relation, catalog)
        case "table_constraints": return try tableConstraints(relation, catalog)
        case "key_column_usage": return try keyColumns(relation, catalog)
        case "constraint_column_usage", "constraint_table_usage": return try constraintUsage(relation, catalog)
        case "referential_constraints": return try referentialConstraints(relation, catalog)
        case "check_constraints": return try checkConstraints(relation, catalog)
        case "sequences": return try informationSequences(relation, catalog)
        case "table_privileges", "role_table_grants": return try privileges(relation, catalog)
        case "enabled_roles": return [relation.row(["role_name": .text(session.user)])]
        case "character_sets":
            return [
                relation.row([
                    "character_set_name": .text("UTF8"), "character_repertoire": .text("UCS"), "form_of_use": .text("UTF8"),
                    "default_collate_catalog": catalog, "default_collate_schema": .text("pg_catalog"), "default_collate_name": .text("C"),
                ])
            ]
        case "collations":
            return ["default", "C", "POSIX", "ucs_basic"].map {
                relation.row([
                    "collation_catalog": catalog, "collation_schema": .text("pg_catalog"), "collation_name": .text($0),
                    "pad_attribute": .text("NO PAD"),
                ])
            }
        case "domains": return try informationDomains(relation, catalog)
        case "domain_constraints": return try domainConstraints(relation, catalog)
        case "column_domain_usage": return try domainColumns(relation, catalog)
        case "view_table_usage", "view_column_usage": return try viewUsage(relation, catalog)
        case "column_privileges", "role_column_grants": return try columnPrivileges(relation, catalog)
        case "attributes": return try attributes(relation, catalog)
        case "user_defined_types": return try userDefinedTypes(relation, catalog)
        case "element_types": return try elementTypes(relation, catalog)
        case "domain_udt_usage": return try domainTypes(relation, catalog)
        case "column_udt_usage": return try columnTypes(relation, catalog)
        default: return []
        }
    }

    private func yes(_ flag: Bool) -> SQLValue { .text(flag ? "YES" : "NO") }

    private func informationTables(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        func row(_ schema: String, _ name: String, _ type: String, _ isInsertable: Bool) -> [SQLValue] {
            relation.row([
                "table_catalog": catalog, "table_schema": .text(schema), "table_name": .text(name), "table_type": .text(type),
                "is_insertable_into": yes(isInsertable), "is_typed": .text("NO"), "self_referencing_column_name": .null,
                "reference_generation": .null, "user_defined_type_catalog": .null, "user_defined_type_schema": .null,
                "user_defined_type_name": .null,
            ])
        }
        var rows = SystemColumns.all.map { row($0.schema, $0.name, $0.isView ? "VIEW" : "BASE TABLE", !$0.isView) }
        for table in try definitions.tables() where !table.isMaterialized {
            rows.append(row(table.schema, table.name, table.isTemporary ? "LOCAL TEMPORARY" : "BASE TABLE", true))
        }
        for view in try definitions.views() { rows.append(row(view.schema, view.name, "VIEW", writableColumns(of: view).contains(true))) }
        return rows
    }

    private func informationViews(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        try definitions.views().map { view in
            let isWritable = yes(writableColumns(of: view).contains(true))
            let checkOption =
                switch view.check {
                case .none: "NONE"
                case .local: "LOCAL"
                case .cascaded: "CASCADED"
                }
            return relation.row([
                "table_catalog": catalog, "table_schema": .text(view.schema), "table_name": .text(view.name),
                "view_definition": .text(view.definition),
                "check_option": .text(checkOption), "is_updatable": isWritable, "is_insertable_into": isWritable,
                "is_trigger_updatable": .text("NO"), "is_trigger_deletable": .text("NO"),
                "is_trigger_insertable_into": .text("NO"),
            ])
        }
    }

    private func informationColumns(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for system in SystemColumns.all {
            for (index, column) in system.columns.enumerated() {
                rows.append(
                    try informationColumn(
                        relation, catalog, system.schema, system.name,
                        .init(name: column.name, number: index + 1, type: column.type), isUpdatable: false))
            }
        }
        let sequences = try definitions.sequences()
        for table in try definitions.tables() where !table.isMaterialized {
            for column in table.declaration.columns {
                var shown = column
                var text = column.defaultText
                if let generated = column.generated {
                    shown.generated = try shownDefault(generated, of: column, in: table)
                } else if let stored = text {
                    text = try shownDefault(stored, of: column, in: table)
                }
                shown.isNotNull = table.takesNoNULL(column)
                shown.type = definitions.shownType(column, of: table)
                let sequence = column.identity == nil ? nil : table.sequence(of: column, among: sequences)
                rows.append(
                    try informationColumn(
                        relation, catalog, table.schema, table.name, shown, default: text, isUpdatable: true, identity: sequence))
            }
            for (place, field) in definitions.shownFields(of: table).enumerated() {
                let column = Declaration.Column(
                    name: field.name, number: table.declaration.lastNumber + place + 1, type: field.type,
                    isNotNull: field.name == table.config.primaryKey)
                rows.append(
                    try informationColumn(relation, catalog, table.schema, table.name, column, isUpdatable: true))
            }
        }
        for view in try definitions.views() {
            let writable = writableColumns(of: view)
            for (index, column) in view.columns.enumerated() {
                rows.append(
                    try informationColumn(
                        relation, catalog, view.schema, view.name, .init(name: column.name, number: index + 1, type: column.type),
                        isUpdatable: index < writable.count && writable[index]))
            }
        }
        return rows
    }

    private func informationColumn(
        _ relation: SystemRelation, _ catalog: SQLValue, _ schema: String, _ table: String, _ column: Declaration.Column,
        default shownDefault: String? = nil, isUpdatable: Bool, identity sequence: SequenceRelation? = nil
    ) throws(SQLError) -> [SQLValue] {
        let type = TypeTable.base(of: column.type, definitions)
        let shown = type.oid == SQLType.open.oid ? SQLType.jsonb : type
        let naming = shownType(shown)
        let user = TypeTable.entry(column.type.oid) == nil ? definitions.type(column.type.oid) : nil
        let isDomain = if case .domain? = user?.kind { true } else { false }
        let takesNoNULL = if case .domain(_, true)? = user?.kind { true } else { column.isNotNull }
        let shownDefault = try shownDefault.map { text throws(SQLError) in try definitions.showingRelations(in: text) }
        var values: [String: SQLValue] = [
            "table_catalog": catalog, "table_schema": .text(schema), "table_name": .text(table), "column_name": .text(column.name),
            "ordinal_position": .int(Int64(column.number)),
            "column_default": .optional(shownDefault), "is_nullable": yes(!takesNoNULL), "udt_catalog": catalog,
            "udt_schema": .text(naming.schema), "udt_name": .text(naming.name), "data_type": .text(naming.word),
            "dtd_identifier": .text(String(column.number)),
            "is_self_referencing": .text("NO"), "is_identity": yes(column.identity != nil), "identity_cycle": .text("NO"),
            "is_generated": .text(column.generated == nil ? "NEVER" : "ALWAYS"), "generation_expression": .optional(column.generated),
            "is_updatable": yes(isUpdatable),
        ]
        if let sequence {
            values["identity_start"] = .text(String(sequence.start))
            values["identity_increment"] = .text(String(sequence.increment))
            values["identity_maximum"] = .text(String(sequence.maximum))
            values["identity_minimum"] = .text(String(sequence.minimum))
            values["identity_cycle"] = yes(sequence.cycles)
        }
        if let identity = column.identity { values["identity_generation"] = .text(identity == "always" ? "ALWAYS" : "BY DEFAULT") }
        if isDomain, let user {
            values.merge(["domain_catalog": catalog, "domain_schema": .text(user.schema), "domain_name": .text(user.name)]) { $1 }
        }
        values.merge(Self.measures(shown)) { $1 }
        return sparse(relation, values)
    }

    /// Lengths and precisions of a type.
    static func measures(_ type: SQLType) -> [String: SQLValue] {
        func number(_ precision: Int64, _ radix: Int64, _ scale: SQLValue) -> [String: SQLValue] {
            ["numeric_precision": .int(precision), "numeric_precision_radix": .int(radix), "numeric_scale": scale]
        }
        let modifier = type.modifier
        switch type.oid {
        case 21: return number(16, 2, .int(0))
        case 23: return number(32, 2, .int(0))
        case 20: return number(64, 2, .int(0))
        case 700: return number(24, 2, .null)
        case 701: return number(53, 2, .null)
        case 1700:
            guard modifier >= 4 else { return ["numeric_precision_radix": .int(10)] }
            return number(Int64((modifier - 4) >> 16), 10, .int(Int64((modifier - 4) & 0x7FF)))
        case 1042, 1043:
            return [
                "character_maximum_length": modifier > 4 ? .int(Int64(modifier - 4)) : .null,
                "character_octet_length": .int(modifier > 4 ? Int64(modifier - 4) * 4 : 1_073_741_824),
            ]
        case 1560, 1562: return ["character_maximum_length": modifier > 0 ? .int(Int64(modifier)) : .null]
        case 25: return ["character_octet_length": .int(1_073_741_824)]
        case 1082: return ["datetime_precision": .int(0)]
        case 1083, 1114, 1184, 1266: return ["datetime_precision": .int(modifier >= 0 ? Int64(modifier) : 6)]
        case 1186:
            let precision = modifier & 0xFFFF
            return ["datetime_precision": .int(modifier < 0 || precision == 0xFFFF ? 6 : Int64(precision))]
        default: return [:]
        }
    }

    // MARK: Constraints

    private func constraintName(_ prefix: String, _ table: TableRelation, _ name: String, _ catalog: SQLValue) -> [String: SQLValue] {
        ["\(prefix)_catalog": catalog, "\(prefix)_schema": .text(table.schema), "\(prefix)_name": .text(name)]
    }

    private func tableConstraints(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        let words: [Declaration.Constraint.Kind: String] = [
            .primary: "PRIMARY KEY", .unique: "UNIQUE", .check: "CHECK", .foreign: "FOREIGN KEY",
        ]
        for table in try definitions.tables() {
            func add(_ name: String, _ word: String, _ constraint: Declaration.Constraint?) {
                var values = constraintName("constraint", table, name, catalog)
                values.merge(constraintName("table", table, table.name, catalog)) { $1 }
                values["constraint_type"] = .text(word)
                values["is_deferrable"] = yes(constraint?.isDeferrable ?? false)
                values["initially_deferred"] = yes(constraint?.isDeferred ?? false)
                values["enforced"] = .text("YES")
                if word == "UNIQUE" { values["nulls_distinct"] = yes(!(constraint?.nullsAreEqual ?? false)) }
                rows.append(relation.row(values))
            }
            for constraint in table.declaration.constraints { add(constraint.name, words[constraint.kind] ?? "", constraint) }
            for column in table.declaration.columns where table.takesNoNULL(column) {
                add("2200_\(table.oid)_\(column.number)_not_null", "CHECK", nil)
            }
        }
        return rows
    }

    private func keyColumns(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for table in try definitions.tables() {
            for constraint in table.declaration.constraints where constraint.kind != .check {
                for (index, name) in table.columnNames(constraint.columns).enumerated() {
                    var values = constraintName("constraint", table, constraint.name, catalog)
                    values.merge(constraintName("table", table, table.name, catalog)) { $1 }
                    values["column_name"] = .text(name)
                    values["ordinal_position"] = .int(Int64(index + 1))
                    values["position_in_unique_constraint"] = constraint.kind == .foreign ? .int(Int64(index + 1)) : .null
                    rows.append(relation.row(values))
                }
            }
        }
        return rows
    }

    private func constraintUsage(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        let isOfTables = relation.name == "constraint_table_usage"
        for table in try definitions.tables() {
            for constraint in table.declaration.constraints where !(isOfTables && constraint.kind == .check) {
                var (used, numbers) = (table, constraint.columns)
                if constraint.kind == .foreign {
                    guard let references = constraint.references, let target = try definitions.table(id: references) else { continue }
                    (used, numbers) = (target, constraint.referenced)
                }
                var values = constraintName("constraint", table, constraint.name, catalog)
                values.merge(constraintName("table", used, used.name, catalog)) { $1 }
                if isOfTables {
                    rows.append(relation.row(values))
                } else {
                    for name in used.columnNames(numbers) { rows.append(relation.row(values.merging(["column_name": .text(name)]) { $1 })) }
                }
            }
        }
        return rows
    }

    private func referentialConstraints(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for table in try definitions.tables() {
            for constraint in table.declaration.constraints where constraint.kind == .foreign {
                guard let references = constraint.references, let target = try definitions.table(id: references) else { continue }
                let unique = target.declaration.constraints.first {
                    ($0.kind == .primary || $0.kind == .unique) && Set($0.columns) == Set(constraint.referenced)
                }
                var values = constraintName("constraint", table, constraint.name, catalog)
                values.merge(constraintName("unique_constraint", target, unique?.name ?? "", catalog)) { $1 }
                values["match_option"] = .text(constraint.isFull ? "FULL" : "NONE")
                values["update_rule"] = .text(constraint.onUpdate.uppercased())
                values["delete_rule"] = .text(constraint.onDelete.uppercased())
                rows.append(relation.row(values))
            }
        }
        return rows
    }

    private func checkConstraints(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for table in try definitions.tables() {
            for constraint in table.declaration.constraints where constraint.kind == .check {
                let values = constraintName("constraint", table, constraint.name, catalog)
                let clause = String(try constraint.definition(table, self).dropFirst("CHECK ".count))
                rows.append(relation.row(values.merging(["check_clause": .text(clause)]) { $1 }))
            }
            for column in table.declaration.columns where table.takesNoNULL(column) {
                let values = constraintName("constraint", table, "2200_\(table.oid)_\(column.number)_not_null", catalog)
                rows.append(relation.row(values.merging(["check_clause": .text("\(column.name) IS NOT NULL")]) { $1 }))
            }
        }
        for type in try declaredTypes() {
            guard let user = type.userTypes.first, case .domain = user.kind else { continue }
            for item in type.content.array("constraints") {
                rows.append(
                    relation.row([
                        "constraint_catalog": catalog, "constraint_schema": .text(user.schema), "constraint_name": .text(item.text("name")),
                        "check_clause": .text("(\(try shownCheck(item.text("expression"), of: type)))"),
                    ]))
            }
        }
        return rows
    }

    // MARK: Sequences, privileges, domains

    private func informationSequences(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        let ofIdentities = Set(
            try definitions.tables().flatMap { table in
                table.declaration.columns.filter { $0.identity != nil }.compactMap { $0.sequence.map { table.schema + "." + $0 } }
            })
        return try definitions.sequences().filter { !ofIdentities.contains($0.schema + "." + $0.name) }.map { sequence in
            let bits: Int64 = sequence.type.oid == 21 ? 16 : sequence.type.oid == 23 ? 32 : 64
            return relation.row([
                "sequence_catalog": catalog, "sequence_schema": .text(sequence.schema), "sequence_name": .text(sequence.name),
                "data_type": .text(TypeTable.format(sequence.type, definitions)), "numeric_precision": .int(bits),
                "numeric_precision_radix": .int(2), "numeric_scale": .int(0), "start_value": .text(String(sequence.start)),
                "minimum_value": .text(String(sequence.minimum)), "maximum_value": .text(String(sequence.maximum)),
                "increment": .text(String(sequence.increment)), "cycle_option": yes(sequence.cycles),
            ])
        }
    }

    private func privileges(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        guard session.user == UserConfig.administrator else { return [] }
        let tables = try definitions.tables().filter { !$0.isMaterialized }
        let relations = try tables.map { ($0.schema, $0.name) } + definitions.views().map { ($0.schema, $0.name) }
        return relations.flatMap { schema, name in
            ["INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"].map { word in
                relation.row([
                    "grantor": .text(UserConfig.administrator), "grantee": .text(UserConfig.administrator), "table_catalog": catalog,
                    "table_schema": .text(schema), "table_name": .text(name), "privilege_type": .text(word),
                    "is_grantable": .text("YES"), "with_hierarchy": yes(word == "SELECT"),
                ])
            }
        }
    }

    private func informationDomains(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for declared in try declaredTypes() {
            guard let user = declared.userTypes.first, case .domain(let base, _) = user.kind else { continue }
            let shown = shownType(base)
            var values: [String: SQLValue] = [
                "domain_catalog": catalog, "domain_schema": .text(user.schema), "domain_name": .text(user.name),
                "data_type": .text(
                    definitions.type(base.oid) == nil ? TypeTable.format(SQLType(base.oid), definitions) : "USER-DEFINED"),
                "udt_catalog": catalog, "udt_schema": .text(shown.schema), "udt_name": .text(shown.name),
                "domain_default": .optional(
                    declared.content[field: "default"]?.string.map { ShownDefault.text($0, SQLType(base.oid), definitions) }),
                "dtd_identifier": .text("1"),
            ]
            values.merge(Self.measures(base)) { $1 }
            rows.append(sparse(relation, values))
        }
        return rows
    }
}
