import Catalog
import Ground

// The constraints of a table, once all of its columns are known.
extension TableBuilder {
    private func isTaken(_ candidate: String) -> Bool { declaration.constraints.contains { $0.name == candidate } }

    /// Resolves the names in constraints and DEFAULTs, once all columns are known.
    mutating func resolveConstraints() throws(SQLError) {
        try resolveDefaults()
        for index in declaration.columns.indices where declaration.columns[index].generated != nil {
            try checkGenerated(index)
        }
        for item in uniqueColumns {
            try addUnique(item.name, item.columns, item.rule, isPrimary: item.isPrimary, item.isDeferrable, item.isDeferred)
        }
        for item in checks { try addCheck(item.name, item.expression, item.column, item.isNoInherit, item.isValid) }
        for item in foreign {
            try addForeign(item.name, item.columns, item.reference, item.isDeferrable, item.isDeferred, isValid: item.isValid)
        }
        uniqueColumns = []
        checks = []
        foreign = []
    }

    private var relation: RowSketch { RowSketch(name: name, declaration: declaration) }

    private func checkGenerated(_ index: Int) throws(SQLError) {
        let column = declaration.columns[index]
        if column.defaultText != nil {
            throw error("42601", "both default and generation expression specified for column \"\(column.name)\" of table \"\(name)\"")
        }
        let scope = Scope(parent: nil, rules: .generated)
        scope.items = [relation.item]
        let expression = if let written = generated[column.number] { written } else { try Parser.expression(column.generated ?? "") }
        let scalar = try definer.binder.bind(expression, scope)
        if scalar.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in column generation expression") }
        var uses = false
        scalar.visit { node in
            if let other = node as? ColumnScalar, self.declaration.columns[other.position].generated != nil { uses = true }
        }
        if uses { throw error("42P17", "cannot use generated column in column generation expression") }
        // One that was there before is what it was taken for then.
        if !scalar.isImmutable, generated[column.number] != nil { throw error("42P17", "generation expression is not immutable") }
        guard try definer.binder.coerceIfPossible(scalar, to: column.type, .assignment, at: nil) != nil else {
            throw error(
                "42804",
                "column \"\(column.name)\" is of type \(definer.binder.typeName(SQLType(column.type.oid))) but default expression is of "
                    + "type \(definer.binder.typeName(scalar.type))", hint: "You will need to rewrite or cast the expression.")
        }
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

    /// The columns of INCLUDE, of which some may be there twice.
    private func included(_ names: [Name]) throws(SQLError) -> [Int] {
        try names.map { name throws(SQLError) in
            guard let column = declaration.column(named: name.text) else {
                throw error("42703", "column \"\(name.text)\" named in key does not exist", at: name.position)
            }
            return column.number
        }
    }

    private mutating func addUnique(
        _ given: String?, _ columns: [Name], _ rule: UniqueRule, isPrimary: Bool, _ isDeferrable: Bool, _ isDeferred: Bool
    ) throws(SQLError) {
        let numbers = try numbers(columns, isPrimary ? "primary key" : "unique")
        try definer.requireIndexColumnCount(numbers.count + rule.included.count)
        if isPrimary {
            for number in numbers where numbers.count > 1 || declaration.cells != nil {
                guard let column = declaration.columns.first(where: { $0.number == number }) else { continue }
                try definer.requireKeyPart(column.type, column.name)
            }
            guard declaration.primaryKey == nil else {
                throw error("42P16", "multiple primary keys for table \"\(name)\" are not allowed", at: columns.first?.position)
            }
            for number in numbers { if let index = declaration.index(of: number) { declaration.columns[index].isNotNull = true } }
        }
        for number in numbers {
            guard let index = declaration.index(of: number), declaration.columns[index].type.oid == SQLType.json.oid else { continue }
            throw error("42704", "data type json has no default operator class for access method \"btree\"")
        }
        let joined = OutputNames.distinct((columns + rule.included).map(\.text)).joined(separator: "_")
        let isIndex = declaration.constraints.contains { $0.name == given && ($0.kind == .primary || $0.kind == .unique) }
        // The table's own index may have the name, which becomes the constraint's.
        let isRelation = try given.map { given throws(SQLError) in
            if try definer.definitions.relation(named: given, schema: schema) != nil { return true }
            return try definer.definitions.table(ofIndex: given, schema: schema).map { $0.name != self.name } ?? false
        }
        if let given, isIndex || isRelation == true {
            throw error("42P07", "relation \"\(given)\" already exists")
        }
        let name = try free(given, isPrimary ? "\(name)_pkey" : "\(name)_\(joined)_key")
        definer.claim(name, schema)
        var constraint = Declaration.Constraint(id: UUID.random().description, name: name, kind: isPrimary ? .primary : .unique)
        constraint.columns = numbers
        constraint.included = try included(rule.included)
        constraint.nullsAreEqual = rule.nullsAreEqual
        constraint.isDeferrable = isDeferrable || isDeferred
        constraint.isDeferred = isDeferred
        declaration.constraints.append(constraint)
    }

    private func free(_ given: String?, _ base: String) throws(SQLError) -> String {
        if let given {
            if isTaken(given) { throw error("42710", "constraint \"\(given)\" for relation \"\(name)\" already exists") }
            try definer.checkLength(given)
            return given
        }
        return try definer.freeName(base) { (candidate) throws(SQLError) in
            if isTaken(candidate) || declaration.indexes.contains(where: { $0.name == candidate }) { return true }
            // A constraint that the same statement has dropped leaves its name.
            return try definer.definitions.table(ofIndex: candidate, schema: schema).map { $0.name != name } ?? false
        }
    }

    private mutating func addCheck(
        _ given: String?, _ expression: Expression, _ column: String?, _ isNoInherit: Bool, _ isValid: Bool
    ) throws(SQLError) {
        let scope = Scope(parent: nil, rules: .check)
        scope.items = [relation.item]
        let scalar = try definer.binder.condition(expression, scope, "CHECK", nil)
        if scalar.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in check constraint") }
        let used = Set(scalar.positions)
        let only = used.count == 1 ? used.first.map { declaration.columns[$0].name } : nil
        let base = (column ?? only).map { "\(name)_\($0)_check" } ?? "\(name)_check"
        var constraint = Declaration.Constraint(id: UUID.random().description, name: try free(given, base), kind: .check)
        constraint.expression = Printer.text(expression)
        constraint.columns = used.sorted().map { declaration.columns[$0].number }
        constraint.isNoInherit = isNoInherit
        constraint.isValidated = isValid
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
        if targetName == name, reference.relation.parts.dropLast().last.map({ $0.text == schema }) ?? true {
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
            case nil: throw definer.definitions.missing(reference.relation)
            default: throw error("42809", "referenced relation \"\(targetName)\" is not a table", at: nil)
            }
        }
        if target.cells != nil, target.cells != declaration.cells {
            throw error(
                "42830", "table \"\(targetName)\" has its keys in cells, and only tables of its cell group can refer to them", at: nil)
        }
        var referenced: [Int] = []
        if reference.columns.isEmpty {
            guard let primary = target.primaryKey else {
                throw error("42704", "there is no primary key for referenced table \"\(targetName)\"", at: nil)
            }
            guard !primary.isDeferrable else {
                throw error("55000", "cannot use a deferrable primary key for referenced table \"\(targetName)\"", at: nil)
            }
            referenced = primary.columns
        } else {
            for column in reference.columns {
                guard let found = target.column(named: column.text) else {
                    throw error("42703", "column \"\(column.text)\" referenced in foreign key constraint does not exist", at: nil)
                }
                referenced.append(found.number)
            }
            let keys = target.constraints.filter { ($0.kind == .primary || $0.kind == .unique) && Set($0.columns) == Set(referenced) }
            let isKey =
                keys.contains { !$0.isDeferrable }
                || target.indexes.contains { index in
                    index.isUnique && index.predicate == nil
                        && Set(index.elements) == Set(reference.columns.map { Quoting.identifier($0.text) })
                }
            guard isKey || keys.isEmpty else {
                throw error("55000", "cannot use a deferrable unique constraint for referenced table \"\(targetName)\"", at: nil)
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
            try requireComparable((a.name, a.type), (b.name, b.type), constraint.name)
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
    /// Throws `42804` if a foreign key can't hold between columns of such types.
    func requireComparable(
        _ own: (name: String, type: SQLType), _ other: (name: String, type: SQLType), _ name: String
    ) throws(SQLError) {
        let (referencing, referenced) = (own.type, other.type)
        do throws(SQLError) {
            _ = try definer.binder.call(
                operator: OperatorName(symbol: "=", position: Position(0)), ColumnScalar(0, referenced), ColumnScalar(1, referencing))
            guard try isComparable(referencing, referenced) else { throw SQLError(SQLState(rawValue: "42804"), "types differ") }
        } catch {
            let types = [referencing, referenced].map { definer.binder.typeName(SQLType($0.oid)) }
            throw definer.error(
                "42804", "foreign key constraint \"\(name)\" cannot be implemented",
                detail: "Key columns \"\(own.name)\" and \"\(other.name)\" are of incompatible types: \(types[0]) and \(types[1]).")
        }
        let oids = [referencing, referenced].map { TypeTable.base(of: $0, definer.binder.types).oid }
        guard oids[0] == oids[1] || !oids.contains(SQLType.timestamptz.oid) else {
            // Which of them are equal depends on the time zone of whoever asks.
            throw self.error(
                "0A000",
                "a foreign key between \(definer.binder.typeName(referencing)) and \(definer.binder.typeName(referenced)) is not supported",
                hint: "Give both columns one type.")
        }
    }

    private func isComparable(_ referencing: SQLType, _ referenced: SQLType) throws(SQLError) -> Bool {
        let types = definer.binder.types
        let (a, b) = (TypeTable.base(of: referencing, types), TypeTable.base(of: referenced, types))
        if a.oid == b.oid { return true }
        let integers = [SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid]
        let floats = [SQLType.float4.oid, SQLType.float8.oid]
        if integers.contains(a.oid), integers.contains(b.oid) { return true }
        if floats.contains(a.oid), floats.contains(b.oid) { return true }
        if [a.oid, b.oid].allSatisfy({ [SQLType.date, .timestamp, .timestamptz].map(\.oid).contains($0) }) { return true }
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
}
