import httpd

/// The columns of rows shown side by side: a top-level field each, and one for rows that are not objects.
struct RowColumns {
    let headings: [String]
    private let areFields: Bool
    private let nullText: String

    /// - Parameters:
    ///   - fields: the fields to show; `nil`: all that occur, those of the first rows first, `id` before all.
    ///   - nullText: what stands for null; a missing field is always empty.
    init(of rows: [Datum], fields: [String]?, nullText: String) {
        self.nullText = nullText
        if let fields {
            (headings, areFields) = (fields, true)
            return
        }
        guard rows.contains(where: { $0.kind == .object }) else {
            (headings, areFields) = ([Self.value], false)
            return
        }
        var seen: Set<String> = []
        var found: [String] = []
        for row in rows {
            for (key, _) in row.fields where seen.insert(key).inserted { found.append(key) }
        }
        if let place = found.firstIndex(of: "id") { found.insert(found.remove(at: place), at: 0) }
        // Rows that are no objects among those that are: CSVRecordWriter has them in this column, too.
        if !found.contains(Self.value), rows.contains(where: { $0.kind != .object }) { found.append(Self.value) }
        (headings, areFields) = (found, true)
    }

    private static let value = "value"

    func cells(of row: Datum) -> [String] {
        guard areFields else { return [text(row)] }
        guard row.kind == .object else { return headings.map { $0 == Self.value ? text(row) : "" } }
        return headings.map { row[field: $0].map(text) ?? "" }
    }

    /// Whether all that a column shows are numbers.
    func isNumeric(_ heading: String, in rows: [Datum]) -> Bool {
        rows.allSatisfy { row in
            if areFields, row.kind != .object { return heading != Self.value || row.number != nil }
            guard let value = areFields ? row[field: heading] : row else { return true }
            return value.number != nil
        }
    }

    private func text(_ value: Datum) -> String {
        if let text = value.string { return text }
        return value.isNull ? nullText : value.description
    }
}

extension TextTable {
    /// Rows as people like to see them: strings without quotes, numbers at the right.
    init(rows: [Datum], fields: [String]? = nil) {
        let columns = RowColumns(of: rows, fields: fields, nullText: "null")
        self.init(columns.headings, right: Set(columns.headings.filter { columns.isNumeric($0, in: rows) }))
        for row in rows { add(columns.cells(of: row)) }
    }
}
