/// Cuts texts into the words that an index has of them, and that are looked for in it.
///
/// Words are those of UAX #29, with three changes that suit searching: what stands between two letters of a word and is no letter (the point
/// of a host name, an apostrophe) parts two words; a word has at least one letter or digit; and scripts that write no spaces, for which
/// UAX #29 would need a dictionary, are cut into pairs of letters, each overlapping the next.
///
/// A word is folded (``WordFolding``), looked up among the stop words, which have a position and no entry, stemmed, and loses its marks.
package struct TextAnalyzer {
    /// A word of a text.
    package struct Word: Equatable {
        /// What stands in the index, as UTF-8.
        package let term: [UInt8]
        /// The number of words before it, with stop words.
        package let position: Int
        /// Its bytes in the text.
        package let range: Range<Int>
    }

    private let language: TextLanguage?
    private let stopWords: Set<[UInt32]>
    private let folding: WordFolding
    /// What becomes of words: nil of those that are left out. Most words of a text were there before.
    private var known: [ArraySlice<UInt8>: [UInt8]?] = [:]

    private static let knownLimit = 65_536
    /// Longer ones, in bytes, are left out.
    package static let longestWord = 255

    /// - Parameters:
    ///   - language: nil: words are not stemmed, and none is a stop word.
    ///   - stopWords: nil: those of the language.
    package init(_ language: TextLanguage?, stopWords: [String]? = nil) {
        self.language = language
        let folding = WordFolding(language)
        self.folding = folding
        if let stopWords {
            self.stopWords = Set(stopWords.map { folding.fold($0.unicodeScalars.map(\.value)) })
        } else {
            self.stopWords = language.map(StopWords.of) ?? []
        }
    }

    /// - Parameters:
    ///   - text: UTF-8.
    ///   - asWritten: words are not stemmed, and none is left out: what the beginnings of words are.
    package mutating func words(of text: [UInt8], asWritten: Bool = false) -> [Word] {
        var words: [Word] = []
        guard !asWritten else {
            var plain = TextAnalyzer(plainly: folding)
            return plain.words(of: text)
        }
        analyze(text) { words.append($0) }
        return words
    }

    /// Folds as another does, and does nothing else.
    private init(plainly folding: WordFolding) {
        language = nil
        stopWords = []
        self.folding = folding
    }

    package mutating func analyze(_ text: [UInt8], _ found: (Word) -> Void) {
        var boundaries = WordBoundaries(text)
        var pieces = Pieces()
        while let segment = boundaries.next() {
            var place = segment.lowerBound
            while place < segment.upperBound, let (kind, length) = WordBoundaries.character(in: text, at: place) {
                let range = place..<(place + length)
                if kind.isAttached || (kind == .hangul && Self.continuesSyllable(text[range])) {
                    pieces.attach(range)
                } else if kind.isPaired {
                    finish(&pieces.word, in: text, &pieces.position, found)
                    pieces.addPaired(range)
                } else if kind.isLetter || kind == .numeric || kind == .connector
                    || (pieces.isNumber && place + length < segment.upperBound)
                {
                    finishPairs(&pieces, in: text, found)
                    pieces.add(range, kind)
                } else {
                    finish(&pieces.word, in: text, &pieces.position, found)
                    finishPairs(&pieces, in: text, found)
                }
                place += length
            }
            finish(&pieces.word, in: text, &pieces.position, found)
        }
        finishPairs(&pieces, in: text, found)
    }

    /// Whether these are a vowel or a trailing consonant of Korean, written by themselves (U+1160 to U+11FF).
    private static func continuesSyllable(_ letter: ArraySlice<UInt8>) -> Bool {
        guard letter.count == 3, letter.first == 0xE1 else { return false }
        let second = letter[letter.startIndex + 1]
        return second == 0x86 || second == 0x87 || (second == 0x85 && letter[letter.startIndex + 2] >= 0xA0)
    }

    /// The word and the run of paired letters that were begun.
    private struct Pieces {
        var position = 0
        var word: (range: Range<Int>, hasText: Bool)?
        /// Letters of scripts without spaces, each with what is attached to it.
        var pairs: [Range<Int>] = []
        /// Whether the character before is a digit.
        var isNumber = false

        mutating func add(_ range: Range<Int>, _ kind: WordBreakClass) {
            isNumber = kind == .numeric
            word = ((word?.range.lowerBound ?? range.lowerBound)..<range.upperBound, (word?.hasText ?? false) || kind.isLetter || isNumber)
        }

        mutating func addPaired(_ range: Range<Int>) {
            isNumber = false
            pairs.append(range)
        }

        mutating func attach(_ range: Range<Int>) {
            if let begun = word {
                word = (begun.range.lowerBound..<range.upperBound, begun.hasText)
            } else if let last = pairs.last {
                pairs[pairs.count - 1] = last.lowerBound..<range.upperBound
            }
        }
    }

    private mutating func finish(
        _ word: inout (range: Range<Int>, hasText: Bool)?, in text: [UInt8], _ position: inout Int, _ found: (Word) -> Void
    ) {
        guard let (range, hasText) = word else { return }
        word = nil
        guard hasText else { return }
        if let term = term(of: text[range], isStemmed: true) { found(Word(term: term, position: position, range: range)) }
        position += 1
    }

    private mutating func finishPairs(_ pieces: inout Pieces, in text: [UInt8], _ found: (Word) -> Void) {
        guard !pieces.pairs.isEmpty else { return }
        let pairs = pieces.pairs
        pieces.pairs = []
        for index in 0..<max(1, pairs.count - 1) {
            let range = pairs[index].lowerBound..<pairs[min(index + 1, pairs.count - 1)].upperBound
            if let term = term(of: text[range], isStemmed: false) { found(Word(term: term, position: pieces.position, range: range)) }
            pieces.position += 1
        }
    }

    /// What stands in the index for a word; nil if nothing does.
    private mutating func term(of word: ArraySlice<UInt8>, isStemmed: Bool) -> [UInt8]? {
        guard word.count <= Self.longestWord else { return nil }
        if let term = known[word] { return term }
        let term = newTerm(of: word, isStemmed: isStemmed)
        if known.count >= Self.knownLimit { known = [:] }
        // The slice would keep its whole text.
        known[ArraySlice(Array(word))] = .some(term)
        return term
    }

    private func newTerm(of word: ArraySlice<UInt8>, isStemmed: Bool) -> [UInt8]? {
        var letters = folding.fold(String(decoding: word, as: UTF8.self).unicodeScalars.lazy.map(\.value))
        if stopWords.contains(letters) { return nil }
        if isStemmed, let language { letters = language.stem(letters) }
        letters = folding.withoutMarks(letters)
        guard !letters.isEmpty else { return nil }
        var text = String.UnicodeScalarView()
        for letter in letters { text.append(Unicode.Scalar(letter) ?? "\u{FFFD}") }
        let term = Array(String(text).utf8)
        return term.count <= Self.longestWord ? term : nil
    }
}
