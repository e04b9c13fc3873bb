import httpd

extension Command {
    static let graph = Command(
        name: "graph",
        summary: "the documents around one, and the edges among them",
        positionals: [
            .fileOrServer, .table, Positional(name: "KEY", help: "the key of the document: JSON, or the text of a string"),
        ],
        options: [
            .value("over", "RELATIONS", "the relations that edges are of, with commas between; or what they are, as ReQL has it"),
            .value("depth", "N", "how many edges away documents are at most (default: 1)"),
            .choice("direction", ["out", "in", "both"], "the direction in which edges are gone along (default: both)"),
            .value("limit", "N", "so many documents at most (default: 500)"),
            .value("label", "FIELD", "the field that names a document (default: name, title or label)"),
            .flag("dot", "as a graph for Graphviz's dot"), .json,
        ] + Option.connecting(),
        discussion: "docs/GRAPHS.md has what relations are and how they are declared; `relationList` of a query lists those of a table.",
        examples: [
            "pando graph app.pando app.people ada --over knows --depth 2",
            "pando graph app.pando app.people ada --over knows --dot | dot -Tsvg",
            "pando graph app.pando app.books 7 --over '{field: \"author\", to: \"people\"}' --direction out",
        ]
    ) { arguments, console in
        guard let over = arguments.value("over") else {
            throw CommandError.usage("Which relation do edges belong to? --over NAME says it.")
        }
        if arguments.has("dot"), arguments.has("json") { throw CommandError.usage("Choose one of --dot and --json.") }
        let name = try TableName(arguments["DB.TABLE"])
        let session = try arguments.session(.reading)
        _ = try session.requiredTable(name)
        let text = arguments["KEY"]
        let key = (try? Datum(json: text)) ?? Datum(text)
        var options = ["over: \(relations(over))"]
        for option in ["depth", "limit"] {
            guard let value = arguments.value(option) else { continue }
            guard let number = Int(value), number >= 0 else { throw CommandError.usage("--\(option) is a number, not “\(value)”.") }
            options.append("\(option): \(number)")
        }
        if let direction = arguments.value("direction") { options.append("direction: \"\(direction)\"") }
        if let label = arguments.value("label") { options.append("label: \(Datum(label))") }
        let graph = try session.ask("\(name.query).get(\(key)).subgraph({\(options.joined(separator: ", "))})")
        let nodes = graph[field: "nodes"].map { Array($0.elements) } ?? []
        if nodes.isEmpty { throw CommandError.failed("The table \(name.text) has no document with the key \(key).") }
        let edges = graph[field: "edges"].map { Array($0.elements) } ?? []
        if arguments.has("json") {
            try console.printJSON(graph)
        } else if arguments.has("dot") {
            try console.output.write(dot(nodes, edges))
        } else {
            try console.printTable(listing(nodes, edges))
        }
        if graph[field: "truncated"] == true { console.message("There are more; --limit says how many are shown.") }
        try session.close()
    }

    private static func relations(_ text: String) -> String {
        if text.hasPrefix("{") || text.hasPrefix("[") { return text }
        return Datum(elements: text.split(separator: ",").map { Datum(String($0)) }).description
    }

    /// Each document with what its edges lead to.
    private static func listing(_ nodes: [Datum], _ edges: [Datum]) -> TextTable {
        var listing = TextTable(["table", "id", "label", "degree", "edges to"])
        for node in nodes {
            let targets = edges.filter { self.key($0[field: "from"]) == node[field: "id"] && isOf($0[field: "from"], node) }
            let table = node[field: "table"]?.string ?? ""
            listing.add([
                table, shown(node[field: "id"]), shown(node[field: "label"]), shown(node[field: "degree"]),
                targets.map { "\(shown(key($0[field: "to"])))" }.joined(separator: ", "),
            ])
        }
        return listing
    }

    /// An end of an edge is a key, or an object that names the table too.
    private static func key(_ end: Datum?) -> Datum? {
        guard let end, end.kind == .object else { return end }
        return end[field: "id"]
    }

    private static func isOf(_ end: Datum?, _ node: Datum) -> Bool {
        guard let table = end?[field: "table"] else { return true }
        return end?.kind != .object || table == node[field: "table"]
    }

    private static func shown(_ value: Datum?) -> String { value.map { $0.string ?? $0.description } ?? "" }

    private static func dot(_ nodes: [Datum], _ edges: [Datum]) -> String {
        func name(_ table: Datum?, _ id: Datum?) -> String {
            Datum([table?.string, id?.description].compactMap { $0 }.joined(separator: " ")).description
        }
        func end(_ end: Datum?) -> String {
            if let end, end.kind == .object { return name(end[field: "table"], end[field: "id"]) }
            let table = nodes.first { $0[field: "id"] == end }?[field: "table"]
            return name(table, end)
        }
        var text = "digraph {\n"
        for node in nodes {
            text += "  \(name(node[field: "table"], node[field: "id"])) [label=\(Datum(shown(node[field: "label"])))];\n"
        }
        for edge in edges {
            let label = edge[field: "relation"] ?? .null
            text += "  \(end(edge[field: "from"])) -> \(end(edge[field: "to"])) [label=\(label)];\n"
        }
        return text + "}\n"
    }
}
