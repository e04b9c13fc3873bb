import Catalog

/// What a table's declaration asks of its rows, bound: defaults, generated columns, checks, and what is unique.
///
/// A session keeps it, for as long as what it was bound to stays as it is.
final class TableRules {
    struct Unique {
        let name: String
        let scalars: [Scalar]
        let predicate: Scalar?
        let nullsAreEqual: Bool
        /// Indexes of the columns, if it is of columns.
        let columns: [Int]
        /// Whether it is looked at once the statement is through.
        let isDeferrable: Bool
    }

    let defaults: [Scalar?]
    let generated: [(index: Int, scalar: Scalar)]
    /// In the order of their names.
    let checks: [(name: String, scalar: Scalar)]
    let uniques: [Unique]
    /// By what rows are found.
    let entries: [TableEntries]
    /// What the types of a row's values are made of.
    let baseTypes: [SQLType]
    let shapes: [StoredShape?]
    /// Columns of the primary key that might be JSON null.
    let jsonKeyColumns: [Int]
    /// The columns in the order in which documents have their fields.
    let storedOrder: [(name: String, index: Int)]
    fileprivate let binding: Binding

    fileprivate init(_ table: TableRelation, _ definitions: Definitions) throws(SQLError) {
        let session = definitions.session
        let binder = Binder(session, definitions, try SourceText(""), ParameterTypes([]))
        binding = Binding(session, definitions)
        // What the table's own texts name is looked for beside it first, whatever the path of who writes is.
        let path = definitions.viewPath
        definitions.viewPath = [table.schema] + definitions.searchPath
        defer { definitions.viewPath = path }
        let types = table.rowTypes
        let baseTypes = types.indices.map { table.declared.readType($0, definitions) }
        self.baseTypes = baseTypes
        jsonKeyColumns = table.declaration.primaryKeyIndexes.filter { baseTypes[$0].oid == SQLType.jsonb.oid }
        shapes = types.map { .of($0, definitions) }
        entries = table.entries(definitions)
        storedOrder = table.declaration.columns.enumerated().map { ($1.name, $0) }.sorted {
            $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        var defaults: [Scalar?] = []
        var generated: [(index: Int, scalar: Scalar)] = []
        for (index, column) in table.declaration.columns.enumerated() {
            if let text = column.generated {
                let scalar = try Self.bind(text, table, .generated, binder)
                generated.append((index, try binder.coerce(scalar, to: column.type, .assignment, at: nil)))
            }
            defaults.append(try Self.defaultValue(of: column, table, binder))
        }
        self.defaults = defaults
        self.generated = generated
        var checks: [(name: String, scalar: Scalar)] = []
        for constraint in table.declaration.constraints where constraint.kind == .check {
            let scalar = try Self.bind(constraint.expression ?? "true", table, .check, binder)
            checks.append((constraint.name, try binder.coerce(scalar, to: .bool, .assignment, at: nil)))
        }
        self.checks = checks.sorted { $0.name < $1.name }
        var uniques: [Unique] = []
        for constraint in table.declaration.constraints where constraint.kind == .unique || constraint.kind == .primary {
            let columns = table.cellIndexes + constraint.columns.compactMap { table.declaration.index(of: $0) }
            if constraint.kind == .primary, !table.hasHiddenKey { continue }
            uniques.append(
                Unique(
                    name: constraint.name, scalars: columns.map { ColumnScalar($0, types[$0]) }, predicate: nil,
                    nullsAreEqual: constraint.nullsAreEqual || constraint.kind == .primary, columns: columns,
                    isDeferrable: constraint.isDeferrable))
        }
        for index in table.declaration.indexes where index.isUnique {
            var scalars: [Scalar] = table.cellIndexes.map { ColumnScalar($0, types[$0]) }
            for element in index.elements { scalars.append(try Self.bind(element, table, .index, binder)) }
            let predicate = try index.predicate.map { text throws(SQLError) in try Self.bind(text, table, .index, binder) }
            uniques.append(
                Unique(
                    name: index.name, scalars: scalars, predicate: predicate, nullsAreEqual: index.nullsAreEqual,
                    columns: scalars.compactMap { ($0 as? ColumnScalar)?.position }, isDeferrable: false))
        }
        self.uniques = uniques
    }

    /// An expression of the declaration over the table's columns.
    static func bind(_ text: String, _ table: TableRelation, _ rules: ClauseRules, _ binder: Binder) throws(SQLError) -> Scalar {
        let scope = Scope(parent: nil, rules: rules)
        scope.items = [ScopeItem.row(of: table)]
        return binder.resolved(try binder.bind(try Parser.expression(text), scope))
    }

    private static func defaultValue(
        of column: Declaration.Column, _ table: TableRelation, _ binder: Binder
    ) throws(SQLError) -> Scalar? {
        if let written = column.defaultText {
            let text = try SequenceNames.replacing(in: written) { (name) throws(SQLError) in
                try binder.definitions.sequence(name, ofTablesIn: table.schema).map { SequenceNames.qualified($0.schema, $0.name) }
            }
            let scope = Scope(parent: nil, rules: .defaults)
            return try binder.coerce(default: try binder.bind(try Parser.expression(text), scope), to: column.type)
        }
        if column.identity != nil, let sequence = column.sequence {
            let name = ConstantScalar(.text(Quoting.identifier(table.schema) + "." + Quoting.identifier(sequence)), .text)
            return try binder.coerce(SequenceScalar("nextval", [name]), to: column.type, .assignment, at: nil)
        }
        if let user = binder.types.type(column.type.oid), case .domain = user.kind {
            let text = try binder.definitions.domainDefault(column.type) ?? "NULL"
            let value = try binder.bind(try Parser.expression(text), Scope(parent: nil, rules: .defaults))
            return try binder.coerce(default: value, to: column.type)
        }
        return nil
    }
}

/// What a state had declared, and what a session had set, when something was bound.
struct Binding {
    private let definitions: DefinitionCache
    private let settingsCount: Int

    init(_ session: Session, _ definitions: Definitions) {
        self.definitions = DefinitionCache.of(definitions.state.snapshot)
        settingsCount = session.settingsStore.changeCount
    }

    /// Whether it would be bound to the same things in a state.
    func holds(_ state: ReadState, _ session: Session) -> Bool {
        settingsCount == session.settingsStore.changeCount && DefinitionCache.of(state.snapshot) === definitions
    }
}

extension Session {
    /// How many tables' rules are kept.
    private static let mostRules = 64

    /// The rules of a table, as they were bound before where nothing has changed since.
    func rules(of table: TableRelation, _ definitions: Definitions) throws(SQLError) -> TableRules {
        // Tables of the session have no state that says whether they have changed.
        guard temporaryStore == nil else { return try TableRules(table, definitions) }
        if let kept = tableRules[table.config.id], kept.binding.holds(definitions.state, self) { return kept }
        let made = try TableRules(table, definitions)
        if tableRules.count >= Self.mostRules { tableRules = [:] }
        tableRules[table.config.id] = made
        return made
    }
}
