import httpd

extension Command {
    static let check = Command(
        name: "check",
        summary: "walk every page, key and document, and list what is wrong",
        positionals: [.file],
        options: [.json],
        discussion: "Changes nothing. Exit status 1 if anything is wrong.",
        examples: ["pando check app.pando"]
    ) { arguments, console in
        let catalog = try Catalog.reading(arguments["FILE"], arguments.key())
        let report = try catalog.check()
        for warning in report.warnings { console.message("Warning: \(warning)") }
        if arguments.has("json") {
            try console.printJSON([
                "sound": Datum(report.isSound), "problems": Datum(names: report.problems),
                "warnings": Datum(names: report.warnings), "databases": Datum(report.databases),
                "tables": Datum(report.tables), "documents": Datum(report.documents), "indexes": Datum(report.indexes),
                "index_entries": Datum(report.indexEntries), "pages": Datum(report.pages),
            ])
        } else if report.isSound {
            let what = [
                counted(report.pages, "page"), counted(report.databases, "database"), counted(report.tables, "table"),
                counted(report.documents, "document"), counted(report.indexes, report.indexes == 1 ? "index" : "indexe"),
            ]
            try console.line("\(PostgresAddress.shown(arguments["FILE"])) is sound: \(what.joined(separator: ", ")).")
        } else {
            for problem in report.problems { try console.line(problem) }
            let file = PostgresAddress.shown(arguments["FILE"])
            console.message("\(counted(report.problems.count, "problem")). To save what can be read: pando dump \(file)")
        }
        guard report.isSound else { throw CommandError.reported }
    }
}
