import Catalog
import Ground
import ReQLish

/// Schemas, and DROP of what is no relation.
extension Definer {
    func create(_ schema: CreateSchema) throws(SQLError) -> StatementResult {
        let owner = try schema.owner.map { (owner) throws(SQLError) in try existing(owner) }
        let name = schema.name?.text ?? owner ?? session.user
        try checkName(name)
        if name.hasPrefix("pg_") { throw error("42939", "unacceptable schema name \"\(name)\"") }
        if definitions.hasSchema(name) {
            guard schema.ifNotExists else { throw error("42P06", "schema \"\(name)\" already exists") }
            session.notice("schema \"\(name)\" already exists, skipping", .notice, "42P06")
            return skipped("CREATE SCHEMA")
        }
        for case .createView(let view) in schema.elements where view.persistence == .temporary {
            throw error("42P16", "cannot create temporary relation in non-temporary schema", at: view.name.position)
        }
        for case .createTable(let table) in schema.elements where table.persistence == .temporary {
            throw error("42P16", "cannot create temporary relation in non-temporary schema", at: table.name.position)
        }
        try put("schema", name, Datum.fields([("id", Datum(UUID.random().description))]), isTemporary: false)
        // Its elements go into it, whatever the path is.
        let path = session.setting("search_path")
        defer { if !schema.elements.isEmpty { try? session.settingsStore.set("search_path", path, isLocal: false) } }
        for element in Self.inOrder(schema.elements) {
            let rest = path.map { ", " + $0 } ?? ""
            try session.settingsStore.set("search_path", Quoting.identifier(name) + rest, isLocal: false)
            // What looks up names asks the session, too.
            let definitions = try refreshed()
            session.definitions = definitions
            _ = try Definer(session, definitions, source).run(element)
        }
        return done("CREATE SCHEMA")
    }

    /// What others may need comes first, whatever the order of the text: sequences, tables, views, indexes, then grants.
    private static func inOrder(_ elements: [Statement]) -> [Statement] {
        func rank(_ element: Statement) -> Int {
            switch element {
            case .createSequence: 0
            case .createTable: 1
            case .createView: 2
            case .createIndex: 3
            default: 4
            }
        }
        return elements.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
    }

    func dropOther(_ drop: Drop) throws(SQLError) {
        for name in drop.names {
            let definitions = try refreshed()
            switch drop.kind {
            case .schema:
                guard definitions.hasSchema(name.last) else {
                    guard drop.ifExists else { throw error("3F000", "schema \"\(name.last)\" does not exist") }
                    session.notice("schema \"\(name.last)\" does not exist, skipping")
                    continue
                }
                try dropSchema(name.last, drop.behavior, definitions)
            case .type, .domain:
                let schema = name.parts.count > 1 ? name.parts[name.parts.count - 2].text : nil
                guard let type = definitions.type(named: name.last, schema: schema) else {
                    if let relation = try definitions.relation(name), !Definitions.rowTypes(of: relation).isEmpty {
                        guard drop.kind == .type else { throw error("42809", "\"\(name.last)\" is not a domain") }
                        throw error("2BP01", "cannot drop type \(name.text) because the relation \(name.text) requires it")
                    }
                    guard drop.ifExists else { throw definitions.missing(name, "type") }
                    session.notice("type \"\(name.text)\" does not exist, skipping")
                    continue
                }
                if drop.kind == .domain {
                    guard case .domain = type.kind else { throw error("42809", "\"\(name.last)\" is not a domain") }
                }
                try dropType(type, drop.behavior, definitions)
            case .extension:
                guard name.last != "plpgsql", !drop.ifExists else { continue }
                throw error("42704", "extension \"\(name.last)\" does not exist")
            default: throw SQLError(.featureNotSupported, "DROP \(drop.kind.rawValue.uppercased()) is not supported yet")
            }
        }
    }

    func dropSchema(_ name: String, _ behavior: DropBehavior, _ definitions: Definitions) throws(SQLError) {
        if ["public", "pg_catalog", "information_schema"].contains(name) {
            throw SQLError(.featureNotSupported, "schema \"\(name)\" cannot be dropped")
        }
        if try definitions.group(ofSchema: name) != nil {
            throw error("42809", "schema \"\(name)\" is that of a cell group", hint: "Use DROP CELL to remove a cell group.")
        }
        try emptySchema(name, behavior, definitions, what: "schema")
    }

