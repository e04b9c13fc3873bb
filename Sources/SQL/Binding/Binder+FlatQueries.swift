// Queries in FROM whose tables are joined with those around them.

extension Scope {
    /// The scope of a query, or of a view, in this FROM.
    func scope(of query: Query, parent: Scope?) -> Scope {
        let made = Scope(parent: parent, rules: .select)
        if takesFlat, query.mayBeFlat { made.flatPlace = missingSides > 0 ? .maybeMissing : .kept }
        made.mayBeLater = takesFlat && query.with == nil && query.limit == nil && query.locks.isEmpty
        return made
    }
}

extension Binder {
    /// A SELECT all of whose parts are bound, as a part of the FROM it stands in; nil if it needs a plan of its own.
    func flatQuery(_ from: [FromNode], _ filter: Scalar?, _ outputs: [Scalar], _ scope: Scope) -> FlatQuery? {
        guard let place = scope.flatPlace, scope.boundary?.own.isEmpty != false, scope.aggregates.isEmpty, scope.windows.isEmpty,
            scope.sets.isEmpty, scope.groupingCalls.isEmpty, !outputs.contains(where: \.isUntold)
        else { return nil }
        return FlatQuery(from, filter, outputs, at: place)
    }
}

extension Query {
    /// Whether nothing but functions in it, or where it stands, may keep it from being flat.
    fileprivate var mayBeFlat: Bool {
        guard isBare else { return false }
        switch body {
        case .select(let select):
            return select.distinct == .no && select.groupBy.isEmpty && select.having == nil && !select.from.isEmpty
        case .table: return true
        case .values, .combined: return false
        }
    }
}
