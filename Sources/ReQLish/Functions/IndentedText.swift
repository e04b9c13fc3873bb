import Catalog

// How values stand in what clients take apart: `info`, and the messages of row errors. The form is RethinkDB's.
extension Datum {
    /// JSON over several lines, indented by tabs.
    func indented(by depth: Int = 0) -> String {
        if kind == .time || kind == .binary, let object = try? Datum(json: description, options: JSONOptions(pseudoTypes: false)) {
            return object.indented(by: depth)
        }
        let isObject = kind == .object
        guard count > 0, isObject || kind == .array else { return description }
        let indent = String(repeating: "\t", count: depth + 1)
        let lines = (0..<count).map { position in
            indent + (isObject ? Datum(key(at: position)).description + ":\t" : "") + self[position].indented(by: depth + 1)
        }
        return (isObject ? "{\n" : "[\n") + lines.joined(separator: ",\n") + "\n" + indent.dropLast() + (isObject ? "}" : "]")
    }

    /// The value for a message about a row: all of it, indented, unless it is large.
    var shownInFull: String { approximateJSONByteCount <= 4096 ? indented() : shortText }
}
