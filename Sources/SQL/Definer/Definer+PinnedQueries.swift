import Catalog

// Queries of views that would mean something else than before, as another column has the name that they use. What they read is written as a
// query of its own then, which names the columns: `(SELECT key AS id, x FROM public.t) AS t`.
extension Definer {
    /// What a query makes, and of what.
    struct Meaning: Equatable {
        /// The types of its columns.
        let types: [String]
        /// The relations that it reads, and of those that it names itself the columns that it uses.
        let read: Set<String>
        let used: [String: Set<Int>]
    }

    /// How a relation, and some of its columns, are called from now on.
    struct NewNames {
        let id: String
        let schema: String
        let name: String
        var columns: [String: String] = [:]
    }

    /// Nil if the query can't be bound.
    func meaning(_ text: String, of dependent: Dependent, _ definitions: Definitions) -> Meaning? {
        guard let (_, path, isTemporary) = Self.query(of: dependent), let (tree, source) = Self.read(text) else { return nil }
        var types: [String]?
        var read: Set<String> = []
        var entries: [RangeEntry] = []
        let depth = definitions.viewDepth
        definitions.noteEntry = { entry in if definitions.viewDepth == depth { entries.append(entry) } }
        defer { definitions.noteEntry = nil }
        let binder = Binder(session, definitions, source, ParameterTypes([]))
        let scope = Scope(parent: nil, rules: .select)
        bindQuietly(tree, path, binder, scope, definitions, isTemporary: isTemporary, { read.insert($0) }) { bound in
            types = bound.columns.map { "\($0.type.oid) \($0.type.modifier)" }
        }
        return types.map { Meaning(types: $0, read: read, used: Self.columns(of: entries)) }
    }

    /// The query with the columns of a relation written in full, if it means then what it has meant.
    /// - Parameters:
    ///   - before: what has the old names.
    ///   - fresh: what has the new ones.
    func pinned(
        _ text: String, of dependent: Dependent, _ names: NewNames, before: Definitions, _ fresh: Definitions
    ) -> String? {
        guard let meant = meaning(text, of: dependent, before) else { return nil }
        if let some = written(text, of: dependent, names, meant, before, all: false), meaning(some, of: dependent, fresh) == meant {
            return some
        }
        // Where columns are counted, by the names behind an alias, those between count too.
        guard let all = written(text, of: dependent, names, meant, before, all: true), let now = meaning(all, of: dependent, fresh),
            now.types == meant.types, now.read == meant.read
        else { return nil }
        return all
    }

    /// - Parameter all: whether all columns that there were are written, or those that the query uses.
    private func written(
        _ text: String, of dependent: Dependent, _ names: NewNames, _ meant: Meaning, _ definitions: Definitions, all: Bool
    ) -> String? {
        guard let (_, path, isTemporary) = Self.query(of: dependent), let (tree, source) = Self.read(text) else { return nil }
        let used = meant.used[names.id] ?? []
        var sources: [RelationSource] = []
        var columns: [(number: Int, name: String)] = []
        let depth = definitions.viewDepth
        definitions.noteSource = { source, relation in
            guard definitions.viewDepth == depth, Self.id(of: relation) == names.id else { return }
            sources.append(source)
            columns = Self.columns(of: relation)
        }
        defer { definitions.noteSource = nil }
        let binder = Binder(session, definitions, source, ParameterTypes([]))
        bindQuietly(tree, path, binder, Scope(parent: nil, rules: .select), definitions, isTemporary: isTemporary) { _ in }
        guard !sources.isEmpty, sources.allSatisfy({ !$0.isOnly && $0.sample == nil && $0.cells == nil }) else { return nil }
        let items = columns.filter { all || used.contains($0.number) }.map { column in
            guard let name = names.columns[column.name], name != column.name else { return Quoting.identifier(column.name) }
            return Quoting.identifier(name) + " AS " + Quoting.identifier(column.name)
        }
        let written = names.schema == "pg_temp" ? Quoting.identifier(names.name) : SequenceNames.qualified(names.schema, names.name)
        var edits: [Int: String] = [:]
        for source in sources {
            for part in source.name.parts.dropLast() { edits[part.position.offset] = "" }
            guard let last = source.name.parts.last else { return nil }
            let alias = source.alias == nil ? " AS " + Quoting.identifier(last.text) : ""
            edits[last.position.offset] = "(SELECT \(items.joined(separator: ", ")) FROM \(written))" + alias
        }
        return Self.edited(text, edits)
    }

    private static func columns(of relation: Relation) -> [(number: Int, name: String)] {
        switch relation {
        case .table(let table): table.declaration.columns.map { ($0.number, $0.name) }
        case .view(let view): view.columns.enumerated().map { ($0 + 1, $1.name) }
        default: []
        }
    }

