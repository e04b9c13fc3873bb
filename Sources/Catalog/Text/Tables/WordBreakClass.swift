/// What a character does at the boundary of words: the property `Word_Break` of UAX #29, with what else is asked of letters.
struct WordBreakClass: Equatable, Sendable {
    let rawValue: UInt8

    static let other = Self(rawValue: 0)
    static let carriageReturn = Self(rawValue: 1)
    static let lineFeed = Self(rawValue: 2)
    static let newline = Self(rawValue: 3)
    static let extend = Self(rawValue: 4)
    static let joiner = Self(rawValue: 5)
    static let format = Self(rawValue: 6)
    static let katakana = Self(rawValue: 7)
    static let hebrew = Self(rawValue: 8)
    static let letter = Self(rawValue: 9)
    static let midLetter = Self(rawValue: 10)
    static let midNumber = Self(rawValue: 11)
    static let midBoth = Self(rawValue: 12)
    static let singleQuote = Self(rawValue: 13)
    static let doubleQuote = Self(rawValue: 14)
    static let numeric = Self(rawValue: 15)
    static let connector = Self(rawValue: 16)
    static let regional = Self(rawValue: 17)
    static let space = Self(rawValue: 18)
    static let pictograph = Self(rawValue: 19)
    static let pictographicLetter = Self(rawValue: 20)
    /// A letter of a script that writes no spaces: Han, Hiragana, Thai and others. UAX #29 makes each a word; see ``TextAnalyzer``.
    static let unspaced = Self(rawValue: 21)
    static let hangul = Self(rawValue: 22)

    /// `ALetter` or `Hebrew_Letter`.
    var isLetter: Bool { self == .letter || self == .hebrew || self == .pictographicLetter || self == .hangul }
    var isPictographic: Bool { self == .pictograph || self == .pictographicLetter }
    var endsLine: Bool { rawValue >= 1 && rawValue <= 3 }
    /// It belongs to the character before it.
    var isAttached: Bool { rawValue >= 4 && rawValue <= 6 }
    /// Words of such letters are found by pairs of letters.
    var isPaired: Bool { self == .unspaced || self == .hangul || self == .katakana }

    private static let classes = CodePointClasses(data)

    /// The class of a code point.
    static func of(_ code: UInt32) -> WordBreakClass { WordBreakClass(rawValue: classes[code]) }
}
