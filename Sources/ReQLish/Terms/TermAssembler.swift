/// Puts terms together, children before parents, and makes a ``TermTree`` of them.
///
/// Mistakes that callers can't be expected to check for after each step (an object with the same field twice, a literal that is
/// too deep) are remembered in ``failure``; making the tree throws the first one.
struct TermAssembler {
    private(set) var nodes: [TermTree.Node] = []
    private var children: [Int32] = []
    private var names: [String] = []
    private var datums: [Datum] = []
    private(set) var failure: ReQLError?
    /// Whether literals were folded into one, so that unused nodes are left over.
    private var hasFolded = false

    /// The name of a term that was assembled before.
    struct Reference: Hashable {
        let index: Int32
    }

    func type(of term: Reference) -> TermType { nodes[Int(term.index)].type }

    func hasFreeRow(_ term: Reference) -> Bool { nodes[Int(term.index)].hasFreeRow }

    /// The value of a literal, or nil for any other term.
    func literal(_ term: Reference) -> Datum? {
        let node = nodes[Int(term.index)]
        return node.type == .datum ? datums[Int(node.first)] : nil
    }

    /// The child that a step of an error's path leads to, or nil.
    func child(of term: Reference, _ frame: ReQLError.Frame) -> Reference? {
        let node = nodes[Int(term.index)]
        guard node.type != .datum else { return nil }
        switch frame {
        case .argument(let position):
            guard position >= 0 && position < Int(node.argumentCount) else { return nil }
            return Reference(index: children[Int(node.first) + position])
        case .optional(let name):
            for i in 0..<Int(node.optionCount) where names[Int(node.firstName) + i].utf8.elementsEqual(name.utf8) {
                return Reference(index: children[Int(node.first + node.argumentCount) + i])
            }
            return nil
        }
    }

    /// The fields of an object literal.
    mutating func fields(of object: Reference) -> [(name: String, term: Reference)] {
        if let literal = literal(object) { return literal.fields.map { (name: $0.key, term: datum($0.value)) } }
        let node = nodes[Int(object.index)]
        return (0..<Int(node.optionCount)).map { i in
            (names[Int(node.firstName) + i], Reference(index: children[Int(node.first + node.argumentCount) + i]))
        }
    }

    /// Makes room for so many terms at once.
    mutating func reserve(termCount: Int) {
        nodes.reserveCapacity(termCount)
        children.reserveCapacity(termCount)
        datums.reserveCapacity(termCount)
    }

    mutating func fail(_ error: ReQLError) {
        if failure == nil { failure = error }
    }

    // MARK: Adding terms

    mutating func datum(_ datum: Datum) -> Reference {
        datums.append(datum)
        return add(TermTree.Node(type: .datum, first: Int32(datums.count - 1)))
    }

    /// A term over terms that were added before. Literals of literals become one datum.
    mutating func term(_ type: TermType, _ arguments: [Reference] = [], options: [(name: String, term: Reference)] = []) -> Reference {
        if options.isEmpty { return term(type, arguments[...], sortedNames: []) }
        let options = options.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (a, b) in zip(options, options.dropFirst()) where a.name.utf8.elementsEqual(b.name.utf8) {
            fail(
                ReQLError(
                    .compile, type == .makeObject ? "The object has the field `\(a.name)` twice." : "The option `\(a.name)` is given twice."
                ))
        }
        return term(type, (arguments + options.map(\.term))[...], sortedNames: options.map(\.name))
    }

    /// The same where the options' names are sorted, and each is there once.
    ///
    /// - Parameter children: the arguments and then the options.
    mutating func term(_ type: TermType, _ children: ArraySlice<Reference>, sortedNames: [String]) -> Reference {
        let argumentCount = children.count - sortedNames.count
        if let folded = folded(type, children, sortedNames) {
            hasFolded = true
            return folded
        }
        var node = TermTree.Node(
            type: type, first: Int32(self.children.count), argumentCount: Int32(argumentCount), optionCount: Int32(sortedNames.count),
            firstName: Int32(names.count), hasFreeRow: type == .implicitVariable)
        var deepest: Int32 = 0
        for child in children {
            self.children.append(child.index)
            let below = nodes[Int(child.index)]
            deepest = max(deepest, below.depth)
            if below.hasFreeRow { node.hasFreeRow = true }
        }
        names.append(contentsOf: sortedNames)
        node.depth = deepest + 1
        if type == .function { node.hasFreeRow = false }
        if node.depth > Int32(TermTree.maximumDepth) { fail(.tooDeep) }
        return add(node)
    }

    mutating func variable(_ id: Int) -> Reference {
        let number = datum(Datum(id))
        return term(.variable, [number])
    }

    /// A function whose body was added before.
    mutating func function(parameters: [Int], body: Reference) -> Reference {
        let list = datum(Datum(elements: parameters.map { Datum($0) }))
        return term(.function, [list, body])
    }

