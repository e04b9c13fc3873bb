/// A term that works on a grouped stream row by row: `map`, `filter`, `pluck`…
protocol GroupStage: Node {
    func stage(_ execution: Execution) throws(ReQLError) -> RowStage
}

/// A term whose receiver may be grouped: it then runs once for each group.
final class GroupedReceiverNode: Node {
    private let receiver: Node
    private let held: HoldNode
    private let inner: Node

    init(_ call: Call) throws(ReQLError) {
        receiver = call[0]
        held = HoldNode(receiver.site)
        var plain = call
        plain.arguments[0] = held
        inner = try plain.plainNode()
        super.init(call.site, determinism: call.determinism)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try receiver.receivedValue(execution)
        guard case .grouped(let grouped) = value else {
            held.value = value
            return try inner.evaluate(execution)
        }
        if grouped.isStream {
            if let stage = inner as? any GroupStage, let longer = grouped.appending(try stage.stage(execution)) {
                return .grouped(longer)
            }
            if let aggregating = inner as? any AggregatingNode,
                let result = try grouped.aggregate(try aggregating.aggregation(execution), execution, at: site)
            {
                return .grouped(result)
            }
        }
        return .grouped(
            try grouped.mapGroups(execution, at: receiver.site) { group throws(ReQLError) in
                held.value = group
                return try inner.evaluate(execution)
            })
    }
}

extension GroupedReceiverNode: WatchableAggregateNode {
    var source: Node { receiver }

    func form(_ execution: Execution) throws(ReQLError) -> WatchedAggregate.Form {
        guard let inner = inner as? any WatchableAggregateNode else {
            throw site.notWatchable("of groups only a count, a sum or an average can be followed")
        }
        return try inner.form(execution)
    }
}

/// `group`.
final class GroupNode: TermNode {
    private var keys: ArraySlice<Node> { call.arguments.dropFirst() }
    private var index: Node? { call.option("index") }
    private var multi: Node? { call.option("multi") }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try receiver.receivedValue(execution)
        if case .grouped = value {
            throw receiver.site.error(.queryLogic, "What is grouped can't be grouped again; `ungroup` first.")
        }
        var rows = try value.rows(execution, at: receiver.site)
        var functions: [Function] = []
        for key in keys { functions.append(try key.function(execution, .field)) }
        if let index {
            let name = try index.string(execution)
            guard let table = rows as? TableRows else {
                throw receiver.site.error(.queryLogic, "Only a table can be grouped by an index.")
            }
            let chosen = try table.using(name, at: index.site)
            if chosen.index == nil {
                functions.append(FieldFunction(table.reference.config.primaryKey, site: index.site))
            } else {
                let slot = Slot()
                rows = IndexedGroupRows(chosen, value: slot)
                functions.append(SlotFunction(slot, site: index.site))
            }
        }
        guard !functions.isEmpty else {
            throw site.error(.queryLogic, "`group` needs a field, a function or an index to group by.")
        }
        let isMulti = try multi?.bool(execution) ?? false
        return .grouped(Grouped(.init(rows: rows, keys: GroupKeyFunctions(functions: functions, isMulti: isMulti, site: site))))
    }
}

/// `ungroup`: `[{group, reduction}, …]`.
final class UngroupNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let value = try receiver.evaluate(execution)
        guard case .grouped(let grouped) = value else { throw value.mismatch(expected: "a GROUPED_DATA", at: receiver.site) }
        var groups: [Datum] = []
        for (group, reduction) in try grouped.values(execution, at: site) {
            groups.append(try site.object([("group", group), ("reduction", reduction)]))
        }
        return try execution.array(groups, at: site)
    }
}
