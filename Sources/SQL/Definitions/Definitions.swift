import Catalog

/// What one state of the session's database declares: where names lead.
final class Definitions: TypeCatalog {
    let session: Session
    let state: ReadState
    /// What was bound with them takes, where it is much.
    private(set) var held: CountedBytes?
    private var boundCount = 0
    private var boundByteCount = 0
    var viewDepth = 0
    /// The views that are being bound, each inside of the one before.
    var openViews: Set<String> = []
    /// Whose permissions are asked for: those of the session's user, and of its owner in the query of a view.
    var actor: String
    /// Not where it is only looked up what a query names.
    var asksPermissions = true
    /// The schemas that the view being bound was made with.
    var viewPath: [String]?
    /// Whether names mean none of the session's own tables: those of a view that is in the file.
    var hidesTemporary = false
    /// Whether the fields of an open table came to be columns, which change without any definition.
    var hasStarOfFields = false
    /// Whether whoever binds must not take long: what would is refused.
    var isHurried = false
    /// Whether something was refused for that alone.
    var wasRefusedTime = false
    /// What documents of open tables have, by the tables' ids.
    var shapes: [String: DocumentShape] = [:]
    /// Told of each table and view that a name leads to.
    var noteRelation: ((String) -> Void)?
    /// Told of each name in FROM that is a relation's, of each that is a column's (with the column's name, and the number of the relation
    /// that has given it this name; 0 if something else has), and of each column of a result without AS: where it begins, and its name.
    var noteSource: ((RelationSource, Relation) -> Void)?
    var noteColumn: ((Name, String, UInt32) -> Void)?
    var noteUnlabelled: ((Int, String) -> Void)?
    /// Told of each text that names a relation (`'t'::regclass`) while relations are noted: where it stands, and what it names.
    var noteNamed: ((Int, String, Relation) -> Void)?
    /// Told of each literal of a type that somebody has made: where it stands, its text and its value.
    var noteLabel: ((Int, String, SQLType, SQLValue) -> Void)?
    /// Told of each name of such a type.
    var noteTypeName: ((QualifiedName, UInt32) -> Void)?
    /// Told of each type that somebody has made and a name leads to.
    var noteType: ((UInt32) -> Void)?
    /// Told of each table and view that a query reads, before its columns are known.
    var noteEntry: ((RangeEntry) -> Void)?
    /// Told of tables by whose primary key a query groups, and of which it then has other columns.
    var noteKey: ((TableRelation) -> Void)?
    private var typesByNumber: [UInt32: UserType] = [:]
    private var typesAreRead = false
    private var rowTypes: [UInt32: UserType]?

    init(_ session: Session, _ state: ReadState) {
        self.session = session
        self.state = state
        actor = session.user
    }

    /// What an expression takes once it is bound, about.
    static let expressionByteCount = 160

    /// Counts an expression or a table that is bound. Throws if there is no room for so many, or if the statement is to end.
    @inline(__always) func countBound() throws(SQLError) {
        boundCount += 1
        if boundCount & 0xFF == 0 { try countMany() }
    }

    private func countMany() throws(SQLError) { try hold(0x100 * Self.expressionByteCount) }

    /// Counts what a plan takes beside its expressions: columns, and lists of them.
    func countBound(byteCount: Int) throws(SQLError) {
        boundByteCount += byteCount
        guard boundByteCount >= 32 << 10 else { return }
        try hold(boundByteCount)
        boundByteCount = 0
    }

    private func hold(_ byteCount: Int) throws(SQLError) {
        let all = if let held { held } else { try CountedBytes() }
        held = all
        try all.take(byteCount)
    }

    /// The ways that the session lets the planner take.
    var methods: PlanMethods { session.settingsStore.statements.methods }

    // MARK: - Names

    /// Schemas in which unqualified names are looked for.
    var searchPath: [String] {
        viewPath ?? session.settingsStore.statements.searchPath.map { $0 == "$user" ? session.user : $0 }
    }

    /// The first schema of the path that is there: where new things go.
    var currentSchema: String? { searchPath.first { hasSchema($0) } }

    /// The types of values that operator classes of a name are for.
    static func types(ofOperatorClass name: String, isHash: Bool) -> [UInt32] { CatalogFacts.types(ofClass: name, isHash: isHash) }

    /// What commands that are no queries say of a relation or a type that isn't there: that its schema isn't, if so.
    func missing(_ name: QualifiedName, _ kind: String = "relation") -> SQLError {
        missingSchema(of: name)
            ?? SQLError(
                SQLState(rawValue: kind == "relation" ? "42P01" : "42704"), "\(kind) \"\(name.text)\" does not exist")
    }

