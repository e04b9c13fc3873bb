/// A text in the pieces that UAX #29 cuts it into: words, and what stands between them.
struct WordBoundaries {
    private let text: [UInt8]
    /// Where the piece that was found last ends, and the next begins.
    var end = 0
    /// How many characters were looked at, of which some are looked at more often than once.
    private(set) var stepCount = 0

    /// - Parameter text: UTF-8.
    init(_ text: [UInt8]) {
        self.text = text
    }

    /// The next piece; nil at the text's end.
    mutating func next() -> Range<Int>? {
        let start = end
        guard let (first, length) = Self.character(in: text, at: start) else { return nil }
        end = start + length
        if first.endsLine {
            if first == .carriageReturn, let (next, length) = Self.character(in: text, at: end), next == .lineFeed { end += length }
            return start..<end
        }
        // The class of the last character, and of the last one that is not attached to another.
        var last = first
        var before = first
        var regionals = first == .regional ? 1 : 0
        // The character before is one that stands within words, and what follows was seen already.
        var isBridge = false
        while let (next, length) = Self.character(in: text, at: end), !next.endsLine {
            stepCount &+= 1
            if next.isAttached {
                last = next
                end += length
                continue
            }
            let joins: Bool
            if isBridge || (last == .joiner && next.isPictographic) || (last == .space && next == .space) {
                joins = true
                isBridge = false
            } else if let bridges = bridges(before, next, behind: end + length) {
                joins = true
                isBridge = bridges
            } else {
                joins = Self.joins(before, next) || (before == .regional && next == .regional && regionals % 2 == 1)
            }
            guard joins else { break }
            if next == .regional { regionals += 1 }
            before = next
            last = next
            end += length
        }
        return start..<end
    }

    /// Rules 5, 8 to 10, 13: two characters of which words consist.
    private static func joins(_ before: WordBreakClass, _ next: WordBreakClass) -> Bool {
        if next.isLetter { return before.isLetter || before == .numeric || before == .connector }
        if next == .numeric { return before.isLetter || before == .numeric || before == .connector }
        if next == .katakana { return before == .katakana || before == .connector }
        if next == .connector { return before.isLetter || before == .numeric || before == .katakana || before == .connector }
        return false
    }

    /// Rules 6, 7, 11, 12: a character that stands within words if the right ones surround it. nil: it does not join the one before; false:
    /// it joins that one, whatever follows.
    private mutating func bridges(_ before: WordBreakClass, _ next: WordBreakClass, behind place: Int) -> Bool? {
        switch next {
        case .midLetter, .midBoth, .singleQuote:
            if before.isLetter, let follower = follower(at: place), follower.isLetter { return true }
            if before == .hebrew && next == .singleQuote { return false }
            guard next != .midLetter, before == .numeric, follower(at: place) == .numeric else { return nil }
            return true
        case .midNumber:
            return before == .numeric && follower(at: place) == .numeric ? true : nil
        case .doubleQuote:
            return before == .hebrew && follower(at: place) == .hebrew ? true : nil
        default:
            return nil
        }
    }

    /// The next character that is not attached to another.
    private mutating func follower(at place: Int) -> WordBreakClass? {
        var place = place
        while let (next, length) = Self.character(in: text, at: place) {
            stepCount &+= 1
            if !next.isAttached { return next }
            place += length
        }
        return nil
    }

    /// A character's class, and its length in bytes; nil at the text's end. A byte that begins no character is one of its own.
    @inline(__always)
    static func character(in text: [UInt8], at place: Int) -> (WordBreakClass, Int)? {
        guard place < text.count else { return nil }
        if text[place] < 0x80 { return (.of(UInt32(text[place])), 1) }
        let (code, length) = scalar(in: text, at: place)
        return (.of(code), length)
    }

    /// A code point of UTF-8, and its length in bytes.
    static func scalar(in text: [UInt8], at place: Int) -> (code: UInt32, length: Int) {
        let lead = text[place]
        let length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0
        if length == 1 { return (UInt32(lead), 1) }
        guard length > 0, place + length <= text.count else { return (0xFFFD, 1) }
        var code = UInt32(lead) & (0x7F >> UInt32(length))
        for index in (place + 1)..<(place + length) {
            guard text[index] & 0xC0 == 0x80 else { return (0xFFFD, 1) }
            code = code << 6 | UInt32(text[index] & 0x3F)
        }
        return (code, length)
    }
}
