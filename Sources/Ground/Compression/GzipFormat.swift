/// The frame of RFC 1952 around a deflate stream: a header, the stream, the checksum and the length of what it expands to. A file may
/// have several of these members, one behind the other.
enum GzipFormat {
    static let magic: [UInt8] = [0x1F, 0x8B]
    static let deflateMethod: UInt8 = 8
    static let fixedHeaderByteCount = 10
    static let trailerByteCount = 8

    /// Bits of the fourth byte.
    enum Flag {
        static let headerChecksum: UInt8 = 2
        static let extra: UInt8 = 4
        static let name: UInt8 = 8
        static let comment: UInt8 = 16
        static let reserved: UInt8 = 0xE0
    }

    /// No name, no time, from an unknown system.
    static let header: [UInt8] = magic + [deflateMethod, 0, 0, 0, 0, 0, 0, 255]
}
