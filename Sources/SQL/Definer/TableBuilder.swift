import Catalog
import Ground

/// Puts a declaration together from the parts of CREATE TABLE, and of ALTER TABLE.
struct TableBuilder {
    let definer: Definer
    let id: String
    let name: String
    let schema: String
    let isTemporary: Bool
    /// Whether there are no rows yet, for which NOT VALID would mean something.
    private let isNew: Bool
    var declaration = Declaration()
    /// Expressions of generated columns as they stand in the statement, by the columns' numbers.
    private(set) var generated: [Int: Expression] = [:]
    private var sequences: [(name: String, content: Datum)] = []
    /// DEFAULTs that are looked at once the sequences of all columns are there: they may take values of these.
    private var defaults: [(number: Int, written: Expression)] = []
    var uniqueColumns: [(name: String?, columns: [Name], rule: UniqueRule, isPrimary: Bool, isDeferrable: Bool, isDeferred: Bool)] =
        []
    var foreign: [(name: String?, columns: [Name], reference: Reference, isDeferrable: Bool, isDeferred: Bool, isValid: Bool)] = []
    var checks: [(name: String?, expression: Expression, column: String?, isNoInherit: Bool, isValid: Bool)] = []

    init(_ definer: Definer, name: String, schema: String, isTemporary: Bool) {
        self.definer = definer
        self.name = name
        self.schema = schema
        self.isTemporary = isTemporary
        isNew = true
        id = UUID.random().description
    }

    /// To add to a table that is there.
    init(_ definer: Definer, _ table: TableRelation) {
        self.definer = definer
        name = table.name
        schema = table.schema
        isTemporary = table.isTemporary
        isNew = false
        id = table.config.id
        declaration = table.declaration
    }

    func error(_ state: String, _ message: String, hint: String? = nil, at position: Position? = nil) -> SQLError {
        definer.error(state, message, hint: hint, at: position)
    }

    // MARK: - Parts

    mutating func add(_ element: TableElement) throws(SQLError) {
        switch element {
        case .column(let column): try add(column)
        case .constraint(let constraint): try add(constraint)
        case .like(let like): try add(like)
        }
    }

    /// Names that every table of PostgreSQL has.
    private static let systemColumns: Set = ["tableoid", "ctid", "xmin", "cmin", "xmax", "cmax"]

    mutating func add(_ column: ColumnDefinition) throws(SQLError) {
        let name = column.name.text
        guard declaration.column(named: name) == nil else {
            throw error("42701", "column \"\(name)\" specified more than once")
        }
        guard name != "_key", name != "_doc" else { throw error("42701", "column name \"\(name)\" conflicts with a hidden column") }
        guard !Self.systemColumns.contains(name) else {
            throw error("42701", "column name \"\(name)\" conflicts with a system column name", at: column.name.position)
        }
        try definer.checkLength(name)
        try definer.requireColumnCount(declaration.columns.count + 1)
        var made = Declaration.Column(name: name, number: declaration.nextNumber, type: .text)
        declaration.nextNumber += 1
        let typeName = column.type.name.last
        let serials: [String: SQLType] = [
            "serial": .int4, "serial4": .int4, "bigserial": .int8, "serial8": .int8, "smallserial": .int2, "serial2": .int2,
        ]
        if column.type.name.parts.count == 1, let serial = serials[typeName], !column.type.name.parts[0].isQuoted {
            made.type = serial
            made.isNotNull = true
            try addSequence(&made, [], identity: nil)
        } else {
            made.type = try TypeNames.resolve(column.type, definer.binder)
            guard TypeTable.entry(made.type.oid)?.kind != "p" else {
                throw error("42P16", "column \"\(name)\" has pseudo-type \(typeName)", at: column.name.position)
            }
            try definer.requireStorable(made.type, name)
            if let collation = column.collation { try definer.binder.requireCollation(collation, of: made.type, at: collation.position) }
        }
        var isDeferrable = false
        _ = isDeferrable
        for (index, constraint) in column.constraints.enumerated() {
            isDeferrable = column.constraints[(index + 1)...].prefix { $0.isAttribute }.contains {
                $0.kind == .deferrable(true) || $0.kind == .initially(isDeferred: true)
            }
            let isDeferred = column.constraints[(index + 1)...].prefix { $0.isAttribute }.contains {
                $0.kind == .initially(isDeferred: true)
            }
            let given = constraint.name?.text
            switch constraint.kind {
            case .notNull:
                if column.constraints[..<index].contains(where: { $0.kind == .null }) {
                    throw error("42601", "conflicting NULL/NOT NULL declarations for column \"\(name)\" of table \"\(self.name)\"")
                }
                made.isNotNull = true
            case .null:
                if made.isNotNull {
                    throw error("42601", "conflicting NULL/NOT NULL declarations for column \"\(name)\" of table \"\(self.name)\"")
                }
            case .check(let expression, let isNoInherit): checks.append((given, expression, name, isNoInherit, true))
            case .default(let expression):
                guard made.defaultText == nil else {
                    throw error("42601", "multiple default values specified for column \"\(name)\" of table \"\(self.name)\"")
                }
                if made.identity != nil {
                    throw error("42601", "both default and identity specified for column \"\(name)\" of table \"\(self.name)\"")
                }
                made.defaultText = Printer.text(expression)
                defaults.append((made.number, expression))
            case .generated(let expression):
                if made.generated != nil {
                    throw error("42601", "multiple generation clauses specified for column \"\(name)\" of table \"\(self.name)\"")
                }
                if made.identity != nil {
                    throw error(
                        "42601", "both identity and generation expression specified for column \"\(name)\" of table \"\(self.name)\"")
                }
                made.generated = Printer.text(expression)
                generated[made.number] = expression
            case .identity(let isAlways, let options):
                if made.identity != nil {
                    throw error("42601", "multiple identity specifications for column \"\(name)\" of table \"\(self.name)\"")
                }
                if made.defaultText != nil {
                    throw error("42601", "both default and identity specified for column \"\(name)\" of table \"\(self.name)\"")
                }
                if column.constraints.contains(where: { $0.kind == .null }) {
                    throw error("42601", "conflicting NULL/NOT NULL declarations for column \"\(name)\" of table \"\(self.name)\"")
                }
                made.isNotNull = true
                try addSequence(&made, options, identity: isAlways ? "always" : "by_default")
            case .unique(let rule): uniqueColumns.append((given, [column.name], rule, false, isDeferrable, isDeferred))
            case .primaryKey:
                made.isNotNull = true
                uniqueColumns.append((given, [column.name], UniqueRule(), true, isDeferrable, isDeferred))
            case .references(let reference): foreign.append((given, [column.name], reference, isDeferrable, isDeferred, true))
            case .deferrable, .initially: break
            }
        }
        declaration.columns.append(made)
    }

