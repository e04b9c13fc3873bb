import httpd

/// The steps of the tour, each told before it is done.
struct TourSteps {
    private let file: String
    private let archive: String
    private let second: String
    private let console: Console
    private let style: Style
    private var step = 0

    /// What the tour leaves behind; none of it may exist before.
    var files: [String] { [file, archive, second] }

    init(directory: String, console: Console) {
        file = directory + "/tour.pando"
        archive = directory + "/tour.dump.tar"
        second = directory + "/restored.pando"
        self.console = console
        style = Style(isTerminal: console.isOutputTerminal)
    }

    mutating func run() throws {
        try console.line(style.bold("Pando: one file that holds many databases."))
        try console.line("Countries and cities are from GeoNames (https://www.geonames.org), licensed under CC BY 4.0.")
        try makeDatabase()
        try runQueries()
        try runStatements()
        try change()
        try showKeys()
        try reopen()
        try sayWhatNext()
    }

    // MARK: Steps

    private mutating func makeDatabase() throws {
        try begin("A new file, a database, two tables, real places")
        let pando = try Pando(path: file)
        for text in [
            #"r.dbCreate("world")"#, #"r.db("world").tableCreate("countries")"#, #"r.db("world").tableCreate("cities")"#,
        ] {
            try showQuery(text)
            _ = try pando.start(TermTree(text: text))
        }
        let start = ContinuousClock.now
        let catalog = pando.catalog
        // Parts of GeoNames, one document of JSON a line: see make.py.
        for (name, lines) in [("countries", PackageResources.countries_ndjson), ("cities", PackageResources.cities_ndjson)] {
            var transaction = try catalog.beginWrite()
            guard let database = try transaction.database("world"), let table = try transaction.table(name, in: database) else { continue }
            for line in lines.split(separator: UInt8(ascii: "\n")) {
                _ = try transaction.put(Datum(json: Array(line)), in: table)
            }
            try transaction.commit(.hard)
        }
        let snapshot = try catalog.snapshot()
        let tables = try snapshot.tables(in: snapshot.requiredDatabase("world"))
        let count = try tables.reduce(0) { try $0 + snapshot.documentCount(in: $1) }
        try say("\(grouped(count)) documents in \(decimal(secondsSince(start) * 1000, 1)) ms, all of it in \(file)")
        try pando.close()
    }

