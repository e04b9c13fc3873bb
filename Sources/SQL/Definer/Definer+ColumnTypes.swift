import Catalog

// ALTER COLUMN … TYPE.
extension Definer {
    typealias TypeChange = (name: Name, type: TypeName, using: Expression?)

    /// In which order the actions of one statement are done.
    static func pass(_ action: AlterTable.Action.Kind) -> Int {
        switch action {
        case .dropConstraint, .dropExpression, .dropIdentity, .setDefault(_, nil), .setNotNull(_, false): 0
        case .setType: 1
        case .dropColumn: 2
        case .addColumn: 3
        default: 4
        }
    }

    /// ALTER COLUMN … TYPE of some columns: each USING is about the rows as they were before all of them.
    func setTypes(_ changes: [TypeChange], _ table: TableRelation) throws(SQLError) {
        var declaration = table.declaration
        var conversions: [(index: Int, value: Scalar)] = []
        for change in changes {
            guard let index = declaration.columns.firstIndex(where: { $0.name == change.name.text }) else {
                throw error("42703", "column \"\(change.name.text)\" of relation \"\(table.name)\" does not exist")
            }
            guard !conversions.contains(where: { $0.index == index }) else {
                throw error("0A000", "cannot alter type of column \"\(change.name.text)\" twice")
            }
            let generated = declaration.columns.first { $0.generated.map { reads($0, column: index, of: table) } ?? false }
            if let generated {
                throw error(
                    "0A000", "cannot alter type of a column used by a generated column",
                    detail: "Column \"\(change.name.text)\" is used by generated column \"\(generated.name)\".")
            }
            conversions.append((index, try conversion(of: index, change.type, change.using, table)))
            let type = try TypeNames.resolve(change.type, binder)
            declaration.columns[index].defaultText = try defaultText(of: declaration.columns[index], becoming: type)
            declaration.columns[index].type = type
            try requireStorable(declaration.columns[index].type, change.name.text)
        }
        try requireReferable(declaration, of: table)
        keepMeaning(of: &declaration, table, conversions.map(\.index))
        for (index, _) in conversions { try TableBuilder(self, table).checkDefault(declaration.columns[index]) }
        let run = try makeRun()
        try restore(table, declaration) { (row) throws(SQLError) in
            var changed: [SQLValue?] = row.map { $0 }
            for (index, value) in conversions { changed[index] = try value.value(row, run) }
            return changed
        }
        try validateForeignKeys(over: conversions.map { declaration.columns[$0.index].number }, of: table.config.id)
        for (index, _) in conversions { try alignSequence(of: declaration.columns[index], table) }
    }

    /// Values may have become others: foreign keys of the columns, and those that refer to them, have to hold all the same.
    private func validateForeignKeys(over numbers: [Int], of id: String) throws(SQLError) {
        let definitions = try refreshed()
        let run = try makeRun()
        for table in try definitions.referringTables() {
            for constraint in table.declaration.constraints where constraint.kind == .foreign && constraint.isValidated {
                let isOwn = table.config.id == id && constraint.columns.contains(where: numbers.contains)
                guard isOwn || constraint.references == id && constraint.referenced.contains(where: numbers.contains) else { continue }
                try session.validate(constraint, table, definitions, run)
            }
        }
    }

    /// A column's DEFAULT when the column gets another type: what a literal was of the old type, it is from then on by itself.
    ///
    /// Throws `42804` if it doesn't become a value of the other type by itself.
    private func defaultText(of column: Declaration.Column, becoming type: SQLType) throws(SQLError) -> String? {
        guard let text = column.defaultText else { return nil }
        let value = try binder.bind(Parser.expression(text), Scope(parent: nil, rules: .defaults))
        // What it is by itself counts, and not what was made of it for the old type.
        let before = value.isUnknownLiteral ? try binder.coerce(value, to: SQLType(column.type.oid), .assignment, at: nil) : value
        guard try binder.coerceIfPossible(before, to: type, .assignment, at: nil) != nil else {
            throw error(
                "42804", "default for column \"\(column.name)\" cannot be cast automatically to type \(binder.typeName(SQLType(type.oid)))")
        }
        guard value.isUnknownLiteral, type.oid != column.type.oid else { return text }
        return "\(text)::\(binder.typeName(SQLType(column.type.oid)))"
    }

