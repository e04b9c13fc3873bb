import Ground

/// A value of ReQL: null, bool, number, string, time, binary, array or object (and the two bounds `minval` and `maxval`).
///
/// Scalars stand in the value itself. A compound value is a view of a part of one immutable buffer (see ``DatumTree``): to
/// take an element out of an array is O(1) and copies nothing, and to free a value frees one buffer, however deep it is.
/// A value can also be a document as it is stored, in a page of the file: its fields are found without decoding the rest.
///
/// `==`, `<` and the hash follow ReQL's total order: −0 equals 0, and two times are equal if they are the same instant.
///
/// A value keeps what it is a view of: the buffer, or the snapshot that a stored document came from. ``owned`` is
/// independent of snapshots.
public struct Datum: @unchecked Sendable {
    // Sendable because nothing here changes after it was made: the node is plain bits, and the owner is an immutable tree
    // or a snapshot, which is Sendable itself.

    @usableFromInline let node: DatumNode
    /// A ``DatumTree`` if the node's place is `tree` and it is not a plain scalar; otherwise whoever keeps the bytes alive.
    let owner: AnyObject?

    @inline(__always) init(node: DatumNode, owner: AnyObject?) {
        self.node = node
        self.owner = owner
    }

    /// A value has at most this many levels of arrays and objects.
    public static let maximumDepth = 1000

    /// Integers are exact in ReQL between the negative of this and this: 2^53.
    public static let maximumInteger = 1 << 53
}

// MARK: Making scalars

extension Datum {
    public static var null: Datum { Datum(node: DatumNode(.null), owner: nil) }
    public static var minval: Datum { Datum(node: DatumNode(.minval), owner: nil) }
    public static var maxval: Datum { Datum(node: DatumNode(.maxval), owner: nil) }
    public static var `true`: Datum { Datum(true) }
    public static var `false`: Datum { Datum(false) }
    public static var emptyArray: Datum { Datum(node: DatumNode(.array, height: 1), owner: nil) }
    public static var emptyObject: Datum { Datum(node: DatumNode(.object, height: 1), owner: nil) }

    public init(_ value: Bool) {
        self.init(node: DatumNode(.bool, payload: value ? 1 : 0), owner: nil)
    }

    /// - Precondition: the number is finite.
    public init(_ value: Double) {
        precondition(value.isFinite, "a number in ReQL is finite")
        self.init(node: DatumNode(number: value), owner: nil)
    }

    /// All digits are kept.
    public init(_ value: Int) {
        if value.magnitude <= 1 << 53 {
            self.init(node: DatumNode(number: Double(value)), owner: nil)
        } else {
            self.init(large: Int64(value))
        }
    }

    public init(_ value: String) {
        self = value.withBytes { Datum(.string, bytes: $0) }
    }

    /// - Precondition: the bytes are valid UTF-8.
    public init(utf8: Span<UInt8>) {
        self = utf8.withBytes { bytes in
            precondition(UTF8Check.isValid(bytes), "a string in ReQL is valid UTF-8")
            return Datum(.string, bytes: bytes)
        }
    }

    /// Nil if the bytes are not valid UTF-8.
    public init?(validatingUTF8 bytes: [UInt8]) {
        let datum: Datum? = bytes.span.withBytes { bytes in
            UTF8Check.isValid(bytes) ? Datum(.string, bytes: bytes) : nil
        }
        guard let datum else { return nil }
        self = datum
    }

    /// Rounded to a millisecond. The offset is that of the zone from UTC, −1499 to 1499 minutes (±24:59).
    ///
    /// - Precondition: finite seconds, and an offset in that range.
    public static func time(epochSeconds: Double, offsetMinutes: Int) -> Datum {
        precondition(epochSeconds.isFinite && abs(offsetMinutes) <= TimeZoneText.maximumOffset)
        return Datum(node: .time(epochSeconds: epochSeconds, offsetMinutes: offsetMinutes), owner: nil)
    }

