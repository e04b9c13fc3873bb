import Pando
import Synchronization
import TestSupport
import TestTraits
import Testing

@testable import BTreeStore
@testable import Catalog
@testable import ReQLish

/// What an application is told whose commit can't be made durable, by each of its ways to write; and what is there afterwards.
@Suite(.ownThreads, .timeLimit(.minutes(30))) struct FailedCommitTests {
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
    private func insert(_ key: Int, into other: Pando? = nil, _ way: Way) async throws {
        let pando = other ?? self.pando
        let row: Query = ["id": Query(Datum(key)), "n": 1, "text": Query(Datum(String(repeating: "x", count: 5000)))]
        let insert = table.insert(row)
        let others = table.get(0).update(["n": Query(Datum(key))])
        let sql: SQL = "INSERT INTO t (id, n) VALUES (\(key), 1)"
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

    var path: String { "faulty" }
    var isVolatile: Bool { false }
    func byteCount() -> UInt64 { file.byteCount() }
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) { unsafe try file.read(buffer, at: offset) }
    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
        unsafe try file.write(buffer, at: offset)
    }
    func resize(_ byteCount: UInt64) throws(StoreError) { try file.resize(byteCount) }
    func sync() throws(StoreError) { if let failure { throw failure } }
    func map(_ byteCount: Int) throws(StoreError) -> (base: UnsafeRawPointer, byteCount: Int) { unsafe file.map(byteCount) }
    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) {}
    func lockWriter() {}
    func unlockWriter() {}
    func isWriterElsewhere() -> Bool { false }
    func lockReader(_ flush: TransactionID) { file.lockReader(flush) }
    func unlockReader(_ flush: TransactionID) { file.unlockReader(flush) }
    func readersElsewhere(below end: TransactionID) -> [TransactionID] { file.readersElsewhere(below: end) }
}
