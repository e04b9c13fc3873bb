import Catalog

/// The fields that `pluck`, `without`, `hasFields` and `withFields` speak of: their arguments, united into a tree of names.
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

        /// Where the names stand among the children, once they are many and until they are in order.
        var places: [Datum: Int] = [:]

        /// The node of a name below this one, made if it is not there.
        mutating func child(_ name: String) -> Int {
            if children.count < 16 {
                if let index = children.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) { return index }
            } else {
                if places.isEmpty { for (index, child) in children.enumerated() { places[Datum(child.name)] = index } }
                if let index = places[Datum(name)] { return index }
                places[Datum(name)] = children.count
            }
            children.append(Child(name: name, node: Node()))
            return children.count - 1
        }

        /// Puts the names in order, after the last path was added. Recursion is bounded by ``Datum/maximumDepth``.
        mutating func settle() {
            places = [:]
            if children.count > 1 { children.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
            for index in children.indices { children[index].node.settle() }
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
                throw ReQLError(
                    .queryLogic,
                    "A path is a field name, an array of paths, or an object of names and paths (or true); found \(specification.shortText)."
                )
            }
        }
    }

    init(_ specifications: [Datum]) throws(ReQLError) {
        for specification in specifications { try root.add(specification) }
        root.settle()
    }

    /// The names, if all of them are of top-level fields as a whole.
    var topLevelNames: [String]? {
        root.children.allSatisfy { $0.node.isSelected } ? root.children.map(\.name) : nil
    }

    // MARK: - The four terms

    /// The object with nothing but the fields of these paths.
    func pluck(_ object: Datum) throws(ReQLError) -> Datum {
        try TypeCheck.object(object)
        return try Datum.building(pseudoTypes: false) { (builder) throws(DatumError) in
            try Self.pluck(object, root, into: &builder)
        }
    }

    /// The object without the fields of these paths.
    func without(_ object: Datum) throws(ReQLError) -> Datum {
        try TypeCheck.object(object)
        return try Datum.building(pseudoTypes: false) { (builder) throws(DatumError) in
            try Self.prune(object, root, into: &builder)
        }
    }

    /// Whether every path leads to a value that is not null.
    func areAll(in object: Datum) throws(ReQLError) -> Bool {
        try TypeCheck.object(object)
        return Self.has(object, root)
    }

    /// What `withFields` makes of a row: nil when a path leads nowhere, else the row's fields of these paths.
    func withFields(_ object: Datum) throws(ReQLError) -> Datum? {
        // Not by a conditional expression, whose nil would become the datum null.
        guard try areAll(in: object) else { return nil }
        return try pluck(object)
    }

    // MARK: - Walking

    private typealias Walk = (Datum, Node, inout DatumBuilder) throws(DatumError) -> Void

    private static func pluck(_ object: Datum, _ node: Node, into builder: inout DatumBuilder) throws(DatumError) {
        try builder.beginObject()
        for child in node.children {
            guard let value = object[field: child.name] else { continue }
            if child.node.isSelected {
                builder.key(child.name)
                try builder.append(value)
            } else if leadsOn(value) {
                builder.key(child.name)
                try walk(value, child.node, into: &builder, pluck)
            }
        }
        try builder.endObject()
    }

    private static func prune(_ object: Datum, _ node: Node, into builder: inout DatumBuilder) throws(DatumError) {
        try builder.beginObject()
        var children = node.children[...]
        for (name, value) in object.fields {
            while let next = children.first, next.name.utf8.lexicographicallyPrecedes(name.utf8) { children.removeFirst() }
            let child = children.first.flatMap { $0.name.utf8.elementsEqual(name.utf8) ? $0 : nil }
            if child?.node.isSelected == true { continue }
            builder.key(name)
            if let child, leadsOn(value) {
                try walk(value, child.node, into: &builder, prune)
            } else {
                try builder.append(value)
            }
        }
        try builder.endObject()
    }

    /// Whether a path can go on below a value: into an object, or into each object of an array that holds only such.
    private static func leadsOn(_ value: Datum) -> Bool {
        value.isPlainObject || value.kind == .array && value.elements.allSatisfy(\.isPlainObject)
    }

    private static func walk(
        _ value: Datum, _ node: Node, into builder: inout DatumBuilder, _ walk: Walk
    ) throws(DatumError) {
        guard value.kind == .array else { return try walk(value, node, &builder) }
        try builder.beginArray()
        for element in value.elements { try walk(element, node, &builder) }
        try builder.endArray()
    }

    private static func has(_ object: Datum, _ node: Node) -> Bool {
        for child in node.children {
            guard let value = object[field: child.name], !value.isNull else { return false }
            if child.node.isSelected && child.node.children.isEmpty { continue }
            guard value.isPlainObject, has(value, child.node) else { return false }
        }
        return true
    }
}