    /// Nil if the schema of a name is there, or none is said.
    func missingSchema(of name: QualifiedName) -> SQLError? {
        guard let schema = name.parts.dropLast().last?.text, !hasSchema(schema) else { return nil }
        return SQLError(SQLState(rawValue: "3F000"), "schema \"\(schema)\" does not exist")
    }

    func hasSchema(_ name: String) -> Bool {
        switch name {
        case "public", "pg_catalog", "information_schema", "pg_temp": return true
        default: break
        }
        guard let database = state.database else { return false }
        let isThere = ((try? state.snapshot.object("schema", name, in: database)) ?? nil) != nil
        if isThere { note(.schema, name) }
        return isThere
    }

    /// Notes what a name has led to: not what views are made of, nor what is only looked up.
    private func note(_ kind: NamedDefinition.Kind, _ key: String) {
        guard asksPermissions, viewDepth == 0 else { return }
        session.namedDefinitions?.insert(NamedDefinition(kind: kind, key: key))
    }

    /// The name of a table of a schema in the catalog.
    static func key(_ schema: String, _ name: String) -> String { schema == "public" || schema == "pg_temp" ? name : "\(schema).\(name)" }

    func relation(_ name: QualifiedName) throws(SQLError) -> Relation? {
        guard let last = name.parts.last else { return nil }
        if name.parts.count > 1 {
            let schema = name.parts[name.parts.count - 2].text
            if name.parts.count == 3, name.parts[0].text != session.database {
                throw SQLError(.featureNotSupported, "cross-database references are not implemented: \"\(name.text)\"")
            }
            if let system = SystemRelations.relation(last.text, schema, self) { return system }
            guard hasSchema(schema) else { return nil }
            return try relation(last, schema: schema)
        }
        if !hidesTemporary, let found = try relation(last, schema: "pg_temp") { return found }
        if let system = SystemRelations.relation(last.text, "pg_catalog", self) { return system }
        for schema in searchPath where schema != "pg_temp" && hasSchema(schema) {
            if let found = try relation(last, schema: schema) { return found }
        }
        return nil
    }

    private func relation(_ name: Name, schema: String) throws(SQLError) -> Relation? {
        if let found = try relation(named: name.text, schema: schema) { return found }
        guard let written = name.written, written != name.text else { return nil }
        return try relation(named: written, schema: schema)
    }

    /// Whether the search path leads by the name alone to the relation of that schema.
    func isFirst(_ name: String, ofSchema schema: String) throws(SQLError) -> Bool {
        if schema == "pg_temp" { return true }
        for place in searchPath {
            if place == schema { return true }
            if try relation(named: name, schema: place) != nil { return false }
        }
        return false
    }

    func relation(named name: String, schema: String) throws(SQLError) -> Relation? {
        let isTemporary = schema == "pg_temp"
        let key = Self.key(schema, name)
        return try reading { () throws(CatalogError) in
            guard let (snapshot, database) = state.place(isTemporary: isTemporary) else { return nil }
            if let table = try snapshot.table(key, in: database) {
                let relation = TableRelation(DefinitionCache.of(snapshot).table(table), isTemporary: isTemporary)
                relation.documentCount = try snapshot.roughDocumentCount(in: table)
                noteRelation?(table.id)
                if !isTemporary { note(.table, key) }
                return .table(relation)
            }
            if let view = try snapshot.object("view", key, in: database) {
                noteRelation?(view.text("id"))
                if !isTemporary { note(.view, key) }
                return .view(ViewRelation(key, view, isTemporary: isTemporary))
            }
            // How far it is changes without a transaction: that keeps nobody from going on.
            if let sequence = try snapshot.unnoted.object("sequence", key, in: database) {
                if !isTemporary { note(.sequence, key) }
                return .sequence(SequenceRelation(key, sequence, isTemporary: isTemporary, database: database.id))
            }
            return nil
        }
    }

    /// All tables of the database, those of the session first.
    func tables() throws(SQLError) -> [TableRelation] {
        try reading { () throws(CatalogError) in
            var tables: [TableRelation] = []
            for isTemporary in [true, false] {
                guard let (snapshot, database) = state.place(isTemporary: isTemporary) else { continue }
                let declared = try DefinitionCache.of(snapshot).tables(snapshot, database)
                tables += declared.map { TableRelation($0, isTemporary: isTemporary) }
            }
            return tables
        }
    }

    /// Those of them with foreign keys, or whose rows are in cells.
    func referringTables() throws(SQLError) -> [TableRelation] {
        try reading { () throws(CatalogError) in
            var tables: [TableRelation] = []
            for isTemporary in [true, false] {
                guard let (snapshot, database) = state.place(isTemporary: isTemporary) else { continue }
                let declared = try DefinitionCache.of(snapshot).referringTables(snapshot, database)
                tables += declared.map { TableRelation($0, isTemporary: isTemporary) }
            }
            return tables
        }
    }

