import Catalog

extension Binder {
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
        try add(try items(of: target), to: scope)
        scope.rules = .join
        let on = try condition(merge.condition, scope, "JOIN/ON", merge.condition.position)
        let sources = MergeSources(node: sourceNode[0], items: sourceItems, condition: on)
        if target.table.isWrittenOpen || makesDocuments(merge.assignedTargets, target) {
            return try bind(merge, into: target, sources, scope, MergedDocuments.self)
        }
        return try bind(merge, into: target, sources, scope, MergedRows.self)
    }

    /// - Parameter writer: what the branches write, rows or documents.
    private func bind<Writer: MergeWriter>(
        _ merge: Merge, into target: ChangeTarget, _ sources: MergeSources, _ scope: Scope, _ writer: Writer.Type
    ) throws(SQLError) -> BoundQuery {
        let (table, entry) = (target.table, target.entry)
        let allItems = scope.items
        var branches: [MergeBranch<Writer.Place>] = []
        for branch in merge.branches {
            scope.items = branch.isMatched ? allItems : sources.items
            scope.forbidden = branch.isMatched ? [] : [target.item]
            scope.rules = ClauseRules(name: "MERGE WHEN conditions")
            let condition = try branch.condition.map { condition throws(SQLError) in
                try self.condition(condition, scope, "WHEN", condition.position)
            }
            let action: MergeBranch<Writer.Place>.Action
            switch branch.action {
            case .update(let list): action = .update(try Writer.assignments(list, target, self, scope))
            case .delete: action = .delete
            case .nothing: action = .nothing
            case .insertDefaults: action = .insert([])
            case .insert(let columns, let overriding, let values):
                let places = try Writer.places(columns, target, self, at: branch.position)
                guard values.count <= places.count else {
                    throw error("42601", "INSERT has more expressions than target columns", at: branch.position)
                }
                guard columns.isEmpty || values.count == places.count else {
                    throw error("42601", "INSERT has more target columns than expressions", at: branch.position)
                }
                var list: [Writer.Assigned] = []
                for (place, value) in zip(places, values) {
                    if let assigned = try Writer.inserted(value, place, overriding, target, self, scope) { list.append(assigned) }
                }
                action = .insert(list)
            }
            branches.append(MergeBranch(isMatched: branch.isMatched, condition: condition, action: action))
        }
        scope.items = allItems
        let document = entry.scalar(table.documentIndex)
        let joined = FromNode.join(.left, sources.node, .entry(entry), sources.condition)
        let plan = try FromPlanner(scope.level, definitions, makeSlot: makeSlot).plan([joined], nil)
        let found = FoundRows(
            plan, target, document: document.position, [.entry(entry), sources.node], sources.condition, givesMissing: true
        ) { (row, run) throws(SQLError) in
            var isMatched = false
            if case .json = row[document.position] { isMatched = true }
            guard let chosen = try MergeBranch.chosen(branches, row, isMatched: isMatched, run) else { return nil }
            return [.int(Int64(chosen))] + (try branches[chosen].values(row, run))
        }
        let change = ChangePlan("Merge on \(table.name)", [found.plan]) { (run) throws(SQLError) in
            let writer = try Writer(table, run)
            var seen = ChangedKeys(run, isNeeded: true)
            var count = 0
            try found.forEach(run) { item throws(SQLError) in
                var number: Int?
                if case .int(let known)? = item.values?.first {
                    number = Int(known)
                } else {
                    number = try MergeBranch.chosen(branches, item.row, isMatched: item.stored != nil, run)
                }
                guard let number else { return }
                let chosen = branches[number]
                let values = if let known = item.values { Array(known.dropFirst()) } else { try chosen.values(item.row, run) }
                if let (key, document) = item.stored {
                    guard try seen.insert(key) else {
                        throw SQLError(
                            SQLState(rawValue: "21000"), "MERGE command cannot affect row a second time",
                            hint: "Ensure that not more than one source row matches any one target row.")
                    }
                    if case .update(let list) = chosen.action {
                        try writer.update(key, document, list, values)
                    } else {
                        try writer.delete(key, document)
                    }
                    count += 1
                } else if case .insert(let list) = chosen.action {
                    try writer.insert(list, values)
                    count += 1
                }
            }
            return ([], count)
        }
        return BoundQuery(plan: change, columns: [])
    }
}

