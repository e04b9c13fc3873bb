import Testing

@testable import Ground

@Suite struct ByteBufferTests {
    @Test func whatIsAppendedIsThere() {
        var buffer = ByteBuffer(capacity: 1)
        var expected: [UInt8] = []
        for round in 0..<100 {
            let piece = Array(repeating: UInt8(round), count: round)
            buffer.append(piece)
            buffer.append(UInt8(0xFF))
            buffer.append("é\(round)")
            buffer.append(decimal: -round)
            expected += piece + [0xFF] + Array("é\(round)\(-round)".utf8)
        }
        #expect(buffer.bytes == expected && buffer.count == expected.count)
        buffer.removeFirst(10)
        #expect(buffer.bytes == Array(expected[10...]))
        buffer.truncate(to: 5)
        #expect(buffer.bytes == Array(expected[10..<15]))
        buffer.removeAll()
        #expect(buffer.isEmpty && buffer.bytes.isEmpty)
    }

    @Test func aCopyIsIndependent() {
        var a = ByteBuffer()
        a.append("one")
        var b = a
        b.append(" two")
        a.append(" three")
        a[0] = UInt8(ascii: "O")
        b.removeFirst(1)
        #expect(a.string == "One three")
        #expect(b.string == "ne two")
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999, 123_456_789, Int.max, Int.min, -1, -10])
    func decimals(number: Int) {
        var buffer = ByteBuffer()
        buffer.append(decimal: number)
        #expect(buffer.string == String(number))
    }
}
