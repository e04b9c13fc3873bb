import Catalog

/// What PostgreSQL's regular expressions say of the length of a match, and of what its groups take: the parts of an expression that prefer
/// much or little.
///
/// Henry Spencer's engine, which PostgreSQL has, finds the ends of a match first, by the preference of the whole expression. Then it divides what
/// was matched: of two parts in a row the first takes as much as it can, or as little, and of alternatives the first is taken that fits. So the
/// tree has only as many parts as groups need: what has no group and is of one mind about much and little is one part.
struct RegexDivision: Sendable {
    struct Traits: OptionSet {
        let rawValue: UInt8

        static let longer = Traits(rawValue: 1)
        static let shorter = Traits(rawValue: 2)
        /// Something within prefers much, and something little.
        static let mixed = Traits(rawValue: 4)
        static let hasGroups = Traits(rawValue: 8)
        static let refersBack = Traits(rawValue: 16)

        private static let preferences: Traits = [.longer, .shorter]

        var preference: Traits { intersection(Self.preferences) }
        /// Whether a part has to be looked into.
        var isDivided: Bool { !isDisjoint(with: [.mixed, .hasGroups, .refersBack]) }

        /// What they say of something around.
        var inherited: Traits {
            let rest = subtracting(Self.preferences)
            return isSuperset(of: Self.preferences) ? rest.union(.mixed) : rest
        }

        /// Those of two parts in a row, or of a quantifier and what it repeats: the first that has a preference decides.
        func followed(by other: Traits) -> Traits {
            union(other).inherited.union(preference.isEmpty ? other.preference : preference)
        }
    }

    indirect enum Form: Sendable {
        case plain
        case sequence(Part, Part)
        case alternatives([Part])
        /// As often as it fits, at most so often, each time with something; where there is nothing, once if that fits and
        /// prefers much.
        case repetition(Part, most: Int?)
    }

    struct Part: Sendable {
        var form: Form
        var prefersLittle: Bool
        /// The groups that take all that it matches.
        var groups: [Int]
        /// It alone: nil for the whole expression, whose matches are found already.
        var program: RegexProgram?
    }

    let root: Part

    /// Whether the whole expression matches as little as it can.
    static func prefersLittle(_ node: RegexNode) -> Bool { Builder().piece(node).traits.contains(.shorter) }

    /// Nil if it takes too many instructions.
    init?(_ node: RegexNode, sets: [CodePointSet]) {
        var compiler = Compiler(sets: sets)
        guard let root = compiler.part(Builder().piece(node), isRoot: true) else { return nil }
        self.root = root
    }

    // MARK: Building

    /// A part before it is compiled.
    struct Piece {
        indirect enum Form {
            case plain
            case sequence(Piece, Piece)
            case alternatives([Piece])
            case repetition(Piece, most: Int?)
        }

        var node: RegexNode
        var form = Form.plain
        var traits: Traits
        var groups: [Int] = []

        var isPlain: Bool { if case .plain = form { groups.isEmpty } else { false } }
    }

    private struct Compiler {
        let sets: [CodePointSet]
        private var instructionCount = 0

        init(sets: [CodePointSet]) { self.sets = sets }

        mutating func part(_ piece: Piece, isRoot: Bool = false) -> Part? {
            var part = Part(form: .plain, prefersLittle: piece.traits.contains(.shorter), groups: piece.groups)
            if !isRoot {
                guard let program = try? RegexProgram(piece.node, sets: sets) else { return nil }
                instructionCount += program.instructions.count
                guard instructionCount <= RegexLimits.instructions else { return nil }
                part.program = program
            }
            switch piece.form {
            case .plain: break
            case .sequence(let first, let second):
                guard let first = self.part(first), let second = self.part(second) else { return nil }
                part.form = .sequence(first, second)
            case .alternatives(let pieces):
                var parts: [Part] = []
                for piece in pieces {
                    guard let made = self.part(piece) else { return nil }
                    parts.append(made)
                }
                part.form = .alternatives(parts)
            case .repetition(let repeated, let most):
                guard let made = self.part(repeated) else { return nil }
                part.form = .repetition(made, most: most)
            }
            return part
        }
    }

