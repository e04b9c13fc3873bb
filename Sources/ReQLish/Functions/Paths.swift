import Catalog

/// Which fields `pluck`, `without`, `hasFields` and `withFields` speak of: their arguments, united into a tree of names.
///
///     "a"                a whole
///     {a: true}          a whole
///     {a: "b"}           b below a
///     {a: ["b", "c"]}    b and c below a
///     ["a", {b: "c"}]    a whole, and c below b
struct FieldPaths: Hashable, Sendable {
    private var root = Node()

    /// A name on a path.
    private struct Node: Hashable, Sendable {
        /// Whether a path ends here, so that the value itself is meant.
        var isSelected = false
        /// The names below, ascending by their UTF-8 bytes, as the fields of an object are.
        var children: [Child] = []

        struct Child: Hashable, Sendable {
            let name: String
            var node: Node
        }

        /// The node of a name below this one, made if it is not there.
        mutating func child(_ name: String) -> Int {
            if let index = children.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) { return index }
            let index = children.firstIndex { name.utf8.lexicographicallyPrecedes($0.name.utf8) } ?? children.count
            children.insert(Child(name: name, node: Node()), at: index)
            return index
        }

        mutating func add(_ specification: Datum) throws(ReQLError) {
            switch specification.kind {
            case .string:
                let index = child(try TypeCheck.string(specification))
                children[index].node.isSelected = true
            case .array:
                for element in specification.elements { try add(element) }
            case .object where specification.isPlainObject:
                for (name, below) in specification.fields {
                    let index = child(name)
                    if below.bool == true {
                        children[index].node.isSelected = true
                    } else {
                        try children[index].node.add(below)
                    }
                }
            default:
                throw ReQLError(.queryLogic, "A path is a field name, an array of paths, or an object of names and paths (or true); found \(specification.shortText).")
            }
        }
    }

    init(_ specifications: [Datum]) throws(ReQLError) {
        for specification in specifications { try root.add(specification) }
    }

    // MARK: - The four terms

    /// The object with nothing but the fields of these paths.
    func pluck(_ object: Datum) throws(ReQLError) -> Datum {
        try TypeCheck.object(object)
        return try Self.plucked(object, root)
    }

    /// The object without the fields of these paths.
    func without(_ object: Datum) throws(ReQLError) -> Datum {
        try TypeCheck.object(object)
        return try Self.pruned(object, root)
    }

    /// Whether every path leads to a value that is not null.
    func areAll(in object: Datum) throws(ReQLError) -> Bool {
        try TypeCheck.object(object)
        return Self.has(object, root)
    }

    /// What `withFields` makes of a row: nil when a path leads nowhere, else the row's fields of these paths.
    func withFields(_ object: Datum) throws(ReQLError) -> Datum? {
        try areAll(in: object) ? try Self.plucked(object, root) : nil
    }

    // MARK: - Walking

    private static func plucked(_ object: Datum, _ node: Node) throws(ReQLError) -> Datum {
        var fields: [(String, Datum)] = []
        for child in node.children {
            guard let value = object[child.name] else { continue }
            if child.node.isSelected {
                fields.append((child.name, value))
            } else if let below = try below(value, child.node, plucked) {
                fields.append((child.name, below))
            }
        }
        return try Datum.building(fields)
    }

    private static func pruned(_ object: Datum, _ node: Node) throws(ReQLError) -> Datum {
        var fields: [(String, Datum)] = []
        fields.reserveCapacity(object.count)
        var children = node.children[...]
        for (name, value) in object.fields {
            while let next = children.first, next.name.utf8.lexicographicallyPrecedes(name.utf8) { children.removeFirst() }
            guard let child = children.first, child.name.utf8.elementsEqual(name.utf8) else {
                fields.append((name, value))
                continue
            }
            if child.node.isSelected { continue }
            fields.append((name, try below(value, child.node, pruned) ?? value))
        }
        return try Datum.building(fields)
    }

    /// Goes on below a field: into an object, or into each object of an array. Nil if the path runs through anything else.
    private static func below(
        _ value: Datum, _ node: Node, _ walk: (Datum, Node) throws(ReQLError) -> Datum
    ) throws(ReQLError) -> Datum? {
        if value.isPlainObject { return try walk(value, node) }
        guard value.kind == .array else { return nil }
        var elements: [Datum] = []
        elements.reserveCapacity(value.count)
        for element in value.elements {
            guard element.isPlainObject else { return nil }
            elements.append(try walk(element, node))
        }
        return try Datum.building(elements)
    }

    private static func has(_ object: Datum, _ node: Node) -> Bool {
        for child in node.children {
            guard let value = object[child.name], !value.isNull else { return false }
            if child.node.isSelected && child.node.children.isEmpty { continue }
            guard value.isPlainObject, has(value, child.node) else { return false }
        }
        return true
    }
}
