/// What an output column is called that has no label.
enum OutputNames {
    static func name(of expression: Expression) -> String? {
        switch expression {
        case .column(let reference): return reference.parts.last?.text
        case .access(let access):
            for case .field(let name) in access.steps.reversed() { return name.text }
            return name(of: access.base)
        case .call(let call): return call.name.last
        case .conditional(let conditional): return conditional.kind.rawValue
        case .case(let expression): return expression.otherwise.flatMap(strong) ?? "case"
        case .row: return "row"
        case .array: return "array"
        case .special(let special): return special.kind.rawValue
        case .subquery(let subquery):
            switch subquery.kind {
            case .exists: return "exists"
            case .array: return "array"
            case .scalar:
                var query = subquery.query
                while case .combined(let combination) = query.body { query = combination.first }
                if case .select(let select) = query.body, let item = select.items.first {
                    return item.label?.text ?? name(of: item.value)
                }
                return query.body.isValues ? "column1" : nil
            }
        case .chain(let chain):
            switch chain.steps.last {
            case .cast(let type, _)?:
                var inner = chain
                inner.steps.removeLast()
                let base = inner.steps.isEmpty ? strong(inner.first) : strong(.chain(inner))
                return base ?? type.name.last
            case .collate?:
                var inner = chain
                inner.steps.removeLast()
                return inner.steps.isEmpty ? name(of: inner.first) : name(of: .chain(inner))
            case .atTimeZone?: return "timezone"
            default: return nil
            }
        default: return nil
        }
    }

    /// A name that goes before that of a cast's type: `case` and a type's name don't.
    private static func strong(_ expression: Expression) -> String? {
        switch expression {
        case .case(let expression): return expression.otherwise.flatMap(strong)
        case .chain(let chain):
            if case .cast? = chain.steps.last {
                var inner = chain
                inner.steps.removeLast()
                return inner.steps.isEmpty ? strong(inner.first) : strong(.chain(inner))
            }
            return name(of: expression)
        default: return name(of: expression)
        }
    }
}

extension Query.Body {
    fileprivate var isValues: Bool {
        if case .values = self { true } else { false }
    }
}