    /// A copy of a term of another tree.
    mutating func append(_ term: Term) -> Reference {
        let source = term.tree.storage
        let start = TermTree.firstDescendant(of: Int(term.index), in: source)
        let shift = Int32(nodes.count - start)
        for index in start...Int(term.index) {
            var node = source.nodes[index]
            if node.type == .datum {
                datums.append(source.datums[Int(node.first)])
                node.first = Int32(datums.count - 1)
            } else {
                let first = Int32(children.count), firstName = Int32(names.count)
                for i in 0..<(node.argumentCount + node.optionCount) { children.append(source.children[Int(node.first + i)] + shift) }
                for i in 0..<node.optionCount { names.append(source.names[Int(node.firstName + i)]) }
                node.first = first
                node.firstName = firstName
            }
            nodes.append(node)
        }
        return Reference(index: Int32(nodes.count - 1))
    }

    private mutating func add(_ node: TermTree.Node) -> Reference {
        nodes.append(node)
        return Reference(index: Int32(nodes.count - 1))
    }

    // MARK: Literals

    /// The datum that an array or object of literals is.
    private mutating func folded(_ type: TermType, _ children: ArraySlice<Reference>, _ names: [String]) -> Reference? {
        switch type {
        case .makeArray: foldedArray(children.dropLast(names.count))
        case .makeObject: foldedObject(names, children.suffix(names.count))
        default: nil
        }
    }

    private mutating func foldedArray(_ items: ArraySlice<Reference>) -> Reference? {
        var values: [Datum] = []
        values.reserveCapacity(items.count)
        for item in items {
            guard let value = literal(item) else { return nil }
            values.append(value)
        }
        do {
            return datum(try Datum.array(values))
        } catch {
            fail(ReQLError(.compile, error.message))
            return nil
        }
    }

    private mutating func foldedObject(_ names: [String], _ values: ArraySlice<Reference>) -> Reference? {
        guard failure == nil else { return nil }
        for value in values where type(of: value) != .datum { return nil }
        do throws(DatumError) {
            var builder = DatumBuilder(pseudoTypes: true)
            try builder.beginObject()
            for (name, value) in zip(names, values) {
                builder.key(name)
                try builder.append(literal(value) ?? .null)
            }
            try builder.endObject()
            let value = builder.finish()
            // Times that a query says are exact to the millisecond, as RethinkDB's are; documents from elsewhere keep microseconds.
            return datum(value.time.map { .time(epochSeconds: $0.epochSeconds, offsetMinutes: $0.offsetMinutes) } ?? value)
        } catch {
            // Not a valid time or the like: evaluation says what is wrong with it.
            if error.kind != .invalidPseudoType { fail(ReQLError(.compile, error.message)) }
            return nil
        }
    }

    // MARK: The tree

    /// The tree below `root` in canonical layout, in whatever order its terms were added. Throws ``failure``.
    consuming func tree(root: Reference) throws(ReQLError) -> TermTree {
        if let failure { throw failure }
        return canonicalTree(root: root)
    }

    /// The tree of terms that were added in canonical order, the root last, without the nodes that folding left over. Throws ``failure``.
    consuming func orderedTree(root: Reference) throws(ReQLError) -> TermTree {
        if let failure { throw failure }
        return hasFolded ? canonicalTree(root: root) : treeInOrder()
    }

    /// The tree whose root was added last, if everything was added in canonical order and belongs to it.
    consuming func treeInOrder() -> TermTree {
        TermTree(storage: .init(nodes: nodes, children: children, names: names, datums: datums))
    }

    /// A copy, in post-order, of all terms that can be reached from `root`. Not recursive.
    private func canonicalTree(root: Reference) -> TermTree {
        var newNodes: [TermTree.Node] = [], newChildren: [Int32] = [], newNames: [String] = [], newDatums: [Datum] = []
        newNodes.reserveCapacity(nodes.count)
        var path: [(index: Int32, next: Int32)] = [(root.index, 0)]
        var done: [Int32] = []  // new positions of finished terms whose parents are not finished
        while let (index, next) = path.last {
            var node = nodes[Int(index)]
            let childCount = node.type == .datum ? 0 : node.argumentCount + node.optionCount
            if next < childCount {
                path[path.count - 1].next += 1
                path.append((children[Int(node.first + next)], 0))
                continue
            }
            path.removeLast()
            if node.type == .datum {
                newDatums.append(datums[Int(node.first)])
                node.first = Int32(newDatums.count - 1)
            } else {
                newNames.append(contentsOf: names[Int(node.firstName)..<Int(node.firstName + node.optionCount)])
                node.firstName = Int32(newNames.count) - node.optionCount
                newChildren.append(contentsOf: done.suffix(Int(childCount)))
                node.first = Int32(newChildren.count) - childCount
                done.removeLast(Int(childCount))
            }
            newNodes.append(node)
            done.append(Int32(newNodes.count - 1))
        }
        return TermTree(storage: .init(nodes: newNodes, children: newChildren, names: newNames, datums: newDatums))
    }
}

extension ReQLError {
    static var tooDeep: ReQLError {
        ReQLError(.compile, "The query is too deep: at most \(TermTree.maximumDepth) terms may stand inside each other.")
    }
}
