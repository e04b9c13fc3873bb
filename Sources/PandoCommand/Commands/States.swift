import httpd

private let stateName = Positional(name: "NAME", help: "a state: letters, digits, _, - and .")
private let oldState = Positional(
    name: "STATE", help: "a state by its name, a time such as 2026-11-22T10:15:00Z, or the number of a commit")
private let restoredTable = Positional(name: "TABLE", help: "the table, as DB.TABLE")

extension Command {
    static let state = Command(
        name: "state",
        summary: "states of the file that have names: list, create, drop; a table put back",
        positionals: [.fileOrServer],
        actions: [
            Action(name: "list", positionals: [], summary: "the names, and what they are of"),
            Action(name: "create", positionals: [stateName], summary: "give what the file holds now a name"),
            Action(name: "drop", positionals: [stateName], summary: "take the name from a state"),
            Action(name: "restore", positionals: [oldState, restoredTable], summary: "put a table back as it was, all or nothing"),
        ],
        options: [.json] + Option.connecting(),
        discussion: """
            A state stays as it was, whatever is written afterwards: it is made at once, and costs what has changed since. pando diff compares
            with it, pando query --as-of reads it. restore writes, as one transaction, what differs: write hooks, unique indexes and foreign
            keys hold as for any write, and the table's indexes and permissions stay what they are. A state is part of its file, and of
            backups of it; dumps don't have it. pando serve --history makes states by itself. A file of format 1 has none: pando compact
            --format 2 upgrades it.
            """,
        examples: [
            "pando state app.pando create before-migration", "pando state app.pando list", "pando state app.pando drop before-migration",
            "pando state app.pando restore before-migration app.users", "pando state --connect localhost:8080 list",
        ]
    ) { arguments, console in
        if let place = arguments.positional("FILE") {
            try FileOnly.require(place, "states with names", instead: "PostgreSQL has point-in-time recovery.")
        }
        if arguments.action == "restore" {
            let session = try arguments.session(.writing)
            try RestoredTable(arguments["STATE"], try TableName(arguments["TABLE"]), session).run(console)
            return try session.close()
        }
        let server = try arguments.server().map { ServerSession($0) }
        let name = arguments.action == "list" || arguments.action == nil ? "" : arguments["NAME"]
        switch arguments.action {
        case "create":
            let state: Datum
            if let server {
                state = try server.request("PUT", statePath(name))
            } else {
                let catalog = try Catalog.writing(arguments["FILE"], arguments.key())
                state = try catalog.createState(name).datum
                try catalog.close()
            }
            console.message("The state of commit \(grouped(state[field: "commit"]?.integer ?? 0)) is called \(name).")
        case "drop":
            if let server {
                _ = try server.request("DELETE", statePath(name))
            } else {
                let catalog = try Catalog.writing(arguments["FILE"], arguments.key())
                try catalog.dropState(name)
                try catalog.close()
            }
            console.message("Dropped the state \(name).")
        default:
            let states =
                if let server {
                    Array(try server.request("GET", "/_admin/states").elements)
                } else {
                    try Catalog.reading(arguments["FILE"], arguments.key()).states().map { try $0.datum }
                }
            if arguments.has("json") { return try console.printJSON(states) }
            var listing = TextTable(["state", "commit", "time", "keys"])
            for state in states {
                listing.add([
                    state.text("name"), grouped(state[field: "commit"]?.integer ?? 0),
                    state[field: "time"]?.time.map { timestamp($0.epochSeconds) } ?? "", grouped(state[field: "keys"]?.integer ?? 0),
                ])
            }
            try console.printTable(listing)
        }
    }
}

/// A table that is put back as it was in a state, by queries of one transaction.
private struct RestoredTable {
    private let name: TableName
    private let state: String
    private let session: any Session
    private let database: String
    /// The table as terms: as it is, and as it was.
    private let present: String
    private let past: String

    init(_ state: String, _ name: TableName, _ session: any Session) throws {
        _ = try StateReference(text: state)
        (self.state, self.name, self.session) = (state, name, session)
        database = "r.db(\(Datum(name.database)))"
        present = "\(database).table(\(Datum(name.table)))"
        past = "\(database).table(\(Datum(name.table)), {asOf: \(Datum(state))})"
    }

    func run(_ console: Console) throws {
        let key = try session.ask("\(past).info()('primary_key')")
        try session.begin()
        do {
            let wasDropped = try !isThere()
            if wasDropped { _ = try session.ask("\(database).tableCreate(\(Datum(name.table)), {primaryKey: \(key)})") }
            guard try session.ask("\(present).info()('primary_key')") == key else {
                throw CommandError.failed("\(name.text) had the primary key \(key) then, and has another one now.")
            }
            let removed = try count(session.ask("\(present).filter(d => \(past).get(d(\(key))).eq(null)).delete()"), "deleted")
            let (put, same) = try putBack()
            let indexes = wasDropped ? try session.ask("\(past).indexList()").elements.compactMap(\.string) : []
            try session.end(commits: true)
            console.message(
                "\(name.text) is as it was in \(state): \(counted(put, "document")) put back, \(grouped(removed)) removed, \(grouped(same)) the same."
            )
            if !indexes.isEmpty {
                console.message("The table had been dropped: make its indexes anew (\(indexes.joined(separator: ", "))).")
            }
        } catch {
            if session.hasTransaction { try? session.end(commits: false) }
            throw error
        }
    }

    private func isThere() throws -> Bool { try session.ask("\(database).tableList().contains(\(Datum(name.table)))").bool == true }

    /// Writes the documents as they were. One that is refused, because another one still has its value of a unique index, may be taken once
    /// that one is as it was.
    private func putBack() throws -> (put: Int, same: Int) {
        var refused = Int.max
        var put = 0
        var same: Int?
        while true {
            let result = try session.ask("\(present).insert(\(past), {conflict: 'replace'})")
            let errors = result[field: "errors"]?.integer ?? 0
            put += (result[field: "inserted"]?.integer ?? 0) + (result[field: "replaced"]?.integer ?? 0)
            same = same ?? result[field: "unchanged"]?.integer
            if errors == 0 { return (put, same ?? 0) }
            guard errors < refused else {
                throw CommandError.failed("Nothing was put back: \(result.text("first_error"))")
            }
            refused = errors
        }
    }

    private func count(_ result: Datum, _ field: String) throws -> Int {
        if let error = result[field: "first_error"]?.string { throw CommandError.failed("Nothing was put back: \(error)") }
        return result[field: field]?.integer ?? 0
    }
}

/// Where a server has a state. What can't be part of a name is refused there.
private func statePath(_ name: String) -> String { "/_admin/states/" + percentEncoded(name) }
