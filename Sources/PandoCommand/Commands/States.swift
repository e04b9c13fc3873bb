import httpd

private let stateName = Positional(name: "NAME", help: "a state: letters, digits, _, - and .")

extension Command {
    static let state = Command(
        name: "state",
        summary: "states of the file that have names: list, create, drop",
        positionals: [.fileOrServer],
        actions: [
            Action(name: "list", positionals: [], summary: "the names, and what they are of"),
            Action(name: "create", positionals: [stateName], summary: "give what the file holds now a name"),
            Action(name: "drop", positionals: [stateName], summary: "take the name from a state"),
        ],
        options: [.json] + Option.connecting(),
        discussion: """
            A state stays as it was, whatever is written afterwards: it is made at once, and costs what has changed since. pando diff compares
            with it. A state is part of its file, and of backups of it; dumps don't have it. A file of format 1 has none: pando compact
            --format 2 upgrades it.
            """,
        examples: [
            "pando state app.pando create before-migration", "pando state app.pando list", "pando state app.pando drop before-migration",
            "pando state --connect localhost:8080 list",
        ]
    ) { arguments, console in
        let server = try arguments.server().map { ServerSession($0) }
        let name = arguments.action == "list" || arguments.action == nil ? "" : arguments["NAME"]
        switch arguments.action {
        case "create":
            let state: Datum
            if let server {
                state = try server.request("PUT", statePath(name))
            } else {
                let catalog = try Catalog.writing(arguments["FILE"])
                state = try catalog.createState(name).datum
                try catalog.close()
            }
            console.message("The state of commit \(grouped(state[field: "commit"]?.integer ?? 0)) is called \(name).")
        case "drop":
            if let server {
                _ = try server.request("DELETE", statePath(name))
            } else {
                let catalog = try Catalog.writing(arguments["FILE"])
                try catalog.dropState(name)
                try catalog.close()
            }
            console.message("Dropped the state \(name).")
        default:
            let states =
                if let server {
                    Array(try server.request("GET", "/_admin/states").elements)
                } else {
                    try Catalog.reading(arguments["FILE"]).states().map { try $0.datum }
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

/// Where a server has a state. What can't be part of a name is refused there.
private func statePath(_ name: String) -> String {
    let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.".utf8)
    return "/_admin/states/"
        + name.utf8.map { byte in
            allowed.contains(byte) ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
}
