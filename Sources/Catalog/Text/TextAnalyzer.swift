import Ground

/// Cuts texts into the words that an index has of them, and that are looked for in it.
///
/// Words are those of UAX #29, with three changes that suit searching: what stands between two letters of a word and is no letter (the point
/// of a host name, an apostrophe) parts two words; a word has at least one letter or digit; and scripts that write no spaces, for which
/// UAX #29 would need a dictionary, are cut into pairs of letters, each overlapping the next. Documents also have the first and the last
/// letter of such a run by itself, so that it is found alone and beside a word of another script.
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

    /// Of how texts are cut into words. 2: ends of runs of letters without spaces stand by themselves, and 々 in pairs.
    package static let newestVersion = 2

    private let language: TextLanguage?
    /// Whether ends of runs stand by themselves, and 々 in pairs, as in no index of the first version.
    private let hasEnds: Bool
    private let stopWords: Set<[UInt32]>
    private let folding: WordFolding
    /// Words as they were met, most of which a text has again, and for each the number of what stands in the index, or ``noTerm``.
    private var known = WordTable()
    private var knownTerms: [Int32] = []
    private var terms = WordTable()
    /// Short words that were met lately, and their terms: they lie close together, and most words of a text are among them.
    private var recent = [Recent](repeating: Recent(), count: 1 << recentBits)
    /// How many steps texts have taken.
    private(set) var stepCount = 0
    /// A number beside each term, for who counts them in a text: 0 before and after.
    var marks: [UInt32] = []

    private struct Recent: BitwiseCopyable {
        var head: UInt64 = 0
        var byteCount: UInt32 = 0
        var term: Int32 = 0
    }

    private static let recentBits: UInt64 = 12
    private static let noTerm: Int32 = -1
    /// As many words are known until others take their place.
    var knownLimit = 65_536
    /// Longer ones, in bytes, are left out.
    package static let longestWord = 255

    /// - Parameters:
    ///   - language: nil: words are not stemmed, and none is a stop word.
    ///   - stopWords: nil: those of the language.
    ///   - version: of the index whose words they are.
    package init(_ language: TextLanguage?, stopWords: [String]? = nil, version: Int = newestVersion) {
        self.language = language
        hasEnds = version > 1
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
            var plain = TextAnalyzer(plainly: folding, hasEnds: hasEnds)
            return plain.words(of: text)
        }
        analyze(text) { words.append($0) }
        return words
    }

    /// Folds as another does, and does nothing else.
    private init(plainly folding: WordFolding, hasEnds: Bool) {
        language = nil
        self.hasEnds = hasEnds
        stopWords = []
        self.folding = folding
    }

    /// - Parameter limit: words are wanted whose positions are below it.
    package mutating func analyze(_ text: [UInt8], below limit: Int = .max, _ found: (Word) -> Void) {
        forgetIfMany()
        analyzeNumbers(text, ofDocument: false, below: limit) { analyzer, number, position, range in
            found(Word(term: analyzer.terms[number], position: position, range: range))
        }
    }

    /// What stands in the index, by the numbers of ``analyzeNumbers(_:ofDocument:below:_:)``.
    var termTable: WordTable { terms }

    /// What stands in the index for the numbers that ``analyzeNumbers(_:_:)`` gives.
    func term(_ number: Int) -> [UInt8] { terms[number] }

    /// How many numbers there are.
    var termCount: Int { terms.count }

    /// Gives words other numbers from here on, if there are many.
    mutating func forgetIfMany() {
        guard known.count >= knownLimit else { return }
        known = WordTable()
        knownTerms = []
        terms = WordTable()
        for index in recent.indices { recent[index] = Recent() }
    }

    /// Tells of each word the number of what stands in the index for it, the number of words before it, and its bytes in the text.
    ///
    /// - Parameters:
    ///   - ofDocument: whether the ends of runs of paired letters stand there by themselves, too.
    ///   - limit: behind it the text need not be looked at.
    mutating func analyzeNumbers(
        _ text: [UInt8], ofDocument: Bool, below limit: Int, _ found: (borrowing TextAnalyzer, Int, Int, Range<Int>) -> Void
    ) {
        var boundaries = WordBoundaries(text)
        var pieces = Pieces(hasEnds: ofDocument && hasEnds)
        while pieces.position + max(0, pieces.pairs.count - 1) < limit, let segment = boundaries.next() {
            if boundaries.isPlainWord {
                finishPairs(&pieces, in: text, found)
                pieces.addPlain(segment, endsWith: text[segment.upperBound - 1])
                finish(&pieces.word, in: text, &pieces.position, found)
                boundaries.skipBlanks()
                continue
            }
            var place = segment.lowerBound
            stepCount &+= segment.count
            while place < segment.upperBound, let (kind, length) = WordBoundaries.character(in: text, at: place) {
                let range = place..<(place + length)
                if kind.isAttached || (kind == .hangul && Self.continuesSyllable(text[range])) {
                    pieces.attach(range)
                } else if kind.isPaired || (hasEnds && Self.isRepetition(kind, text[range])) {
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
        stepCount &+= boundaries.stepCount
    }

    /// Whether these are a vowel or a trailing consonant of Korean, written by themselves (U+1160 to U+11FF).
    private static func continuesSyllable(_ letter: ArraySlice<UInt8>) -> Bool {
        guard letter.count == 3, letter.first == 0xE1 else { return false }
        let second = letter[letter.startIndex + 1]
        return second == 0x86 || second == 0x87 || (second == 0x85 && letter[letter.startIndex + 2] >= 0xA0)
    }

    /// Whether this is 々 (U+3005), which repeats the letter before it, and is found with it.
    static func isRepetition(_ kind: WordBreakClass, _ letter: ArraySlice<UInt8>) -> Bool {
        kind == .letter && letter.first == 0xE3 && letter.elementsEqual([0xE3, 0x80, 0x85])
    }

    /// The word and the run of paired letters that were begun.
    private struct Pieces {
        let hasEnds: Bool
        var position = 0
        var word: (range: Range<Int>, hasText: Bool)?
        /// Letters of scripts without spaces, each with what is attached to it.
        var pairs: [Range<Int>] = []
        /// Whether the character before is a digit.
        var isNumber = false

        init(hasEnds: Bool) {
            self.hasEnds = hasEnds
        }

        mutating func add(_ range: Range<Int>, _ kind: WordBreakClass) {
            isNumber = kind == .numeric
            word = ((word?.range.lowerBound ?? range.lowerBound)..<range.upperBound, (word?.hasText ?? false) || kind.isLetter || isNumber)
        }

        /// A whole word of ASCII letters and digits.
        mutating func addPlain(_ range: Range<Int>, endsWith last: UInt8) {
            isNumber = last < 0x3A
            word = (range, true)
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
        _ word: inout (range: Range<Int>, hasText: Bool)?, in text: [UInt8], _ position: inout Int,
        _ found: (borrowing TextAnalyzer, Int, Int, Range<Int>) -> Void
    ) {
        guard let (range, hasText) = word else { return }
        word = nil
        guard hasText else { return }
        if let number = number(of: range, in: text, isStemmed: true) { found(self, number, position, range) }
        position += 1
    }

    private mutating func finishPairs(
        _ pieces: inout Pieces, in text: [UInt8], _ found: (borrowing TextAnalyzer, Int, Int, Range<Int>) -> Void
    ) {
        guard !pieces.pairs.isEmpty else { return }
        let pairs = pieces.pairs
        pieces.pairs = []
        let last = max(0, pairs.count - 2)
        for index in 0...last {
            let range = pairs[index].lowerBound..<pairs[min(index + 1, pairs.count - 1)].upperBound
            var told = number(of: range, in: text, isStemmed: false)
            if let told { found(self, told, pieces.position, range) }
            if pieces.hasEnds, pairs.count > 1, index == 0 || index == last {
                // Each once at a place, even if both ends are the same letter.
                for end in [index == 0 ? pairs.first : nil, index == last ? pairs.last : nil] {
                    guard let end, let letter = number(of: end, in: text, isStemmed: false), letter != told else { continue }
                    found(self, letter, pieces.position, end)
                    told = letter
                }
            }
            pieces.position += 1
        }
    }

    /// The number of what stands in the index for a word; nil if nothing does.
    @inline(__always)
    private mutating func number(of range: Range<Int>, in text: [UInt8], isStemmed: Bool) -> Int? {
        guard range.count <= Self.longestWord else { return nil }
        guard range.count <= 8 else { return Self.number(knownTerm(of: range, in: text, isStemmed: isStemmed)) }
        let head = text.span.withBytes { WordTable.head($0, range) }
        let place = Int(truncatingIfNeeded: (head &* 0x9E37_79B9_7F4A_7C15) &>> (64 - Self.recentBits))
        let found = recent[place]
        if found.head == head, Int(found.byteCount) == range.count { return Self.number(found.term) }
        let term = knownTerm(of: range, in: text, isStemmed: isStemmed)
        recent[place] = Recent(head: head, byteCount: UInt32(range.count), term: term)
        return Self.number(term)
    }

    private static func number(_ term: Int32) -> Int? { term == noTerm ? nil : Int(term) }

    private mutating func knownTerm(of range: Range<Int>, in text: [UInt8], isStemmed: Bool) -> Int32 {
        if let place = text.span.withBytes({ known.number(of: $0, in: range) }) { return knownTerms[place] }
        let word = Array(text[range])
        let term = newTerm(of: word[...], isStemmed: isStemmed).map { Int32(truncatingIfNeeded: terms.insert($0).number) } ?? Self.noTerm
        _ = known.insert(word)
        knownTerms.append(term)
        return term
    }

    /// What stands in the index for a word; nil if nothing does.
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