    func table(id: String) throws(SQLError) -> TableRelation? {
        try reading { () throws(CatalogError) in
            for isTemporary in [false, true] {
                guard let (snapshot, _) = state.place(isTemporary: isTemporary) else { continue }
                if let table = try snapshot.table(id: id) {
                    return TableRelation(DefinitionCache.of(snapshot).table(table), isTemporary: isTemporary)
                }
            }
            return nil
        }
    }

    func views() throws(SQLError) -> [ViewRelation] {
        try reading { () throws(CatalogError) in
            var views: [ViewRelation] = []
            for isTemporary in [true, false] {
                guard let (snapshot, database) = state.place(isTemporary: isTemporary) else { continue }
                views += try snapshot.objects("view", in: database).map { ViewRelation($0.name, $0.content, isTemporary: isTemporary) }
            }
            return views
        }
    }

    func sequences() throws(SQLError) -> [SequenceRelation] {
        try reading { () throws(CatalogError) in
            var sequences: [SequenceRelation] = []
            for isTemporary in [true, false] {
                guard let (snapshot, database) = state.place(isTemporary: isTemporary) else { continue }
                sequences += try snapshot.objects("sequence", in: database).map {
                    SequenceRelation($0.name, $0.content, isTemporary: isTemporary, database: database.id)
                }
            }
            return sequences
        }
    }

    /// The table that has an index, or a constraint's index, of the name.
    func table(ofIndex name: String, schema: String?) throws(SQLError) -> TableRelation? {
        try tables().first { table in
            (schema == nil || table.schema == schema)
                && (table.declaration.indexes.contains { $0.name == name }
                    || table.declaration.constraints.contains { $0.name == name && ($0.kind == .primary || $0.kind == .unique) })
        }
    }

    /// The open tables that have an index of the name, which is one of each table's own.
    func openTables(withIndex name: String, schema: String?) throws(SQLError) -> [TableRelation] {
        try tables().filter { table in
            table.config.declaration == nil && (schema == nil || table.schema == schema)
                && table.config.indexes.contains { $0.name == name }
        }
    }

    func reading<Result>(_ body: () throws(CatalogError) -> Result) throws(SQLError) -> Result {
        do throws(CatalogError) { return try body() } catch { throw SQLError(error) }
    }

    // MARK: - Types

    private func readTypes() {
        guard !typesAreRead else { return }
        typesAreRead = true
        for isTemporary in [false, true] {
            guard let (snapshot, database) = state.place(isTemporary: isTemporary) else { continue }
            let types = (try? DefinitionCache.of(snapshot).types(snapshot, database)) ?? [:]
            if typesByNumber.isEmpty { typesByNumber = types } else { typesByNumber.merge(types) { $1 } }
        }
    }

    /// Enums and domains, without their arrays.
    func declaredTypes() -> [UserType] {
        readTypes()
        return typesByNumber.values.filter { if case .array = $0.kind { false } else { true } }.sorted { $0.name < $1.name }
    }

    func type(_ oid: UInt32) -> UserType? {
        guard oid >= 16384 else { return nil }
        readTypes()
        if let known = typesByNumber[oid] { return noted(known) }
        return oid < ObjectNumbers.end ? rowType(oid) : nil
    }

    /// The row types of tables and views, and those of arrays of them. Put together when the first one is asked for.
    private func rowType(_ oid: UInt32) -> UserType? {
        if let rowTypes { return rowTypes[oid] }
        // What is looked up meanwhile finds none.
        rowTypes = [:]
        var found: [UInt32: UserType] = [:]
        func add(_ relation: Relation) {
            for type in Self.rowTypes(of: relation) { found[type.oid] = type }
        }
        for table in (try? tables()) ?? [] { add(.table(table)) }
        for view in (try? views()) ?? [] { add(.view(view)) }
        rowTypes = found
        return found[oid]
    }

    /// The type of a relation's rows, then that of arrays of these. Documents of an open table have fields of no type.
    static func rowTypes(of relation: Relation) -> [UserType] {
        let (name, schema, id, fields): (String, String, String, [SQLRecord.Field])
        switch relation {
        case .table(let table):
            guard table.config.declaration != nil, !table.declaration.isOpen else { return [] }
            (name, schema, id) = (table.name, table.schema, table.config.id)
            fields = table.declaration.columns.map { SQLRecord.Field($0.name, $0.type) }
        case .view(let view): (name, schema, id, fields) = (view.name, view.schema, view.id, view.columns)
        default: return []
        }
        let (oid, arrayOID) = (ObjectNumbers.of(id + ".type"), ObjectNumbers.of(id + ".type[]"))
        return [
            UserType(name: name, schema: schema, oid: oid, arrayOID: arrayOID, kind: .composite(fields)),
            UserType(name: "_" + name, schema: schema, oid: arrayOID, arrayOID: 0, kind: .array(of: SQLType(oid))),
        ]
    }

