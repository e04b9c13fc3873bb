import httpd

/// The views of `pando inspect` that look at pages, not keys.
extension Command {
    static func showStatistics(_ catalog: Catalog, _ arguments: Arguments, _ console: Console) throws {
        if arguments.has("json") { return try console.printJSON(try catalog.statisticsDatum()) }
        var table = TextTable(["fact", "value"])
        for row in try catalog.statisticsRows() { table.add([row.name, row.value]) }
        try console.printTable(table)
    }

    static func showTree(_ catalog: Catalog, _ arguments: Arguments, _ console: Console) throws {
        let levels = try catalog.treeLevels()
        let pageSize = try catalog.statistics().pageSize
        if arguments.has("json") {
            return try console.printJSON(.array(levels.map(\.datum)))
        }
        let columns = ["level", "pages", "entries", "a page", "full", "saved by prefixes"]
        var table = TextTable(columns, right: Set(columns.dropFirst()))
        for level in levels {
            let pages = Int(max(level.pages, 1))
            table.add([
                level.level == 0 ? "leaves" : "branches \(level.level)", grouped(Int(level.pages)), grouped(Int(level.entries)),
                grouped(Int(level.entries) / pages), "\(Int(level.usedBytes) * 100 / (pages * pageSize)) %",
                byteSize(Int(level.savedByPrefixBytes)),
            ])
        }
        try console.printTable(table)
    }

    static func showPage(_ number: Int, _ catalog: Catalog, _ arguments: Arguments, _ console: Console) throws {
        let pages = try catalog.statistics().pages
        // An engine has none, which it says itself.
        guard number < pages || pages == 0 else {
            throw CommandError.failed("There is no page \(number); those of this file are 0 to \(grouped(Int(pages) - 1)).")
        }
        let page = try catalog.page(UInt64(number))
        if arguments.has("json") { return try console.printJSON(try page.datum) }
        var header = TextTable(["page \(page.number)", page.kind])
        for field in page.fields { header.add([field.name, field.value]) }
        try console.printTable(header)
        guard !page.cells.isEmpty else { return }
        try console.line()
        let isBranch = page.kind == "branch"
        let columns = isBranch ? ["key", "page", "birth", "records"] : ["key", "bytes", "overflow page"]
        var cells = TextTable(columns, right: Set(columns.dropFirst()))
        for cell in page.cells {
            let numbers = isBranch ? [cell.page, cell.birth, cell.count] : [cell.valueByteCount, cell.page]
            cells.add([cell.key] + numbers.map { $0.map { String($0) } ?? "" })
        }
        try console.printTable(cells)
    }
}

extension Catalog {
    func statisticsDatum() throws -> Datum {
        let facts = try statistics()
        return try Datum.object([
            ("file_id", Datum(fileID)), ("opening", Datum(Int(opening))), ("page_size", Datum(facts.pageSize)),
            ("format_version", Datum(facts.formatVersion)), ("commit", Datum(Int(facts.transaction))),
            ("file_bytes", Datum(Int(facts.fileBytes))), ("pages", Datum(Int(facts.pages))), ("free_pages", Datum(Int(facts.freePages))),
            ("pinned_pages", Datum(Int(facts.pinnedPages))), ("cut_subtrees", Datum(facts.cutSubtrees)),
            ("keys", Datum(Int(facts.records))), ("depth", Datum(facts.depth)), ("pins", .array(try facts.pins.map { try $0.datum })),
            ("encryption", facts.encryption?.datum ?? .null),
        ])
    }

    /// The process that has the file open to write, as it noted itself in the file; nil if there is none.
    func writerProcess() throws -> Int? {
        guard isReadOnly, let path, Self.isBeingWritten(path) else { return nil }
        return try page(0).fields.first { $0.name == "writer's process" }.flatMap { Int($0.value) }
    }

