/// What a domain asks of its values: a condition over the value, or that it is not NULL.
struct DomainCheck {
    var schema: String
    var domain: String
    var constraint: String?
    var condition: Scalar?
    /// Whether the values that there are have been looked at.
    var isValidated = true

    func allows(_ value: SQLValue, _ run: Run) throws(SQLError) -> Bool {
        guard let condition else { return !value.isNull }
        if case .bool(false) = try condition.value([value], run) { return false }
        return true
    }

    func check(_ value: SQLValue, _ run: Run) throws(SQLError) {
        if try allows(value, run) { return }
        guard condition != nil else {
            throw SQLError(
                SQLState(rawValue: "23502"), "domain \(domain) does not allow null values",
                subject: SQLError.Subject(schema: schema, type: domain))
        }
        throw SQLError(
            SQLState(rawValue: "23514"), "value for domain \(domain) violates check constraint \"\(constraint ?? "")\"",
            subject: SQLError.Subject(schema: schema, type: domain, constraint: constraint))
    }
}
