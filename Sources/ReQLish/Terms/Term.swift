/// A term inside a ``TermTree``: a cursor that reads its type and goes to its children.
///
/// Keeps the tree alive; copying costs one reference count. All accessors are O(1) unless stated.
public struct Term: Sendable {
    public let tree: TermTree
    let index: Int32

    init(tree: TermTree, index: Int32) {
        self.tree = tree
        self.index = index
    }

    private var node: TermTree.Node { tree.storage.nodes[Int(index)] }

    public var type: TermType { node.type }

    /// The value of a ``TermType/datum`` term; null for any other.
    ///
    /// The value may be a whole array or object: see ``TermTree``. LITERAL and GEOMETRY objects are not datums here.
    public var datum: Datum {
        let node = node
        return node.type == .datum ? tree.storage.datums[Int(node.first)] : .null
    }

    /// The number of positional arguments, the receiver among them.
    public var argumentCount: Int { Int(node.argumentCount) }

    /// The positional argument at `position`, which must be below ``argumentCount``.
    public func argument(_ position: Int) -> Term {
        let node = node
        precondition(position >= 0 && position < Int(node.argumentCount), "a term has no such argument")
        return Term(tree: tree, index: tree.storage.children[Int(node.first) + position])
    }

    /// The positional arguments.
    public var arguments: Arguments { Arguments(term: self, count: argumentCount) }

    /// The positional arguments of a term, the receiver first if it has one. Each is found in O(1).
    public struct Arguments: RandomAccessCollection, Sendable {
        let term: Term
        public let count: Int
        public var startIndex: Int { 0 }
        public var endIndex: Int { count }
        public subscript(position: Int) -> Term { term.argument(position) }
    }

    /// The number of options; for a `makeObject`, of its fields.
    public var optionCount: Int { Int(node.optionCount) }

    /// The options (for a `makeObject`, its fields), sorted by name.
    public var optionalArguments: Options { Options(term: self, count: optionCount) }

    /// The options of a term with their names, as the JSON form spells them, in the order of the names. Each is found in O(1).
    public struct Options: RandomAccessCollection, Sendable {
        let term: Term
        public let count: Int
        public var startIndex: Int { 0 }
        public var endIndex: Int { count }
        public subscript(position: Int) -> (name: String, term: Term) {
            precondition(position >= 0 && position < count, "a term has no such option")
            let node = term.node
            return (term.tree.storage.names[Int(node.firstName) + position], term.option(position))
        }
    }

    /// The value of the option at `position` in the order of names.
    private func option(_ position: Int) -> Term {
        let node = node
        return Term(tree: tree, index: tree.storage.children[Int(node.first + node.argumentCount) + position])
    }

    /// The option with this name, as the JSON form spells it (`left_bound`). O(number of options).
    public func optional(_ name: String) -> Term? {
        let node = node
        for i in 0..<Int(node.optionCount) where tree.storage.names[Int(node.firstName) + i] == name {
            return option(i)
        }
        return nil
    }

    /// The number of terms from here down to the deepest one; 1 without children.
    public var depth: Int { Int(node.depth) }
}

extension Term {
    /// The number of the variable that a ``TermType/variable`` term reads; nil for other terms or a malformed one.
    public var variableID: Int? {
        guard type == .variable, argumentCount == 1 else { return nil }
        return argument(0).datum.integer
    }

    /// The variables' numbers of a ``TermType/function`` term; nil for other terms or a malformed one.
    public var parameters: [Int]? {
        guard type == .function, argumentCount == 2 else { return nil }
        let list = argument(0).datum
        guard list.kind == .array else { return nil }
        var ids: [Int] = []
        for position in 0..<list.count {
            guard let id = list[position].integer else { return nil }
            ids.append(id)
        }
        return ids
    }

    /// The body of a ``TermType/function`` term; nil for other terms or a malformed one.
    public var body: Term? {
        guard type == .function, argumentCount == 2 else { return nil }
        return argument(1)
    }

    /// The child that a step of an error's path leads to, or nil.
    public func child(_ frame: ReQLError.Frame) -> Term? {
        switch frame {
        case .argument(let position): position >= 0 && position < argumentCount ? argument(position) : nil
        case .optional(let name): optional(name)
        }
    }

    /// This term and what is below it as a tree of its own. O(size).
    public var subtree: TermTree {
        var assembler = TermAssembler()
        _ = assembler.append(self)
        return assembler.treeInOrder()
    }
}
