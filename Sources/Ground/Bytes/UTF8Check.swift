/// A check that bytes are valid UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
@usableFromInline package enum UTF8Check {
    @inlinable package static func isValid(_ bytes: Bytes) -> Bool {
        var index = 0
        while index < bytes.count {
            if index + 8 <= bytes.count, WordScan.nonASCII(bytes.word(at: index)) == 0 {
                index += 8
                continue
            }
            let length = sequenceLength(bytes, at: index)
            if length == 0 { return false }
            index += length
        }
        return true
    }

    /// The length of the code point at `index`, 1 to 4, or 0 if it is not valid.
    @inlinable @inline(__always) package static func sequenceLength(_ bytes: Bytes, at index: Int) -> Int {
        let first = bytes[index]
        if first < 0x80 { return 1 }
        let left = bytes.count - index
        guard first >= 0xC2, left >= 2, bytes[index + 1] & 0xC0 == 0x80 else { return 0 }
        if first < 0xE0 { return 2 }
        let second = bytes[index + 1]
        guard left >= 3, bytes[index + 2] & 0xC0 == 0x80 else { return 0 }
        if first < 0xF0 {
            if first == 0xE0 && second < 0xA0 || first == 0xED && second >= 0xA0 { return 0 }
            return 3
        }
        guard left >= 4, bytes[index + 3] & 0xC0 == 0x80, first <= 0xF4 else { return 0 }
        if first == 0xF0 && second < 0x90 || first == 0xF4 && second >= 0x90 { return 0 }
        return 4
    }
}
