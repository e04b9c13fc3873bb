import Ground

/// A record of a table's change log: what one commit did to one document.
///
/// The key, behind the table's `log:`, big-endian, so that the order of keys is that of commits:
///
///      0  opening     8
///      8  sequence    8
///     16  ordinal     4  counts the documents of the commit
///
/// The value, little-endian:
///
///      0  time        8  milliseconds since 1970
///      8  position    8  bytes of all values before this one since the log began
///     16  key length  4
///     20  old length  4  0: there was no document
///     24  key            what stands behind `docs:` in the document's key
///         old            the stored document before
///         new            the stored document after; nothing: there is none
///
/// The log's first record is its mark: nothing behind `log:`, and as value the opening and sequence, 8 bytes each, of the newest commit
/// that is not in the log as a whole any more, or that the log began with.
struct LogRecord {
    static let keyByteCount = 20
    static let headByteCount = 24
    static let markByteCount = 16

    let commit: CommitNumber
    let head: LogHead
    let key: [UInt8]
    let old: [UInt8]?
    let new: [UInt8]?

    /// Throws `.corrupt` for what is not a record.
    init(key suffix: ArraySlice<UInt8>, value: [UInt8]) throws(CatalogError) {
        guard let commit = CommitNumber(logKey: suffix), let head = LogHead(value), head.isWithin(value.count) else {
            throw CatalogError(.corrupt, "A record of a change log can't be read. Run `pando check`.")
        }
        self.commit = commit
        self.head = head
        let keyEnd = Self.headByteCount + head.keyByteCount
        let oldEnd = keyEnd + head.oldByteCount
        key = Array(value[Self.headByteCount..<keyEnd])
        old = head.oldByteCount == 0 ? nil : Array(value[keyEnd..<oldEnd])
        new = oldEnd == value.count ? nil : Array(value[oldEnd...])
    }

    /// The record of a change as it is put.
    static func append(_ change: DocumentChange, time: UInt64, position: UInt64, to buffer: inout ByteBuffer) {
        buffer.appendLittleEndian(time, byteCount: 8)
        buffer.appendLittleEndian(position, byteCount: 8)
        buffer.appendLittleEndian(UInt64(change.key.count), byteCount: 4)
        buffer.appendLittleEndian(UInt64(change.oldBytes?.count ?? 0), byteCount: 4)
        buffer.append(change.key)
        if let old = change.oldBytes { buffer.append(old) }
        if let new = change.newBytes { buffer.append(new) }
    }

    /// Bytes of the value that a change is put as.
    static func byteCount(of change: DocumentChange) -> Int { headByteCount + change.key.count + change.byteCount }
}

/// The beginning of a record's value.
struct LogHead {
    let time: UInt64
    let position: UInt64
    let keyByteCount: Int
    let oldByteCount: Int

    init?(_ value: [UInt8]) {
        guard value.count >= LogRecord.headByteCount else { return nil }
        time = value[0..<8].littleEndianNumber
        position = value[8..<16].littleEndianNumber
        keyByteCount = Int(value[16..<20].littleEndianNumber)
        oldByteCount = Int(value[20..<24].littleEndianNumber)
    }

    func isWithin(_ byteCount: Int) -> Bool { LogRecord.headByteCount + keyByteCount + oldByteCount <= byteCount }
}

extension CommitNumber {
    /// Nil if the key's part behind `log:` is that of no record.
    init?(logKey suffix: ArraySlice<UInt8>) {
        guard suffix.count == LogRecord.keyByteCount else { return nil }
        self.init(opening: suffix.prefix(8).bigEndianNumber, sequence: suffix.dropFirst(8).prefix(8).bigEndianNumber)
    }

    /// Nil if the value is none of a mark.
    init?(logMark value: [UInt8]) {
        guard value.count == LogRecord.markByteCount else { return nil }
        self.init(opening: value[0..<8].bigEndianNumber, sequence: value[8..<16].bigEndianNumber)
    }

    /// 16 bytes, in whose order commits stand.
    var bytes: [UInt8] { opening.bigEndianBytes(8) + sequence.bigEndianBytes(8) }

    func logKey(_ ordinal: Int) -> [UInt8] { bytes + UInt64(ordinal).bigEndianBytes(4) }
}

extension UInt64 {
    fileprivate func bigEndianBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: self >> (8 * UInt64(count - 1 - $0))) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate var bigEndianNumber: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
    fileprivate var littleEndianNumber: UInt64 { reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}

extension ByteBuffer {
    fileprivate mutating func appendLittleEndian(_ number: UInt64, byteCount: Int) {
        for place in 0..<byteCount { append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(place)))) }
    }
}
