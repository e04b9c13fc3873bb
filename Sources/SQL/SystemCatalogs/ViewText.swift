/// The query of a view as the catalogs show it, and as pg_dump makes a view of it again: its columns are called as the view's.
enum ViewText {
    /// - Parameter names: those of the view's columns.
    static func shown(_ text: String, _ name: String, _ names: [String]) -> String {
        guard let script = try? Script(text), case .query(var query)? = script.statements.first?.statement else { return " \(text);" }
        switch label(&query, names) {
        case .same: return " \(text);"
        case .labelled: return " \(Printer.text(query));"
        case .other:
            return " SELECT * FROM (\(text)) AS \(Quoting.identifier(name))(\(names.map(Quoting.identifier).joined(separator: ", ")));"
        }
    }

    private enum Labels {
        /// It has the names already.
        case same
        case labelled
        /// It can't be given them without becoming another one.
        case other
    }

    private static func label(_ query: inout Query, _ names: [String]) -> Labels {
        switch query.body {
        case .select(var select):
            guard select.items.count == names.count else { return .same }
            var labels = Labels.same
            for (index, name) in names.enumerated() {
                let item = select.items[index]
                guard item.label?.text ?? OutputNames.name(of: item.value) ?? "?column?" != name else { continue }
                // ORDER BY and GROUP BY may go by the name that it has.
                if item.label != nil, !select.groupBy.isEmpty || !query.orderBy.isEmpty { return .other }
                if !query.orderBy.isEmpty { guard case .column = item.value else { return .other } }
                select.items[index].label = Name(name, at: item.position)
                labels = .labelled
            }
            query.body = .select(select)
            return labels
        case .combined(var combination):
            // ORDER BY of all goes by the names of the first.
            let labels = label(&combination.first, names)
            if labels != .same, !query.orderBy.isEmpty { return .other }
            query.body = .combined(combination)
            return labels
        case .values: return names.enumerated().allSatisfy { $1 == "column\($0 + 1)" } ? .same : .other
        case .table: return .same
        }
    }
}
