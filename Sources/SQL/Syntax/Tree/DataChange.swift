/// A column, or a place in it, that is assigned to.
struct Target: Hashable, Sendable {
    var column: Name
    var steps: [Access.Step] = []
}

/// A part of SET.
enum Assignment: Hashable, Sendable {
    case single(Target, Expression)
    /// `(a, b) = …`: a row, or a query of one row.
    case several([Target], Expression, Position)

    var targets: [Target] {
        switch self {
        case .single(let target, _): [target]
        case .several(let targets, _, _): targets
        }
    }
}

/// INSERT INTO.
struct Insert: Hashable, Sendable {
    enum Overriding: String, Hashable, Sendable {
        case system, user
    }

    enum Rows: Hashable, Sendable {
        case query(Query)
        case defaultValues
    }

    var with: With?
    var relation: QualifiedName
    var alias: Name?
    var cells: Expression?
    var columns: [Target] = []
    var overriding: Overriding?
    var rows = Rows.defaultValues
    var conflict: Conflict?
    var returning: [SelectItem] = []
    var position: Position
}

/// ON CONFLICT.
struct Conflict: Hashable, Sendable {
    enum Arbiter: Hashable, Sendable {
        case any
        case index([IndexElement], predicate: Expression?)
        case constraint(Name)
    }

    enum Action: Hashable, Sendable {
        case nothing
        case update([Assignment], filter: Expression?)
    }

    var arbiter: Arbiter
    var action: Action
    var position: Position
}

struct Update: Hashable, Sendable {
    var with: With?
    var target: RelationSource
    var assignments: [Assignment]
    var from: [Source] = []
    var filter: RowFilter?
    var returning: [SelectItem] = []
    var position: Position
}

struct Delete: Hashable, Sendable {
    var with: With?
    var target: RelationSource
    /// A single relation or function without a name of its own may be a filter of cells: the binder knows whether the target has cells.
    var using: [Source] = []
    var filter: RowFilter?
    var returning: [SelectItem] = []
    var position: Position
}

/// WHERE of a change.
enum RowFilter: Hashable, Sendable {
    case condition(Expression)
    /// WHERE CURRENT OF cursor.
    case current(Name, Position)
}

struct Merge: Hashable, Sendable {
    struct Branch: Hashable, Sendable {
        enum Action: Hashable, Sendable {
            case update([Assignment])
            case delete
            case insert(columns: [Target], overriding: Insert.Overriding?, values: [Expression])
            case insertDefaults
            case nothing
        }

        var isMatched: Bool
        var condition: Expression?
        var action: Action
        var position: Position
    }

    var with: With?
    var target: RelationSource
    var source: Source
    var condition: Expression
    var branches: [Branch]
    var position: Position
}
