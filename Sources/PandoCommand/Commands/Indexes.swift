import httpd

extension Command {
    static let index = Command(
        name: "index",
        summary: "secondary indexes: list, create, drop, status",
        positionals: [.fileOrServer],
        actions: [
            Action(name: "list", positionals: [.table], summary: "the names of a table's indexes"),
            Action(name: "create", positionals: [.table, .index], summary: "make an index and build it"),
            Action(name: "drop", positionals: [.table, .index], summary: "remove an index"),
            Action(name: "status", positionals: [.table], summary: "what each index is made of, and whether it is ready"),
        ],
        options: [
            .value("fields", "A,B", "index these fields; several make a compound index (default: the field NAME)").with("create"),
            .value("function", "TEXT", "index what this function makes of a document").with("create"),
            .flag("multi", "an entry for each element of an array").with("create"),
            .flag("geo", "an index of geometries, for getIntersecting and getNearest").with("create"),
            .value(
                "text", "LANGUAGE", "an index of words, for search: english, german, … or simple; --fields may have weights, title=4,body"
            )
            .with("create"),
            .flag("unique", "no two documents may have the same value").with("create"), .json,
        ] + Option.connecting(),
        examples: [
            "pando index app.pando create app.users city", "pando index app.pando create app.users place --fields country,city",
            "pando index app.pando create app.users lower --function 'u => u(\"name\").downcase()'",
            "pando index app.pando create app.posts all --text english --fields title=4,body", "pando index app.pando status app.users",
        ]
    ) { arguments, console in
        let action = arguments.action
        let text = try textOptions(arguments)
        let function = text == nil ? try function(arguments) : ""
        let name = try TableName(arguments["DB.TABLE"])
        let session = try arguments.session(action == "create" || action == "drop" ? .writing : .reading)
        _ = try session.requiredTable(name)
        func run(_ call: String) throws -> Datum { try session.ask("\(name.query).\(call)") }
        switch action {
        case "create":
            let index = Datum(arguments["NAME"])
            let options = text ?? "{multi: \(arguments.has("multi")), geo: \(arguments.has("geo")), unique: \(arguments.has("unique"))}"
            _ = try run("indexCreate(\(index)\(function), \(options))")
            _ = try run("indexWait(\(index))")
            console.message("Created the index \(arguments["NAME"]) of \(name.text).")
            if text != nil, try run("indexStatus(\(index))").elements.first?[field: "documents"] == 0, try run("isEmpty()") == false {
                console.message("It has no words: no document has a text in \(fieldNames(arguments)). --fields names other fields.")
            }
        case "drop":
            _ = try run("indexDrop(\(Datum(arguments["NAME"])))")
            console.message("Dropped the index \(arguments["NAME"]) of \(name.text).")
        case "status":
            let statuses = try run("indexStatus().without('function')")
            if arguments.has("json") {
                try console.printJSON(statuses)
            } else {
                var listing = TextTable(["index", "ready", "multi", "geo", "unique", "made by"])
                for status in statuses.elements {
                    listing.add([
                        status[field: "index"]?.string ?? "", status[field: "ready"] == true ? "yes" : "no",
                        status[field: "multi"] == true ? "yes" : "no", status[field: "geo"] == true ? "yes" : "no",
                        status[field: "unique"] == true ? "yes" : "no",
                        status[field: "query"]?.string ?? "",
                    ])
                }
                try console.printTable(listing)
            }
        default:
            let names = try run("indexList()")
            if arguments.has("json") { return try console.printJSON(names) }
            for name in names.elements { try console.line(name.string ?? "") }
        }
        try session.close()
    }

    /// The fields of a text index, for people.
    private static func fieldNames(_ arguments: Arguments) -> String {
        let fields = (try? arguments.names("fields")) ?? [arguments["NAME"]]
        return fields.map { String($0.prefix { $0 != "=" }) }.joined(separator: ", ")
    }

    /// The options of a text index; nil for another.
    private static func textOptions(_ arguments: Arguments) throws -> String? {
        guard let language = arguments.value("text") else { return nil }
        for other in ["function", "multi", "geo", "unique"] where arguments.value(other) != nil || arguments.has(other) {
            throw CommandError.usage("A text index takes --fields, and not --\(other).")
        }
        guard let fields = try arguments.names("fields") else { return "{text: \(Datum(language))}" }
        let weighted = try fields.map { field in
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { return "\(Datum(field)): 1" }
            guard let weight = Int(parts[1]) else { throw CommandError.usage("The weight of \(parts[0]) is a number, not \(parts[1]).") }
            return "\(Datum(parts[0])): \(weight)"
        }
        return "{text: \(Datum(language)), fields: {\(weighted.joined(separator: ", "))}}"
    }

    /// The second argument of `indexCreate`, or nothing.
    private static func function(_ arguments: Arguments) throws -> String {
        let fields = try arguments.names("fields") ?? []
        if let text = arguments.value("function") {
            guard fields.isEmpty else { throw CommandError.usage("An index has --fields or --function, not both.") }
            // By itself, so that a mistake is shown where it stands in it.
            do { _ = try TermTree(text: text) } catch { throw CommandError.failed("--function, \(error)") }
            return ", \(text)"
        }
        let parts = fields.map { "d(\(Datum($0)))" }
        return parts.isEmpty ? "" : parts.count == 1 ? ", d => \(parts[0])" : ", d => [\(parts.joined(separator: ", "))]"
    }
}

extension Positional {
    fileprivate static let index = Positional(name: "NAME", help: "the name of an index")
}
