/// Readable names for a tree's variables, and where `r.row` can stand as it is.
struct VariableNames {
    /// By position of the node: what a `variable` is called, or an `implicitVariable` that can't be written as `r.row`.
    private(set) var names: [Int: String] = [:]
    /// By position of the node: the parameters of a `function`.
    private(set) var parameters: [Int: [String]] = [:]
    /// Functions that are written as their body alone, with `r.row` for the parameter.
    private(set) var implicitFunctions: Set<Int> = []

    private struct Scope {
        let function: Int
        let ids: [Int]
        let names: [String]
        /// Where in `path` the function stands.
        let depth: Int
    }

    init(_ storage: TermTree.Storage) {
        guard storage.nodes.contains(where: { $0.type == .function || $0.type == .variable }) else { return }
        var path: [(index: Int, nextChild: Int)] = [(storage.nodes.count - 1, 0)]
        var scopes: [Scope] = []
        var used: Set<Int> = []
        while let (index, nextChild) = path.last {
            let node = storage.nodes[index]
            if nextChild == 0 { enter() }
            if node.type != .datum, nextChild < Int(node.argumentCount + node.optionCount) {
                path[path.count - 1].nextChild += 1
                path.append((Int(storage.children[Int(node.first) + nextChild]), 0))
                continue
            }
            if scopes.last?.function == index {
                scopes.removeLast()
                if used.contains(index) { implicitFunctions.remove(index) }
            }
            path.removeLast()

            func enter() {
                switch node.type {
                case .function: enterFunction()
                case .variable:
                    let id = Self.literal(storage, Int(storage.children[Int(node.first)]))?.integer ?? 0
                    let scope = scopes.last { $0.ids.contains(id) }
                    names[index] = scope.flatMap { scope in scope.ids.lastIndex(of: id).map { scope.names[$0] } } ?? "var_\(id)"
                    if let scope { used.insert(scope.function) }
                case .implicitVariable:
                    guard let scope = scopes.last, scope.names.count == 1 else { return }
                    // If it stood in an argument that takes a function, that argument would be read as one.
                    let isCaptured = (scope.depth + 1..<path.count - 1).contains { takesFunction(storage, path[$0]) }
                    guard isCaptured else { return }
                    names[index] = scope.names[0]
                    used.insert(scope.function)
                default: return
                }
            }

            func enterFunction() {
                let list = Self.literal(storage, Int(storage.children[Int(node.first)])) ?? .emptyArray
                let ids = list.elements.map { $0.integer ?? 0 }
                let parent = path.count > 1 ? path[path.count - 2] : nil
                let taken = Set(scopes.flatMap(\.names))
                let names = Self.freshNames(Self.suggestions(storage, parent, count: ids.count, taken), not: taken)
                parameters[index] = names
                scopes.append(Scope(function: index, ids: ids, names: names, depth: path.count - 1))
                let body = storage.nodes[Int(storage.children[Int(node.first) + 1])]
                if ids.count == 1, body.hasFreeRow, let parent, takesFunction(storage, parent) { implicitFunctions.insert(index) }
            }
        }
    }

    private static func literal(_ storage: TermTree.Storage, _ index: Int) -> Datum? {
        let node = storage.nodes[index]
        return node.type == .datum ? storage.datums[Int(node.first)] : nil
    }

    /// The usual names for the parameters of a function that stands here.
    private static func suggestions(
        _ storage: TermTree.Storage, _ parent: (index: Int, nextChild: Int)?, count: Int, _ taken: Set<String>
    ) -> [String] {
        let letters = ["x", "y", "z"].filter { !taken.contains($0) }
        guard let parent else { return Array(letters.prefix(count)) }
        let node = storage.nodes[parent.index]
        let child = parent.nextChild - 1
        let option = child < Int(node.argumentCount) ? nil : storage.names[Int(node.firstName) + child - Int(node.argumentCount)]
        let usual: [String] =
            switch (node.type, option) {
            case (.reduce, _), (.innerJoin, _), (.outerJoin, _): ["left", "right"]
            case (.fold, nil), (.fold, "emit"): ["acc", "row", "next"]
            case (.fold, _): ["acc"]
            case (.insert, _): ["id", "old", "doc"]
            case (.setWriteHook, _): ["context", "old", "doc"]
            case (.default, _): ["error"]
            case (.functionCall, _), (.function, _), (.makeArray, _), (.makeObject, _): letters
            case (.map, _) where count > 1: letters
            default: ["row"]
            }
        return count <= usual.count ? Array(usual.prefix(count)) : (1...count).map { "x\($0)" }
    }

    private static func freshNames(_ suggestions: [String], not taken: Set<String>) -> [String] {
        var taken = taken
        return suggestions.map { suggestion in
            var name = suggestion
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(suggestion)\(number)"
                number += 1
            }
            return name
        }
    }
}

/// Whether the child that is being visited stands where a function may be written.
private func takesFunction(_ storage: TermTree.Storage, _ step: (index: Int, nextChild: Int)) -> Bool {
    let node = storage.nodes[step.index]
    let child = step.nextChild - 1
    return child < Int(node.argumentCount) && node.type.facts.takesFunction(at: child, of: Int(node.argumentCount))
}
