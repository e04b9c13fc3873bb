/// What ALTER TABLE may not do with materialized views, whose columns are their queries', with indexes and with composite types.
extension Definer {
    /// Throws `42809` for the first action that tables alone take.
    /// - Parameter kind: what the relation is, for the message.
    func requireNothingOfTables(_ alter: AlterTable, _ kind: String) throws(SQLError) {
        for action in alter.actions {
            guard let name = action.kind.nameOfTables else { continue }
            throw error(
                "42809", "ALTER action \(name) cannot be performed on relation \"\(alter.name.last)\"",
                detail: "This operation is not supported for \(kind).")
        }
    }

    /// Throws `42809` if what is no relation is a composite type.
    func requireNoComposite(_ name: QualifiedName) throws(SQLError) {
        let schema = name.parts.dropLast().last?.text
        guard case .composite? = definitions.type(named: name.last, schema: schema)?.kind else { return }
        throw error("42809", "\"\(name.last)\" is a composite type", hint: "Use ALTER TYPE instead.")
    }
}

extension AlterTable.Action.Kind {
    /// What PostgreSQL calls an action that tables alone take; nil for one that materialized views take, too.
    fileprivate var nameOfTables: String? {
        switch self {
        case .addColumn: "ADD COLUMN"
        case .dropColumn: "DROP COLUMN"
        case .addConstraint: "ADD CONSTRAINT"
        case .dropConstraint: "DROP CONSTRAINT"
        case .validateConstraint: "VALIDATE CONSTRAINT"
        case .alterConstraint: "ALTER CONSTRAINT"
        case .setType: "ALTER COLUMN ... SET DATA TYPE"
        case .setDefault: "ALTER COLUMN ... SET DEFAULT"
        case .setNotNull(_, let isSet): "ALTER COLUMN ... \(isSet ? "SET" : "DROP") NOT NULL"
        case .addIdentity: "ALTER COLUMN ... ADD IDENTITY"
        case .setIdentity: "ALTER COLUMN ... SET"
        case .dropIdentity: "ALTER COLUMN ... DROP IDENTITY"
        case .dropExpression: "ALTER COLUMN ... DROP EXPRESSION"
        case .setTriggers(let isEnabled, _): isEnabled ? "ENABLE TRIGGER" : "DISABLE TRIGGER"
        case .tuneColumn, .setOptions, .resetOptions, .setOwner, .setTablespace, .setAccessMethod, .setLogged, .ignoredIndex, .ignored: nil
        }
    }
}