    private mutating func runQueries() throws {
        try begin("Questions in ReQL, RethinkDB's chained query language")
        try query(#"r.db("world").table("countries").get("PT")"#, as: .json)
        try query(#"r.db("world").table("cities").orderBy(r.desc("population")).limit(5).pluck("name", "country", "population")"#)
        try query(
            """
            r.db("world").table("countries")
              .filter(c => c("population").gt(100000000))
              .group("continent").count().ungroup()
            """)
        try query(
            """
            r.db("world").table("cities").filter(c => c("timezone").match("^America/"))
              .eqJoin("country", r.db("world").table("countries"))
              .map(row => ({city: row("left")("name"), country: row("right")("name"),
                            share: row("left")("population").mul(100).div(row("right")("population")).round()}))
              .orderBy(r.desc("share")).limit(5)
            """)
        try query(
            """
            r.db("world").table("countries").filter(c => c("neighbours").count().ge(9))
              .map(c => ({country: c("name"), neighbours: c("neighbours").map(n =>
                r.db("world").table("countries").get(n)("name").default(n))}))
            """)
    }

    private mutating func runStatements() throws {
        try begin("Two of these questions in SQL, of the same documents")
        try statement("SELECT continent, count(*) FROM countries WHERE population > 100000000 GROUP BY continent ORDER BY continent")
        try statement(
            "SELECT t.name AS city, c.name AS country, round(100 * t.population / c.population) AS share FROM cities t "
                + "JOIN countries c ON c.id = t.country WHERE t.timezone LIKE 'America/%' ORDER BY share DESC, city LIMIT 5")
    }

    private mutating func change() throws {
        try begin("Changes: each document is replaced as one, and the answer can show how")
        try query(
            """
            r.db("world").table("countries").get("IS")
              .update({note: "visited"}, {returnChanges: true})("changes")(0)("new_val").pluck("name", "note")
            """, as: .json)
        try query(
            """
            r.db("world").table("cities")
              .insert({name: "Utopia", country: "PT", population: 1}).pluck("inserted", "generated_keys")
            """, as: .json)
        try query(#"r.db("world").table("cities").filter(c => c("population").lt(1000)).delete()("deleted")"#, as: .json)
    }

    private mutating func showKeys() throws {
        try begin("What it is underneath: one sorted tree of keys that people can read")
        let catalog = try Catalog.reading(file)
        let snapshot = try catalog.snapshot()
        try showCommand("pando inspect \(file) --prefix __meta__: --values")
        let metadata = try snapshot.records(prefix: "__meta__:")
        while let record = try metadata.next() { try say("\(style.cyan(record.key))  \(record.value)") }

        let database = try snapshot.requiredDatabase("world")
        let countries = try snapshot.requiredTable(TableName("world.countries"))
        let prefix = "db:\(database.id):table:\(countries.id):docs:"
        try showCommand("pando inspect \(file) --prefix \(prefix)P --limit 4")
        let records = try snapshot.records(prefix: prefix + "P")
        var shown = 0
        while shown < 4, let record = try records.next() {
            try say(style.cyan(record.key))
            shown += 1
        }
        try showCommand("pando inspect \(file) --prefix \(prefix) --count")
        try say("\(try snapshot.recordCount(prefix: prefix))   (counted in the tree's branches, no scan)")
    }

    private mutating func reopen() throws {
        try begin("Everything into an archive, back into a new file, and the same answer from there")
        try showCommand("pando dump \(file) -o \(archive)")
        let dumped = try Catalog.reading(file).snapshot().dump(toFile: archive)
        try showCommand("pando restore \(second) \(archive)")
        let restored = try Catalog.writing(second, create: true)
        let summary = try restored.restore(try ArchiveInput(path: archive))
        try restored.close()
        guard summary.rows == dumped.rows else {
            throw CommandError.failed("The restored file has \(summary.rows) documents, not \(dumped.rows).")
        }
        try say("\(counted(summary.rows, "document")) there and back")
        try query(#"r.db("world").table("countries").get("IS").pluck("name", "note")"#, as: .json, in: second)
        let report = try Catalog.reading(second).check()
        try showCommand("pando check \(second)")
        guard report.isSound else { throw CommandError.failed("The restored file is damaged: \(report.problems[0])") }
        try say("sound: \(counted(report.pages, "page")), \(counted(report.documents, "document"))")
    }

    private mutating func sayWhatNext() throws {
        try begin("What to try next")
        // As it was called, so that the lines can be pasted also after `swift run`.
        let called = CommandLine.arguments[0]
        let program = called.contains("/") ? called : "pando"
        let question = #"r.db("world").table("cities").group("country").count().ungroup().orderBy(r.desc("reduction")).limit(5)"#
        let lines = [
            ("ask it something", "\(program) query \(file) --format table '\(question)'"),
            ("serve it", "\(program) serve \(file)"),
            ("… and over HTTP", "curl localhost:8080/world/countries/JP"),
            ("bring your own data", "\(program) import mine.pando app.things things.ndjson --create"),
            ("all commands", "\(program) help"),
        ]
        for (what, command) in lines {
            try console.line("  " + what + ":")
            try console.line("    " + style.cyan(command))
        }
    }

    // MARK: Telling

    private mutating func begin(_ title: String) throws {
        step += 1
        try console.line()
        try console.line(style.bold("\(step). \(title)"))
    }

    private func say(_ text: String) throws { try console.line("    " + text) }

    private func showCommand(_ text: String) throws { try console.line("  " + style.green("$ " + text)) }

    private func showQuery(_ text: String) throws {
        for (index, line) in text.split(separator: "\n").enumerated() {
            try console.line("  " + style.green((index == 0 ? "> " : "  ") + line))
        }
    }

    /// Shows a query, runs it, and shows its rows, indented.
    private func query(_ text: String, as format: RowFormat = .table, in other: String? = nil) throws {
        try showQuery(text)
        let tree = try TermTree(text: text)
        var options = PandoOptions()
        options.catalog.create = false
        options.catalog.readOnly = !tree.writes
        let pando = try Pando(path: other ?? file, options: options)
        defer { try? pando.close() }
        switch try pando.start(tree) {
        case .value(let value) where value.kind != .array: try say(value.description)
        case .value(let value): try show(Array(value.elements), format)
        case .sequence(let cursor):
            var rows: [Datum] = []
            while let row = try cursor.next() { rows.append(row.owned) }
            cursor.close()
            try show(rows, format)
        }
    }

    /// Shows a statement of SQL, runs it, and shows its rows, indented.
    private func statement(_ text: String) throws {
        try showCommand("pando sql \(file) --db world \"\(text)\"")
        let session = try FileSession(path: file, .reading)
        let answer = try session.run(text, StatementParameters([]), database: "world", asTexts: false, stopper: Stopper())
        let names = (answer.columns ?? []).map(\.name)
        var rows: [Datum] = []
        while let row = try answer.next() { rows.append(Datum(fields: zip(names, row.elements).map { ($0, $1) })) }
        answer.close()
        try session.close()
        try show(rows, .table)
    }

    private func show(_ rows: [Datum], _ format: RowFormat) throws {
        guard format == .table else {
            for row in rows { try say(row.description) }
            return
        }
        for line in TextTable(rows: rows).lines(style: style, width: (console.outputWidth ?? 124) - 4) { try say(line) }
    }
}
