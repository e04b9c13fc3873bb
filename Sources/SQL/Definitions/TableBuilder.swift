import Catalog
import Ground

/// Puts a declaration together from the parts of CREATE TABLE, and of ALTER TABLE.
struct TableBuilder {
    private let definer: Definer
    private let id: String
    let name: String
    let schema: String
    let isTemporary: Bool
    var declaration = Declaration()
    private var sequences: [(name: String, content: Datum)] = []
    private var uniqueColumns: [(name: String?, columns: [Name], rule: UniqueRule, isPrimary: Bool, isDeferrable: Bool, isDeferred: Bool)] =
        []
    private var foreign: [(name: String?, columns: [Name], reference: Reference, isDeferrable: Bool, isDeferred: Bool, isValid: Bool)] = []
    private var checks: [(name: String?, expression: Expression, column: String?)] = []

    init(_ definer: Definer, name: String, schema: String, isTemporary: Bool) {
        self.definer = definer
        self.name = name
        self.schema = schema
        self.isTemporary = isTemporary
        id = UUID.random().description
    }

    /// To add to a table that is there.
    init(_ definer: Definer, _ table: TableRelation) {
        self.definer = definer
        name = table.name
        schema = table.schema
        isTemporary = table.isTemporary
        id = table.config.id
        declaration = table.declaration
    }

    private func error(_ state: String, _ message: String, at position: Position? = nil) -> SQLError {
        definer.error(state, message, at: position)
    }

    // MARK: - Parts

    mutating func add(_ element: TableElement) throws(SQLError) {
        switch element {
        case .column(let column): try add(column)
        case .constraint(let constraint): try add(constraint)
        case .like(let like): try add(like)
        }
    }

