import Ground
import PostgresWire
import httpd

/// An import of what a PostgreSQL database has into a database of a file or of a server. What can't be taken over is left out and reported.
struct PostgresImporter {
    private let client: PostgresClient
    private let session: any Session
    private let database: String
    private var report = PostgresImportReport()
    private var progress: Progress

    /// - Parameter database: where everything goes; it is there.
    init(_ client: PostgresClient, into session: any Session, _ database: String, _ console: Console) {
        self.client = client
        self.session = session
        self.database = database
        progress = Progress(console, "rows")
    }

    /// Takes over what was chosen, in one snapshot of the server's.
    /// - Returns: what was done.
    mutating func run(_ choice: PostgresSchema.Choice) throws -> PostgresImportReport {
        guard client.majorVersion >= Self.oldestVersion else {
            throw CommandError.failed("\(client.databaseName) is older than PostgreSQL \(Self.oldestVersion): its catalogs are others.")
        }
        // Names have their schema, dates and numbers one form that loses nothing, and no policy hides rows without a word.
        try client.run(
            """
            SET search_path = ''; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET extra_float_digits = 3;
            SET bytea_output = 'hex'; SET xmlbinary = 'base64'; SET row_security = off; SET statement_timeout = 0; SET lock_timeout = '10s';
            SET idle_in_transaction_session_timeout = 0; SET synchronize_seqscans = off
            """)
        try client.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        let schema = try PostgresSchemaReader.read(client, choice)
        report.leftOut = schema.leftOut
        try requireFree(schema.tables)

        settle(schema.schemas)
        settle(schema.types)
        for sequence in schema.sequences {
            make("sequence", sequence.name, "CREATE SEQUENCE \(sequence.name)\(sequence.options)", sequence.comment)
        }
        let unknown = unknownTypes(of: schema.tables)
        var tables: [(table: PostgresSchema.Table, columns: [String])] = []
        for table in schema.tables { if let columns = make(table, unknown) { tables.append((table, columns)) } }
        let estimate = tables.reduce(0) { $0 + $1.table.estimate }
        for (table, columns) in tables { try copy(table, columns, estimate) }
        for sequence in schema.sequences { try setValue(of: sequence) }
        for (table, _) in tables {
            for column in table.columns { try column.sequence.map { try setIdentity($0, column.name, table.name) } }
        }
        for (table, _) in tables {
            for constraint in table.lateConstraints where !constraint.definition.hasPrefix("FOREIGN KEY") { add(constraint, to: table) }
        }
        for (table, _) in tables {
            for constraint in table.lateConstraints where constraint.definition.hasPrefix("FOREIGN KEY") { add(constraint, to: table) }
        }
        settle(schema.views)
        for index in schema.indexes { make(index.kind, index.name, index.statement, index.comment) }
        try client.run("COMMIT")
        progress.finish()
        report.elapsed = progress.elapsed
        return report
    }

    /// With generated columns.
    private static let oldestVersion = 12

    // MARK: Statements

    /// Runs a statement of ours.
    private func execute(_ statement: String) throws {
        let answer = try session.run(statement, .none, database: database, asTexts: false, stopper: Stopper())
        defer { answer.close() }
        while try answer.next() != nil {}
    }

    /// Runs one for something that is counted, or left out if it fails.
    /// - Returns: whether it is there now.
    @discardableResult
    private mutating func make(_ kind: String, _ name: String, _ statement: String, _ comment: String? = nil) -> Bool {
        do { try execute(statement) } catch {
            report.leftOut.append((kind, name, Self.reason(error)))
            return false
        }
        report.taken[kind, default: 0] += 1
        if let comment { self.comment(on: "\(kind.uppercased()) \(name)", comment) }
        return true
    }

    private static func reason(_ error: any Error) -> String {
        guard let failure = error as? StatementFailure else { return CommandError(error).message }
        return "\(failure.message) (\(failure.state))"
    }

    private mutating func comment(on object: String, _ text: String) {
        do { try execute("COMMENT ON \(object) IS \(sqlLiteral(text))") } catch {
            report.leftOut.append(("comment", "on \(object)", Self.reason(error)))
        }
    }

    /// Makes things that may need one another, whatever the order: again and again, as long as that helps.
    private mutating func settle(_ objects: [PostgresSchema.Object]) {
        var rest = objects
        while !rest.isEmpty {
            let left = rest.filter { object in
                guard (try? execute(object.statement)) != nil else { return true }
                report.taken[object.kind, default: 0] += 1
                if let text = object.comment { comment(on: "\(object.kind.uppercased()) \(object.name)", text) }
                return false
            }
            guard left.count < rest.count else {
                for object in left { make(object.kind, object.name, object.statement, object.comment) }
                return
            }
            rest = left
        }
    }

