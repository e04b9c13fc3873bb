import Ground

/// Words of ASCII, of which most texts consist, without looking at each character by itself.
///
/// In a text of ASCII the rules of UAX #29, and what ``TextAnalyzer`` changes of them, come to this: a word is a run of letters, digits and `_`
/// with at least one letter or digit, and `.`, `,`, `;` and `'` go on with it between two digits. What is not ASCII may belong to what
/// stands before it, so a piece that it follows is none of these.
extension Bytes {
    /// A byte of eight each, in which the highest bit says whether it is an ASCII letter or digit.
    @inline(__always)
    private static func plainBits(_ word: UInt64) -> UInt64 {
        // Sums of numbers below 128 and these carry nothing over into the next byte.
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let lower = low | Self.lowerCase
        let letters = (lower &+ 0x1F1F_1F1F_1F1F_1F1F) & ~(lower &+ 0x0505_0505_0505_0505)
        let digits = (low &+ 0x5050_5050_5050_5050) & ~(low &+ 0x4646_4646_4646_4646)
        return (letters | digits) & ~word & 0x8080_8080_8080_8080
    }

    /// The bit by which ASCII letters of the one case differ from those of the other, and which digits have.
    static var lowerCase: UInt64 { 0x2020_2020_2020_2020 }

    /// The eight bytes from a place on, the first one lowest; zeros stand for what is missing.
    @inline(__always)
    func wordOrRest(at place: Int) -> UInt64 {
        place &+ 8 <= count ? word(at: place) : rest(at: place)
    }

    private func rest(at place: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in place..<Swift.max(place, count) { word |= UInt64(self[index]) << UInt64(8 * (index - place)) }
        return word
    }

    /// How many of eight bytes, from the lowest on, are ASCII letters and digits.
    @inline(__always)
    static func plainCount(_ word: UInt64) -> Int {
        (~plainBits(word) & 0x8080_8080_8080_8080).trailingZeroBitCount &>> 3
    }

    /// Where a run of ASCII letters and digits ends that goes on at a place.
    func endOfPlain(from start: Int) -> Int {
        var place = start
        while true {
            let more = Self.plainCount(wordOrRest(at: place))
            place &+= more
            if more < 8 { return place }
        }
    }

    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// Whether a byte goes on with a word that has a digit before it, if one comes behind it.
    @inline(__always)
    static func joinsDigits(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "'")
    }

    /// Where a word of ASCII ends that begins at a place, and whether it has a letter or a digit; nil if what is not ASCII may belong to it.
    func wordOfASCII(from start: Int) -> (end: Int, hasText: Bool)? {
        var place = start
        var hasText = false
        while place < count {
            let byte = self[place]
            if Self.isPlain(byte) {
                hasText = true
            } else if byte >= 0x80 {
                return nil
            } else if byte != UInt8(ascii: "_") {
                guard Self.joinsDigits(byte), place > start, Self.isDigit(self[place - 1]), place + 1 < count else { break }
                if self[place + 1] >= 0x80 { return nil }
                guard Self.isDigit(self[place + 1]) else { break }
            }
            place += 1
        }
        return (place, hasText)
    }

    /// Whether a letter of ASCII in a range is in upper case.
    func hasUpperCase(_ range: Range<Int>) -> Bool {
        for place in range where self[place] &- 0x41 < 26 { return true }
        return false
    }

    /// Where a run of blanks ends.
    func endOfBlanks(from start: Int) -> Int {
        var place = start
        while place < count, self[place] == UInt8(ascii: " ") { place &+= 1 }
        return place
    }
}
