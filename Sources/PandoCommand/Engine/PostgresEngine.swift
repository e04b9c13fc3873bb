import Ground
import PostgresWire
import Synchronization
import httpd

/// The row of `pando_state`.
struct PostgresState {
    let owner: [UInt8]
    let opening: UInt64
    let number: UInt64
    let file: String
    let metadataNumber: UInt64
    let watchNumber: UInt64

    init(_ row: [[UInt8]]) throws(CommandError) {
        guard row.count == 6 else { throw .failed("The row of the table pando_state is missing.") }
        owner = row[0]
        opening = UInt64(row[1].int8)
        number = UInt64(row[2].int8)
        file = String(decoding: row[3], as: UTF8.self)
        metadataNumber = UInt64(row[4].int8)
        watchNumber = UInt64(row[5].int8)
    }
}

/// Records in a table of a PostgreSQL database, or of another engine that speaks its protocol (``Dialect``), which this process writes alone,
/// or beside others.
///
/// Whose right it is to write stands in the one row of `pando_state`: each commit proves it there in its own transaction, and counts on from the
/// number that it knows. So whatever becomes of connections, locks and clocks, nothing is written by a process whose place another has taken,
/// nothing on a state that is not the newest, and nothing twice. Processes that write beside each other take turns: whoever has the lock on that
/// row writes, and everybody else's states are as new as they say.
final class PostgresEngine: KeyValueEngine {
    let name: String
    let id: String
    let opening: UInt64
    let isReadOnly: Bool
    let isShared: Bool
    let hosts: PostgresHosts
    let dialect: Dialect
    let pool: PostgresPool
    /// Who we are, to the row of the state; empty where several write.
    let owner: [UInt8]
    /// The key of this process's row among those that write.
    let process: [UInt8]
    /// The connection that writes and holds the lock; nil where it was lost.
    let writer: Mutex<PostgresConnection?>
    /// Whether this process has the turn among several.
    let hasTurn = Monitored(false)
    /// How often anybody had changed what it watches when the turn began.
    let turnWatchNumber = Atomic<UInt64>(0)
    let isClosed = Monitored(false)
    /// The number of the newest state that this process has seen.
    let newest: Atomic<UInt64>
    /// The number of the newest commit that changed databases, tables or accounts, as far as this process knows: all there is if it writes alone.
    let newestMetadata: Atomic<UInt64>
    /// Whether a state was met that was older than that.
    private let hasLostCommits = Atomic(false)
    let pulse = PostgresCompany()

    /// Bytes of records in a statement that puts or deletes.
    static let statementByteCount = 4 << 20

    /// How a process uses what the database keeps.
    enum Use {
        case reading
        case writingAlone
        case writingBesideOthers
    }

    init(_ address: PostgresAddress, _ use: Use) throws {
        let address = use == .reading ? address : address.writing()
        let hosts = PostgresHosts(address)
        self.hosts = hosts
        isReadOnly = use == .reading
        isShared = use == .writingBesideOthers
        name = address.name
        let pool = PostgresPool(hosts)
        self.pool = pool
        process = [UInt8].random(16)
        let state: PostgresState
        if use == .reading {
            owner = []
            writer = Mutex(nil)
            let connection: PostgresConnection
            let row: [[UInt8]]
            (connection, row) = try Self.reporting(address) { try pool.withFresh { try Self.one($0, (.state, [])) } }
            dialect = connection.dialect
            pool.putBack(connection)
            state = try PostgresState(row)
        } else {
            owner = use == .writingAlone ? process : []
            let connection = try Self.reporting(address) { try Self.writer(hosts, use, makesTables: true) }
            dialect = connection.dialect
            try Self.lock(connection, address, use)
            state = try Self.reporting(address) { [owner, process] in
                func begin() throws -> PostgresState {
                    let before = try PostgresState(try Self.one(connection, (.state, []))).owner
                    let state = try PostgresState(try Self.one(connection, (.takeOver, [owner])))
                    // Whoever had the right until now may want to know what became of its last commit: its row stays for a while. Without
                    // an advisory lock it has renewed that itself, and others would take it for one that lives.
                    let isSpared = !before.isEmpty && connection.dialect.hasAdvisoryLocks
                    let sparing: [PostgresConnection.Step] = isSpared ? [(.renew, [before, [UInt8](int8: 0)])] : []
                    try connection.run(
                        sparing + [Self.joining(process, opening: state.opening, number: state.number), (.expire, [])])
                    // Who is alone tells nobody of commits: whoever outlives that has to learn that it missed some.
                    if use == .writingAlone { try connection.run([(.forgetWatches, [])]) }
                    return state
                }
                return connection.dialect.hasAdvisoryLocks
                    ? try begin() : try Self.withRow(connection, address, use, process, begin)
            }
            writer = Mutex(connection)
        }
        opening = state.opening
        id = state.file
        newest = Atomic(state.number)
        newestMetadata = Atomic(state.metadataNumber)
        // Without a lock, signs of life are what keeps others from writing.
        if isShared || !isReadOnly && !dialect.hasAdvisoryLocks { try pulse.begin(self) }
    }

