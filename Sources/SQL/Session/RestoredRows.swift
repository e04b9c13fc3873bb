import Catalog

/// The rows of a table that came with its declaration, looked at where they are.
struct RestoredRows {
    private let reader: DeclaredRowReader
    private let guardian: TableGuard
    private let run: Run
    private var table: TableRelation { reader.table }

    init(_ reader: DeclaredRowReader, _ guardian: TableGuard, _ run: Run) {
        self.reader = reader
        self.guardian = guardian
        self.run = run
    }

    /// Throws for the first row that could not have been written: for its fields, the forms of its values, NOT NULL, CHECK and UNIQUE.
    func validate() throws(SQLError) {
        let unproven = Set(table.declaration.constraints.filter { $0.kind == .check && !$0.isValidated }.map(\.name))
        let uniques = guardian.uniques + guardian.deferrable
        // What stands in entries is found by them. For others the values of all rows are gathered.
        let found = uniques.filter(\.isOfColumns)
        try guardian.eachDocument { key, document throws(SQLError) in
            let row = guardian.row(of: document)
            do throws(SQLError) {
                try reader.require(document, row)
                try guardian.require(row, except: unproven)
                for unique in found where try unique.find(row, guardian, run, ignoring: key) != nil {
                    throw guardian.duplicate(unique.name, row, of: unique.scalars)
                }
            } catch {
                guard error.state.rawValue.hasPrefix("2") else { throw error }
                throw SQLError(error.state, "\(error.message) (the document with the key \(JSONText.text(key)))", subject: error.subject)
            }
        }
        for unique in uniques where !unique.isOfColumns {
            try unique.check(guardian, run, isNew: false)
        }
    }
}

/// The foreign keys of tables that came with their declarations.
struct RestoredForeignKeys {
    private let session: Session
    private let definitions: Definitions
    private let run: Run

    init(_ session: Session, _ definitions: Definitions, _ run: Run) {
        self.session = session
        self.definitions = definitions
        self.run = run
    }

    /// Takes out what refers to no table, and marks what rows break. Returns what there is to say of it.
    ///
    /// - Parameter ids: the ids that tables have here, by those that they had where they come from.
    func settle(_ table: TableRelation, _ ids: [String: String]) throws(SQLError) -> [String] {
        var notes: [String] = []
        var settled = table.declaration
        settled.constraints = []
        for var constraint in table.declaration.constraints {
            if constraint.kind == .foreign {
                constraint.references = constraint.references.map { ids[$0] ?? $0 }
                let name = "`\(table.config.qualifiedName)`"
                guard try isThere(constraint, of: table) else {
                    notes.append("\(name) has lost its foreign key \(constraint.name): what it refers to is not here.")
                    continue
                }
                if constraint.isValidated, let broken = try broken(constraint, table) {
                    constraint.isValidated = false
                    notes.append("The foreign key \(constraint.name) of \(name) is NOT VALID, as rows break it: \(broken)")
                }
            }
            settled.constraints.append(constraint)
        }
        if settled.datum != table.declaration.datum { try Definer(session, definitions, try SourceText("")).redeclare(table, settled) }
        return notes
    }

    private func isThere(_ constraint: Declaration.Constraint, of table: TableRelation) throws(SQLError) -> Bool {
        // Another database may have a table with the id that it refers to.
        guard let id = constraint.references, let target = try definitions.table(id: id),
            target.config.databaseID == table.config.databaseID
        else { return false }
        return constraint.referenced.allSatisfy { target.declaration.index(of: $0) != nil }
    }

    /// What there is to say of a row that breaks a foreign key; nil if none does.
    private func broken(_ constraint: Declaration.Constraint, _ table: TableRelation) throws(SQLError) -> String? {
        do throws(SQLError) { try session.validate(constraint, table, definitions, run) } catch {
            guard error.state.rawValue == "23503" else { throw error }
            return error.detail ?? error.message
        }
        return nil
    }
}
