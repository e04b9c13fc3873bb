import Catalog

// JOIN.
extension Binder {
    func bind(_ joined: JoinedSource, _ scope: Scope) throws(SQLError) -> (FromNode, [ScopeItem]) {
        let outside = scope.items
        let missing = scope.missingSides
        defer {
            scope.items = outside
            scope.missingSides = missing
        }
        func isMissing(_ index: Int) -> Bool {
            (index > 0 && [.left, .full].contains(joined.joins[index - 1].kind))
                || joined.joins[index...].contains { $0.kind == .right || $0.kind == .full }
        }
        scope.missingSides = missing + (isMissing(0) ? 1 : 0)
        var (node, items) = try bind(joined.first, scope)
        for (index, join) in joined.joins.enumerated() {
            // Each takes a look at all before it.
            try QueryMemory.checkStopped()
            joinsAround += 1
            try requireShallow(joinsAround)
            scope.missingSides = missing + (isMissing(index + 1) ? 1 : 0)
            scope.items = outside + items
            let forbidden = scope.forbidden
            let (right, rightItems) = try bind(join.source, scope)
            scope.forbidden = forbidden
            if join.kind == .right || join.kind == .full, right.depends(on: node.positions) {
                throw error(
                    "42P10",
                    "invalid reference to FROM-clause entry: the combining JOIN type must be INNER or LEFT for a LATERAL reference",
                    at: join.position)
            }
            for item in rightItems where item.isQualifiedVisible && !item.isCell {
                if let name = item.name, items.contains(where: { $0.name == name && $0.isQualifiedVisible && !$0.isCell }) {
                    throw error("42712", "table name \"\(name)\" specified more than once", at: join.position)
                }
            }
            (node, items) = try joining(node, items, right, rightItems, join, scope, outside)
        }
        guard let alias = joined.alias else { return (node, items) }
        // The alias hides what is in the parentheses.
        let columns = items.filter(\.areColumnsVisible).flatMap(\.visibleColumns)
        let item = ScopeItem(name: alias.name.text, columns: columns)
        try item.count()
        try rename(item, alias)
        return (node, [item])
    }

    private func joining(
        _ left: FromNode, _ leftItems: [ScopeItem], _ right: FromNode, _ rightItems: [ScopeItem], _ join: Join, _ scope: Scope,
        _ outside: [ScopeItem]
    ) throws(SQLError) -> (FromNode, [ScopeItem]) {
        let kind = join.kind == .cross ? Join.Kind.inner : join.kind
        let items = leftItems + rightItems
        var names: [Name] = []
        var alias: Name?
        switch join.condition {
        case .none: return (.join(kind, left, right, nil), items)
        case .on(let expression):
            let before = (scope.items, scope.rules, scope.forbidden)
            scope.items = items
            scope.forbidden += outside
            scope.rules = .join
            defer { (scope.items, scope.rules, scope.forbidden) = before }
            let condition = try condition(expression, scope, "JOIN/ON", expression.position)
            note([condition])
            return (.join(kind, left, right, condition), items)
        case .natural:
            let lefts = leftItems.filter(\.areColumnsVisible).flatMap(\.visibleColumns)
            let rights = Set(rightItems.filter(\.areColumnsVisible).flatMap(\.visibleColumns).map(\.name))
            for column in lefts where rights.contains(column.name) { names.append(Name(column.name, at: join.position)) }
        case .using(let listed, let named):
            names = listed
            alias = named
            var seen: Set<String> = []
            for name in listed where !seen.insert(name.text).inserted {
                throw SQLError(SQLState(rawValue: "42701"), "column name \"\(name.text)\" appears more than once in USING clause")
            }
        }
        var merged: [ScopeColumn] = []
        var conditions: [Scalar] = []
        for name in names {
            let one = try only(name, leftItems, "left")
            let two = try only(name, rightItems, "right")
            let (leftScalar, rightScalar) = (one.make(), two.make())
            let type = try commonType([leftScalar, rightScalar], "JOIN/USING", at: [name.position, name.position])
            conditions.append(try call(operator: OperatorName(symbol: "=", position: name.position), leftScalar, rightScalar))
            let (a, b) = (
                try coerce(leftScalar, to: type, .implicit, at: name.position),
                try coerce(rightScalar, to: type, .implicit, at: name.position)
            )
            let value: Scalar =
                switch kind {
                case .right: b
                case .full: CoalesceScalar(type, [a, b])
                default: a
                }
            merged.append(
                ScopeColumn(
                    name: one.name, type: type, tableOID: kind == .full ? 0 : one.tableOID, number: kind == .full ? 0 : one.number,
                    make: { value }))
        }
        let set = Set(names.map(\.text))
        func rest(_ items: [ScopeItem]) -> [ScopeColumn] {
            items.filter(\.areColumnsVisible).flatMap(\.columns).filter { !set.contains($0.name) }
        }
        let joinedItem = ScopeItem(name: nil, columns: merged + rest(leftItems) + rest(rightItems))
        joinedItem.isQualifiedVisible = false
        try joinedItem.count()
        for item in items { item.areColumnsVisible = false }
        // What nothing names any more, the columns of joins below, would be many together.
        var result = items.filter(\.isQualifiedVisible) + [joinedItem]
        if let alias {
            let named = ScopeItem(name: alias.text, columns: merged)
            named.areColumnsVisible = false
            result.append(named)
        }
        return (.join(kind, left, right, AndScalar.joining(conditions)), result)
    }

    private func only(_ name: Name, _ items: [ScopeItem], _ side: String) throws(SQLError) -> ScopeColumn {
        let matches = items.filter(\.areColumnsVisible).flatMap(\.columns).filter { $0.name == name.text }
        if matches.count > 1 {
            throw error("42702", "common column name \"\(name.text)\" appears more than once in \(side) table", at: name.position)
        }
        guard let match = matches.first else {
            throw error("42703", "column \"\(name.text)\" specified in USING clause does not exist in \(side) table", at: nil)
        }
        return match
    }
}
