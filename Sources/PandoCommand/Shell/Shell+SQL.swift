import Ground
import httpd

/// What the shell's queries are written in.
enum QueryLanguage: Sendable {
    case reql, sql
}

// Statements of SQL, and the commands that psql's users know.
extension Shell {
    /// `.sql` and `.reql`: for all that follows, or for one query behind the command.
    func speak(_ language: QueryLanguage, _ query: String) throws {
        guard !query.isEmpty else {
            self.language = language
            return
        }
        if language == .reql { return try runQuery(query, line: 1, source: nil) }
        let (statements, rest) = StatementCutter.cut(query)
        for part in statements + (rest.map { [$0] } ?? []) { try runStatement(part.text, line: 1, source: nil) }
    }

    func runStatement(_ text: String, line: Int, source: String?) throws {
        lastQuery = text
        vocabulary.forget()
        let started = ContinuousClock.now
        do {
            let count = explains ? try explainStatement(text) : try show(text, parameters)
            guard showsTime else { return }
            let rows = count.map { counted($0, "row") + " in " } ?? ""
            console.message(style.faint("\(rows)\(decimal(secondsSince(started) * 1000, 1)) ms"))
        } catch let failure as StatementFailure {
            var failure = failure
            if failure.state == "3D000" { failure.hint = "Say which with --db NAME, or \\c NAME; \\l lists them." }
            throw failure.error(source: source, after: line - 1)
        }
    }

    private func show(_ text: String, _ parameters: StatementParameters) throws -> Int? {
        try stoppable { stopper in
            let asTexts = [.aligned, .csv, .table].contains(mode)
            let answer = try session.run(text, parameters, database: database, asTexts: asTexts, stopper: stopper)
            let count = try withOutput { sink, width in
                try StatementPrinter(mode: mode, sink: sink, style: style, width: width).print(answer)
            }
            tell(answer.notices)
            return count
        }
    }

    private func tell(_ notices: [Datum]) {
        for notice in notices {
            console.message("\(notice.text("severity")): \(notice.text("message"))")
            for name in ["detail", "hint"] { if let more = notice[field: name]?.string { console.message(more) } }
        }
    }

    private static let explain = (text: "EXPLAIN ", json: "EXPLAIN (FORMAT JSON) ")

    /// The plan as lines, or as JSON.
    private func explainStatement(_ text: String) throws -> Int? {
        let isJSON = mode == .json || mode == .ndjson
        let prefix = isJSON ? Self.explain.json : Self.explain.text
        do {
            try stoppable { stopper in
                let answer = try session.run(prefix + text, parameters, database: database, asTexts: false, stopper: stopper)
                defer { answer.close() }
                try withOutput { sink, _ in
                    while let row = try answer.next() {
                        if isJSON { row[0].writeJSON(into: &sink.buffer) } else { sink.buffer.append(row[0].string ?? row[0].description) }
                        try sink.write("\n")
                    }
                }
                tell(answer.notices)
            }
        } catch let failure as StatementFailure {
            var failure = failure
            // The place is one of the text without the words before it.
            if failure.line == 1, let column = failure.column {
                failure.column = max(1, column - prefix.count)
                failure.snippet = failure.snippet.map { snippet in
                    snippet.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                        line.hasPrefix(prefix) || line.hasPrefix("     ") ? String(line.dropFirst(prefix.count)) : String(line)
                    }.joined(separator: "\n")
                }
            }
            throw failure
        }
        return nil
    }

    // MARK: Commands with a backslash

    static let backslashCommands: [(name: String, synopsis: String, summary: String)] = [
        ("d", "[TABLE]", "the tables and views; or the columns and indexes of one"), ("dt", "", "the tables and views"),
        ("di", "", "the indexes"), ("l", "", "the databases"), ("c", "[DATABASE]", "go to another database"), ("q", "", "end"),
        ("?", "", "these commands"),
    ]

    /// Runs a line that begins with a backslash.
    func runBackslash(_ line: String, source: String?) throws {
        var words = Self.words(line)
        while let last = words.last, last == ";" { words.removeLast() }
        if let last = words.last, last.hasSuffix(";") { words[words.count - 1] = String(last.dropLast()) }
        let name = String((words.first ?? "").dropFirst())
        guard let command = Self.backslashCommands.first(where: { $0.name == name }) else {
            throw CommandError.failed("There is no command \\\(name). \\? lists them.")
        }
        guard words.count <= (command.synopsis.isEmpty ? 1 : 2) else {
            throw CommandError.failed("There is a word too many: it is written \\\(name) \(command.synopsis)")
        }
        do {
            switch (name, words.dropFirst().first) {
            case ("d", let table?): try describe(table)
            case ("d", nil), ("dt", _): _ = try show("SHOW TABLES", .none)
            case ("di", _): _ = try show(Self.indexes, .none)
            case ("l", _): _ = try show("SHOW DATABASES", .none)
            case ("c", let database): try use(database)
            case ("q", _): isFinished = true
            default:
                var table = TextTable(["command", "what it does"])
                for command in Self.backslashCommands { table.add(["\\\(command.name) \(command.synopsis)", command.summary]) }
                try printTable(table)
            }
        } catch let failure as StatementFailure {
            throw failure.error(source: source, after: 0)
        }
    }

    /// The words of a line. Blanks in double quotes, which stay around a name, are a part of it.
    private static func words(_ line: String) -> [String] {
        var isQuoted = false
        return line.split { character in
            if character == "\"" { isQuoted.toggle() }
            return !isQuoted && character.isWhitespace
        }.map(String.init)
    }

    private static let indexes = """
        SELECT schemaname AS schema, tablename AS table, indexname AS name, indexdef AS definition FROM pg_indexes
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3
        """

    private func describe(_ name: String) throws {
        // As names are read: small letters unless they stand in quotes.
        let isQuoted = name.count > 1 && name.hasPrefix("\"") && name.hasSuffix("\"")
        let parts = isQuoted ? [String(name.dropFirst().dropLast())] : name.split(separator: ".").map { String($0).lowercased() }
        let schema = parts.count > 1 ? parts[0] : "public"
        let table = try StatementParameters(named: [("schema", Datum(schema)), ("table", Datum(parts.last ?? ""))])
        let columns = try rows(
            """
            SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns
            WHERE table_schema = :schema AND table_name = :table ORDER BY ordinal_position
            """, table)
        guard !columns.isEmpty else {
            throw CommandError.failed("There is no table or view \(name) in the database \(database). \\d lists them.")
        }
        var shown = TextTable(["column", "type", "null", "default"])
        for row in columns { shown.add(row.elements.map { $0.isNull ? "" : $0.string ?? $0.description }) }
        try printTable(shown)
        let indexes = try rows(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = :schema AND tablename = :table ORDER BY indexname", table)
        for row in indexes { try printLine(row[0].string ?? "") }
    }

    private func rows(_ text: String, _ parameters: StatementParameters) throws -> [Datum] {
        try stoppable { stopper in
            let answer = try session.run(text, parameters, database: database, asTexts: false, stopper: stopper)
            defer { answer.close() }
            var rows: [Datum] = []
            while let row = try answer.next() { rows.append(row) }
            return rows
        }
    }
}
