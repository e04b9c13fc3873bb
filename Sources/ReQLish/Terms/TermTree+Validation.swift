/// Checks that are made before a query runs: arities, options, and which terms may stand inside which.
extension TermTree {
    /// Throws the first static mistake, as a `.compile` error with the path to the term:
    ///
    /// - a wrong number of arguments (unless one of them is `r.args`) or an option the term does not know;
    /// - a variable that no enclosing function binds, a function without a list of parameters;
    /// - `r.row` outside a function of one parameter, or inside several of them;
    /// - `asc` and `desc` outside `orderBy` and `union`;
    /// - a term that writes inside the function of a sequence term;
    /// - more than ``maximumDepth`` levels, or ``maximumVariableCount`` variables in one place.
    ///
    /// O(size), not recursive.
    public func validate() throws(ReQLError) {
        var walk = ValidationWalk(storage: storage)
        try walk.run()
    }
}

private struct ValidationWalk {
    /// A term on the path to the one that is being checked: its position, its next child, and what its function binds.
    struct Step {
        let index: Int
        var nextChild = 0
        /// The number of variables that the term put into scope.
        var boundCount = 0
        var bindsRow = false
        /// Whether the child being visited may not write.
        var forbidsWrites = false
    }

    let storage: TermTree.Storage
    var path: [Step] = []
    var variables: [Int] = []
    var rowFunctionCount = 0
    var forbiddingCount = 0

    init(storage: TermTree.Storage) {
        self.storage = storage
    }

    mutating func run() throws(ReQLError) {
        try enter(storage.nodes.count - 1)
        while let step = path.last {
            let top = path.count - 1
            let node = storage.nodes[step.index]
            if step.forbidsWrites {
                path[top].forbidsWrites = false
                forbiddingCount -= 1
            }
            guard node.type != .datum, step.nextChild < Int(node.argumentCount + node.optionCount) else {
                variables.removeLast(step.boundCount)
                if step.bindsRow { rowFunctionCount -= 1 }
                path.removeLast()
                continue
            }
            path[top].nextChild += 1
            let isFirstArgument = step.nextChild == 0 && node.argumentCount > 0
            if !isFirstArgument && node.type.facts.traits.contains(.closedToWrites) {
                path[top].forbidsWrites = true
                forbiddingCount += 1
            }
            try enter(Int(storage.children[Int(node.first) + step.nextChild]))
        }
    }

    private mutating func enter(_ index: Int) throws(ReQLError) {
        path.append(Step(index: index))
        let node = storage.nodes[index]
        if node.type == .datum { return }
        if path.count > TermTree.maximumDepth { throw ReQLError.tooDeep }
        try checkShape(node)
        try checkPlace(node)
        if node.type == .function { try bind(node) }
    }

    // MARK: The term by itself

    private func checkShape(_ node: TermTree.Node) throws(ReQLError) {
        let facts = node.type.facts
        if !facts.arity.contains(Int(node.argumentCount)), !hasSplicedArguments(node) {
            throw error(TermTree.arityMessage(node.type, count: Int(node.argumentCount)))
        }
        if node.optionCount == 0 || node.type == .makeObject { return }
        for i in 0..<Int(node.optionCount) {
            let name = storage.names[Int(node.firstName) + i]
            if !facts.options.contains(name) {
                throw error(TermTree.optionMessage(node.type, option: name))
            }
        }
    }

    private func hasSplicedArguments(_ node: TermTree.Node) -> Bool {
        for i in 0..<Int(node.argumentCount) where storage.nodes[Int(storage.children[Int(node.first) + i])].type == .args {
            return true
        }
        return false
    }

    // MARK: The term in its place

