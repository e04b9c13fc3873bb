import Ground

/// The groups that a field's values belong to, by their bytes: the groups themselves are somebody else's, and numbered there.
///
/// Only values of which equal ones have one canonical text can be here: no arrays and objects, whose parts may be times or zeros
/// of another sign, and no negative zero.
struct GroupPositions {
    private struct Entry: BitwiseCopyable {
        var hash = 0
        var offset: UInt32 = 0
        var count: UInt32 = 0
        /// −1: there is none.
        var position: Int32 = -1
    }

    /// A power of two of them, at most half in use.
    private var entries = [Entry](repeating: Entry(), count: 64)
    private var usedCount = 0
    private var texts = ByteBuffer()
    /// The text of the value that was kept last; empty if there is none, or it doesn't say which group it is.
    private var kept: [UInt8] = []

    /// Whether the value's text says which group it is.
    @inline(__always) static func hasOneText(_ json: Bytes) -> Bool {
        switch json[0] {
        case UInt8(ascii: "["), UInt8(ascii: "{"): false
        case UInt8(ascii: "-"): json[1] != UInt8(ascii: "0") || json.count != 4
        default: true
        }
    }

    /// The number that was given to the group; nil if none was yet.
    @inline(__always) func position(of json: Bytes) -> Int32? {
        let hash = Self.hash(json)
        var index = hash & (entries.count - 1)
        while true {
            let entry = entries[index]
            if entry.position < 0 { return nil }
            if entry.hash == hash, texts.raw[Int(entry.offset)..<Int(entry.offset) + Int(entry.count)] == json { return entry.position }
            index = (index + 1) & (entries.count - 1)
        }
    }

    /// - Precondition: the value has no number yet.
    mutating func set(_ position: Int32, for json: Bytes) {
        // Beyond this there is no room for offsets; who asks finds its group another way.
        guard texts.count + json.count < Int(UInt32.max) else { return }
        if usedCount * 2 >= entries.count { grow() }
        insert(
            Entry(hash: Self.hash(json), offset: UInt32(texts.count), count: UInt32(json.count), position: position))
        texts.append(json)
        usedCount += 1
    }

    /// Keeps a value that has no number, for whoever finds its group.
    ///
    /// - Parameter isNamed: whether its text says which group it is.
    @inline(never) mutating func keep(_ json: Bytes, isNamed: Bool) { kept = isNamed ? json.copy() : [] }

    mutating func forgetKept() { kept = [] }

    /// Gives the value that was kept a number. False if there is none, or its text doesn't say which group it is.
    mutating func setKept(_ position: Int) -> Bool {
        guard !kept.isEmpty, let position = Int32(exactly: position) else { return false }
        let text = kept
        kept = []
        text.span.withBytes { set(position, for: $0) }
        return true
    }

    private mutating func insert(_ entry: Entry) {
        var index = entry.hash & (entries.count - 1)
        while entries[index].position >= 0 { index = (index + 1) & (entries.count - 1) }
        entries[index] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: Entry(), count: old.count * 2)
        for entry in old where entry.position >= 0 { insert(entry) }
    }

    @inline(__always) private static func hash(_ json: Bytes) -> Int {
        var hasher = Hasher()
        json.hash(into: &hasher)
        return hasher.finalize()
    }
}
