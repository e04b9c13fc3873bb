/// The top-level fields that indexes are of, as far as they are of fields and nothing else: one, or several as an array.
///
/// A stored function is read once for all of a query.
package final class IndexFields {
    package struct Fields {
        package let names: [String]
        /// Whether the values that stand in the index are arrays of the fields' values.
        package let isCompound: Bool
    }

    package init() {}

    private var known: [String: Fields?] = [:]

    /// Nil for an index of anything else, for one with several entries or none for a document, and for one that isn't ready.
    package func fields(of index: IndexConfig) -> Fields? {
        guard index.isReady, !index.isMulti, !index.isGeo else { return nil }
        switch index.source {
        case .field(let name): return Fields(names: [name], isCompound: false)
        case .function(let text):
            if let fields = known[index.id] { return fields }
            let fields = Self.read(text)
            known[index.id] = .some(fields)
            return fields
        // Those without a value have entries, too: what goes by fields doesn't expect them.
        case .columns, .text, .unknown: return nil
        }
    }

    /// The index of some fields: of one its values, of several arrays of these.
    package static func source(_ names: [String]) -> IndexConfig.Source {
        if names.count == 1 { return .field(names[0]) }
        return .function(function("[2,[\(names.map { get("[10,[1]]", $0) }.joined(separator: ","))]]"))
    }

    /// `row => body`, as JSON.
    static func function(_ body: String) -> String { "[69,[[2,[1]],\(body)]]" }

    /// `value(name)`, as JSON.
    static func get(_ value: String, _ name: String) -> String { "[170,[\(value),\(Datum(name))]]" }

    /// `row => row("a")`, `row => [row("a"), row("b")]`.
    static func read(_ text: String) -> Fields? {
        guard let tree = try? TermTree(json: Array(text.utf8).span), let body = tree.root.body, let row = tree.root.parameters?.first else {
            return nil
        }
        if let name = field(body, of: row) { return Fields(names: [name], isCompound: false) }
        guard body.type == .makeArray, body.argumentCount > 0 else { return nil }
        var names: [String] = []
        for element in body.arguments {
            guard let name = field(element, of: row) else { return nil }
            names.append(name)
        }
        return Fields(names: names, isCompound: true)
    }

    /// The name, if the term gets a field of the function's row, whether that is written as `row` or as `r.row`.
    private static func field(_ term: Term, of row: Int) -> String? {
        guard term.type == .getField || term.type == .bracket, term.argumentCount == 2,
            term.argument(0).variableID == row || term.argument(0).type == .implicitVariable, term.argument(1).type == .datum
        else { return nil }
        return term.argument(1).datum.string
    }
}
