package import Ground

/// The values of a row as they came, in the buffer that they came in; nil is NULL. Whoever keeps one keeps that buffer.
package struct RowFields: Sendable {
    private let buffer: ByteBuffer
    /// Where the first value's length stands.
    private let start: Int
    package let count: Int

    /// - Throws: if the values are not all there.
    init(_ reader: inout MessageReader) throws(WireError) {
        count = try reader.count(ofAtLeast: 4)
        (buffer, start) = (reader.body, reader.position)
        for _ in 0..<count { _ = try reader.valueRange() }
    }

    package init(_ values: [[UInt8]?]) {
        var buffer = ByteBuffer()
        for value in values {
            buffer.append(int32: value.map { Int32($0.count) } ?? -1)
            if let value { buffer.append(value) }
        }
        (self.buffer, start, count) = (buffer, 0, values.count)
    }

    /// The bytes of a value, good while the row lives.
    package func bytes(_ index: Int) -> Bytes? {
        precondition(index >= 0 && index < count)
        var position = start
        for _ in 0..<index { position = end(at: position) }
        return field(at: position)
    }

    package subscript(index: Int) -> [UInt8]? { bytes(index)?.copy() }

    private func byteCount(at position: Int) -> Int {
        let word = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(buffer[position + $1]) }
        return Int(Int32(bitPattern: word))
    }

    private func end(at position: Int) -> Int { position + 4 + Swift.max(0, byteCount(at: position)) }

    private func field(at position: Int) -> Bytes? {
        let count = byteCount(at: position)
        return count < 0 ? nil : buffer.raw[position + 4..<position + 4 + count]
    }
}

extension RowFields: Sequence {
    package struct Iterator: IteratorProtocol {
        fileprivate let row: RowFields
        fileprivate var left: Int
        fileprivate var position: Int

        package mutating func next() -> [UInt8]?? {
            guard left > 0 else { return nil }
            defer { (left, position) = (left - 1, row.end(at: position)) }
            return .some(row.field(at: position)?.copy())
        }
    }

    package func makeIterator() -> Iterator { Iterator(row: self, left: count, position: start) }
}

extension RowFields: Hashable {
    package static func == (left: RowFields, right: RowFields) -> Bool { left.count == right.count && Array(left) == Array(right) }
    package func hash(into hasher: inout Hasher) { hasher.combine(Array(self)) }
}

extension RowFields: ExpressibleByArrayLiteral {
    package init(arrayLiteral values: [UInt8]?...) { self.init(values) }
}
