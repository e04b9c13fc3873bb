import httpd

extension Command {
    static let backup = Command(
        name: "backup",
        summary: "copy the file while it is in use",
        positionals: [.file, Positional(name: "TO", help: "the copy")],
        options: [.flag("force", "replace TO if it exists"), .json],
        discussion: """
            The copy is one state of the file, page by page, and opens like any other; nobody is kept from reading or writing meanwhile. It
            is complete and on the disk before it gets its name. A damaged page is an error: pando check says more.
            """,
        examples: ["pando backup app.pando monday.pando"]
    ) { arguments, console in
        let (file, target) = (arguments["FILE"], arguments["TO"])
        try TargetFile.check(
            target, force: arguments.has("force"), source: file, advice: "Name another, or say --force to replace it.")
        let summary = try Catalog.reading(file).backup(to: target, replacing: arguments.has("force"))
        if arguments.has("json") {
            try console.printJSON([
                "to": Datum(target), "commit": Datum(Int(summary.transaction)), "keys": Datum(Int(summary.records)),
                "pages": Datum(Int(summary.pages)), "file_bytes": Datum(Int(summary.fileBytes)),
            ])
        }
        console.message("Copied \(counted(Int(summary.pages), "page")) with \(counted(Int(summary.records), "record")) to \(target).")
    }
}
