// The steps of a transaction that concern both the writer and the disk.

extension CommitPipeline {
    /// Does something in the writer's turn while no flush is under way.
    func inTurn<Result>(_ body: @autoclosure () throws(StoreError) -> Result) throws(StoreError) -> Result {
        takeQuietTurn()
        defer {
            endQuiet()
            turn.end()
        }
        try published.checkWritable()
        return try body()
    }

    /// Takes the turn at a moment when no flush is under way, so that nobody waits for the turn while who has it waits for the disk.
    private func takeQuietTurn() {
        // There may be none where one flush follows the other.
        for _ in 0..<16 {
            waitUntilSynced()
            turn.take()
            if tryBeginQuiet() { return }
            turn.end()
        }
        turn.take()
        beginQuiet()
    }

    // MARK: In the writer's turn

    /// Has the file tell of this opening before its first transaction begins.
    func claim() throws(StoreError) {
        if writer.isClaimed { return }
        beginQuiet()
        defer { endQuiet() }
        try writer.claim()
    }

    /// Makes the running transaction's state the newest.
    ///
    /// - Returns: the flush to wait for once the turn is over, if the state is to be durable.
    func commit(_ durability: Durability) throws(StoreError) -> UInt64? {
        do throws(StoreError) { try reserve() } catch {
            writer.rollback()
            throw error
        }
        let isVolatile = writer.file.isVolatile
        let isSoft = durability == .soft || isVolatile
        if !isSoft { hardCommits.begin() }
        let isChanged: Bool
        do throws(StoreError) { isChanged = try writer.commit() } catch {
            if !isSoft { hardCommits.end(on: nil) }
            throw error
        }
        // No record may tell of a transaction that leads to no new state.
        let flush = isVolatile ? 0 : ride(finishing: isChanged ? writer.tree.transaction : nil, isAwaited: durability == .hard)
        if !isSoft { hardCommits.end(on: flush) }
        if durability == .hard && !isVolatile { return flush }
        if isChanged { try spillIfLarge() }
        if durability == .soft && !isVolatile {
            flushSoon(flush, isUrgent: writer.tree.memory.byteCount > writer.dirtyByteLimit / 2)
        }
        return nil
    }

    /// Reads the free-space log, unless that was done.
    func loadSpace() throws(StoreError) {
        if writer.space != nil { return }
        beginQuiet()
        defer { endQuiet() }
        try writer.loadSpace()
    }

    private func reserve() throws(StoreError) {
        do throws(StoreError) { try writer.reserve() } catch {
            beginQuiet()
            defer { endQuiet() }
            try writer.reserveNoMore()
        }
    }

    /// Runs a transaction of the store's own when it is its turn.
    func changeInTurn(_ body: (Tree) throws(StoreError) -> Void) throws(StoreError) {
        turn.take()
        defer { turn.end() }
        try published.checkWritable()
        try claim()
        try change(body)
    }

    /// Runs a transaction of the store's own.
    func change(_ body: (Tree) throws(StoreError) -> Void) throws(StoreError) {
        writer.begin()
        do {
            try body(writer.tree)
            _ = try commit(.none)
        } catch {
            if writer.isInTransaction { writer.rollback() }
            throw error
        }
    }

    /// Writes changed pages to their places when they have become many, so that memory stays bounded.
    func spillIfLarge() throws(StoreError) {
        guard writer.tree.memory.byteCount > writer.dirtyByteLimit else { return }
        try loadSpace()
        try reserve()
        try published.checkWritable()
        do throws(StoreError) { try writer.spill() } catch {
            // Which state is durable is known once a flush is over.
            beginQuiet()
            defer { endQuiet() }
            writer.fallBack(after: error)
            throw error
        }
    }

    /// Makes the changes of records that another opening has left, and makes all of it durable.
    func recover(_ records: [JournalRecord]) throws(StoreError) {
        let journal = writer.durable.meta.journal
        try loadSpace()
        try change { (tree) throws(StoreError) in
            for record in records {
                guard try record.apply(to: tree) else { throw .damaged(page: journal?.start, reason: JournalRecord.malformed) }
            }
        }
        // Names may have come with the journal.
        if writer.hasStates { try writer.refreshNamedStates() }
        try writer.flush(whole: true)
    }
}
