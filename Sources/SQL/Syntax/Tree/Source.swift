/// What stands in FROM.
indirect enum Source: Hashable, Sendable {
    case relation(RelationSource)
    case function(FunctionSource)
    case query(QuerySource)
    case joined(JoinedSource)
}

/// A table, view or common table by its name; or an array by its path, a row an element.
struct RelationSource: Hashable, Sendable {
    var name: QualifiedName
    /// ONLY, or no word; a `*` after the name says the opposite. Both mean the same where nothing inherits.
    var isOnly = false
    var alias: Alias?
    var sample: Sample?
    /// USING: which cells of the group.
    var cells: Expression?
}

/// Another name, with other names for the first columns.
struct Alias: Hashable, Sendable {
    var name: Name
    var columns: [Name] = []
}

struct Sample: Hashable, Sendable {
    var method: QualifiedName
    var arguments: [Expression]
    var seed: Expression?
}

/// A function's rows, or several functions' rows side by side.
struct FunctionSource: Hashable, Sendable {
    struct Item: Hashable, Sendable {
        /// A call; or CAST, COALESCE, CURRENT_DATE and other words that count as one.
        var function: Expression
        var columns: [ColumnDefinition] = []
    }

    var items: [Item]
    var isRowsFrom = false
    var isLateral = false
    var hasOrdinality = false
    var alias: Alias?
    /// `AS name(column type, …)`, of one function.
    var columns: [ColumnDefinition] = []
    var position: Position
}

struct QuerySource: Hashable, Sendable {
    var query: Query
    var isLateral = false
    var alias: Alias?
    var position: Position
}

/// Sources joined from left to right.
struct JoinedSource: Hashable, Sendable {
    var first: Source
    var joins: [Join]
    /// Of the whole in parentheses.
    var alias: Alias?
}

struct Join: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case inner, left, right, full, cross
    }

    enum Condition: Hashable, Sendable {
        /// CROSS JOIN.
        case none
        case natural
        case on(Expression)
        case using([Name], alias: Name?)
    }

    var kind: Kind
    var source: Source
    var condition: Condition
    var position: Position
}
