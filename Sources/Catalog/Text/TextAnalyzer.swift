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
    /// What is or-ed to letters of ASCII to fold them; 0 if a language folds them in another way.
    private let plainFold: UInt64
    /// Whether a word of ASCII that was folded is what stands in the index.
    private let isPlainTerm: Bool
    /// Words as they were met, those of ASCII folded, most of which a text has again, and for each the number of what stands in the index, or
    /// ``noTerm``.
    private var known = WordTable()
    private var knownTerms: [Int32] = []
    private var terms = WordTable()
    /// Words of up to eight and of up to sixteen bytes that were met lately, and their terms: they lie close together, and most words of a text
    /// are among them.
    private var recent: [Recent] = []
    private var recentLonger: [RecentLonger] = []
    /// How many bits of a hash are no part of a place among these.
    private var recentShift: UInt64 = 0
    /// How many steps texts have taken.
    private(set) var stepCount = 0
    /// A number beside each term, for who counts them in a text: 0 before and after.
    var marks: [UInt32] = []

    /// A word's bytes, the first one lowest. Zeros are behind them, and in none.
    private struct Recent: BitwiseCopyable {
        var bytes: UInt64 = 0
        var term: Int32 = 0
    }

    private struct RecentLonger: BitwiseCopyable {
        var bytes: UInt64 = 0
        var rest: UInt64 = 0
        var term: Int32 = 0
    }

    /// Where words met lately lie has room for as many as are known, at first and at most; for longer ones for half as many.
    private static let recentBits: ClosedRange<UInt64> = 8...15
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
        plainFold = language == .turkish ? 0 : Bytes.lowerCase
        isPlainTerm = language == nil && self.stopWords.isEmpty
        forgetRecent(Self.recentBits.lowerBound)
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
        // The folding may be that of a language.
        (plainFold, isPlainTerm) = (0, false)
        forgetRecent(Self.recentBits.lowerBound)
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
        guard max(known.count, terms.count) >= knownLimit else { return }
        known = WordTable()
        knownTerms = []
        terms = WordTable()
        forgetRecent(Self.recentBits.lowerBound)
    }

    /// Makes room for words that are met lately; none was.
    private mutating func forgetRecent(_ bits: UInt64) {
        recent = [Recent](repeating: Recent(), count: 1 << Int(bits))
        recentLonger = [RecentLonger](repeating: RecentLonger(), count: 1 << Int(bits - 1))
        recentShift = 64 - bits
    }

    /// Makes more room if words have become many.
    private mutating func growRecent() {
        guard max(known.count, terms.count) > recent.count, recentShift > 64 - Self.recentBits.upperBound else { return }
        forgetRecent(64 - recentShift + 1)
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
        var pieces = WordPieces(hasEnds: ofDocument && hasEnds)
        text.span.withBytes { bytes in
            while boundaries.end < bytes.count, pieces.position + max(0, pieces.pairs.count - 1) < limit {
                if bytes[boundaries.end] < 0x80 {
                    finishPairs(&pieces, in: text, found)
                    if analyzePlain(bytes, &boundaries, &pieces, below: limit, found) { continue }
                }
                analyzePiece(text, &boundaries, &pieces, found)
            }
        }
        finishPairs(&pieces, in: text, found)
        stepCount &+= boundaries.stepCount
    }

    /// Goes through a text up to the next piece that is not of ASCII alone, or to the limit.
    ///
    /// - Returns: Whether it has come on; else such a piece comes next.
    @inline(__always)
    private mutating func analyzePlain(
        _ bytes: Bytes, _ boundaries: inout WordBoundaries, _ pieces: inout WordPieces, below limit: Int,
        _ found: (borrowing TextAnalyzer, Int, Int, Range<Int>) -> Void
    ) -> Bool {
        let start = boundaries.end
        var place = start
        var position = pieces.position
        var isNumber = pieces.isNumber
        while place < bytes.count, position < limit {
            let word = bytes.wordOrRest(at: place)
            let count = Bytes.plainCount(word)
            var end = place &+ count
            if count == 8 { end = bytes.endOfPlain(from: end) }
            let next = end < bytes.count ? bytes[end] : 0
            if end > place, next < 0x80, next != UInt8(ascii: "_"), !Bytes.joinsDigits(next) || bytes[end &- 1] > 0x39 {
                let term = plainTerm(bytes, place..<end, word)
                if term != Self.noTerm { found(self, Int(term), position, place..<end) }
                position &+= 1
                isNumber = bytes[end &- 1] <= 0x39
                place = end
                // A blank before such a word is none, and nothing is attached to it.
                if next == UInt8(ascii: " ") || next == UInt8(ascii: "\n"), end &+ 1 < bytes.count, Bytes.isPlain(bytes[end &+ 1]) {
                    place &+= 1
                }
            } else if end > place || next == UInt8(ascii: "_") {
                guard let (end, hasText) = bytes.wordOfASCII(from: place) else { break }
                if hasText {
                    if let number = number(of: place..<end, in: bytes, isStemmed: true) { found(self, number, position, place..<end) }
                    position &+= 1
                }
                isNumber = bytes[end - 1] &- 0x30 < 10
                place = end
            } else {
                end = next == UInt8(ascii: " ") ? bytes.endOfBlanks(from: place) : place &+ 1
                let behind = end < bytes.count ? bytes[end] : 0
                if next >= 0x80 || behind >= 0x80 { break }
                // Blanks in a row are one piece, as these two are.
                let endsLine = next == UInt8(ascii: "\r") && behind == UInt8(ascii: "\n")
                if end &- place > 1 || endsLine { isNumber = false }
                place = endsLine ? end &+ 1 : end
            }
        }
        (pieces.position, pieces.isNumber) = (position, isNumber)
        stepCount &+= place - start
        boundaries.end = place
        return place > start
    }

    /// Finds the words of the next piece of a text, whatever it consists of.
    private mutating func analyzePiece(
        _ text: [UInt8], _ boundaries: inout WordBoundaries, _ pieces: inout WordPieces,
        _ found: (borrowing TextAnalyzer, Int, Int, Range<Int>) -> Void
    ) {
        guard let segment = boundaries.next() else { return }
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
        _ pieces: inout WordPieces, in text: [UInt8], _ found: (borrowing TextAnalyzer, Int, Int, Range<Int>) -> Void
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

    /// The number of what stands in the index for a word of ASCII letters and digits, or ``noTerm``.
    ///
    /// - Parameter word: the eight bytes from its first one on.
    @inline(__always)
    private mutating func plainTerm(_ text: Bytes, _ range: Range<Int>, _ word: UInt64) -> Int32 {
        let count = range.count
        if count <= 8 {
            let bytes = (word | plainFold) & (UInt64.max &>> UInt64(64 &- 8 &* count))
            let found = recent[place(bytes)]
            if found.bytes == bytes { return found.term }
            let term = plainTerm(text, range)
            recent[place(bytes)] = Recent(bytes: bytes, term: term)
            return term
        }
        guard count <= 16 else { return plainTerm(text, range) }
        let bytes = word | plainFold
        let rest = (text.wordOrRest(at: range.lowerBound &+ 8) | plainFold) & (UInt64.max &>> UInt64(128 &- 8 &* count))
        let found = recentLonger[place(bytes, rest)]
        if found.bytes == bytes, found.rest == rest { return found.term }
        let term = plainTerm(text, range)
        recentLonger[place(bytes, rest)] = RecentLonger(bytes: bytes, rest: rest, term: term)
        return term
    }

    /// The same for one that was not met lately.
    @inline(never)
    private mutating func plainTerm(_ text: Bytes, _ range: Range<Int>) -> Int32 {
        growRecent()
        guard range.count <= Self.longestWord else { return Self.noTerm }
        guard plainFold != 0, text.hasUpperCase(range) else { return plainTerm(folded: text, range) }
        let folded = range.map { text[$0] | UInt8(truncatingIfNeeded: plainFold) }
        return folded.span.withBytes { plainTerm(folded: $0, 0..<folded.count) }
    }

    private mutating func plainTerm(folded word: Bytes, _ range: Range<Int>) -> Int32 {
        isPlainTerm ? Int32(truncatingIfNeeded: terms.insert(word, in: range).number) : knownTerm(of: range, in: word, isStemmed: true)
    }

    @inline(__always)
    private func place(_ bytes: UInt64) -> Int { Int(truncatingIfNeeded: (bytes &* 0x9E37_79B9_7F4A_7C15) &>> recentShift) }

    @inline(__always)
    private func place(_ bytes: UInt64, _ rest: UInt64) -> Int { place(bytes ^ (rest &* 0xD6E8_FEB8_6659_FD93)) &>> 1 }

    private mutating func number(of range: Range<Int>, in text: [UInt8], isStemmed: Bool) -> Int? {
        text.span.withBytes { number(of: range, in: $0, isStemmed: isStemmed) }
    }

    /// The number of what stands in the index for a word; nil if nothing does.
    private mutating func number(of range: Range<Int>, in text: Bytes, isStemmed: Bool) -> Int? {
        guard range.count <= Self.longestWord else { return nil }
        guard range.count <= 8 else { return Self.number(knownTerm(of: range, in: text, isStemmed: isStemmed)) }
        let bytes = text.wordOrRest(at: range.lowerBound) & (UInt64.max &>> UInt64(64 &- 8 &* range.count))
        let found = recent[place(bytes)]
        if found.bytes == bytes { return Self.number(found.term) }
        let term = knownTerm(of: range, in: text, isStemmed: isStemmed)
        recent[place(bytes)] = Recent(bytes: bytes, term: term)
        return Self.number(term)
    }

    private static func number(_ term: Int32) -> Int? { term == noTerm ? nil : Int(term) }

    private mutating func knownTerm(of range: Range<Int>, in text: Bytes, isStemmed: Bool) -> Int32 {
        if let place = known.number(of: text, in: range) { return knownTerms[place] }
        let word = text[range].copy()
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
