import Catalog
import Ground

/// CREATE VIEW.
extension Definer {
    /// `CREATE RECURSIVE VIEW v (a, b) AS …` stands for `CREATE VIEW v AS WITH RECURSIVE v (a, b) AS (…) SELECT a, b FROM v`.
    private func recursive(_ view: CreateView) -> Query {
        let name = view.name.parts.last ?? Name("", at: view.position)
        let table = CommonTable(name: name, columns: view.columns, materialization: .unsaid, statement: .query(view.query))
        let items = view.columns.map {
            SelectItem(value: .column(ColumnReference(parts: [$0], position: view.position)), position: view.position)
        }
        return Query(
            with: With(isRecursive: true, tables: [table], position: view.position),
            body: .select(
                Select(items: items, from: [.relation(RelationSource(name: QualifiedName([name])))], position: view.position)),
            position: view.position)
    }

    /// Whether a view is the session's own because its query reads tables that are.
    func readsTemporary(_ view: CreateView) throws(SQLError) -> Bool { try readsTemporary(view.isRecursive ? recursive(view) : view.query) }

    private func readsTemporary(_ query: Query) throws(SQLError) -> Bool {
        let temporary =
            try definitions.tables().filter(\.isTemporary).map(\.config.id) + definitions.views().filter(\.isTemporary).map(\.id)
        guard !temporary.isEmpty else { return false }
        return try !references(Printer.text(query), definitions.searchPath, definitions, isTemporary: true).isDisjoint(with: temporary)
    }

