/// `update`, `replace` and `delete`: each row of a selection by what a function makes of it.
final class ReplaceNode: DatumNode {
    private var type: TermType { call.type }
    private var change: Node? { call.count > 1 ? call[1] : nil }
    private var options: WriteOptionNodes { WriteOptionNodes(call) }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let selection = try receiver.receivedValue(execution)
        if case .rows(let rows) = selection { execution.recorder?.meet(rows, at: receiver.site, execution) }
        let table = try table(of: selection)
        let isDeterministic = change.map { $0.determinism <= .duringQuery } ?? true
        let isNonAtomic = try options.isNonAtomic(execution)
        if !isDeterministic, !isNonAtomic {
            throw site.error(
                .queryLogic,
                "What `\(type.name)` writes must not depend on chance or on other rows; the option `non_atomic` allows it, at the price of atomicity."
            )
        }
        let function = try change.map { change throws(ReQLError) in
            type == .update && change.constant == nil && !(change is FunctionNode)
                ? LateFunction(change) : try change.function(execution, .constant)
        }
        let options = try WriteOptions(options, readsTables: !isDeterministic, execution)
        let writer = try RowWriter(table, options, execution, for: type == .delete ? .delete : .update, at: site)

        if writer.isOfProcess {
            try replaceProcessRows(selection, function, writer, execution)
            return try writer.datum()
        }
        switch selection {
        case .row(let row):
            try writer.write([row.key]) { key, transaction throws(ReQLError) in
                try self.write(key, function, writer, &transaction, execution)
            }
        case .rows(let rows):
            if type == .delete, rows.kind == .table, table.system == nil, table.config.writeHook == nil, options.returnChanges == .none {
                execution.note("subtrees are cut off, and no document is read", at: site)
                try writer.deleteAll()
                break
            }
            try writer.writeAll(try rows.stream(execution)) { row, transaction throws(ReQLError) in
                try self.write(row[field: writer.primaryKey] ?? .null, function, writer, &transaction, execution)
            }
        default: break
        }
        return try writer.datum()
    }

    /// The table whose rows are selected.
    private func table(of value: Value) throws(ReQLError) -> TableReference {
        switch value {
        case .row(let row): return row.table
        case .rows(let rows) where rows.kind.isSelection:
            if let table = rows.table { return table }
        default: break
        }
        throw value.mismatch(expected: "a SELECTION", at: receiver.site)
    }

    private func write(
        _ key: Datum, _ function: Function?, _ writer: RowWriter, _ transaction: inout CatalogTransaction, _ execution: Execution
    ) throws(ReQLError) {
        try writer.replace(key, in: &transaction) { old throws(ReQLError) in try self.replacement(of: old, function, execution) }
    }

    private func replaceProcessRows(
        _ selection: Value, _ function: Function?, _ writer: RowWriter, _ execution: Execution
    ) throws(ReQLError) {
        func replace(_ key: Datum) throws(ReQLError) {
            try writer.replaceProcessRow(key) { old throws(ReQLError) in try self.replacement(of: old, function, execution) }
        }
        switch selection {
        case .row(let row): try replace(row.key)
        case .rows(let rows):
            let stream = try rows.stream(execution)
            while let row = try stream.next().row { try replace(row[field: writer.primaryKey] ?? .null) }
        default: break
        }
    }

    /// What a row becomes; null: it is deleted.
    private func replacement(of old: Datum, _ function: Function?, _ execution: Execution) throws(ReQLError) -> Datum {
        guard let function else { return .null }
        let new = try self.new(old, function, execution)
        // Without atomicity rows are only ever inserted again.
        if new.isNull, function.determinism > .duringQuery { throw TypeCheck.mismatch(new, expected: "an OBJECT") }
        return new
    }

    private func new(_ old: Datum, _ function: Function, _ execution: Execution) throws(ReQLError) -> Datum {
        if type == .replace { return try function.datum(execution, old) }
        if old.isNull { return .null }
        let addition = try function.datum(execution, old)
        return addition.isNull ? old : try Merge.merge(old, addition)
    }
}

/// The value that `update` is given instead of a function: evaluated when a row comes to it, and once for all rows unless it depends on
/// chance.
private final class LateFunction: Function {
    private let node: Node
    private var known: Function?

    init(_ node: Node) {
        self.node = node
        super.init(site: node.site, arity: nil, determinism: node.determinism)
    }

    override func datum(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum {
        let function = if let known { known } else { try node.function(execution, .constant) }
        if determinism <= .duringQuery { known = function }
        return try function.datum(execution, row)
    }
}
