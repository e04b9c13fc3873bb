/// Finds the keyword that a word of the text spells, without making a string of the word.
///
/// The table is an open-addressed hash table over the folded bytes of the words.
struct KeywordTable: Sendable {
    static let shared = KeywordTable()

    /// The words in lower case, by raw value.
    let spellings: [String]
    /// The same words as bytes, one after the other.
    private let bytes: [UInt8]
    /// Where the word of a raw value begins in `bytes`; one more entry tells where the last one ends.
    private let starts: [UInt16]
    /// Raw values, or 0, by hash.
    private let slots: [UInt16]

    /// No keyword is longer.
    static let maximumLength = 17
    private static let slotCount = 2048

    private init() {
        var spellings: [String] = []
        var bytes: [UInt8] = []
        var starts: [UInt16] = []
        var slots = [UInt16](repeating: 0, count: Self.slotCount)
        for keyword in Keyword.allCases {
            let spelling = Self.spelling(of: keyword)
            spellings.append(spelling)
            starts.append(UInt16(bytes.count))
            bytes += Array(spelling.utf8)
            guard keyword != .notKeyword, keyword.rawValue < Keyword.notBefore.rawValue else { continue }
            var slot = Int(spelling.utf8.reduce(0) { Self.hash($0, adding: $1) }) & (Self.slotCount - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (Self.slotCount - 1) }
            slots[slot] = keyword.rawValue
        }
        starts.append(UInt16(bytes.count))
        self.spellings = spellings
        self.bytes = bytes
        self.starts = starts
        self.slots = slots
    }

    /// A case is named as its word is spelled, but in camel case.
    private static func spelling(of keyword: Keyword) -> String {
        switch keyword {
        case .notBefore: return "not"
        case .nullsBefore: return "nulls"
        case .withBefore: return "with"
        default: break
        }
        var spelling = ""
        for letter in String(describing: keyword) {
            if letter.isUppercase { spelling += "_" }
            spelling += letter.lowercased()
        }
        return spelling
    }

    /// The hash of a word is made of its folded bytes, one after the other, beginning with 0.
    static func hash(_ hash: UInt32, adding byte: UInt8) -> UInt32 {
        (hash ^ UInt32(byte)) &* 0x0100_0193
    }

    /// The keyword that stands at a place of the text, in letters of any case.
    func keyword(in text: [UInt8], at range: Range<Int>, hash: UInt32) -> Keyword {
        var slot = Int(hash) & (Self.slotCount - 1)
        while slots[slot] != 0 {
            let candidate = Int(slots[slot])
            let start = Int(starts[candidate])
            if Int(starts[candidate + 1]) - start == range.count {
                var index = 0
                while index < range.count, text[range.lowerBound + index].asciiLowercased == bytes[start + index] { index += 1 }
                if index == range.count { return Keyword(rawValue: slots[slot]) ?? .notKeyword }
            }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
        return .notKeyword
    }
}

extension UInt8 {
    /// Unquoted identifiers fold their ASCII letters alone.
    var asciiLowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    var isASCIIUppercase: Bool { self &- 0x41 < 26 }
    var isDigit: Bool { self &- 0x30 < 10 }
    var isHexDigit: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }

    /// The value of a hexadecimal digit.
    var hexValue: UInt32 { UInt32(isDigit ? self - 0x30 : (self | 0x20) - 0x61 + 10) }

    /// A blank, as the lexer knows it: a vertical tab is none.
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0a || self == 0x0d || self == 0x0c }

    var isLineBreak: Bool { self == 0x0a || self == 0x0d }
    var startsIdentifier: Bool { (self | 0x20) &- 0x61 < 26 || self == 0x5f || self >= 0x80 }
    var continuesIdentifier: Bool { startsIdentifier || isDigit || self == 0x24 }

    /// Whether operators may be made of the byte: `~!@#^&|` and the grave accent, `?+-*/%<>=`.
    var isOperatorByte: Bool {
        switch self {
        case 0x7e, 0x21, 0x40, 0x23, 0x5e, 0x26, 0x7c, 0x60, 0x3f, 0x2b, 0x2d, 0x2a, 0x2f, 0x25, 0x3c, 0x3e, 0x3d: true
        default: false
        }
    }
}