    /// The text of a DEFAULT, in which sequences of other schemas than the table's have theirs.
    func bound(_ text: String, _ definitions: Definitions) throws(SQLError) -> String {
        try SequenceNames.replacing(in: text) { (name) throws(SQLError) in
            guard case .sequence(let found)? = try definitions.relation(name), found.schema != schema else { return nil }
            return SequenceNames.qualified(found.schema, found.name)
        }
    }

    /// Whether a DEFAULT says nothing: NULL is what a column has without it. A domain may have another one.
    func isNull(_ written: Expression, _ type: SQLType) throws(SQLError) -> Bool {
        if case .domain? = definer.definitions.type(type.oid)?.kind { return false }
        switch written {
        case .literal(let literal): return literal.value == .null
        case .chain(let chain):
            guard case .literal(let literal) = chain.first, literal.value == .null, chain.steps.count == 1,
                case .cast(let name, _) = chain.steps[0]
            else { return false }
            return try TypeNames.resolve(name, definer.binder).oid == type.oid
        default: return false
        }
    }

    /// A DEFAULT is of the column's type, and of no columns.
    /// - Parameter written: the default as it stands in the statement, where errors are to point at it.
    func checkDefault(_ column: Declaration.Column, _ written: Expression? = nil) throws(SQLError) {
        guard let text = column.defaultText else { return }
        let expression = if let written { written } else { try Parser.expression(text) }
        let scalar = try definer.binder.bind(expression, Scope(parent: nil, rules: .declaredDefault))
        // A literal that is too long for the column is no mistake as long as nobody takes it.
        let type = scalar.isUnknownLiteral ? SQLType(TypeTable.base(of: column.type, definer.definitions).oid) : column.type
        guard try definer.binder.coerceIfPossible(scalar, to: type, .assignment, at: written?.position) != nil else {
            throw error(
                "42804",
                "column \"\(column.name)\" is of type \(definer.binder.typeName(SQLType(column.type.oid))) but default expression is of "
                    + "type \(definer.binder.typeName(scalar.type))", hint: "You will need to rewrite or cast the expression.")
        }
    }

    mutating func addSequence(
        _ column: inout Declaration.Column, _ options: [SequenceOption], identity: String?
    ) throws(SQLError) {
        if identity != nil, ![SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid].contains(column.type.oid) {
            throw error("22023", "identity column type must be smallint, integer, or bigint")
        }
        let (definer, schema) = (definer, schema)
        let taken = sequences.map(\.name)
        var base = "\(name)_\(column.name)_seq"
        for option in options { if case .name(let name) = option.kind { base = name.last } }
        let sequence = try definer.freeName(base) { (candidate) throws(SQLError) in
            if taken.contains(candidate) { return true }
            return try definer.definitions.relation(named: candidate, schema: schema) != nil
        }
        var content = try SequenceBuilder.content(options, type: column.type, definer)
        content = Datum.fields(
            (0..<content.count).map { (content.key(at: $0), content[$0]) }
                + [("owner_table", Datum(id)), ("owner_column", Datum(column.number))])
        sequences.append((sequence, content))
        column.sequence = sequence
        if let identity {
            column.identity = identity
        } else {
            column.defaultText = Self.nextValue(of: sequence, in: schema)
        }
    }

