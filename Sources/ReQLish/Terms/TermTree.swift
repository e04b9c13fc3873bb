/// A query: a tree of terms, kept as flat arrays.
///
/// All ways in (Swift builder, JSON form, text, driver bytes) make the same tree for the same query, so trees can be compared
/// and hashed. To that end a tree has one canonical layout:
///
/// - Nodes stand in post-order, children before their parent, the root last; options stand after the positional arguments,
///   sorted by name. Nothing is nested in memory, so freeing a deep tree needs no stack.
/// - A literal whose parts are all literals is one ``TermType/datum`` node: `{a: [1, 2]}` is not a `makeObject` of a `makeArray`
///   but one object datum. `makeArray` and `makeObject` are left for literals with something to compute in them, and for
///   pseudo-type objects that are not valid (evaluation says what is wrong with those).
/// - `r.row` stays an ``TermType/implicitVariable``; the function around it has been put there already.
///
/// A tree is at most ``maximumDepth`` terms deep. A `TermTree` is one reference to immutable storage: copying is O(1).
public struct TermTree: Sendable {
    /// The most terms that may stand inside each other.
    public static let maximumDepth = 1_000
    /// The most variables that functions around a term may bind: each use of one looks through them.
    public static let maximumVariableCount = 1_000

    /// One term: where its children, option names or datum are in the arrays of ``Storage``.
    struct Node: Sendable, Hashable {
        var type: TermType
        /// For a datum, its position in `datums`; otherwise that of the first child in `children`.
        var first: Int32
        var argumentCount: Int32 = 0
        /// The option's name of child `argumentCount + i` is `names[firstName + i]`.
        var optionCount: Int32 = 0
        var firstName: Int32 = 0
        /// 1 for a term without children.
        var depth: Int32 = 1
        /// Whether an `r.row` below is not yet inside a function.
        var hasFreeRow = false
    }

    final class Storage: Sendable {
        let nodes: [Node]
        let children: [Int32]
        let names: [String]
        let datums: [Datum]

        init(nodes: [Node], children: [Int32], names: [String], datums: [Datum]) {
            self.nodes = nodes
            self.children = children
            self.names = names
            self.datums = datums
        }
    }

    let storage: Storage

    /// The term that the whole query is.
    public var root: Term { Term(tree: self, index: Int32(storage.nodes.count - 1)) }

    /// The number of terms. Literals count once, however large they are.
    public var termCount: Int { storage.nodes.count }

    /// A tree of one literal.
    public init(literal datum: Datum) {
        storage = Storage(nodes: [Node(type: .datum, first: 0)], children: [], names: [], datums: [datum])
    }

    init(storage: Storage) {
        self.storage = storage
    }

    /// The first of the nodes below the one at `index`, or itself: in post-order they stand together right before it.
    static func firstDescendant(of index: Int, in storage: Storage) -> Int {
        var start = index
        while case let node = storage.nodes[start], node.type != .datum, node.argumentCount + node.optionCount > 0 {
            start = Int(storage.children[Int(node.first)])
        }
        return start
    }
}

extension TermTree: Hashable {
    /// Whether both are the same query. Literals compare as ReQL compares them: `1` and `1.0` are the same.
    public static func == (a: TermTree, b: TermTree) -> Bool {
        a.storage === b.storage
            || a.storage.nodes == b.storage.nodes && a.storage.children == b.storage.children
                && a.storage.names.elementsEqual(b.storage.names) { $0.utf8.elementsEqual($1.utf8) } && a.storage.datums == b.storage.datums
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(storage.nodes)
        hasher.combine(storage.names)
        hasher.combine(storage.datums)
    }
}
