/// What is looked for in a text index.
///
/// Each group must be met, which it is by any of its parts; and no document that one of the excluded parts finds is an answer. What meets a
/// preferred part comes before what doesn't.
package struct TextQuery: Equatable, Sendable {
    package enum Part: Equatable, Sendable {
        case word([UInt8])
        /// Words at these distances from the first one's position, in one field.
        case phrase([(term: [UInt8], offset: Int)])
        /// Words in any order, with at most so many others between the first and the last of them.
        case near([[UInt8]], distance: Int)
        /// All words that begin so.
        case prefix([UInt8])
        /// All words that differ by so many letters at most: each counts 1/(1 + its distance).
        case similar([UInt8], distance: Int)
        /// The same in the field of this number only.
        indirect case inField(Int, Part)
        /// The same without a score: it is scored in another group.
        indirect case unscored(Part)

        package static func == (left: Part, right: Part) -> Bool {
            switch (left, right) {
            case (.word(let a), .word(let b)), (.prefix(let a), .prefix(let b)): a == b
            case (.phrase(let a), .phrase(let b)): a.elementsEqual(b) { $0.term == $1.term && $0.offset == $1.offset }
            case (.near(let a, let n), .near(let b, let m)): a == b && n == m
            case (.similar(let a, let n), .similar(let b, let m)): a == b && n == m
            case (.inField(let n, let a), .inField(let m, let b)): n == m && a == b
            case (.unscored(let a), .unscored(let b)): a == b
            default: false
            }
        }
    }

    package var groups: [[Part]] = []
    package var excluded: [Part] = []
    package var preferred: [Part] = []

    /// How what people type is read beyond its signs.
    package struct Options: Sendable, Hashable {
        /// One of the words is enough.
        package var anyWord = false
        /// Words may have typos.
        package var isFuzzy = false
        /// The last word may be the beginning of one.
        package var lastIsPrefix = false
        /// Words and phrases that stand for each other: who asks for one asks for all of its set.
        package var synonyms: [[String]] = []

        /// How many words all sets may have.
        package static let synonymLimit = 1_000

        package init(anyWord: Bool = false, isFuzzy: Bool = false, lastIsPrefix: Bool = false) {
            self.anyWord = anyWord
            self.isFuzzy = isFuzzy
            self.lastIsPrefix = lastIsPrefix
        }
    }

    package init(groups: [[Part]] = [], excluded: [Part] = [], preferred: [Part] = []) {
        self.groups = groups
        self.excluded = excluded
        self.preferred = preferred
    }

    /// Reads what people type: words that must all be there, `"a phrase"`, `one OR other`, `-not`, `begin*`, `similar~`, `"near these"~5`.
    ///
    /// Whatever is typed, it is a query: what can't be read is words. What is analysed to several words (`state-of-the-art`) is a phrase.
    ///
    /// - Parameter fields: names of fields, by their numbers; `name:word` looks for the word in that one only.
    package init(_ text: String, _ analyzer: inout TextAnalyzer, _ options: Options = Options(), fields: [String] = []) {
        var scanner = QueryScanner(Array(text.utf8), fields)
        var synonyms: [[Part]] = []
        for set in options.synonyms { synonyms.append(set.compactMap { Part(analyzer.words(of: Array($0.utf8))) }) }
        var joinsNext = false
        while let piece = scanner.next() {
            if piece.isOr {
                joinsNext = !groups.isEmpty
                continue
            }
            var parts = Part.parts(piece, &analyzer, options, synonyms)
            var isPreferred = false
            if piece.isPlain, options.lastIsPrefix, scanner.isAtEnd, let start = Part.beginning(piece, &analyzer) {
                // A word that is left out may be the beginning of one that isn't. Who has typed it to its end would find less by it, if it had
                // to be met beside others.
                isPreferred = parts.isEmpty && !groups.isEmpty && !joinsNext && !options.anyWord
                // The word itself counts twice, so it comes before those that only begin like it.
                if parts.isEmpty || parts[0].isWord { parts.append(start) }
            }
            guard !parts.isEmpty else { continue }
            if isPreferred {
                preferred = parts
            } else if piece.isExcluded {
                excluded += parts
            } else if (joinsNext || options.anyWord) && !groups.isEmpty {
                groups[groups.count - 1] += parts
            } else {
                groups.append(parts)
            }
            joinsNext = false
        }
    }
}

extension TextQuery.Part {
    /// What a piece asks for: any of these.
    fileprivate static func parts(
        _ piece: QueryScanner.Piece, _ analyzer: inout TextAnalyzer, _ options: TextQuery.Options, _ synonyms: [[TextQuery.Part]]
    ) -> [TextQuery.Part] {
        guard let part = TextQuery.Part(piece, &analyzer) else { return [] }
        var parts = [part]
        if piece.marks == .none {
            for other in synonyms.filter({ $0.contains(part) }).joined() where !parts.contains(other) { parts.append(other) }
        }
        // The word as it stands counts more than those that are like it.
        if options.isFuzzy, piece.isPlain, case .word(let term) = part, let similar = similar(term) { parts[0] = similar }
        return piece.field.map { field in parts.map { .inField(field, $0) } } ?? parts
    }

    /// Whether it is one word, or those that are like it.
    fileprivate var isWord: Bool {
        switch self {
        case .word, .similar: true
        case .inField(_, let part), .unscored(let part): part.isWord
        case .phrase, .near, .prefix: false
        }
    }

