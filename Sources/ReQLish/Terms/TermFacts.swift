/// The facts that are known about a term before it runs. There is one for each term; see ``TermType/facts``.
package final class TermFacts: Sendable {
    /// The spelling of a term in the text form.
    package enum Spelling: Sendable {
        /// `r.now()`: a function of `r`.
        case function
        /// `x.upcase()`: a method of its first argument. `r.upcase(x)` is read as well.
        case method
        /// `db.table("t")` or `r.table("t")`: the first argument may be left out.
        case either
        /// `r.minval`: without brackets.
        case constant
        /// By a syntax of its own: a literal, a variable, `x => …`.
        case syntax
    }

    /// The positional arguments that the drivers turn into a function when they use `r.row`.
    package enum FunctionArguments: Sendable, Hashable {
        case none
        /// Only the argument at this position.
        case at(Int)
        /// All arguments after the first.
        case afterFirst
        case last
    }

    /// A term's treatment of grouped data as its first argument.
    enum Groups: Sendable {
        /// It runs once for each group, and the answer is grouped.
        case each
        /// It takes the data as a whole; the answer is grouped if an argument is.
        case pass
        /// It groups what it is given.
        case begin
        /// It takes the data as a whole, and the answer is not grouped.
        case end
    }

    /// The places below a term where `literal` may stand.
    enum Literals: Sendable {
        case nowhere
        /// In options and in all arguments but the first.
        case inArguments
        case inOptions
        /// Wherever it may stand in place of the term itself.
        case inherited
    }

    struct Traits: OptionSet, Sendable {
        let rawValue: UInt8

        /// Changes data, databases, tables, indexes or rights.
        static let writes = Traits(rawValue: 1)
        /// Changes nothing, but may stand only where a term that writes may.
        static let meta = Traits(rawValue: 2)
        /// Only in the first argument may a term stand that writes.
        static let closedToWrites = Traits(rawValue: 4)
        /// Stands in a plan, since it reads, makes or takes rows. Terms that write stand there too.
        static let step = Traits(rawValue: 8)
        /// Takes a time that doesn't grow beyond the sizes of its arguments.
        static let cheap = Traits(rawValue: 16)
        /// Is only read for the sake of old queries.
        static let superseded = Traits(rawValue: 32)
    }

    /// The name in the text form and the builder, in the JavaScript spelling.
    package let name: String
    /// Other names that the text form reads.
    let aliases: [String]
    package let number: Int
    package let spelling: Spelling
    /// The least and greatest number of positional arguments, the receiver among them. `Int.max` is "any number".
    package let arity: ClosedRange<Int>
    /// What the term is, in a few words of Markdown: a phrase without a full stop.
    package let summary: String
    /// The options the term accepts, as they are written in the JSON form (`left_bound`), sorted.
    package let options: [String]
    package let functionArguments: FunctionArguments
    let traits: Traits
    let groups: Groups
    let literals: Literals
    /// Whether the term itself gives the same value again, if its arguments do.
    let determinism: Determinism

    /// - Parameters:
    ///   - name: written out, as asking all cases for their names takes three million instructions of every start.
    ///   - arity: counts the receiver, as the JSON form does.
    init(
        _ name: String, _ spelling: Spelling, _ number: Int, _ arity: ClosedRange<Int>, _ summary: String = "", is traits: Traits = [],
        options: [String] = [], functions: FunctionArguments = .none, groups: Groups = .each, literals: Literals = .nowhere,
        determinism: Determinism = .always, aliases: [String] = []
    ) {
        self.name = name
        self.aliases = aliases
        self.number = number
        self.spelling = spelling
        self.arity = arity
        self.summary = summary
        self.options = options.count > 1 ? options.sorted() : options
        self.functionArguments = functions
        self.traits = traits
        self.groups = groups
        self.literals = literals
        self.determinism = traits.isDisjoint(with: [.writes, .meta]) ? determinism : .never
    }

    /// Whether a function may be written for the argument at `position` of `count`, so that a free `r.row` in it means that
    /// function's parameter.
    package func takesFunction(at position: Int, of count: Int) -> Bool {
        switch functionArguments {
        case .none: false
        case .at(let only): position == only
        case .afterFirst: position > 0
        case .last: position > 0 && position == count - 1
        }
    }

    /// Whether the text form writes it after a value: `x.upcase()`.
    package var isMethod: Bool { spelling == .method || spelling == .either }

    /// Whether the text form writes it after `r` at first: `r.now()`, `r.minval`.
    package var isFunction: Bool { spelling == .function || spelling == .either || spelling == .constant }

    /// Whether the term changes data, databases, tables, indexes or rights.
    package var writes: Bool { traits.contains(.writes) }

    /// Whether the term writes, or may stand only where such a term may.
    package var isWriteOrMeta: Bool { !traits.isDisjoint(with: [.writes, .meta]) }
}

/// The extent to which a term gives the same value whenever it is evaluated.
enum Determinism: Int, Comparable {
    case always
    /// Fixed while one query runs, as `now()`.
    case duringQuery
    /// The same on one machine; another may calculate the last digit otherwise.
    case onThisMachine
    case never

    static func < (left: Determinism, right: Determinism) -> Bool { left.rawValue < right.rawValue }
}
