import Catalog

// Constraints that are asked at the end of the transaction. Until then tables stay what they are about.
extension Definer {
    /// Throws `55006` if what the transaction has written to a table is still to be held to a deferred constraint.
    /// - Parameter statement: what is to be done with the table.
    func requireSettled(_ table: TableRelation, _ statement: String) throws(SQLError) {
        let pending = session.transaction.deferredKeys.filter { !$0.value.entries.isEmpty }
        guard !pending.isEmpty, try isPending(pending, table) else { return }
        throw error(
            "55006", "cannot \(statement) \"\(table.name)\" because it has pending trigger events",
            hint: "End the transaction before, or let SET CONSTRAINTS ALL IMMEDIATE look at what it has written.")
    }

    private func isPending(_ pending: [String: DeferredCheck], _ table: TableRelation) throws(SQLError) -> Bool {
        let id = table.config.id
        for other in try definitions.tables() {
            for constraint in other.declaration.constraints {
                guard let check = pending[constraint.id] else { continue }
                guard constraint.kind == .foreign else {
                    if other.config.id == id, try isBroken(constraint, check, other) { return true }
                    continue
                }
                // Rows that refer are the table's own, and those that are gone were rows of the other one.
                if other.config.id == id, check.entries.contains(where: { !$0.isRemoved }) { return true }
                if constraint.references == id, check.entries.contains(where: \.isRemoved) { return true }
            }
        }
        return false
    }

    /// Whether rows that were written have what others have. Where none has, PostgreSQL has nothing to look at again either.
    private func isBroken(
        _ constraint: Declaration.Constraint, _ check: DeferredCheck, _ table: TableRelation
    ) throws(SQLError) -> Bool {
        let definitions = try refreshed()
        guard let table = try definitions.table(id: table.config.id) else { return false }
        let run = try makeRun()
        let guardian = try run.writes.guardian(table, definitions)
        for unique in guardian.deferrable where unique.name == constraint.name {
            do throws(SQLError) { try unique.check(check, guardian, run) } catch {
                guard error.state.rawValue == "23505" else { throw error }
                return true
            }
        }
        return false
    }
}
