package import Ground

/// A row and the values that it is sorted by, as they are put aside in a temporary file and read back.
///
/// They are written as they are in memory, so that nothing is made text and parsed again; documents keep their stored form. The bytes mean
/// something to the process that wrote them only. All numbers are little-endian:
///
///     bytes  what
///     4      how many bytes follow after the checksum
///     4      CRC-32 of these: a node that points anywhere must never be followed
///     4      how many nodes there are
///     16     the node of an array: flags, the row, and the values
///     …      the nodes below it, and their text
///
/// The flags are a string: `s` for a row in its stored form, which is a binary value here, or `v`; then `1` for each value, or `0` where
/// there is none.
package struct DatumRecord {
    package let row: Datum
    package private(set) var values: [Datum?] = []

    /// How many bytes stand before those that the first number counts.
    package static let headerByteCount = 8

    /// How many bytes follow a header.
    package static func byteCount(afterHeader header: Span<UInt8>) -> Int {
        header.withBytes { $0.littleEndian(at: 0, width: 4) }
    }

    /// Reads a record without its header, which tells the checksum. Nil if these bytes are not what was written.
    package init?(header: Span<UInt8>, _ bytes: Span<UInt8>) {
        let fixedByteCount = 4 + MemoryLayout<DatumNode>.stride
        guard bytes.count >= fixedByteCount,
            header.withBytes({ $0.littleEndian(at: 4, width: 4) }) == Int(CRC32.checksum(bytes))
        else { return nil }
        let array = bytes.withBytes { bytes in
            let tree = DatumTree.make(copyOf: bytes.dropFirst(fixedByteCount), nodeCount: bytes.littleEndian(at: 0, width: 4))
            return Datum(node: DatumNode(copyOf: bytes[4..<fixedByteCount]), owner: tree)
        }
        let flags = array[0].withBytes { $0.copy() }
        let row = array[1]
        self.row = flags[0] == UInt8(ascii: "s") ? row.asStoredDocument : row
        for (index, flag) in flags.dropFirst().enumerated() { values.append(flag == UInt8(ascii: "1") ? array[2 + index] : nil) }
    }
}

/// Writes records; keeps the memory that this takes.
package struct DatumRecordWriter: ~Copyable {
    // A row may have as many levels as any value, and the array is one more.
    private var builder = DatumBuilder(pseudoTypes: false, maximumDepth: Datum.maximumDepth + 1)

    package init() {}

    /// Appends a record with its header. Throws `tooLarge` if the row and the values together are larger than any value may be.
    package mutating func write(
        row: Datum, values: [Datum?], into buffer: inout ByteBuffer
    ) throws(DatumError) {
        builder.reset()
        var flags = [UInt8(ascii: row.isStoredDocument ? "s" : "v")]
        flags.reserveCapacity(1 + values.count)
        for value in values { flags.append(UInt8(ascii: value == nil ? "0" : "1")) }
        try builder.beginArray()
        builder.append(utf8: flags.span)
        if row.isStoredDocument {
            builder.append(bytesOfStored: row)
        } else {
            try builder.append(row)
        }
        for value in values { if let value { try builder.append(value) } else { builder.appendNull() } }
        try builder.endArray()
        builder.writeRecord(into: &buffer)
    }
}

extension DatumBuilder {
    /// A document in its stored form as a binary value.
    fileprivate mutating func append(bytesOfStored document: Datum) {
        defer { withExtendedLifetime(document) {} }
        appendText(document.stored.bytes, kind: .binary)
    }

    /// Appends the value that was built as a record.
    fileprivate func writeRecord(into buffer: inout ByteBuffer) {
        let start = buffer.count
        buffer.append(littleEndian: 0)
        buffer.append(littleEndian: 0)
        buffer.append(littleEndian: UInt32(nodes.count))
        buffer.append(pending.raw)
        buffer.append(nodes.raw)
        buffer.append(text.raw)
        let bodyStart = start + DatumRecord.headerByteCount
        let checksum = CRC32.checksum(buffer.span.extracting(bodyStart..<buffer.count))
        buffer.set(littleEndian: UInt32(buffer.count - bodyStart), at: start)
        buffer.set(littleEndian: checksum, at: start + 4)
    }
}

extension Datum {
    /// A document in its stored form that stands as a binary value in a tree.
    fileprivate var asStoredDocument: Datum {
        let address = withBytes { $0.address }
        return Datum(node: DatumNode(.object, textOffset: address, byteCount: node.byteCount, place: .stored), owner: owner)
    }
}

extension ByteBuffer {
    fileprivate mutating func append(littleEndian number: UInt32) {
        for shift in [0, 8, 16, 24] as [UInt32] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    fileprivate mutating func set(littleEndian number: UInt32, at index: Int) {
        for byte in 0..<4 { self[index + byte] = UInt8(truncatingIfNeeded: number >> UInt32(8 * byte)) }
    }
}
