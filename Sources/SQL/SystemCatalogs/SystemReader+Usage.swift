import Catalog

// What information_schema tells of domains and views, and of what is written through views.
extension SystemReader {
    func domainConstraints(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for declared in try declaredTypes() {
            guard let user = declared.userTypes.first, case .domain = user.kind else { continue }
            for item in declared.content.array("constraints") {
                rows.append(
                    relation.row([
                        "constraint_catalog": catalog, "constraint_schema": .text(user.schema), "constraint_name": .text(item.text("name")),
                        "domain_catalog": catalog, "domain_schema": .text(user.schema), "domain_name": .text(user.name),
                        "is_deferrable": .text("NO"), "initially_deferred": .text("NO"),
                    ]))
            }
        }
        return rows
    }

    /// The columns of tables and views that are of domains.
    func domainColumns(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        func add(_ schema: String, _ table: String, _ column: String, _ type: SQLType) {
            guard let user = definitions.type(type.oid), case .domain = user.kind else { return }
            rows.append(
                relation.row([
                    "domain_catalog": catalog, "domain_schema": .text(user.schema), "domain_name": .text(user.name),
                    "table_catalog": catalog, "table_schema": .text(schema), "table_name": .text(table), "column_name": .text(column),
                ]))
        }
        for table in try definitions.tables() where !table.isMaterialized {
            for column in table.declaration.columns { add(table.schema, table.name, column.name, column.type) }
        }
        for view in try definitions.views() {
            for column in view.columns { add(view.schema, view.name, column.name, column.type) }
        }
        return rows
    }

    /// The tables and views that each view reads, or the columns of them that it uses.
    func viewUsage(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        var known: [String: (schema: String, name: String, columns: [Int: String])] = [:]
        for table in try definitions.tables() where !table.isMaterialized {
            let columns = table.declaration.columns.map { ($0.number, $0.name) }
            known[table.config.id] = (table.schema, table.name, Dictionary(columns) { first, _ in first })
        }
        let views = try definitions.views()
        for view in views {
            let columns = view.columns.enumerated().map { ($0.offset + 1, $0.element.name) }
            known[view.id] = (view.schema, view.name, Dictionary(columns) { first, _ in first })
        }
        var rows: [[SQLValue]] = []
        for view in views {
            let read = try session.columnsRead(by: view.query, view.path, definitions)
            for (id, numbers) in read.sorted(by: { $0.key < $1.key }) {
                guard let other = known[id] else { continue }
                let row: [String: SQLValue] = [
                    "view_catalog": catalog, "view_schema": .text(view.schema), "view_name": .text(view.name),
                    "table_catalog": catalog, "table_schema": .text(other.schema), "table_name": .text(other.name),
                ]
                guard relation.name == "view_column_usage" else {
                    rows.append(relation.row(row))
                    continue
                }
                for name in numbers.sorted().compactMap({ other.columns[$0] }) {
                    rows.append(relation.row(row.merging(["column_name": .text(name)]) { $1 }))
                }
            }
        }
        return rows
    }

    /// Those of the administrator, who owns all; privileges on single columns there are none.
    func columnPrivileges(_ relation: SystemRelation, _ catalog: SQLValue) throws(SQLError) -> [[SQLValue]] {
        guard session.user == UserConfig.administrator else { return [] }
        let administrator = SQLValue.text(UserConfig.administrator)
        func rows(_ schema: String, _ name: String, _ columns: [String]) -> [[SQLValue]] {
            columns.flatMap { column in
                ["INSERT", "REFERENCES", "SELECT", "UPDATE"].map { word in
                    relation.row([
                        "grantor": administrator, "grantee": administrator, "table_catalog": catalog, "table_schema": .text(schema),
                        "table_name": .text(name), "column_name": .text(column), "privilege_type": .text(word),
                        "is_grantable": .text("YES"),
                    ])
                }
            }
        }
        let tables = try definitions.tables().filter { !$0.isMaterialized }
        return try tables.flatMap { rows($0.schema, $0.name, $0.declaration.columns.map(\.name)) }
            + definitions.views().flatMap { rows($0.schema, $0.name, $0.columns.map(\.name)) }
    }

    /// Which columns of a view INSERT and UPDATE take; none of one whose rows can't be written.
    func writableColumns(of view: ViewRelation) -> [Bool] {
        guard let source = try? SourceText("") else { return [] }
        return (try? Binder(session, definitions, source, ParameterTypes([])).writableColumns(of: view)) ?? []
    }

    /// Whether rows of a relation can be inserted, changed and removed.
    func isUpdatable(_ oid: UInt32) throws(SQLError) -> Bool {
        if let table = try definitions.tables().first(where: { $0.oid == oid }) { return !table.isMaterialized }
        guard let view = try definitions.views().first(where: { $0.oid == oid }) else { return false }
        return writableColumns(of: view).contains(true)
    }

    func isUpdatable(column number: Int64, of oid: UInt32) throws(SQLError) -> Bool {
        guard number > 0 else { return false }
        guard let view = try definitions.views().first(where: { $0.oid == oid }) else { return try isUpdatable(oid) }
        let writable = writableColumns(of: view)
        return number <= writable.count && writable[Int(number) - 1]
    }
}
