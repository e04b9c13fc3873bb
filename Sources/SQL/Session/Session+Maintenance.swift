import Catalog

// VACUUM, ANALYZE and CLUSTER have nothing to do here: what they name is looked at as PostgreSQL does.
extension Session {
    private static let vacuumOptions: Set<String> = [
        "analyze", "verbose", "skip_locked", "freeze", "full", "disable_page_skipping", "index_cleanup", "process_toast", "truncate",
        "parallel",
    ]

    func maintain(_ command: String, _ options: [Option], _ relations: [MaintainedRelation]) throws(SQLError) -> StatementResult {
        let isVacuum = command == "VACUUM"
        for option in options {
            let name = option.name.text == "analyse" ? "analyze" : option.name.text
            guard isVacuum ? Self.vacuumOptions.contains(name) : ["verbose", "skip_locked"].contains(name) else {
                throw SQLError(.syntaxError, "unrecognized \(command) option \"\(name)\"")
            }
        }
        let analyzes = !isVacuum || options.contains { ["analyze", "analyse"].contains($0.name.text) }
        if !analyzes, relations.contains(where: { !$0.columns.isEmpty }) {
            throw SQLError(.featureNotSupported, "ANALYZE option must be specified when a column list is provided")
        }
        if isVacuum, transaction.isBlock {
            throw SQLError(SQLState(rawValue: "25001"), "VACUUM cannot run inside a transaction block")
        }
        let definitions = Definitions(self, try transaction.readState())
        for relation in relations { try requireMaintained(relation, definitions) }
        if !isVacuum || options.contains(where: { ["analyze", "analyse"].contains($0.name.text) }) {
            for relation in relations {
                if case .table(let table)? = try definitions.relation(relation.name) { definitions.forgetFields(of: table) }
            }
            if relations.isEmpty { for table in try definitions.tables() { definitions.forgetFields(of: table) } }
        }
        return done(command)
    }

    private func requireMaintained(_ maintained: MaintainedRelation, _ definitions: Definitions) throws(SQLError) {
        guard let relation = try definitions.relation(maintained.name) else {
            throw definitions.missing(maintained.name)
        }
        // Of the other kinds PostgreSQL warns, and passes them over.
        guard case .table(let table) = relation, table.config.declaration != nil else { return }
        var seen: Set<String> = []
        for column in maintained.columns {
            guard table.declaration.column(named: column.text) != nil else {
                throw SQLError(SQLState(rawValue: "42703"), "column \"\(column.text)\" of relation \"\(table.name)\" does not exist")
            }
            guard seen.insert(column.text).inserted else {
                throw SQLError(
                    SQLState(rawValue: "42701"), "column \"\(column.text)\" of relation \"\(table.name)\" appears more than once")
            }
        }
    }

    func cluster(_ name: QualifiedName?, _ index: Name?) throws(SQLError) -> StatementResult {
        guard let name else { return done("CLUSTER") }
        let definitions = Definitions(self, try transaction.readState())
        guard let relation = try definitions.relation(name) else {
            throw definitions.missing(name)
        }
        guard case .table(let table) = relation else {
            throw SQLError(SQLState(rawValue: "42809"), "\"\(name.last)\" is not a table or materialized view")
        }
        if let index, !table.systemIndexes.contains(where: { $0.name == index.text }) {
            throw SQLError(SQLState(rawValue: "42704"), "index \"\(index.text)\" for table \"\(table.name)\" does not exist")
        }
        return done("CLUSTER")
    }
}