    /// Rounded to a microsecond, as a time in JSON is: as far as the double holds it, which is exactly until the year 2255.
    ///
    /// - Precondition: as for ``time(epochSeconds:offsetMinutes:)``.
    package static func time(preciseEpochSeconds: Double, offsetMinutes: Int) -> Datum {
        precondition(preciseEpochSeconds.isFinite && abs(offsetMinutes) <= TimeZoneText.maximumOffset)
        return Datum(node: .time(epochSeconds: preciseEpochSeconds, offsetMinutes: offsetMinutes, unitsPerSecond: 1e6), owner: nil)
    }

    public static func binary(_ bytes: [UInt8]) -> Datum {
        bytes.span.withBytes { Datum(.binary, bytes: $0) }
    }

    /// A string or binary value with a copy of the bytes.
    init(_ kind: DatumKind, bytes: Bytes) {
        let tree = bytes.count == 0 ? nil : DatumTree.make(text: bytes)
        self.init(node: DatumNode(kind, textOffset: 0, byteCount: bytes.count), owner: tree)
    }
}

extension DatumNode {
    static func time(epochSeconds: Double, offsetMinutes: Int, unitsPerSecond: Double = 1000) -> DatumNode {
        let units = (epochSeconds * unitsPerSecond).rounded()
        // Beyond 2^53 there are no units to round to.
        let rounded = abs(units) < 0x1p53 ? units / unitsPerSecond : epochSeconds
        return DatumNode(
            .time, payload: (rounded == 0 ? 0 : rounded).bitPattern, length: UInt32(bitPattern: Int32(offsetMinutes)))
    }
}

// MARK: Reading scalars

extension Datum {
    @inlinable public var kind: DatumKind { node.kind }

    /// What `typeOf` answers: `NUMBER`, `PTYPE<TIME>`, …
    public var typeName: String { isGeometry ? "PTYPE<GEOMETRY>" : kind.typeName }

    @inlinable public var isNull: Bool { kind == .null }

    /// Only null and false are not.
    @inlinable public var isTruthy: Bool { !(kind == .null || kind == .bool && node.payload == 0) }

    /// Nil if this is not a bool; so with the others.
    @inlinable public var bool: Bool? { kind == .bool ? node.payload != 0 : nil }

    /// The nearest double, where the number has more digits than a double holds.
    @inlinable public var number: Double? { kind == .number ? node.number : nil }

    /// The number if it is integral and within ±2^53.
    @inlinable public var integer: Int? {
        guard kind == .number, node.place == .tree else { return nil }
        let number = node.number
        guard number.magnitude <= 0x1p53, number.rounded(.towardZero) == number else { return nil }
        return Int(number)
    }

    public var string: String? {
        guard kind == .string else { return nil }
        return withBytes { $0.string }
    }

    public var binary: [UInt8]? {
        guard kind == .binary else { return nil }
        return withBytes { $0.copy() }
    }

    /// Seconds since 1970-01-01T00:00:00Z, and the zone's offset from UTC in minutes.
    public var time: (epochSeconds: Double, offsetMinutes: Int)? {
        guard kind == .time else { return nil }
        return (node.number, node.offsetMinutes)
    }

    /// A string's length in bytes; otherwise 0.
    public var utf8Count: Int { kind == .string ? node.byteCount : 0 }

    /// A string's bytes, or those of a binary value, in place; empty for other kinds.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self) borrowing get {
            rawTree.bytes(kind == .string || kind == .binary ? node : DatumNode(.string)).span(of: self)
        }
    }

    /// Looks at a string's bytes without copying them. Nil if this is not a string.
    @inlinable public func withStringUTF8<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R? {
        guard kind == .string else { return nil }
        return try body(bytes)
    }

    /// Looks at a binary value's bytes without copying them. Nil if this is not a binary value.
    @inlinable public func withBinary<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R? {
        guard kind == .binary else { return nil }
        return try body(bytes)
    }

    /// The bytes of a string or binary value.
    @inline(__always) func withBytes<R: ~Copyable, E: Error>(_ body: (Bytes) throws(E) -> R) throws(E) -> R {
        defer { withExtendedLifetime(owner) {} }
        return try body(rawTree.bytes(node))
    }
}

// MARK: JSON

extension Datum: CustomStringConvertible {
    /// The value as JSON on one line.
    public var description: String {
        var buffer = ByteBuffer()
        writeJSON(into: &buffer)
        return buffer.string
    }
}
