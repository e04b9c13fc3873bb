/// The data of the benchmark, all of it deterministic: a million keys of 112 bytes under eight prefixes such as Pando's
/// own tables have, and values that look like small documents. Any engine that does the same work with it gets the same
/// `check` values.
///
/// The only raw memory of this package is here and in `Touch.swift`: making a key must cost next to nothing beside
/// putting it, so keys and values are written into two fixed buffers.
/// `@unchecked Sendable`: nothing changes after `init`.
@safe final class Work: @unchecked Sendable {
    static let prefixCount = 8
    static let recordsPerPrefix = 125_000
    static let count = prefixCount * recordsPerPrefix
    static let prefixLength = 88
    static let keyLength = prefixLength + 24
    static let valueMaximum = 400
    private static let poolSize = 65_536

    private struct Record {
        var high: UInt64
        var low: UInt32
        var prefix: UInt32
    }

    private let prefixes: UnsafeMutablePointer<UInt8>
    private let records: UnsafeMutablePointer<Record>
    private let pool: UnsafeMutablePointer<UInt8>

    /// Lives as long as the process.
    init() {
        unsafe prefixes = .allocate(capacity: Self.prefixCount * Self.prefixLength)
        unsafe records = .allocate(capacity: Self.count)
        unsafe pool = .allocate(capacity: Self.poolSize + Self.valueMaximum)

        var stream = Stream(seed: 42)
        var texts: [String] = []
        var database = ""
        for index in 0..<Self.prefixCount {
            if index % 4 == 0 { database = Self.uuid(&stream) }
            texts.append("db:\(database):table:\(Self.uuid(&stream)):docs:")
        }
        for (index, text) in texts.sorted().enumerated() {
            for (offset, byte) in text.utf8.enumerated() {
                unsafe prefixes[index * Self.prefixLength + offset] = byte
            }
        }
        for prefix in 0..<Self.prefixCount {
            var group = unsafe UnsafeMutableBufferPointer(
                start: records + prefix * Self.recordsPerPrefix, count: Self.recordsPerPrefix)
            for index in group.indices {
                let high = stream.next()
                let low = UInt32(stream.next() >> 32)
                unsafe group.initializeElement(at: index, to: Record(high: high, low: low, prefix: UInt32(prefix)))
            }
            unsafe group.sort { ($0.high, $0.low) < ($1.high, $1.low) }
        }
        var filler = Stream(seed: 7)
        for index in 0..<Self.poolSize + Self.valueMaximum {
            unsafe pool[index] = UInt8(ascii: "a") + UInt8(filler.next() % 26)
        }
    }

    /// Two numbers as 32 hex digits, with hyphens after 8, 12, 16 and 20.
    private static func uuid(_ stream: inout Stream) -> String {
        var text = ""
        for _ in 0..<2 {
            let number = stream.next()
            for half in [UInt32(number >> 32), UInt32(truncatingIfNeeded: number)] {
                let digits = hexWord(half)
                for shift in stride(from: 0, to: 64, by: 8) {
                    if [8, 13, 18, 23].contains(text.utf8.count) { text.append("-") }
                    text.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: digits >> UInt64(shift))))
                }
            }
        }
        return text
    }

    /// Writes the key of record `index` into `key`, which has room for `keyLength` bytes.
    fileprivate func makeKey(_ index: Int, into key: UnsafeMutableRawPointer) {
        let record = unsafe records[index]
        unsafe key.copyMemory(from: prefixes + Int(record.prefix) * Self.prefixLength, byteCount: Self.prefixLength)
        unsafe Self.writePrimaryKey(record, to: key + Self.prefixLength)
    }

    private static func writePrimaryKey(_ record: Record, to place: UnsafeMutableRawPointer) {
        unsafe place.storeBytes(of: hexWord(UInt32(record.high >> 32)), as: UInt64.self)
        unsafe place.storeBytes(of: hexWord(UInt32(truncatingIfNeeded: record.high)), toByteOffset: 8, as: UInt64.self)
        unsafe place.storeBytes(of: hexWord(record.low), toByteOffset: 16, as: UInt64.self)
    }

    /// Writes `{"id":"<primary key>","rev":"<8 hex>","body":"<filler>"}` into `value`, which has room for `valueMaximum`
    /// bytes, and returns its length.
    fileprivate func makeValue(_ index: Int, revision: UInt32, into value: UnsafeMutableRawPointer) -> Int {
        let hash = mix(UInt64(revision) << 32 | UInt64(index))
        let length = 100 + Int(hash % 301)
        let fill = length - 60
        unsafe value.copyMemory(from: Self.head.utf8Start, byteCount: 58)
        unsafe Self.writePrimaryKey(records[index], to: value + 7)
        unsafe value.storeBytes(of: hexWord(revision), toByteOffset: 40, as: UInt64.self)
        unsafe (value + 58).copyMemory(from: pool + Int((hash >> 32) % UInt64(Self.poolSize)), byteCount: fill)
        unsafe value.storeBytes(of: UInt8(ascii: "\""), toByteOffset: 58 + fill, as: UInt8.self)
        unsafe value.storeBytes(of: UInt8(ascii: "}"), toByteOffset: 59 + fill, as: UInt8.self)
        return length
    }

    private static let head: StaticString = #"{"id":"------------------------","rev":"--------","body":""#
}

/// Room for one key and one value, and the record last made in it.
@safe struct Scratch: ~Copyable {
    private let work: Work
    private let memory: UnsafeMutableRawPointer
    private var valueLength = 0

    init(_ work: Work) {
        self.work = work
        unsafe memory = .allocate(byteCount: Work.keyLength + Work.valueMaximum, alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: Work.keyLength + Work.valueMaximum)
    }

    deinit { unsafe memory.deallocate() }

    mutating func makeKey(_ index: Int) { unsafe work.makeKey(index, into: memory) }

    mutating func makeValue(_ index: Int, revision: UInt32) {
        valueLength = unsafe work.makeValue(index, revision: revision, into: memory + Work.keyLength)
    }

    /// Makes the key one that no record has: `g` is no hex digit.
    mutating func missKey() { unsafe memory.storeBytes(of: UInt8(ascii: "g"), toByteOffset: Work.keyLength - 1, as: UInt8.self) }

    var key: Span<UInt8> {
        @_lifetime(borrow self) borrowing get {
            let span = unsafe Span<UInt8>(
                _unsafeStart: memory.assumingMemoryBound(to: UInt8.self), count: Work.keyLength)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    var value: Span<UInt8> {
        @_lifetime(borrow self) borrowing get {
            let span = unsafe Span<UInt8>(
                _unsafeStart: (memory + Work.keyLength).assumingMemoryBound(to: UInt8.self), count: valueLength)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}
