import Catalog

extension Binder {
    private struct MergeBranch {
        enum Action {
            case update([(index: Int, scalar: Scalar?)])
            case delete, nothing
            case insert([(index: Int, scalar: Scalar?)])
        }

        var isMatched: Bool
        var condition: Scalar?
        var action: Action

        /// What is computed of a row.
        var scalars: [Scalar] {
            switch action {
            case .update(let list), .insert(let list): list.compactMap(\.scalar)
            case .delete, .nothing: []
            }
        }
    }

    /// The first branch that a row comes into; nil if nothing is done with it.
    private static func chosen(_ branches: [MergeBranch], _ row: Row, isMatched: Bool, _ run: Run) throws(SQLError) -> Int? {
        for (number, branch) in branches.enumerated() where branch.isMatched == isMatched {
            if let condition = branch.condition, try !condition.isTrue(row, run) { continue }
            if case .nothing = branch.action { return nil }
            return number
        }
        return nil
    }

    func bind(_ merge: Merge, _ scope: Scope) throws(SQLError) -> BoundQuery {
        if merge.with?.isRecursive == true {
            throw error("42601", "WITH RECURSIVE is not supported for MERGE statement", at: merge.position)
        }
        var isOver: Set<Bool> = []
        for branch in merge.branches {
            if isOver.contains(branch.isMatched) {
                throw error("42601", "unreachable WHEN clause specified after unconditional WHEN clause", at: nil)
            }
            if branch.condition == nil { isOver.insert(branch.isMatched) }
        }
        _ = try bind(merge.with, scope)
        let sourceNode = try bind(from: [merge.source], scope)
        let sourceItems = scope.items
        let target = try target(merge.target.name, alias: merge.target.alias?.name, .merge, merge.permissions, scope)
        let (table, entry, item) = (target.table, target.entry, target.item)
        if table.isWrittenOpen { throw unsupported("MERGE into an open table", at: merge.position) }
        try add(try items(of: target), to: scope)
        scope.rules = .join
        let on = try condition(merge.condition, scope, "JOIN/ON", merge.condition.position)
        var branches: [MergeBranch] = []
        let allItems = scope.items
        for branch in merge.branches {
            scope.items = branch.isMatched ? allItems : sourceItems
            scope.forbidden = branch.isMatched ? [] : [item]
            scope.rules = ClauseRules(name: "MERGE WHEN conditions")
            let condition = try branch.condition.map { condition throws(SQLError) in
                try self.condition(condition, scope, "WHEN", condition.position)
            }
            let action: MergeBranch.Action
            switch branch.action {
            case .update(let list): action = .update(try assignments(list, target, scope))
            case .delete: action = .delete
            case .nothing: action = .nothing
            case .insertDefaults: action = .insert([])
            case .insert(let columns, let overriding, let values):
                var targets = Array(table.declaration.columns.indices)
                if !columns.isEmpty {
                    targets = []
                    for column in columns {
                        guard column.steps.isEmpty else {
                            throw unsupported("assignment to a part of a column in MERGE", at: column.column.position)
                        }
                        targets.append(try columnIndex(column.column, target, .insert))
                    }
                }
                guard values.count <= targets.count else {
                    throw error("42601", "INSERT has more expressions than target columns", at: branch.position)
                }
                guard columns.isEmpty || values.count == targets.count else {
                    throw error("42601", "INSERT has more target columns than expressions", at: branch.position)
                }
                var list: [(index: Int, scalar: Scalar?)] = []
                for (index, value) in zip(targets, values) {
                    if case .default = value {} else { try requireAssignable(table.declaration.columns[index], overriding) }
                    if overriding == .user, table.declaration.columns[index].identity != nil { continue }
                    if case .default = value {
                        list.append((index, nil))
                    } else {
                        list.append((index, try assigned(try bind(value, scope), table.declaration.columns[index], at: value.position)))
                    }
                }
                action = .insert(list)
            }
            branches.append(MergeBranch(isMatched: branch.isMatched, condition: condition, action: action))
        }
        scope.items = allItems
        let document = entry.scalar(table.documentIndex)
        let plan = try FromPlanner(scope.level, definitions, makeSlot: makeSlot).plan([.join(.left, sourceNode[0], .entry(entry), on)], nil)
        let nodes = [FromNode.entry(entry)] + sourceNode
        let found = FoundRows(plan, target, document: document.position, nodes, on, givesMissing: true) { (row, run) throws(SQLError) in
            var isMatched = false
            if case .json = row[document.position] { isMatched = true }
            guard let chosen = try Self.chosen(branches, row, isMatched: isMatched, run) else { return nil }
            var values: Row = [.int(Int64(chosen))]
            for scalar in branches[chosen].scalars { values.append(try scalar.value(row, run)) }
            return values
        }
        let width = table.declaration.columns.count
        let change = ChangePlan("Merge on \(table.name)", [found.plan]) { (run) throws(SQLError) in
            let guardian = try run.writes.guardian(table, run.definitions)
            var seen = ChangedKeys(run, isNeeded: true)
            var count = 0
            try found.forEach(run) { item throws(SQLError) in
                let row = item.row
                var number: Int?
                if case .int(let known)? = item.values?.first {
                    number = Int(known)
                } else {
                    number = try Self.chosen(branches, row, isMatched: item.stored != nil, run)
                }
                guard let number else { return }
                let chosen = branches[number]
                let known = item.values.map { Array($0.dropFirst()) }
                if let (key, document) = item.stored {
                    guard try seen.insert(key) else {
                        throw SQLError(
                            SQLState(rawValue: "21000"), "MERGE command cannot affect row a second time",
                            hint: "Ensure that not more than one source row matches any one target row.")
                    }
                    let old = guardian.row(of: document)
                    if case .update(let list) = chosen.action {
                        var new = old
                        try guardian.assign(list, known: known, to: &new, row, run)
                        try guardian.update(old, oldKey: key, &new)
                    } else {
                        try guardian.delete(old, key: key)
                    }
                    count += 1
                } else if case .insert(let list) = chosen.action {
                    var values: [SQLValue?] = Array(repeating: nil, count: width)
                    var place = 0
                    for (index, scalar) in list {
                        guard let scalar else { continue }
                        values[index] = if let known { known[place] } else { try scalar.value(row, run) }
                        place += 1
                    }
                    _ = try guardian.insert(values)
                    count += 1
                }
            }
            return ([], count)
        }
        return BoundQuery(plan: change, columns: [])
    }
}