    /// Nothing is begun where a table is there already.
    private func requireFree(_ tables: [PostgresSchema.Table]) throws {
        for table in tables where (try? execute("SELECT 1 FROM \(table.name) LIMIT 0")) != nil {
            throw CommandError.failed(
                "The database \(database) has a table \(table.name) already. Choose another database by --db, or tables by --table.")
        }
    }

    // MARK: Tables

    /// The types of columns that are not known here. What they hold is kept as text.
    private func unknownTypes(of tables: [PostgresSchema.Table]) -> [String: String] {
        var unknown: [String: String] = [:]
        for type in Set(tables.flatMap { $0.columns.map(\.type) }) {
            do { try execute("SELECT NULL::\(type) LIMIT 0") } catch { unknown[type] = Self.reason(error) }
        }
        return unknown
    }

    /// Makes a table: at once, or, where that is refused, without what is refused of it.
    /// - Returns: the columns whose values are copied; nil if it can't be made.
    private mutating func make(_ table: PostgresSchema.Table, _ unknown: [String: String]) -> [String]? {
        var table = table
        for (place, column) in table.columns.enumerated() {
            guard let reason = unknown[column.type] else { continue }
            report.leftOut.append(("type", "\(column.type) of the column \(table.name).\(column.name), whose values are texts now", reason))
            table.columns[place].type = "text"
            (table.columns[place].value, table.columns[place].collation, table.columns[place].isGenerated) = (nil, nil, false)
        }
        let full = table.columns.map(\.definition) + table.constraints.map(\.text)
        if (try? execute("CREATE TABLE \(table.name) (\(full.joined(separator: ", ")))")) == nil {
            guard makeInParts(&table) else { return nil }
        }
        report.taken["table", default: 0] += 1
        if let text = table.comment { comment(on: "TABLE \(table.name)", text) }
        for column in table.columns { if let text = column.comment { comment(on: "COLUMN \(table.name).\(column.name)", text) } }
        return table.columns.filter { !$0.isGenerated }.map(\.name)
    }

    /// The bare columns with their primary key, and then whatever else of it is possible.
    private mutating func makeInParts(_ table: inout PostgresSchema.Table) -> Bool {
        let keys = table.constraints.filter { $0.definition.hasPrefix("PRIMARY KEY") }
        let bare = table.columns.map(\.bareDefinition) + keys.map(\.text)
        do { try execute("CREATE TABLE \(table.name) (\(bare.joined(separator: ", ")))") } catch {
            report.leftOut.append(("table", table.name, Self.reason(error)))
            return false
        }
        for place in table.columns.indices {
            let column = table.columns[place]
            let target = "ALTER TABLE \(table.name) ALTER COLUMN \(column.name)"
            let name = "\(table.name).\(column.name)"
            if column.isGenerated {
                table.columns[place].isGenerated = false
                report.leftOut.append(
                    ("expression", "of the column \(name), whose values are kept as they are", "it can't be computed here"))
            } else if let value = column.value {
                attempt("default", "of \(name)", "\(target) SET DEFAULT \(value)")
            }
            if let identity = column.identityText, !attempt("identity", "of \(name)", "\(target) ADD \(identity)") {
                table.columns[place].sequence = nil
            }
            if let collation = column.collation {
                attempt("collation", "of \(name)", "\(target) TYPE \(column.type) COLLATE \(collation)")
            }
        }
        for constraint in table.constraints where !constraint.definition.hasPrefix("PRIMARY KEY") { add(constraint, to: table) }
        return true
    }

    /// Runs a statement for a part of something, which is left out if it fails.
    @discardableResult
    private mutating func attempt(_ kind: String, _ name: String, _ statement: String) -> Bool {
        do { try execute(statement) } catch {
            report.leftOut.append((kind, name, Self.reason(error)))
            return false
        }
        return true
    }

    private mutating func add(_ constraint: PostgresSchema.Constraint, to table: PostgresSchema.Table) {
        let kind = constraint.definition.hasPrefix("FOREIGN KEY") ? "foreign key" : "constraint"
        make(kind, "\(constraint.name) on \(table.name)", "ALTER TABLE \(table.name) ADD \(constraint.text)")
    }

    // MARK: Sequences

    private mutating func setValue(of sequence: PostgresSchema.Sequence) throws {
        if let owner = sequence.owner { attempt("owner", "of \(sequence.name)", "ALTER SEQUENCE \(sequence.name) OWNED BY \(owner)") }
        try set(sequence.name, sqlLiteral(sequence.name))
    }