    /// Has views go on reading what they read, though a relation has got some more columns.
    /// - Parameter before: what was declared before, in which the views mean what they meant.
    func keepMeaning(ofReadersOf relation: Dependent, _ added: Set<String>, since before: Definitions) throws(SQLError) {
        let names =
            switch relation {
            case .table(let table): NewNames(id: table.config.id, schema: table.schema, name: table.name)
            case .view(let view): NewNames(id: view.id, schema: view.schema, name: view.name)
            }
        let known =
            switch relation {
            case .table(let table): Set(Self.columns(of: .table(table)).map(\.number))
            case .view(let view): Set(Self.columns(of: .view(view)).map(\.number))
            }
        // Most queries are seen not to mind by their words, without binding them.
        let minding = try readings(before, where: { Self.mayMind($0, added) })
        var left = minding.filter { $0.read.contains(names.id) }.map(\.dependent)
        while !left.isEmpty {
            let fresh = try refreshed()
            var later: [Dependent] = []
            for dependent in left {
                guard let text = Self.query(of: dependent)?.text, let meant = meaning(text, of: dependent, before) else { continue }
                let now = meaning(text, of: dependent, fresh)
                if now == meant { continue }
                // A whole row has the new columns, too.
                var isLarger = false
                if let now, now.types == meant.types {
                    let used = now.used.merging([names.id: now.used[names.id]?.intersection(known) ?? []]) { $1 }
                    isLarger = used.filter { !$0.value.isEmpty } == meant.used.filter { !$0.value.isEmpty }
                }
                if isLarger, !Self.mayName(text, added) { continue }
                if let full = pinned(text, of: dependent, names, before: before, fresh) {
                    try rewriteViews([dependent]) { _ in full }
                } else if !isLarger {
                    later.append(dependent)
                }
            }
            // One that reads another can be read again once that one can.
            guard later.count < left.count else {
                throw SQLError(
                    .featureNotSupported,
                    "\(shown(relation)) cannot have a column \(added.sorted().joined(separator: ", ")) because \(shown(later[0])) uses the name",
                    hint: "Drop it, and make it again when the column is there.")
            }
            left = later
        }
    }

    /// Whether a query has one of the names in it, or a word that stands for names.
    private static func mayName(_ text: String, _ names: Set<String>) -> Bool {
        guard var parser = try? Parser(SourceText(text)) else { return true }
        let folded = Set(names.map { $0.lowercased().replacing("\"", with: "") } + ["natural"])
        while !parser.at(.endOfInput) {
            let word = String(decoding: parser.source.bytes[parser.token.range], as: UTF8.self)
            if folded.contains(word.replacing("\"", with: "").lowercased()) { return true }
            guard (try? parser.advance()) != nil else { return true }
        }
        return false
    }

    /// Whether a query could mean something else once there are columns of these names: it has one of them in it, a star that was left there, or
    /// an alias by which columns are counted.
    static func mayMind(_ text: String, _ names: Set<String>) -> Bool {
        if mayName(text, names) { return true }
        guard var parser = try? Parser(SourceText(text)) else { return true }
        var (last, secondLast) = ("", "")
        while !parser.at(.endOfInput) {
            let word = String(decoding: parser.source.bytes[parser.token.range], as: UTF8.self).lowercased()
            switch word {
            case "table": return true
            // Not that of count(*).
            case "*": if last != "(" { return true }
            // `AS x (`
            case "(": if secondLast == "as" { return true }
            default: break
            }
            (secondLast, last) = (last, word)
            guard (try? parser.advance()) != nil else { return true }
        }
        return false
    }

    /// The query of a new view, in which tables, types and sequences have their schema where others of their name may come before them: for a
    /// temporary view those are the session's own.
    func qualified(_ text: String, isTemporary: Bool = false) -> String {
        guard let (tree, source) = Self.read(text) else { return text }
        let definitions = definitions
        let first = isTemporary ? nil : definitions.searchPath.first { definitions.hasSchema($0) }
        var edits: [Int: String] = [:]
        for place in SequenceNames.places(in: text) where place.name.parts.count == 1 {
            guard case .sequence(let found)? = try? definitions.relation(place.name), found.schema != first, !found.isTemporary else {
                continue
            }
            edits[place.range.lowerBound] = Quoting.literal(SequenceNames.qualified(found.schema, found.name))
        }
        let depth = definitions.viewDepth
        definitions.noteSource = { source, relation in
            guard definitions.viewDepth == depth, source.name.parts.count == 1, let last = source.name.parts.first else { return }
            let (schema, name): (String, String)
            switch relation {
            case .table(let table): (schema, name) = (table.schema, table.name)
            case .view(let view): (schema, name) = (view.schema, view.name)
            default: return
            }
            guard schema != "pg_temp", schema != first else { return }
            edits[last.position.offset] = SequenceNames.qualified(schema, name)
        }
        definitions.noteTypeName = { name, oid in
            guard definitions.viewDepth == depth, name.parts.count == 1, let type = definitions.type(oid), type.schema != first else {
                return
            }
            guard case .array = type.kind else {
                edits[name.position.offset] = SequenceNames.qualified(type.schema, type.name)
                return
            }
        }
        defer { (definitions.noteSource, definitions.noteTypeName) = (nil, nil) }
        definitions.asksPermissions = false
        defer { definitions.asksPermissions = true }
        let reader = Binder(session, definitions, source, ParameterTypes([]))
        _ = try? reader.bind(tree, Scope(parent: nil, rules: .select), resolvesUnknown: true)
        return Self.edited(text, edits)
    }

    /// The schemas in which the query of a new view looks for names: one that is made later is none of them.
    var pathOfViews: [String] { definitions.searchPath.filter { definitions.hasSchema($0) } }
}
