import Catalog

extension Definitions {
    /// What a value has to pass to be one of a domain.
    func domainChecks(_ type: SQLType, _ binder: Binder) throws(SQLError) -> [DomainCheck] {
        guard let user = self.type(type.oid), case .domain(let base, _) = user.kind else { return [] }
        var checks: [DomainCheck] = []
        if base.oid >= 16384, base.oid != type.oid { checks += try domainChecks(base, binder) }
        guard let (snapshot, database) = state.place(isTemporary: false),
            let content = try reading({ () throws(CatalogError) in
                try snapshot.object("type", Self.key(user.schema, user.name), in: database)
            })
        else { return checks }
        if content[field: "not_null"]?.bool == true {
            checks.append(DomainCheck(schema: user.schema, domain: user.name, constraint: nil, condition: nil))
        }
        for constraint in content.array("constraints") { checks.append(try domainCheck(user, constraint)) }
        return checks
    }

    /// A CHECK of a domain, of the value that stands first in a row.
    func domainCheck(_ domain: UserType, _ constraint: Datum) throws(SQLError) -> DomainCheck {
        let base = TypeTable.base(of: SQLType(domain.oid), self)
        let text = constraint.text("expression")
        let binder = Binder(session, self, try SourceText(text), ParameterTypes([base]))
        let scope = Scope(parent: nil, rules: .check)
        scope.items = [
            ScopeItem(name: nil, columns: [ScopeColumn(name: "value", type: base, make: { ColumnScalar(0, base, name: "value") })])
        ]
        let condition = try binder.condition(try Parser.expression(text), scope, "CHECK", nil)
        return DomainCheck(
            schema: domain.schema, domain: domain.name, constraint: constraint.text("name"), condition: condition,
            isValidated: constraint[field: "validated"]?.bool ?? true)
    }
}
