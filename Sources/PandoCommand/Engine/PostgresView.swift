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
    /// Whether it still is the newest state, where nobody else makes any, so that one with the same number is the same; nil where others do.
    private let isNewest: (@Sendable () -> Bool)?
    private struct Reading {
        /// Nil before the view begins.
        var connection: PostgresConnection?
        /// The page that was asked for and has not been read, and what of it has come.
        var expected: (page: EnginePage, rows: EngineRows.Builder)?
        /// How many bytes the last one had that came so.
        var expectedByteCount = 0
        /// Why it could not be read. The next statement is told.
        var failure: (any Error)?
        /// Those that something else was asked before: of several who go through ranges at the same time.
        var pages: [(page: EnginePage, rows: EngineRows)] = []
    }

    /// More are forgotten.
    private static let keptPages = 4
    /// Room for no more is made before it is known that there are so many bytes.
    private static let largestExpectedByteCount = 2 << 20
    private let asking = Combiner<[[UInt8]], Result<EngineRows, CatalogError>>(largestCount: 64)
    /// The same for keys that are wanted ahead, of which large values stay where they are.
    private let askingAhead = Combiner<[[UInt8]], Result<EngineRows, CatalogError>>(largestCount: 64)
    /// How many other connections are asked what takes time in proportion to a table: meanwhile others read by the first one.
    private let asideCount = Monitored(0)
    private static let largestAsideCount = 4
    /// How many such things are asked of the first one.
    private let longCount = Atomic(0)
    /// From so many rows on, passing over them is one.
    private static let longSkip = 1000

    init(
        _ connection: PostgresConnection, _ state: PostgresState, of name: String, _ pool: PostgresPool, process: [UInt8],
        isNewest: (@Sendable () -> Bool)?
    ) {
        self.isNewest = isNewest
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
        isNewest: @escaping @Sendable () -> Bool, check: @escaping @Sendable (PostgresState) throws(CatalogError) -> Void
    ) {
        self.isNewest = isNewest
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
        if let connection = reading.withLock({ $0.connection }) { end(connection) }
    }

    /// Ends what a connection sees, and has others use it.
    private func end(_ connection: PostgresConnection) {
        connection.endView()
        pool.putBack(connection)
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

    /// A connection that sees the state, and has answered statements of it in the message that began.
    private func begun(
        _ steps: [PostgresConnection.Step] = [], begin: () -> Void = {}, _ take: (RowFields) -> Void = { _ in }
    ) throws -> PostgresConnection {
        let (connection, state) = try newest(steps, begin: begin, take)
        do { try check(state) } catch {
            end(connection)
            throw error
        }
        return connection
    }

    var isUsable: Bool { !isLost.load(ordering: .relaxed) }
    var isBusy: Bool { longCount.load(ordering: .relaxed) > 0 }

    /// What several threads want to know at the same time is asked in one statement.
    func rows(of keys: [[UInt8]]) throws(CatalogError) -> EngineRows {
        guard keys.count <= Self.sharedKeyCount else { return try read(.rows, [[UInt8](byteaArray: keys)]) }
        return try asking.answer(keys) { all in
            do throws(CatalogError) {
                guard all.count > 1 else { return [.success(try read(.rows, [[UInt8](byteaArray: all[0])]))] }
                return try read(.rows, [[UInt8](byteaArray: Set(all.joined()))]).parts(all).map { .success($0) }
            } catch {
                return all.map { _ in .failure(error) }
            }
        }.get()
    }

    /// With more keys a statement is for one thread alone.
    private static let sharedKeyCount = 16

    func rows(ahead keys: [[UInt8]]) throws(CatalogError) -> EngineRows {
        guard keys.count > 1 else { return try rows(of: keys) }
        guard keys.count <= Self.sharedKeyCount else { return try readAhead(keys) }
        return try askingAhead.answer(keys) { all in
            do throws(CatalogError) {
                guard all.count > 1 else { return [.success(try readAhead(all[0]))] }
                return try readAhead(Set(all.joined())).parts(all).map { .success($0) }
            } catch {
                return all.map { _ in .failure(error) }
            }
        }.get()
    }

    private func readAhead(_ keys: some Collection<[UInt8]>) throws(CatalogError) -> EngineRows {
        let limit = EnginePage.largestValueByteCount(of: keys.count)
        var rows = EngineRows.Builder()
        try run([(.rowsAhead, [[UInt8](byteaArray: keys), [UInt8](int8: limit)])], begin: { rows = .init() }) { row in
            if let value = row.bytes(1) { rows.append(row.bytes(0) ?? .empty, value) } else { rows.omitted.insert(row[0] ?? []) }
        }
        return EngineRows(rows)
    }

    func page(_ page: EnginePage) throws(CatalogError) -> EngineRows {
        let known = reading.withLock { reading -> EngineRows? in
            if reading.expected?.page == page { collect(&reading) }
            guard let place = reading.pages.firstIndex(where: { $0.page == page }) else { return nil }
            return reading.pages.remove(at: place).rows
        }
        let found = if let known { known } else { try read(page) }
        guard found.count == 0, found.isCut else { return found }
        // The first row is a large one: it comes alone.
        var first = page
        first.limit = 1
        return try read(first, isCut: true)
    }

    private func read(_ page: EnginePage, isCut: Bool = false) throws(CatalogError) -> EngineRows {
        var rows = EngineRows.Builder()
        try run([Self.step(page)], isLong: page.skipped >= Self.longSkip, begin: { rows = .init() }) { Self.add($0, to: &rows) }
        rows.isCut = rows.isCut || isCut
        return EngineRows(rows)
    }

    /// Adds a row of a page, unless it is behind its end.
    private static func add(_ row: RowFields, to rows: inout EngineRows.Builder) {
        guard !rows.isCut, rows.byteCount < EnginePage.byteCount, let key = row.bytes(0), let value = row.bytes(1) else {
            rows.isCut = true
            return
        }
        rows.append(key, value)
    }

    func expect(_ page: EnginePage) {
        reading.withLock { reading in
            guard reading.expected == nil, let connection = reading.connection else { return }
            do {
                try connection.ask([Self.step(page)])
                reading.expected = (page, EngineRows.Builder(byteCount: reading.expectedByteCount))
            } catch { reading.failure = error }
        }
    }

    func receive() {
        // Whoever reads takes it as well.
        reading.withLockIfAvailable { collect(&$0, waits: false) }
    }

    /// Reads the page that was asked for, if one was.
    /// - Parameter waits: false for what has come of it.
    private func collect(_ reading: inout Reading, waits: Bool = true) {
        guard let (page, arrived) = reading.expected.take(), let connection = reading.connection else { return }
        var rows = arrived
        do {
            if waits {
                try connection.collect { Self.add($0, to: &rows) }
            } else if try !connection.collectArrived({ Self.add($0, to: &rows) }) {
                reading.expected = (page, rows)
                return
            }
        } catch {
            reading.failure = error
            return
        }
        reading.expectedByteCount = min(rows.byteCount, Self.largestExpectedByteCount)
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
        let largest = page.onlyKeys ? [] : [[UInt8](int8: page.largestValueByteCount)]
        return (statement, bounds + [[UInt8](int8: page.limit), [UInt8](int8: page.skipped)] + largest)
    }

    func count(from lower: [UInt8], to upper: [UInt8]?) throws(CatalogError) -> Int {
        var count = 0
        try run([(upper == nil ? .countToEnd : .count, [lower] + (upper.map { [$0] } ?? []))], isLong: true) { count = ($0[0] ?? []).int8 }
        return count
    }

    func watchedElsewhere() throws(CatalogError) -> Set<String> {
        var names: Set<String> = []
        try run([(.watchedElsewhere, [process])], begin: { names = [] }) { names.insert(String(decoding: $0[0] ?? [], as: UTF8.self)) }
        return names
    }

    /// Bytes of what commits tell that are read at once, or one row.
    private static let newsByteCount = 8 << 20

    func news(
        after number: UInt64, watching count: Int, _ take: (UInt64, [UInt8]) throws(CatalogError) -> Void
    ) throws(CatalogError) -> Bool {
        // Behind all parts of the commit.
        var last = (number: Int(number), part: Int.max)
        while true {
            let place = [[UInt8](int8: last.number), process, [UInt8](int8: last.part)]
            var known = 0
            var sizes: [(number: Int, part: Int, byteCount: Int)] = []
            try run([(.watchCount, [process]), (.newsSizes, place)], begin: { sizes = [] }) { row in
                let row = row.map { ($0 ?? []).int8 }
                if row.count == 1 { known = row[0] } else { sizes.append((row[0], row[1], row[2])) }
            }
            guard known == count else { return false }
            guard let first = sizes.first else { return true }
            last = (first.number, first.part)
            var sum = first.byteCount
            for size in sizes.dropFirst() {
                sum += size.byteCount
                if sum > Self.newsByteCount { break }
                last = (size.number, size.part)
            }
            var rows: [(number: UInt64, bytes: [UInt8])] = []
            let end = [[UInt8](int8: last.number), [UInt8](int8: last.part)]
            try run([(.news, place + end)], begin: { rows = [] }) { row in rows.append((UInt64((row[0] ?? []).int8), row[1] ?? [])) }
            for row in rows { try take(row.number, row.bytes) }
            let isAll = sizes.last.map { ($0.number, $0.part) == last } ?? true
            if isAll, sizes.count < PostgresStatement.newsCount { return true }
        }
    }

    private func read(_ statement: PostgresStatement, _ parameters: [[UInt8]]) throws(CatalogError) -> EngineRows {
        var rows = EngineRows.Builder()
        try run([(statement, parameters)], begin: { rows = .init() }) { rows.append($0.bytes(0) ?? .empty, $0.bytes(1) ?? .empty) }
        return EngineRows(rows)
    }

    /// - Parameters:
    ///   - isLong: whether it may take so long that others should not wait for it.
    ///   - begin: called before the first row, and again if all rows come anew.
    private func run(
        _ steps: [PostgresConnection.Step], isLong: Bool = false, begin: () -> Void = {}, _ take: (RowFields) -> Void
    ) throws(CatalogError) {
        if isLong {
            if runAside(steps, begin: begin, take) { return }
            longCount.add(1, ordering: .relaxed)
        }
        defer { if isLong { longCount.subtract(1, ordering: .relaxed) } }
        let failure: CatalogError? = reading.withLock { reading in
            var isSecond = false
            while true {
                begin()
                do {
                    collect(&reading)
                    if let failure = reading.failure.take() { throw failure }
                    if let connection = reading.connection {
                        try connection.ask(steps)
                        try connection.collect(take)
                    } else {
                        reading.connection = try begun(steps, begin: begin, take)
                    }
                    return nil
                } catch {
                    // An engine may find that its clocks don't tell whether a row is of the state: then it is asked again.
                    let isConflict = (error as? PostgresClient.Refusal)?.isConflict == true
                    if !isSecond, reading.connection?.isLost == true || isConflict, let other = sameState() {
                        if let connection = reading.connection { end(connection) }
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

    /// Asks another connection that sees the state. False if there is none, or it is lost: then nothing was asked.
    private func runAside(_ steps: [PostgresConnection.Step], begin: () -> Void, _ take: (RowFields) -> Void) -> Bool {
        // A view that has not begun is of one thread.
        guard isNewest != nil, reading.withLockIfAvailable({ $0.connection != nil }) ?? true else { return false }
        // As many at once as there may be; who comes then waits here, where nobody else does.
        asideCount.wait { count -> Void? in
            guard count < Self.largestAsideCount else { return nil }
            count += 1
            return ()
        }
        defer { asideCount.update { $0 -= 1 } }
        guard let connection = sameState(steps, begin: begin, take) else { return false }
        // To begin another one is no trip more.
        end(connection)
        return true
    }

    /// Another connection that sees the state, if it is still the newest one, and has answered statements of it in the message that began.
    private func sameState(
        _ steps: [PostgresConnection.Step] = [], begin: () -> Void = {}, _ take: (RowFields) -> Void = { _ in }
    ) -> PostgresConnection? {
        guard let isNewest, isNewest(), let (connection, state) = try? newest(steps, begin: begin, take) else { return nil }
        if state.number == number, state.opening == opening { return connection }
        end(connection)
        return nil
    }

    /// A connection that sees the newest state, which state that is, and what it has answered to statements in the message that began.
    private func newest(
        _ steps: [PostgresConnection.Step], begin: () -> Void, _ take: (RowFields) -> Void
    ) throws -> (PostgresConnection, PostgresState) {
        let (connection, row) = try pool.withFresh { connection in
            begin()
            var state: [[UInt8]]?
            try connection.ask([(.beginView, []), (.state, [])] + steps)
            try connection.collect { row in
                if state == nil { state = row.map { $0 ?? [] } } else { take(row) }
            }
            return state ?? []
        }
        do { return (connection, try PostgresState(row)) } catch {
            end(connection)
            throw error
        }
    }
}