    static func writer(_ hosts: PostgresHosts, _ use: Use, makesTables: Bool) throws -> PostgresConnection {
        try PostgresConnection(
            hosts, makesTables: makesTables, isForCommits: true, idleSeconds: use == .writingBesideOthers ? Dialect.silentSeconds : 0)
    }

    var address: PostgresAddress { hosts.address }
    var use: Use { isReadOnly ? .reading : isShared ? .writingBesideOthers : .writingAlone }

    /// Errors of the server, with its name.
    private static func reporting<Result>(_ address: PostgresAddress, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as PostgresClient.Refusal {
            let advice =
                ["42P01", "42703"].contains(error.state)
                ? " Nothing of Pando's is kept there, or by an older version; pando serve makes its tables." : ""
            throw CommandError.failed("\(address.name): \(error)\(advice)")
        }
    }

    static func one(_ connection: PostgresConnection, _ step: PostgresConnection.Step) throws -> [[UInt8]] {
        var found: [[UInt8]]?
        try connection.run([step]) { found = $0 }
        guard let found else { throw CommandError.failed("The row of the table pando_state is missing.") }
        return found
    }

    /// What went wrong, for those who read and write.
    static func failure(_ error: any Error, of name: String) -> CatalogError {
        if let error = error as? CatalogError { return error }
        // Whatever else there is comes of a connection that can't be had, or was lost.
        guard let refusal = error as? PostgresClient.Refusal else { return CatalogError(.unavailable, "\(error)") }
        let kind: CatalogError.Kind =
            switch refusal.state {
            case "53100": .diskFull
            case let state where state.hasPrefix("54"): .tooLarge
            case "25006", "42501": .readOnly
            case let state where state.hasPrefix("57P") || state.hasPrefix("08"): .unavailable
            case _ where refusal.isConflict: .serializationFailure
            default: .io
            }
        return CatalogError(kind, "\(name): \(refusal)")
    }

    var closing: CatalogError { CatalogError(.writesStopped, "This process ends.") }

    /// Something was written between the state that changes rest on and their commit.
    var overtaken: CatalogError {
        CatalogError(
            .serializationFailure,
            "The connection to \(name) was lost in the middle of a transaction, and other processes have written since; nothing of it was "
                + "committed. Try again.")
    }

    /// Notes the number of a state that is the newest one of whoever is primary now.
    ///
    /// - Parameter known: what was known when it was asked for.
    /// - Throws: if there was a newer one before: a server has taken over that did not have all commits, and what this process holds in memory,
    ///   and has told its clients, is not of that state.
    func note(_ number: UInt64, after known: UInt64) throws(CatalogError) {
        if isReadOnly { return }
        if number < known { hasLostCommits.store(true, ordering: .relaxed) }
        guard !hasLostCommits.load(ordering: .relaxed) else {
            throw CatalogError(
                .writesStopped,
                "What \(name) keeps is older than what this process has seen of it: a server has taken over that did not have all commits. "
                    + "Start this process again to go on with what is left, or bring back the server that has them.")
        }
        newest.max(number, ordering: .relaxed)
    }

    // MARK: Reading

    func view() throws(CatalogError) -> any EngineView {
        let known = newest.load(ordering: .relaxed)
        do {
            let (connection, row) = try pool.withFresh { connection in
                var row: [[UInt8]] = []
                try connection.run([(.beginView, []), (.state, [])]) { row = $0 }
                return row
            }
            let state = try PostgresState(row)
            let number = state.number
            let isNewest: @Sendable () -> Bool = { [self] in newest.load(ordering: .relaxed) == number }
            let view = PostgresView(
                connection, state, of: name, pool, process: process, isNewest: isReadOnly || isShared ? nil : isNewest)
            if !isReadOnly, state.owner != owner { throw replaced }
            try note(state.number, after: known)
            return view
        } catch {
            throw Self.failure(error, of: name)
        }
    }

    func viewOfTurn() throws(CatalogError) -> any EngineView {
        guard !isReadOnly, !isShared else { return try view() }
        let known = newest.load(ordering: .relaxed)
        return PostgresView(
            at: known, metadata: newestMetadata.load(ordering: .relaxed), opening: opening, of: name, pool, process: process,
            isNewest: { [self] in newest.load(ordering: .relaxed) == known }
        ) { [self] state throws(CatalogError) in
            if state.owner != owner { throw replaced }
            try note(state.number, after: known)
            guard state.number == known else { throw overtaken }
        }
    }