    /// Removes a schema with what is in it.
    func emptySchema(_ name: String, _ behavior: DropBehavior, _ definitions: Definitions, what: String) throws(SQLError) {
        let tables = try definitions.tables().filter { $0.schema == name }
        let views = try definitions.views().filter { $0.schema == name }
        let sequences = try definitions.sequences().filter { $0.schema == name }
        // Those with fields first, which go as a whole then.
        let (composites, simple) = definitions.declaredTypes().filter { $0.schema == name }.reduce(into: ([UserType](), [UserType]())) {
            if case .composite = $1.kind { $0.0.append($1) } else { $0.1.append($1) }
        }
        let types = composites + simple
        // A sequence that a column owns goes with its table.
        let owned = Set(tables.flatMap { $0.declaration.columns.compactMap(\.sequence) })
        let inside =
            types.map(shown) + tables.map { shown(.table($0)) } + views.map { shown(.view($0)) }
            + sequences.filter { !owned.contains($0.name) && $0.content.text("owner_table").isEmpty }
            .map { "sequence \(shown($0.schema, $0.name))" }
        guard behavior == .cascade || inside.isEmpty else {
            throw stillNeeded("\(what) \(name)", inside.map { "\($0) depends on \(what) \(name)" })
        }
        cascaded += inside
        doomed.formUnion(tables.map(\.config.id) + views.map(\.id))
        try dropAll(tables, views, sequences)
        for type in types {
            let definitions = try refreshed()
            if definitions.type(type.oid) != nil { try dropType(type, .cascade, definitions) }
        }
        try put("schema", name, nil, isTemporary: false)
    }

    private func stillNeeded(_ type: UserType, _ definitions: Definitions) throws(SQLError) -> SQLError {
        let name = shown(type)
        let used: (SQLType) -> String? = { $0.oid == type.oid ? name : $0.oid == type.arrayOID ? name + "[]" : nil }
        var lines: [String] = []
        for table in try definitions.tables() {
            for column in table.declaration.columns {
                if let used = used(column.type) { lines.append("column \(column.name) of \(shown(.table(table))) depends on \(used)") }
            }
        }
        for other in definitions.declaredTypes() {
            switch other.kind {
            case .domain(let base, _): if let used = used(base) { lines.append("\(shown(other)) depends on \(used)") }
            case .composite(let fields):
                for field in fields {
                    if let used = used(field.type) {
                        lines.append("column \(field.name) of composite \(shown(other)) depends on \(used)")
                    }
                }
            default: break
            }
        }
        lines += try viewsNaming(type).map { "\(shown(.view($0))) depends on \(name)" }
        return stillNeeded(name, lines)
    }

    /// Views whose query has casts to a type, or columns of it by no column of a table.
    private func viewsNaming(_ type: UserType) throws(SQLError) -> [ViewRelation] {
        let definitions = try refreshed()
        var isNamed = false
        definitions.noteType = { if $0 == type.oid { isNamed = true } }
        defer { definitions.noteType = nil }
        var found: [ViewRelation] = []
        for view in try definitions.views() {
            isNamed = false
            // Only what is named in the query itself, and not in those of other views.
            if Self.mentions(view.query, type.name) {
                _ = try references(view.query, view.path, definitions, isTemporary: view.isTemporary)
            }
            if isNamed { found.append(view) }
        }
        return found
    }

    private func shown(_ type: UserType) -> String {
        let isFound = definitions.searchPath.contains(type.schema)
        return "type " + (isFound ? "" : Quoting.identifier(type.schema) + ".") + Quoting.identifier(type.name)
    }

    func dropType(_ type: UserType, _ behavior: DropBehavior, _ definitions: Definitions) throws(SQLError) {
        let numbers: Set<UInt32> = [type.oid, type.arrayOID]
        for other in definitions.declaredTypes() {
            switch other.kind {
            case .domain(let base, _): guard numbers.contains(base.oid) else { continue }
            case .composite(let fields): guard fields.contains(where: { numbers.contains($0.type.oid) }) else { continue }
            default: continue
            }
            guard behavior == .cascade else { throw try stillNeeded(type, definitions) }
            if case .composite(let fields) = other.kind {
                let gone = fields.filter { numbers.contains($0.type.oid) }
                cascaded += gone.map { "column \($0.name) of composite \(shown(other))" }
                try put(other, fields.filter { !numbers.contains($0.type.oid) })
            } else {
                cascaded.append(shown(other))
                try dropType(other, behavior, definitions)
            }
        }
        let views = try viewsNaming(type)
        guard behavior == .cascade || views.isEmpty else { throw try stillNeeded(type, definitions) }
        for view in views where !dropped.contains(view.id) { try dropDependent(.view(view), try refreshed()) }
        for table in try refreshed().tables() {
            for column in table.declaration.columns where numbers.contains(column.type.oid) {
                guard behavior == .cascade else { throw try stillNeeded(type, definitions) }
                guard let current = try refreshed().table(id: table.config.id), current.declaration.index(of: column.number) != nil else {
                    continue
                }
                cascaded.append("column \(column.name) of \(shown(.table(table)))")
                try dropColumn(Name(column.name, at: Position(0)), false, .cascade, current)
            }
        }
        try put("type", Definitions.key(type.schema, type.name), nil, isTemporary: false)
    }
}
