/// What an output column is called that has no label.
enum OutputNames {
    /// What the column of an index is called, by its text.
    static func name(ofElement text: String) -> String {
        (try? Parser.expression(text)).flatMap { name(of: $0) } ?? "expr"
    }

    /// Names of an index's columns: one that is there already is followed by a number.
    static func distinct(_ names: [String]) -> [String] {
        var distinct: [String] = []
        for name in names {
            var candidate = name
            var number = 0
            while distinct.contains(candidate) {
                number += 1
                candidate = name + String(number)
            }
            distinct.append(candidate)
        }
        return distinct
    }

    static func name(of expression: Expression) -> String? {
        switch expression {
        case .column(let reference): return reference.parts.last?.text
        case .access(let access): return access.field ?? name(of: access.base)
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
        case .chain(let chain): return name(of: chain)
        default: return nil
        }
    }

    /// - Parameter isStrong: a type's name is none.
    private static func name(of chain: Chain, isStrong: Bool = false) -> String? {
        var steps = chain.steps[...]
        /// Of the outermost cast: the name where there is no better one.
        var type: String?
        while let step = steps.last {
            switch step {
            case .collate: break
            case .cast(let name, _): type = type ?? name.name.last
            case .atTimeZone: return "timezone"
            case .test(.normalized, false, _): return "is_normalized"
            default: return isStrong ? nil : type
            }
            steps.removeLast()
        }
        if isStrong { return strong(chain.first) }
        return (type == nil ? name(of: chain.first) : strong(chain.first)) ?? type
    }

    /// A name that goes before that of a cast's type: `case` and a type's name don't.
    private static func strong(_ expression: Expression) -> String? {
        switch expression {
        case .case(let expression): return expression.otherwise.flatMap(strong)
        case .access(let access): return access.field ?? strong(access.base)
        case .chain(let chain): return name(of: chain, isStrong: true)
        default: return name(of: expression)
        }
    }
}

extension Access {
    /// The last field that it leads to.
    fileprivate var field: String? {
        for case .field(let name) in steps.reversed() { return name.text }
        return nil
    }
}

extension Query.Body {
    fileprivate var isValues: Bool {
        if case .values = self { true } else { false }
    }
}
