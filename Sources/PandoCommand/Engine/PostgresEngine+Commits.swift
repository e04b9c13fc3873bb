import Ground
import Synchronization
import httpd

extension EngineChanges {
    /// The same with all records among those that the engine may have.
    fileprivate func wholly() throws(CatalogError) -> EngineChanges {
        var changes = self
        changes.puts += inserts
        if let ahead { changes.puts += try ahead() }
        (changes.inserts, changes.ahead) = ([], nil)
        return changes
    }
}

extension PostgresEngine {
    private enum Outcome {
        case committed
        /// Nothing has happened, and the same may succeed.
        case again
        /// Nothing has happened: what was sent before is lost, or a record is there that was taken for a new one.
        case wholly
        case failed(CatalogError)
        /// The connection was lost, or somebody ended the wait for a standby. Nothing has happened if nothing was sent.
        case unknown(wasSent: Bool)
    }

    /// What is known once nothing of this process is under way any more.
    private enum Settlement {
        /// The number of the newest state, and that of the last commit of this process.
        case settled(UInt64, marked: UInt64)
        /// Another process has the right to write; the number of the last commit that this one made before.
        case replaced(marked: UInt64)
        /// The row of this process is gone, or was made anew, and with it the number of its last commit.
        case forgotten
    }

    func commit(_ changes: EngineChanges, after number: UInt64, _ durability: Durability) throws(CatalogError) -> EngineCommit {
        defer { if isShared { hasTurn.update { $0 = false } } }
        var changes = changes
        var base = number
        let count = UInt64(changes.count)
        // The transaction of a turn is open.
        var begins = !isShared
        var lossCount = 0
        let largestLossCount = changes.ahead != nil || changes.byteCount > Self.statementByteCount ? 3 : 16
        while true {
            let isRest = changes.ahead != nil
            let hasNew = isRest || !changes.inserts.isEmpty
            let outcome = attempt(steps(changes, after: base, begins: begins && !isRest), isRest: isRest, hasNew: hasNew)
            begins = true
            switch outcome {
            case .committed:
                newest.max(base + count, ordering: .relaxed)
                if changes.changesMetadata { newestMetadata.max(base + count, ordering: .relaxed) }
                return EngineCommit(base + count)
            case .again: continue
            case .wholly: changes = try changes.wholly()
            case .failed(let error): throw error
            case .unknown(let wasSent):
                switch try settle(wasSent: wasSent) {
                case .settled(let number, let marked):
                    if marked == base + count {
                        if changes.changesMetadata { newestMetadata.max(marked, ordering: .relaxed) }
                        return EngineCommit(state: number, number: marked)
                    }
                    // Settling counts by one.
                    guard number == base + 1 || !isShared else { throw overtaken }
                    // It may be the commit itself that ends the connection, and nothing of it was made.
                    if wasSent { lossCount += 1 }
                    guard lossCount < largestLossCount else { throw lost(lossCount) }
                    base = number
                case .replaced(let marked):
                    // The last one that it was let make.
                    guard wasSent, marked == base + count else { throw replaced }
                    return EngineCommit(marked)
                case .forgotten:
                    throw wasSent ? indeterminate("this process was taken for dead meanwhile") : isShared ? overtaken : replaced
                }
            }
        }
    }

    /// What makes the statements of a commit: of many bytes only those that are being sent are there twice.
    private func steps(_ changes: EngineChanges, after number: UInt64, begins: Bool) -> [() -> PostgresConnection.Step] {
        let base = [UInt8](int8: Int(number))
        var steps: [() -> PostgresConnection.Step] = begins ? [{ (.beginChanges, []) }] : []
        let count = [UInt8](int8: changes.count)
        let watchNumber = [UInt8](int8: Int(turnWatchNumber.load(ordering: .relaxed)))
        let claim = [owner, base, [UInt8](int8: changes.changesMetadata ? 1 : 0), count, watchNumber]
        steps.append { (.claim, claim) }
        if !changes.news.isEmpty {
            let pieceByteCount = min(Self.statementByteCount, largestValueByteCount)
            let pieces = changes.news.parts.flatMap { part in
                part.count <= pieceByteCount
                    ? [part]
                    : stride(from: 0, to: part.count, by: pieceByteCount).map { start in
                        Array(part[start..<min(start + pieceByteCount, part.count)])
                    }
            }
            for part in Self.parts(pieces, { $0.count }) {
                steps.append { [process] in (.tell, [base, process, [UInt8](byteaArray: part), [UInt8](int8: part.startIndex)]) }
            }
        }
        for part in Self.parts(changes.deletes, { $0.count }) { steps.append { (.delete, [[UInt8](byteaArray: part)]) } }
        for (statement, records) in [(PostgresStatement.put, changes.puts), (.insert, changes.inserts)] {
            for part in Self.parts(records, { $0.key.count + $0.value.count }) {
                steps.append { (statement, PostgresStatement.arrays(part)) }
            }
        }
        // The last one: its row is where this process shows that it lives, also while a large commit is under way.
        let mark = [process, base, count]
        return steps + [{ (.mark, mark) }, { (.commit, []) }]
    }

