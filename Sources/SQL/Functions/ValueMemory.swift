import Catalog
import Ground

extension SQLValue {
    /// What its contents take beside the value itself, if they are long.
    var longByteCount: Int {
        switch self {
        case .text(let text): text.utf8.count > 64 ? text.utf8.count : 0
        case .bytes(let bytes): bytes.count
        case .bits(let bits): bits.bytes.count
        default: 0
        }
    }
}

/// Values in the making, counted with what all queries hold until they are handed on.
struct MadeValues: ~Copyable {
    private(set) var values: [SQLValue] = []
    private var charge = ValueCharge()

    mutating func append(_ value: SQLValue) throws(SQLError) {
        values.append(value)
        // What doubles when it is full takes twice its size meanwhile; a text of more than 15 bytes has memory of its own.
        var byteCount = 2 * MemoryLayout<SQLValue>.stride
        if case .text(let text) = value, text.utf8.count > 15 { byteCount += text.utf8.count + 32 }
        do throws(DatumError) { try charge.add(byteCount) } catch { throw SQLError(outOfMemory: error) }
    }
}

extension SQLValue {
    /// What it takes if it is large; 0 if it is not.
    var largeByteCount: Int {
        let byteCount: Int
        switch self {
        case .text(let text): byteCount = text.utf8.count
        case .bytes(let bytes): byteCount = bytes.count
        case .bits(let bits): byteCount = bits.bytes.count
        case .array(let array): byteCount = array.elements.count * MemoryLayout<SQLValue>.stride
        default: return 0
        }
        return byteCount >= QueryMemory.largeValue ? byteCount : 0
    }
}

extension QueryMemory {
    /// Throws `53200` if there is no room for so many values now: called now and then while they are made.
    static func requireRoom(forValues count: Int) throws(SQLError) {
        do throws(DatumError) { try requireRoom(for: count * MemoryLayout<SQLValue>.stride) } catch { throw SQLError(outOfMemory: error) }
    }
}

extension TextFunctions {
    /// Throws for a text that is too long at all (`54000`), and for one that there is no memory for (`53200`), before it is made: it counts
    /// from here on.
    static func checkLength(_ byteCount: Int) throws(SQLError) {
        if byteCount > maximumByteCount { throw tooLong }
        do throws(DatumError) { try QueryMemory.expect(byteCount) } catch { throw SQLError(outOfMemory: error) }
    }
}

/// A text in the making, counted before it grows.
struct MadeText: ~Copyable {
    private var text = ""
    /// Characters that come one by one wait here, at most ``pendingByteCount`` bytes of them.
    private var pending = String.UnicodeScalarView()
    private var pendingBytes = 0
    /// What was counted.
    private var room = 0

    private static let pendingByteCount = 1024

    mutating func append(_ part: some StringProtocol) throws(SQLError) {
        try flush()
        try makeRoom(for: part.utf8.count)
        text += part
    }

    mutating func append(_ scalar: Unicode.Scalar) throws(SQLError) {
        pending.append(scalar)
        pendingBytes += UTF8.width(scalar)
        if pendingBytes >= Self.pendingByteCount { try flush() }
    }

    mutating func append(_ scalar: Unicode.Scalar, count: Int) throws(SQLError) {
        if count > Self.pendingByteCount { try makeRoom(for: pendingBytes + count * UTF8.width(scalar)) }
        for _ in 0..<count { try append(scalar) }
    }

    private mutating func flush() throws(SQLError) {
        guard pendingBytes > 0 else { return }
        try makeRoom(for: pendingBytes)
        text += String(pending)
        pending.removeAll()
        pendingBytes = 0
    }

    @inline(__always) private mutating func makeRoom(for byteCount: Int) throws(SQLError) {
        let needed = text.utf8.count + byteCount
        if needed > room { try grow(to: needed) }
    }

    private mutating func grow(to needed: Int) throws(SQLError) {
        if needed > TextFunctions.maximumByteCount { throw TextFunctions.tooLong }
        let size = min(max(needed, 2 * room, 64), TextFunctions.maximumByteCount)
        // What is small is not counted; once it is not small, all of it is.
        let more = room < QueryMemory.largeValue ? size : size - room
        do throws(DatumError) { try QueryMemory.expect(more) } catch { throw SQLError(outOfMemory: error) }
        if size >= QueryMemory.largeValue {
            try QueryMemory.checkStopped()
            text.reserveCapacity(size)
        }
        room = size
    }

    /// The text, which is counted until a row's values are.
    consuming func finish() throws(SQLError) -> String {
        try flush()
        if room >= QueryMemory.largeValue {
            QueryMemory.expectLess(text.utf8.count >= QueryMemory.largeValue ? room - text.utf8.count : room)
        }
        return text
    }
}

extension QueryMemory {
    /// Throws `57014` if the statement that the thread works for is to end: for what goes on for long without a row.
    static func checkStopped() throws(SQLError) {
        if isThreadStopped { throw SQLError.canceled }
    }
}

extension SQLError {
    static let canceled = SQLError(SQLState(rawValue: "57014"), "canceling statement due to user request")

    /// A statement, or all queries together, would keep more than their memory.
    init(outOfMemory error: DatumError) {
        // What follows speaks of ReQL's terms.
        let reason = error.message.prefix { $0 != "." }
        self.init(
            SQLState(rawValue: "53200"), "out of memory", detail: "\(reason).",
            hint: "--query-memory and --memory of pando serve, and rethinkdb.limits, say how much it may be.")
    }
}

extension String {
    /// The text as often as that, from blocks of some kilobytes: the library takes a call for each piece, and a short one is much less work.
    func repeated(_ count: Int) -> String {
        let inBlock = Swift.max(1, 4096 / Swift.max(1, utf8.count))
        let block = String(repeating: self, count: Swift.min(inBlock, count))
        if count <= inBlock { return block }
        var result = ""
        result.reserveCapacity(utf8.count * count)
        for _ in 0..<(count / inBlock) { result += block }
        result += String(repeating: self, count: count % inBlock)
        return result
    }
}
