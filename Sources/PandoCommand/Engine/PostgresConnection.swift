import Ground
import PostgresWire
import Synchronization
import httpd

/// A connection with all statements prepared.
///
/// - Note: `@unchecked Sendable`: who has taken it from the pool has it alone.
final class PostgresConnection: @unchecked Sendable {
    private let client: PostgresClient
    let dialect: Dialect
    /// Whether nothing can be asked any more.
    private(set) var isLost = false
    /// ``PostgresHosts/changeCount`` when it was made.
    let changeCount: Int

    /// - Parameters:
    ///   - isForCommits: whether the engine is to keep its promise of durability.
    ///   - idleSeconds: for how long a transaction may be open while nothing is asked; 0: without end.
    init(_ hosts: PostgresHosts, makesTables: Bool, isForCommits: Bool = false, idleSeconds: Int = 0) throws {
        changeCount = hosts.changeCount
        client = try hosts.connect()
        let own = Dialect(client.kind)
        dialect = hosts.address.isPortable ? own.inCommon : own
        try client.run(dialect.settings(isForCommits: isForCommits, idleSeconds: idleSeconds))
        if makesTables { try makeTables(in: hosts.address.name) }
        var requests = dialect.statements.map { FrontendMessage.parse(.init(name: $0.statement.rawValue, text: $0.text)) }
        requests.append(.sync)
        try client.exchange(requests) { _ in }
    }

    /// Makes the tables if some are missing: an account that may use them may have no right to make any.
    private func makeTables(in place: String) throws {
        if let text = dialect.look {
            var found = EngineTables()
            for row in try client.rows(text) { found.columns[row[0] ?? "", default: []].insert(row[1] ?? "") }
            if let other = found.foreign {
                throw CommandError.failed(
                    "\(place) has a table \(other) that is not Pando's, and nothing was changed there. Name another database.")
            }
            if found.areComplete, try !client.rows("SELECT id FROM pando_state").isEmpty { return }
        }
        for text in dialect.schema { try client.run(text) }
    }

    typealias Step = (statement: PostgresStatement, parameters: [[UInt8]])

    /// Runs statements that are sent as one message.
    ///
    /// - Parameter take: what is done with each row.
    func run(_ steps: [Step], _ take: ([[UInt8]]) throws -> Void = { _ in }) throws {
        var requests: [FrontendMessage] = []
        for step in steps { step.statement.append(step.parameters, to: &requests) }
        requests.append(.sync)
        do {
            try client.exchange(requests) { event in
                if case .row(let values) = event { try take(values.map { $0 ?? [] }) }
            }
        } catch {
            // One that has become a standby, or read-only, is none to ask anything more.
            if (error as? PostgresClient.Refusal).map({ $0.state == "25006" }) ?? true { isLost = true }
            throw error
        }
    }

    /// What an engine tells of itself, as texts; nil if it knows nothing of that, or does not tell this account.
    func told(_ text: String) throws -> [[String?]]? {
        do { return try client.rows(text) } catch let refusal as PostgresClient.Refusal {
            guard refusal.state.hasPrefix("42") || refusal.state.hasPrefix("0A") else { throw refusal }
            return nil
        } catch {
            isLost = true
            throw error
        }
    }

    var hostName: String { client.hostName }

    /// What the server warned of while it answered the last message.
    var warning: ReportFields? { client.warning }

    /// Ends a transaction that has failed.
    func rollBack() { do { try client.run("ROLLBACK") } catch { isLost = true } }

    /// Ends the transaction of a view, whose answer nobody waits for.
    func endView() {
        var requests: [FrontendMessage] = []
        PostgresStatement.commit.append([], to: &requests)
        do { try client.post(requests + [.sync]) } catch { isLost = true }
    }

    func close() { client.close() }
}

/// Connections for views, and those that wait for one.
final class PostgresPool: Sendable {
    private static let keptCount = 16
    private let idle = Mutex<[PostgresConnection]>([])
    private let hosts: PostgresHosts

    init(_ hosts: PostgresHosts) {
        self.hosts = hosts
    }

