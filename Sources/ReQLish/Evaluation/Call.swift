/// A term with its arguments compiled: what a node is made of.
struct Call {
    let type: TermType
    let site: Site
    var arguments: [Node]
    let options: [(name: String, node: Node)]
    let globals: [String: Node]

    subscript(position: Int) -> Node { arguments[position] }

    var count: Int { arguments.count }

    /// The option with this name, or the whole query's.
    func option(_ name: String) -> Node? {
        ownOption(name) ?? (globals.isEmpty ? nil : globals[name])
    }

    /// The option with this name, given to the term itself.
    func ownOption(_ name: String) -> Node? {
        for option in options where option.name == name { return option.node }
        return nil
    }

    /// The least deterministic of the term itself and all arguments and options.
    var determinism: Determinism {
        var worst = type == .uuid && arguments.isEmpty ? .never : type.facts.determinism
        for argument in arguments { worst = max(worst, argument.determinism) }
        for option in options { worst = max(worst, option.node.determinism) }
        return worst
    }

    /// Checks the number of arguments once it is known, where `args` stood among them.
    func checkArity() throws(ReQLError) {
        guard !type.facts.arity.contains(count) else { return }
        throw site.error(.queryLogic, TermTree.arityMessage(type, count: count))
    }
}
