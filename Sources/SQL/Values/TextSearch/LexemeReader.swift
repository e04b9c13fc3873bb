/// Reads lexemes as they are written in values of tsvector and tsquery: bare or in quotes, with `\` before what is to be taken as it is.
struct LexemeReader {
    struct Options: OptionSet {
        let rawValue: Int
        /// `! & | ( ) <` and `:` end a word: of a query.
        static let ofQuery = Options(rawValue: 1)
        /// Quotes and `\` mean nothing: of what people type into a search field.
        static let ofWeb = Options(rawValue: 2)
    }

    let bytes: [UInt8]
    var position = 0
    private let whole: String
    private let options: Options

    init(_ bytes: [UInt8], _ whole: String, _ options: Options) {
        self.bytes = bytes
        self.whole = whole
        self.options = options
    }

    private func fault() -> SQLError {
        SQLError(.syntaxError, "syntax error in \(options.contains(.ofQuery) ? "tsquery" : "tsvector"): \"\(whole)\"")
    }

    var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    var isAtOperator: Bool { byte.map { Self.operators.contains($0) } ?? false }
    private static let operators = Array("!&|()<".utf8)

    /// Whether the character here is a blank, and how many bytes it has.
    func blank() -> (isBlank: Bool, length: Int) {
        let character = SearchCharacter(bytes, position)
        return (character.isSpace, character.length)
    }

    /// The next word with its positions; nil at the end.
    mutating func next() throws(SQLError) -> (word: [UInt8], positions: [TSVector.Position])? {
        let quote = UInt8(ascii: "'")
        let escape = UInt8(ascii: "\\")
        while blank().isBlank { position += blank().length }
        guard let first = byte else { return nil }
        if options.contains(.ofQuery), isAtOperator { throw fault() }
        var word: [UInt8] = []
        if !options.contains(.ofWeb), first == quote {
            position += 1
            try readQuoted(&word, quote, escape)
            guard !word.isEmpty else { throw fault() }
        } else {
            try readBare(&word, escape)
        }
        var positions: [TSVector.Position] = []
        if !options.contains(.ofQuery), byte == UInt8(ascii: ":") {
            position += 1
            try readPositions(&positions)
        }
        return (word, positions)
    }

    private mutating func readQuoted(_ word: inout [UInt8], _ quote: UInt8, _ escape: UInt8) throws(SQLError) {
        while true {
            guard let byte else { throw fault() }
            if byte == quote {
                position += 1
                guard self.byte == quote else { return }
                word.append(quote)
                position += 1
            } else if byte == escape {
                try readEscaped(&word)
            } else {
                word.append(byte)
                position += 1
            }
        }
    }

    private mutating func readEscaped(_ word: inout [UInt8]) throws(SQLError) {
        position += 1
        let length = SearchCharacter(bytes, position).length
        guard length > 0 else { throw SQLError(.syntaxError, "there is no escaped character: \"\(whole)\"") }
        word += bytes[position..<position + length]
        position += length
    }

    private mutating func readBare(_ word: inout [UInt8], _ escape: UInt8) throws(SQLError) {
        var isFirst = true
        while let byte {
            if !options.contains(.ofWeb), byte == escape {
                try readEscaped(&word)
            } else if !isFirst, byte == UInt8(ascii: ":") {
                break
            } else {
                let (isBlank, length) = blank()
                if isBlank || (options.contains(.ofQuery) && isAtOperator) || (!isFirst && isQuoteOfWeb) { break }
                word += bytes[position..<position + length]
                position += length
            }
            isFirst = false
        }
        guard !word.isEmpty else { throw fault() }
    }

    private var isQuoteOfWeb: Bool { options.contains(.ofWeb) && byte == UInt8(ascii: "\"") }

    private mutating func readPositions(_ positions: inout [TSVector.Position]) throws(SQLError) {
        while true {
            var place = 0
            let start = position
            while let byte, ASCII.isDigit(byte) {
                place = min(place * 10 + Int(byte - 48), 1 << 40)
                position += 1
            }
            guard position > start else { throw fault() }
            guard place > 0 else { throw SQLError(.syntaxError, "wrong position info in tsvector: \"\(whole)\"") }
            var weight = 0
            reading: while let byte {
                switch byte {
                case UInt8(ascii: "a"), UInt8(ascii: "A"), UInt8(ascii: "*"): try set(3)
                case UInt8(ascii: "b"), UInt8(ascii: "B"): try set(2)
                case UInt8(ascii: "c"), UInt8(ascii: "C"): try set(1)
                case UInt8(ascii: "d"), UInt8(ascii: "D"): try set(0)
                default:
                    if ASCII.isDigit(byte) { break }
                    break reading
                }
                position += 1
            }
            func set(_ new: Int) throws(SQLError) {
                guard weight == 0 else { throw fault() }
                weight = new
            }
            positions.append(TSVector.Position(place, weight: weight))
            guard let byte, !blank().isBlank else { return }
            guard byte == UInt8(ascii: ",") else { throw fault() }
            position += 1
        }
    }
}

/// One character of a text of UTF-8.
struct SearchCharacter {
    let scalar: Unicode.Scalar?
    /// In bytes; 0 at the end.
    let length: Int

    init(_ bytes: [UInt8], _ position: Int) {
        guard position < bytes.count else {
            scalar = nil
            length = 0
            return
        }
        let first = bytes[position]
        let count = min(first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2, bytes.count - position)
        length = count
        scalar =
            first < 0x80 ? Unicode.Scalar(first) : String(decoding: bytes[position..<position + count], as: UTF8.self).unicodeScalars.first
    }

    var isSpace: Bool {
        guard let scalar else { return false }
        if scalar.isASCII { return scalar.value == 32 || (9...13).contains(scalar.value) }
        return scalar.properties.isWhitespace && ![0x85, 0xA0, 0x2007, 0x202F].contains(scalar.value)
    }

    var isAlphanumeric: Bool { scalar.map { $0.properties.isAlphabetic || $0.properties.numericType == .decimal } ?? false }
}