    private mutating func setIdentity(_ sequence: PostgresSchema.Sequence, _ column: String, _ table: String) throws {
        // Its name is taken without quotes.
        let plain = column.hasPrefix("\"") ? String(column.dropFirst().dropLast()).replacing("\"\"", with: "\"") : column
        try set(sequence.name, "pg_get_serial_sequence(\(sqlLiteral(table)), \(sqlLiteral(plain)))")
    }

    private mutating func set(_ source: String, _ target: String) throws {
        let row = try client.rows("SELECT last_value, is_called FROM \(source)").first
        guard let row, let value = row[0] else { return }
        attempt("value", "of the sequence \(source)", "SELECT setval(\(target), \(value), \(row[1] == "t"))")
    }

    // MARK: Rows

    private static let batchByteCount = 16 << 20
    private static let serverBatchByteCount = 1 << 20

    private mutating func copy(_ table: PostgresSchema.Table, _ columns: [String], _ estimate: Double) throws {
        guard !columns.isEmpty else {
            report.rows.append(.init(table: table.name))
            report.leftOut.append(("rows", "of \(table.name)", "it has no columns to keep them in"))
            return
        }
        let limit = session is FileSession ? Self.batchByteCount : Self.serverBatchByteCount
        var batch: [[UInt8]] = []
        var byteCount = 0
        var tally = PostgresImportReport.Rows(table: table.name)
        let list = columns.joined(separator: ", ")
        // COPY of a table with partitions has no rows.
        let source = table.isPartitioned ? "(SELECT \(list) FROM \(table.name))" : "\(table.name) (\(list))"
        let before = report.rowCount
        try client.run("SAVEPOINT pando")
        do {
            try client.copy("COPY \(source) TO STDOUT") { row in
                batch.append(row)
                byteCount += row.count
                guard byteCount >= limit || batch.count >= 100_000 else { return }
                try put(batch[...], into: table.name, columns, &tally)
                (batch, byteCount) = ([], 0)
                let fraction = Double(before + tally.count) / max(estimate, 1)
                progress.show(before + tally.count, fraction: fraction < 1 ? fraction : nil)
            }
            try put(batch[...], into: table.name, columns, &tally)
        } catch let refusal as PostgresClient.Refusal {
            try client.run("ROLLBACK TO SAVEPOINT pando")
            report.leftOut.append(("rows", "of \(table.name)", refusal.description))
        }
        report.rows.append(tally)
    }

    /// Puts rows at once; where some are refused, those beside them. In the end each bad one stands alone.
    private mutating func put(
        _ rows: ArraySlice<[UInt8]>, into table: String, _ columns: [String], _ tally: inout PostgresImportReport.Rows
    ) throws {
        guard let first = rows.indices.first else { return }
        do {
            try session.load(rows, into: table, columns, database: database)
            tally.count += rows.count
        } catch let refusal as RowRefusal {
            if let bad = refusal.index ?? (rows.count == 1 ? first : nil) {
                try put(rows[..<bad], into: table, columns, &tally)
                tally.skipped += 1
                if tally.skipped <= ImportSettings.namedCount {
                    let row = String(decoding: rows[bad].prefix(80), as: UTF8.self).split(separator: "\n").first ?? ""
                    report.leftOut.append(("row", "of \(table): \(row)", refusal.message))
                }
                try put(rows[(bad + 1)...], into: table, columns, &tally)
            } else {
                let middle = first + rows.count / 2
                try put(rows[..<middle], into: table, columns, &tally)
                try put(rows[middle...], into: table, columns, &tally)
            }
        }
    }
}

extension PostgresSchema.Column {
    /// How it stands in CREATE TABLE.
    fileprivate var definition: String {
        var text = "\(name) \(type)"
        if let collation { text += " COLLATE \(collation)" }
        if isGenerated { text += " GENERATED ALWAYS AS (\(value ?? "NULL")) STORED" } else if let value { text += " DEFAULT \(value)" }
        if let identityText { text += " \(identityText)" }
        return isRequired ? text + " NOT NULL" : text
    }

    fileprivate var bareDefinition: String { "\(name) \(type)\(isRequired ? " NOT NULL" : "")" }

    fileprivate var identityText: String? {
        identity.map { identity in
            // The type of its sequence is that of the column.
            let options = sequence?.options.split(separator: " ").dropFirst(2).joined(separator: " ") ?? ""
            return "GENERATED \(identity) AS IDENTITY" + (options.isEmpty ? "" : " (\(options))")
        }
    }
}

extension PostgresSchema.Constraint {
    fileprivate var text: String { "CONSTRAINT \(name) \(definition)" }
}
