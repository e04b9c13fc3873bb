import Catalog
import Ground
import ReQLish
import Testing

@testable import SQL

/// Keys are in the order of values, and bytes bring back what they were made of.
@Suite struct ValueKeyTests {
    private static let columns: [(type: String, values: [String])] = [
        ("bool", ["true", "false"]),
        ("int8", ["0", "-1", "1", "127", "128", "-9223372036854775808", "9223372036854775807", "2147483647", "2147483648"]),
        (
            "numeric",
            [
                "0", "0.00", "1", "1.0", "1.50", "1.5", "-1.5", "-1.50", "0.1", "0.01", "0.001", "10", "99", "100", "101", "-100", "-99",
                "123456789012345678", "1234567890123456789", "12345678901234567890", "12345678901234567890.5", "1234567890123456789.05",
                "-12345678901234567890.5", "-12345678901234567890", "NaN", "Infinity", "-Infinity", "1e-20", "1e20", "1e40", "1.1e40",
                "100000000000000000000000000000000000000.5", "0.0000000000000000000000000000001",
            ]
        ),
        ("float8", ["0", "-0", "1", "-1", "1e300", "-1e300", "1e-300", "NaN", "Infinity", "-Infinity"]),
        ("text", ["", "a", "aa", "b", "ab", "ä", "z", "Z", " ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]),
        ("char(4)", ["a", "ab", "a   ", "", "b"]),
        ("bytea", ["\\x", "\\x00", "\\x0000", "\\x00ff", "\\xff", "\\x01", "\\x0100"]),
        ("date", ["2020-01-01", "1999-12-31", "0044-03-15 BC", "infinity", "-infinity"]),
        ("time", ["00:00", "23:59:59.999999", "12:00"]), ("timetz", ["12:00+00", "13:00+01", "12:00+01", "00:00-12"]),
        ("timestamp", ["2020-01-01 00:00", "1999-12-31 12:00:00.000001", "infinity"]),
        ("interval", ["1 month", "30 days", "720 hours", "-1 day", "0", "1 year", "1 microsecond", "-100 years"]),
        ("uuid", ["00000000-0000-0000-0000-000000000001", "ffffffff-0000-0000-0000-000000000000", "80000000-0000-0000-8000-000000000000"]),
        ("inet", ["10.0.0.0/8", "10.0.0.1", "10.0.0.0/16", "11.0.0.0/8", "::1", "10.1.0.0/16", "0.0.0.0/0"]),
        ("int[]", ["{}", "{1}", "{1,2}", "{NULL}", "{1,NULL}", "{2}", "{{1},{2}}", "{-1}"]),
        ("text[]", ["{}", "{a}", "{a,b}", "{ab}", "{\"\"}"]),
        (
            "jsonb",
            [
                "null", "true", "false", "1", "1.0", "1.5", "12345678901234567890", "\"\"", "\"a\"", "\"ab\"", "[]", "[1]", "[1,2]", "[[]]",
                "{}", "{\"a\":1}", "{\"b\":1}", "{\"a\":2}", "{\"aa\":1}", "{\"a\":1,\"b\":2}", "{\"a\":[]}", "{\"a\":{}}", "[\"a\",null]",
            ]
        ),
    ]

    @Test func keysAreInTheOrderOfValues() throws {
        let session = try TestSession()
        for (type, texts) in Self.columns {
            let list = texts.map { "('\($0)'::\(type))" }.joined(separator: ", ")
            let script = try session.connection.script("SELECT column1 FROM (VALUES \(list)) v")
            let result = try #require(try script.next())
            var values: [SQLValue] = []
            while let row = try result.next() { values.append(row[0]) }
            let column = try #require(result.columns?.first)
            let run = try Self.run(session)
            let key = ValueKey(column.type, run)
            func bytes(_ value: SQLValue, _ isDescending: Bool) -> [UInt8] {
                var buffer = ByteBuffer()
                key.append(value, isDescending: isDescending, nullsFirst: false, to: &buffer)
                // What follows a key must not change the order.
                buffer.append(UInt8.random(in: 0...255))
                return buffer.bytes
            }
            for (i, one) in values.enumerated() {
                for (j, other) in values.enumerated() {
                    let order = ValueOrder.compare(one, other, column.type, run).signum()
                    for isDescending in [false, true] {
                        let (a, b) = (bytes(one, isDescending).dropLast(), bytes(other, isDescending).dropLast())
                        let found = a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
                        #expect(found == (isDescending ? -order : order), "\(type) \(texts[i]) \(texts[j])")
                        #expect(a == b || !b.starts(with: a), "\(type) \(texts[i]) \(texts[j])")
                    }
                }
            }
            // The row comes back as it was.
            var buffer = ByteBuffer()
            try run.codec.append(values + [.null], to: &buffer)
            var reader = RowReader(buffer.raw)
            let row = reader.row(capacity: values.count)
            #expect(row.count == values.count + 1)
            for (value, copy) in zip(values, row) {
                #expect(
                    try TextOutput.text(value, column.type, session.connection.functions)
                        == TextOutput.text(copy, column.type, session.connection.functions))
            }
        }
    }

    private static func run(_ session: TestSession) throws -> Run {
        let connection = Session(session.pando, user: nil, database: "shop")
        return Run(connection, try connection.transaction.readState(), parameters: [], slotCount: 0, Cancellation())
    }

    @Test func tableFindsItsKeys() {
        let table = KeyTable()
        var known: [[UInt8]: Int] = [:]
        for _ in 0..<5000 {
            let key = (0..<Int.random(in: 0...12)).map { _ in UInt8.random(in: 0...3) }
            let (index, isNew) = key.span.withBytes { table.insert($0) }
            #expect(isNew == (known[key] == nil))
            if let old = known[key] { #expect(old == index) } else { #expect(index == known.count) }
            known[key] = index
        }
        #expect(table.count == known.count)
        for (key, index) in known {
            #expect(key.span.withBytes { table.find($0) } == index)
            #expect(table.key(index).copy() == key)
        }
        #expect([9, 9].span.withBytes { table.find($0) } == nil)
    }
}
