import httpd

/// The form in which the shell shows what queries answer.
enum ResultMode: String {
    case table, tree, json, ndjson, csv
    /// As psql lays rows out; a table in ReQL.
    case aligned
}

/// A printer of what a query answers.
struct ResultPrinter {
    /// A longer table goes on as a new one, whose columns are laid out anew, so that no number of rows has to fit in memory.
    static let tableRowLimit = 5_000

    let mode: ResultMode
    let sink: ByteSink
    let style: Style
    /// What tables and trees must fit in; nil: as wide as they need.
    let width: Int?

    /// - Returns: how many rows there were, nil for a value.
    func print(_ answer: SessionAnswer) throws -> Int? {
        switch answer {
        case .value(let value) where value.kind == .array:
            var elements = value.elements.makeIterator()
            return try printRows { elements.next() }
        case .value(let value):
            try printValue(value)
            return nil
        case .rows(let rows) where rows.isFeed:
            defer { rows.close() }
            return try printFeed(rows)
        case .rows(let rows):
            defer { rows.close() }
            return try printRows { try rows.next() }
        }
    }

    private func printValue(_ value: Datum) throws {
        switch mode {
        case .table where value.kind == .object && value.count > 0, .aligned where value.kind == .object && value.count > 0:
            var table = TextTable(["field", "value"])
            for (key, field) in value.fields { table.add([key, field.string ?? field.description]) }
            try write(table.lines(style: style, width: width))
        case .table, .aligned, .tree: try write(TreeText(value, style: style, width: width).lines)
        case .csv:
            let rows = RowWriter(.csv, to: sink)
            try write([value], with: rows)
        case .json, .ndjson:
            value.writeJSON(into: &sink.buffer)
            try sink.write("\n")
        }
    }

    private func printRows(_ next: () throws -> Datum?) throws -> Int {
        switch mode {
        case .table, .aligned: return try printTables(next)
        case .tree: return try printTrees(next)
        case .json, .ndjson, .csv:
            var rows = RowWriter(RowFormat(rawValue: mode.rawValue) ?? .json, to: sink)
            var count = 0
            while let row = try next() {
                try rows.write(row)
                count += 1
            }
            try rows.finish()
            return count
        }
    }

    private func printTables(_ next: () throws -> Datum?) throws -> Int {
        var count = 0
        var kept: [Datum] = []
        func flush() throws {
            if !kept.isEmpty { try write(TextTable(rows: kept).lines(style: style, width: width)) }
            kept.removeAll()
        }
        while let row = try next() {
            kept.append(row)
            count += 1
            if kept.count == Self.tableRowLimit { try flush() }
        }
        try flush()
        try write([style.faint(counted(count, "row"))])
        return count
    }

    private func printTrees(_ next: () throws -> Datum?) throws -> Int {
        var count = 0
        while let row = try next() {
            let heading = row.kind == .object || row.kind == .array ? "row \(count + 1)" : nil
            try write(TreeText(row, style: style, width: width, heading: heading).lines)
            count += 1
        }
        try write([style.faint(counted(count, "row"))])
        return count
    }

    /// Each row is shown when it comes.
    private func printFeed(_ rows: any SessionRows) throws -> Int {
        var count = 0
        while let row = try rows.next() {
            count += 1
            if mode == .tree {
                try write(TreeText(row, style: style, width: width, heading: "row \(count)").lines)
            } else {
                row.writeJSON(into: &sink.buffer)
                try sink.write("\n")
            }
            try sink.flush()
        }
        return count
    }

    private func write(_ rows: [Datum], with writer: RowWriter) throws {
        var writer = writer
        for row in rows { try writer.write(row) }
        try writer.finish()
    }

    private func write(_ lines: [String]) throws {
        for line in lines { try sink.write(line + "\n") }
    }
}
