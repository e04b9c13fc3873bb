import Ground
import PostgresWire
import Synchronization
import httpd

/// A connection with the statements prepared that it is for.
///
/// - Note: `@unchecked Sendable`: who has taken it from the pool has it alone.
final class PostgresConnection: @unchecked Sendable {
    private let client: PostgresClient
    let dialect: Dialect
    /// Whether nothing can be asked any more.
    private(set) var isLost = false
    /// Whether statements were sent ahead of the others of their transaction.
    private(set) var hasAhead = false
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
        // To prepare a change waits for whoever has locked the table against changes, which keeps nobody from reading it.
        let statements = dialect.statements.filter { isForCommits || !$0.statement.changesRecords }
        var requests = statements.map { FrontendMessage.parse(.init(name: $0.statement.rawValue, text: $0.text)) }
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
        try ask(steps)
        try collect { row in try take(row.map { $0 ?? [] }) }
    }

    /// Runs statements that are made one after the other, each when those before it are on their way, and whose rows nobody wants.
    func run(inTurn steps: [() -> Step]) throws {
        defer { hasAhead = false }
        try noting {
            try client.ask(inTurn: { send in
                for step in steps {
                    var requests: [FrontendMessage] = []
                    let (statement, parameters) = step()
                    statement.append(parameters, to: &requests)
                    try send(requests)
                }
                try send([.sync])
            })
            try client.collect { _ in }
        }
    }

    /// Sends new records of a transaction whose statements follow by ``run(inTurn:)``. What comes of them is told by those: none of them is
    /// taken any more if something was refused.
    ///
    /// - Parameter inTurn: whether it has begun.
    func send(ahead records: EngineRows, inTurn: Bool) throws {
        try noting {
            if !hasAhead { try post((inTurn ? .savepoint : .beginChanges, [])) }
            hasAhead = true
            guard let copy = dialect.copy else {
                let all = (0..<records.count).map { (key: records.key($0).copy(), value: records.value($0).copy()) }
                return try post((.insert, PostgresStatement.arrays(all)))
            }
            let isFirst = !client.isCopying
            if isFirst { try client.beginToCopy(copy) }
            try client.copy { bytes in
                if isFirst { Self.beginRows(&bytes) }
                for index in 0..<records.count {
                    bytes.append(int16: 2)
                    Self.append(records.key(index), &bytes)
                    Self.append(records.value(index), &bytes)
                }
            }
        }
    }

    /// What stands before the rows of COPY … (FORMAT BINARY).
    private static func beginRows(_ bytes: inout ByteBuffer) {
        bytes.append("PGCOPY\n")
        bytes.append([0xFF, 0x0D, 0x0A, 0])
        bytes.append(int32: 0)
        bytes.append(int32: 0)
    }

    private static func append(_ field: Bytes, _ bytes: inout ByteBuffer) {
        bytes.append(int32: Int32(field.count))
        bytes.append(field)
    }

    /// Takes back what was sent so, and nothing else.
    func forgetAhead(inTurn: Bool) {
        hasAhead = false
        if !inTurn { return rollBack() }
        do { try run([(.goBack, [])]) } catch { isLost = true }
    }

    private func post(_ step: Step) throws {
        var requests: [FrontendMessage] = []
        step.statement.append(step.parameters, to: &requests)
        try client.post(requests + [.sync])
    }

    /// The same in two steps: sends the statements. If something else is sent before ``collect(_:)``, nobody wants the rows.
    func ask(_ steps: [Step]) throws {
        var requests: [FrontendMessage] = []
        for step in steps { step.statement.append(step.parameters, to: &requests) }
        requests.append(.sync)
        try noting { try client.ask(requests) }
    }

    /// Takes the rows of what was asked.
    func collect(_ take: (RowFields) throws -> Void) throws {
        try noting {
            try client.collect { event in if case .row(let values) = event { try take(values) } }
        }
    }

    /// The same as far as they have come. Returns whether those are all.
    func collectArrived(_ take: (RowFields) throws -> Void) throws -> Bool {
        try noting {
            try client.collectArrived { event in if case .row(let values) = event { try take(values) } }
        }
    }

    /// Does something after which it may be lost.
    private func noting<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
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
    func rollBack() {
        hasAhead = false
        do { try client.run("ROLLBACK") } catch { isLost = true }
    }

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
