extension [UInt8] {
    /// Two hexadecimal digits a byte, letters small.
    package var hexadecimal: String {
        var digits = ByteBuffer()
        for byte in self {
            for digit in [byte >> 4, byte & 15] { digits.append(digit < 10 ? 0x30 + digit : 0x61 - 10 + digit) }
        }
        return digits.string
    }

    /// The bytes that such digits are of, letters small or large; nil if anything else is among them, or one is alone.
    package init?(hexadecimal text: String) {
        func value(_ digit: UInt8) -> UInt8? {
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x41...0x46: digit - 0x41 + 10
            case 0x61...0x66: digit - 0x61 + 10
            default: nil
            }
        }
        self = []
        var high: UInt8?
        for digit in text.utf8 {
            guard let value = value(digit) else { return nil }
            if let first = high {
                append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        if high != nil { return nil }
    }
}