    func create(_ view: CreateView) throws(SQLError) -> StatementResult {
        let inner = Scope(parent: nil, rules: .select)
        let query = view.isRecursive ? recursive(view) : view.query
        let bound = try binder.bind(query, inner, resolvesUnknown: true)
        let check = try checkOption(view)
        if check != nil { try requireUpdatable(query) }
        // A view of temporary tables is temporary itself.
        let persistence = try readsTemporary(query) ? .temporary : view.persistence
        let (schema, key, isTemporary) = try place(view.name, persistence)
        let name = view.name.last
        var columns = bound.columns
        try requireColumnCount(columns.count)
        guard view.columns.count <= columns.count else { throw error("42601", "CREATE VIEW specifies more column names than columns") }
        for (index, column) in view.columns.enumerated() { columns[index].name = column.text }
        var seen: Set<String> = []
        for column in columns where !seen.insert(column.name).inserted {
            throw error("42701", "column \"\(column.name)\" specified more than once")
        }
        for column in columns where column.type.oid == SQLType.record.oid {
            throw error("42P16", "column \"\(column.name)\" has pseudo-type record")
        }
        var id = UUID.random().description
        var defaults: Datum?
        var comment: String?
        var columnComments: Datum?
        var replaced: ViewRelation?
        if let old = try definitions.relation(named: name, schema: schema) {
            guard view.replaces, case .view(let known) = old else {
                if view.replaces { throw error("42809", "\"\(name)\" is not a view") }
                throw error("42P07", "relation \"\(name)\" already exists")
            }
            id = known.id
            replaced = known
            comment = known.comment
            (defaults, columnComments) = (ViewRelation.stored(known.defaults), ViewRelation.stored(known.columnComments))
            guard columns.count >= known.columns.count else { throw error("42P16", "cannot drop columns from view") }
            for (before, after) in zip(known.columns, columns) {
                guard before.name == after.name else {
                    throw error(
                        "42P16", "cannot change name of view column \"\(before.name)\" to \"\(after.name)\"",
                        hint: "Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
                }
                guard before.type == after.type else {
                    throw error(
                        "42P16",
                        "cannot change data type of view column \"\(before.name)\" from \(binder.typeName(before.type)) to "
                            + binder.typeName(after.type))
                }
            }
        }
        let text = qualified(expanded(Printer.text(query), bound), isTemporary: isTemporary)
        let content = Datum.fields([
            ("id", Datum(id)), ("query", Datum(text)), ("path", .strings(pathOfViews)),
            ("check", check.map { Datum($0) }), ("owner", Datum(definitions.actor)),
            ("security_invoker", try invokerOption(view.options).map { Datum($0) }),
            ("defaults", defaults), ("comment", comment.map { Datum($0) }), ("column_comments", columnComments),
            (
                "columns",
                Datum(
                    elements: columns.map {
                        Datum.fields([
                            ("name", Datum($0.name)), ("type", Datum(Int($0.type.oid))), ("modifier", Datum(Int($0.type.modifier))),
                        ])
                    })
            ),
        ])
        try put("view", key, content, isTemporary: isTemporary)
        if let replaced, columns.count > replaced.columns.count {
            let added = Set(columns.dropFirst(replaced.columns.count).map(\.name))
            try keepMeaning(ofReadersOf: .view(replaced), added, since: definitions)
        }
        return done("CREATE VIEW")
    }

    /// The query with the columns that `*` stands for now: those that its tables get later are not the view's.
    func expanded(_ text: String, _ bound: BoundQuery) -> String {
        func read(_ text: String) -> (BoundQuery, [Int: String], SourceText)? {
            guard let script = try? Script(text), case .query(let query)? = script.statements.first?.statement else { return nil }
            let reader = Binder(session, definitions, script.source, ParameterTypes([]))
            reader.stars = [:]
            guard let found = try? reader.bind(query, Scope(parent: nil, rules: .select), resolvesUnknown: true) else { return nil }
            return (found, reader.stars ?? [:], script.source)
        }
        guard let (_, stars, source) = read(text), !stars.isEmpty else { return text }
        var result: [UInt8] = []
        var end = 0
        for (start, columns) in stars.sorted(by: { $0.key < $1.key }) {
            // `a."b".*` from its beginning to its star.
            var isQuoted = false
            var place = start
            while place < source.count, isQuoted || source.bytes[place] != UInt8(ascii: "*") {
                if source.bytes[place] == UInt8(ascii: "\"") { isQuoted.toggle() }
                place += 1
            }
            guard start >= end, place < source.count else { return text }
            result += source.bytes[end..<start]
            result += Array(columns.utf8)
            end = place + 1
        }
        result += source.bytes[end..<source.count]
        let expanded = String(decoding: result, as: UTF8.self)
        // Names that more than one table has may not be told apart without the star.
        guard let (again, rest, _) = read(expanded), rest.isEmpty, again.columns.count == bound.columns.count,
            zip(again.columns, bound.columns).allSatisfy({ $0.name == $1.name && $0.type == $1.type })
        else { return text }
        return expanded
    }

    /// `local` or `cascaded`, from WITH CHECK OPTION or the options.
    private func checkOption(_ view: CreateView) throws(SQLError) -> String? {
        switch view.check {
        case .local: return "local"
        case .cascaded: return "cascaded"
        case .none: break
        }
        return try checkOption(view.options)
    }

    /// Whether whoever reads the view needs the permissions that its query needs; nil if nothing is said.
    func invokerOption(_ options: [Option]) throws(SQLError) -> Bool? {
        guard let option = options.last(where: { $0.name.text == "security_invoker" }) else { return nil }
        return switch option.value {
        case .number(let digit): digit == "1"
        case .word(let word), .string(let word): SessionSettings.flag(word)
        default: true
        }
    }

    /// Throws `22023` for options that views don't have.
    func checkOption(_ options: [Option]) throws(SQLError) -> String? {
        for option in options {
            if ["security_barrier", "security_invoker"].contains(option.name.text) {
                switch option.value {
                case .none, .number("0"), .number("1"): continue
                case .word(let word), .string(let word): if SessionSettings.flag(word) != nil { continue }
                default: break
                }
                throw error("22023", "invalid value for boolean option \"\(option.name.text)\"")
            }
            guard option.name.text == "check_option" else { throw error("22023", "unrecognized parameter \"\(option.name.text)\"") }
            switch option.value {
            case .word(let word), .string(let word):
                let word = word.lowercased()
                guard word == "local" || word == "cascaded" else {
                    throw error("22023", "invalid value for enum option \"check_option\": \(word)")
                }
                return word
            default: throw error("22023", "invalid value for enum option \"check_option\"")
            }
        }
        return nil
    }

    /// WITH CHECK OPTION is for views that can be written.
    func requireUpdatable(_ query: Query) throws(SQLError) {
        let content = Datum.fields([("id", "view"), ("query", Datum(Printer.text(query))), ("columns", Datum(elements: []))])
        if try binder.writableColumns(of: ViewRelation("view", content, isTemporary: true)) == nil {
            throw SQLError(.featureNotSupported, "WITH CHECK OPTION is supported only on automatically updatable views")
        }
    }
}
