import Catalog

/// Functions that tell of the system catalogs' objects: definitions as SQL text, comments, visibility, privileges.
enum CatalogFunctions {
    static let bodies: [String: SQLFunction.Body] = {
        var bodies: [String: SQLFunction.Body] = [:]
        addDefinitions(to: &bodies)
        addFunctionTexts(to: &bodies)
        addVisibility(to: &bodies)
        addPrivileges(to: &bodies)
        addRest(to: &bodies)
        addObjects(to: &bodies)
        addTypeMeasures(to: &bodies)
        return bodies
    }()

    /// Reads the objects of the statement that calls; nil where there is no database behind it.
    static func reader(_ context: CallContext) -> SystemReader? {
        guard let session = context.session as? Session, let definitions = session.definitions else { return nil }
        return SystemReader(session, definitions.state)
    }

    static func number(_ value: SQLValue) -> UInt32 {
        if case .int(let number) = value { UInt32(truncatingIfNeeded: number) } else { 0 }
    }

    static func text(_ value: SQLValue) -> String {
        if case .text(let text) = value { text } else { "" }
    }

    // MARK: Definitions

    private static func addDefinitions(to bodies: inout [String: SQLFunction.Body]) {
        bodies["pg_get_expr"] = .scalar { (arguments, context) throws(SQLError) in
            guard case .text(let expression) = arguments[0], let reader = reader(context) else { return arguments[0] }
            return .text(try reader.definitions.showingRelations(in: expression))
        }
        bodies["pg_get_constraintdef"] = .scalar { (arguments, context) throws(SQLError) in
            guard let reader = reader(context) else { return .null }
            let oid = number(arguments[0])
            for table in try reader.definitions.tables() {
                for constraint in table.declaration.constraints where constraint.oid == oid {
                    let isPretty = if arguments.count > 1, case .bool(true) = arguments[1] { true } else { false }
                    return .text(try constraint.definition(table, reader, isPretty: isPretty))
                }
            }
            for type in try reader.declaredTypes() {
                for item in type.content.array("constraints")
                where ObjectNumbers.of(type.content.text("id") + item.text("name")) == oid {
                    return .text("CHECK (\(try reader.shownCheck(item.text("expression"), of: type)))")
                }
            }
            return .null
        }
        bodies["pg_get_indexdef"] = .scalar { (arguments, context) throws(SQLError) in
            guard let reader = reader(context) else { return .null }
            let oid = number(arguments[0])
            for table in try reader.definitions.tables() {
                for index in table.systemIndexes where index.oid == oid {
                    guard arguments.count > 1 else { return .text(try reader.definition(of: index)) }
                    let column = Int(number(arguments[1]))
                    let isPretty = arguments.count > 2 && arguments[2].bool
                    if column == 0 { return .text(try reader.definition(of: index, isPretty: isPretty)) }
                    guard column <= index.elements.count + index.included.count else { return .text("") }
                    return .text(try reader.element(column - 1, of: index, isPretty: isPretty))
                }
            }
            return .null
        }
        bodies["pg_get_viewdef"] = .scalar { (arguments, context) throws(SQLError) in
            guard let reader = reader(context) else { return .null }
            var oid = number(arguments[0])
            if case .text(let name) = arguments[0] {
                guard let found = try context.session.object(named: name, as: .regclass) else {
                    throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(name)\" does not exist")
                }
                oid = found
            }
            if let view = try reader.definitions.views().first(where: { $0.oid == oid }) { return .text(view.definition) }
            return .optional(try reader.definitions.tables().first { $0.oid == oid }?.definition)
        }
        bodies["pg_get_serial_sequence"] = .scalar { (arguments, context) throws(SQLError) in
            guard let reader = reader(context) else { return .null }
            try ObjectNames.check(text(arguments[0]), as: .regclass)
            let oid = try context.session.object(named: text(arguments[0]), as: .regclass)
            guard let oid, let table = try reader.definitions.tables().first(where: { $0.oid == oid }) else {
                throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(text(arguments[0]))\" does not exist")
            }
            guard let column = table.declaration.column(named: text(arguments[1])) else {
                throw SQLError(
                    SQLState(rawValue: "42703"), "column \"\(text(arguments[1]))\" of relation \"\(table.name)\" does not exist")
            }
            guard let sequence = table.sequence(of: column, among: try reader.definitions.sequences()) else { return .null }
            return .text("\(Quoting.identifier(sequence.schema)).\(Quoting.identifier(sequence.name))")
        }
        bodies["pg_get_ruledef"] = .scalar { (arguments, context) throws(SQLError) in
            let isPretty = arguments.count > 1 && arguments[1].bool
            return .optional(try reader(context)?.ruleDefinition(number(arguments[0]), isPretty: isPretty))
        }
        for name in [
            "pg_get_triggerdef", "pg_get_partkeydef", "pg_get_statisticsobjdef", "pg_get_statisticsobjdef_columns",
            "pg_get_statisticsobjdef_expressions", "pg_get_functiondef", "pg_get_function_arg_default", "pg_get_function_sqlbody",
        ] {
            bodies[name] = .scalar { _, _ in .null }
        }
    }

    private static func arguments(_ value: SQLValue, _ context: CallContext) -> SQLValue {
        guard let function = FunctionTable.function(number(value)) else { return .null }
        let texts = function.arguments.enumerated().map { index, type in
            let name = index < function.argumentNames.count ? function.argumentNames[index] : ""
            let isLast = index == function.arguments.count - 1
            return (function.isVariadic && isLast ? "VARIADIC " : "") + (name.isEmpty ? "" : Quoting.identifier(name) + " ")
                + TypeTable.format(SQLType(type.oid, modifier: -2), context.session.types)
        }
        return .text(texts.joined(separator: ", "))
    }

    private static func addFunctionTexts(to bodies: inout [String: SQLFunction.Body]) {
        bodies["pg_get_function_arguments"] = .scalar { values, context in arguments(values[0], context) }
        bodies["pg_get_function_identity_arguments"] = .scalar { values, context in arguments(values[0], context) }
        bodies["pg_get_function_result"] = .scalar { values, context in
            guard let function = FunctionTable.function(number(values[0])) else { return .null }
            let result = TypeTable.format(SQLType(function.result.oid, modifier: -2), context.session.types)
            return .text((function.returnsSet ? "SETOF " : "") + result)
        }
        bodies["format_type"] = .scalar { values, context in
            if values[0].isNull { return .null }
            // Without a modifier at all, char and bit are called by their plain names.
            let modifier = if case .int(let number) = values[1] { Int32(truncatingIfNeeded: number) } else { Int32(-2) }
            return .text(TypeTable.format(SQLType(number(values[0]), modifier: modifier), context.session.types))
        }
    }

    // MARK: Visibility and comments

    private static let catalogs: [String: Int64] = [
        "pg_class": 1259, "pg_namespace": 2615, "pg_constraint": 2606, "pg_type": 1247, "pg_proc": 1255,
    ]

    private static func comment(_ oid: UInt32, column: Int64, catalog: Int64?, _ context: CallContext) throws(SQLError) -> SQLValue {
        let found = try reader(context)?.comments().first {
            $0.oid == oid && $0.column == column && (catalog == nil || $0.catalog == catalog)
        }
        return .optional(found?.text)
    }

    private static func addVisibility(to bodies: inout [String: SQLFunction.Body]) {
        bodies["pg_table_is_visible"] = .scalar { (arguments, context) throws(SQLError) in
            guard let reader = reader(context) else { return .bool(false) }
            let oid = number(arguments[0])
            if let system = SystemColumns.all.first(where: { $0.oid == oid }) {
                return .bool(system.schema == "pg_catalog" || reader.definitions.searchPath.contains(system.schema))
            }
            guard let (schema, name) = try reader.relationName(oid) else { return .null }
            return .bool(try reader.isVisible(schema, name))
        }
        bodies["pg_type_is_visible"] = .scalar { (arguments, context) throws(SQLError) in
            guard let reader = reader(context) else { return .bool(true) }
            guard let type = reader.definitions.type(number(arguments[0])) else { return .bool(true) }
            return .bool(reader.definitions.searchPath.contains(type.schema))
        }
        for kind in [
            "collation", "conversion", "function", "opclass", "operator", "opfamily", "statistics_obj",
            "ts_config", "ts_dict", "ts_parser", "ts_template",
        ] {
            bodies["pg_\(kind)_is_visible"] = .scalar { arguments, _ in number(arguments[0]) == 0 ? .null : .bool(true) }
        }
        bodies["obj_description"] = .scalar { (arguments, context) throws(SQLError) in
            let catalog = arguments.count > 1 ? catalogs[text(arguments[1])] ?? 0 : nil
            return try comment(number(arguments[0]), column: 0, catalog: catalog, context)
        }
        bodies["shobj_description"] = .scalar { (arguments, context) throws(SQLError) in
            guard text(arguments[1]) == "pg_database" else { return .null }
            let found = try reader(context)?.databaseProperties().first { $0.oid == number(arguments[0]) }
            return found?.properties.comment.map { .text($0) } ?? .null
        }
        bodies["col_description"] = .scalar { (arguments, context) throws(SQLError) in
            try comment(number(arguments[0]), column: Int64(number(arguments[1])), catalog: 1259, context)
        }
    }

    /// The letters of the rights that everybody has, and an owner, of an object that nobody has granted anything of.
    private static let defaultRights: [String: (all: String, owner: String)] = [
        "c": ("", ""), "r": ("", "arwdDxt"), "s": ("", "rwU"), "d": ("Tc", "CTc"), "f": ("X", "X"), "l": ("U", "U"), "L": ("", "rw"),
        "n": ("", "UC"), "p": ("", "sA"), "t": ("", "C"), "F": ("", "U"), "S": ("", "U"), "T": ("U", "U"),
    ]

    /// The letters of rights in the order in which PostgreSQL tells them.
    private static let rightNames: [(letter: Character, name: String)] = [
        ("a", "INSERT"), ("r", "SELECT"), ("w", "UPDATE"), ("d", "DELETE"), ("D", "TRUNCATE"), ("x", "REFERENCES"), ("t", "TRIGGER"),
        ("X", "EXECUTE"), ("U", "USAGE"), ("C", "CREATE"), ("T", "TEMPORARY"), ("c", "CONNECT"), ("s", "SET"), ("A", "ALTER SYSTEM"),
    ]

    private static func addRest(to bodies: inout [String: SQLFunction.Body]) {
        bodies["pg_get_userbyid"] = .scalar { (arguments, context) throws(SQLError) in
            let oid = number(arguments[0])
            let name = try reader(context)?.roleNames().first { SystemReader.roleOID($0.name) == oid }?.name
            return .text(name ?? "unknown (OID=\(oid))")
        }
        bodies["pg_encoding_to_char"] = .scalar { arguments, _ in .text(CharacterEncoding(arguments[0].int)?.name ?? "") }
        bodies["pg_char_to_encoding"] = .scalar { arguments, _ in
            .int(Int64(CharacterEncoding(named: text(arguments[0]))?.number ?? -1))
        }
        bodies["_pg_expandarray"] = .set { arguments, _ in
            guard case .array(let vector) = arguments[0] else { return [] }
            let fields = [SQLRecord.Field("x", .int2), SQLRecord.Field("n", .int4)]
            return vector.elements.enumerated().map { index, value in
                .record(SQLRecord(fields: fields, values: [value, .int(Int64(index + 1))]))
            }
        }
        bodies["aclexplode"] = .set { arguments, _ in
            guard case .array(let items) = arguments[0] else { return [] }
            let fields = [
                SQLRecord.Field("grantor", .oid), .init("grantee", .oid), .init("privilege_type", .text), .init("is_grantable", .bool),
            ]
            func role(_ name: Substring) -> SQLValue {
                .oid(name.isEmpty ? 0 : SystemReader.roleOID(String(name).replacing("\"", with: "")))
            }
            return items.elements.flatMap { item -> [SQLValue] in
                // `grantee=rights/grantor`
                let parts = text(item).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
                let grant = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, grant.count == 2 else { return [] }
                return rightNames.compactMap { letter, name -> SQLValue? in
                    guard let place = grant[1].firstIndex(of: letter) else { return nil }
                    let isGrantable = grant[1][place...].dropFirst().first == "*"
                    return .record(SQLRecord(fields: fields, values: [role(parts[1]), role(grant[0]), .text(name), .bool(isGrantable)]))
                }
            }
        }
        bodies["pg_options_to_table"] = .set { arguments, _ in
            guard case .array(let options) = arguments[0] else { return [] }
            let fields = [SQLRecord.Field("option_name", .text), SQLRecord.Field("option_value", .text)]
            return options.elements.map { option in
                let parts = text(option).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                    SQLValue.text(String($0))
                }
                return .record(SQLRecord(fields: fields, values: [parts[0], parts.count > 1 ? parts[1] : .null]))
            }
        }
        // Scans of indexes are not counted.
        bodies["pg_stat_get_numscans"] = .scalar { _, _ in .int(0) }
        bodies["acldefault"] = .scalar { (arguments, context) throws(SQLError) in
            let owner = try reader(context)?.roleNames().first { SystemReader.roleOID($0.name) == number(arguments[1]) }?.name
            guard let owner, let rights = defaultRights[text(arguments[0])] else {
                throw SQLError(.invalidParameterValue, "unrecognized object type abbreviation: \(text(arguments[0]))")
            }
            let items =
                (rights.all.isEmpty ? [] : ["=\(rights.all)/\(owner)"])
                + (rights.owner.isEmpty ? [] : ["\(owner)=\(rights.owner)/\(owner)"])
            return .array(SQLArray(SQLType(1033), items.map { .text($0) }))
        }
        bodies["pg_my_temp_schema"] = .scalar { (_, context) throws(SQLError) in
            .oid(try reader(context)?.schemas().first { $0.name == "pg_temp" }?.oid ?? 0)
        }
        bodies["pg_notification_queue_usage"] = .scalar { _, _ in .double(0) }
        bodies["pg_client_encoding"] = .scalar { _, _ in .text("UTF8") }
        bodies["getdatabaseencoding"] = .scalar { _, _ in .text("UTF8") }
        bodies["pg_tablespace_location"] = .scalar { _, _ in .text("") }
        for name in ["pg_partition_ancestors", "pg_partition_tree"] { bodies[name] = .set { _, _ in [] } }
        bodies["pg_partition_root"] = .scalar { _, _ in .null }
        bodies["pg_relation_is_publishable"] = .scalar { arguments, _ in .bool(number(arguments[0]) >= 16_384) }
        bodies["pg_relation_is_updatable"] = .scalar { (arguments, context) throws(SQLError) in
            .int(try reader(context)?.isUpdatable(number(arguments[0])) ?? false ? 28 : 0)
        }
        bodies["pg_column_is_updatable"] = .scalar { (arguments, context) throws(SQLError) in
            .bool(try reader(context)?.isUpdatable(column: arguments[1].int, of: number(arguments[0])) ?? false)
        }
    }
}