    private func checkPlace(_ node: TermTree.Node) throws(ReQLError) {
        switch node.type {
        case .variable:
            let child = storage.nodes[Int(storage.children[Int(node.first)])]
            guard child.type == .datum, let id = storage.datums[Int(child.first)].integer else {
                throw error("A variable is named by a literal number.")
            }
            if !variables.contains(id) { throw error("Variable \(id) is not bound by a function around it.") }
        case .implicitVariable:
            if rowFunctionCount == 0 {
                throw error("`r.row` stands outside a function of one parameter: use it inside `filter`, `map`, `update` and the like.")
            }
            if rowFunctionCount > 1 {
                throw error("`r.row` is ambiguous inside nested functions: write x => … for at least one of them.")
            }
        case .asc, .desc:
            if !mayStandSorting() { throw error("`\(node.type.name)` may only stand directly in `orderBy` or `union`.") }
        default:
            if forbiddingCount > 0 && node.type.facts.isWriteOrMeta {
                throw error(
                    "`\(node.type.name)` changes data or tables and can't stand in the arguments of a sequence term: use `forEach`.")
            }
        }
    }

    private func mayStandSorting() -> Bool {
        guard path.count > 1 else { return false }
        let parent = storage.nodes[path[path.count - 2].index].type
        if parent == .orderBy || parent == .union { return true }
        return parent == .makeArray && path.count > 2 && storage.nodes[path[path.count - 3].index].type == .union
    }

    private mutating func bind(_ node: TermTree.Node) throws(ReQLError) {
        let list = storage.nodes[Int(storage.children[Int(node.first)])]
        guard list.type == .datum, case let ids = storage.datums[Int(list.first)], ids.kind == .array else {
            throw error("A function's first argument is a literal array of variable numbers.")
        }
        for position in 0..<ids.count {
            guard let id = ids[position].integer else { throw error("A function's first argument is a literal array of variable numbers.") }
            variables.append(id)
        }
        if variables.count > TermTree.maximumVariableCount {
            throw error("At most \(TermTree.maximumVariableCount) variables can be bound in one place; an array holds many values in one.")
        }
        path[path.count - 1].boundCount = ids.count
        // Negative numbers are those of functions that a server made itself; r.row never means their parameter.
        if ids.count == 1, variables.last! >= 0 {
            path[path.count - 1].bindsRow = true
            rowFunctionCount += 1
        }
    }

    private func error(_ message: String) -> ReQLError {
        var frames: [ReQLError.Frame] = []
        for step in path.dropLast() {
            let node = storage.nodes[step.index]
            let child = step.nextChild - 1
            let argumentCount = Int(node.argumentCount)
            frames.append(child < argumentCount ? .argument(child) : .optional(storage.names[Int(node.firstName) + child - argumentCount]))
        }
        return ReQLError(.compile, message, frames: frames)
    }
}

extension TermTree {
    /// A message that says how many arguments a term takes and how many it was given. It counts as the text form does, without the
    /// receiver.
    static func arityMessage(_ type: TermType, count: Int) -> String {
        let facts = type.facts
        let receivers = facts.spelling == .method ? 1 : 0
        if count < receivers { return "`\(facts.name)` has no receiver: it is called on a value, x.\(facts.name)(…)." }
        func plural(_ n: Int) -> String { n == 1 ? "1 argument" : n == 0 ? "no arguments" : "\(n) arguments" }
        let low = max(0, facts.arity.lowerBound - receivers)
        let takes =
            if facts.arity.upperBound == .max {
                "at least \(plural(low))"
            } else if facts.arity.upperBound - receivers == low {
                plural(low)
            } else {
                "\(low) to \(plural(facts.arity.upperBound - receivers))"
            }
        return "`\(facts.name)` takes \(takes), not \(count - receivers)."
    }

    /// A message that says that a term does not know an option, and which it knows.
    static func optionMessage(_ type: TermType, option: String) -> String {
        let known = type.facts.options.filter { !$0.hasPrefix("_") }
        if known.isEmpty { return "`\(type.name)` takes no options, so not `\(option)`." }
        let guess =
            Spelling.nearest(to: option, in: known).map { ": did you mean `\($0)`?" } ?? "; it knows \(known.joined(separator: ", "))."
        return "`\(type.name)` has no option `\(option)`\(guess)"
    }
}
