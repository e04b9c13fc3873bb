/// What a domain asks of its values: a condition over the value, or that it is not NULL.
struct DomainCheck {
    var schema: String
    var domain: String
    var constraint: String?
    var condition: Scalar?
    /// Whether the values that there are have been looked at.
    var isValidated = true

    /// The domain as messages name it.
    private var shown: String {
        let name = Quoting.identifier(domain)
        return schema == "public" || schema.isEmpty ? name : Quoting.identifier(schema) + "." + name
    }

    func allows(_ value: SQLValue, _ run: Run) throws(SQLError) -> Bool {
        guard let condition else { return !value.isNull }
        if case .bool(false) = try condition.value([value], run) { return false }
        return true
    }

    func check(_ value: SQLValue, _ run: Run) throws(SQLError) {
        if try allows(value, run) { return }
        guard condition != nil else {
            throw SQLError(
                SQLState(rawValue: "23502"), "domain \(shown) does not allow null values",
                subject: SQLError.Subject(schema: schema, type: domain))
        }
        throw SQLError(
            SQLState(rawValue: "23514"), "value for domain \(shown) violates check constraint \"\(constraint ?? "")\"",
            subject: SQLError.Subject(schema: schema, type: domain, constraint: constraint))
    }
}
