import Catalog

// The texts of views and declarations in which something has got another name: what a name means there is found by binding, so that nothing
// else is renamed which is called alike.
extension Definer {
    /// A view, or a materialized one, and its query as it is written after a RENAME.
    struct RenamedQuery {
        let dependent: Dependent
        let before: String
        let after: String
        /// Whether a text in it names what has another name now, which the query doesn't mean any more where it is read.
        var namesInText = false
    }

    /// The queries with another name for a column of a relation, which is the one of that id.
    func renamed(_ column: String, to newName: String, of id: String, _ dependents: [Dependent]) throws(SQLError) -> [RenamedQuery] {
        try renamed(dependents) { text, look in
            var edits: [Int: String] = [:]
            var names: [Int: String] = [:]
            var unlabelled: [Int: String] = [:]
            let definitions = self.definitions
            let depth = definitions.viewDepth
            let oid = ObjectNumbers.of(id)
            definitions.noteColumn = { name, found, relation in
                guard definitions.viewDepth == depth, relation == oid, found == column else { return }
                edits[name.position.offset] = Quoting.identifier(newName)
                names[name.position.offset] = name.text
            }
            definitions.noteUnlabelled = { if definitions.viewDepth == depth { unlabelled[$0] = $1 } }
            defer { (definitions.noteColumn, definitions.noteUnlabelled) = (nil, nil) }
            look()
            // What is called like its column goes on being called so.
            if !edits.isEmpty {
                for (start, item) in Self.ends(ofItems: Set(unlabelled.keys), in: text) {
                    guard let name = unlabelled[start],
                        names.contains(where: { (start...item.start).contains($0.key) && $0.value == name })
                    else { continue }
                    edits[item.start] = (edits[item.start] ?? item.word) + " AS " + Quoting.identifier(name)
                }
            }
            return (Self.edited(text, edits), false)
        }
    }

    /// The queries with another name for a relation. Where it has no alias, its old name becomes one.
    func renamed(_ id: String, to newSchema: String, _ newName: String, _ dependents: [Dependent]) throws(SQLError) -> [RenamedQuery] {
        try renamed(dependents) { text, look in
            var edits: [Int: String] = [:]
            let definitions = self.definitions
            let depth = definitions.viewDepth
            let written = newSchema == "pg_temp" ? Quoting.identifier(newName) : SequenceNames.qualified(newSchema, newName)
            definitions.noteSource = { source, relation in
                guard definitions.viewDepth == depth, Self.id(of: relation) == id else { return }
                for part in source.name.parts.dropLast() { edits[part.position.offset] = "" }
                guard let last = source.name.parts.last else { return }
                edits[last.position.offset] = written + (source.alias == nil ? " AS " + Quoting.identifier(last.text) : "")
            }
            var namesInText = false
            definitions.noteNamed = { offset, name, relation in
                guard definitions.viewDepth == depth, Self.id(of: relation) == id else { return }
                let isPlain = newSchema == Self.schema(of: relation) && !name.contains(".")
                edits[offset] = Quoting.literal(isPlain ? Quoting.identifier(newName) : written)
                namesInText = true
            }
            defer { (definitions.noteSource, definitions.noteNamed) = (nil, nil) }
            look()
            return (Self.edited(text, edits), namesInText)
        }
    }

    /// The last words of the columns of results that begin at these places, by the places.
    private static func ends(ofItems starts: Set<Int>, in text: String) -> [Int: (start: Int, word: String)] {
        guard var parser = try? Parser(SourceText(text)) else { return [:] }
        let stops: Set<String> = [
            ",", ";", "from", "into", "where", "group", "having", "window", "union", "intersect", "except", "order", "limit", "offset",
            "fetch", "for",
        ]
        var words: [(start: Int, word: String, isName: Bool)] = []
        while !parser.at(.endOfInput) {
            let word = String(decoding: parser.source.bytes[parser.token.range], as: UTF8.self)
            words.append((parser.token.start, word, words.last?.word == "."))
            guard (try? parser.advance()) != nil else { return [:] }
        }
        var ends: [Int: (start: Int, word: String)] = [:]
        for first in words.indices where starts.contains(words[first].start) {
            var depth = 0
            var last = first
            items: for place in first..<words.count {
                // Behind a point a word is a name.
                switch words[place].isName ? "" : words[place].word.lowercased() {
                case "(", "[", "case": depth += 1
                case ")", "]", "end":
                    if depth == 0 { break items }
                    depth -= 1
                case let word: if depth == 0, stops.contains(word) { break items }
                }
                last = place
            }
            ends[words[first].start] = (words[last].start, words[last].word)
        }
        return ends
    }