    func send(ahead records: EngineRows) -> Bool {
        writer.withLock { writer in
            guard let connection = writer else { return false }
            do {
                try connection.send(ahead: records, inTurn: isShared)
                return true
            } catch {
                writer = nil
                return false
            }
        }
    }

    func forgetAhead() {
        writer.withLock { writer in
            guard let connection = writer, connection.hasAhead else { return }
            connection.forgetAhead(inTurn: isShared)
            if connection.isLost { writer = nil }
        }
    }

    private static func parts<Element>(_ all: [Element], _ byteCount: (Element) -> Int) -> [ArraySlice<Element>] {
        var parts: [ArraySlice<Element>] = []
        var (start, sum) = (0, 0)
        for (index, element) in all.enumerated() {
            sum += byteCount(element) + 8
            guard sum >= statementByteCount || index == all.count - 1 else { continue }
            parts.append(all[start...index])
            (start, sum) = (index + 1, 0)
        }
        return parts
    }

    /// - Parameters:
    ///   - isRest: whether it is the rest of what was sent before.
    ///   - hasNew: whether records are among it that are not there.
    private func attempt(_ steps: [() -> PostgresConnection.Step], isRest: Bool, hasNew: Bool) -> Outcome {
        writer.withLock { writer in
            // Nothing was sent, but this is no time to give up: what comes of it is found out where connections are made.
            guard let connection = writer else { return .unknown(wasSent: false) }
            if isRest, !connection.hasAhead { return .wholly }
            do {
                try connection.run(inTurn: steps)
                return connection.warning == nil ? .committed : .unknown(wasSent: true)
            } catch let error as PostgresClient.Refusal {
                connection.rollBack()
                if connection.isLost { writer = nil }
                switch error.state {
                case "22012": return .failed(isShared ? overtaken : replaced)
                // The reason may be what was sent before, and is told again if it is not.
                case _ where isRest: return .wholly
                case "23505" where hasNew: return .wholly
                case _ where error.isConflict: return .again
                // Whoever stands in between may say so as well.
                case "40003", "08000", "08003", "08006", "08007": return .unknown(wasSent: true)
                // It has become a standby: nothing has happened, and another one may take it.
                case "25006" where address.places.count > 1: return .unknown(wasSent: false)
                default: return .failed(Self.failure(error, of: name))
                }
            } catch {
                writer = nil
                return .unknown(wasSent: true)
            }
        }
    }

    /// Has everything that was sent before come to an end. Goes on until that is known: whoever waits for a commit is told neither that it has
    /// succeeded nor that it has not while it may be either.
    ///
    /// - Parameter wasSent: whether there is a commit that may have been made.
    private func settle(wasSent: Bool) throws(CatalogError) -> Settlement {
        var patience = Duration.milliseconds(50)
        let known = newest.load(ordering: .relaxed)
        while true {
            let found: Settlement? = writer.withLock { writer in
                do {
                    let connection = try writer ?? Self.writer(hosts, use, makesTables: false)
                    if writer == nil {
                        // Whoever has the lock may have begun meanwhile.
                        if let replacement = try replacement(connection) {
                            connection.close()
                            return replacement
                        }
                        try Self.lock(connection, address, use)
                    }
                    writer = connection
                    var rows: [Int] = []
                    try connection.run([(.beginChanges, []), (.settle, [owner]), (.marked, [process]), (.commit, [])]) {
                        rows.append($0[0].int8)
                    }
                    guard rows.count == 2 else { return try replacement(connection) ?? .forgotten }
                    guard connection.warning == nil else { return nil }
                    return rows[1] == 0 ? .forgotten : .settled(UInt64(rows[0]), marked: UInt64(rows[1]))
                } catch {
                    if error is PostgresClient.Refusal { writer?.rollBack() }
                    if writer?.isLost != false { writer = nil }
                    return nil
                }
            }
            if case .settled(let number, _) = found {
                // What settles is a commit as well.
                try note(number - 1, after: known)
                newest.max(number, ordering: .relaxed)
            }
            if let found { return found }
            let isOver = isClosed.wait(until: .now + patience) { $0 ? true : nil } ?? false
            // A command that looks for signals between its steps would wait for a server that does not come back.
            if isOver || SystemCalls.isStopPending {
                throw wasSent ? indeterminate("this process ends") : closing
            }
            patience = min(patience * 2, .seconds(1))
        }
    }

    /// What became of this process's commits if another one has the right to write: whoever took it waited for the one that was under way, or has
    /// it fail.
    private func replacement(_ connection: PostgresConnection) throws -> Settlement? {
        guard try PostgresState(Self.one(connection, (.state, []))).owner != owner else { return nil }
        var marked = 0
        try connection.run([(.marked, [process])]) { marked = $0[0].int8 }
        return marked == 0 ? .forgotten : .replaced(marked: UInt64(marked))
    }

    private func lost(_ count: Int) -> CatalogError {
        CatalogError(
            .unavailable,
            "The connection to \(name) was lost \(count) times in a row in the middle of the same commit; nothing of it was committed.")
    }

    private func indeterminate(_ why: String) -> CatalogError {
        CatalogError(
            .indeterminate, "\(name) was lost in the middle of a commit, and \(why): nobody knows whether it has succeeded.")
    }
}
