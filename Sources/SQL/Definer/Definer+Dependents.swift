import Catalog

/// Views and materialized views by what they read.
extension Definer {
    enum Dependent {
        case view(ViewRelation)
        case table(TableRelation)

        var id: String {
            switch self {
            case .view(let view): view.id
            case .table(let table): table.config.id
            }
        }
    }

    struct Reader {
        let dependent: Dependent
        /// What it reads, and goes with.
        let source: Dependent
    }

    /// `2BP01`, with what depends on the object that should be dropped: a line for each.
    func stillNeeded(_ object: String, _ lines: [String]) -> SQLError {
        let shown = doomed.count > 1 ? "desired object(s)" : object
        return error(
            "2BP01", "cannot drop \(shown) because other objects depend on \(doomed.count > 1 ? "them" : "it")",
            detail: lines.joined(separator: "\n"),
            hint: "Use DROP ... CASCADE to drop the dependent objects too.")
    }

    func shown(_ relation: Dependent) -> String {
        switch relation {
        case .view(let view): "view \(shown(view.schema, view.name))"
        case .table(let table): "\(table.isMaterialized ? "materialized view" : "table") \(shown(table.schema, table.name))"
        }
    }

    /// A name as it has to be written to be found.
    func shown(_ schema: String, _ name: String) -> String {
        let isFound = (try? definitions.isFirst(name, ofSchema: schema)) ?? true
        return (isFound ? "" : Quoting.identifier(schema) + ".") + Quoting.identifier(name)
    }

    /// What reads a table or view, by itself or by others: each behind the one that it depends on.
    func readers(of relation: Dependent, _ definitions: Definitions) throws(SQLError) -> [Reader] {
        var all: [Dependent] = []
        var seen: Set<String> = [relation.id]
        var waiting = [relation]
        /// For each the others that it reads.
        var read: [String: [Dependent]] = [:]
        // Each query is bound once, however many read one another.
        let readings = try readings(definitions)
        while let next = waiting.popLast() {
            for (dependent, ids) in readings where ids.contains(next.id) {
                read[dependent.id, default: []].append(next)
                guard seen.insert(dependent.id).inserted else { continue }
                all.append(dependent)
                waiting.append(dependent)
            }
        }
        var below: [String: [Reader]] = [:]
        for dependent in all {
            // What is read by another view is read by the one above it, too.
            let nearest = read[dependent.id]?.max { read[$0.id]?.count ?? 0 < read[$1.id]?.count ?? 0 } ?? relation
            below[nearest.id, default: []].append(Reader(dependent: dependent, source: nearest))
        }
        var readers: [Reader] = []
        var next = below[relation.id]?.reversed() ?? []
        while let reader = next.popLast() {
            readers.append(reader)
            next += below[reader.dependent.id]?.reversed() ?? []
        }
        return readers
    }

    func shownConstraints(of table: TableRelation, where isWanted: (Declaration.Constraint) -> Bool) -> [String] {
        table.declaration.constraints.filter(isWanted).map { "constraint \($0.name) on \(shown(.table(table)))" }
    }

    /// Says what CASCADE took along, and of very many only how many they are.
    func tellCascades() {
        var told: Set<String> = []
        let lines = cascaded.filter { told.insert($0).inserted }.map { "drop cascades to \($0)" }
        cascaded = []
        guard lines.count > 1 else {
            if let line = lines.first { session.notice(line) }
            return
        }
        let most = 100
        let rest = lines.count - most
        let detail = lines.prefix(most) + (rest > 0 ? ["and \(rest) other object\(rest == 1 ? "" : "s")"] : [])
        session.tell(
            SQLNotice(
                severity: .notice, state: SQLState(rawValue: "00000"), message: "drop cascades to \(lines.count) other objects",
                detail: detail.joined(separator: "\n")))
    }

    /// Lines of a detail, but for what is dropped as well.
    func lines(_ readers: [Reader]) -> [String] {
        readers.filter { !doomed.contains($0.dependent.id) }.map { "\(shown($0.dependent)) depends on \(shown($0.source))" }
    }

    /// Views, and materialized ones, whose query reads a table or view.
    func dependents(of id: String, _ definitions: Definitions) throws(SQLError) -> [Dependent] {
        try dependents(ofAny: [id], definitions)
    }

    func dependents(ofAny ids: Set<String>, _ definitions: Definitions) throws(SQLError) -> [Dependent] {
        guard !ids.isEmpty else { return [] }
        return try readings(definitions).filter { !$0.read.isDisjoint(with: ids) }.map(\.dependent)
    }

    /// Views, and materialized ones, with the ids of what their queries read.
    /// - Parameter isWanted: told the text of a query, which is bound only if this says so.
    func readings(
        _ definitions: Definitions, where isWanted: (String) -> Bool = { _ in true }
    ) throws(SQLError) -> [(dependent: Dependent, read: Set<String>)] {
        var found: [(dependent: Dependent, read: Set<String>)] = []
        for view in try definitions.views() where isWanted(view.query) {
            found.append((.view(view), try references(view.query, view.path, definitions, isTemporary: view.isTemporary)))
        }
        for table in try definitions.tables() {
            guard let query = table.declaration.query, isWanted(query) else { continue }
            found.append((.table(table), try references(query, table.declaration.queryPath, definitions)))
        }
        return found
    }

