import ReQLish

// The documents around one.
extension PandoExchange {
    private enum Direction: String, CaseIterable {
        case out, `in`, both
    }

    /// `?over=knows&depth=2&direction=both&limit=500&label=name&documents=true`: what `subgraph` answers.
    func graph(_ path: TablePath, _ key: Datum) throws {
        let parameters = try parameters()
        guard let over = parameters["over"] else {
            throw Problem.request(
                400, "The route needs `over`: the name of a relation, several with commas between, or what they are as JSON.")
        }
        var options = ["over: \(try Self.relations(over))"]
        if let depth = try parameters.integer("depth", RouteParameter.depths) { options.append("depth: \(depth)") }
        if let limit = try parameters.integer("limit", RouteParameter.nodeCounts) { options.append("limit: \(limit)") }
        if let direction = try parameters.choice("direction", as: Direction.self) { options.append("direction: \"\(direction)\"") }
        if let label = parameters["label"] { options.append("label: \(Datum(label))") }
        if parameters["documents"] == "true" { options.append("documents: true") }
        let found = try run("get(\(key)).subgraph({\(options.joined(separator: ", "))})", on: path)
        guard let nodes = found[field: "nodes"], nodes.count > 0 else {
            throw Problem.request(404, "Table `\(path.database).\(path.table)` has no document with the key `\(key)`.")
        }
        send(found)
    }

    private static func relations(_ text: String) throws -> Datum {
        if text.hasPrefix("{") || text.hasPrefix("[") {
            do { return try Datum(json: text) } catch { throw Problem.request(400, "The parameter `over` is not JSON: \(error.message).") }
        }
        let names = text.split(separator: ",").map { Datum(String($0)) }
        return names.count == 1 ? names[0] : Datum(elements: names)
    }
}
