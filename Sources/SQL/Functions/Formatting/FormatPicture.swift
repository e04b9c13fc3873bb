/// The picture that to_char, to_date, to_timestamp and to_number are given, taken apart: fields and what stands between them.
struct FormatPicture {
    enum Node {
        case field(Field)
        case space
        case separator(Unicode.Scalar)
        case character(Unicode.Scalar)
    }

    struct Field {
        /// In upper case but for what is written in lower or mixed case on output: `MM`, `Month`, `th`.
        var name: String
        var spelling: String
        var fillsNothing = false
        var isTranslated = false
        /// `TH` or `th` behind it.
        var ordinal: String?
    }

    let nodes: [Node]

    /// Names of fields of dates whose case tells how they are written.
    private static let casedDateFields = [
        "MONTH", "Month", "month", "MON", "Mon", "mon", "DAY", "Day", "day", "DY", "Dy", "dy", "A.D.", "a.d.", "AD", "ad", "B.C.", "b.c.",
        "BC", "bc", "A.M.", "a.m.", "AM", "am", "P.M.", "p.m.", "PM", "pm", "RM", "rm", "TZ", "tz",
    ]
    /// Those that may be in either case, all upper or all lower.
    private static let plainDateFields = [
        "HH24", "HH12", "IDDD", "IYYY", "Y,YYY", "YYYY", "SSSSS", "SSSS", "TZH", "TZM", "DDD", "IYY", "YYY", "FF1", "FF2", "FF3", "FF4",
        "FF5", "FF6", "CC", "DD", "FX", "HH", "ID", "IW", "IY", "MI", "MM", "MS", "OF", "SS", "US", "WW", "YY", "D", "I", "J", "Q", "W",
        "Y",
    ]
    private static let numberFields = [
        "EEEE", "FM", "MI", "PL", "PR", "RN", "SG", "SP", "TH", "B", "C", "D", "G", "L", "S", "V", "0", "9", ",", ".",
    ]

    private typealias Spelling = (text: [UInt8], name: String)

    /// Longer ones first, as the longest that fits is meant.
    private static let dateSpellings: [Spelling] = {
        let cased = casedDateFields.map { (Array($0.utf8), $0) }
        let plain = plainDateFields.flatMap { [(Array($0.utf8), $0), (Array($0.lowercased().utf8), $0)] }
        return (cased + plain).sorted { $0.0.count > $1.0.count }
    }()
    private static let numberSpellings: [Spelling] = numberFields.flatMap { name in
        let lower = name.lowercased()
        let isCased = name == "RN" || name == "TH"
        return lower == name ? [(Array(name.utf8), name)] : [(Array(name.utf8), name), (Array(lower.utf8), isCased ? lower : name)]
    }

    init(ofDate text: String) { nodes = Self.nodes(text, Self.dateSpellings, isDate: true) }
    init(ofNumber text: String) { nodes = Self.nodes(text, Self.numberSpellings, isDate: false) }

    private static func nodes(_ text: String, _ spellings: [Spelling], isDate: Bool) -> [Node] {
        var nodes: [Node] = []
        var rest = Array(text.utf8)[...]
        func isNext(_ word: String) -> Bool { rest.starts(with: word.utf8) }
        while let first = rest.first {
            var field = Field(name: "", spelling: "")
            if isDate {
                if isNext("FM") || isNext("fm") { field.fillsNothing = true }
                if isNext("TM") || isNext("tm") { field.isTranslated = true }
                if field.fillsNothing || field.isTranslated { rest = rest.dropFirst(2) }
            }
            if let found = spellings.first(where: { rest.starts(with: $0.text) }) {
                field.name = found.name
                field.spelling = String(decoding: found.text, as: UTF8.self)
                rest = rest.dropFirst(found.text.count)
                if isDate {
                    for suffix in ["TH", "th", "SP"] where isNext(suffix) {
                        if suffix == "TH" || suffix == "th" { field.ordinal = suffix }
                        rest = rest.dropFirst(2)
                        break
                    }
                }
                nodes.append(.field(field))
            } else if field.fillsNothing || field.isTranslated {
                continue
            } else if first == UInt8(ascii: "\"") {
                rest = rest.dropFirst()
                while let byte = rest.first {
                    if byte == UInt8(ascii: "\"") {
                        rest = rest.dropFirst()
                        break
                    }
                    if byte == UInt8(ascii: "\\"), rest.count > 1 { rest = rest.dropFirst() }
                    nodes.append(.character(takeScalar(&rest)))
                }
            } else {
                if isNext("\\\"") { rest = rest.dropFirst() }
                let scalar = takeScalar(&rest)
                if isDate, isSeparator(scalar) {
                    nodes.append(.separator(scalar))
                } else if scalar.isASCII, ASCII.isSpace(UInt8(scalar.value)) {
                    nodes.append(scalar == " " ? .space : .character(scalar))
                } else {
                    nodes.append(.character(scalar))
                }
            }
        }
        return nodes
    }

    private static func takeScalar(_ bytes: inout ArraySlice<UInt8>) -> Unicode.Scalar {
        let length = bytes.first.map { $0 < 0x80 ? 1 : $0 < 0xE0 ? 2 : $0 < 0xF0 ? 3 : 4 } ?? 1
        let scalar = String(decoding: bytes.prefix(length), as: UTF8.self).unicodeScalars.first ?? " "
        bytes = bytes.dropFirst(length)
        return scalar
    }

    static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value > 0x20, scalar.value < 0x7F else { return false }
        let byte = UInt8(scalar.value)
        return !ASCII.isLetter(byte) && !ASCII.isDigit(byte)
    }

    /// English's ending of an ordinal number.
    static func ordinal(of digits: some BidirectionalCollection<UInt8>) -> String {
        let isTeen = digits.dropLast().last == UInt8(ascii: "1")
        switch isTeen ? 0 : digits.last {
        case UInt8(ascii: "1"): return "st"
        case UInt8(ascii: "2"): return "nd"
        case UInt8(ascii: "3"): return "rd"
        default: return "th"
        }
    }

    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    /// From December down: a numeral goes before those that begin like it.
    static let romanMonths = ["XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I"]
}
