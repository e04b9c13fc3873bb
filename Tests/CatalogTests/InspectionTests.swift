import Ground
import Testing

@testable import Catalog

@Suite struct InspectionTests {
    let catalog: Catalog
    let table: TableConfig

    init() throws {
        catalog = try Catalog.inMemory()
        table = try catalog.fill("app", "users")
    }

    var prefix: String { "db:\(table.databaseID):table:\(table.id):docs:" }

    static let readable: [(key: Datum, text: String)] = [
        ("user_123", "user_123"), ("Zoë 名", "Zoë 名"), (5, "=5"), (-0.5, "=-0.5"), (true, "=true"), (["eu", 1], "=[\"eu\",1]"),
        ("=odd", "=\"=odd\""), ("", "=\"\""), ("\u{1B}[2J", "=\"\\u001B[2J\""), ("a\nb", "=\"a\\nb\""), ("\u{85}", "=\"\u{85}\""),
    ]

    @Test(arguments: readable.indices)
    func keysAreReadableAndReadBack(_ index: Int) throws {
        let (key, text) = Self.readable[index]
        try catalog.write { try $0.put(.object([("id", key)]), in: table) }
        let record = try #require(try catalog.snapshot().records(prefix: "db:").next())
        #expect(record.key == prefix + text)
        #expect(record.value == "{\"id\":\(key)}")
        #expect(try catalog.snapshot().recordCount(prefix: record.key) == 1)
        #expect(try catalog.snapshot().recordCount(prefix: record.key + "x") == 0)
    }

    @Test func recordsByPrefixBothWays() throws {
        try catalog.fill("app", "users", (0..<100).map { ["id": Datum("u\($0 + 100)")] })
        let snapshot = try catalog.snapshot()
        #expect(try snapshot.recordCount() == 104)
        #expect(try snapshot.recordCount(prefix: "__meta__:") == 4)
        #expect(try snapshot.recordCount(prefix: "db:") == 100)
        #expect(try snapshot.recordCount(prefix: prefix + "u15") == 10)
        #expect(try snapshot.recordCount(prefix: "x") == 0)
        let upwards = try snapshot.records(prefix: prefix + "u15")
        #expect(try upwards.next()?.key == prefix + "u150")
        try upwards.skip(3)
        #expect(try upwards.next()?.key == prefix + "u154")
        let downwards = try snapshot.records(prefix: prefix + "u15", reversed: true)
        #expect(try downwards.next()?.key == prefix + "u159")
    }

    @Test func digestsFollowFromTheRecords() throws {
        let empty = try catalog.snapshot().digest(in: table)
        #expect(empty == String(repeating: "0", count: 32))
        let before = try catalog.snapshot().digest()
        try catalog.fill("app", "users", (0..<500).map { ["id": Datum("u\($0)"), "n": Datum($0)] })
        let full = try catalog.snapshot()
        #expect(try full.digest(in: table) == full.digest(prefix: prefix))
        #expect(try full.digest(in: table) != empty && full.digest() != before)
        try catalog.write { try $0.put(["id": "u7", "n": 8], in: table) }
        #expect(try catalog.snapshot().digest(in: table) != full.digest(in: table))
        try catalog.write { try $0.put(["id": "u7", "n": 7], in: table) }
        #expect(try catalog.snapshot().digest() == full.digest())
    }

    /// Parts lie side by side and have what the whole has; records have digests of their own.
    @Test func digestsOfParts() throws {
        try catalog.fill("app", "users", (0..<500).map { ["id": Datum("u\($0)"), "n": Datum($0)] })
        let snapshot = try catalog.snapshot()
        let lower = Array((prefix + "u").utf8)
        let whole = try snapshot.digested(lower, CatalogSnapshot.end(ofPrefix: lower))
        #expect(whole.count == 500)
        #expect(try snapshot.digest(prefix: prefix) == whole.digest)
        func number(_ digest: String) -> UInt128 { UInt128(digest, radix: 16) ?? 0 }
        for limit in [1, 2, 3, 16, 499, 500, 1000] {
            let parts = try snapshot.digestedParts(whole.lower, whole.upper, atMost: limit)
            #expect(parts.count <= limit && parts.map(\.count).reduce(0, +) == 500)
            #expect(parts.map { number($0.digest) }.reduce(0, &+) == number(whole.digest))
            #expect(parts[0].lower == whole.lower && parts[parts.count - 1].upper == whole.upper)
            for (part, next) in zip(parts, parts.dropFirst()) { #expect(part.upper == next.lower) }
        }
        let records = try snapshot.digestedRecords(whole.lower, whole.upper, atMost: 600, withValues: false)
        #expect(records.count == 500 && records.map { number($0.digest) }.reduce(0, &+) == number(whole.digest))
        let first = try snapshot.digestedRecords(whole.lower, whole.upper, atMost: 2, withValues: true)
        #expect(first.map(\.name) == [prefix + "u0", prefix + "u1"] && first[1].value == #"{"id":"u1","n":1}"#)
        let none = try snapshot.digestedParts(Array("none".utf8), Array("none2".utf8), atMost: 16)
        #expect(none.map(\.count) == [0])
        let stopped = Cancellation()
        stopped.cancel()
        #expect(throws: CatalogError.self) { try snapshot.digest(in: table, stoppedBy: stopped) }
    }

    @Test func allFourMetadataKindsAreText() throws {
        let cursor = try catalog.snapshot().records(prefix: "__meta__:")
        var kinds: Set<String> = []
        while let record = try cursor.next() {
            kinds.insert(String(record.key.split(separator: ":")[1]))
            #expect(!record.value.contains("\\x"), "\(record)")
        }
        #expect(kinds == ["databases", "database_ids", "tables", "table_ids"])
    }

    @Test func bytesThatAreNoTextAreEscaped() throws {
        try catalog.write { transaction in
            var value = ByteBuffer()
            value.append([0, 0x5C, 0xFF, 0x41])
            _ = try transaction.store.put([0x64, 0x0F, 0xC3], value)
        }
        let record = try #require(try catalog.snapshot().records(prefix: "d").next())
        #expect(record.key == "d\\x0F\\xC3")
        #expect(record.value == "\\x00\\\\\\xFFA")
    }

    @Test func statisticsCountRecords() throws {
        try catalog.fill("app", "users", (0..<100).map { ["id": Datum($0)] })
        let statistics = try catalog.statistics()
        #expect(statistics.records == 104)
        #expect(statistics.pageSize >= 512)
    }
}