    private struct Builder {
        func piece(_ node: RegexNode) -> Piece {
            switch node {
            case .alternatives(let nodes):
                var traits = Traits.longer
                var pieces: [Piece] = []
                for node in nodes {
                    pieces.append(piece(node))
                    traits.formUnion(traits.union(pieces[pieces.count - 1].traits).inherited)
                }
                return Piece(node: node, form: traits.isDivided ? .alternatives(pieces) : .plain, traits: traits)
            case .group(let node, let index):
                var made = piece(node)
                made.traits.insert(.hasGroups)
                made.groups.append(index)
                return made
            case .sequence(let nodes): return row(nodes[...])
            default: return row([node])
            }
        }

        /// What stands in a row: what comes first and need not be looked into, then what has to be, then the rest.
        private func row(_ nodes: ArraySlice<RegexNode>) -> Piece {
            var before = Piece(node: .empty, traits: [])
            for (index, node) in zip(nodes.indices, nodes) {
                switch node {
                case .empty, .assertion, .look: continue
                default: break
                }
                let (atom, preference) = quantified(node)
                let inner = atom.map { piece($0) }
                let traits = before.traits.union(preference).union(inner?.traits ?? (isReference(node) ? .refersBack : []))
                var isGroup = false
                if case .group? = atom { isGroup = true }
                if !isGroup, !traits.inherited.isDivided {
                    before.traits = traits
                    continue
                }
                before.node = .sequenced(Array(nodes[nodes.startIndex..<index]))
                let isFirst = if case .empty = before.node { true } else { false }
                let made = repeated(node, inner ?? Piece(node: node, traits: isReference(node) ? .refersBack : []), preference)
                let rest = nodes[(index + 1)...]
                if rest.isEmpty { return isFirst ? made : pair(before, made) }
                let end = row(rest)
                let tail = pair(made, end)
                if isFirst { return tail }
                if made.isPlain, end.isPlain, !made.traits.union(end.traits).inherited.isDivided {
                    // It was only not of one mind with what stands before it.
                    let plain = Piece(node: tail.node, traits: made.traits.followed(by: end.traits))
                    return Piece(node: .sequenced(Array(nodes)), form: .sequence(before, plain), traits: joined(before, tail))
                }
                return pair(before, tail)
            }
            return Piece(node: .sequenced(Array(nodes)), traits: before.traits)
        }

        private func pair(_ first: Piece, _ second: Piece) -> Piece {
            Piece(node: .sequenced([first.node, second.node]), form: .sequence(first, second), traits: joined(first, second))
        }

        private func joined(_ first: Piece, _ second: Piece) -> Traits {
            first.traits.subtracting(.hasGroups).union(first.traits.followed(by: second.traits))
        }

        private func isReference(_ node: RegexNode) -> Bool { if case .reference = node { true } else { false } }

        /// What a node repeats, or itself where it has parts of its own, and what its quantifier prefers.
        private func quantified(_ node: RegexNode) -> (atom: RegexNode?, Traits) {
            switch node {
            case .repetition(let atom, _, _, let isGreedy): (composed(atom), isGreedy.map { $0 ? .longer : .shorter } ?? [])
            default: (composed(node), [])
            }
        }

        private func composed(_ node: RegexNode) -> RegexNode? {
            switch node {
            case .sequence, .alternatives, .group, .repetition: node
            default: nil
            }
        }

        /// A piece under the quantifier of a node.
        private func repeated(_ node: RegexNode, _ piece: Piece, _ preference: Traits) -> Piece {
            guard case .repetition(let atom, let least, let most, let isGreedy) = node else { return piece }
            let traits = preference.followed(by: piece.traits)
            if least == 1, most == 1 {
                let own = piece.traits.intersection([.longer, .shorter, .mixed])
                if preference.isEmpty || own.isEmpty || own == preference { return piece }
            }
            if piece.traits.isDisjoint(with: [.hasGroups, .refersBack]) { return Piece(node: node, traits: traits) }
            guard least > 0, !piece.traits.contains(.refersBack) else {
                return Piece(node: node, form: .repetition(piece, most: most), traits: traits)
            }
            // Groups tell of the last time; where the others end need not be known.
            let others =
                most == 1 ? RegexNode.empty : .repetition(atom, minimum: least - 1, maximum: most.map { $0 - 1 }, isGreedy: isGreedy)
            return Piece(node: node, form: .sequence(Piece(node: others, traits: traits.preference), piece), traits: traits)
        }
    }
}
