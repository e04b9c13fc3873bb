import httpd

extension Command {
    static let promote = Command(
        name: "promote",
        summary: "make a standby the primary",
        positionals: [.fileOrServer],
        options: Option.connecting(),
        discussion: """
            A standby that is served is named by --connect; it ceases to follow, and takes writes at once. FILE is one that is not served now. Make
            sure that the old primary is no longer written to: what it takes from now on, the new one does not have.
            """,
        examples: ["pando promote --connect localhost:8081", "pando promote copy.pando"]
    ) { arguments, console in
        if let server = try arguments.server() {
            _ = try ServerSession(server).request("POST", "/_admin/promote")
            return console.message("\(server.name) is the primary now.")
        }
        try FileOnly.require(
            arguments["FILE"], "standbys that Pando promotes",
            instead:
                "One of PostgreSQL's is promoted by pg_promote() there; name all its hosts in the URL, and Pando finds the new primary.")
        let catalog = try Catalog.writing(arguments["FILE"], arguments.key())
        try catalog.promote()
        try catalog.close()
        console.message("\(arguments["FILE"]) is a primary now.")
    }
}
