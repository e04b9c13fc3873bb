import Ground

/// The part of the keys that is of one file alone, and stays out of whatever goes to another.
enum LocalKeys {
    static let lower = Array("__local__:".utf8)
    static let upper = Array("__local__;".utf8)
    static var range: KeyRange { KeyRange(lower: lower, upper: upper) }

    static func contains(_ key: [UInt8]) -> Bool { key.starts(with: lower) }

    @inline(__always)
    static func contains(_ key: Bytes) -> Bool {
        key.count >= 10 && key.word(at: 0) == 0x5F6C_6163_6F6C_5F5F && key.littleEndian(at: 8, width: 2) == 0x3A5F
    }

    /// Whether some key from `first` to `last` may be among them.
    static func overlap(_ first: [UInt8], _ last: [UInt8]) -> Bool {
        first.lexicographicallyPrecedes(upper) && !last.lexicographicallyPrecedes(lower)
    }
}
