import Ground

/// The lexemes of a document and their places, put together as SQL puts a tsvector together.
package struct DocumentLexemes {
    private typealias Place = (number: Int, weight: Int)

    /// The places of each lexeme, ascending; none where they are not known.
    private var places: [[UInt8]: [Place]] = [:]

    // What a tsvector has at most: places of a lexeme that a text was cut into, places of one, and the number of a place.
    private static let mostOfText = 255
    private static let most = 256
    private static let lastPlace = 16_383
    /// Of all lexemes and places.
    package static let mostBytes = 1_048_575

    /// How often a word counts that stands somewhere with a weight, D first: the proportions of `ts_rank`.
    private static let factors: [UInt64] = [1, 2, 4, 10]

    private init() {}

    /// Nil if one of the parts is NULL. Throws `.tooLarge` where SQL has no tsvector as large.
    init?(
        _ source: LexemeSource, _ document: Datum, _ known: inout [SearchConfiguration: SearchLexemes]
    ) throws(CatalogError) {
        var whole: DocumentLexemes?
        for part in source.parts {
            guard let next = Self.part(part, document, &known) else { return nil }
            try next.check()
            if whole == nil { whole = next } else { whole?.append(next) }
            try whole?.check()
        }
        places = whole?.places ?? [:]
    }

    private func check() throws(CatalogError) {
        // What aligns places takes a byte at most. Where it hangs on these, the order of the lexemes counts.
        let most = places.reduce(0) { $0 + $1.key.count + 3 + 2 * $1.value.count }
        guard most > Self.mostBytes else { return }
        var size = 0
        for (lexeme, places) in places.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            size += lexeme.count
            if !places.isEmpty { size += (size & 1) + 2 + 2 * places.count }
        }
        guard size > Self.mostBytes else { return }
        throw CatalogError(.tooLarge, "string is too long for tsvector (\(size) bytes, max \(Self.mostBytes) bytes)")
    }

    private static func part(
        _ part: LexemeSource.Part, _ document: Datum, _ known: inout [SearchConfiguration: SearchLexemes]
    ) -> DocumentLexemes? {
        var lexemes = DocumentLexemes()
        let weight: Int?
        switch part {
        case .texts(let pieces, let name, let given):
            guard let configuration = SearchConfiguration.named(name), let text = text(pieces, document) else { return nil }
            weight = given
            known[configuration, default: SearchLexemes(configuration)].analyze(text) { _, lexeme, place in
                if let lexeme { lexemes.add(lexeme, min(place, lastPlace)) }
            }
        case .stored(let field, let given):
            guard let value = document[field: field], value.kind == .string else { return nil }
            weight = given
            guard lexemes.read(value.withBytes { $0.copy() }) else { return nil }
        }
        if let weight {
            lexemes.places = lexemes.places.mapValues { places in places.map { place in (number: place.number, weight: weight) } }
        }
        return lexemes
    }

    private static func text(_ pieces: [LexemeSource.Piece], _ document: Datum) -> [UInt8]? {
        var text: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .constant(let constant): text += constant.utf8
            case .field(let name, let otherwise):
                if let value = document[field: name], value.kind == .string {
                    text += value.withBytes { $0.copy() }
                } else if let otherwise {
                    text += otherwise.utf8
                } else {
                    return nil
                }
            }
        }
        return text
    }

    /// Places of a lexeme come in order.
    private mutating func add(_ lexeme: [UInt8], _ place: Int) {
        let last = places[lexeme]?.last?.number
        guard last != place, last != Self.lastPlace, places[lexeme]?.count ?? 0 < Self.mostOfText else { return }
        places[lexeme, default: []].append((number: place, weight: 0))
    }

    /// Another's behind these: its places go on from the last of all.
    private mutating func append(_ other: DocumentLexemes) {
        let end = places.values.reduce(0) { max($0, $1.last?.number ?? 0) }
        for (lexeme, theirs) in other.places {
            var all = places[lexeme] ?? []
            for place in theirs {
                if all.count == Self.most || all.last?.number == Self.lastPlace { break }
                all.append((number: min(place.number + end, Self.lastPlace), weight: place.weight))
            }
            places[lexeme] = all
        }
    }

    /// `'a':1A,3 'b'`: a tsvector as it is stored. False for what is none.
    private mutating func read(_ text: [UInt8]) -> Bool {
        let (quote, backslash) = (UInt8(ascii: "'"), UInt8(ascii: "\\"))
        var index = 0
        while index < text.count {
            if !places.isEmpty {
                guard text[index] == UInt8(ascii: " ") else { return false }
                index += 1
            }
            guard index < text.count, text[index] == quote else { return false }
            index += 1
            var lexeme: [UInt8] = []
            while true {
                guard index < text.count else { return false }
                let byte = text[index]
                index += 1
                if byte == quote || byte == backslash {
                    // Within a lexeme both stand twice.
                    if index < text.count, text[index] == byte { index += 1 } else if byte == quote { break } else { return false }
                }
                lexeme.append(byte)
            }
            places[lexeme] = Self.places(text, &index)
        }
        return true
    }

    private static func places(_ text: [UInt8], _ index: inout Int) -> [Place] {
        var found: [Place] = []
        while index < text.count, text[index] == UInt8(ascii: ":") || text[index] == UInt8(ascii: ",") {
            index += 1
            var number = 0
            while index < text.count, (0x30...0x39).contains(text[index]), number <= lastPlace {
                number = number * 10 + Int(text[index] - 0x30)
                index += 1
            }
            var weight = 0
            if index < text.count, let letter = Array("DCBA".utf8).firstIndex(of: text[index]) {
                weight = letter
                index += 1
            }
            found.append((number: min(number, lastPlace), weight: weight))
        }
        return found
    }

    /// As they stand in an index.
    var words: DocumentWords {
        var words: [[UInt8]: DocumentWords.Word] = [:]
        for (lexeme, places) in places {
            let term = LexemeTerm.of(lexeme).term
            // A field may say any, in any order.
            let numbers = places.isEmpty ? [LexemeTerm.unknownPlace] : Set(places.map { UInt64($0.number) }).sorted()
            let count: UInt64 = max(1, places.reduce(0) { $0 + Self.factors[$1.weight] })
            guard let other = words[term] else {
                words[term] = DocumentWords.Word(term: term, count: count, positions: numbers)
                continue
            }
            words[term] = DocumentWords.Word(
                term: term, count: other.count + count, positions: Set(other.positions + numbers).sorted())
        }
        return DocumentWords(Array(words.values))
    }
}
