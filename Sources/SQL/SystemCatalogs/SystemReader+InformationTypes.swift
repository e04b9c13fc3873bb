import Catalog

// What information_schema tells of types that people have made, and of what is of them.
extension SystemReader {
    /// A type as information_schema names it.
    struct ShownType {
        /// `ARRAY`, `USER-DEFINED`, or the type's own name.
        let word: String
        let schema: String
        let name: String
    }

    /// - Parameter type: not a domain; of one, its base.
    func shownType(_ type: SQLType) -> ShownType {
        if let entry = TypeTable.entry(type.oid) {
            let word = entry.isArray ? "ARRAY" : TypeTable.format(SQLType(type.oid, modifier: -2), definitions)
            return ShownType(word: word, schema: "pg_catalog", name: entry.name)
        }
        let user = definitions.type(type.oid)
        let word = TypeTable.element(of: type.oid, definitions) == nil ? "USER-DEFINED" : "ARRAY"
        return ShownType(word: word, schema: user?.schema ?? "public", name: user?.name ?? "jsonb")
    }

    /// A row in which all is NULL that isn't said.
    func sparse(_ relation: SystemRelation, _ values: [String: SQLValue]) -> [SQLValue] {
        var values = values
        for column in relation.columns where values[column.name] == nil { values[column.name] = .null }
        return relation.row(values)
    }

    /// The fields of composite types.
    func attributes(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for (user, fields) in try composites() {
            for (index, field) in fields.enumerated() {
                let type = TypeTable.base(of: field.type, definitions)
                let shown = shownType(type)
                let own = shownType(field.type)
                var values: [String: SQLValue] = [
                    "udt_catalog": catalog, "udt_schema": .text(user.schema), "udt_name": .text(user.name),
                    "attribute_name": .text(field.name), "ordinal_position": .int(Int64(index + 1)), "is_nullable": .text("YES"),
                    "data_type": .text(shown.word), "attribute_udt_catalog": catalog, "attribute_udt_schema": .text(own.schema),
                    "attribute_udt_name": .text(own.name), "dtd_identifier": .text(String(index + 1)),
                    "is_derived_reference_attribute": .text("NO"),
                ]
                values.merge(Self.measures(type)) { $1 }
                rows.append(sparse(relation, values))
            }
        }
        return rows
    }

    func userDefinedTypes(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        try composites().map { user, _ in
            sparse(
                relation,
                [
                    "user_defined_type_catalog": catalog, "user_defined_type_schema": .text(user.schema),
                    "user_defined_type_name": .text(user.name), "user_defined_type_category": .text("STRUCTURED"),
                    "is_instantiable": .text("YES"),
                ])
        }
    }

    /// What arrays are of: those of columns, domains and fields of composite types.
    func elementTypes(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        func add(_ schema: String, _ name: String, _ kind: String, _ number: Int, _ type: SQLType) {
            guard TypeTable.entry(type.oid)?.isArray ?? true, let element = TypeTable.element(of: type.oid, definitions) else { return }
            let shown = shownType(element)
            rows.append(
                sparse(
                    relation,
                    [
                        "object_catalog": catalog, "object_schema": .text(schema), "object_name": .text(name), "object_type": .text(kind),
                        "collection_type_identifier": .text(String(number)), "data_type": .text(shown.word), "udt_catalog": catalog,
                        "udt_schema": .text(shown.schema), "udt_name": .text(shown.name), "dtd_identifier": .text("a\(number)"),
                    ]))
        }
        for table in try definitions.tables() where !table.isMaterialized {
            for (index, column) in table.declaration.columns.enumerated() { add(table.schema, table.name, "TABLE", index + 1, column.type) }
        }
        for view in try definitions.views() {
            for (index, column) in view.columns.enumerated() { add(view.schema, view.name, "VIEW", index + 1, column.type) }
        }
        for (user, base) in try domains() { add(user.schema, user.name, "DOMAIN", 1, base) }
        for (user, fields) in try composites() {
            for (index, field) in fields.enumerated() { add(user.schema, user.name, "USER-DEFINED TYPE", index + 1, field.type) }
        }
        return rows
    }

    /// The types below domains.
    func domainTypes(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        try domains().map { user, base in
            let shown = shownType(base)
            return relation.row([
                "udt_catalog": catalog, "udt_schema": .text(shown.schema), "udt_name": .text(shown.name), "domain_catalog": catalog,
                "domain_schema": .text(user.schema), "domain_name": .text(user.name),
            ])
        }
    }

    /// The types of columns; of one of a domain, the type below.
    func columnTypes(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        func add(_ schema: String, _ table: String, _ column: String, _ type: SQLType) {
            let shown = shownType(TypeTable.base(of: type, definitions))
            rows.append(
                relation.row([
                    "udt_catalog": catalog, "udt_schema": .text(shown.schema), "udt_name": .text(shown.name), "table_catalog": catalog,
                    "table_schema": .text(schema), "table_name": .text(table), "column_name": .text(column),
                ]))
        }
        for system in SystemColumns.all { for column in system.columns { add(system.schema, system.name, column.name, column.type) } }
        for table in try definitions.tables() where !table.isMaterialized {
            for column in table.declaration.columns { add(table.schema, table.name, column.name, column.type) }
        }
        for view in try definitions.views() { for column in view.columns { add(view.schema, view.name, column.name, column.type) } }
        return rows
    }

    private func composites() throws(SQLError) -> [(UserType, [SQLRecord.Field])] {
        try declaredTypes().compactMap { declared in
            guard let user = declared.userTypes.first, case .composite(let fields) = user.kind else { return nil }
            return (user, fields)
        }
    }

    private func domains() throws(SQLError) -> [(UserType, SQLType)] {
        try declaredTypes().compactMap { declared in
            guard let user = declared.userTypes.first, case .domain(let base, _) = user.kind else { return nil }
            return (user, base)
        }
    }
}
