import Ground

/// A record's key in a dictionary. Its bytes are hashed and compared together, where those of an array are one by one; and they are hashed once,
/// however many dictionaries it is looked up in.
struct RecordKey: Hashable, Comparable {
    let bytes: [UInt8]
    private let hash: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var hasher = Hasher()
        bytes.span.withBytes { $0.hash(into: &hasher) }
        hash = hasher.finalize()
    }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    static func == (a: RecordKey, b: RecordKey) -> Bool {
        a.hash == b.hash
            && a.bytes.span.withBytes { left in b.bytes.span.withBytes { left == $0 } }
    }

    static func < (a: RecordKey, b: RecordKey) -> Bool {
        a.bytes.span.withBytes { left in b.bytes.span.withBytes { Bytes.compare(left, $0) < 0 } }
    }
}
