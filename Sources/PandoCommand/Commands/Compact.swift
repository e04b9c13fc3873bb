import httpd

extension Command {
    static let compact = Command(
        name: "compact",
        summary: "make the file as small as what it holds, in place",
        positionals: [.fileOrServer],
        options: [.value("format", "N", "make it a file of this format first: 2, which has named states and digests"), .json]
            + Option.connecting(),
        discussion: """
            Fills half-empty pages and gives free space back to the file system, by ordinary transactions: other processes may read meanwhile,
            and it may be stopped at any time. Full pages are split again by later writes, so this is for files that have shrunk or are to
            rest. A file that pando serve has open is compacted by its server: say --connect.
            A file of format 1, which older releases made, becomes one of format 2 in place, and one of format 2 without digests gets them; those
            releases can't open it then.
            """,
        examples: ["pando compact app.pando", "pando compact app.pando --format 2", "pando compact --connect localhost:8080"]
    ) { arguments, console in
        let started = ContinuousClock.now
        let report: Datum
        let name: String
        let format = try arguments.integer("format", in: 1...2)
        if let server = try arguments.server() {
            if format != nil { throw CommandError.usage("--format is for a file that no server has open.") }
            name = server.name
            report = try ServerSession(server).request("POST", "/_admin/compact")
        } else {
            name = arguments["FILE"]
            try FileOnly.require(name, "pages to compact", instead: "PostgreSQL does it by itself (autovacuum), or by VACUUM.")
            let before = SystemCalls.byteCount(name)
            let catalog = try Catalog.writing(name, arguments.key())
            if let format, format < (try catalog.statistics().formatVersion) {
                throw CommandError.failed("\(name) has a newer format, which can't be taken back.")
            }
            if format == 2 { try catalog.upgradeFormat() }
            var progress = Progress(console, "pages")
            var summary = try catalog.compact { step in
                progress.show(Int(step.pages), fraction: nil)
                return true
            }
            progress.finish()
            try catalog.close()
            // An open file has space laid ready for its next commits, which counts for nothing once it rests.
            if let before, let after = SystemCalls.byteCount(name) {
                (summary.bytesBefore, summary.bytesAfter) = (UInt64(before), UInt64(after))
            }
            report = try summary.datum
        }
        if arguments.has("json") { return try console.printJSON(report) }
        func number(_ field: String) -> Int { report[field: field]?.integer ?? 0 }
        let time = "\(decimal(secondsSince(started), 2)) s"
        console.message("\(name): \(byteSize(number("bytes_before"))) before, \(byteSize(number("bytes_after"))) now, in \(time).")
        let pins = Array((report[field: "pins"] ?? .emptyArray).elements)
        let past = pins.filter(\.isPinOfHistory)
        if !past.isEmpty {
            console.message(
                "Kept for the history: \(counted(past.pinnedPages, "page")), of \(counted(past.count, "state")) (pando serve --history).")
        }
        for pin in pins where !pin.isPinOfHistory {
            let what = "\(counted([pin].pinnedPages, "page")) of commit \(grouped(pin[field: "commit"]?.integer ?? 0))"
            console.message("Kept for \(pin.pinHolder): \(what). Compact again when it is gone.")
        }
    }
}
