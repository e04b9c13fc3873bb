/// A column that expressions may name.
struct ScopeColumn {
    var name: String
    var type: SQLType
    /// Not part of `*`: `_doc` and `_key`.
    var isHidden = false
    /// Whether an alias has given it its name.
    var isRenamed = false
    /// The number of the relation in FROM that it is of, where that is asked for.
    var relationOID: UInt32 = 0
    /// What whoever names it is told: that it is not theirs to read.
    var refusal: SQLError?
    /// The declared column that it is and nothing else.
    var tableOID: UInt32 = 0
    var number: Int16 = 0
    var make: () -> Scalar
}

/// What a part of FROM gives to names.
final class ScopeItem {
    var name: String?
    var schema: String?
    var columns: [ScopeColumn]
    /// Whether `name.column` finds its columns, and whether `column` alone does.
    var isQualifiedVisible = true
    var areColumnsVisible = true
    /// The cell of another item's rows: it stands back behind whatever else has the name.
    var isCell = false
    /// On the outer side of a join: its whole row may be missing.
    var rowType = SQLType.record
    /// The table or view whose rows are of its type.
    var relation: Relation?
    /// The open table that it is of, and how its fields come to be columns when they are named.
    var open: (table: TableRelation, column: (Name) -> ScopeColumn)?
    /// Fields of the open table that a statement gives values to: its `*` stands for them, too, though no document may have had them.
    var writtenFields: [String] = []
    /// What its columns take, where they are many.
    private var held: CountedBytes?

    init(name: String?, columns: [ScopeColumn]) {
        self.name = name
        self.columns = columns
    }

    var visibleColumns: [ScopeColumn] { columns.filter { !$0.isHidden } }

    /// Counts its columns for as long as they may be named. Throws `53200` if there is no room for so many.
    func count() throws(SQLError) {
        let byteCount = columns.count * ScopeColumn.byteCount
        if held == nil, byteCount >= 4 << 10 { held = try CountedBytes(byteCount) }
    }
}

extension ScopeColumn {
    /// What one takes, with what makes its expression, about.
    static let byteCount = MemoryLayout<ScopeColumn>.stride + 64
}

/// The line between a query and the one inside of it: what goes over into the inner one, by slots.
final class Boundary {
    /// Slots that are filled at this line, and with what.
    var own: [(slot: Int, scalar: Scalar)] = []
    /// All slots that come from outside of the inner query.
    var outerSlots: Set<Int> = []
    var hasVolatile = false
}

/// What a clause may hold besides ordinary expressions.
struct ClauseRules {
    var aggregates = false
    var windows = false
    var sets = false
    var columns = true
    /// `WHERE`, for messages.
    var name: String
    /// How messages call one expression that has no subqueries, or no columns.
    var expression = "this"
    var subqueries = true

    static let select = ClauseRules(aggregates: true, windows: true, sets: true, name: "SELECT")
    static let orderBy = ClauseRules(aggregates: true, windows: true, sets: true, name: "ORDER BY")
    static let having = ClauseRules(aggregates: true, name: "HAVING")
    static let whereClause = ClauseRules(name: "WHERE")
    static let groupBy = ClauseRules(sets: true, name: "GROUP BY")
    static let join = ClauseRules(name: "JOIN conditions")
    static let from = ClauseRules(sets: false, name: "functions in FROM")
    static let values = ClauseRules(sets: true, name: "VALUES")
    static let limit = ClauseRules(name: "LIMIT")
    static let returning = ClauseRules(name: "RETURNING")
    static let update = ClauseRules(name: "UPDATE")
    static let check = ClauseRules(name: "check constraints")
    static let defaults = ClauseRules(name: "DEFAULT expressions")
    static let index = ClauseRules(name: "index expressions")
    static let generated = ClauseRules(name: "column generation expressions")
    /// The same while it is declared.
    static let declaredDefault = ClauseRules(
        columns: false, name: "DEFAULT expressions", expression: "DEFAULT expression", subqueries: false)
    static let transform = ClauseRules(name: "transform expressions", expression: "transform expression", subqueries: false)
    static let execute = ClauseRules(name: "EXECUTE parameters", expression: "EXECUTE parameter", subqueries: false)
}

/// A mark of one scope, which may be kept without it.
final class ScopePlace: Sendable {}

