import Catalog
import ReQLish

extension Binder {
    /// `pando.traverse(relation, key, depth, direction, min_depth)` in FROM; nil for any other function.
    func bind(walk source: FunctionSource, _ scope: Scope) throws(SQLError) -> BoundQuery? {
        guard source.items.count == 1, case .call(let call) = source.items[0].function, call.name.parts.count == 2,
            call.name.parts[0].text == WalkPlan.schema, call.name.last == WalkPlan.name
        else { return nil }
        guard source.columns.isEmpty, source.items[0].columns.isEmpty else {
            throw error(
                "42601", "a column definition list is redundant for a function with OUT parameters", at: source.position)
        }
        var places: [WalkPlan.Argument: Scalar] = [:]
        for (position, argument) in call.arguments.enumerated() {
            let place =
                argument.name.map { name in WalkPlan.Argument.allCases.first { $0.rawValue == name.text } }
                ?? (position < WalkPlan.Argument.allCases.count ? WalkPlan.Argument.allCases[position] : nil)
            guard let place, places[place] == nil, !call.hasStar, !call.isVariadic else { throw unknownWalk(call) }
            let scalar = try bind(argument.value, scope)
            if let type = place.type {
                places[place] = try coerce(scalar, to: type, .implicit, at: call.position)
            } else {
                places[place] = resolved(scalar)
            }
        }
        guard places[.relation] != nil, places[.key] != nil else { throw unknownWalk(call) }
        let actor = definitions.asksPermissions ? definitions.actor : nil
        return BoundQuery(
            plan: WalkPlan(places, actor: actor, hasOrdinality: source.hasOrdinality),
            columns: WalkPlan.columns(hasOrdinality: source.hasOrdinality))
    }

    private func unknownWalk(_ call: FunctionCall) -> SQLError {
        source.error(
            SQLState(rawValue: "42883"), "function \(WalkPlan.schema).\(WalkPlan.name) does not take these arguments",
            hint: "It takes (relation text, key any, depth integer, direction text, min_depth integer); the last three may be left out.",
            at: call.position)
    }
}