extension SystemReader {
    /// The schema and name of a relation of the database.
    func relationName(_ oid: UInt32) throws(SQLError) -> (schema: String, name: String)? {
        for table in try definitions.tables() {
            if table.oid == oid { return (table.schema, table.name) }
            if let index = table.systemIndexes.first(where: { $0.oid == oid }) { return (table.schema, index.name) }
        }
        if let view = try definitions.views().first(where: { $0.oid == oid }) { return (view.schema, view.name) }
        if let sequence = try definitions.sequences().first(where: { $0.oid == oid }) { return (sequence.schema, sequence.name) }
        return nil
    }

    /// Whether the name alone leads to the relation of that schema.
    func isVisible(_ schema: String, _ name: String) throws(SQLError) -> Bool {
        if schema == "pg_temp" { return true }
        if SystemColumns.relation(name, "pg_catalog") != nil { return false }
        return try definitions.isFirst(name, ofSchema: schema)
    }

    /// The number of the relation of a name, indexes among them.
    func relationNumber(_ parts: [String]) throws(SQLError) -> UInt32? {
        guard let name = parts.last else { return nil }
        let schemas = parts.count > 1 ? [parts[parts.count - 2]] : ["pg_temp", "pg_catalog"] + definitions.searchPath
        for schema in schemas {
            if let system = SystemColumns.relation(name, schema) { return system.oid }
            switch try definitions.relation(named: name, schema: schema) {
            case .table(let table)?: return table.oid
            case .view(let view)?: return view.oid
            case .sequence(let sequence)?: return sequence.oid
            default: break
            }
            for table in try definitions.tables() where table.schema == schema {
                if let index = table.systemIndexes.first(where: { $0.name == name }) { return index.oid }
            }
        }
        return nil
    }
}

