import Catalog

/// Reads queries as `tsquery`, `to_tsquery`, `plainto_tsquery`, `phraseto_tsquery` and `websearch_to_tsquery` read them.
struct TSQueryReader {
    enum Form { case standard, plain, web }

    /// What becomes of a word of the query: itself, or the lexemes that it has.
    enum Words {
        case asTheyAre
        /// The lexemes of a configuration, those of one word joined by this operator.
        case lexemes(joinedBy: TSQuery.Item)
    }

    private enum Token {
        case word([UInt8], weights: UInt8, isPrefix: Bool)
        case item(TSQuery.Item)
        case open, close, end
    }

    private let text: String
    private let form: Form
    private let joint: TSQuery.Item?
    private var longestDistance = TSQuery.maximumDistance
    private var deepest = Self.maximumDepth
    private var lexemes: SearchLexemes
    private var reader: LexemeReader
    private var items: [TSQuery.Item?] = []
    private var byteCount = 0
    private var waitsForOperand = true
    private var isFirst = true
    private var depth = 0

    private init(_ text: String, _ form: Form, _ words: Words, _ lexemes: SearchLexemes) {
        self.text = text
        self.form = form
        self.lexemes = lexemes
        if case .lexemes(let item) = words { joint = item } else { joint = nil }
        reader = LexemeReader(Array(text.utf8), text, form == .web ? [.ofQuery, .ofWeb] : .ofQuery)
    }

    /// - Returns: Beside the query what its client is told: of words that are left out, and of a query that finds nothing.
    static func query(
        _ text: String, _ form: Form = .standard, _ words: Words = .asTheyAre, _ configuration: SearchConfiguration = .simple
    ) throws(SQLError) -> (query: TSQuery, notices: [SQLNotice]) {
        var reader = TSQueryReader(text, form, words, SearchLexemes(configuration, isStopped: { QueryMemory.isThreadStopped }))
        if form == .plain {
            if !text.isEmpty { try reader.push(reader.reader.bytes, 0, false) }
        } else {
            try reader.read()
        }
        let query = try reader.query()
        var notices = SQLNotice.ofSkipped(reader.lexemes.skippedCount)
        if query.isEmpty { notices.append(.ofNoLexemes(in: text, hasWords: !reader.items.isEmpty)) }
        return (query, notices)
    }

    /// What a document has of a query, which is any query that there may be.
    static func stored(_ text: String) throws(SQLError) -> TSQuery {
        var reader = TSQueryReader(text, .standard, .asTheyAre, SearchLexemes(.simple, isStopped: { false }))
        reader.longestDistance = TSQuery.longestDistance
        reader.deepest = .max
        try reader.read()
        return try reader.query()
    }

    private func query() throws(SQLError) -> TSQuery {
        let query = TSQuery.withoutStops(items)
        guard query.isEmpty || TSQuery.isWhole(query.items) else { throw fault() }
        return query
    }

    /// About as many levels as PostgreSQL has stack for.
    private static let maximumDepth = 7_500

    private func fault() -> SQLError { SQLError(.syntaxError, "syntax error in tsquery: \"\(text)\"") }

    // MARK: Operators by priority

    private static func priority(_ item: TSQuery.Item) -> Int {
        switch item {
        case .or: 1
        case .and: 2
        case .phrase: 3
        default: 4
        }
    }

    private mutating func read() throws(SQLError) {
        var levels: [[TSQuery.Item]] = [[]]
        func close(_ item: TSQuery.Item) {
            let level = levels.count - 1
            while let last = levels[level].last {
                let (new, old) = (Self.priority(item), Self.priority(last))
                if item == .not ? new >= old : new > old { break }
                levels[level].removeLast()
                items.append(last)
            }
        }
        while true {
            switch try next() {
            case .word(let word, let weights, let isPrefix): try push(word, weights, isPrefix)
            case .item(let item):
                close(item)
                levels[levels.count - 1].append(item)
            case .open:
                guard levels.count <= deepest else {
                    throw SQLError(
                        .statementTooComplex, "stack depth limit exceeded", hint: "At most \(deepest) levels may be nested.")
                }
                levels.append([])
            case .close:
                close(.or)
                guard levels.count > 1 else { throw fault() }
                levels.removeLast()
            case .end:
                close(.or)
                return
            }
        }
    }

    private mutating func push(_ word: [UInt8], _ weights: UInt8, _ isPrefix: Bool) throws(SQLError) {
        guard let joint else { return try append(word, weights, isPrefix) }
        var found: [(word: [UInt8], place: Int)] = []
        lexemes.analyze(word) { _, lexeme, position in
            if let lexeme { found.append((lexeme, min(position, TSVector.Position.maximum))) }
        }
        try QueryMemory.checkStopped()
        guard !found.isEmpty else { return items.append(nil) }
        var place = 0
        var count = 0
        for (lexeme, next) in found {
            // Stop words between two others keep their places.
            while place > 0, place + 1 < next {
                items.append(nil)
                items.append(joint)
                count += 1
                place += 1
            }
            // Past the last place that is counted words have one place, and are one part.
            let isSamePlace = place == next
            place = next
            try append(lexeme, weights, isPrefix)
            if isSamePlace { items.append(.and) } else if count > 0 { items.append(joint) }
            count += 1
        }
    }

    private mutating func append(_ word: [UInt8], _ weights: UInt8, _ isPrefix: Bool) throws(SQLError) {
        guard word.count <= TSVector.longestLexeme else {
            throw SQLError(.programLimitExceeded, "word is too long in tsquery: \"\(text)\"")
        }
        byteCount += word.count + 1
        guard byteCount <= TSVector.maximumByteCount else {
            throw SQLError(.programLimitExceeded, "value is too big in tsquery: \"\(text)\"")
        }
        items.append(.operand(TSQuery.Operand(word: word, weights: weights, isPrefix: isPrefix)))
    }

