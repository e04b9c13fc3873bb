/// A value of tsquery: words that a text has to have, with operators between them.
///
/// The items stand as a calculator with a stack takes them: operands first, then the operator that takes them from the stack. So nothing
/// here calls itself, however many levels a query has.
package final class TSQuery: Sendable {
    package struct Operand: Hashable, Sendable {
        package let word: [UInt8]
        /// Bits: D, C, B, A from the lowest; 0 for any weight.
        package let weights: UInt8
        package let isPrefix: Bool
    }

    package enum Item: Hashable, Sendable {
        case operand(Operand)
        case not, and, or
        case phrase(Int)
    }

    package let items: [Item]
    enum Place { case outside, inPhrase, rootOfPhrase }

    /// Where each item stands: below a phrase places count.
    let places: [Place]

    static let empty = TSQuery([])

    init(_ items: [Item]) {
        self.items = items
        let starts = Self.starts(of: items)
        var places = Array(repeating: Place.outside, count: items.count)
        var phraseStart = Int.max
        for index in items.indices.reversed() {
            if index >= phraseStart {
                places[index] = .inPhrase
            } else if case .phrase = items[index] {
                places[index] = .rootOfPhrase
                phraseStart = starts[index]
            }
        }
        self.places = places
    }

    var isEmpty: Bool { items.isEmpty }

    var operands: [Operand] {
        items.compactMap { if case .operand(let operand) = $0 { operand } else { nil } }
    }

    /// Where what each item stands for begins: an operator's operands are before it.
    static func starts(of items: [Item]) -> [Int] {
        var starts: [Int] = []
        starts.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            switch item {
            case .operand: starts.append(index)
            case .not: starts.append(index > 0 ? starts[index - 1] : 0)
            case .and, .or, .phrase:
                let right = index > 0 ? starts[index - 1] : 0
                starts.append(right > 0 ? starts[right - 1] : 0)
            }
        }
        return starts
    }

    /// Whether the items are one query: each operator finds its operands, and nothing is left.
    static func isWhole(_ items: [Item]) -> Bool {
        var depth = 0
        for item in items {
            switch item {
            case .operand: depth += 1
            case .not: guard depth >= 1 else { return false }
            case .and, .or, .phrase:
                guard depth >= 2 else { return false }
                depth -= 1
            }
        }
        return depth == 1 || items.isEmpty
    }

    // MARK: Joining

    /// How far from each other the parts of a phrase may be said to be.
    static let maximumDistance = 16_384
    /// How far they can be, as stop words between them are counted too.
    static let longestDistance = Int(Int16.max)

    func joined(to other: TSQuery, _ item: Item) -> TSQuery {
        if isEmpty { return other }
        if other.isEmpty { return self }
        return TSQuery(items + other.items + [item])
    }

    var negated: TSQuery { isEmpty ? self : TSQuery(items + [.not]) }

    // MARK: Stop words

    /// Takes out the places where stop words were, which are nil. Phrases keep their distances across them, as PostgreSQL counts these.
    static func withoutStops(_ items: [Item?]) -> TSQuery {
        struct Part {
            var isEmpty = true
            /// What is to be added to the distance of a phrase to the left of this, and to the right.
            var left = 0
            var right = 0
        }
        // What is left of the parts on the stack stands in this one behind the other.
        var kept: [Item] = []
        var stack: [Part] = []
        for item in items {
            switch item {
            case nil: stack.append(Part())
            case .operand(let operand)?:
                kept.append(.operand(operand))
                stack.append(Part(isEmpty: false))
            case .not?:
                if stack.last?.isEmpty == false { kept.append(.not) }
            case .and?, .or?, .phrase?:
                guard let b = stack.popLast(), var a = stack.popLast() else { return .empty }
                var distance = 0
                var isPhrase = false
                if case .phrase(let steps)? = item { (isPhrase, distance) = (true, steps) }
                switch (a.isEmpty, b.isEmpty) {
                case (true, true):
                    a.left = isPhrase ? a.left + distance + b.left : max(a.left, b.left)
                    a.right = a.left
                case (true, false):
                    let left = isPhrase ? a.left + distance + b.left : b.left
                    a = b
                    a.left = left
                case (false, true):
                    if isPhrase { a.right += distance + b.right }
                case (false, false):
                    if isPhrase {
                        kept.append(.phrase(min(distance + a.right + b.left, longestDistance)))
                        a.right = b.right
                    } else {
                        if let item { kept.append(item) }
                        (a.left, a.right) = (0, 0)
                    }
                }
                stack.append(a)
            }
        }
        return TSQuery(kept)
    }

    /// What an index can look for: without what is behind NOT; nil if that leaves nothing.
    var withoutNegations: [Item]? {
        // What is left of the parts on the stack, which are where they begin, stands in this one behind the other.
        var kept: [Item] = []
        var stack: [(start: Int, isEmpty: Bool)] = []
        for item in items {
            switch item {
            case .operand:
                stack.append((kept.count, false))
                kept.append(item)
            case .not:
                let start = stack.popLast()?.start ?? 0
                kept.removeSubrange(start...)
                stack.append((start, true))
            case .and, .or, .phrase:
                guard let b = stack.popLast(), let a = stack.popLast() else { return nil }
                if !a.isEmpty, !b.isEmpty { kept.append(item) }
                let isEmpty = item == .or ? a.isEmpty || b.isEmpty : a.isEmpty && b.isEmpty
                if isEmpty { kept.removeSubrange(a.start...) }
                stack.append((a.start, isEmpty))
            }
        }
        return stack.last?.isEmpty == false ? kept : nil
    }

    // MARK: Text

    package func append(to bytes: inout [UInt8]) { Self.append(items, to: &bytes) }

    private static func priority(_ item: Item) -> Int {
        switch item {
        case .or: 1
        case .and: 2
        case .phrase: 3
        case .not: 4
        case .operand: 5
        }
    }

    /// `'fat' & ( 'rat' | 'cat' )`.
    static func append(_ items: [Item], to bytes: inout [UInt8]) {
        enum Piece { case part(Int, in: Item?, isRight: Bool), sign(Item), end }
        let starts = starts(of: items)
        // What is still to be written, the next one last.
        var pieces: [Piece] = items.isEmpty ? [] : [.part(items.count - 1, in: nil, isRight: false)]
        while let piece = pieces.popLast() {
            switch piece {
            case .end: bytes.append(contentsOf: " )".utf8)
            case .sign(.or): bytes.append(contentsOf: " | ".utf8)
            case .sign(.phrase(1)): bytes.append(contentsOf: " <-> ".utf8)
            case .sign(.phrase(let distance)): bytes.append(contentsOf: " <\(distance)> ".utf8)
            case .sign: bytes.append(contentsOf: " & ".utf8)
            case .part(let index, let parent, let isRight):
                let item = items[index]
                if let parent, isEnclosed(item, in: parent, isRight: isRight) {
                    bytes.append(contentsOf: "( ".utf8)
                    pieces.append(.end)
                }
                switch item {
                case .operand(let operand): bytes += text(operand)
                case .not:
                    bytes.append(UInt8(ascii: "!"))
                    pieces.append(.part(index - 1, in: item, isRight: false))
                case .and, .or, .phrase:
                    pieces.append(.part(index - 1, in: item, isRight: true))
                    pieces.append(.sign(item))
                    pieces.append(.part(starts[index - 1] - 1, in: item, isRight: false))
                }
            }
        }
    }

    private static func isEnclosed(_ item: Item, in parent: Item, isRight: Bool) -> Bool {
        if case .phrase = item, case .phrase = parent, isRight { return true }
        return priority(item) < priority(parent)
    }

    private static func text(_ operand: Operand) -> [UInt8] {
        var bytes: [UInt8] = []
        TSVector.append(quoted: operand.word, to: &bytes)
        if operand.weights != 0 || operand.isPrefix {
            bytes.append(UInt8(ascii: ":"))
            if operand.isPrefix { bytes.append(UInt8(ascii: "*")) }
            for weight in (0..<4).reversed() where operand.weights & 1 << UInt8(weight) != 0 { bytes.append(TSVector.letters[weight]) }
        }
        return bytes
    }

    // MARK: Order

    /// The order that PostgreSQL's B-trees have of them: by size, then part by part, operands by a check sum first.
    static func compare(_ a: TSQuery, _ b: TSQuery) -> Int {
        if a === b { return 0 }
        if a.items.count != b.items.count { return a.items.count < b.items.count ? -1 : 1 }
        if a.wordByteCount != b.wordByteCount { return a.wordByteCount < b.wordByteCount ? -1 : 1 }
        // An operator comes before its operands there, the right one first, but the distance of a phrase behind them.
        var starts: [Int] = []
        var phrase: (start: Int, order: Int)?
        for index in a.items.indices.reversed() {
            let order = compare(a.items[index], b.items[index])
            if order != 0 { return order }
            let distances = compareDistances(a.items[index], b.items[index])
            if distances != 0 {
                if starts.isEmpty { starts = Self.starts(of: a.items) }
                // A phrase within another one ends first.
                phrase = (starts[index], distances)
            }
            if let phrase, phrase.start == index { return phrase.order }
        }
        return 0
    }

    var wordByteCount: Int {
        items.reduce(0) { if case .operand(let operand) = $1 { $0 + operand.word.count + 1 } else { $0 } }
    }

    /// The distances of two phrases are not looked at.
    static func compare(_ a: Item, _ b: Item) -> Int {
        switch (a, b) {
        case (.operand(let x), .operand(let y)):
            let (p, q) = (checksum(x.word), checksum(y.word))
            if p != q { return p > q ? -1 : 1 }
            return TSVector.compare(x.word, y.word)
        case (.operand, _): return 1
        case (_, .operand): return -1
        default:
            let (x, y) = (binaryCode(a), binaryCode(b))
            return x == y ? 0 : x > y ? -1 : 1
        }
    }

    static func compareDistances(_ a: Item, _ b: Item) -> Int {
        guard case .phrase(let x) = a, case .phrase(let y) = b, x != y else { return 0 }
        return x > y ? -1 : 1
    }

    /// An operator's number in the binary form.
    package static func binaryCode(_ item: Item) -> UInt8 {
        switch item {
        case .operand: 0
        case .not: 1
        case .and: 2
        case .or: 3
        case .phrase: 4
        }
    }

    private static let checksums: [UInt32] = (0..<256).map { start in
        (0..<8).reduce(UInt32(start)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }

    static func checksum(_ word: [UInt8]) -> Int32 {
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in word { sum = checksums[Int(UInt8(truncatingIfNeeded: sum >> 24) ^ byte)] ^ sum << 8 }
        return Int32(bitPattern: ~sum)
    }
}

extension TSQuery: Hashable {
    /// As PostgreSQL has it, which looks at neither weights nor `*`.
    package static func == (a: TSQuery, b: TSQuery) -> Bool { compare(a, b) == 0 }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(items.count)
        for case .operand(let operand) in items { hasher.combine(operand.word) }
    }
}
