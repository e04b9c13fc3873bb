// What portals of the extended protocol ask of the session.
extension SQLConnection {
    /// How many transactions have ended: a portal is of the one that it was bound in, and goes with it.
    package var endedTransactionCount: Int { session.transaction.endCount }

    /// The number of the savepoint that was made last: portals that are bound later have it, or a greater one.
    package var lastSavepoint: UInt64 { session.transaction.lastSavepoint }

    /// The number of the first savepoint to which ROLLBACK TO has gone back since this was last asked: portals that have it, or a greater
    /// one, went with it.
    package func takeGoneSavepoint() -> UInt64? { session.transaction.goneSavepoint.take() }

    package var statementCount: Int { session.preparedStatements.count }

    /// Has SQL's PREPARE refuse what is more, as the protocol's Parse does.
    package func limitStatements(count: Int, bytes: Int) { session.statementLimits = (count, bytes) }

    /// Has others see that the session runs a prepared statement.
    package func show(_ statement: PreparedStatement) { session.activity.begin(.source(statement.source.bytes)) }

    /// The columns of a statement as it would run now: what FETCH and EXECUTE name may be something else than when they were read.
    package func columns(of statement: PreparedStatement) throws(SQLError) -> [ResultColumn]? {
        guard let tree = statement.statement else { return statement.columns }
        switch tree {
        case .fetch, .execute: return try session.utilityColumns(tree)
        default: return statement.columns
        }
    }

    /// What reads so many rows of a cursor that DECLARE opened, or all that are left; nil if there is none of the name.
    /// - Parameter count: 0: all.
    package func reader(ofCursor name: String, rows count: Int) throws(SQLError) -> PreparedStatement? {
        guard let cursor = session.cursors[name] else { return nil }
        let fetch = Fetch(cursor: Name(name, at: Position(0)), direction: count > 0 ? .forward(count) : .forwardAll, isMove: false)
        return PreparedStatement(.fetch(fetch), source: try SourceText(cursor.statement))
    }

    /// Closes a cursor that DECLARE opened, which the protocol takes for a portal, if there is one of the name.
    package func closeCursor(_ name: String) { session.cursors[name] = nil }

    /// Reads on in what another Execute has begun: it is what is cancelled from now on, and its time begins anew.
    package func goOn(with result: StatementResult) { session.goOn(with: result.run) }

    /// The client has as many rows as it asked for: who cancels before it asks for more means none of them.
    package func suspend() { session.canceller.rest() }
}
