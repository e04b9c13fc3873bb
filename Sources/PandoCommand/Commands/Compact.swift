import httpd

extension Command {
    static let compact = Command(
        name: "compact",
        summary: "make the file as small as what it holds, in place",
        positionals: [.file],
        options: [.json],
        discussion: """
            Fills half-empty pages and gives free space back to the file system, by ordinary transactions: other processes may read meanwhile,
            and it may be stopped at any time. Full pages are split again by later writes, so this is for files that have shrunk or are to
            rest. A file that pando serve has open is compacted by its server: POST /_admin/compact.
            """,
        examples: ["pando compact app.pando"]
    ) { arguments, console in
        let file = arguments["FILE"]
        let catalog: Catalog
        do { catalog = try Catalog.writing(file) } catch let error as CatalogError where error.kind == .busy {
            throw CommandError.failed("\(error.message) If it is served: curl -X POST http://HOST:PORT/_admin/compact")
        }
        var progress = Progress(console, "pages")
        let summary = try catalog.compact { step in
            progress.show(Int(step.pages), fraction: nil)
            return true
        }
        progress.finish()
        try catalog.close()
        if arguments.has("json") { return try console.printJSON(try summary.datum) }
        let (before, after) = (Int(summary.bytesBefore), Int(summary.bytesAfter))
        console.message("\(file): \(byteSize(before)) before, \(byteSize(after)) now, in \(progress.elapsed).")
        for pin in summary.pins {
            let what = "\(counted(Int(pin.pages), "page")) of commit \(grouped(Int(pin.transaction)))"
            console.message("Kept for \(pin.holderText): \(what). Compact again when it is gone.")
        }
    }
}