// Values of regclass and its kin.
extension Session {
    func name(ofObject oid: UInt32, as type: SQLType) -> String? {
        guard let definitions else { return nil }
        let reader = SystemReader(self, definitions.state)
        switch type.oid {
        case SQLType.regclass.oid:
            if let system = SystemColumns.all.first(where: { $0.oid == oid }) {
                return system.schema == "pg_catalog" ? system.name : "\(system.schema).\(system.name)"
            }
            guard let (schema, name) = (try? reader.relationName(oid)) ?? nil else { return nil }
            let isVisible = (try? reader.isVisible(schema, name)) ?? true
            return (isVisible ? "" : Quoting.identifier(schema) + ".") + Quoting.identifier(name)
        case SQLType.regtype.oid:
            guard case .array(let element)? = definitions.type(oid)?.kind else { return definitions.type(oid)?.name }
            return definitions.type(element.oid).map { $0.name + "[]" }
        case SQLType.regnamespace.oid:
            return (try? reader.schemas())?.first { $0.oid == oid }.map { Quoting.identifier($0.name) }
        case SQLType.regrole.oid:
            return (try? reader.roleNames())?.first { SystemReader.roleOID($0.name) == oid }.map { Quoting.identifier($0.name) }
        default: return nil
        }
    }

    func object(named text: String, as type: SQLType) throws(SQLError) -> UInt32? {
        // Between statements, too: the value of a parameter may be a name.
        guard let definitions = types as? Definitions else { return nil }
        let reader = SystemReader(self, definitions.state)
        switch type.oid {
        case SQLType.regclass.oid:
            let name = QualifiedName(written: text)
            if let found = try reader.relationNumber(name.parts.map(\.text)) { return found }
            let written = name.parts.map { $0.written ?? $0.text }
            if let found = try reader.relationNumber(written) { return found }
            if let error = definitions.missingSchema(of: name) { throw error }
            return nil
        case SQLType.regtype.oid:
            let name = QualifiedName(written: text)
            if let type = definitions.type(named: name.last, schema: name.parts.dropLast().last?.text) { return type.oid }
            if TypeTable.entry(named: text) == nil, let error = definitions.missingSchema(of: name) { throw error }
            guard TypeTable.entry(named: text) == nil, let relation = try definitions.relation(name) else { return nil }
            return Definitions.rowTypes(of: relation).first?.oid
        case SQLType.regnamespace.oid:
            let name = QualifiedName(written: text).last
            return try reader.schemas().first { $0.name == name }?.oid
        case SQLType.regrole.oid:
            let name = QualifiedName(written: text).last
            return try reader.roleNames().contains { $0.name == name } ? SystemReader.roleOID(name) : nil
        default: return nil
        }
    }
}
