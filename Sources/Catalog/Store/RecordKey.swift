import Ground

/// A record's key in a dictionary. Its bytes are hashed and compared together; those of an array are one by one.
struct RecordKey: Hashable, Comparable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func hash(into hasher: inout Hasher) { bytes.span.withBytes { $0.hash(into: &hasher) } }

    static func == (a: RecordKey, b: RecordKey) -> Bool {
        a.bytes.span.withBytes { left in b.bytes.span.withBytes { left == $0 } }
    }

    static func < (a: RecordKey, b: RecordKey) -> Bool {
        a.bytes.span.withBytes { left in b.bytes.span.withBytes { Bytes.compare(left, $0) < 0 } }
    }
}