    private func renamed(
        _ dependents: [Dependent], _ edit: (String, () -> Void) throws(SQLError) -> (text: String, namesInText: Bool)
    ) throws(SQLError) -> [RenamedQuery] {
        var all: [RenamedQuery] = []
        for dependent in dependents {
            guard let (text, path, isTemporary) = Self.query(of: dependent), let (tree, source) = Self.read(text) else { continue }
            let (after, namesInText) = try edit(text) {
                let binder = Binder(session, definitions, source, ParameterTypes([]))
                let scope = Scope(parent: nil, rules: .select)
                bindQuietly(tree, path, binder, scope, definitions, isTemporary: isTemporary) { _ in }
            }
            all.append(RenamedQuery(dependent: dependent, before: text, after: after, namesInText: namesInText))
        }
        return all
    }

    /// Stores the queries, once what they read has its new name. What is written shortly is preferred, where it means the same.
    /// - Parameters:
    ///   - names: the new names.
    ///   - short: how a query could be written; nil where that says too little.
    func store(
        _ queries: [RenamedQuery], _ what: String, _ names: NewNames, short: ((String) -> String)? = nil
    ) throws(SQLError) {
        // One may read another: what they mean is looked at once all can be read again.
        for query in queries where query.after != query.before { try rewriteViews([query.dependent]) { _ in query.after } }
        var left = queries.filter { !$0.namesInText }
        while !left.isEmpty {
            let fresh = try refreshed()
            var later: [RenamedQuery] = []
            for query in left {
                let meant = meaning(query.before, of: query.dependent, definitions)
                let holds = { (text: String) in meant == nil || self.meaning(text, of: query.dependent, fresh) == meant }
                // One that reads it by way of another has no name of it.
                let isApart = meant != nil && query.after == query.before
                let candidates = isApart ? [query.after] : [short?(query.before), query.after].compactMap { $0 }
                let text =
                    candidates.first(where: holds) ?? pinned(query.before, of: query.dependent, names, before: definitions, fresh)
                guard let text else {
                    later.append(query)
                    continue
                }
                if text != query.after { try rewriteViews([query.dependent]) { _ in text } }
            }
            // One that reads another can be read again once that one can.
            guard later.count < left.count else {
                throw SQLError(
                    .featureNotSupported, "cannot rename \(what) because \(shown(later[0].dependent)) depends on its name",
                    hint: "Drop it, and make it again with the new name.")
            }
            left = later
        }
    }

    static func query(of dependent: Dependent) -> (text: String, path: [String]?, isTemporary: Bool)? {
        switch dependent {
        case .view(let view): (view.query, view.path, view.isTemporary)
        case .table(let table): table.declaration.query.map { ($0, table.declaration.queryPath, false) }
        }
    }

    static func read(_ text: String) -> (Query, SourceText)? {
        guard let script = try? Script(text), case .query(let tree)? = script.statements.first?.statement else { return nil }
        return (tree, script.source)
    }

    private static func schema(of relation: Relation) -> String? {
        switch relation {
        case .table(let table): table.schema
        case .view(let view): view.schema
        default: nil
        }
    }

    static func id(of relation: Relation?) -> String? {
        switch relation {
        case .table(let table)?: table.config.id
        case .view(let view)?: view.id
        default: nil
        }
    }

    /// An expression of a table's declaration with another name for a column of it.
    func renamed(_ column: String, to newName: String, in text: String, of table: TableRelation) -> String {
        var edits: [Int: String] = [:]
        definitions.noteColumn = { name, found, _ in
            if found == column { edits[name.position.offset] = Quoting.identifier(newName) }
        }
        defer { definitions.noteColumn = nil }
        guard (try? TableRules.bind(text, table, .index, binder)) != nil else { return ColumnRenamer(from: column, to: newName).text(text) }
        return Self.edited(text, edits)
    }

    /// The text with other words in place of those that begin at some offsets. Where the word is none, the point behind it goes too.
    static func edited(_ text: String, _ edits: [Int: String]) -> String {
        guard !edits.isEmpty, var parser = try? Parser(SourceText(text)) else { return text }
        var result: [UInt8] = []
        var end = 0
        var skipsPoint = false
        while !parser.at(.endOfInput) {
            let token = parser.token
            if skipsPoint, token.kind == .dot {
                end = token.end
            } else if let edit = edits[token.start] {
                result += parser.source.bytes[end..<token.start]
                result += Array(edit.utf8)
                end = token.end
            }
            skipsPoint = edits[token.start] == ""
            guard (try? parser.advance()) != nil else { return text }
        }
        result += parser.source.bytes[end..<parser.source.count]
        return String(decoding: result, as: UTF8.self)
    }
}
