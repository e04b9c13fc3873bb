import Ground
import PostgresWire
import Synchronization
import httpd

/// One state, as a transaction of its own sees it. Those who read it take turns.
final class PostgresView: EngineView {
    let number: UInt64
    let metadataNumber: UInt64
    let opening: UInt64
    let watchNumber: UInt64
    private let process: [UInt8]
    private let name: String
    private let pool: PostgresPool
    private let reading: Mutex<Reading>
    /// Looks whether it begins with the state that it is to be.
    private let check: @Sendable (PostgresState) throws(CatalogError) -> Void
    private let isLost = Atomic(false)
    /// Whether a state with the same number is the same one, because nobody else makes any.
    private let isOfOneWriter: Bool
    private struct Reading {
        /// Nil before the view begins.
        var connection: PostgresConnection?
        /// The page that was asked for and has not been read.
        var expected: EnginePage?
        /// Why it could not be read. The next statement is told.
        var failure: (any Error)?
        /// Those that something else was asked before: of several who go through ranges at the same time.
        var pages: [(page: EnginePage, rows: EngineRows)] = []
    }

    /// More are forgotten.
    private static let keptPages = 4
    private let asking = Combiner<[[UInt8]], Result<EngineRows, CatalogError>>(largestCount: 64)

    init(
        _ connection: PostgresConnection, _ state: PostgresState, of name: String, _ pool: PostgresPool, process: [UInt8],
        isOfOneWriter: Bool
    ) {
        self.isOfOneWriter = isOfOneWriter
        reading = Mutex(Reading(connection: connection))
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
        reading = Mutex(Reading())
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
        reading.withLock { reading in
            reading.connection?.endView()
            if let connection = reading.connection { pool.putBack(connection) }
        }
    }

    func begin() throws(CatalogError) {
        let failure: CatalogError? = reading.withLock { reading in
            do {
                if reading.connection == nil { reading.connection = try begun() }
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
        let known = reading.withLock { reading -> EngineRows? in
            if reading.expected == page { collect(&reading) }
            guard let place = reading.pages.firstIndex(where: { $0.page == page }) else { return nil }
            return reading.pages.remove(at: place).rows
        }
        if let known { return known }
        let (statement, parameters) = Self.step(page)
        return try read(statement, parameters)
    }

    func expect(_ page: EnginePage) {
        reading.withLock { reading in
            guard reading.expected == nil, let connection = reading.connection else { return }
            do {
                try connection.ask([Self.step(page)])
                reading.expected = page
            } catch { reading.failure = error }
        }
    }

    /// Reads the page that was asked for, if one was.
    private func collect(_ reading: inout Reading) {
        guard let page = reading.expected.take(), let connection = reading.connection else { return }
        var rows = EngineRows.Builder()
        do { try connection.collect { rows.append($0[0], $0[1]) } } catch {
            reading.failure = error
            return
        }
        if reading.pages.count == Self.keptPages { reading.pages.removeFirst() }
        reading.pages.append((page, EngineRows(rows)))
    }

    private static func step(_ page: EnginePage) -> PostgresConnection.Step {
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
        return (statement, bounds + [[UInt8](int8: page.limit), [UInt8](int8: page.skipped)])
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
        let failure: CatalogError? = reading.withLock { reading in
            var isSecond = false
            while true {
                begin()
                do {
                    collect(&reading)
                    if let failure = reading.failure.take() { throw failure }
                    if let connection = reading.connection {
                        try connection.run([(statement, parameters)], take)
                    } else {
                        reading.connection = try begun((statement, parameters), begin: begin, take)
                    }
                    return nil
                } catch {
                    // An engine may find that its clocks don't tell whether a row is of the state: then it is asked again.
                    let isConflict = (error as? PostgresClient.Refusal)?.isConflict == true
                    if !isSecond, reading.connection?.isLost == true || isConflict, let other = sameState() {
                        reading.connection?.endView()
                        if let connection = reading.connection { pool.putBack(connection) }
                        (reading.connection, isSecond) = (other, true)
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