    /// The ids of what a query's FROM names.
    /// - Parameter isTemporary: whether it may name the session's own tables.
    func references(
        _ query: String, _ path: [String]?, _ definitions: Definitions, isTemporary: Bool = false
    ) throws(SQLError) -> Set<String> {
        guard let script = try? Script(query), case .query(let tree)? = script.statements.first?.statement else { return [] }
        var ids: Set<String> = []
        let binder = Binder(session, definitions, script.source, ParameterTypes([]))
        let scope = Scope(parent: nil, rules: .select)
        bindQuietly(tree, path, binder, scope, definitions, isTemporary: isTemporary) { ids.insert($0) }
        return ids
    }

    /// What a query names itself, not by way of other views: ids, with the numbers of the columns that it uses.
    func columnsRead(by query: String, _ path: [String]?, _ definitions: Definitions) throws(SQLError) -> [String: Set<Int>] {
        guard let script = try? Script(query), case .query(let tree)? = script.statements.first?.statement else { return [:] }
        var columns: [String: Set<Int>] = [:]
        var entries: [RangeEntry] = []
        let depth = definitions.viewDepth
        definitions.noteEntry = { entry in if definitions.viewDepth == depth { entries.append(entry) } }
        defer { definitions.noteEntry = nil }
        let binder = Binder(session, definitions, script.source, ParameterTypes([]))
        bindQuietly(tree, path, binder, Scope(parent: nil, rules: .select), definitions, isTemporary: true) { id in
            if definitions.viewDepth == depth, columns[id] == nil { columns[id] = [] }
        }
        return columns.merging(Self.columns(of: entries)) { $1 }
    }

    /// The columns that are used of tables and views in FROM, by the ids of these: their numbers.
    static func columns(of entries: [RangeEntry]) -> [String: Set<Int>] {
        var columns: [String: Set<Int>] = [:]
        for entry in entries {
            let id: String
            let numbers: [Int]
            switch (entry.source, entry.relation) {
            case (.table(let table), _): (id, numbers) = (table.config.id, table.declaration.columns.map(\.number))
            case (.query, .view(let view)?): (id, numbers) = (view.id, view.columns.indices.map { $0 + 1 })
            default: continue
            }
            for (index, number) in numbers.enumerated() where entry.positionIfUsed(index) != nil { columns[id, default: []].insert(number) }
        }
        return columns
    }

    func bindQuietly(
        _ query: Query, _ path: [String]?, _ binder: Binder, _ scope: Scope, _ definitions: Definitions, isTemporary: Bool,
        _ note: @escaping (String) -> Void, _ use: (BoundQuery) -> Void = { _ in }
    ) {
        let before = definitions.viewPath
        definitions.viewPath = path
        definitions.hidesTemporary = !isTemporary
        definitions.noteRelation = note
        definitions.asksPermissions = false
        if let bound = try? binder.bind(query, scope, resolvesUnknown: true) { use(bound) }
        definitions.asksPermissions = true
        definitions.noteRelation = nil
        definitions.viewPath = before
        definitions.hidesTemporary = false
    }

    /// Views, and materialized ones, whose query has columns of a table only because it groups by the table's primary key.
    func dependents(ofKeyOf table: TableRelation, _ definitions: Definitions) throws(SQLError) -> [Dependent] {
        var used = false
        definitions.noteKey = { if $0.config.id == table.config.id { used = true } }
        defer { definitions.noteKey = nil }
        func needsKey(_ query: String?, _ path: [String]?, isTemporary: Bool = false) throws(SQLError) -> Bool {
            guard let query else { return false }
            used = false
            _ = try references(query, path, definitions, isTemporary: isTemporary)
            return used
        }
        var found: [Dependent] = []
        for view in try definitions.views()
        where try needsKey(view.query, view.path, isTemporary: view.isTemporary) { found.append(.view(view)) }
        for other in try definitions.tables() where try needsKey(other.declaration.query, other.declaration.queryPath) {
            found.append(.table(other))
        }
        return found
    }

    /// Whether a query reads a column of a table: the one of that index.
    func reads(
        _ query: String, _ path: [String]?, _ table: TableRelation, column: Int, _ definitions: Definitions, isTemporary: Bool = false
    ) -> Bool {
        guard let script = try? Script(query), case .query(let tree)? = script.statements.first?.statement else { return false }
        var entries: [RangeEntry] = []
        definitions.noteEntry = { entries.append($0) }
        defer { definitions.noteEntry = nil }
        let binder = Binder(session, definitions, script.source, ParameterTypes([]))
        bindQuietly(tree, path, binder, Scope(parent: nil, rules: .select), definitions, isTemporary: isTemporary) { _ in }
        return entries.contains { entry in
            guard case .table(let read) = entry.source, read.config.id == table.config.id else { return false }
            return entry.positionIfUsed(column) != nil
        }
    }
}
