import Catalog

/// `ts_headline`: the part of a text that shows best why a query finds it.
struct Headline {
    struct Options {
        var maximumWords = 35
        var minimumWords = 15
        var shortWord = 3
        var fragments = 0
        var highlightsAll = false
        var start = "<b>"
        var stop = "</b>"
        var delimiter = " ... "
    }

    private struct Word {
        let kind: TextToken.Kind
        let range: Range<Int>
        /// The operand that it is; −1 for none.
        var operand = -1
        var place = 0
        /// A word that is another operand of the query too stands once more for it.
        var isRepeated = false
        var isSelected = false
        var isShown = false
        var isReplaced = false
        var isSkipped = false

        var isWord: Bool { kind != .blank && kind != .tag && !isCompound }
        /// Its parts follow it.
        var isCompound: Bool { kind == .url || kind == .numericHyphenated || kind == .asciiHyphenated || kind == .hyphenated }
        var isInteresting: Bool { operand >= 0 && !isRepeated }

        func isBadEnd(_ shortWord: Int) -> Bool {
            guard !isInteresting else { return false }
            if range.count <= shortWord || !isWord { return true }
            switch kind {
            case .scientific, .version, .decimal, .signedInteger, .integer, .protocolHead, .entity: return true
            default: return false
            }
        }
    }

    private let text: [UInt8]
    private let query: TSQuery
    private let options: Options
    private var words: [Word] = []
    private let longestCover: Int

    static func of(_ text: String, _ query: TSQuery, _ options: Options, _ lexemes: inout SearchLexemes) throws(SQLError) -> String {
        var headline = Headline(text, query, options)
        headline.read(&lexemes)
        try QueryMemory.checkStopped()
        if options.fragments == 0 { headline.chooseWords() } else { headline.chooseFragments() }
        return try headline.made()
    }

    private init(_ text: String, _ query: TSQuery, _ options: Options) {
        self.text = Array(text.utf8)
        self.query = query
        self.options = options
        let cover = max(options.maximumWords.multipliedReportingOverflow(by: 10).partialValue, 100)
        longestCover = options.fragments > 0 ? cover.multipliedReportingOverflow(by: options.fragments).partialValue : cover
    }

    private mutating func read(_ lexemes: inout SearchLexemes) {
        var words: [Word] = []
        let operands = query.items.enumerated().compactMap { index, item -> (Int, TSQuery.Operand)? in
            if case .operand(let operand) = item { (index, operand) } else { nil }
        }
        lexemes.analyze(text) { token, lexeme, position in
            words.append(Word(kind: token.kind, range: token.range))
            guard let lexeme else { return }
            let place = words.count - 1
            words[place].place = min(position, TSVector.Position.maximum)
            // PostgreSQL's order of a query's items is the other way round.
            for (index, operand) in operands.reversed()
            where operand.isPrefix ? lexeme.starts(with: operand.word) : lexeme == operand.word {
                if words[place].operand >= 0 {
                    words.append(words[place])
                    words[words.count - 1].operand = index
                    words[words.count - 1].isRepeated = true
                } else {
                    words[place].operand = index
                }
            }
        }
        self.words = words
    }

    // MARK: Covers

    private func firstOperand(from start: Int) -> Int? { words[start...].firstIndex { $0.operand >= 0 } }

    /// The first, shortest run of words from a place on for which the query holds.
    private func cover(from start: Int) -> (first: Int, last: Int)? {
        guard start <= words.count else { return nil }
        var first = firstOperand(from: start)
        while let begin = first {
            var places: [Int: [Int]] = [:]
            var seen = begin
            var end: Int? = begin
            while let last = end {
                while seen <= last {
                    let word = words[seen]
                    if word.operand >= 0, (places[word.operand]?.last ?? -1) < word.place {
                        places[word.operand, default: []].append(word.place)
                    }
                    seen += 1
                }
                let holds = TSQueryMatch.holds(query) { index, _, _ in
                    guard let found = places[index] else { return .plain(.no) }
                    return TSQueryMatch.Part(answer: .yes, places: found)
                }
                if holds { return (begin, last) }
                end = firstOperand(from: last + 1)
                if last == begin { first = end }
                if let end, end - begin >= longestCover { break }
            }
        }
        return nil
    }

    private mutating func show(_ range: ClosedRange<Int>) {
        for index in range where index < words.count {
            if words[index].operand >= 0 { words[index].isSelected = true }
            if !options.highlightsAll, words[index].kind == .tag {
                words[index].isReplaced = true
            } else if words[index].isCompound {
                words[index].isSkipped = true
            }
            words[index].isShown = !words[index].isRepeated
        }
    }

    private mutating func showBeginning() {
        // With HighlightAll as few as none may be asked for.
        var (count, end) = (0, -1)
        for index in words.indices {
            guard count < options.minimumWords else { break }
            if words[index].isWord { count += 1 }
            end = index
        }
        if end >= 0 { show(0...end) }
    }

    // MARK: One piece