/// What a MERGE looks at beside its table.
private struct MergeSources {
    let node: FromNode
    let items: [ScopeItem]
    let condition: Scalar
}

/// WHEN of a MERGE, bound.
private struct MergeBranch<Place> {
    enum Action {
        case update([(place: Place, scalar: Scalar?)])
        case delete, nothing
        case insert([(place: Place, scalar: Scalar?)])
    }

    var isMatched: Bool
    var condition: Scalar?
    var action: Action

    /// What is computed of a row.
    func values(_ row: Row, _ run: Run) throws(SQLError) -> Row {
        guard case .update(let list) = action else {
            guard case .insert(let list) = action else { return [] }
            return try Self.values(list, row, run)
        }
        return try Self.values(list, row, run)
    }

    private static func values(_ list: [(place: Place, scalar: Scalar?)], _ row: Row, _ run: Run) throws(SQLError) -> Row {
        var values: Row = []
        for (_, scalar) in list { if let scalar { values.append(try scalar.value(row, run)) } }
        return values
    }

    /// The first branch that a row comes into; nil if nothing is done with it.
    static func chosen(_ branches: [MergeBranch], _ row: Row, isMatched: Bool, _ run: Run) throws(SQLError) -> Int? {
        for (number, branch) in branches.enumerated() where branch.isMatched == isMatched {
            if let condition = branch.condition, try !condition.isTrue(row, run) { continue }
            if case .nothing = branch.action { return nil }
            return number
        }
        return nil
    }
}

/// Does what the branches of a MERGE say. Of what they assign a missing scalar is DEFAULT, and the values are those of the others, in order.
private protocol MergeWriter {
    /// What is assigned to.
    associatedtype Place
    typealias Assigned = (place: Place, scalar: Scalar?)

    static func assignments(_ list: [Assignment], _ target: ChangeTarget, _ binder: Binder, _ scope: Scope) throws(SQLError) -> [Assigned]
    /// The places of an INSERT, all of them where it names none.
    static func places(_ named: [Target], _ target: ChangeTarget, _ binder: Binder, at position: Position) throws(SQLError) -> [Place]
    /// Nil: what is given is passed over.
    static func inserted(
        _ value: Expression, _ place: Place, _ overriding: Insert.Overriding?, _ target: ChangeTarget, _ binder: Binder, _ scope: Scope
    ) throws(SQLError) -> Assigned?

    init(_ table: TableRelation, _ run: Run) throws(SQLError)
    func update(_ key: Datum, _ document: Datum, _ list: [Assigned], _ values: Row) throws(SQLError)
    func delete(_ key: Datum, _ document: Datum) throws(SQLError)
    func insert(_ list: [Assigned], _ values: Row) throws(SQLError)
}

/// Rows of a table's columns.
private struct MergedRows: MergeWriter {
    typealias Place = Int

    private let guardian: TableGuard

    init(_ table: TableRelation, _ run: Run) throws(SQLError) { guardian = try run.writes.guardian(table, run.definitions) }

    static func assignments(_ list: [Assignment], _ target: ChangeTarget, _ binder: Binder, _ scope: Scope) throws(SQLError) -> [Assigned] {
        try binder.assignments(list, target, scope).map { ($0.index, $0.scalar) }
    }

    static func places(_ named: [Target], _ target: ChangeTarget, _ binder: Binder, at position: Position) throws(SQLError) -> [Int] {
        guard !named.isEmpty else { return Array(target.table.declaration.columns.indices) }
        var places: [Int] = []
        for column in named {
            guard column.steps.isEmpty else {
                throw binder.unsupported("assignment to a part of a column in MERGE", at: column.column.position)
            }
            places.append(try binder.columnIndex(column.column, target, .insert))
        }
        return places
    }

