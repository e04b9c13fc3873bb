/// An aggregation whose arguments are evaluated: it makes a fresh accumulator for a sequence, or for each group of one.
protocol Aggregation {
    func accumulator() -> any Accumulator
    /// What it wants of each row, if its accumulators take that in place of rows.
    var column: RowColumn? { get }
}

extension Aggregation {
    var column: RowColumn? { nil }
}

/// Takes rows one by one and gives a result.
protocol Accumulator: AnyObject {
    func add(_ row: Datum, _ execution: Execution) throws(ReQLError)
    /// Whether no row counted so far: a group of which that is true is left out.
    var isEmpty: Bool { get }
    /// What it keeps of rows, in bytes, if that depends on the rows.
    var heldByteCount: Int { get }
    /// Itself, if it takes numbers in place of rows.
    var column: (any ColumnAccumulator)? { get }
    func result() throws(ReQLError) -> Datum
}

extension Accumulator {
    var heldByteCount: Int { 0 }
    var column: (any ColumnAccumulator)? { nil }
}

/// The part of each row that an aggregation wants.
enum RowColumn {
    /// That there is one.
    case row
    /// The number of a top-level field; nothing where that is null or not there.
    case number(String)

    var field: String? {
        if case .number(let field) = self { field } else { nil }
    }
}

/// An accumulator that takes numbers in place of rows.
protocol ColumnAccumulator: Accumulator {
    func add(rows count: Int)
    func add(_ number: Double)
    func add(_ numbers: [Double])
}

extension ColumnAccumulator {
    var column: (any ColumnAccumulator)? { self }
}
