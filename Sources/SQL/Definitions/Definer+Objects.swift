import Catalog
import Ground

/// Definitions of what is no table.
extension Definer {
    func runMore(_ statement: Statement) throws(SQLError) -> StatementResult {
        switch statement {
        case .createIndex(let index): return try create(index)
        case .createView(let view): return try create(view)
        case .createSequence(let sequence): return try create(sequence)
        case .alterSequence(let name, let ifExists, let options): return try alterSequence(name, ifExists, options)
        case .createSchema(let schema): return try create(schema)
        case .createType(let name, let type): return try create(name, type)
        case .createDomain(let domain): return try create(domain)
        case .alterEnum(let change): return try alter(change)
        case .createTableAs(let table): return try create(table)
        case .query(let query): return try createInto(query)
        case .refreshView(let name, let isConcurrent, let withData):
            return try refresh(name, isConcurrent: isConcurrent, withData: withData)
        case .setSchema(let object, let ifExists, let schema): return try setSchema(object, ifExists, schema)
        case .truncate(let truncate): return try self.truncate(truncate)
        case .alterTable(let table): return try alter(table)
        case .rename(let rename): return try self.rename(rename)
        case .comment(let object, let text): return try comment(object, text)
        case .setOwner(let object, let role): return try setOwner(object, role)
        case .createRole(let role): return try create(role)
        case .alterRole(let role, let options): return try alterRole(role, options)
        case .dropRole(let roles, let ifExists): return try dropRoles(roles, ifExists)
        case .grant(let grant): return try self.grant(grant)
        case .grantRoles(let grant): return try grantRoles(grant)
        case .createDatabase(let name, _): return try createDatabase(name)
        case .dropDatabase(let name, let ifExists, let isForced): return try dropDatabase(name, ifExists, isForced)
        case .alterDatabase(let name, _), .alterDatabaseSetting(let name, _):
            try requireDatabase(name)
            return done("ALTER DATABASE")
        case .createExtension(let name, let ifNotExists, _):
            guard ["plpgsql", "uuid-ossp", "pgcrypto"].contains(name.text) else {
                throw SQLError(.featureNotSupported, "extension \"\(name.text)\" is not available")
            }
            if ifNotExists { session.notice("extension \"\(name.text)\" already exists, skipping") }
            return done("CREATE EXTENSION")
        default: throw SQLError(.featureNotSupported, "this statement is not supported yet")
        }
    }

    // MARK: - Indexes

    private func create(_ index: CreateIndex) throws(SQLError) -> StatementResult {
        guard case .table(let table)? = try definitions.relation(index.relation) else {
            guard try definitions.relation(index.relation) == nil else {
                throw error("42809", "cannot create index on relation \"\(index.relation.last)\"")
            }
            throw error("42P01", "relation \"\(index.relation.text)\" does not exist", at: index.relation.position)
        }
        if index.isConcurrent, session.transaction.isBlock {
            throw error("25001", "CREATE INDEX CONCURRENTLY cannot run inside a transaction block")
        }
        let method = index.method?.text ?? "btree"
        guard ["btree", "hash", "gin"].contains(method) else {
            guard method == "gist" || method == "brin" || method == "spgist" else {
                throw error("42704", "access method \"\(method)\" does not exist")
            }
            throw SQLError(.featureNotSupported, "access method \"\(method)\" is not supported")
        }
        if index.isUnique, method != "btree" {
            throw SQLError(.featureNotSupported, "access method \"\(method)\" does not support unique indexes")
        }
        var made = Declaration.Index(id: UUID.random().description, name: "", elements: [])
        made.isUnique = index.isUnique
        made.nullsAreEqual = index.nullsAreEqual
        made.method = method
        var parts: [String] = []
        let scope = Scope(parent: nil, rules: .index)
        scope.items = [TableGuard.rowItem(table)]
        for element in index.elements {
            let scalar = try binder.bind(element.value, scope)
            if scalar.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in index expression") }
            guard scalar.isImmutable else { throw error("42P17", "functions in index expression must be marked IMMUTABLE") }
            if [SQLType.json.oid].contains(scalar.type.oid) {
                throw error("42704", "data type json has no default operator class for access method \"\(method)\"")
            }
            made.elements.append(Printer.text(element.value))
            var order = element.direction == .descending ? "DESC" : ""
            if element.nulls == .first { order += " NULLS FIRST" } else if element.nulls == .last { order += " NULLS LAST" }
            made.orders.append(order)
            parts.append(scalar is ColumnScalar ? (scalar as? ColumnScalar)?.name ?? "expr" : OutputNames.name(of: element.value) ?? "expr")
        }
        for element in index.included { made.included.append(Printer.text(element.value)) }
        if let predicate = index.predicate {
            let condition = try binder.condition(predicate, scope, "WHERE", predicate.position)
            guard condition.isImmutable else { throw error("42P17", "functions in index predicate must be marked IMMUTABLE") }
            made.predicate = Printer.text(predicate)
        }
        if let name = index.name {
            let taken = try definitions.relation(named: name.text, schema: table.schema) != nil
            let isIndex = try definitions.table(ofIndex: name.text, schema: table.schema) != nil
            if taken || isIndex {
                guard index.ifNotExists else { throw error("42P07", "relation \"\(name.text)\" already exists") }
                session.notice("relation \"\(name.text)\" already exists, skipping", .notice, "42P07")
                return done("CREATE INDEX")
            }
            made.name = name.text
        } else {
            made.name = try freeName("\(table.name)_\(parts.joined(separator: "_"))_idx") { (candidate) throws(SQLError) in
                if try definitions.table(ofIndex: candidate, schema: table.schema) != nil { return true }
                return try definitions.relation(named: candidate, schema: table.schema) != nil
            }
        }
        var declaration = table.declaration
        declaration.indexes.append(made)
        try redeclare(table, declaration)
        if made.isUnique { try checkUnique(table.config.id, made.name) }
        return done("CREATE INDEX")
    }

