internal import Synchronization

// Snapshots of a read-only store, which follows what a writer in another process does to the file.

extension Core {
    /// The newest flush of another process, or of another opening, with the changes of its journal. A lock tells its writer to leave the
    /// flush's pages alone; a flush between reading and locking, or while the journal is read, is found out by reading again.
    func beginSnapshotOfNewestFlush() throws(StoreError) -> StoreState {
        try announced.withLock { (announced) throws(StoreError) in
            if published.isClosed { throw .closed }
            for _ in 0..<1000 {
                let replay = try newestReplay(&announced)
                let flush = replay.meta.transaction
                let wasLocked = announced.locked.contains(flush: flush)
                if !wasLocked { try file.lockReader(flush) }
                var isNewest = false
                defer { if !isNewest && !wasLocked { file.unlockReader(flush) } }
                if try newestFlush() != announced.newestFlush { continue }
                // From here on the flush's pages stay as they are.
                do throws(StoreError) {
                    if try replay.advance() { try published.publish(StoreState(replay)) }
                } catch {
                    announced.replay = nil
                    // The records of the next flush may be there by now.
                    if try newestFlush() != announced.newestFlush { continue }
                    throw error
                }
                let found = replay.meta.journal == nil ? announced.newestFlush : try newestFlush()
                isNewest = found == announced.newestFlush
                if !isNewest { continue }
                let state = published.newest
                published.beginSnapshot(of: state.transaction)
                announced.locked[state.transaction] = flush
                return withCurrentGeneration(state)
            }
            throw .busy(path: file.path, processID: readProcessNote(file))
        }
    }

    /// The newest flush, with the records of its journal that were taken in.
    private func newestReplay(_ announced: inout Announced) throws(StoreError) -> Replay {
        var mapping = published.newest.view.reader.mapping
        let isFull = mapping.isFull
        if let replay = announced.replay, !isFull, try newestFlush() == announced.newestFlush { return replay }
        if isFull, let generations { mapping = try generations.current(atLeast: 0) }
        let found = try OpenedState.find(file, trustsWriter: true, reusing: mapping)
        let replay = Replay(file, found.meta, found.mapping)
        try published.publish(StoreState(replay))
        announced.replay = replay
        announced.newestFlush = found.newest
        return replay
    }

    private func newestFlush() throws(StoreError) -> TransactionID { try MetaPages(file).good[0].meta.transaction }

    /// The journal's records that led to a state.
    func records(of state: StoreState) -> [JournalRecord] {
        announced.withLock { _ in state.replay?.records.filter { $0.transaction <= state.transaction } ?? [] }
    }

    /// Checks whether intact journal records follow a torn one.
    func checkJournal(_ replay: Replay) throws(StoreError) {
        try announced.withLock { (announced) throws(StoreError) in
            while true {
                do throws(StoreError) { return try replay.checkEnd() } catch {
                    // A writer may have gone on since the last look.
                    guard try replay.advance() else { throw error }
                    if announced.replay === replay { try published.publish(StoreState(replay)) }
                }
            }
        }
    }
}
