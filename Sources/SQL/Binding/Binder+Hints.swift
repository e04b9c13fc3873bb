import ReQLish

/// What may have been meant by names that are not there.
extension Binder {
    /// `42P01` for a name of a table that FROM doesn't have.
    func missingEntry(_ table: Name, _ scope: Scope, at position: Position) -> SQLError {
        for item in sequence(first: scope, next: \.parent).lazy.flatMap(\.items) where item.isQualifiedVisible {
            guard item.relation?.declaredName == table.text, let alias = item.name, alias != table.text else { continue }
            return error(
                "42P01", "invalid reference to FROM-clause entry for table \"\(table.text)\"",
                hint: "Perhaps you meant to reference the table alias \"\(alias)\".", at: position)
        }
        return error("42P01", "missing FROM-clause entry for table \"\(table.text)\"", at: position)
    }

    func forbiddenEntry(_ table: Name) -> SQLError {
        error(
            "42P01", "invalid reference to FROM-clause entry for table \"\(table.text)\"",
            hint: "There is an entry for table \"\(table.text)\", but it cannot be referenced from this part of the query.",
            at: table.position)
    }

    /// One or two columns whose names are near to one that is not there.
    func nearestColumns(to name: Name, of table: Name?, _ scope: Scope) -> String? {
        if ["ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"].contains(name.text) {
            return "A document has no place and no transaction of its own. Use its key, or _key."
        }
        let written = Array(name.text.utf8.prefix(64))
        var least = 3
        var found: [(table: String, column: String)] = []
        for item in sequence(first: scope, next: \.parent).lazy.flatMap({ $0.items + $0.forbidden }) {
            guard let itemName = item.name else { continue }
            let away = table.map { Spelling.distance(Array($0.text.utf8), Array(itemName.utf8), countsSwaps: false) } ?? 0
            guard away <= least else { continue }
            for column in item.visibleColumns where column.refusal == nil {
                let distance = Spelling.distance(written, Array(column.name.utf8.prefix(64)), countsSwaps: false)
                // With more than half of the letters wrong it is no likely one.
                guard distance <= written.count / 2, distance + away <= least else { continue }
                if distance + away < least { found = [] }
                least = distance + away
                if found.count < 2 {
                    found.append((itemName, column.name))
                } else {
                    // Among so many only a nearer one says something.
                    found = []
                    least -= 1
                }
            }
        }
        if found.isEmpty { return nil }
        let columns = found.map { "the column \"\($0.table).\($0.column)\"" }
        return "Perhaps you meant to reference " + columns.joined(separator: " or ") + "."
    }
}

extension Relation {
    /// The name of a table or view, without its schema.
    fileprivate var declaredName: String? {
        switch self {
        case .table(let table): table.name
        case .view(let view): view.name
        default: nil
        }
    }
}
