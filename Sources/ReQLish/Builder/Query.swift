import Synchronization

/// A query, written in Swift: a ``TermTree`` and the methods that put the next term around it.
///
///     let adults = r.db("app").table("users").filter { $0["age"] >= 18 && $0["active"] == true }
///     let names = adults.orderBy("name").limit(10)["name"]
///
/// Nothing runs while a query is built, and building never throws. What can't be a query (a number that is not finite, a value
/// whose `encode(to:)` throws, more than ``TermTree/maximumDepth`` terms inside each other) is remembered and thrown by
/// ``tree()``, with which every run begins.
///
/// The doc comment of each method shows what it is in the text form.
public struct Query: Sendable {
    /// In canonical layout, but with variables as they were numbered when the closures were called.
    private let unnumbered: TermTree
    private let failure: ReQLError?

    /// The query as a tree, checked (see ``TermTree/validate()``) and with its variables numbered from 1, so that two queries
    /// built alike are equal. O(size).
    public func tree() throws(ReQLError) -> TermTree {
        if let failure { throw failure }
        try unnumbered.validate()
        return unnumbered.renumbered()
    }

    /// A query that was read or built as a tree.
    public init(_ tree: TermTree) {
        unnumbered = tree
        failure = nil
    }

    /// A literal.
    public init(_ datum: Datum) {
        self.init(TermTree(literal: datum))
    }

    /// A query that can't be built.
    init(failure: ReQLError) {
        unnumbered = TermTree(literal: .null)
        self.failure = failure
    }

    /// A term over other queries.
    ///
    /// - Parameters:
    ///   - arguments: Its positional arguments, the receiver first. Where the term takes a function and `r.row` stands in an
    ///     argument, that argument becomes the function's body.
    ///   - options: Its options as the JSON form names them (`left_bound`). Those without a value are left out.
    public init(_ type: TermType, _ arguments: [Query] = [], options: [(name: String, value: Query?)] = []) {
        var assembler = TermAssembler()
        let given = options.compactMap { option in option.value.map { (name: option.name, value: $0) } }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for query in arguments + given.map(\.value) {
            if let failure = query.failure { assembler.fail(failure) }
        }
        if let folded = Self.literal(type, arguments, given, &assembler) {
            unnumbered = TermTree(literal: folded)
        } else if assembler.failure == nil {
            let facts = type.facts
            let terms = arguments.enumerated().map { position, query in
                assembler.append(
                    facts.takesFunction(at: position, of: arguments.count) ? query.asFunction.unnumbered.root : query.unnumbered.root)
            }
            let optionTerms = given.map { (name: $0.name, term: assembler.append($0.value.unnumbered.root)) }
            _ = assembler.term(type, terms, options: optionTerms)
            unnumbered = assembler.failure == nil ? assembler.treeInOrder() : TermTree(literal: .null)
        } else {
            unnumbered = TermTree(literal: .null)
        }
        failure = assembler.failure
    }

    /// An array or object literal whose parts are all literals is itself one: it must be one term from the beginning, because
    /// the canonical layout has no terms that nothing refers to.
    private static func literal(
        _ type: TermType, _ arguments: [Query], _ fields: [(name: String, value: Query)], _ assembler: inout TermAssembler
    ) -> Datum? {
        guard type == .makeArray || type == .makeObject, assembler.failure == nil else { return nil }
        var scratch = TermAssembler()
        var items: [TermAssembler.Reference] = []
        for query in type == .makeArray ? arguments : fields.map(\.value) {
            guard let datum = query.literal else { return nil }
            items.append(scratch.datum(datum))
        }
        let term =
            type == .makeArray
            ? scratch.term(type, items) : scratch.term(type, options: Swift.zip(fields, items).map { (name: $0.name, term: $1) })
        if let failure = scratch.failure { assembler.fail(failure) }
        return scratch.literal(term)
    }

    /// The value of a query that is a literal; nil for any other.
    var literal: Datum? {
        failure == nil && unnumbered.root.type == .datum ? unnumbered.root.datum : nil
    }

    // MARK: Functions

    private static let lastVariable = Atomic<Int>(0)

    /// A variable that no other function uses.
    private static func freshVariable() -> (id: Query, value: Query) {
        let id = lastVariable.wrappingAdd(1, ordering: .relaxed).newValue
        return (Query(Datum(id)), Query(.variable, [Query(Datum(id))]))
    }

    /// `() => …`
    static func function(_ body: () -> Query) -> Query {
        Query(.function, [Query(.makeArray), body()])
    }

    /// `a => …`
    static func function(_ body: (Query) -> Query) -> Query {
        let a = freshVariable()
        return Query(.function, [Query(.makeArray, [a.id]), body(a.value)])
    }

    /// `(a, b) => …`
    static func function(_ body: (Query, Query) -> Query) -> Query {
        let a = freshVariable(), b = freshVariable()
        return Query(.function, [Query(.makeArray, [a.id, b.id]), body(a.value, b.value)])
    }

    /// `(a, b, c) => …`
    static func function(_ body: (Query, Query, Query) -> Query) -> Query {
        let a = freshVariable(), b = freshVariable(), c = freshVariable()
        return Query(.function, [Query(.makeArray, [a.id, b.id, c.id]), body(a.value, b.value, c.value)])
    }

    /// The query as the body of a function, if `r.row` stands in it outside any function; otherwise itself.
    private var asFunction: Query {
        guard unnumbered.storage.nodes.last?.hasFreeRow == true else { return self }
        return Self.function { (_: Query) in self }
    }
}

extension Query: CustomStringConvertible {
    /// The text form, or what is wrong with the query.
    public var description: String {
        do {
            return try tree().text()
        } catch {
            return "(no query: \(error))"
        }
    }
}
