import Catalog

extension TSQuery {
    /// What an index of lexemes is asked for.
    struct Lookup {
        let query: TextQuery
        /// Whether the query holds for all documents that are found; otherwise it has to be asked of each.
        let isExact: Bool
    }

    /// Nil if rows may have none of the query's words, so that no index helps.
    var lookup: Lookup? {
        guard items.count <= Self.mostItems else { return nil }
        var stack: [Part] = []
        for item in items {
            switch item {
            case .operand(let operand): stack.append(Part(operand))
            case .not:
                guard let part = stack.popLast() else { return nil }
                stack.append(part.negated)
            case .and, .or, .phrase:
                guard let right = stack.popLast(), let left = stack.popLast() else { return nil }
                switch item {
                case .or: stack.append(left.or(right))
                case .phrase(let distance): stack.append(left.phrase(right, distance))
                default: stack.append(left.and(right))
                }
            }
        }
        guard let whole = stack.last, let groups = whole.groups else { return nil }
        return Lookup(query: TextQuery(groups: Self.scoredOnce(groups), excluded: whole.excluded), isExact: whole.isExact)
    }

    /// Of longer ones rows are asked without an index.
    private static let mostItems = 2_000

    /// A word that stands in several groups is scored in one.
    private static func scoredOnce(_ groups: [[TextQuery.Part]]) -> [[TextQuery.Part]] {
        var seen: [TextQuery.Part] = []
        guard groups.count > 1 || groups.first?.count ?? 0 > 1 else { return groups }
        return groups.map { group in
            group.map { part in
                if seen.contains(part) { return .unscored(part) }
                seen.append(part)
                return part
            }
        }
    }

    /// What is known of a part of the query.
    private struct Part {
        /// Each has to be met, by any of its parts; nil: they may be met by rows with no word of these.
        var groups: [[TextQuery.Part]]?
        var excluded: [TextQuery.Part] = []
        var isExact: Bool
        /// Of words that have to follow each other: how far from the first.
        var words: [(term: [UInt8], offset: Int)]?

        init(_ groups: [[TextQuery.Part]]?, excluded: [TextQuery.Part] = [], isExact: Bool) {
            self.groups = groups
            self.excluded = excluded
            self.isExact = isExact
        }

        init(_ operand: Operand) {
            let (term, isExact) = LexemeTerm.of(operand.word)
            groups = term.isEmpty ? nil : [[operand.isPrefix ? .prefix(term) : .word(term)]]
            self.isExact = isExact && operand.weights == 0 && !term.isEmpty
            if self.isExact, !operand.isPrefix { words = [(term, 0)] }
        }

        var negated: Part {
            guard isExact, excluded.isEmpty, let groups, groups.count == 1 else { return Part(nil, isExact: false) }
            return Part(nil, excluded: groups[0], isExact: true)
        }

        func and(_ other: Part) -> Part {
            let all = (groups ?? []) + (other.groups ?? [])
            return Part(
                groups == nil && other.groups == nil ? nil : all, excluded: excluded + other.excluded,
                isExact: isExact && other.isExact)
        }

        func or(_ other: Part) -> Part {
            guard let mine = groups, let its = other.groups else { return Part(nil, isExact: false) }
            let isExact = isExact && other.isExact && excluded.isEmpty && other.excluded.isEmpty
            guard mine.count * its.count <= Self.mostGroups else {
                return Part([Self.distinct((mine + its).flatMap { $0 })], isExact: false)
            }
            return Part(mine.flatMap { one in its.map { Self.adding($0, to: one) } }, isExact: isExact)
        }

        /// Words without places meet no phrase, and stand in the index behind all places.
        func phrase(_ other: Part, _ distance: Int) -> Part {
            if let words, let last = words.last, let more = other.words, let end = more.last, distance > 0,
                last.offset + distance + end.offset < TSQuery.maximumDistance
            {
                var all = words
                for word in more { all.append((word.term, last.offset + distance + word.offset)) }
                var part = Part([[.phrase(all)]], isExact: true)
                part.words = all
                return part
            }
            var part = and(other)
            part.excluded = []
            part.isExact = false
            return part
        }

        private static let mostGroups = 16

        /// - Parameter parts: each once.
        private static func adding(_ more: [TextQuery.Part], to parts: [TextQuery.Part]) -> [TextQuery.Part] {
            var all = parts
            for part in more where !all.contains(part) { all.append(part) }
            return all
        }

        private static func distinct(_ parts: [TextQuery.Part]) -> [TextQuery.Part] { adding(parts, to: []) }
    }
}