    mutating func add(_ column: ColumnDefinition) throws(SQLError) {
        let name = column.name.text
        guard declaration.column(named: name) == nil else {
            throw error("42701", "column \"\(name)\" specified more than once", at: column.name.position)
        }
        guard name != "_key", name != "_doc" else { throw error("42701", "column name \"\(name)\" conflicts with a hidden column") }
        guard declaration.columns.count < 1600 else { throw error("54011", "tables can have at most 1600 columns") }
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
            case .notNull: made.isNotNull = true
            case .null:
                if made.isNotNull {
                    throw error("42601", "conflicting NULL/NOT NULL declarations for column \"\(name)\" of table \"\(self.name)\"")
                }
            case .check(let expression, _): checks.append((given, expression, name))
            case .default(let expression):
                guard made.defaultText == nil else {
                    throw error("42601", "multiple default values specified for column \"\(name)\" of table \"\(self.name)\"")
                }
                if made.identity != nil {
                    throw error("42601", "both default and identity specified for column \"\(name)\" of table \"\(self.name)\"")
                }
                made.defaultText = Printer.text(expression)
                try checkDefault(made)
            case .generated(let expression):
                if made.generated != nil {
                    throw error("42601", "multiple generation clauses specified for column \"\(name)\" of table \"\(self.name)\"")
                }
                if made.identity != nil {
                    throw error(
                        "42601", "both identity and generation expression specified for column \"\(name)\" of table \"\(self.name)\"")
                }
                made.generated = Printer.text(expression)
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
            case .primaryKey(let rule):
                made.isNotNull = true
                uniqueColumns.append((given, [column.name], rule, true, isDeferrable, isDeferred))
            case .references(let reference): foreign.append((given, [column.name], reference, isDeferrable, isDeferred, true))
            case .deferrable, .initially: break
            }
        }
        declaration.columns.append(made)
    }

    /// A DEFAULT is of the column's type, and of no columns.
    func checkDefault(_ column: Declaration.Column) throws(SQLError) {
        guard let text = column.defaultText else { return }
        let scope = Scope(parent: nil, rules: .defaults)
        let expression = try Parser.expression(text)
        let scalar: Scalar
        do throws(SQLError) { scalar = try definer.binder.bind(expression, scope) } catch {
            guard error.state.rawValue == "42703" || error.state.rawValue == "42P01" else { throw error }
            throw SQLError(.featureNotSupported, "cannot use column reference in DEFAULT expression")
        }
        if scalar.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in DEFAULT expression") }
        guard try definer.binder.coerceIfPossible(scalar, to: column.type, .assignment, at: nil) != nil else {
            throw error(
                "42804",
                "column \"\(column.name)\" is of type \(definer.binder.typeName(SQLType(column.type.oid))) but default expression is of "
                    + "type \(definer.binder.typeName(scalar.type))")
        }
    }

    private mutating func addSequence(
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
        case .check(let expression): checks.append((given, expression, nil))
        case .unique(let columns, let rule):
            uniqueColumns.append((given, columns, rule, false, constraint.isDeferrable, constraint.isInitiallyDeferred))
        case .primaryKey(let columns, let rule):
            uniqueColumns.append((given, columns, rule, true, constraint.isDeferrable, constraint.isInitiallyDeferred))
        case .index(let index, let isPrimaryKey):
            guard let known = declaration.indexes.firstIndex(where: { $0.name == index.text }) else {
                throw error("42704", "index \"\(index.text)\" does not exist", at: constraint.position)
            }
            let columns = declaration.indexes[known].elements.map { Name($0.replacing("\"", with: ""), at: index.position) }
            declaration.indexes.remove(at: known)
            uniqueColumns.append(
                (given ?? index.text, columns, UniqueRule(), isPrimaryKey, constraint.isDeferrable, constraint.isInitiallyDeferred))
        case .foreignKey(let columns, let reference):
            foreign.append(
                (given, columns, reference, constraint.isDeferrable, constraint.isInitiallyDeferred, !constraint.isNotValid))
        }
    }

    private mutating func add(_ like: LikeClause) throws(SQLError) {
        if case .view(let view)? = try definer.definitions.relation(like.relation) {
            try definer.definitions.require(.read, view)
            for field in view.columns {
                guard declaration.column(named: field.name) == nil else {
                    throw error("42701", "column \"\(field.name)\" specified more than once")
                }
                declaration.columns.append(.init(name: field.name, number: declaration.nextNumber, type: field.type))
                declaration.nextNumber += 1
            }
            return
        }
        guard case .table(let table)? = try definer.definitions.relation(like.relation) else {
            throw error("42P01", "relation \"\(like.relation.text)\" does not exist", at: like.relation.position)
        }
        try definer.definitions.require(.read, table)
        var included: Set<String> = []
        let all: Set<String> = ["defaults", "constraints", "identity", "generated", "indexes", "comments", "storage", "statistics"]
        for choice in like.choices {
            let parts = choice.part == "all" ? all : [choice.part]
            if choice.isIncluded { included.formUnion(parts) } else { included.subtract(parts) }
        }
        var numbers: [Int: Int] = [:]
        for column in table.declaration.columns {
            guard declaration.column(named: column.name) == nil else {
                throw error("42701", "column \"\(column.name)\" specified more than once")
            }
            var copy = column
            copy.number = declaration.nextNumber
            numbers[column.number] = copy.number
            declaration.nextNumber += 1
            copy.sequence = nil
            copy.identity = nil
            if !included.contains("defaults") { copy.defaultText = nil }
            if !included.contains("generated") { copy.generated = nil }
            if !included.contains("comments") { copy.comment = nil }
            if included.contains("identity"), let identity = column.identity { try addSequence(&copy, [], identity: identity) }
            declaration.columns.append(copy)
        }
        for constraint in table.declaration.constraints {
            var copy = constraint
            copy.id = UUID.random().description
            copy.columns = constraint.columns.compactMap { numbers[$0] }
            switch constraint.kind {
            case .check where included.contains("constraints"): declaration.constraints.append(copy)
            case .primary where included.contains("indexes"), .unique where included.contains("indexes"):
                let names = constraint.columns.compactMap { number in table.declaration.columns.first { $0.number == number }?.name }
                var rule = UniqueRule()
                rule.nullsAreEqual = constraint.nullsAreEqual
                uniqueColumns.append((nil, names.map { Name($0, at: Position(0)) }, rule, constraint.kind == .primary, false, false))
            default: break
            }
        }
    }

    // MARK: - Together

    private func isTaken(_ candidate: String) -> Bool { declaration.constraints.contains { $0.name == candidate } }

    /// Resolves the names in constraints, once all columns are known.
    mutating func resolveConstraints() throws(SQLError) {
        for index in declaration.columns.indices where declaration.columns[index].generated != nil {
            try checkGenerated(index)
        }
        for item in uniqueColumns {
            try addUnique(item.name, item.columns, item.rule, isPrimary: item.isPrimary, item.isDeferrable, item.isDeferred)
        }
        for item in checks { try addCheck(item.name, item.expression, item.column) }
        for item in foreign {
            try addForeign(item.name, item.columns, item.reference, item.isDeferrable, item.isDeferred, isValid: item.isValid)
        }
        uniqueColumns = []
        checks = []
        foreign = []
    }

    private func relation(_ config: TableConfig? = nil) -> RowSketch { RowSketch(name: name, declaration: declaration) }

    private func checkGenerated(_ index: Int) throws(SQLError) {
        let column = declaration.columns[index]
        if column.defaultText != nil {
            throw error("42601", "both default and generation expression specified for column \"\(column.name)\" of table \"\(name)\"")
        }
        let scope = Scope(parent: nil, rules: .generated)
        scope.items = [relation().item]
        let scalar = try definer.binder.bind(try Parser.expression(column.generated ?? ""), scope)
        if scalar.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in column generation expression") }
        var uses = false
        scalar.visit { node in
            if let other = node as? ColumnScalar, self.declaration.columns[other.position].generated != nil { uses = true }
        }
        if uses { throw error("42P17", "cannot use generated column in column generation expression") }
        if !scalar.isImmutable { throw error("42P17", "generation expression is not immutable") }
        _ = try definer.binder.coerce(scalar, to: column.type, .assignment, at: nil)
    }

    private func numbers(_ names: [Name], _ clause: String) throws(SQLError) -> [Int] {
        var numbers: [Int] = []
        for name in names {
            guard let column = declaration.column(named: name.text) else {
                throw error("42703", "column \"\(name.text)\" named in key does not exist", at: name.position)
            }
            guard !numbers.contains(column.number) else {
                throw error("42701", "column \"\(name.text)\" appears twice in \(clause) constraint", at: name.position)
            }
            numbers.append(column.number)
        }
        return numbers
    }

    private mutating func addUnique(
        _ given: String?, _ columns: [Name], _ rule: UniqueRule, isPrimary: Bool, _ isDeferrable: Bool, _ isDeferred: Bool
    ) throws(SQLError) {
        let numbers = try numbers(columns, isPrimary ? "primary key" : "unique")
        if isPrimary {
            guard declaration.primaryKey == nil else {
                throw error("42P16", "multiple primary keys for table \"\(name)\" are not allowed", at: columns.first?.position)
            }
            for number in numbers { if let index = declaration.index(of: number) { declaration.columns[index].isNotNull = true } }
        }
        for number in numbers {
            guard let index = declaration.index(of: number), declaration.columns[index].type.oid == SQLType.json.oid else { continue }
            throw error("42704", "data type json has no default operator class for access method \"btree\"")
        }
        let joined = columns.map(\.text).joined(separator: "_")
        if let given, try definer.definitions.relation(named: given, schema: schema) != nil {
            throw error("42P07", "relation \"\(given)\" already exists")
        }
        let name = try free(given, isPrimary ? "\(name)_pkey" : "\(name)_\(joined)_key")
        var constraint = Declaration.Constraint(id: UUID.random().description, name: name, kind: isPrimary ? .primary : .unique)
        constraint.columns = numbers
        constraint.nullsAreEqual = rule.nullsAreEqual
        constraint.isDeferrable = isDeferrable || isDeferred
        constraint.isDeferred = isDeferred
        declaration.constraints.append(constraint)
    }

    private func free(_ given: String?, _ base: String) throws(SQLError) -> String {
        if let given {
            if isTaken(given) { throw error("42710", "constraint \"\(given)\" for relation \"\(name)\" already exists") }
            return given
        }
        return try definer.freeName(base) { (candidate) throws(SQLError) in
            if isTaken(candidate) { return true }
            return try definer.definitions.table(ofIndex: candidate, schema: schema) != nil
        }
    }

    private mutating func addCheck(_ given: String?, _ expression: Expression, _ column: String?) throws(SQLError) {
        let scope = Scope(parent: nil, rules: .check)
        scope.items = [relation().item]
        let scalar = try definer.binder.condition(expression, scope, "CHECK", nil)
        if scalar.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in check constraint") }
        let used = Set(scalar.positions)
        let only = used.count == 1 ? used.first.map { declaration.columns[$0].name } : nil
        let base = (column ?? only).map { "\(name)_\($0)_check" } ?? "\(name)_check"
        var constraint = Declaration.Constraint(id: UUID.random().description, name: try free(given, base), kind: .check)
        constraint.expression = Printer.text(expression)
        constraint.columns = used.sorted().map { declaration.columns[$0].number }
        declaration.constraints.append(constraint)
    }

    private mutating func addForeign(
        _ given: String?, _ columns: [Name], _ reference: Reference, _ isDeferrable: Bool, _ isDeferred: Bool, isValid: Bool
    ) throws(SQLError) {
        var numbers: [Int] = []
        for column in columns {
            guard let found = declaration.column(named: column.text) else {
                throw error("42703", "column \"\(column.text)\" referenced in foreign key constraint does not exist", at: nil)
            }
            numbers.append(found.number)
        }
        let target: Declaration
        let targetID: String
        let targetName = reference.relation.last
        if targetName == name, reference.relation.parts.count == 1 {
            (target, targetID) = (declaration, id)
        } else {
            switch try definer.definitions.relation(reference.relation) {
            case .table(let table)?:
                if table.isTemporary != isTemporary {
                    throw error(
                        "42P16",
                        "constraints on \(isTemporary ? "temporary" : "permanent") tables may reference only "
                            + "\(isTemporary ? "temporary" : "permanent") tables")
                }
                // Whether a row refers to one of it tells of its rows.
                try definer.definitions.require(.read, table)
                (target, targetID) = (table.declaration, table.config.id)
            case nil: throw error("42P01", "relation \"\(reference.relation.text)\" does not exist", at: nil)
            default: throw error("42809", "referenced relation \"\(targetName)\" is not a table", at: nil)
            }
        }
        var referenced: [Int] = []
        if reference.columns.isEmpty {
            guard let primary = target.primaryKey else {
                throw error("42704", "there is no primary key for referenced table \"\(targetName)\"", at: nil)
            }
            referenced = primary.columns
        } else {
            for column in reference.columns {
                guard let found = target.column(named: column.text) else {
                    throw error("42703", "column \"\(column.text)\" referenced in foreign key constraint does not exist", at: nil)
                }
                referenced.append(found.number)
            }
            let isKey =
                target.constraints.contains {
                    ($0.kind == .primary || $0.kind == .unique) && Set($0.columns) == Set(referenced)
                }
                || target.indexes.contains { index in
                    index.isUnique && index.predicate == nil
                        && Set(index.elements) == Set(reference.columns.map { Quoting.identifier($0.text) })
                }
            guard isKey else {
                throw error("42830", "there is no unique constraint matching given keys for referenced table \"\(targetName)\"", at: nil)
            }
        }
        guard referenced.count == numbers.count else {
            throw error("42830", "number of referencing and referenced columns for foreign key disagree", at: nil)
        }
        let base = "\(name)_\(columns.map(\.text).joined(separator: "_"))_fkey"
        var constraint = Declaration.Constraint(id: UUID.random().description, name: try free(given, base), kind: .foreign)
        for (mine, its) in zip(numbers, referenced) {
            guard let a = declaration.columns.first(where: { $0.number == mine }), let b = target.columns.first(where: { $0.number == its })
            else { continue }
            do throws(SQLError) {
                _ = try definer.binder.call(
                    operator: OperatorName(symbol: "=", position: Position(0)), ColumnScalar(0, b.type), ColumnScalar(1, a.type))
                guard try isComparable(a.type, b.type) else { throw SQLError(SQLState(rawValue: "42804"), "types differ") }
            } catch {
                throw self.error("42804", "foreign key constraint \"\(constraint.name)\" cannot be implemented")
            }
        }
        constraint.columns = numbers
        constraint.references = targetID
        constraint.referenced = referenced
        constraint.isFull = reference.isFull
        constraint.isDeferrable = isDeferrable || isDeferred
        constraint.isDeferred = isDeferred
        constraint.isValidated = isValid
        (constraint.onDelete, constraint.onDeleteColumns) = try action(reference.onDelete)
        for number in constraint.onDeleteColumns where !numbers.contains(number) {
            let column = declaration.columns.first { $0.number == number }?.name ?? ""
            throw error("42P10", "column \"\(column)\" referenced in ON DELETE SET action must be part of foreign key")
        }
        (constraint.onUpdate, _) = try action(reference.onUpdate)
        declaration.constraints.append(constraint)
    }

    /// Whether values of a referencing column can be looked for among those of the referenced one.
    private func isComparable(_ referencing: SQLType, _ referenced: SQLType) throws(SQLError) -> Bool {
        let types = definer.binder.types
        let (a, b) = (TypeTable.base(of: referencing, types), TypeTable.base(of: referenced, types))
        if a.oid == b.oid { return true }
        let integers = [SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid]
        let floats = [SQLType.float4.oid, SQLType.float8.oid]
        if integers.contains(a.oid), integers.contains(b.oid) { return true }
        if floats.contains(a.oid), floats.contains(b.oid) { return true }
        return try definer.binder.coerceIfPossible(ColumnScalar(0, a), to: b, .implicit, at: nil) != nil
    }

    private func action(_ action: Reference.Action) throws(SQLError) -> (String, [Int]) {
        switch action {
        case .noAction: return ("no action", [])
        case .restrict: return ("restrict", [])
        case .cascade: return ("cascade", [])
        case .setNull(let columns): return ("set null", try numbers(once(columns), "foreign key"))
        case .setDefault(let columns): return ("set default", try numbers(once(columns), "foreign key"))
        }
    }

    private func once(_ names: [Name]) -> [Name] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0.text).inserted }
    }

    // MARK: - Storing

    mutating func storeSequences() throws(SQLError) {
        for (sequence, content) in sequences {
            try definer.put("sequence", Definitions.key(schema, sequence), content, isTemporary: isTemporary)
        }
        sequences = []
    }

    /// The field that is the key of the table's documents.
    static func keyField(_ declaration: Declaration) -> String {
        guard let primary = declaration.primaryKey, primary.columns.count == 1, !primary.isDeferrable,
            let index = declaration.index(of: primary.columns[0])
        else {
            return "_key"
        }
        let column = declaration.columns[index]
        let keys: Set<UInt32> = [
            SQLType.bool.oid, SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid, SQLType.text.oid, SQLType.varchar.oid, SQLType.uuid.oid,
            SQLType.date.oid, SQLType.timestamp.oid, SQLType.bytea.oid,
        ]
        return keys.contains(column.type.oid) ? column.name : "_key"
    }

    /// Makes the table.
    mutating func finish(key: String) throws(SQLError) {
        try resolveConstraints()
        try storeSequences()
        let (id, datum, field) = (id, declaration.datum, Self.keyField(declaration))
        let indexes = declaration.wantedIndexes(definer.session.types)
        try definer.writing(isTemporary: isTemporary) { (transaction, database) throws(CatalogError) in
            let table = try transaction.createDeclaredTable(key, in: database, primaryKey: field, id: id, declaration: datum)
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

extension Scalar {
    /// Whether no session, time or chance has to do with it; columns may.
    var isImmutable: Bool {
        if self is ColumnScalar { return true }
        return isImmutableItself && operands.allSatisfy(\.isImmutable)
    }

    var hasSubquery: Bool {
        var found = false
        visit { if $0 is SubqueryScalar { found = true } }
        return found
    }
}

/// The declaration of a sequence from the options of CREATE SEQUENCE.
enum SequenceBuilder {
    private static func bounds(of type: SQLType) -> (Int64, Int64)? {
        switch type.oid {
        case SQLType.int2.oid: (Int64(Int16.min), Int64(Int16.max))
        case SQLType.int4.oid: (Int64(Int32.min), Int64(Int32.max))
        case SQLType.int8.oid: (.min, .max)
        default: nil
        }
    }

    static func content(
        _ options: [SequenceOption], type given: SQLType, _ definer: Definer, over old: Datum? = nil
    ) throws(SQLError) -> Datum {
        var type = given
        var texts: [String: String] = [:]
        for field in ["start", "increment", "minimum", "maximum", "cache", "last"] { texts[field] = old?[field: field]?.string }
        var cycles = old?[field: "cycle"]?.bool ?? false
        var isCalled = old?[field: "is_called"]?.bool ?? false
        var restart: String??
        var minimumSaid = false
        var maximumSaid = false
        for option in options {
            switch option.kind {
            case .type(let name):
                type = try TypeNames.resolve(name, definer.binder)
                // Bounds that are those of the type before become those of the new one.
                let before = old.map { SQLType(UInt32(clamping: $0[field: "type"]?.integer ?? 20)) }.flatMap(Self.bounds(of:))
                if let before, texts["maximum"] == String(before.1) { texts["maximum"] = nil }
                if let before, texts["minimum"] == String(before.0) { texts["minimum"] = nil }
            case .increment(let digits): texts["increment"] = digits
            case .start(let digits): texts["start"] = digits
            case .cache(let digits): texts["cache"] = digits
            case .minimum(let digits):
                texts["minimum"] = digits
                minimumSaid = true
            case .maximum(let digits):
                texts["maximum"] = digits
                maximumSaid = true
            case .cycle(let flag): cycles = flag
            case .restart(let digits): restart = .some(digits)
            case .owned, .name, .logged: break
            }
        }
        _ = (minimumSaid, maximumSaid)
        guard let bounds = Self.bounds(of: type) else {
            throw definer.error("22023", "sequence type must be smallint, integer, or bigint")
        }
        func number(_ field: String, _ otherwise: Int64) throws(SQLError) -> Int64 {
            guard let text = texts[field] else { return otherwise }
            guard let number = Int64(text) else { throw definer.error("22003", "value \"\(text)\" is out of range for type bigint") }
            return number
        }
        let increment = try number("increment", 1)
        guard increment != 0 else { throw definer.error("22023", "INCREMENT must not be zero") }
        let minimum = try number("minimum", increment > 0 ? 1 : bounds.0)
        let maximum = try number("maximum", increment > 0 ? bounds.1 : -1)
        guard minimum >= bounds.0, minimum <= bounds.1 else {
            throw definer.error("22023", "MINVALUE (\(minimum)) is out of range for sequence data type \(definer.binder.typeName(type))")
        }
        guard maximum <= bounds.1, maximum >= bounds.0 else {
            throw definer.error("22023", "MAXVALUE (\(maximum)) is out of range for sequence data type \(definer.binder.typeName(type))")
        }
        guard minimum < maximum else { throw definer.error("22023", "MINVALUE (\(minimum)) must be less than MAXVALUE (\(maximum))") }
        let start = try number("start", increment > 0 ? minimum : maximum)
        guard start >= minimum else { throw definer.error("22023", "START value (\(start)) cannot be less than MINVALUE (\(minimum))") }
        guard start <= maximum else { throw definer.error("22023", "START value (\(start)) cannot be greater than MAXVALUE (\(maximum))") }
        let cache = try number("cache", 1)
        guard cache > 0 else { throw definer.error("22023", "CACHE (\(cache)) must be greater than zero") }
        var last = try number("last", start)
        if let restart {
            last =
                try restart.map { text throws(SQLError) -> Int64 in
                    guard let number = Int64(text) else {
                        throw definer.error("22003", "value \"\(text)\" is out of range for type bigint")
                    }
                    return number
                } ?? start
            isCalled = false
            guard last >= minimum else { throw definer.error("22023", "RESTART value (\(last)) cannot be less than MINVALUE (\(minimum))") }
            guard last <= maximum else {
                throw definer.error("22023", "RESTART value (\(last)) cannot be greater than MAXVALUE (\(maximum))")
            }
        }
        if old == nil { last = start }
        return Datum.fields([
            ("id", old?[field: "id"] ?? Datum(UUID.random().description)), ("type", Datum(Int(type.oid))), ("start", Datum(String(start))),
            ("increment", Datum(String(increment))), ("minimum", Datum(String(minimum))), ("maximum", Datum(String(maximum))),
            ("cache", Datum(String(cache))), ("cycle", Datum(cycles)), ("last", Datum(String(last))), ("is_called", Datum(isCalled)),
        ])
    }
}
