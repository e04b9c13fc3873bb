import Ground
import Synchronization
import httpd

extension PostgresEngine {
    private enum Outcome {
        case committed
        /// Nothing has happened, and the same may succeed.
        case again
        case failed(CatalogError)
        /// The connection was lost, or somebody ended the wait for a standby.
        case unknown
    }

    func commit(_ changes: EngineChanges, after number: UInt64, _ durability: Durability) throws(CatalogError) -> UInt64 {
        defer { if isShared { hasTurn.update { $0 = false } } }
        var base = number
        let count = UInt64(changes.count)
        // The transaction of a turn is open.
        var begins = !isShared
        while true {
            let outcome = attempt(steps(changes, after: base, begins: begins))
            begins = true
            switch outcome {
            case .committed:
                newest.max(base + count, ordering: .relaxed)
                return base + count
            case .again: continue
            case .failed(let error): throw error
            case .unknown:
                let (settled, marked) = try settle()
                if marked == base + count { return settled }
                // Settling counts by one.
                guard settled == base + 1 || !isShared else { throw overtaken }
                base = settled
            }
        }
    }

    private func steps(_ changes: EngineChanges, after number: UInt64, begins: Bool) -> [PostgresConnection.Step] {
        let base = [UInt8](int8: Int(number))
        var steps: [PostgresConnection.Step] = begins ? [(.beginChanges, [])] : []
        let count = [UInt8](int8: changes.count)
        steps += [(.claim, [owner, base, [UInt8](int8: changes.changesMetadata ? 1 : 0), count]), (.mark, [process, base, count])]
        if !changes.news.isEmpty {
            let pieces = stride(from: 0, to: changes.news.count, by: Self.statementByteCount).map { start in
                Array(changes.news[start..<min(start + Self.statementByteCount, changes.news.count)])
            }
            steps.append((.tell, [base, process, [UInt8](byteaArray: pieces)]))
        }
        for part in Self.parts(changes.deletes, { $0.count }) { steps.append((.delete, [[UInt8](byteaArray: part)])) }
        for part in Self.parts(changes.puts, { $0.key.count + $0.value.count }) {
            steps.append((.put, [[UInt8](byteaArray: part.map(\.key)), [UInt8](byteaArray: part.map(\.value))]))
        }
        return steps + [(.commit, [])]
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

    private func attempt(_ steps: [PostgresConnection.Step]) -> Outcome {
        writer.withLock { writer in
            // Nothing was sent, but this is no time to give up: what comes of it is found out where connections are made.
            guard let connection = writer else { return .unknown }
            do {
                try connection.run(steps)
                return connection.warning == nil ? .committed : .unknown
            } catch let error as PostgresClient.Refusal {
                connection.rollBack()
                if connection.isLost { writer = nil }
                switch error.state {
                case "22012": return .failed(isShared ? overtaken : replaced)
                case "40001", "40P01": return .again
                case "40003": return .unknown
                // It has become a standby: nothing has happened, and another one may take it.
                case "25006" where address.places.count > 1: return .unknown
                default: return .failed(Self.failure(error, of: name))
                }
            } catch {
                writer = nil
                return .unknown
            }
        }
    }

    /// Has everything that was sent before come to an end. Goes on until that is known: whoever waits for a commit is told neither that it has
    /// succeeded nor that it has not while it may be either.
    ///
    /// - Returns: the number of the newest state, and that of the last commit of this process.
    private func settle() throws(CatalogError) -> (settled: UInt64, marked: UInt64) {
        var patience = Duration.milliseconds(50)
        let known = newest.load(ordering: .relaxed)
        while true {
            var failure: CatalogError?
            let found: (UInt64, UInt64)? = writer.withLock { writer in
                do {
                    let connection = try writer ?? Self.writer(hosts, use, makesTables: false)
                    if writer == nil {
                        // Whoever has the lock may have begun meanwhile.
                        if try PostgresState(Self.one(connection, (.state, []))).owner != owner { failure = replaced }
                        guard failure == nil else { return nil }
                        try Self.lock(connection, address, use)
                    }
                    writer = connection
                    var rows: [Int] = []
                    try connection.run([(.beginChanges, []), (.settle, [owner]), (.marked, [process]), (.commit, [])]) {
                        rows.append($0[0].int8)
                    }
                    if rows.count != 2 { failure = replaced }
                    guard rows.count == 2, connection.warning == nil else { return nil }
                    return (UInt64(rows[0]), UInt64(rows[1]))
                } catch {
                    if error is PostgresClient.Refusal { writer?.rollBack() }
                    if writer?.isLost != false { writer = nil }
                    return nil
                }
            }
            if let found {
                // What settles is a commit as well.
                try note(found.0 - 1, after: known)
                newest.max(found.0, ordering: .relaxed)
                return found
            }
            if let failure { throw failure }
            let isOver = isClosed.wait(until: .now + patience) { $0 ? true : nil } ?? false
            if isOver {
                throw CatalogError(.writesStopped, "\(name) was lost in the middle of a commit: nobody knows whether it has succeeded.")
            }
            patience = min(patience * 2, .seconds(1))
        }
    }
}
