import Ground

@testable public import BTreeStore

extension PageNumber: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: UInt64) {
        self.init(rawValue: number)
    }
}

extension TransactionID: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: UInt64) {
        self.init(rawValue: number)
    }
}

extension PageRun {
    init(_ start: UInt64, _ count: UInt64) {
        self.init(start: PageNumber(rawValue: start), count: PageCount(rawValue: count))
    }
}

/// Small options for deep trees of few records.
/// - Parameter journal: most tests are of flushes of pages, which come with each commit if there is no journal.
func smallPages(_ pageSize: Int = 512, dirtyByteLimit: Int = 64 << 20, journal: Bool = false) -> StoreOptions {
    var options = StoreOptions()
    options.usesJournal = journal
    options.pageSize = pageSize
    options.dirtyByteLimit = dirtyByteLimit
    // Whatever changes pages has to keep them.
    options.keepsDigests = true
    // What a thread does some time later would come at another step each time.
    options.softCommitMilliseconds = 1_000_000
    return options
}

/// A key of bytes that follow from a number.
func testKey(_ number: UInt8 = 1, name: String = "test") throws -> EncryptionKey {
    var bytes = [UInt8](repeating: number, count: 32)
    return try EncryptionKey(.key, name: name, secret: try SecretBytes(erasing: &bytes))
}

func encrypted(_ key: EncryptionKey, dirtyByteLimit: Int = 64 << 20, journal: Bool = true) -> StoreOptions {
    var options = smallPages(4096, dirtyByteLimit: dirtyByteLimit, journal: journal)
    options.encryption = key
    return options
}

func readOnly() -> StoreOptions {
    var options = StoreOptions()
    options.readOnly = true
    return options
}

/// The number in decimal digits, so many that order is kept, after a common prefix.
func key(_ number: Int, prefix: String = "key:") -> [UInt8] {
    let digits = String(number)
    return Array((prefix + String(repeating: "0", count: 8 - digits.count) + digits).utf8)
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Bytes that follow from a number.
func filler(_ count: Int, seed: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ seed) }
}

extension Store {
    /// Does all of it in one transaction.
    func write(_ durability: Durability = .hard, _ body: (inout WriteTransaction) throws -> Void) throws {
        var transaction = try beginWrite()
        try body(&transaction)
        try transaction.commit(durability)
    }

    /// Every record, by its key.
    func contents() throws -> [[UInt8]: [UInt8]] { try snapshot().contents() }

    /// Every record but those of the file's own.
    func documents() throws -> [[UInt8]: [UInt8]] { try contents().filter { !$0.key.starts(with: bytes("__local__:")) } }
}

extension Snapshot {
    func contents() throws -> [[UInt8]: [UInt8]] {
        var contents: [[UInt8]: [UInt8]] = [:]
        var cursor = try cursor()
        while try cursor.next() { contents[cursor.keyCopy] = try cursor.value.copy() }
        return contents
    }
}