    static func inserted(
        _ value: Expression, _ place: Int, _ overriding: Insert.Overriding?, _ target: ChangeTarget, _ binder: Binder, _ scope: Scope
    ) throws(SQLError) -> Assigned? {
        let column = target.table.declaration.columns[place]
        guard case .default = value else {
            try binder.requireAssignable(column, overriding)
            if overriding == .user, column.identity != nil { return nil }
            return (place, try binder.assigned(try binder.bind(value, scope), column, at: value.position))
        }
        return (place, nil)
    }

    func update(_ key: Datum, _ document: Datum, _ list: [Assigned], _ values: Row) throws(SQLError) {
        let old = guardian.row(of: document)
        var new = old
        var rest = values[...]
        for (index, scalar) in list { new[index] = if scalar != nil { rest.removeFirst() } else { try guardian.defaultValue(index) } }
        try guardian.update(old, oldKey: key, &new)
    }

    func delete(_ key: Datum, _ document: Datum) throws(SQLError) { try guardian.delete(guardian.row(of: document), key: key) }

    func insert(_ list: [Assigned], _ values: Row) throws(SQLError) {
        var row: [SQLValue?] = Array(repeating: nil, count: guardian.table.declaration.columns.count)
        var rest = values[...]
        for (index, scalar) in list where scalar != nil { row[index] = rest.removeFirst() }
        _ = try guardian.insert(row)
    }
}

/// Documents: of a table without columns, or with fields that are none.
private struct MergedDocuments: MergeWriter {
    typealias Place = OpenTarget

    private let writer: OpenTableWriter

    init(_ table: TableRelation, _ run: Run) throws(SQLError) { writer = try OpenTableWriter(table, run) }

    static func assignments(_ list: [Assignment], _ target: ChangeTarget, _ binder: Binder, _ scope: Scope) throws(SQLError) -> [Assigned] {
        try binder.openAssignments(list, target.table, scope).map { ($0.target, $0.scalar) }
    }

    static func places(_ named: [Target], _ target: ChangeTarget, _ binder: Binder, at position: Position) throws(SQLError) -> [OpenTarget]
    {
        let places = try binder.openTargets(named, in: target.table)
        if places.isEmpty { throw binder.unnamedFields("INSERT", at: position) }
        return places
    }

    static func inserted(
        _ value: Expression, _ place: OpenTarget, _ overriding: Insert.Overriding?, _ target: ChangeTarget, _ binder: Binder, _ scope: Scope
    ) throws(SQLError) -> Assigned? { (place, try binder.fieldValue(value, scope, place)) }

    func update(_ key: Datum, _ document: Datum, _ list: [Assigned], _ values: Row) throws(SQLError) {
        _ = try writer.update(key, try writer.assigned(try fields(list, values), to: document, at: key))
    }

    func delete(_ key: Datum, _ document: Datum) throws(SQLError) { try writer.delete(key) }

    func insert(_ list: [Assigned], _ values: Row) throws(SQLError) {
        _ = try writer.insert(try OpenTarget.put(try fields(list, values), into: Datum(fields: [])))
    }

    private func fields(_ list: [Assigned], _ values: Row) throws(SQLError) -> [(OpenTarget, Datum?)] {
        var rest = values[...]
        var fields: [(OpenTarget, Datum?)] = []
        for (target, scalar) in list {
            let value = try scalar.map { scalar throws(SQLError) in try StoredForm.datum(rest.removeFirst(), scalar.type).owned }
            fields.append((target, value))
        }
        return fields
    }
}

extension Merge {
    /// What its branches assign to by name.
    fileprivate var assignedTargets: [Target] {
        branches.flatMap { branch -> [Target] in
            switch branch.action {
            case .update(let list): list.flatMap(\.targets)
            case .insert(let columns, _, _): columns
            case .delete, .nothing, .insertDefaults: []
            }
        }
    }
}
