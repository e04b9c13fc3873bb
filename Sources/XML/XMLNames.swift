package import Ground

/// Names as XML 1.0, fifth edition, and Namespaces in XML 1.0 have them.
package enum XMLNames {
    // A bit for each ASCII character that may stand in a name, and does not separate its parts as the colon does.
    private static var lowNameBytes: UInt64 { 0x03FF_6000_0000_0000 }
    private static var highNameBytes: UInt64 { 0x07FF_FFFE_87FF_FFFE }

    @inline(__always) private static func isASCIINameByte(_ byte: UInt8) -> Bool {
        (byte < 64 ? lowNameBytes : highNameBytes) >> UInt64(byte & 63) & 1 != 0
    }

    /// Whether a name (without a colon) can begin at `index`.
    @inline(__always) package static func beginsName(_ bytes: Bytes, at index: Int) -> Bool {
        guard index < bytes.count else { return false }
        let byte = bytes[index]
        if byte < 0x80 { return byte >= 0x41 && isASCIINameByte(byte) }
        return isStart(scalar(bytes, at: index).value)
    }

    /// Behind the characters from `index` on that a name may have, without colons.
    ///
    /// - Precondition: the bytes are valid UTF-8.
    @inline(__always) package static func end(_ bytes: Bytes, from index: Int) -> Int {
        var index = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x80 {
                guard isASCIINameByte(byte) else { return index }
                index += 1
            } else {
                let (value, length) = scalar(bytes, at: index)
                guard isContinuation(value) else { return index }
                index += length
            }
        }
        return index
    }

    /// Whether the bytes are a name without a colon.
    package static func isName(_ bytes: Bytes) -> Bool {
        beginsName(bytes, at: 0) && end(bytes, from: 0) == bytes.count
    }

    /// The character at `index` of valid UTF-8, and its bytes.
    static func scalar(_ bytes: Bytes, at index: Int) -> (value: UInt32, length: Int) {
        let first = UInt32(bytes[index])
        if first < 0x80 { return (first, 1) }
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard index + length <= bytes.count else { return (0, 1) }
        var value = first & (0xFF >> UInt32(length + 1))
        for next in index + 1..<index + length { value = value << 6 | UInt32(bytes[next] & 0x3F) }
        return (value, length)
    }

    /// NameStartChar beyond ASCII.
    private static func isStart(_ value: UInt32) -> Bool {
        switch value {
        case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D, 0x2070...0x218F, 0x2C00...0x2FEF,
            0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF:
            true
        default: false
        }
    }

    /// NameChar beyond ASCII.
    private static func isContinuation(_ value: UInt32) -> Bool {
        isStart(value) || value == 0xB7 || value >= 0x300 && value <= 0x36F || value == 0x203F || value == 0x2040
    }

    /// Whether a document may have the character (Char), as a reference too.
    package static func isCharacter(_ value: UInt32) -> Bool {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}

extension UInt8 {
    /// A blank, a tab or the end of a line. Carriage returns are left only where a reference made one.
    @inline(__always) var isXMLSpace: Bool { self == 0x20 || self == 0x0A || self == 0x09 || self == 0x0D }
}