    /// The words that begin as a piece is written; nil unless it is the beginning of one word, of two letters at least.
    fileprivate static func beginning(_ piece: QueryScanner.Piece, _ analyzer: inout TextAnalyzer) -> TextQuery.Part? {
        let words = analyzer.words(of: piece.text, asWritten: true)
        guard words.count == 1, words[0].term.hasTwoLetters else { return nil }
        let start = TextQuery.Part.prefix(words[0].term)
        return piece.field.map { .inField($0, start) } ?? start
    }

    /// Nil for a word so short that another one would be something else.
    private static func similar(_ term: [UInt8]) -> TextQuery.Part? {
        let count = String(decoding: term, as: UTF8.self).unicodeScalars.count
        return count < 5 ? nil : .similar(term, distance: count < 9 ? 1 : 2)
    }

    private init?(_ piece: QueryScanner.Piece, _ analyzer: inout TextAnalyzer) {
        // The beginning of a word has no stem.
        if piece.marks == .prefix, case let start = analyzer.words(of: piece.text, asWritten: true), start.count == 1 {
            self = .prefix(start[0].term)
            return
        }
        // Several words are a phrase as they stand in the index, of whole words.
        let words = analyzer.words(of: piece.text)
        switch piece.marks {
        case .similar where words.count == 1: self = Self.similar(words[0].term) ?? .word(words[0].term)
        case .near(let distance) where words.count > 1: self = .near(words.map(\.term), distance: distance)
        // Such letters stand in the index by twos, but for the ends of their runs.
        case .none where words.count == 1 && TextAnalyzer.isPairedLetter(words[0].term): self = .prefix(words[0].term)
        default: self.init(words)
        }
    }

    fileprivate init?(_ words: [TextAnalyzer.Word]) {
        guard let first = words.first else { return nil }
        self = words.count == 1 ? .word(first.term) : .phrase(words.map { ($0.term, $0.position - first.position) })
    }
}

/// Cuts what people type into pieces: words and phrases, with the signs before and behind them.
private struct QueryScanner {
    enum Marks: Equatable {
        case none, prefix, similar
        case near(Int)
    }

    struct Piece {
        var text: [UInt8]
        var isExcluded = false
        var isOr = false
        var isPhrase = false
        var field: Int?
        var marks = Marks.none

        /// Whether it is a word without signs.
        var isPlain: Bool { marks == .none && !isPhrase && !isExcluded }
    }

    private let text: [UInt8]
    private let fields: [[UInt8]]
    private var place = 0

    init(_ text: [UInt8], _ fields: [String]) {
        self.text = text
        self.fields = fields.map { Array($0.utf8) + [0x3A] }
    }

    var isAtEnd: Bool { text[place...].allSatisfy(Self.isBlank) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

    mutating func next() -> Piece? {
        while place < text.count, Self.isBlank(text[place]) { place += 1 }
        guard place < text.count else { return nil }
        var piece = Piece(text: [])
        if text[place] == 0x2D {
            piece.isExcluded = true
            place += 1
        }
        // The longest name counts: `a` and `a:b` may both be fields.
        let named = fields.indices.filter { text[place...].starts(with: fields[$0]) }.max { fields[$0].count < fields[$1].count }
        if let named, case let next = place + fields[named].count, next < text.count, !Self.isBlank(text[next]) {
            piece.field = named
            place = next
        }
        let quote: UInt8 = 0x22
        if place < text.count, text[place] == quote {
            let start = place + 1
            let end = text[start...].firstIndex(of: quote) ?? text.count
            piece.text = Array(text[start..<end])
            piece.isPhrase = true
            place = min(end + 1, text.count)
            if let distance = distance() { piece.marks = .near(distance) }
            return piece
        }
        let start = place
        while place < text.count, !Self.isBlank(text[place]), text[place] != quote { place += 1 }
        piece.text = Array(text[start..<place])
        if piece.text == [0x4F, 0x52], !piece.isExcluded, piece.field == nil {
            piece.isOr = true
        } else if piece.text.count > 1, piece.text.last == 0x2A {
            piece.text.removeLast()
            piece.marks = .prefix
        } else if piece.text.count > 1, piece.text.last == 0x7E {
            piece.text.removeLast()
            piece.marks = .similar
        }
        return piece
    }

    /// `~5` behind a phrase.
    private mutating func distance() -> Int? {
        guard place < text.count, text[place] == 0x7E else { return nil }
        var end = place + 1
        var distance = 0
        while end < text.count, text[end] >= 0x30, text[end] <= 0x39 {
            distance = min(distance * 10 + Int(text[end] - 0x30), WordPlaces.greatestDistance)
            end += 1
        }
        guard end > place + 1 else { return nil }
        place = end
        return distance
    }
}

extension [UInt8] {
    /// A beginning of fewer letters is that of too many words.
    var hasTwoLetters: Bool { String(decoding: self, as: UTF8.self).unicodeScalars.dropFirst().first != nil }
}

extension TextAnalyzer {
    /// Whether this is one letter of a script that writes no spaces.
    static func isPairedLetter(_ term: [UInt8]) -> Bool {
        guard let (kind, length) = WordBoundaries.character(in: term, at: 0), length == term.count else { return false }
        return kind.isPaired || isRepetition(kind, term[...])
    }
}