    /// Throws `23505` if rows that are there break a new UNIQUE.
    func checkUnique(_ id: String, _ name: String) throws(SQLError) {
        let definitions = try refreshed()
        guard let table = try definitions.table(id: id) else { return }
        let run = try makeRun()
        let guardian = try run.writes.guardian(table, definitions)
        for unique in guardian.uniques where unique.name == name { try unique.check(guardian, run) }
    }

    // MARK: - Views

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

    private func create(_ view: CreateView) throws(SQLError) -> StatementResult {
        let inner = Scope(parent: nil, rules: .select)
        let query = view.isRecursive ? recursive(view) : view.query
        let bound = try binder.bind(query, inner, resolvesUnknown: true)
        let check = try checkOption(view)
        if check != nil { try requireUpdatable(query) }
        // A view of temporary tables is temporary itself.
        let (schema, key, isTemporary) = try place(view.name, view.persistence)
        let name = view.name.last
        var columns = bound.columns
        guard view.columns.count <= columns.count else { throw error("42601", "CREATE VIEW specifies more column names than columns") }
        for (index, column) in view.columns.enumerated() { columns[index].name = column.text }
        var seen: Set<String> = []
        for column in columns where !seen.insert(column.name).inserted {
            throw error("42701", "column \"\(column.name)\" specified more than once")
        }
        var id = UUID.random().description
        if let old = try definitions.relation(named: name, schema: schema) {
            guard view.replaces, case .view(let known) = old else {
                if view.replaces { throw error("42809", "\"\(name)\" is not a view") }
                throw error("42P07", "relation \"\(name)\" already exists")
            }
            id = known.id
            guard columns.count >= known.columns.count else { throw error("42P16", "cannot drop columns from view") }
            for (before, after) in zip(known.columns, columns) {
                guard before.name == after.name else {
                    throw error(
                        "42P16", "cannot change name of view column \"\(before.name)\" to \"\(after.name)\"",
                        hint: "Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
                }
                guard before.type.oid == after.type.oid else {
                    throw error(
                        "42P16",
                        "cannot change data type of view column \"\(before.name)\" from \(binder.typeName(before.type)) to "
                            + binder.typeName(after.type))
                }
            }
        }
        let content = Datum.fields([
            ("id", Datum(id)), ("query", Datum(Printer.text(query))), ("path", .strings(definitions.searchPath)),
            ("check", check.map { Datum($0) }), ("owner", Datum(definitions.actor)),
            ("security_invoker", try invokerOption(view.options).map { Datum($0) }),
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
        return done("CREATE VIEW")
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
    private func requireUpdatable(_ query: Query) throws(SQLError) {
        let content = Datum.fields([("id", "view"), ("query", Datum(Printer.text(query))), ("columns", Datum(elements: []))])
        let scope = Scope(parent: nil, rules: .select)
        // It is asked whether rows could be written, and none is.
        definitions.asksPermissions = false
        defer { definitions.asksPermissions = true }
        do throws(SQLError) {
            _ = try binder.target(
                .view(ViewRelation("view", content, isTemporary: false)), QualifiedName([Name("view", at: Position(0))]), .update, [],
                scope,
                over: nil)
        } catch {
            guard error.state.rawValue == "55000" else { throw error }
            throw SQLError(.featureNotSupported, "WITH CHECK OPTION is supported only on automatically updatable views")
        }
    }

    // MARK: - Sequences

    private func create(_ sequence: CreateSequence) throws(SQLError) -> StatementResult {
        let (schema, key, isTemporary) = try place(sequence.name, sequence.persistence)
        if try definitions.relation(named: sequence.name.last, schema: schema) != nil {
            guard sequence.ifNotExists else { throw error("42P07", "relation \"\(sequence.name.last)\" already exists") }
            session.notice("relation \"\(sequence.name.last)\" already exists, skipping", .notice, "42P07")
            return done("CREATE SEQUENCE")
        }
        let owner = try owner(sequence.options, schema)
        let content = try SequenceBuilder.content(sequence.options, type: .int8, self)
        try put("sequence", key, owner == nil ? content : try changed(content, owner ?? []), isTemporary: isTemporary)
        return done("CREATE SEQUENCE")
    }

    private func alterSequence(
        _ name: QualifiedName, _ ifExists: Bool, _ options: [SequenceOption]
    ) throws(SQLError) -> StatementResult {
        guard case .sequence(let sequence)? = try definitions.relation(name) else {
            if try definitions.relation(name) != nil { throw error("42809", "\"\(name.last)\" is not a sequence") }
            if ifExists { return done("ALTER SEQUENCE") }
            throw error("42P01", "relation \"\(name.text)\" does not exist", at: name.position)
        }
        try change(sequence, options)
        return done("ALTER SEQUENCE")
    }

    /// OWNED BY: the fields that tell of the owner; nil if nothing is said.
    private func owner(_ options: [SequenceOption], _ schema: String) throws(SQLError) -> [(String, Datum?)]? {
        for option in options {
            guard case .owned(let name) = option.kind else { continue }
            guard name.parts.count > 1 else {
                guard name.last.lowercased() == "none" else {
                    throw error("42601", "invalid OWNED BY option", hint: "Specify OWNED BY table.column or OWNED BY NONE.")
                }
                return [("owner_table", nil), ("owner_column", nil)]
            }
            let relation = QualifiedName(Array(name.parts.dropLast()))
            guard let found = try definitions.relation(relation) else {
                throw error("42P01", "relation \"\(relation.text)\" does not exist")
            }
            guard case .table(let table) = found else {
                throw error("42809", "sequence cannot be owned by relation \"\(relation.last)\"")
            }
            guard table.schema == schema else { throw error("55000", "sequence must be in same schema as table it is linked to") }
            guard let column = table.declaration.column(named: name.last) else {
                throw error("42703", "column \"\(name.last)\" of relation \"\(table.name)\" does not exist")
            }
            return [("owner_table", Datum(table.config.id)), ("owner_column", Datum(column.number))]
        }
        return nil
    }

    func change(_ sequence: SequenceRelation, _ options: [SequenceOption]) throws(SQLError) {
        if let owner = try owner(options, sequence.schema) {
            if sequence.content[field: "owner_table"] != nil,
                try definitions.tables().contains(where: { table in
                    table.declaration.columns.contains { $0.sequence == sequence.name && $0.identity != nil }
                        && table.schema == sequence.schema
                })
            {
                throw SQLError(.featureNotSupported, "cannot change ownership of identity sequence")
            }
            try put("sequence", sequence.key, try changed(sequence.content, owner), isTemporary: sequence.isTemporary)
            if options.count == 1 { return }
        }
        let states = SequenceStates.of(session.catalog)
        let state = states.state(sequence)
        var old = sequence.content
        old = Datum.fields(
            (0..<old.count).filter { !["last", "is_called"].contains(old.key(at: $0)) }.map { (old.key(at: $0), old[$0]) }
                + [("last", Datum(String(state.last))), ("is_called", Datum(state.isCalled))])
        let content = try SequenceBuilder.content(options, type: sequence.type, self, over: old)
        try put("sequence", sequence.key, content, isTemporary: sequence.isTemporary)
        let changed = SequenceRelation(sequence.key, content, isTemporary: sequence.isTemporary, database: sequence.database)
        states.set(changed, changed.stored)
    }

    // MARK: - Schemas and databases

    private func create(_ schema: CreateSchema) throws(SQLError) -> StatementResult {
        let name = schema.name?.text ?? session.user
        try checkName(name)
        if name.hasPrefix("pg_") { throw error("42939", "unacceptable schema name \"\(name)\"") }
        if definitions.hasSchema(name) {
            guard schema.ifNotExists else { throw error("42P06", "schema \"\(name)\" already exists") }
            session.notice("schema \"\(name)\" already exists, skipping", .notice, "42P06")
            return done("CREATE SCHEMA")
        }
        try put("schema", name, Datum.fields([("id", Datum(UUID.random().description))]), isTemporary: false)
        // Its elements go into it, whatever the path is.
        let path = session.setting("search_path")
        defer { if !schema.elements.isEmpty { try? session.settingsStore.set("search_path", path, isLocal: false) } }
        for element in schema.elements {
            let rest = path.map { ", " + $0 } ?? ""
            try session.settingsStore.set("search_path", Quoting.identifier(name) + rest, isLocal: false)
            _ = try Definer(session, try refreshed(), source).run(element)
        }
        return done("CREATE SCHEMA")
    }

    private func requireDatabase(_ name: Name) throws(SQLError) {
        let found = try definitions.reading { () throws(CatalogError) in try definitions.state.snapshot.database(name.text) }
        guard found != nil || Session.isMadeWhenNeeded(name.text) else { throw error("3D000", "database \"\(name.text)\" does not exist") }
    }

    func renameDatabase(_ name: String, to newName: String) throws(SQLError) -> StatementResult {
        if session.transaction.isBlock { throw error("25001", "ALTER DATABASE cannot run inside a transaction block") }
        try checkName(newName)
        if name == session.database { throw SQLError(.featureNotSupported, "current database cannot be renamed") }
        let (isThere, isTaken) = try session.transaction.writing { transaction throws(CatalogError) in
            (try transaction.database(name) != nil, try transaction.database(newName) != nil)
        }
        guard isThere else { throw error("3D000", "database \"\(name)\" does not exist") }
        try requireDatabaseOwner(name)
        guard !isTaken else { throw error("42P04", "database \"\(newName)\" already exists") }
        try session.transaction.writing { transaction throws(CatalogError) in _ = try transaction.renameDatabase(name, to: newName) }
        return done("ALTER DATABASE")
    }

    private func createDatabase(_ name: Name) throws(SQLError) -> StatementResult {
        if session.transaction.isBlock { throw error("25001", "CREATE DATABASE cannot run inside a transaction block") }
        guard try definitions.may(.config, .server) else { throw error("42501", "permission denied to create database") }
        try session.transaction.writing { transaction throws(CatalogError) in _ = try transaction.createDatabase(name.text) }
        return done("CREATE DATABASE")
    }

    private func dropDatabase(_ name: Name, _ ifExists: Bool, _ isForced: Bool) throws(SQLError) -> StatementResult {
        if session.transaction.isBlock { throw error("25001", "DROP DATABASE cannot run inside a transaction block") }
        if name.text == session.database { throw error("55006", "cannot drop the currently open database") }
        let isThere = try session.transaction.writing { transaction throws(CatalogError) in try transaction.database(name.text) != nil }
        guard isThere else {
            guard ifExists else { throw error("3D000", "database \"\(name.text)\" does not exist") }
            session.notice("database \"\(name.text)\" does not exist, skipping")
            return done("DROP DATABASE")
        }
        try requireDatabaseOwner(name.text)
        try requireOwnerOfTables(of: name.text)
        let sessions = ServerSessions.of(session.catalog)
        if isForced {
            for member in sessions.all where member.database == name.text { _ = sessions.stop(member.number, forGood: true) }
        } else {
            // Who has just said good-bye is given a moment to go.
            var waits = 0
            while waits < 100, sessions.count(in: name.text, besides: 0) > 0 {
                try session.pause()
                waits += 1
            }
            let count = sessions.count(in: name.text, besides: 0)
            if count > 0 {
                let others = count == 1 ? "There is 1 other session" : "There are \(count) other sessions"
                throw SQLError(
                    SQLState(rawValue: "55006"), "database \"\(name.text)\" is being accessed by other users",
                    detail: "\(others) using the database.")
            }
        }
        try session.transaction.writing { transaction throws(CatalogError) in _ = try transaction.dropDatabase(name.text) }
        return done("DROP DATABASE")
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
                    guard drop.ifExists else { throw error("42704", "type \"\(name.text)\" does not exist") }
                    session.notice("type \"\(name.text)\" does not exist, skipping")
                    continue
                }
                if drop.kind == .domain {
                    guard case .domain = type.kind else { throw error("42809", "\"\(name.last)\" is not a domain") }
                }
                try dropType(type, drop.behavior, definitions)
            case .extension: break
            default: throw SQLError(.featureNotSupported, "DROP \(drop.kind.rawValue.uppercased()) is not supported yet")
            }
        }
    }

    private func dropSchema(_ name: String, _ behavior: DropBehavior, _ definitions: Definitions) throws(SQLError) {
        if ["public", "pg_catalog", "information_schema"].contains(name) {
            throw SQLError(.featureNotSupported, "schema \"\(name)\" cannot be dropped")
        }
        let tables = try definitions.tables().filter { $0.schema == name }
        let views = try definitions.views().filter { $0.schema == name }
        let sequences = try definitions.sequences().filter { $0.schema == name }
        if behavior != .cascade, !(tables.isEmpty && views.isEmpty && sequences.isEmpty) {
            throw error(
                "2BP01", "cannot drop schema \(name) because other objects depend on it",
                hint: "Use DROP ... CASCADE to drop the dependent objects too.")
        }
        for view in views { try put("view", Definitions.key(name, view.name), nil, isTemporary: false) }
        for table in tables {
            let definitions = try refreshed()
            if let current = try definitions.table(id: table.config.id) { try dropTable(current, .cascade, definitions) }
        }
        for sequence in sequences { try put("sequence", sequence.key, nil, isTemporary: false) }
        try put("schema", name, nil, isTemporary: false)
    }

    private func dropType(_ type: UserType, _ behavior: DropBehavior, _ definitions: Definitions) throws(SQLError) {
        let numbers: Set<UInt32> = [type.oid, type.arrayOID]
        for table in try definitions.tables() where table.declaration.columns.contains(where: { numbers.contains($0.type.oid) }) {
            guard behavior == .cascade else {
                throw error(
                    "2BP01", "cannot drop type \(type.name) because other objects depend on it",
                    hint: "Use DROP ... CASCADE to drop the dependent objects too.")
            }
            var declaration = table.declaration
            declaration.columns.removeAll { numbers.contains($0.type.oid) }
            try redeclare(table, declaration)
        }
        try put("type", Definitions.key(type.schema, type.name), nil, isTemporary: false)
    }

    // MARK: - Types

    private func create(_ name: QualifiedName, _ type: CreateType) throws(SQLError) -> StatementResult {
        guard case .enumeration(let labels) = type else { throw SQLError(.featureNotSupported, "composite types are not supported") }
        let (schema, key, _) = try place(name, .permanent)
        if definitions.type(named: name.last, schema: schema) != nil { throw error("42710", "type \"\(name.last)\" already exists") }
        var seen: Set<String> = []
        for label in labels {
            guard label.utf8.count <= 63 else { throw error("42602", "invalid enum label \"\(label)\"") }
            guard seen.insert(label).inserted else { throw error("42710", "enum label \"\(label)\" used more than once") }
        }
        try put(
            "type", key, Datum.fields([("id", Datum(UUID.random().description)), ("kind", "enum"), ("labels", .strings(labels))]),
            isTemporary: false)
        return done("CREATE TYPE")
    }

    private func alter(_ change: AlterEnum) throws(SQLError) -> StatementResult {
        let schema = change.name.parts.count > 1 ? change.name.parts[change.name.parts.count - 2].text : nil
        guard let type = definitions.type(named: change.name.last, schema: schema) else {
            throw error("42704", "type \"\(change.name.text)\" does not exist")
        }
        guard case .enum(var labels) = type.kind, let (snapshot, database) = definitions.state.place(isTemporary: false) else {
            throw error("42809", "\(change.name.last) is not an enum")
        }
        func insert(_ label: String, _ ifNotExists: Bool, _ place: (neighbour: String, offset: Int)?) throws(SQLError) {
            guard label.utf8.count <= 63 else { throw error("42602", "invalid enum label \"\(label)\"") }
            guard !labels.contains(label) else {
                guard ifNotExists else { throw error("42710", "enum label \"\(label)\" already exists") }
                session.notice("enum label \"\(label)\" already exists, skipping")
                return
            }
            guard let place else { return labels.append(label) }
            guard let index = labels.firstIndex(of: place.neighbour) else {
                throw error("22023", "\"\(place.neighbour)\" is not an existing enum label")
            }
            labels.insert(label, at: index + place.offset)
        }
        let key = Definitions.key(type.schema, type.name)
        switch change.change {
        case .add(let label, let ifNotExists): try insert(label, ifNotExists, nil)
        case .addBefore(let label, let other, let ifNotExists): try insert(label, ifNotExists, (other, 0))
        case .addAfter(let label, let other, let ifNotExists): try insert(label, ifNotExists, (other, 1))
        case .rename(let old, let new):
            guard let index = labels.firstIndex(of: old) else { throw error("22023", "\"\(old)\" is not an existing enum label") }
            guard !labels.contains(new) else { throw error("42710", "enum label \"\(new)\" already exists") }
            labels[index] = new
            try renameLabel(old, new, type)
        }
        guard let content = try definitions.reading({ () throws(CatalogError) in try snapshot.object("type", key, in: database) }) else {
            return done("ALTER TYPE")
        }
        try put("type", key, try changed(content, [("labels", .strings(labels))]), isTemporary: false)
        return done("ALTER TYPE")
    }

    /// Rows keep labels as texts: they are written anew.
    private func renameLabel(_ old: String, _ new: String, _ type: UserType) throws(SQLError) {
        for table in try definitions.tables() {
            let columns = table.declaration.columns.indices.filter { table.declaration.columns[$0].type.oid == type.oid }
            guard !columns.isEmpty else { continue }
            let run = try makeRun()
            let guardian = try run.writes.guardian(table, definitions)
            for (key, row) in try guardian.currentRows() {
                var changed = row
                for column in columns { if case .text(let text) = row[column], text == old { changed[column] = .text(new) } }
                try guardian.update(row, oldKey: key, &changed)
            }
        }
    }

    func changed(_ datum: Datum, _ changes: [(String, Datum?)]) throws(SQLError) -> Datum {
        do throws(CatalogError) { return try datumChanging(datum, changes) } catch { throw SQLError(error) }
    }

    private func create(_ domain: CreateDomain) throws(SQLError) -> StatementResult {
        let (schema, key, _) = try place(domain.name, .permanent)
        let name = domain.name.last
        if definitions.type(named: name, schema: schema) != nil { throw error("42710", "type \"\(name)\" already exists") }
        let base = try TypeNames.resolve(domain.type, binder)
        var isNotNull = false
        var constraints: [Datum] = []
        var defaultText: String?
        for constraint in domain.constraints {
            switch constraint.kind {
            case .notNull: isNotNull = true
            case .null: if isNotNull { throw error("42601", "conflicting NULL/NOT NULL constraints") }
            case .default(let expression): defaultText = Printer.text(expression)
            case .check(let expression, _):
                let scope = Scope(parent: nil, rules: .check)
                scope.items = [
                    ScopeItem(name: nil, columns: [ScopeColumn(name: "value", type: base, make: { ColumnScalar(0, base, name: "value") })])
                ]
                _ = try binder.condition(expression, scope, "CHECK", nil)
                let number = constraints.count
                constraints.append(
                    Datum.fields([
                        ("name", Datum(constraint.name?.text ?? "\(name)_check\(number == 0 ? "" : String(number))")),
                        ("expression", Datum(Printer.text(expression))),
                    ]))
            default: throw error("42601", "constraint not possible for domains")
            }
        }
        try put(
            "type", key,
            Datum.fields([
                ("id", Datum(UUID.random().description)), ("kind", "domain"), ("base", Datum(Int(base.oid))),
                ("modifier", Datum(Int(base.modifier))),
                ("not_null", Datum(isNotNull)), ("default", defaultText.map { Datum($0) }), ("constraints", Datum(elements: constraints)),
            ]), isTemporary: false)
        return done("CREATE DOMAIN")
    }

    // MARK: - Tables of queries

    private func create(_ table: CreateTableAs) throws(SQLError) -> StatementResult {
        var query: Query
        var parameters: [SQLValue] = []
        var inner = binder
        switch table.content {
        case .query(let written): query = written
        case .execute(let name, _):
            guard let prepared = session.preparedStatements[name.text], case .query(let written)? = prepared.statement else {
                throw error("26000", "prepared statement \"\(name.text)\" does not exist")
            }
            query = written
            parameters = []
            inner = Binder(session, definitions, prepared.source, ParameterTypes(prepared.parameterTypes))
        }
        _ = parameters
        let word = table.isMaterializedView ? "CREATE MATERIALIZED VIEW" : "SELECT"
        let (schema, key, isTemporary) = try place(table.table.name, table.table.persistence)
        if try definitions.relation(named: table.table.name.last, schema: schema) != nil {
            guard table.table.ifNotExists else { throw error("42P07", "relation \"\(table.table.name.last)\" already exists") }
            session.notice("relation \"\(table.table.name.last)\" already exists, skipping", .notice, "42P07")
            return done(table.isMaterializedView ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS")
        }
        let bound = try inner.bind(query, Scope(parent: nil, rules: .select), resolvesUnknown: true)
        guard table.columns.count <= bound.columns.count else { throw error("42601", "too many column names were specified") }
        var declaration = Declaration()
        for (index, column) in bound.columns.enumerated() {
            let name = index < table.columns.count ? table.columns[index].text : column.name
            guard declaration.column(named: name) == nil else { throw error("42701", "column \"\(name)\" specified more than once") }
            declaration.columns.append(.init(name: name, number: index + 1, type: column.type == .open ? .jsonb : column.type))
        }
        declaration.nextNumber = bound.columns.count + 1
        if table.isMaterializedView {
            declaration.query = Printer.text(query)
            declaration.queryPath = definitions.searchPath
            declaration.isPopulated = table.withData
        }
        let datum = declaration.datum
        let id = UUID.random().description
        try writing(isTemporary: isTemporary) { (transaction, database) throws(CatalogError) in
            _ = try transaction.createDeclaredTable(key, in: database, primaryKey: "_key", id: id, declaration: datum)
        }
        try noteCommitAction(table.table, key, isTemporary: isTemporary)
        guard table.withData else { return done(table.isMaterializedView ? word : "CREATE TABLE AS") }
        let count = try fill(id, bound, inner)
        return done(table.isMaterializedView ? "SELECT \(count)" : "SELECT \(count)")
    }

    /// Writes the rows of a query into a table.
    private func fill(_ id: String, _ bound: BoundQuery, _ inner: Binder) throws(SQLError) -> Int {
        let run = Run(session, definitions.state, parameters: [], slotCount: inner.slotCount, session.canceller.begin())
        let rows = try bound.plan.all(run)
        let fresh = try refreshed()
        guard let table = try fresh.table(id: id) else { return 0 }
        let guardian = try run.writes.guardian(table, fresh)
        for row in rows { _ = try guardian.insert(row.map { $0 }) }
        return rows.count
    }

    private func createInto(_ query: Query) throws(SQLError) -> StatementResult {
        guard case .select(var select) = query.body, let target = select.into else { throw error("42601", "nothing to select into") }
        select.into = nil
        var source = query
        source.body = .select(select)
        return try create(
            CreateTableAs(
                table: CreateTable(name: target.relation, persistence: target.persistence, ifNotExists: false, position: query.position),
                columns: [], content: .query(source), withData: true, isMaterializedView: false))
    }

    private func refresh(_ name: QualifiedName, isConcurrent: Bool, withData: Bool) throws(SQLError) -> StatementResult {
        if isConcurrent, !withData { throw error("42601", "CONCURRENTLY and WITH NO DATA options cannot be used together") }
        guard case .table(let table)? = try definitions.relation(name) else {
            throw error("42P01", "relation \"\(name.text)\" does not exist", at: name.position)
        }
        guard let text = table.declaration.query else { throw error("42809", "\"\(name.last)\" is not a materialized view") }
        if isConcurrent {
            guard table.declaration.isPopulated else {
                throw SQLError(.featureNotSupported, "CONCURRENTLY cannot be used when the materialized view is not populated")
            }
            guard
                table.declaration.indexes.contains(where: { index in
                    index.isUnique && index.predicate == nil
                        && index.elements.allSatisfy { element in
                            table.declaration.columns.contains { Quoting.identifier($0.name) == element }
                        }
                })
            else {
                throw error(
                    "55000", "cannot refresh materialized view \"\(table.schema).\(table.name)\" concurrently",
                    hint: "Create a unique index with no WHERE clause on one or more columns of the materialized view.")
            }
        }
        let script = try Script(text)
        guard case .query(let query)? = script.statements.first?.statement else { return done("REFRESH MATERIALIZED VIEW") }
        definitions.viewPath = table.declaration.queryPath
        defer { definitions.viewPath = nil }
        let inner = Binder(session, definitions, script.source, ParameterTypes([]))
        let bound = try inner.bind(query, Scope(parent: nil, rules: .select), resolvesUnknown: true)
        let run = Run(session, definitions.state, parameters: [], slotCount: inner.slotCount, session.canceller.begin())
        let rows = withData ? try bound.plan.all(run) : []
        let config = table.config
        try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            _ = try transaction.deleteAll(in: config)
        }
        var declaration = table.declaration
        declaration.isPopulated = withData
        try redeclare(table, declaration)
        let fresh = try refreshed()
        guard let current = try fresh.table(id: table.config.id) else { return done("REFRESH MATERIALIZED VIEW") }
        let guardian = try run.writes.guardian(current, fresh)
        for row in rows { _ = try guardian.insert(row.map { $0 }) }
        return done("REFRESH MATERIALIZED VIEW")
    }

    // MARK: - TRUNCATE

    private func truncate(_ truncate: Truncate) throws(SQLError) -> StatementResult {
        var tables: [TableRelation] = []
        for relation in truncate.relations {
            guard case .table(let table)? = try definitions.relation(relation.name) else {
                guard try definitions.relation(relation.name) == nil else {
                    throw error("42809", "\"\(relation.name.last)\" is not a table")
                }
                throw error("42P01", "relation \"\(relation.name.text)\" does not exist", at: relation.name.position)
            }
            guard table.declaration.query == nil else { throw error("42809", "\"\(table.name)\" is not a table") }
            try definitions.require(.delete, table)
            tables.append(table)
        }
        var index = 0
        while index < tables.count {
            let id = tables[index].config.id
            index += 1
            for other in try definitions.tables()
            where !tables.contains(where: { $0.config.id == other.config.id })
                && other.declaration.constraints.contains(where: { $0.kind == .foreign && $0.references == id })
            {
                guard truncate.behavior == .cascade else {
                    throw SQLError(
                        .featureNotSupported, "cannot truncate a table referenced in a foreign key constraint",
                        detail: "Table \"\(other.name)\" references \"\(tables[index - 1].name)\".",
                        hint: "Truncate table \"\(other.name)\" at the same time, or use TRUNCATE ... CASCADE.")
                }
                try definitions.require(.delete, other)
                tables.append(other)
            }
        }
        for table in tables {
            let config = table.config
            try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
                _ = try transaction.deleteAll(in: config)
            }
            guard truncate.restartsIdentity else { continue }
            for sequence in try definitions.sequences() {
                let isOwn = table.declaration.columns.contains { $0.sequence == sequence.name } && table.schema == sequence.schema
                guard isOwn || sequence.content.text("owner_table") == table.config.id else { continue }
                SequenceStates.of(session.catalog).set(sequence, .init(last: sequence.start, isCalled: false))
                session.touched(sequence)
            }
        }
        return done("TRUNCATE TABLE")
    }
}