    /// Throws `42804` if foreign keys of the table, or to it, can't hold between columns of the new types.
    private func requireReferable(_ declaration: Declaration, of table: TableRelation) throws(SQLError) {
        for other in try definitions.tables() {
            let referencing = other.config.id == table.config.id ? declaration : other.declaration
            for constraint in referencing.constraints where constraint.kind == .foreign {
                let isOwn = constraint.references == table.config.id
                guard isOwn || other.config.id == table.config.id,
                    let target = isOwn ? declaration : try definitions.table(id: constraint.references ?? "")?.declaration
                else { continue }
                for (mine, its) in zip(constraint.columns, constraint.referenced) {
                    guard let mine = referencing.index(of: mine), let its = target.index(of: its) else { continue }
                    let (own, other) = (referencing.columns[mine], target.columns[its])
                    try TableBuilder(self, table).requireComparable((own.name, own.type), (other.name, other.type), constraint.name)
                }
            }
        }
    }

    /// Conditions of the table over columns that get other types say by casts what they meant before.
    private func keepMeaning(of declaration: inout Declaration, _ table: TableRelation, _ changed: [Int]) {
        guard let shown = try? ShownExpression(table, session, definitions) else { return }
        let names = Set(changed.map { table.declaration.columns[$0].name })
        for index in declaration.constraints.indices where declaration.constraints[index].kind == .check {
            guard let text = declaration.constraints[index].expression,
                let scalar = try? TableRules.bind(text, table, .check, binder),
                scalar.positions.contains(where: {
                    $0 < table.declaration.columns.count && names.contains(table.declaration.columns[$0].name)
                }),
                let written = shown.condition(text)
            else { continue }
            declaration.constraints[index].expression = written
        }
    }

    /// The sequence of an identity column is of the column's type.
    private func alignSequence(of column: Declaration.Column, _ table: TableRelation) throws(SQLError) {
        guard column.identity != nil, let sequence = column.sequence,
            case .sequence(let owned)? = try refreshed().relation(named: sequence, schema: table.schema), owned.type != column.type
        else { return }
        let type = TypeName.builtIn(binder.typeName(SQLType(column.type.oid)), at: Position(0))
        try change(owned, [SequenceOption(kind: .type(type), position: Position(0))])
    }

    private func conversion(
        of index: Int, _ type: TypeName, _ using: Expression?, _ table: TableRelation
    ) throws(SQLError) -> Scalar {
        let new = try TypeNames.resolve(type, binder)
        let old = table.declaration.columns[index]
        let scope = Scope(parent: nil, rules: .transform)
        scope.items = [ScopeItem.row(of: table)]
        let value = try using.map { using throws(SQLError) in try binder.bind(using, scope) } ?? ColumnScalar(index, old.type)
        guard let converted = try binder.coerceIfPossible(value, to: new, .assignment, at: nil) else {
            throw error(
                "42804",
                using == nil
                    ? "column \"\(old.name)\" cannot be cast automatically to type \(binder.typeName(SQLType(new.oid)))"
                    : "result of USING clause for column \"\(old.name)\" cannot be cast automatically to type \(binder.typeName(SQLType(new.oid)))",
                hint: "You might need to specify \"USING \(old.name)::\(binder.typeName(SQLType(new.oid)))\".")
        }
        let views = try dependents(of: table.config.id, try refreshed()).filter { dependent in
            switch dependent {
            case .view(let view): return reads(view.query, view.path, table, column: index, definitions, isTemporary: view.isTemporary)
            case .table(let other):
                return other.declaration.query.map { reads($0, other.declaration.queryPath, table, column: index, definitions) } ?? false
            }
        }
        if !views.isEmpty { throw SQLError(.featureNotSupported, "cannot alter type of a column used by a view or rule") }
        return converted
    }
}