/// One query's names, and what its expressions gather.
final class Scope {
    let parent: Scope?
    let place = ScopePlace()
    /// Nil where it shares the rows of its parent.
    let boundary: Boundary?
    let level: Level
    var items: [ScopeItem] = []
    /// Items that stand beside, and may not be referred to from here.
    var forbidden: [ScopeItem] = []
    var commonTables: [String: CommonTableEntry] = [:]
    /// Tables of a WITH RECURSIVE that is being bound.
    var pendingTables: PendingTables?
    /// Whether it is the part of a recursive table that runs again and again.
    var isRecursiveStep = false
    /// Whether it is a query within an expression.
    var isExpression = false
    /// How many outer joins are around what is being bound, on a side that may be missing.
    var missingSides = 0
    /// Whether queries in its FROM may be flat.
    var takesFlat = false
    /// Where it stands in a FROM that takes flat queries, if it may be one.
    var flatPlace: FlatQuery.Place?
    /// Whether its query may be planned when it is known what is asked of its rows.
    var mayBeLater = false
    /// Whether its FROM names the table whose recursive part it belongs to.
    var readsOwnTable = false
    var rules: ClauseRules
    var aggregates: [AggregateCall] = []
    /// Where columns stand outside of aggregates, by their positions in rows.
    var columnPlaces: [(column: Int, position: Position)] = []
    /// What must be the same in all rows of a group, although it stands in no output.
    var grouped: [Scalar] = []
    var windows: [WindowCall] = []
    var sets: [SetCall] = []
    var windowDefinitions: [String: Window] = [:]
    /// Positions that groups, aggregates, windows and sets fill.
    var computedPositions: Set<Int> = []
    /// GROUPING calls wait for the groups to be known.
    var groupingCalls: [GroupingRequest] = []
    /// The tables and queries of FROM.
    var rangeEntries: [RangeEntry] = []
    /// What FOR UPDATE and its kin say of them.
    var rowLocks: [RowLock] = []
    var insideAggregate = false
    var insideWindow = false
    /// Why an aggregate that stands in another one may not. That is said once it is known that there is the outer one.
    var nestedAggregate: SQLError?
    /// The word of the innermost expression around what is being bound that may leave parts of it out.
    var conditional: String?

    init(parent: Scope?, rules: ClauseRules, level: Level = Level()) {
        self.parent = parent
        boundary = parent == nil ? nil : Boundary()
        self.rules = rules
        self.level = level
    }

    /// The names of another scope, where expressions are bound to be looked at and thrown away.
    init(parent: Scope?, sharing other: Scope) {
        self.parent = parent
        boundary = other.boundary
        rules = ClauseRules(name: other.rules.name)
        level = other.level
        items = other.items
        forbidden = other.forbidden
        commonTables = other.commonTables
        pendingTables = other.pendingTables
        insideAggregate = true
    }

    func commonTable(_ name: String) -> CommonTableEntry? {
        commonTables[name] ?? pendingTables?.known(name) ?? parent?.commonTable(name)
    }

    /// Where a name stands for a table of WITH RECURSIVE that is not bound yet.
    func pending(_ name: String) -> PendingTables? {
        if commonTables[name] != nil { return nil }
        var current = pendingTables
        while let tables = current {
            if tables.bound[name] != nil { return nil }
            if tables.waiting[name] != nil || tables.underWay.contains(where: { $0.text == name }) { return tables }
            current = tables.outer
        }
        return parent?.pending(name)
    }

    func item(named name: String, schema: String? = nil) -> ScopeItem? {
        let found = items.filter { $0.name == name && $0.isQualifiedVisible && (schema == nil || $0.schema == schema) }
        return found.first { !$0.isCell } ?? found.first
    }
}

/// The tables of a WITH RECURSIVE, while they are bound: each when it is first named.
final class PendingTables {
    let isRecursive: Bool
    /// Of the query whose WITH it is.
    let scope: Scope
    var waiting: [String: CommonTable]
    var underWay: [Name] = []
    var bound: [String: CommonTableEntry] = [:]
    /// Of a WITH around the one that these belong to.
    let outer: PendingTables?
    /// Those that read only.
    var readers: [CommonTableRows] = []

    init(_ with: With, _ scope: Scope) {
        isRecursive = with.isRecursive
        self.scope = scope
        outer = scope.pendingTables
        waiting = Dictionary(with.tables.map { ($0.name.text, $0) }) { first, _ in first }
    }

    func known(_ name: String) -> CommonTableEntry? { bound[name] ?? outer?.known(name) }
}

/// A table of WITH.
final class CommonTableEntry {
    let rows: CommonTableRows
    var columns: [OutputColumn] = []
    /// How many of them, the last ones, `*` does not stand for.
    var hiddenCount = 0
    /// While its recursive part is bound.
    var isOpen = false
    var wasReferred = false
    /// Slots of rows around the WITH that it reads: whatever refers to it depends on them, too.
    var outerSlots: Set<Int> = []

    init(_ rows: CommonTableRows) {
        self.rows = rows
    }
}

/// A query that is ready to run.
struct BoundQuery {
    var plan: Plan
    var columns: [OutputColumn]
    /// Literals and parameters whose types the query hasn't told, by the columns that they are.
    var untold: [Int: Scalar] = [:]
    /// In place of the plan, where the query around it joins its tables.
    var flat: FlatQuery?
    /// In place of the plan, where that is made when it is known what is asked of the rows.
    var later: LaterQuery?
}

/// GROUPING(…), until the grouping sets are known.
final class GroupingRequest: Scalar {
    let arguments: [Scalar]
    /// Where each argument stands.
    let argumentPositions: [Position]

    init(_ arguments: [Scalar], at positions: [Position]) {
        self.arguments = arguments
        argumentPositions = positions
        super.init(.int4)
    }

    override var isImmutableItself: Bool { false }
    override func agrees(with other: Scalar) -> Bool {
        guard let other = other as? GroupingRequest, other.arguments.count == arguments.count else { return false }
        return zip(arguments, other.arguments).allSatisfy { $0.isSame(as: $1) }
    }
}

extension ScopeItem {
    /// A table's columns at the positions of their places.
    static func row(of table: TableRelation) -> ScopeItem {
        ScopeItem(
            name: table.name,
            columns: table.declaration.columns.enumerated().map { index, column in
                ScopeColumn(name: column.name, type: column.type, make: { ColumnScalar(index, column.type, name: column.name) })
            })
    }
}