    /// The DEFAULT of a serial column.
    static func nextValue(of sequence: String, in schema: String) -> String {
        let name = Quoting.identifier(sequence)
        let qualified = schema == "public" || schema == "pg_temp" ? name : Quoting.identifier(schema) + "." + name
        return "nextval(\(Quoting.literal(qualified))::regclass)"
    }

    /// ADD GENERATED … AS IDENTITY.
    mutating func addIdentity(_ index: Int, isAlways: Bool, _ options: [SequenceOption]) throws(SQLError) {
        var column = declaration.columns[index]
        try addSequence(&column, options, identity: isAlways ? "always" : "by_default")
        declaration.columns[index] = column
    }

    mutating func add(_ constraint: TableConstraint) throws(SQLError) {
        let given = constraint.name?.text
        switch constraint.kind {
        case .check(let expression):
            checks.append((given, expression, nil, constraint.isNoInherit, !constraint.isNotValid || isNew))
        case .unique(let columns, let rule):
            uniqueColumns.append((given, columns, rule, false, constraint.isDeferrable, constraint.isInitiallyDeferred))
        case .primaryKey(let columns, let rule):
            uniqueColumns.append((given, columns, rule, true, constraint.isDeferrable, constraint.isInitiallyDeferred))
        case .index(let index, let isPrimaryKey):
            guard let known = declaration.indexes.firstIndex(where: { $0.name == index.text }) else {
                throw error("42704", "index \"\(index.text)\" does not exist", at: constraint.position)
            }
            guard declaration.indexes[known].isUnique else {
                throw error("42809", "\"\(index.text)\" is not a unique index", at: constraint.position)
            }
            guard declaration.indexes[known].predicate == nil else {
                throw error("42809", "\"\(index.text)\" is a partial index", at: constraint.position)
            }
            let isPlain = declaration.indexes[known].elements.allSatisfy { element in
                declaration.columns.contains { Quoting.identifier($0.name) == element }
            }
            guard isPlain else { throw error("42809", "index \"\(index.text)\" contains expressions", at: constraint.position) }
            guard declaration.indexes[known].orders.allSatisfy(\.isEmpty) else {
                throw error(
                    "42809", "index \"\(index.text)\" column number 1 does not have default sorting behavior", at: constraint.position)
            }
            func names(_ elements: [String]) -> [Name] { elements.map { Name($0.replacing("\"", with: ""), at: index.position) } }
            let columns = names(declaration.indexes[known].elements)
            let rule = UniqueRule(included: names(declaration.indexes[known].included))
            declaration.indexes.remove(at: known)
            uniqueColumns.append(
                (given ?? index.text, columns, rule, isPrimaryKey, constraint.isDeferrable, constraint.isInitiallyDeferred))
        case .foreignKey(let columns, let reference):
            foreign.append(
                (given, columns, reference, constraint.isDeferrable, constraint.isInitiallyDeferred, !constraint.isNotValid))
        }
    }

    // MARK: - Storing

    mutating func storeSequences() throws(SQLError) {
        for (sequence, content) in sequences {
            try definer.put("sequence", Definitions.key(schema, sequence), content, isTemporary: isTemporary)
        }
        sequences = []
    }

    /// Makes the sequences of the columns, and looks at the DEFAULTs.
    mutating func resolveDefaults() throws(SQLError) {
        let hasNew = !sequences.isEmpty
        try storeSequences()
        guard !defaults.isEmpty else { return }
        let definitions = hasNew ? try definer.refreshed() : definer.definitions
        for (number, written) in defaults {
            guard let index = declaration.index(of: number), let text = declaration.columns[index].defaultText else { continue }
            declaration.columns[index].defaultText = try bound(text, definitions)
            try checkDefault(declaration.columns[index], written)
            if try isNull(written, declaration.columns[index].type) { declaration.columns[index].defaultText = nil }
        }
        defaults = []
    }

    /// Makes the table.
    /// - Parameter change: what is otherwise than in most tables.
    mutating func finish(key: String, _ change: TableChange? = nil) throws(SQLError) {
        try resolveConstraints()
        let (id, datum, field) = (id, declaration.datum, declaration.documentKey)
        let indexes = definer.wantedIndexes(declaration)
        try definer.writing(isTemporary: isTemporary) { (transaction, database) throws(CatalogError) in
            var table = try transaction.createDeclaredTable(key, in: database, primaryKey: field, id: id, declaration: datum)
            if let change { table = try transaction.change(table, change) }
            try transaction.keepIndexes(indexes, of: table)
        }
    }
}

extension ColumnConstraint {
    fileprivate var isAttribute: Bool {
        switch kind {
        case .deferrable, .initially: true
        default: false
        }
    }
}

/// The columns of a table that may not be there yet.
struct RowSketch {
    let name: String
    let declaration: Declaration

    var item: ScopeItem {
        ScopeItem(
            name: name,
            columns: declaration.columns.enumerated().map { index, column in
                ScopeColumn(name: column.name, type: column.type, make: { ColumnScalar(index, column.type, name: column.name) })
            })
    }
}