    /// Has something asked of a connection. One that has been lost since it was used last is replaced.
    func withFresh<Result>(_ body: (PostgresConnection) throws -> Result) throws -> (PostgresConnection, Result) {
        while let connection = idle.withLock({ $0.popLast() }) {
            guard connection.changeCount == hosts.changeCount else {
                connection.close()
                continue
            }
            do { return (connection, try body(connection)) } catch {
                // A single server that stands still is not asked again at once.
                if !connection.isLost || error is PostgresHosts.Standstill && hosts.address.places.count == 1 { throw error }
            }
        }
        let connection = try PostgresConnection(hosts, makesTables: false)
        return (connection, try body(connection))
    }

    func putBack(_ connection: PostgresConnection) {
        guard !connection.isLost else { return }
        let isKept = idle.withLock { idle in
            if idle.count < Self.keptCount { idle.append(connection) }
            return idle.last === connection
        }
        if !isKept { connection.close() }
    }

    func close() {
        for connection in idle.withLock({ connections in exchange(&connections, with: []) }) { connection.close() }
    }
}

/// One state, as a transaction of its own sees it. Those who read it take turns.
final class PostgresView: EngineView {
    let number: UInt64
    let metadataNumber: UInt64
    let opening: UInt64
    let watchNumber: UInt64
    private let process: [UInt8]
    private let name: String
    private let pool: PostgresPool
    /// Nil before it begins.
    private let connection: Mutex<PostgresConnection?>
    /// Looks whether it begins with the state that it is to be.
    private let check: @Sendable (PostgresState) throws(CatalogError) -> Void
    private let isLost = Atomic(false)
    /// Whether a state with the same number is the same one, because nobody else makes any.
    private let isOfOneWriter: Bool
    private let asking = Combiner<[[UInt8]], Result<EngineRows, CatalogError>>(largestCount: 64)

    init(
        _ connection: PostgresConnection, _ state: PostgresState, of name: String, _ pool: PostgresPool, process: [UInt8],
        isOfOneWriter: Bool
    ) {
        self.isOfOneWriter = isOfOneWriter
        self.connection = Mutex(connection)
        check = { _ throws(CatalogError) in }
        number = state.number
        metadataNumber = state.metadataNumber
        opening = state.opening
        watchNumber = state.watchNumber
        self.process = process
        self.name = name
        self.pool = pool
    }

    /// One that begins when something is read of it: where nobody makes another state before, or it has begun by then.
    init(
        at number: UInt64, metadata metadataNumber: UInt64, opening: UInt64, of name: String, _ pool: PostgresPool, process: [UInt8],
        check: @escaping @Sendable (PostgresState) throws(CatalogError) -> Void
    ) {
        isOfOneWriter = true
        connection = Mutex(nil)
        self.check = check
        self.number = number
        self.metadataNumber = metadataNumber
        self.opening = opening
        watchNumber = 0
        self.process = process
        self.name = name
        self.pool = pool
    }

    deinit {
        connection.withLock { connection in
            connection?.endView()
            if let connection { pool.putBack(connection) }
        }
    }

    func begin() throws(CatalogError) {
        let failure: CatalogError? = connection.withLock { connection in
            do {
                if connection == nil { connection = try begun() }
                return nil
            } catch {
                isLost.store(true, ordering: .relaxed)
                return PostgresEngine.failure(error, of: name)
            }
        }
        if let failure { throw failure }
    }

    /// A connection that sees the state, and has answered a statement of it in the message that began.
    private func begun(
        _ step: PostgresConnection.Step? = nil, begin: () -> Void = {}, _ take: ([[UInt8]]) -> Void = { _ in }
    ) throws -> PostgresConnection {
        let (connection, row) = try pool.withFresh { connection in
            begin()
            var state: [[UInt8]]?
            try connection.run([(.beginView, []), (.state, [])] + (step.map { [$0] } ?? [])) { row in
                if state == nil { state = row } else { take(row) }
            }
            return state ?? []
        }
        do { try check(PostgresState(row)) } catch {
            connection.endView()
            pool.putBack(connection)
            throw error
        }
        return connection
    }

    var isUsable: Bool { !isLost.load(ordering: .relaxed) }

    /// What several threads want to know at the same time is asked in one statement.
    func rows(of keys: [[UInt8]]) throws(CatalogError) -> EngineRows {
        guard keys.count <= Self.sharedKeyCount else { return try read(.rows, [[UInt8](byteaArray: keys)]) }
        return try asking.answer(keys) { all in
            do throws(CatalogError) {
                guard all.count > 1 else { return [.success(try read(.rows, [[UInt8](byteaArray: all[0])]))] }
                let rows = try read(.rows, [[UInt8](byteaArray: Set(all.joined()))])
                var places: [[UInt8]: Int] = [:]
                for index in 0..<rows.count { places[rows.key(index).copy()] = index }
                return all.map { keys in
                    var own = EngineRows.Builder()
                    for key in keys { if let place = places[key] { own.append(key, rows.value(place).copy()) } }
                    return .success(EngineRows(own))
                }
            } catch {
                return all.map { _ in .failure(error) }
            }
        }.get()
    }

