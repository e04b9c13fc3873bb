/// The rows of a table with given keys, in the order of the keys; those that pass the filter, if there is one.
final class KeyedStream: RowStream {
    private let table: TableReference
    private let keys: [Datum]
    private var position = 0
    private let filter: RowFilter?
    private let execution: Execution

    init(_ table: TableReference, _ keys: [Datum], _ filter: RowFilter?, _ execution: Execution) {
        self.table = table
        self.keys = keys
        self.filter = filter
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Datum? {
        while position < keys.count {
            try execution.check()
            defer { position += 1 }
            if let row = try table.get(keys[position], at: .root), try filter?.passes(row, execution) ?? true { return row }
        }
        return nil
    }
}
