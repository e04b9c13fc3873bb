import Pando
import Synchronization
import TestSupport
import TestTraits
import Testing

@testable import BTreeStore
@testable import Catalog
@testable import ReQLish

/// What an application is told whose commit can't be made durable, by each of its ways to write; and what is there afterwards.
@Suite(.ownThreads, .timeLimit(.minutes(240))) struct FailedCommitTests {
    private static let failure = StoreError.io(operation: "fdatasync", path: "faulty", errorNumber: 5)

    enum Way: CaseIterable, Sendable {
        case write, sqlInWrite, begin, sqlInBegin, transaction, sql, run
    }

    private let file: FaultyFile
    private let pando: Pando
    private let table = r.db("app").table("t")

    init() throws {
        file = try FaultyFile()
        pando = Pando(try Catalog(KeyValueStore.open(file, options: CatalogOptions()), options: CatalogOptions()))
        try r.dbCreate("app").run(on: pando)
        try r.db("app").tableCreate("t").run(on: pando)
        try r.db("app").table("t").indexCreate("n").run(on: pando)
        try r.db("app").table("t").indexWait().run(on: pando)
    }

    private func keys(_ pando: Pando) async throws -> [Int] {
        try await pando.run(table.orderBy("id")["id"].coerceTo("array")).elements.compactMap(\.integer)
    }

    /// Inserts a row by a transaction that has something else to do, too.
    private func insert(
        _ key: Int, into other: Pando? = nil, _ way: Way, text: String = String(repeating: "x", count: 5000)
    ) async throws {
        let pando = other ?? self.pando
        let row: Query = ["id": Query(Datum(key)), "n": 1, "text": Query(Datum(text))]
        let insert = table.insert(row)
        let others = table.get(0).update(["n": Query(Datum(key))])
        let sql: SQL = "INSERT INTO t (id, n, text) VALUES (\(key), 1, \(text))"
        switch way {
        case .write:
            try await pando.write { tx in
                try tx.run(insert)
                try tx.run(others)
            }
        case .sqlInWrite:
            try await pando.write { tx in
                try tx.run(others)
                try tx.sql(sql, database: "app")
            }
        case .begin, .sqlInBegin:
            let tx = try await pando.begin()
            try await tx.run(others)
            if way == .begin { try await tx.run(insert) } else { try await tx.sql(sql, database: "app") }
            try await tx.commit()
        case .transaction:
            try await pando.transaction { tx in
                try await tx.run(insert)
                try await tx.run(others)
            }
        case .sql: try await pando.sql(sql, database: "app")
        case .run: try await pando.run(insert)
        }
    }

    /// A disk without room fails the transaction that wants it, and nothing else: nothing of it is there, and what fits goes on.
    @Test(arguments: Way.allCases) func aFullDiskFailsOneTransaction(way: Way) async throws {
        try await insert(0, .run)
        try await insert(1, way)
        file.room = file.byteCount()
        // Text that can't be made shorter, more than what the file has free.
        let text = String(repeating: "0123456789abcdef", count: 4 << 16)
        let error = await #expect(throws: (any Error).self) { try await insert(2, way, text: text) }
        if let error = error as? ReQLError { #expect(error.cause == .diskFull, "\(error)") }
        if let error = error as? SQLError { #expect(error.state.rawValue == "53100", "\(error)") }
        #expect(error is ReQLError || error is SQLError)
        #expect(try await keys(pando) == [0, 1])
        #expect(pando.transactions.count == 0 && pando.catalog.openTransactions.count == 0)
        let count = try await pando.run(table.getAll(1, index: "n").count())
        #expect(count == 2)
        try await pando.run(table.get(1).update(["n": 7]))
        file.room = .max
        try await insert(2, way, text: text)
        #expect(try await keys(pando) == [0, 1, 2])
        #expect(try pando.catalog.check().problems.isEmpty)
        try pando.close()
        let copy = Pando(try Catalog(KeyValueStore.open(FaultyFile(copying: file), options: CatalogOptions()), options: CatalogOptions()))
        #expect(try await keys(copy) == [0, 1, 2])
        #expect(try await copy.run(table.get(1)["n"]) == 7)
        try copy.close()
    }

    enum Reading: CaseIterable, Sendable {
        case begin, sqlInBegin, block, serializableBlock
    }

    /// A commit is seen a moment before it is on the disk. A transaction that has read it is told so if it never comes there; who begins one
    /// to read only, or reads without one, doesn't wait for that.
    @Test(arguments: Reading.allCases) func nobodyIsToldThatTheyHaveReadWhatIsNotThere(way: Reading) async throws {
        try await insert(0, .run)
        let (older, newer) = (try SQLConnection(pando, user: nil, database: "app"), try SQLConnection(pando, user: nil, database: "app"))
        let count = "SELECT count(*) FROM t"
        try older.rows("BEGIN")
        #expect(try older.rows(count) == ["1"])
        let beginning = way == .serializableBlock ? "BEGIN ISOLATION LEVEL SERIALIZABLE" : "BEGIN"
        file.isHeld = true
        let writing = Task { try await insert(1, .run) }
        while try await pando.run(table.count()) != 2 { await Task.yield() }
        // Who has read only what was there before doesn't wait.
        try older.rows("COMMIT")
        try older.rows("BEGIN READ ONLY")
        #expect(try older.rows(count) == ["2"])
        try older.rows("COMMIT")
        let transaction = try await pando.begin()
        switch way {
        case .begin: #expect(try await transaction.run(table.count()) == 2)
        case .sqlInBegin: #expect(try await transaction.sql("SELECT count(*) FROM t", database: "app").count == 1)
        case .block, .serializableBlock:
            try newer.rows(beginning)
            #expect(try newer.rows(count) == ["2"])
        }
        file.failure = Self.failure
        file.isHeld = false
        let error = await #expect(throws: (any Error).self) {
            switch way {
            case .begin, .sqlInBegin: try await transaction.commit()
            case .block, .serializableBlock: try newer.rows("COMMIT")
            }
        }
        if let error = error as? SQLError { #expect(error.state.rawValue == "58030", "\(error)") }
        await #expect(throws: (any Error).self) { try await writing.value }
        await transaction.rollback()
        // What is durable is shown again, and may be read.
        try older.rows("BEGIN")
        #expect(try older.rows(count) == ["1"])
        try older.rows("COMMIT")
        let seen = try await pando.transaction { [table] tx in try await tx.run(table.count()) }
        #expect(seen == 1)
        #expect(pando.transactions.count == 0 && pando.catalog.openTransactions.count == 0)
        #expect(try await keys(pando) == [0])
    }

    @Test(arguments: Way.allCases) func nobodyIsToldOfACommitThatIsNotThere(way: Way) async throws {
        try await insert(0, .run)
        try await insert(1, way)
        #expect(try await keys(pando) == [0, 1])
        file.failure = Self.failure
        let error = await #expect(throws: (any Error).self) { try await insert(2, way) }
        if let error = error as? ReQLError { #expect(error.cause == .io, "\(error)") }
        if let error = error as? SQLError { #expect(error.state.rawValue == "58030", "\(error)") }
        #expect(pando.transactions.count == 0)
        #expect(pando.catalog.openTransactions.count == 0)
        // Nothing is known of the disk from then on: no commit is acknowledged until the file is opened again.
        await #expect(throws: (any Error).self) { try await insert(3, way) }
        file.failure = nil
        await #expect(throws: (any Error).self) { try await insert(4, way) }
        #expect(try pando.catalog.check().problems.isEmpty)

        let copy = Pando(try Catalog(KeyValueStore.open(FaultyFile(copying: file), options: CatalogOptions()), options: CatalogOptions()))
        let left = try await keys(copy)
        // What was refused may be there, as nobody knows; but whole, and nothing that came after it.
        #expect(left == [0, 1] || left == [0, 1, 2], "\(left)")
        #expect(try copy.catalog.check().problems.isEmpty)
        try await insert(5, into: copy, way)
        #expect(try await keys(copy) == left + [5])
        try copy.close()
    }
}

/// A file in memory whose syncs can be made to fail.
private final class FaultyFile: StorageFile {
    private let file: MemoryFile
    private let state = Mutex<StoreError?>(nil)
    private let held = Mutex(false)
    private let disk = Mutex<(room: UInt64, reserved: UInt64)>((.max, 0))

    init() throws { file = try MemoryFile(path: "faulty", isVolatile: false, capacity: 1 << 30) }

    /// What is in another one now.
    convenience init(copying other: FaultyFile) throws {
        try self.init()
        let count = Int(other.byteCount())
        var bytes = [UInt8](repeating: 0, count: count)
        try unsafe bytes.withUnsafeMutableBytes { bytes in try unsafe other.file.read(bytes, at: 0) }
        try unsafe bytes.withUnsafeBytes { bytes in try unsafe file.write(bytes, at: 0) }
    }

    /// What syncs fail with from now on.
    var failure: StoreError? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    /// Whether syncs wait.
    var isHeld: Bool {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }

    /// How long it may become, beyond what was reserved before.
    var room: UInt64 {
        get { disk.withLock { $0.room } }
        set { disk.withLock { $0.room = newValue } }
    }

    func reserve(_ byteCount: UInt64) throws(StoreError) {
        try require(byteCount)
        disk.withLock { $0.reserved = max($0.reserved, byteCount) }
    }

    private func require(_ byteCount: UInt64) throws(StoreError) {
        if disk.withLock({ byteCount > max($0.room, $0.reserved) }) { throw .diskFull(path: path) }
    }

    var path: String { "faulty" }
    var isVolatile: Bool { false }
    func byteCount() -> UInt64 { file.byteCount() }
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) { unsafe try file.read(buffer, at: offset) }
    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
        try require(offset + UInt64(buffer.count))
        unsafe try file.write(buffer, at: offset)
    }
    func resize(_ byteCount: UInt64) throws(StoreError) {
        try require(byteCount)
        try file.resize(byteCount)
    }
    func sync() throws(StoreError) {
        _ = eventually { !isHeld }
        if let failure { throw failure }
    }
    func map(_ byteCount: Int) throws(StoreError) -> (base: UnsafeRawPointer, byteCount: Int) { unsafe file.map(byteCount) }
    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) {}
    func lockWriter() {}
    func unlockWriter() {}
    func isWriterElsewhere() -> Bool { false }
    func lockReader(_ flush: TransactionID) { file.lockReader(flush) }
    func unlockReader(_ flush: TransactionID) { file.unlockReader(flush) }
    func readersElsewhere(below end: TransactionID) -> [TransactionID] { file.readersElsewhere(below: end) }
}