    /// The first one of the path, if no schema is said; then any.
    func type(named name: String, schema: String?) -> UserType? {
        readTypes()
        let found = typesByNumber.values.filter { $0.name == name && (schema == nil || $0.schema == schema) }
        let path = searchPath
        func place(_ type: UserType) -> (Int, String) { (path.firstIndex(of: type.schema) ?? path.count, type.schema) }
        guard let first = found.count > 1 ? found.min(by: { place($0) < place($1) }) : found.first else { return nil }
        noteType?(first.oid)
        return noted(first)
    }

    /// Whether the search path leads to a type by its name alone.
    func isVisible(_ type: UserType) -> Bool {
        if type.schema.isEmpty { return true }
        readTypes()
        let path = searchPath
        guard let place = path.firstIndex(of: type.schema) else { return false }
        if place == 0 { return true }
        return !typesByNumber.values.contains { $0.name == type.name && path[..<place].contains($0.schema) }
    }

    private func noted(_ type: UserType) -> UserType {
        guard session.namedDefinitions != nil else { return type }
        if case .array = type.kind { return type }
        note(.type, Self.key(type.schema, type.name))
        return type
    }

    /// The SQL text of a domain's default, or of the domain that it is made of.
    func domainDefault(_ type: SQLType) throws(SQLError) -> String? {
        var type = type
        while let user = self.type(type.oid), case .domain(let base, _) = user.kind {
            guard let (snapshot, database) = state.place(isTemporary: false) else { return nil }
            let content = try reading { () throws(CatalogError) in
                try snapshot.object("type", Self.key(user.schema, user.name), in: database)
            }
            if let text = content?[field: "default"]?.string { return text }
            type = base
        }
        return nil
    }
}

/// What a name has led to in a statement that defines something.
struct NamedDefinition: Hashable {
    enum Kind: String {
        case table, view, sequence, type, schema
        /// What the statement makes, of whatever kind.
        case new
    }

    let kind: Kind
    /// The name in the catalog.
    let key: String
}

/// The state that a statement reads: the database's, and the session's own tables'.
final class ReadState {
    let snapshot: CatalogSnapshot
    let database: DatabaseConfig?
    let temporary: (CatalogSnapshot, DatabaseConfig)?

    init(_ snapshot: CatalogSnapshot, _ database: DatabaseConfig?, temporary: (CatalogSnapshot, DatabaseConfig)?) {
        self.snapshot = snapshot
        self.database = database
        self.temporary = temporary
    }

    func place(isTemporary: Bool) -> (CatalogSnapshot, DatabaseConfig)? {
        isTemporary ? temporary : database.map { (snapshot, $0) }
    }
}

/// An enum or a domain as it is stored.
struct DeclaredType {
    let name: String
    let schema: String
    let content: Datum

    init(_ key: String, _ content: Datum) {
        let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
        schema = parts.count == 2 ? parts[0] : "public"
        name = parts.last ?? key
        self.content = content
    }

    /// The number that a composite type has among relations.
    var classOID: UInt32 { ObjectNumbers.of(content.text("id") + ".class") }

    /// The type and that of its arrays.
    var userTypes: [UserType] {
        let id = content.text("id")
        let (oid, arrayOID) = (ObjectNumbers.of(id), ObjectNumbers.of(id + "[]"))
        let kind: UserType.Kind
        switch content.text("kind") {
        case "domain":
            kind = .domain(
                base: SQLType(UInt32(content[field: "base"]?.integer ?? 25), modifier: Int32(content[field: "modifier"]?.integer ?? -1)),
                isNotNull: content[field: "not_null"]?.bool ?? false)
        case "composite":
            kind = .composite(
                content.array("columns").map {
                    SQLRecord.Field(
                        $0.text("name"),
                        SQLType(UInt32($0[field: "type"]?.integer ?? 25), modifier: Int32($0[field: "modifier"]?.integer ?? -1)))
                })
        default: kind = .enum(content.array("labels").compactMap(\.string))
        }
        return [
            UserType(name: name, schema: schema, oid: oid, arrayOID: arrayOID, kind: kind),
            UserType(name: "_" + name, schema: schema, oid: arrayOID, arrayOID: 0, kind: .array(of: SQLType(oid))),
        ]
    }
}

extension Definitions {
    /// The numbers by which the labels of a stored enum are ordered: 1, 2 and so on, unless labels were put between others.
    static func enumOrders(of content: Datum, count: Int) -> [Double] {
        let kept = content[field: "orders"]?.elements.compactMap(\.number) ?? []
        return kept.count == count ? kept : (0..<count).map { Double($0 + 1) }
    }
}