    /// With more keys a statement is for one thread alone.
    private static let sharedKeyCount = 16

    func page(_ page: EnginePage) throws(CatalogError) -> EngineRows {
        let statement: PostgresStatement =
            switch (page.onlyKeys, page.isReversed, page.upper != nil) {
            case (false, false, true): .page
            case (false, false, false): .pageToEnd
            case (false, true, true): .pageBack
            case (false, true, false): .pageBackFromEnd
            case (true, false, true): .keys
            case (true, false, false): .keysToEnd
            case (true, true, true): .keysBack
            case (true, true, false): .keysBackFromEnd
            }
        let bounds = [page.lower] + (page.upper.map { [$0] } ?? [])
        return try read(statement, bounds + [[UInt8](int8: page.limit), [UInt8](int8: page.skipped)])
    }

    func count(from lower: [UInt8], to upper: [UInt8]?) throws(CatalogError) -> Int {
        var count = 0
        try run(upper == nil ? .countToEnd : .count, [lower] + (upper.map { [$0] } ?? []), { count = $0[0].int8 })
        return count
    }

    func watchedElsewhere() throws(CatalogError) -> Set<String> {
        var names: Set<String> = []
        try run(.watchedElsewhere, [process], { names.insert(String(decoding: $0[0], as: UTF8.self)) })
        return names
    }

    func news(after number: UInt64, watching count: Int) throws(CatalogError) -> [[UInt8]]? {
        var known = 0
        try run(.watchCount, [process], { known = $0[0].int8 })
        guard known == count else { return nil }
        var commits: [(number: Int, bytes: [UInt8])] = []
        try run(
            .news, [[UInt8](int8: Int(number)), process], begin: { commits = [] },
            { row in
                let number = row[0].int8
                if commits.last?.number == number { commits[commits.count - 1].bytes += row[1] } else { commits.append((number, row[1])) }
            })
        return commits.map(\.bytes)
    }

    private func read(_ statement: PostgresStatement, _ parameters: [[UInt8]]) throws(CatalogError) -> EngineRows {
        var rows = EngineRows.Builder()
        try run(statement, parameters, begin: { rows = .init() }, { rows.append($0[0], $0[1]) })
        return EngineRows(rows)
    }

    /// - Parameter begin: called before the first row, and again if all rows come anew.
    private func run(
        _ statement: PostgresStatement, _ parameters: [[UInt8]], begin: () -> Void = {}, _ take: ([[UInt8]]) -> Void
    ) throws(CatalogError) {
        let failure: CatalogError? = connection.withLock { connection in
            var isSecond = false
            while true {
                begin()
                do {
                    if let connection {
                        try connection.run([(statement, parameters)], take)
                    } else {
                        connection = try begun((statement, parameters), begin: begin, take)
                    }
                    return nil
                } catch {
                    // An engine may find that its clocks don't tell whether a row is of the state: then it is asked again.
                    let isConflict = (error as? PostgresClient.Refusal)?.isConflict == true
                    if !isSecond, connection?.isLost == true || isConflict, let other = sameState() {
                        connection?.endView()
                        if let connection { pool.putBack(connection) }
                        (connection, isSecond) = (other, true)
                        continue
                    }
                    // A transaction in which something has failed answers nothing any more.
                    isLost.store(true, ordering: .relaxed)
                    return PostgresEngine.failure(error, of: name)
                }
            }
        }
        if let failure { throw failure }
    }

    /// Another connection that sees the state, if it is still the newest one.
    private func sameState() -> PostgresConnection? {
        guard isOfOneWriter else { return nil }
        let found = try? pool.withFresh { connection in
            var row: [[UInt8]] = []
            try connection.run([(.beginView, []), (.state, [])]) { row = $0 }
            return row
        }
        guard let (connection, row) = found else { return nil }
        if let state = try? PostgresState(row), state.number == number, state.opening == opening { return connection }
        connection.endView()
        pool.putBack(connection)
        return nil
    }
}