    /// What one statement answers, outside of all transactions.
    func ask(_ step: PostgresConnection.Step) throws(CatalogError) -> [[UInt8]] {
        do {
            let (connection, row) = try pool.withFresh { try Self.one($0, step) }
            pool.putBack(connection)
            return row
        } catch {
            throw Self.failure(error, of: name)
        }
    }

    func byteCount() throws(CatalogError) -> UInt64 {
        guard let text = dialect.size else { return 0 }
        do {
            let (connection, rows) = try pool.withFresh { try $0.told(text) }
            pool.putBack(connection)
            return (rows?.first?.first ?? nil).flatMap { UInt64($0) } ?? 0
        } catch {
            throw Self.failure(error, of: name)
        }
    }

    var largestValueByteCount: Int { address.valueByteCount ?? dialect.valueByteCount }
    var kind: String { dialect.engine }

    func metadataNumber() throws(CatalogError) -> UInt64 { try newestState().metadataNumber }
    func newestNumber() throws(CatalogError) -> UInt64 { try newestState().number }
    var knownNumber: UInt64 { newest.load(ordering: .relaxed) }

    /// - Throws: if it is not one that this process may go on with.
    func newestState() throws(CatalogError) -> PostgresState {
        let known = newest.load(ordering: .relaxed)
        let state: PostgresState
        do { state = try PostgresState(try ask((.state, []))) } catch { throw Self.failure(error, of: name) }
        if !isReadOnly, state.owner != owner { throw replaced }
        try note(state.number, after: known)
        return state
    }

    func close() {
        pulse.stop()
        isClosed.update { $0 = true }
        hosts.close()
        let connection = writer.withLock { $0.take() }
        // A process that does not say good-bye is forgotten after a minute.
        try? connection?.run([(.leave, [process])])
        connection?.close()
        pool.close()
    }

    // MARK: Turns

    func beginTurn(until deadline: MonotonicTime?) throws(CatalogError) -> UInt64? {
        // Who writes alone knows which state is the newest, and each commit proves it.
        guard isShared else { return newest.load(ordering: .relaxed) }
        // Whoever had the turn before, in this process, is about to end it.
        hasTurn.wait { $0 ? nil : () }
        // Nothing is asked of PostgreSQL for a time of 0.
        let patience = deadline.map { max(1, Int(clamping: Int64(($0 - .now) / .milliseconds(1)))) } ?? 0
        // A server that has just been found may end, too, where others take over.
        let lastSearch = MonotonicTime.now + (address.places.count > 1 ? address.patience : .zero)
        let known = newest.load(ordering: .relaxed)
        let result = writer.withLock { writer -> Result<PostgresState?, CatalogError> in
            while true {
                let isNew = writer == nil
                do {
                    let connection = try writer ?? Self.writer(hosts, use, makesTables: false)
                    if isNew { try Self.lock(connection, address, use) }
                    writer = connection
                    var row: [[UInt8]] = []
                    // The commit is of the same transaction, and what it waits for is no turn.
                    try connection.run([
                        (.beginChanges, []), (.patience, [Array("\(patience)ms".utf8)]), (.turn, []), (.patience, [Array("0ms".utf8)]),
                    ]) { if $0.count > 1 { row = $0 } }
                    return .success(try PostgresState(row))
                } catch let error as PostgresClient.Refusal {
                    writer?.rollBack()
                    if writer?.isLost != false { writer = nil }
                    if error.state == "55P03" { return .success(nil) }
                    // Whoever had the turn has written since the transaction began, which some engines tell rather than overlook.
                    if error.isConflict {
                        if let deadline, deadline < .now { return .success(nil) }
                        continue
                    }
                    guard error.state == "25006", .now < lastSearch else { return .failure(Self.failure(error, of: name)) }
                } catch {
                    writer = nil
                    // A connection that was lost since it was used last has had nothing sent that counts.
                    guard isNew else { continue }
                    guard .now < lastSearch else { return .failure(Self.failure(error, of: name)) }
                }
                if isClosed.wait(until: .now + .milliseconds(50), { $0 ? true : nil }) ?? false { return .failure(closing) }
            }
        }
        guard let state = try result.get() else { return nil }
        turnWatchNumber.store(state.watchNumber, ordering: .relaxed)
        hasTurn.update { $0 = true }
        do throws(CatalogError) {
            if state.owner != owner { throw replaced }
            try note(state.number, after: known)
        } catch {
            endTurn()
            throw error
        }
        return state.number
    }

    func endTurn() {
        guard isShared, hasTurn.update({ $0 }) else { return }
        writer.withLock { writer in
            writer?.rollBack()
            if writer?.isLost == true { writer = nil }
        }
        hasTurn.update { $0 = false }
    }

    /// Shows that whoever has the turn lives.
    func keepTurn() {
        guard hasTurn.update({ $0 }) else { return }
        // A connection that is in use needs no sign.
        _ = writer.withLockIfAvailable { writer in try? writer?.run([(.ping, [])]) }
    }
}