    /// What `inspect --stats` and the shell's `.stats` show.
    func statisticsRows() throws -> [(name: String, value: String)] {
        let facts = try statistics()
        var rows = [
            (name: waitsForEngine ? "kept by" : "file", value: waitsForEngine ? placeName : path ?? "in memory"),
            (name: "size", value: "\(byteSize(Int(facts.fileBytes))) (\(grouped(Int(facts.fileBytes))) bytes)"),
            (name: "id", value: fileID),
            (name: "format", value: "version \(facts.formatVersion), pages of \(grouped(facts.pageSize)) bytes"),
            (name: "commit", value: grouped(Int(facts.transaction))),
            (name: "opened for writing", value: "\(counted(Int(opening), "time"))"),
            (name: "keys", value: grouped(Int(facts.records))),
            (name: "levels", value: grouped(facts.depth)),
            (name: "pages", value: grouped(Int(facts.pages))),
            (name: "free pages", value: grouped(Int(facts.freePages))),
            (name: "pinned pages", value: grouped(Int(facts.pinnedPages))),
        ]
        // What its tree is like is the engine's own to tell.
        if waitsForEngine { return rows.filter { ["kept by", "size", "id", "commit", "opened for writing"].contains($0.name) } }
        rows += Self.encryptionRows(facts.encryption?.datum)
        if isReadOnly { rows.append(("written by", try writerProcess().map { "process \($0)" } ?? "nobody")) }
        rows += Self.pinRows(try facts.pins.map { try $0.datum })
        if facts.cutSubtrees > 0 { rows.append(("dropped subtrees to be counted", grouped(facts.cutSubtrees))) }
        return rows
    }

    /// How the file is encrypted, and what its keys are called.
    static func encryptionRows(_ encryption: Datum?) -> [(name: String, value: String)] {
        guard let encryption, !encryption.isNull else { return [] }
        let keys = (encryption[field: "keys"] ?? .emptyArray).elements.map { "\($0.text("name")) (\($0.text("kind")))" }
        return [
            ("encrypted", "\(encryption.text("cipher")), \(encryption.text("instructions"))"),
            ("opens with", keys.joined(separator: ", ")),
            ("decrypted pages", byteSize(encryption[field: "decrypted_bytes"]?.integer ?? 0)),
        ]
    }

    /// What keeps pages from being used again, and for how long, where that is known. The states of the history are one row.
    static func pinRows(_ pins: [Datum]) -> [(name: String, value: String)] {
        let past = pins.filter(\.isPinOfHistory)
        var rows: [(name: String, value: String)] = []
        if !past.isEmpty { rows.append(("  by the history", "\(grouped(past.pinnedPages)), \(counted(past.count, "state"))")) }
        for pin in pins where !pin.isPinOfHistory {
            let age = pin[field: "age_seconds"]?.number.map { ", for \(decimal($0, 1)) s" } ?? ""
            rows.append(
                ("  by \(pin.pinHolder)", "\(grouped([pin].pinnedPages)), commit \(grouped(pin[field: "commit"]?.integer ?? 0))\(age)"))
        }
        return rows
    }
}

extension Datum {
    /// Of one of ``Catalog/pinRows(_:)``.
    var isPinOfHistory: Bool { self[field: "state"]?.string.map(NamedState.isOfHistory) ?? false }

    /// Who keeps the pages.
    var pinHolder: String {
        if let name = self[field: "state"]?.string { return "the state \(name)" }
        return FileStatistics.Pin.Holder(rawValue: text("holder"))?.text ?? text("holder")
    }
}

extension [Datum] {
    /// The pages of several such.
    var pinnedPages: Int { reduce(0) { $0 + ($1[field: "pages"]?.integer ?? 0) } }
}

extension FileStatistics.Pin.Holder {
    var text: String {
        switch self {
        case .snapshot: "a snapshot here"
        case .otherProcess: "another process's reader"
        case .state: "a state that has a name"
        case .durableState: "the state on the disk"
        }
    }
}