    // MARK: Tokens

    private mutating func next() throws(SQLError) -> Token { form == .web ? try nextOfWeb() : try nextOfStandard() }

    private mutating func skipBlanks() {
        while reader.blank().isBlank { reader.position += reader.blank().length }
    }

    private mutating func nextOfStandard() throws(SQLError) -> Token {
        skipBlanks()
        let byte = reader.byte
        if waitsForOperand {
            switch byte {
            case UInt8(ascii: "!"):
                reader.position += 1
                isFirst = false
                return .item(.not)
            case UInt8(ascii: "("):
                reader.position += 1
                isFirst = false
                depth += 1
                return .open
            case UInt8(ascii: ":"): throw fault()
            default: break
            }
            guard let (word, _) = try reader.next() else {
                if isFirst { return .end }
                throw SQLError(.syntaxError, "no operand in tsquery: \"\(text)\"")
            }
            let (weights, isPrefix) = modifiers()
            waitsForOperand = false
            return .word(word, weights: weights, isPrefix: isPrefix)
        }
        switch byte {
        case nil:
            guard depth == 0 else { throw fault() }
            return .end
        case UInt8(ascii: "&"): return operatorToken(.and)
        case UInt8(ascii: "|"): return operatorToken(.or)
        case UInt8(ascii: "<"):
            guard let distance = try distance() else { throw fault() }
            waitsForOperand = true
            isFirst = false
            return .item(.phrase(distance))
        case UInt8(ascii: ")"):
            reader.position += 1
            depth -= 1
            guard depth >= 0 else { throw fault() }
            return .close
        default: throw fault()
        }
    }

    private mutating func operatorToken(_ item: TSQuery.Item) -> Token {
        reader.position += 1
        waitsForOperand = true
        isFirst = false
        return .item(item)
    }

    /// `:AB*` behind a word.
    private mutating func modifiers() -> (weights: UInt8, isPrefix: Bool) {
        guard reader.byte == UInt8(ascii: ":") else { return (0, false) }
        reader.position += 1
        var weights: UInt8 = 0
        var isPrefix = false
        while let byte = reader.byte {
            switch byte {
            case UInt8(ascii: "*"): isPrefix = true
            case UInt8(ascii: "a")...UInt8(ascii: "d"): weights |= 8 >> (byte - UInt8(ascii: "a"))
            case UInt8(ascii: "A")...UInt8(ascii: "D"): weights |= 8 >> (byte - UInt8(ascii: "A"))
            default: return (weights, isPrefix)
            }
            reader.position += 1
        }
        return (weights, isPrefix)
    }

    /// `<->`, or `<5>`; nil if it is neither.
    private mutating func distance() throws(SQLError) -> Int? {
        var end = reader.position + 1
        let bytes = reader.bytes
        var number = 1
        if end < bytes.count, bytes[end] == UInt8(ascii: "-") {
            end += 1
        } else {
            guard end < bytes.count, ASCII.isDigit(bytes[end]) else { return nil }
            number = 0
            while end < bytes.count, ASCII.isDigit(bytes[end]) {
                number = min(number * 10 + Int(bytes[end] - 48), 1 << 40)
                end += 1
            }
            guard number <= longestDistance else { throw Self.distanceFault }
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: ">") else { return nil }
        reader.position = end + 1
        // It has to be followed by something.
        return reader.byte == nil ? nil : number
    }

    static let distanceFault = SQLError(
        .invalidParameterValue,
        "distance in phrase operator must be an integer value between zero and \(TSQuery.maximumDistance) inclusive")

    private mutating func nextOfWeb() throws(SQLError) -> Token {
        while true {
            skipBlanks()
            guard let byte = reader.byte else {
                guard waitsForOperand else { return .end }
                guard !isFirst else { return .end }
                // An operator without an operand behind it.
                items.append(nil)
                waitsForOperand = false
                return .end
            }
            if waitsForOperand {
                if byte == UInt8(ascii: "-") {
                    reader.position += 1
                    isFirst = false
                    return .item(.not)
                }
                if byte == UInt8(ascii: "\"") {
                    let start = reader.position + 1
                    let end = reader.bytes[start...].firstIndex(of: byte) ?? reader.bytes.count
                    reader.position = min(end + 1, reader.bytes.count)
                    waitsForOperand = false
                    return .word(Array(reader.bytes[start..<end]), weights: 0, isPrefix: false)
                }
                if reader.isAtOperator {
                    reader.position += 1
                    isFirst = false
                    continue
                }
                guard let (word, _) = try reader.next() else { return .end }
                waitsForOperand = false
                return .word(word, weights: 0, isPrefix: false)
            }
            if isAtOr {
                reader.position += 2
                waitsForOperand = true
                isFirst = false
                return .item(.or)
            }
            if reader.isAtOperator {
                reader.position += 1
                continue
            }
            waitsForOperand = true
            isFirst = false
            return .item(.and)
        }
    }

    /// Whether `or` stands here by itself, with something behind it.
    private var isAtOr: Bool {
        let bytes = reader.bytes
        var place = reader.position + 2
        guard place < bytes.count, bytes[place - 2] | 0x20 == UInt8(ascii: "o"), bytes[place - 1] | 0x20 == UInt8(ascii: "r") else {
            return false
        }
        let next = SearchCharacter(bytes, place)
        if bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "_") || next.isAlphanumeric { return false }
        place += next.length
        while place < bytes.count {
            let character = SearchCharacter(bytes, place)
            guard character.isSpace else { return true }
            place += character.length
        }
        return false
    }
}
