import Ground
import httpd

/// Shows what a statement of SQL answers.
struct StatementPrinter {
    let mode: ResultMode
    let sink: ByteSink
    let style: Style
    let width: Int?

    /// - Returns: how many rows there were, nil if the statement has none.
    func print(_ answer: StatementAnswer) throws -> Int? {
        defer { answer.close() }
        guard let columns = answer.columns else {
            _ = try answer.next()
            try printCommand(answer)
            return nil
        }
        if answer.areDocuments, mode != .aligned {
            return try ResultPrinter(mode: mode, sink: sink, style: style, width: width).print(.rows(Documents(answer)))
        }
        switch mode {
        case .json, .ndjson: return try printObjects(answer, columns)
        case .csv:
            sink.buffer.append(csvRecord: columns.map(\.name))
            return try each(answer) { row in
                sink.buffer.append(csvRecord: row.elements.map { Self.text($0, null: "") })
                try sink.flushIfLarge()
            }
        case .aligned: return try printAligned(answer, columns)
        case .table: return try printTables(answer, columns)
        case .tree:
            return try each(answer) { row in
                let fields = Dictionary(zip(columns.map(\.name), row.elements)) { $1 }
                let object = try Datum.object(fields.map { ($0.key, $0.value) })
                for line in TreeText(object, style: style, width: width, heading: "row").lines { try sink.write(line + "\n") }
            }
        }
    }

    private func each(_ answer: StatementAnswer, _ body: (Datum) throws -> Void) throws -> Int {
        var count = 0
        while let row = try answer.next() {
            try body(row)
            count += 1
        }
        return count
    }

    private func printCommand(_ answer: StatementAnswer) throws {
        switch mode {
        case .json, .ndjson: try sink.write("{\"command\":\"\(answer.command)\",\"rows\":\(answer.count)}\n")
        // What goes on into another program is rows.
        case .csv: break
        default:
            let counts = answer.count > 0 || ["INSERT", "UPDATE", "DELETE", "MERGE"].contains(answer.command)
            try sink.write(style.faint(counts ? "\(answer.command) \(answer.count)" : answer.command) + "\n")
        }
    }

    /// Objects with the columns in their order.
    private func printObjects(_ answer: StatementAnswer, _ columns: [StatementAnswer.Column]) throws -> Int {
        let heads = columns.enumerated().map { ($0 == 0 ? "{" : ",") + Datum($1.name).description + ":" }
        var isFirst = true
        let count = try each(answer) { row in
            if mode == .json { sink.buffer.append(isFirst ? "[\n" : ",\n") }
            for (head, value) in zip(heads, row.elements) {
                sink.buffer.append(head)
                value.writeJSON(into: &sink.buffer)
            }
            sink.buffer.append(columns.isEmpty ? "{}" : "}")
            if mode == .ndjson { sink.buffer.append("\n") }
            isFirst = false
            try sink.flushIfLarge()
        }
        if mode == .json { sink.buffer.append(count == 0 ? "[]\n" : "\n]\n") }
        try sink.flushIfLarge()
        return count
    }

    private func printTables(_ answer: StatementAnswer, _ columns: [StatementAnswer.Column]) throws -> Int {
        // Names that stand twice are columns of their own.
        func empty() -> TextTable { TextTable(columns.map(\.name), right: Set(columns.filter(\.isNumeric).map(\.name))) }
        var table = empty()
        var kept = 0
        func flush() throws {
            for line in table.lines(style: style, width: width) { try sink.write(line + "\n") }
            (table, kept) = (empty(), 0)
        }
        let count = try each(answer) { row in
            table.add(row.elements.map { Self.text($0, null: "null") })
            kept += 1
            if kept == ResultPrinter.tableRowLimit { try flush() }
        }
        if kept > 0 || count == 0 && !columns.isEmpty { try flush() }
        try sink.write(style.faint(counted(count, "row")) + "\n")
        return count
    }

    /// As psql lays rows out.
    private func printAligned(_ answer: StatementAnswer, _ columns: [StatementAnswer.Column]) throws -> Int {
        var rows: [[String]] = []
        _ = try each(answer) { row in
            guard rows.count < RowWriter.keptRowLimit else {
                throw CommandError.failed(
                    "There are more than \(grouped(RowWriter.keptRowLimit)) rows. Say LIMIT, or choose another format.")
            }
            rows.append(row.elements.map { visible(Self.text($0, null: "")) })
        }
        let columns = columns.map { StatementAnswer.Column(name: visible($0.name), type: $0.type) }
        var widths = columns.map { displayWidth($0.name) }
        for row in rows { for (place, cell) in row.enumerated() { widths[place] = max(widths[place], displayWidth(cell)) } }
        func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
        let heading = zip(columns, widths).map { column, width in
            let left = (width - displayWidth(column.name)) / 2
            return " " + spaces(left) + column.name + spaces(width - displayWidth(column.name) - left) + " "
        }
        try sink.write(heading.joined(separator: "|") + "\n")
        try sink.write(widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "+") + "\n")
        for row in rows {
            let cells = row.indices.map { place in
                let padding = spaces(widths[place] - displayWidth(row[place]))
                let end = place + 1 < row.count ? " " : ""
                if columns[place].isNumeric { return " " + padding + row[place] + end }
                return " " + row[place] + (end.isEmpty ? "" : padding + end)
            }
            try sink.write(cells.joined(separator: "|") + "\n")
        }
        try sink.write("(\(counted(rows.count, "row")))\n\n")
        return rows.count
    }

    private static func text(_ value: Datum, null: String) -> String {
        if let text = value.string { return text }
        return value.isNull ? null : value.description
    }

    /// The documents of an answer as rows of their own.
    private final class Documents: SessionRows {
        private let answer: StatementAnswer

        init(_ answer: StatementAnswer) { self.answer = answer }

        var isFeed: Bool { false }
        func next() throws -> Datum? { try answer.next().map { $0[0] } }
        func close() { answer.close() }
    }
}
