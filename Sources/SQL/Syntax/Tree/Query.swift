/// A query with its clauses for the whole: `WITH … SELECT … UNION … ORDER BY … LIMIT …`.
struct Query: Hashable, Sendable {
    var with: With?
    var body: Body
    var orderBy: [SortItem] = []
    var limit: Limit?
    var locks: [RowLock] = []
    var position: Position

    indirect enum Body: Hashable, Sendable {
        case select(Select)
        case values(Values)
        /// `TABLE t`.
        case table(RelationSource)
        case combined(Combination)
    }

    /// Whether nothing stands around the body.
    var isBare: Bool {
        with == nil && orderBy.isEmpty && limit == nil && locks.isEmpty
    }
}

/// Queries combined from left to right by UNION, EXCEPT and INTERSECT.
///
/// INTERSECT binds tighter, so an operand may be a combination of its own.
struct Combination: Hashable, Sendable {
    enum Operation: String, Hashable, Sendable {
        case union, except, intersect
    }

    struct Step: Hashable, Sendable {
        var operation: Operation
        var keepsDuplicates: Bool
        var query: Query
        var position: Position
    }

    var first: Query
    var steps: [Step]
}

struct Select: Hashable, Sendable {
    enum Distinct: Hashable, Sendable {
        case no
        case rows
        case on([Expression])
    }

    var distinct = Distinct.no
    var items: [SelectItem] = []
    var into: IntoTarget?
    var from: [Source] = []
    var filter: Expression?
    var groupBy: [GroupItem] = []
    /// GROUP BY DISTINCT: equal grouping sets count once.
    var groupsAreDistinct = false
    var having: Expression?
    var windows: [NamedWindow] = []
    var position: Position
}

/// A value of the select list, or of RETURNING.
struct SelectItem: Hashable, Sendable {
    var value: Expression
    var label: Name?
    var position: Position
}

/// SELECT … INTO makes a table.
struct IntoTarget: Hashable, Sendable {
    var persistence = Persistence.permanent
    var relation: QualifiedName
}

/// Rows of VALUES. A field may be DEFAULT.
struct Values: Hashable, Sendable {
    var rows: [[Expression]]
    var position: Position
}

struct With: Hashable, Sendable {
    var isRecursive: Bool
    var tables: [CommonTable]
    var position: Position
}

struct CommonTable: Hashable, Sendable {
    enum Materialization: Hashable, Sendable {
        case unsaid, materialized, notMaterialized
    }

    var name: Name
    var columns: [Name]
    var materialization: Materialization
    var statement: Statement
    var search: SearchClause?
    var cycle: CycleClause?
}

/// SEARCH { DEPTH | BREADTH } FIRST BY … SET …
struct SearchClause: Hashable, Sendable {
    var isBreadthFirst: Bool
    var columns: [Name]
    var sequenceColumn: Name
    var position: Position
}

/// CYCLE … SET … TO … DEFAULT … USING …
struct CycleClause: Hashable, Sendable {
    var columns: [Name]
    var markColumn: Name
    var markValue: Expression?
    var markDefault: Expression?
    var pathColumn: Name
    var position: Position
}

struct SortItem: Hashable, Sendable {
    enum Direction: Hashable, Sendable {
        case unsaid, ascending, descending
        case using(OperatorName)
    }

    enum Nulls: Hashable, Sendable {
        case unsaid, first, last
    }

    var value: Expression
    var direction: Direction
    var nulls: Nulls
}

/// LIMIT or FETCH FIRST, and OFFSET.
struct Limit: Hashable, Sendable {
    enum Count: Hashable, Sendable {
        case unsaid
        /// LIMIT ALL.
        case all(Position)
        case rows(Expression)
    }

    var count = Count.unsaid
    var offset: Expression?
    var hasTies = false
}

/// FOR UPDATE and its kin.
struct RowLock: Hashable, Sendable {
    enum Strength: String, Hashable, Sendable {
        case update
        case noKeyUpdate = "no key update"
        case share
        case keyShare = "key share"
    }

    enum Waiting: Hashable, Sendable {
        case wait, noWait, skipLocked
    }

    var strength: Strength
    var relations: [QualifiedName]
    var waiting: Waiting
    var position: Position
}

indirect enum GroupItem: Hashable, Sendable {
    case expression(Expression)
    /// `()`
    case empty(Position)
    case rollup([Expression], Position)
    case cube([Expression], Position)
    case sets([GroupItem], Position)
}

struct NamedWindow: Hashable, Sendable {
    var name: Name
    var window: Window
}

struct Window: Hashable, Sendable {
    enum Unit: String, Hashable, Sendable {
        case range, rows, groups
    }

    enum Bound: Hashable, Sendable {
        case unboundedPreceding, preceding(Expression), currentRow, following(Expression), unboundedFollowing
    }

    enum Exclusion: String, Hashable, Sendable {
        case currentRow = "current row"
        case group
        case ties
    }

    struct Frame: Hashable, Sendable {
        var unit: Unit
        var start: Bound
        /// Nil if only the start was said: the current row.
        var end: Bound?
        var exclusion: Exclusion?
        var position: Position
    }

    /// The window that this one begins as.
    var base: Name?
    var partitionBy: [Expression] = []
    var orderBy: [SortItem] = []
    var frame: Frame?
    var position: Position
}
