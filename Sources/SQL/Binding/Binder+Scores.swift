// pando.score(t): how well a row of a table meets the queries by which it is found.
extension Binder {
    func score(_ call: FunctionCall, _ scope: Scope) throws(SQLError) -> Scalar {
        guard call.over == nil, call.filter == nil, !call.hasStar, call.arguments.count == 1, call.arguments[0].name == nil,
            case .column(let reference) = call.arguments[0].value, let name = reference.parts.last
        else {
            throw error(
                "42883", "pando.score takes the name of a table in FROM", hint: "SELECT pando.score(t) FROM posts t WHERE t.words @@ ...",
                at: call.position)
        }
        guard ["SELECT", "ORDER BY", "WHERE", "JOIN conditions"].contains(scope.rules.name) else {
            throw unsupported("pando.score in \(scope.rules.name)", at: call.position)
        }
        let found = scope.rangeEntries.first { entry in
            guard entry.name == name.text, case .table(let table) = entry.source else { return false }
            return reference.parts.count == 1 || table.schema == reference.parts[0].text
        }
        guard let entry = found else {
            throw error("42P01", "missing FROM-clause entry for table \"\(name.text)\"", at: call.position)
        }
        return entry.score
    }
}
