import Catalog

/// A value of tsvector: the lexemes of a text in the order of their bytes, with the places where they stand.
package final class TSVector: Sendable {
    /// A place of a lexeme from 1 to 16,383, and its weight: 0 for D to 3 for A.
    package struct Position: Hashable, Sendable {
        package let rawValue: UInt16

        static let maximum = 16_383

        init(_ place: Int, weight: Int = 0) {
            rawValue = UInt16(min(place, Self.maximum)) | UInt16(weight & 3) << 14
        }

        init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        var place: Int { Int(rawValue & 0x3FFF) }
        var weight: Int { Int(rawValue >> 14) }
    }

    package struct Lexeme: Hashable, Sendable {
        package let word: [UInt8]
        /// In ascending order; none if they are not known.
        package var positions: [Position]
    }

    package let lexemes: [Lexeme]

    static let longestLexeme = SearchLexemes.longestToken
    static let maximumByteCount = DocumentLexemes.mostBytes
    static let maximumPositions = 256

    /// - Parameter lexemes: in order, each once.
    init(_ lexemes: [Lexeme]) {
        self.lexemes = lexemes
    }

    static let empty = TSVector([])

    // MARK: Making one

    /// Lexemes in any order. Of one that comes several times the positions are joined; where two weights meet, the higher stays.
    static func joining(_ lexemes: [Lexeme], maximumPositions limit: Int = maximumPositions) throws(SQLError) -> TSVector {
        var joined: [Lexeme] = []
        for lexeme in lexemes.sorted(by: { compare($0.word, $1.word) < 0 }) {
            if joined.last?.word == lexeme.word {
                joined[joined.count - 1].positions += lexeme.positions
            } else {
                joined.append(lexeme)
            }
        }
        for index in joined.indices where joined[index].positions.count > 1 {
            joined[index].positions = ordered(joined[index].positions, limit)
        }
        return try TSVector(joined).checked()
    }

    private static func ordered(_ positions: [Position], _ limit: Int) -> [Position] {
        var kept: [Position] = []
        // Sorting keeps the order of equal ones.
        for position in positions.sorted(by: { $0.place < $1.place }) {
            if let last = kept.last, last.place == position.place {
                if last.weight < position.weight { kept[kept.count - 1] = position }
                continue
            }
            kept.append(position)
            // What comes behind is not looked at, not even for its weight.
            if kept.count == limit || kept.count > 1 && position.place == Position.maximum { break }
        }
        return kept
    }

    // MARK: Finding

    /// Byte by byte, a shorter word before those that begin with it.
    static func compare(_ a: [UInt8], _ b: [UInt8]) -> Int { Ordering.compare(a, b) }

    /// Where a word stands, or would.
    private func place(of word: [UInt8]) -> Int {
        var low = 0
        var high = lexemes.count
        while low < high {
            let middle = (low + high) / 2
            if Self.compare(lexemes[middle].word, word) < 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The lexemes that are the word, or begin with it.
    func matching(_ word: [UInt8], isPrefix: Bool) -> Range<Int> {
        let start = place(of: word)
        var end = start
        if isPrefix {
            while end < lexemes.count, lexemes[end].word.starts(with: word) { end += 1 }
        } else if end < lexemes.count, lexemes[end].word == word {
            end += 1
        }
        return start..<end
    }

    // MARK: Order

    /// The order that PostgreSQL's B-trees have of them: by the bytes they take there, then by their lexemes.
    static func compare(_ a: TSVector, _ b: TSVector) -> Int {
        if a === b { return 0 }
        if a.storedByteCount != b.storedByteCount { return a.storedByteCount < b.storedByteCount ? -1 : 1 }
        if a.lexemes.count != b.lexemes.count { return a.lexemes.count < b.lexemes.count ? -1 : 1 }
        for (x, y) in zip(a.lexemes, b.lexemes) {
            if x.positions.isEmpty != y.positions.isEmpty { return x.positions.isEmpty ? 1 : -1 }
            let order = compare(x.word, y.word)
            if order != 0 { return order }
            if x.positions.count != y.positions.count { return x.positions.count > y.positions.count ? -1 : 1 }
            for (p, q) in zip(x.positions, y.positions) where p != q {
                if p.place != q.place { return p.place > q.place ? -1 : 1 }
                return p.weight > q.weight ? -1 : 1
            }
        }
        return 0
    }

    var storedByteCount: Int { 8 + 4 * lexemes.count + contentByteCount }

    /// What lexemes and places take in PostgreSQL: places stand behind their number, which begins at an even byte.
    private var contentByteCount: Int {
        var size = 0
        for lexeme in lexemes {
            size += lexeme.word.count
            if !lexeme.positions.isEmpty { size += (size & 1) + 2 + 2 * lexeme.positions.count }
        }
        return size
    }

    /// Throws `54000` for one that is larger than any may be.
    private func checked() throws(SQLError) -> TSVector {
        let size = contentByteCount
        guard size <= Self.maximumByteCount else {
            throw SQLError(
                .programLimitExceeded, "string is too long for tsvector (\(size) bytes, max \(Self.maximumByteCount) bytes)")
        }
        return self
    }

    /// Throws `54000` for a word that no tsvector has.
    static func checkLength(_ word: [UInt8]) throws(SQLError) {
        guard word.count <= longestLexeme else {
            throw SQLError(.programLimitExceeded, "word is too long (\(word.count) bytes, max \(longestLexeme) bytes)")
        }
    }

    // MARK: Changing

    func mapping(_ change: (Lexeme) -> Lexeme?) -> TSVector { TSVector(lexemes.compactMap(change)) }

    /// The other's lexemes behind this one's: their positions go on from its last.
    func appending(_ other: TSVector) throws(SQLError) -> TSVector {
        let last = lexemes.reduce(0) { max($0, $1.positions.last?.place ?? 0) }
        var joined: [Lexeme] = []
        var mine = lexemes[...]
        var theirs = other.lexemes[...]
        func moved(_ lexeme: Lexeme, onto positions: [Position]) -> Lexeme {
            var positions = positions
            for position in lexeme.positions {
                if positions.count == Self.maximumPositions || positions.last?.place == Position.maximum { break }
                positions.append(Position(position.place + last, weight: position.weight))
            }
            return Lexeme(word: lexeme.word, positions: positions)
        }
        while let a = mine.first, let b = theirs.first {
            let order = Self.compare(a.word, b.word)
            if order < 0 {
                joined.append(a)
            } else {
                joined.append(moved(b, onto: order == 0 ? a.positions : []))
            }
            if order <= 0 { mine.removeFirst() }
            if order >= 0 { theirs.removeFirst() }
        }
        joined += mine
        for lexeme in theirs { joined.append(moved(lexeme, onto: [])) }
        return try TSVector(joined).checked()
    }

    /// How many words the text had, as far as is known.
    var length: Int { lexemes.reduce(0) { $0 + max(1, $1.positions.count) } }

    // MARK: Text

    package func append(to bytes: inout [UInt8]) {
        for (index, lexeme) in lexemes.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: " ")) }
            Self.append(quoted: lexeme.word, to: &bytes)
            for (place, position) in lexeme.positions.enumerated() {
                bytes.append(UInt8(ascii: place == 0 ? ":" : ","))
                bytes.append(contentsOf: String(position.place).utf8)
                if position.weight > 0 { bytes.append(Self.letters[position.weight]) }
            }
        }
    }

    static let letters = Array("DCBA".utf8)

    static func append(quoted word: [UInt8], to bytes: inout [UInt8]) {
        let quote = UInt8(ascii: "'")
        bytes.append(quote)
        for byte in word {
            if byte == quote || byte == UInt8(ascii: "\\") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }
}

extension TSVector: Hashable {
    package static func == (a: TSVector, b: TSVector) -> Bool { a === b || a.lexemes == b.lexemes }
    package func hash(into hasher: inout Hasher) { hasher.combine(lexemes) }
}

extension TSVector {
    /// What `tsvectorin` reads: `'word':1A,5 other`.
    package convenience init(reading text: String) throws(SQLError) {
        var reader = LexemeReader(Array(text.utf8), text, [])
        var lexemes: [Lexeme] = []
        while let (word, positions) = try reader.next() {
            try Self.checkLength(word)
            lexemes.append(Lexeme(word: word, positions: positions))
        }
        self.init(try Self.joining(lexemes).lexemes)
    }
}
