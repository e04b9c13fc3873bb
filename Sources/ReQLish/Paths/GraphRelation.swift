/// A relation: what its edges are, and which tables have the documents at both ends.
struct GraphRelation {
    enum Edges {
        /// A field of the documents where edges begin has the keys of those where they end.
        case field(FieldWay)
        /// Each edge is a document of a table, with both ends in fields.
        case documents(TableReference, from: String, to: String)
    }

    /// What edges are called by in answers.
    let name: String
    let edges: Edges
    /// The tables of both ends; nil: keys are nodes by themselves.
    let from: TableReference?
    let to: TableReference?
    /// The fields of an edge's document that say what kind of edge it is, and how long.
    var kind: String?
    var weight: String?
    /// Whether it is meant the other way round.
    var isReversed = false

    /// The table whose documents the edges are, or have them in a field.
    var table: TableReference? {
        switch edges {
        case .field: from
        case .documents(let table, _, _): table
        }
    }
}

/// The way to a field with keys: `author`, `friends`, `reviews[].user`.
struct FieldWay {
    let names: [String]

    /// Nil if the text is no way.
    init?(_ text: String) {
        names = text.split(separator: ".", omittingEmptySubsequences: false).map {
            $0.hasSuffix("[]") ? String($0.dropLast(2)) : String($0)
        }
        if names.contains("") { return nil }
    }

    var text: String { names.joined(separator: ".") }

    /// The query that gets the field of a document, as the term of an index has it.
    var query: String { "r.row" + names.map { "(\(Datum($0)))" }.joined() }

    /// The keys that a document has there: of an array each element, as a multi index has them.
    func keys(of document: Datum) -> [Datum] {
        var value = document
        for name in names {
            if value.kind == .array {
                var elements: [Datum] = []
                for element in value.elements {
                    guard element.kind == .object else { return [] }
                    if let found = element[field: name] { elements.append(found) }
                }
                value = Datum(elements: elements)
            } else {
                guard value.kind == .object, let found = value[field: name] else { return [] }
                value = found
            }
        }
        return value.kind == .array ? Array(value.elements) : [value]
    }

    /// Whether an index has the values that ``keys(of:)`` answers, for every document.
    func isIndexed(by index: IndexConfig) -> Bool {
        guard index.isReady, !index.isGeo else { return false }
        switch index.source {
        case .field(let name): return names.count == 1 && names[0].utf8.elementsEqual(name.utf8)
        case .function(let text): return IndexFields.way(text) == names
        case .columns(let columns, let keyParts): return keyParts == 0 && columns == names
        case .text, .unknown: return false
        }
    }
}

extension IndexFields {
    /// The names in `row => row("a")("b")`; nil for any other function.
    fileprivate static func way(_ text: String) -> [String]? {
        guard let tree = try? TermTree(json: Array(text.utf8).span), let body = tree.root.body, let row = tree.root.parameters?.first else {
            return nil
        }
        var names: [String] = []
        var term = body
        while term.type == .getField || term.type == .bracket {
            guard term.argumentCount == 2, let name = term.argument(1).type == .datum ? term.argument(1).datum.string : nil else {
                return nil
            }
            names.append(name)
            term = term.argument(0)
        }
        guard !names.isEmpty, term.variableID == row || term.type == .implicitVariable else { return nil }
        return names.reversed()
    }
}
