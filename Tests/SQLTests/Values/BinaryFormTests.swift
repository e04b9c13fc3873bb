import Testing

@testable import SQL

/// Binary forms of values, and bytes that are none.
@Suite struct BinaryFormTests {
    private static let samples: [(name: String, text: String)] = [
        ("bool", "t"), ("int2", "-2"), ("int4", "7"), ("int8", "-9"), ("float4", "1.5"), ("float8", "2.5"), ("numeric", "-12.34"),
        ("oid", "5"), ("xid", "5"), ("xid8", "5"), ("pg_lsn", "0/1"), ("regclass", "1259"), ("regoperator", "+(integer,integer)"),
        ("date", "2020-02-03"),
        ("time", "01:02:03"), ("timetz", "01:02:03+02"), ("timestamp", "2020-02-03 04:05:06"), ("timestamptz", "2020-02-03 04:05:06+00"),
        ("interval", "P1M2DT3S"), ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), ("bit", "1"), ("varbit", "1011"),
        ("inet", "10.0.0.1"), ("cidr", "10.0.0.0/8"), ("inet", "fe80::1"), ("_int4", "{1,NULL,3}"), ("_text", "{a,b}"),
        ("_int4", "[0:1][2:2]={{1},{2}}"), ("int2vector", "1 2"), ("oidvector", "1 2"), ("int2vector", ""), ("pg_snapshot", "2:7:3,5"),
        ("tsvector", "'a':1A 'b'"), ("tsquery", "'a' & !'b'"), ("char", "a"), ("char", "\\200"), ("char", ""),
    ]

    private func bytes(_ value: SQLValue, _ type: SQLType) -> [UInt8] {
        var bytes: [UInt8] = []
        BinaryOutput.append(value, type, NeutralSession.shared, to: &bytes)
        return bytes
    }

    private func state(_ bytes: [UInt8], _ type: SQLType) -> String {
        do throws(SQLError) {
            _ = try BinaryInput.value(bytes, type, NeutralSession.shared)
            return "read"
        } catch { return error.state.rawValue }
    }

    /// What is too short is a broken message, as PostgreSQL has it, or no value of the type; what is too long is none.
    @Test func shorterAndLongerOnesAreRefused() throws {
        for (name, text) in Self.samples {
            let type = SQLType(try #require(TypeTable.entry(named: name), "\(name)").oid)
            let form = bytes(try TextInput.value(text, type, NeutralSession.shared), type)
            let read = try BinaryInput.value(form, type, NeutralSession.shared)
            #expect(bytes(read, type) == form, "\(name) \(text)")
            #expect(try TextOutput.text(read, type, NeutralSession.shared) == text, "\(name)")
            for count in form.indices {
                #expect(["08P01", "22P03"].contains(state(Array(form[..<count]), type)), "\(name), \(count) bytes")
            }
            #expect(state(form + [0], type) == "22P03", "\(name)")
        }
    }

    /// The states are those that PostgreSQL 15 answers.
    @Test func otherBytesAreRefused() throws {
        let number: [UInt8] = [0, 1, 0, 0, 0, 0, 0, 0]
        #expect(state(number + [0, 9], .numeric) == "read")
        #expect(state(number + [0x27, 0x10], .numeric) == "22P03")
        #expect(state([0, 1, 0, 0, 0x12, 0, 0, 0, 0, 9], .numeric) == "22P03")
        #expect(state([4, 32, 0, 4, 10, 0, 0, 1], .inet) == "22P03")
        #expect(state([2, 33, 0, 4, 10, 0, 0, 1], .inet) == "22P03")
        #expect(state([2, 32, 0, 5, 10, 0, 0, 1], .inet) == "22P03")
        #expect(state([2, 8, 1, 4, 10, 0, 0, 1], .cidr) == "22P03")
        #expect(state([0xFF, 0xFF, 0xFF, 0xFF, 0], .varbit) == "22P03")
        #expect(state(Array("ab".utf8), .char) == "22P03")
        #expect(state([0xFF], .text) == "22021")
        #expect(state([0], .text) == "22021")
        func array(_ flags: UInt8, _ element: UInt8, lower: UInt8, _ content: [UInt8]) -> [UInt8] {
            [0, 0, 0, 1, 0, 0, 0, flags, 0, 0, 0, element, 0, 0, 0, 1, 0, 0, 0, lower] + content
        }
        let (int2, int4) = (SQLType(1005), SQLType(1007))
        #expect(state(array(0, 21, lower: 1, [0, 0, 0, 2, 0, 5]), int2) == "read")
        #expect(state(array(2, 21, lower: 1, [0, 0, 0, 2, 0, 5]), int2) == "22P03")
        #expect(state(array(0, 21, lower: 1, [0, 0, 0, 4, 0, 5]), int2) == "22P03")
        #expect(state(array(0, 21, lower: 1, [0, 0, 0, 3, 0, 5, 0]), int2) == "22P03")
        #expect(state(array(0, 21, lower: 1, [0, 0, 0, 2, 0, 5]), int4) == "42804")
        #expect(state(array(0, 21, lower: 0, [0, 0, 0, 2, 0, 5]), .int2vector) == "read")
        #expect(state(array(0, 21, lower: 1, [0, 0, 0, 2, 0, 5]), .int2vector) == "22P03")
        #expect(state(array(1, 21, lower: 0, [0xFF, 0xFF, 0xFF, 0xFF]), .int2vector) == "22P03")
    }

    /// Words that are empty, and phrases whose parts are farther from each other than a text can say.
    @Test func damagedTextSearchIsRefused() {
        #expect(state([0, 0, 0, 1, 97, 0, 0, 0], .tsvector) == "read")
        #expect(state([0, 0, 0, 1, 0, 0, 0], .tsvector) == "22P03")
        #expect(state([0, 0, 0, 2, 97, 0, 0, 0, 0, 0, 0], .tsvector) == "22P03")
        #expect(state([0, 0, 0, 1, 1, 0, 0, 97, 0], .tsquery) == "read")
        #expect(state([0, 0, 0, 1, 1, 0, 0, 0], .tsquery) == "22P03")
        func phrase(_ high: UInt8, _ low: UInt8) -> [UInt8] { [0, 0, 0, 3, 2, 4, high, low, 1, 0, 0, 98, 0, 1, 0, 0, 97, 0] }
        #expect(state(phrase(0x40, 0), .tsquery) == "read")
        #expect(state(phrase(0x40, 1), .tsquery) == "22P03")
        #expect(state(phrase(0x80, 0), .tsquery) == "22P03")
    }
}
