import Ground
import Synchronization
import httpd

/// What a process does for those that write beside it: shows that it lives, and forgets those that don't.
final class PostgresCompany: Sendable {
    /// Between two signs of life.
    private static let interval = Duration.seconds(2)
    /// How many of them there are until what nobody needs any more is looked for again.
    private static let tidyingInterval = 8
    /// How this process is called among the others.
    static let ownName = "\(SystemFacts.hostName):\(SystemFacts.processIdentifier)"

    /// What is known of the others.
    private struct Known {
        var metadataNumber: UInt64?
        var processes: Set<[UInt8]> = []
        var observer: (@Sendable () -> Void)?
    }

    private let known = Mutex(Known())
    private let seen = Atomic<UInt64>(0)
    private let signals = Monitored(Signals())

    /// What its threads wait for.
    private struct Signals {
        var isStopped = false
        /// Whether the observer has still to be told of something.
        var hasNews = false
    }

    init() {}

    deinit { stop() }

    /// - Throws: if the system has no thread for it.
    func begin(_ engine: PostgresEngine) throws {
        _ = try SystemThread(stackByteCount: 512 << 10) { [signals, weak self, weak engine] in
            var count = 0
            while signals.wait(until: .now + Self.interval, { $0.isStopped ? () : nil }) == nil {
                guard let self, let engine else { return }
                engine.keepTurn()
                // What fails now is tried again.
                try? turn(engine, tidies: count % Self.tidyingInterval == 0)
                count += 1
            }
        }
        // What is done about news may wait for whoever writes, which a sign of life may not.
        _ = try SystemThread { [signals, weak self] in
            func hasNews(_ signals: inout Signals) -> Bool? {
                if signals.isStopped { return false }
                return exchange(&signals.hasNews, with: false) ? true : nil
            }
            while signals.wait(hasNews) { self?.tellObserver() }
        }
    }

    func stop() { signals.update { $0.isStopped = true } }

    private func tellObserver() { known.withLock { $0.observer }?() }

    func observe(_ body: @escaping @Sendable () -> Void) { known.withLock { $0.observer = body } }

    func note(seen number: UInt64) { seen.store(number, ordering: .relaxed) }

    private func turn(_ engine: PostgresEngine, tidies: Bool) throws {
        var isKnown = false
        var state: [[UInt8]] = []
        var processes: Set<[UInt8]> = []
        let seen = [UInt8](int8: Int(seen.load(ordering: .relaxed)))
        let newest = engine.newest.load(ordering: .relaxed)
        let (connection, _) = try engine.pool.withFresh { connection in
            try connection.run([(.renew, [engine.process, seen])]) { _ in isKnown = true }
            // Who is alone has nobody to hear of.
            guard engine.isShared else { return }
            let tidying: [PostgresConnection.Step] = tidies ? [(.expire, []), (.forgetNews, [])] : []
            try connection.run(tidying + [(.state, [])]) { state = $0 }
            try connection.run([(.processes, [])]) { processes.insert($0[0]) }
        }
        defer { engine.pool.putBack(connection) }
        // Somebody took it for dead: it comes back, and what it watched has to be said again.
        if !isKnown { try connection.run([engine.joining]) }
        guard engine.isShared else { return }
        let newState = try PostgresState(state)
        try engine.note(newState.number, after: newest)
        let metadataNumber = newState.metadataNumber
        let isNew = known.withLock { known in
            let isNew = known.metadataNumber.map { $0 != metadataNumber } ?? false || !known.processes.isSubset(of: processes)
            (known.metadataNumber, known.processes) = (metadataNumber, processes)
            return isNew
        }
        if isNew { signals.update { $0.hasNews = true } }
    }
}

extension EngineCompany.Shard {
    /// - Parameter row: who leads, and all who have it, with commas between them; nothing of what is not known.
    init(_ row: [String?]) {
        let names = (row.count > 1 ? row[1] ?? "" : "").split(separator: ",").map { String($0) }
        self.init(primary: row.first.flatMap { $0 } ?? names.first ?? "unknown", servers: names)
    }
}

extension PostgresEngine {
    /// Who has this process's place now, if that is to be learned.
    private var successor: String? {
        let found = try? pool.withFresh { connection -> String? in
            var name: String?
            let newOwner = try PostgresState(Self.one(connection, (.state, []))).owner
            // The row of this process may be gone, though nobody has its place.
            if newOwner == owner { return nil }
            if newOwner.isEmpty { return "processes that write beside each other" }
            try connection.run([(.processes, [])]) { row in if row[0] == newOwner { name = String(decoding: row[1], as: UTF8.self) } }
            return name
        }
        guard let (connection, name) = found else { return nil }
        pool.putBack(connection)
        return name
    }

    /// Why this process reads and writes nothing any more, once the row of the state is another one's.
    var replaced: CatalogError {
        let other = successor.map { " (\($0))" } ?? ""
        return CatalogError(
            .writesStopped,
            "Another process has taken over what \(name) keeps\(other), so this one reads and writes nothing any more. Stop it, and ask the "
                + "other one.")
    }

    /// Has the others know of a process.
    ///
    /// - Parameter number: that of the state that it begins with; 0 if it may have committed something of which nobody knows any more.
    static func joining(_ process: [UInt8], opening: UInt64, number: UInt64) -> PostgresConnection.Step {
        (.join, [process, Array(PostgresCompany.ownName.utf8), [UInt8](int8: Int(opening)), [UInt8](int8: Int(number))])
    }

