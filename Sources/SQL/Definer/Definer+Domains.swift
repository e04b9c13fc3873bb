import Catalog
import Ground

/// CREATE DOMAIN and ALTER DOMAIN.
extension Definer {
    func create(_ domain: CreateDomain) throws(SQLError) -> StatementResult {
        let (schema, key, _) = try place(domain.name, .permanent)
        let name = domain.name.last
        try requireFreeType(name, schema)
        let base = try TypeNames.resolve(domain.type, binder)
        guard TypeTable.entry(base.oid)?.kind != "p" else {
            throw error("42804", "\"\(domain.type.name.last)\" is not a valid base type for a domain", at: domain.type.name.position)
        }
        if let collation = domain.collation { try binder.requireCollation(collation, of: base, at: collation.position) }
        var (isNull, isNotNull) = (false, false)
        var constraints: [Datum] = []
        var defaultText: String?
        for constraint in domain.constraints {
            switch constraint.kind {
            case .notNull:
                if isNull { throw error("42601", "conflicting NULL/NOT NULL constraints") }
                isNotNull = true
            case .null:
                if isNotNull { throw error("42601", "conflicting NULL/NOT NULL constraints") }
                isNull = true
            case .default(let expression):
                guard defaultText == nil else { throw error("42601", "multiple default expressions") }
                try checkDefault(expression, base)
                defaultText = try bound(expression)
            case .check(let expression, let noInherit):
                if noInherit { throw error("42P17", "check constraints for domains cannot be marked NO INHERIT") }
                let free = try freeConstraintName(name, constraints)
                constraints.append(try check(expression, constraint.name?.text ?? free, base, isValidated: true))
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

    func alter(_ statement: AlterDomain) throws(SQLError) -> StatementResult {
        let (type, base) = try domain(statement.name)
        let key = Definitions.key(type.schema, type.name)
        guard let content = try content("type", key, isTemporary: false) else { return done("ALTER DOMAIN") }
        var constraints = content.array("constraints")
        func place(_ name: Name) -> Int? { constraints.firstIndex { $0.text("name") == name.text } }
        func missing(_ name: Name) -> SQLError {
            error("42704", "constraint \"\(name.text)\" of domain \"\(type.name)\" does not exist")
        }
        switch statement.change {
        case .setDefault(let expression):
            if let expression { try checkDefault(expression, base) }
            let text = try expression.map { (written) throws(SQLError) in try bound(written) }
            try changeObject("type", key, "default", text.map { Datum($0) }, isTemporary: false)
            return done("ALTER DOMAIN")
        case .setNotNull(let isNotNull):
            if isNotNull {
                try requireValues(of: type, DomainCheck(schema: type.schema, domain: type.name, constraint: nil, condition: nil))
            }
            try changeObject("type", key, "not_null", Datum(isNotNull), isTemporary: false)
            return done("ALTER DOMAIN")
        case .addConstraint(let constraint):
            guard case .check(let expression) = constraint.kind else { throw error("42601", "constraint not possible for domains") }
            if let name = constraint.name, place(name) != nil {
                throw error("42710", "constraint \"\(name.text)\" for domain \"\(type.name)\" already exists")
            }
            let free = try freeConstraintName(type.name, constraints)
            let made = try check(expression, constraint.name?.text ?? free, base, isValidated: !constraint.isNotValid)
            if !constraint.isNotValid { try requireValues(of: type, try definitions.domainCheck(type, made)) }
            constraints.append(made)
        case .dropConstraint(let name, let ifExists, _):
            guard let index = place(name) else {
                guard ifExists else { throw missing(name) }
                session.notice("constraint \"\(name.text)\" of domain \"\(type.name)\" does not exist, skipping")
                return done("ALTER DOMAIN")
            }
            constraints.remove(at: index)
        case .validateConstraint(let name):
            guard let index = place(name) else { throw missing(name) }
            try requireValues(of: type, try definitions.domainCheck(type, constraints[index]))
            constraints[index] = try changed(constraints[index], [("validated", nil)])
        }
        try changeObject("type", key, "constraints", Datum(elements: constraints), isTemporary: false)
        return done("ALTER DOMAIN")
    }

    func renameConstraint(_ name: Name, of domainName: QualifiedName, to newName: Name) throws(SQLError) -> StatementResult {
        let (type, _) = try domain(domainName)
        let key = Definitions.key(type.schema, type.name)
        var constraints = try content("type", key, isTemporary: false)?.array("constraints") ?? []
        guard let index = constraints.firstIndex(where: { $0.text("name") == name.text }) else {
            throw error("42704", "constraint \"\(name.text)\" for domain \(type.name) does not exist")
        }
        if constraints.contains(where: { $0.text("name") == newName.text }) {
            throw error("42710", "constraint \"\(newName.text)\" for domain \"\(type.name)\" already exists")
        }
        constraints[index] = try changed(constraints[index], [("name", Datum(newName.text))])
        try changeObject("type", key, "constraints", Datum(elements: constraints), isTemporary: false)
        return done("ALTER DOMAIN")
    }

    /// Throws `42704` if there is none of the name, and `42809` if it is another kind of type.
    private func domain(_ name: QualifiedName) throws(SQLError) -> (type: UserType, base: SQLType) {
        let schema = name.parts.count > 1 ? name.parts[name.parts.count - 2].text : nil
        guard let type = definitions.type(named: name.last, schema: schema) else {
            if try isRowType(name) { throw error("42809", "\(name.last) is not a domain") }
            throw definitions.missing(name, "type")
        }
        guard case .domain(let base, _) = type.kind else { throw error("42809", "\(name.last) is not a domain") }
        return (type, base)
    }

    private func checkDefault(_ expression: Expression, _ base: SQLType) throws(SQLError) {
        let value = try binder.bind(expression, Scope(parent: nil, rules: .defaults))
        _ = try binder.coerce(value, to: SQLType(TypeTable.base(of: base, definitions).oid), .assignment, at: expression.position)
    }

    private func freeConstraintName(_ domain: String, _ constraints: [Datum]) throws(SQLError) -> String {
        try freeName("\(domain)_check") { (name) throws(SQLError) in constraints.contains { $0.text("name") == name } }
    }

    /// CHECK, as it is stored.
    private func check(_ expression: Expression, _ name: String, _ base: SQLType, isValidated: Bool) throws(SQLError) -> Datum {
        let scope = Scope(parent: nil, rules: .check)
        let plain = TypeTable.base(of: base, definitions)
        scope.items = [
            ScopeItem(name: nil, columns: [ScopeColumn(name: "value", type: plain, make: { ColumnScalar(0, plain, name: "value") })])
        ]
        let condition = try binder.condition(expression, scope, "CHECK", nil)
        if condition.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in check constraint") }
        return Datum.fields([
            ("name", Datum(name)), ("expression", Datum(Printer.text(expression))), ("validated", isValidated ? nil : false),
        ])
    }

    // MARK: - Values that are there

    /// Throws `23514` or `23502` if a column of the domain, or of one made of it, has a value that the check refuses.
    private func requireValues(of type: UserType, _ check: DomainCheck) throws(SQLError) {
        let run = try makeRun()
        for table in try definitions.tables() {
            let columns = table.declaration.columns.indices.filter { isMade(table.declaration.columns[$0].type, of: type) }
            if let column = table.declaration.columns.first(where: { isWithin($0.type, type) }) {
                throw error("0A000", "cannot alter type \"\(type.name)\" because column \"\(table.name).\(column.name)\" uses it")
            }
            guard !columns.isEmpty else { continue }
            let guardian = try run.writes.guardian(table, definitions)
            try guardian.eachRow(Set(columns)) { _, row throws(SQLError) in
                for column in columns where try !check.allows(row[column], run) {
                    let place = "column \"\(table.declaration.columns[column].name)\" of table \"\(table.name)\""
                    guard check.condition != nil else { throw error("23502", "\(place) contains null values") }
                    throw error("23514", "\(place) contains values that violate the new constraint")
                }
            }
        }
    }

    private func isMade(_ type: SQLType, of domain: UserType) -> Bool {
        var type = type
        while type.oid != domain.oid {
            guard case .domain(let base, _)? = definitions.type(type.oid)?.kind else { return false }
            type = base
        }
        return true
    }

    /// Whether a type has values of a domain within its own: an array or a row.
    private func isWithin(_ type: SQLType, _ domain: UserType) -> Bool {
        let base = TypeTable.base(of: type, definitions)
        let parts: [SQLType]
        if case .composite(let fields)? = definitions.type(base.oid)?.kind {
            parts = fields.map(\.type)
        } else {
            parts = TypeTable.element(of: base.oid, definitions).map { [$0] } ?? []
        }
        return parts.contains { isMade($0, of: domain) || isWithin($0, domain) }
    }
}
