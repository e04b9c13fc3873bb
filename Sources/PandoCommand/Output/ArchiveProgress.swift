import httpd

/// The way of a dump or a restore, whose progress is told table by table.
struct ArchiveTally {
    private var progress: Progress
    private var table = ""
    private var rowsBefore = 0
    private var rows = 0

    init(_ console: Console) { progress = Progress(console, "documents") }

    /// Throws `.cancelled` after SIGINT or SIGTERM, if these are held back.
    mutating func show(_ step: ArchiveProgress) throws(CatalogError) {
        if SystemCalls.isStopPending {
            finish()
            throw CatalogError(.cancelled, "Interrupted\(step.table.isEmpty ? "" : " in \(step.table)").")
        }
        guard !step.table.isEmpty else { return }
        if step.table != table {
            rowsBefore += rows
            table = step.table
        }
        rows = step.rows
        progress.show(rowsBefore + rows, fraction: nil)
    }

    mutating func finish() { progress.finish() }
}

extension Console {
    /// What a dump or a restore did, with what it left out.
    func finishArchive(_ summary: ArchiveSummary, _ verb: String, to place: String) {
        for note in summary.notes { complain(note) }
        let what = [counted(summary.databases, "database"), counted(summary.tables, "table"), counted(summary.rows, "document")]
        if summary.tablesAlreadyThere > 0 { message("\(counted(summary.tablesAlreadyThere, "table")) had been restored before.") }
        message("\(verb) \(what.joined(separator: ", ")) to \(place).")
    }
}