    /// Has the others know of this process, if they have forgotten it.
    var joining: PostgresConnection.Step { Self.joining(process, opening: opening, number: 0) }

    func company() throws(CatalogError) -> EngineCompany {
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        var found = EngineCompany(primary: name)
        do {
            let (connection, state) = try pool.withFresh { try Self.one($0, (.state, [])) }
            found.primary = connection.hostName
            (found.engine, found.administration) = (dialect.engine, dialect.administration)
            if dialect == .postgreSQL { try addStandbys(to: &found, connection) }
            if let text = dialect.shards { found.shards = try connection.told(text)?.map(EngineCompany.Shard.init) ?? [] }
            found.commit = try PostgresState(state).number
            try connection.run([(.processes, [])]) { row in
                found.processes.append(
                    .init(
                        name: text(row[1]), opening: UInt64(row[2].int8), commit: UInt64(row[3].int8), seconds: Double(row[5].int8) / 1000,
                        silentSeconds: Double(row[4].int8) / 1000, isThisOne: row[0] == process))
            }
            pool.putBack(connection)
            return found
        } catch {
            throw Self.failure(error, of: name)
        }
    }

    /// The servers that follow PostgreSQL's primary, and those that its commits wait for.
    private func addStandbys(to found: inout EngineCompany, _ connection: PostgresConnection) throws {
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        let settings = try Self.one(connection, (.servers, [])).map(text)
        if !settings[0].isEmpty { found.primary = settings[0] }
        // An account whose commits don't wait at all waits for no standby.
        if !["off", "local"].contains(settings[2]) {
            let synchronous = SynchronousStandbys(settings[1])
            (found.requiredCount, found.expected) = (synchronous.count, synchronous.names)
        }
        // An account without the right to know sees the rows with nothing in them.
        var standbys: [EngineCompany.Standby] = []
        try connection.run([(.standbys, [])]) { row in
            standbys.append(.init(name: text(row[0]), state: text(row[1]), waiting: text(row[2]), lagByteCount: row[3].int8))
        }
        found.standbys = standbys.contains { $0.state.isEmpty } ? nil : standbys
    }

    func survey() -> [EngineCompany.Host] { hosts.survey() }

    func cell(_ name: [UInt8]) throws(CatalogError) -> [UInt8]? { try answer((.cell, [name]))?[0] }

    func exchangeCell(_ name: [UInt8], _ old: [UInt8]?, for new: [UInt8]) throws(CatalogError) -> Bool {
        try answer(old.map { (.changeCell, [name, $0, new]) } ?? (.makeCell, [name, new]), isForGood: true) != nil
    }

    /// The row of a statement that may have none.
    ///
    /// - Parameter isForGood: whether what it has done is to be there after a crash of the server as well.
    private func answer(_ step: PostgresConnection.Step, isForGood: Bool = false) throws(CatalogError) -> [[UInt8]]? {
        let isSoft = isForGood && dialect == .postgreSQL
        do {
            let (connection, row) = try pool.withFresh { connection -> [[UInt8]]? in
                var row: [[UInt8]]?
                do {
                    try connection.run(isSoft ? [(.beginChanges, []), (.durable, []), step, (.commit, [])] : [step]) { row = $0 }
                } catch let refusal as PostgresClient.Refusal {
                    connection.close()
                    throw refusal
                }
                return row
            }
            pool.putBack(connection)
            return row
        } catch {
            throw Self.failure(error, of: name)
        }
    }

    func observeOthers(_ body: @escaping @Sendable () -> Void) { pulse.observe(body) }

    func note(seen number: UInt64) { pulse.note(seen: number) }

    func watch(_ names: Set<String>, before count: Int) throws(CatalogError) -> UInt64? {
        do {
            // Everything of it is said again after a conflict: nothing was.
            while true {
                do { return try watchOnce(names, before: count) } catch let refusal as PostgresClient.Refusal {
                    guard refusal.isConflict else { throw refusal }
                }
            }
        } catch {
            throw Self.failure(error, of: name)
        }
    }

    private func watchOnce(_ names: Set<String>, before count: Int) throws -> UInt64? {
        var number = 0
        let (connection, known) = try pool.withFresh { connection in
            // Whoever has the turn commits first, and whoever has it next looks what is watched.
            var rows: [Int] = []
            do {
                // A process that stands still before the second message keeps the others waiting for no longer than one that has the turn.
                try connection.run([
                    (.beginChanges, []), (.idleLimit, [Array("\(Dialect.silentSeconds)s".utf8)]), (.changeWatch, [owner]),
                    (.watchCount, [process]),
                ]) { rows.append($0[0].int8) }
                // The first one is of the limit.
                guard rows.count == 3 else {
                    connection.rollBack()
                    pool.putBack(connection)
                    throw replaced
                }
            } catch let refusal as PostgresClient.Refusal {
                connection.close()
                throw refusal
            }
            number = rows[1]
            return rows[2]
        }
        do {
            var steps: [PostgresConnection.Step] = [(.unwatch, [process])]
            let isForgotten = known != count
            if !isForgotten {
                steps += [joining, (.renew, [process, [UInt8](int8: count == 0 ? number : 0)])]
                if !names.isEmpty { steps.append((.watch, [process, [UInt8](byteaArray: names.map { Array($0.utf8) })])) }
            }
            try connection.run(steps + [(.commit, [])])
            pool.putBack(connection)
            return isForgotten ? nil : UInt64(number)
        } catch {
            connection.rollBack()
            pool.putBack(connection)
            throw error
        }
    }
}