    private mutating func chooseWords() {
        if options.highlightsAll {
            if !words.isEmpty { show(0...(words.count - 1)) }
            return
        }
        let short = options.shortWord
        var best: (first: Int, last: Int, interesting: Int, isWhole: Bool)?
        var start = 0
        while let (p, q) = cover(from: start) {
            var (length, interesting) = (0, 0)
            var (first, last) = (p, p)
            var index = p
            while index <= q, length < options.maximumWords {
                if words[index].isWord { length += 1 }
                if words[index].isInteresting { interesting += 1 }
                last = index
                index += 1
            }
            if length < options.maximumWords {
                // There is room: on to a good end.
                index -= 1
                while index < words.count, length < options.maximumWords {
                    if index > q {
                        if words[index].isWord { length += 1 }
                        if words[index].isInteresting { interesting += 1 }
                    }
                    last = index
                    if !words[index].isBadEnd(short), length >= options.minimumWords { break }
                    index += 1
                }
                if length < options.minimumWords {
                    // The text is at its end: more of what is before.
                    index = p - 1
                    while index >= 0 {
                        if words[index].isWord { length += 1 }
                        if words[index].isInteresting { interesting += 1 }
                        if length >= options.maximumWords { break }
                        if !words[index].isBadEnd(short), length >= options.minimumWords { break }
                        index -= 1
                    }
                    first = max(index, 0)
                }
            } else {
                index = min(index, q)
                while length > options.minimumWords, index >= 0, words[index].isBadEnd(short) {
                    if words[index].isWord { length -= 1 }
                    if words[index].isInteresting { interesting -= 1 }
                    last = index - 1
                    index -= 1
                }
            }
            let isWhole = first <= p && last >= q
            let isBetter: Bool
            if let best {
                if isWhole != best.isWhole {
                    isBetter = isWhole
                } else if interesting != best.interesting {
                    isBetter = interesting > best.interesting
                } else {
                    isBetter = last >= 0 && !words[last].isBadEnd(short) && words[best.last].isBadEnd(short)
                }
            } else {
                isBetter = true
            }
            if isBetter { best = (first, max(last, 0), interesting, isWhole) }
            start = p + 1
        }
        if let best, best.first <= best.last { show(best.first...best.last) } else if best == nil { showBeginning() }
    }

    // MARK: Several pieces

    private struct Fragment {
        var first: Int
        var last: Int
        var length: Int
        var interesting: Int
        var isChosen = false
        var isExcluded = false
    }

    /// The beginning of a cover that is not too long, from one word of the query to another.
    private func fragment(_ start: Int, _ end: Int) -> Fragment {
        var first = start
        for index in stride(from: start, through: end, by: 1) {
            first = index
            if words[index].isInteresting { break }
        }
        var (length, interesting) = (0, 0)
        var index = first
        while index <= end, length < options.maximumWords {
            if words[index].isWord { length += 1 }
            if words[index].isInteresting { interesting += 1 }
            index += 1
        }
        var last = end
        if end > index {
            last = index
            while index >= first {
                last = index
                if words[index].isInteresting { break }
                if words[index].isWord { length -= 1 }
                index -= 1
            }
        }
        return Fragment(first: first, last: last, length: length, interesting: interesting)
    }

    private mutating func chooseFragments() {
        var fragments: [Fragment] = []
        var start = 0
        while let (p, q) = cover(from: start) {
            var first = p
            while first <= q {
                let piece = fragment(first, q)
                fragments.append(piece)
                first = piece.last + 1
            }
            start = p + 1
        }
        var count = 0
        while count < options.fragments {
            var chosen: Int?
            var (interesting, length) = (0, Int.max)
            for (index, piece) in fragments.enumerated() where !piece.isChosen && !piece.isExcluded {
                if interesting < piece.interesting || interesting == piece.interesting && length > piece.length {
                    (interesting, length, chosen) = (piece.interesting, piece.length, index)
                }
            }
            guard let chosen else { break }
            fragments[chosen].isChosen = true
            stretch(&fragments[chosen])
            let piece = fragments[chosen]
            if piece.first <= piece.last { show(piece.first...piece.last) }
            count += 1
            for index in fragments.indices where index != chosen {
                let other = fragments[index]
                if other.first <= piece.last && other.last >= piece.first { fragments[index].isExcluded = true }
            }
        }
        if count == 0 { showBeginning() }
    }

    /// Makes a piece longer at both ends as far as may be, and shorter again to good ends.
    private func stretch(_ piece: inout Fragment) {
        let short = options.shortWord
        var length = piece.length
        guard length < options.maximumWords else { return }
        let most = (options.maximumWords - length) / 2
        var stretched = 0
        var mark = piece.first
        var index = piece.first - 1
        while index >= 0, stretched < most, !words[index].isShown {
            if words[index].isWord {
                length += 1
                stretched += 1
            }
            mark = index
            index -= 1
        }
        index = mark
        while index < piece.first, words[index].isBadEnd(short) {
            if words[index].isWord { length -= 1 }
            index += 1
        }
        piece.first = index
        mark = piece.last
        index = piece.last + 1
        while index < words.count, length < options.maximumWords, !words[index].isShown {
            if words[index].isWord { length += 1 }
            mark = index
            index += 1
        }
        index = mark
        while index > piece.last, words[index].isBadEnd(short) {
            if words[index].isWord { length -= 1 }
            index -= 1
        }
        piece.last = index
        piece.length = length
    }

    // MARK: The text

    private func made() throws(SQLError) -> String {
        var bytes: [UInt8] = []
        var (isInside, count, counted) = (false, 0, 0)
        for word in words where !word.isRepeated {
            guard word.isShown else {
                isInside = false
                continue
            }
            if !isInside {
                isInside = true
                count += 1
                if count > 1 { bytes += options.delimiter.utf8 }
            }
            if word.isReplaced {
                bytes.append(UInt8(ascii: " "))
            } else if !word.isSkipped {
                if word.isSelected { bytes += options.start.utf8 }
                bytes += text[word.range]
                if word.isSelected { bytes += options.stop.utf8 }
            }
            // Each time twice as much is counted, so that all of it counts twice at most.
            guard bytes.count > counted else { continue }
            try TextFunctions.checkLength(bytes.count)
            counted = 2 * bytes.count
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
