/// A query as a tree in which a part is found whatever the order of what `&` and `|` join: what `ts_rewrite` looks at.
///
/// Children are ordered as PostgreSQL orders them, from which follows where a substitute comes to stand.
struct TSQueryTree {
    private let item: TSQuery.Item
    /// The right operand first.
    private var children: [TSQueryTree]
    /// Whether it was put in, so that nothing in it is replaced again.
    private var isSubstitute = false

    private init(_ item: TSQuery.Item, _ children: [TSQueryTree]) {
        self.item = item
        self.children = children
    }

    /// Deeper ones are not gone through: each level takes some of the stack.
    private static let deepest = 400

    /// Nil for an empty query.
    private init?(_ query: TSQuery) throws(SQLError) {
        var stack: [(tree: TSQueryTree, depth: Int)] = []
        for item in query.items {
            switch item {
            case .operand: stack.append((TSQueryTree(item, []), 1))
            case .not:
                guard let part = stack.popLast() else { return nil }
                stack.append((TSQueryTree(item, [part.tree]), part.depth + 1))
            case .and, .or, .phrase:
                guard let right = stack.popLast(), let left = stack.popLast() else { return nil }
                stack.append((TSQueryTree(item, [right.tree, left.tree]), max(right.depth, left.depth) + 1))
            }
            if let depth = stack.last?.depth, depth > Self.deepest {
                throw SQLError(.statementTooComplex, "the query has more than \(Self.deepest) levels")
            }
        }
        guard let whole = stack.popLast() else { return nil }
        self = whole.tree
    }

    /// The query with another in the place of each part that is the target; without these parts if the other is empty.
    static func rewriting(_ query: TSQuery, _ target: TSQuery, _ substitute: TSQuery) throws(SQLError) -> TSQuery {
        guard let whole = try TSQueryTree(query), let target = try TSQueryTree(target) else { return query }
        var isFound = false
        let other = try TSQueryTree(substitute)
        var rewritten = whole.flat.replacing(target.flat, other, &isFound)
        if isFound, other == nil { rewritten = rewritten?.withoutGaps }
        var items: [TSQuery.Item] = []
        rewritten?.append(to: &items)
        return TSQuery(items)
    }

    /// The query with what `&` and `|` join in PostgreSQL's order, as it is between two substitutions.
    static func ordered(_ query: TSQuery) throws(SQLError) -> TSQuery {
        var items: [TSQuery.Item] = []
        try TSQueryTree(query)?.flat.append(to: &items)
        return TSQuery(items)
    }

    // MARK: Order

    /// What `&` and `|` join as children of one, in order.
    private var flat: TSQueryTree {
        var tree = self
        tree.children = children.map(\.flat)
        if item == .and || item == .or {
            tree.children = tree.children.flatMap { $0.item == item ? $0.children : [$0] }
        }
        return tree.sorted
    }

    private var sorted: TSQueryTree {
        if case .phrase = item { return self }
        var tree = self
        tree.children.sort { Self.compare($0, $1) < 0 }
        return tree
    }

    private static func compare(_ a: TSQueryTree, _ b: TSQueryTree) -> Int {
        if TSQuery.binaryCode(a.item) == TSQuery.binaryCode(b.item), a.children.count != b.children.count {
            return a.children.count > b.children.count ? -1 : 1
        }
        let order = TSQuery.compare(a.item, b.item)
        if order != 0 { return order }
        for (one, other) in zip(a.children, b.children) {
            let order = compare(one, other)
            if order != 0 { return order }
        }
        return TSQuery.compareDistances(a.item, b.item)
    }

    // MARK: Replacing

    private func substituted() -> TSQueryTree {
        var tree = self
        tree.isSubstitute = true
        return tree
    }

    /// Nil if nothing is left.
    private func replacing(_ target: TSQueryTree, _ other: TSQueryTree?, _ isFound: inout Bool) -> TSQueryTree? {
        guard var tree = replacingHere(target, other, &isFound) else { return nil }
        guard !tree.isSubstitute else { return tree }
        tree.children = tree.children.compactMap { $0.replacing(target, other, &isFound) }
        return tree
    }

    private func replacingHere(_ target: TSQueryTree, _ other: TSQueryTree?, _ isFound: inout Bool) -> TSQueryTree? {
        guard !isSubstitute, TSQuery.binaryCode(item) == TSQuery.binaryCode(target.item) else { return self }
        if children.count == target.children.count {
            guard Self.compare(self, target) == 0 else { return self }
            isFound = true
            return other?.substituted()
        }
        guard item == .and || item == .or, children.count > target.children.count, !target.children.isEmpty else { return self }
        var left: [TSQueryTree] = []
        var wanted = target.children[...]
        for child in children {
            if let next = wanted.first, Self.compare(child, next) == 0 { wanted.removeFirst() } else { left.append(child) }
        }
        guard wanted.isEmpty else { return self }
        isFound = true
        var tree = self
        tree.children = left + (other.map { [$0.substituted()] } ?? [])
        return tree.sorted
    }

    /// Without operators that have lost what they join.
    private var withoutGaps: TSQueryTree? {
        if case .operand = item { return self }
        var tree = self
        tree.children = children.compactMap(\.withoutGaps)
        if tree.children.isEmpty { return nil }
        return tree.children.count == 1 && item != .not ? tree.children[0] : tree
    }

    /// As a query has it: two children of each at most.
    private func append(to items: inout [TSQuery.Item]) {
        switch children.count {
        case 0: items.append(item)
        case 1:
            children[0].append(to: &items)
            if item == .not { items.append(item) }
        default:
            // The first two are one child, then that and the last one.
            var rest = children[...]
            var order = [rest.removeFirst(), rest.removeFirst()]
            while let last = rest.popLast() { order.append(last) }
            Self.append(order[...], item, to: &items)
        }
    }

    private static func append(_ children: ArraySlice<TSQueryTree>, _ item: TSQuery.Item, to items: inout [TSQuery.Item]) {
        // The right operand comes first among the children, and last among the items.
        let operands = children.reversed()
        for operand in operands { operand.append(to: &items) }
        for _ in 1..<operands.count { items.append(item) }
    }
}
