import Catalog

// An operand and what is applied to it: operators, tests, comparisons with several.
extension Binder {
    func bind(_ chain: Chain, _ scope: Scope) throws(SQLError) -> Scalar {
        let known = try knownBefore(chain, scope)
        var scalar: Scalar
        var steps = chain.steps[...]
        // The type of a cast right behind ARRAY[…] is that of its elements.
        if case .array(let elements, let position) = chain.first, case .type(let type)? = known.first,
            case let base = TypeTable.base(of: type, types).oid, TypeTable.element(of: base, types) != nil
        {
            scalar = try bind(array: elements, scope, position, as: SQLType(base))
        } else {
            scalar = try bind(chain.first, scope)
        }
        while let step = steps.popFirst() {
            scalar = try apply(step, known.isEmpty ? .nothing : known[steps.startIndex - 1], to: scalar, chain.first, scope)
            try requireShallow(scalar.depth)
        }
        return scalar
    }

    /// What PostgreSQL looks at before the operand of a step: the type of a cast, the time zone, and the query of IN or ANY.
    private enum Known {
        case nothing
        case type(SQLType)
        case zone(Scalar)
        case query(Subplan, [OutputColumn], [Scalar])
    }

    /// The same of all steps, the last first. So what is wrong with it shows before what is wrong with the operand.
    private func knownBefore(_ chain: Chain, _ scope: Scope) throws(SQLError) -> [Known] {
        func isLookedAt(_ step: Chain.Step) -> Bool {
            switch step {
            case .cast, .atTimeZone, .quantified(_, _, .query), .membership(.query, _, _): true
            default: false
            }
        }
        guard chain.steps.contains(where: isLookedAt) else { return [] }
        var known = [Known](repeating: .nothing, count: chain.steps.count)
        for (index, step) in chain.steps.enumerated().reversed() {
            switch step {
            case .cast(let name, _): known[index] = .type(try TypeNames.resolve(name, self))
            case .atTimeZone(let zone, _): known[index] = .zone(resolved(try bind(zone, scope)))
            case .quantified(_, _, .query(let query)), .membership(.query(let query), _, _):
                let (plan, columns, operands) = try subplan(query, scope)
                known[index] = .query(plan, columns, operands)
            default: break
            }
        }
        return known
    }

    /// A chain is one level of the text, but as deep as it is long when it is computed.
    private static let deepest = 2500

    /// Throws `54001` for what is computed, or read, in so many levels.
    func requireShallow(_ depth: Int) throws(SQLError) {
        guard depth > Self.deepest else { return }
        throw SQLError(
            .statementTooComplex, "stack depth limit exceeded",
            hint: "At most \(Self.deepest) operators, joins, UNIONs or common tables may be applied one to the other.")
    }

    /// The operator that rows are compared by: `~<~` and its kin compare texts byte for byte, as is done anyhow.
    private static func plainComparison(_ symbol: String) -> String {
        switch symbol {
        case "!=": "<>"
        case "~<~", "~<=~", "~>~", "~>=~": String(symbol.dropFirst().dropLast())
        default: symbol
        }
    }

    private func apply(
        _ step: Chain.Step, _ known: Known, to scalar: Scalar, _ first: Expression, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        switch (step, known) {
        case (.cast(_, let position), .type(let type)): return try coerce(scalar, to: type, .explicit, at: position)
        case (.atTimeZone(_, let position), .zone(let zone)): return try call(function: "timezone", [zone, scalar], at: position)
        case (.quantified(let name, let quantifier, _), .query(let plan, let columns, let operands)):
            return try match(scalar, name, (plan, columns, operands), isAll: quantifier == .all)
        case (.membership(_, let isNegated, let position), .query(let plan, let columns, let operands)):
            return try match(
                scalar, OperatorName(symbol: isNegated ? "<>" : "=", position: position), (plan, columns, operands), isAll: isNegated)
        default: break
        }
        switch step {
        case .binary(let name, let right):
            if case .row = first, case .row = right, scalar is RowScalar,
                let relation = CompareScalar.Relation(rawValue: Self.plainComparison(name.symbol))
            {
                return try compareRows(relation, scalar, try bind(right, scope), name, name.position)
            }
            if case .subquery(let subquery) = right, subquery.kind == .scalar, let row = scalar as? RowScalar, row.operands.count > 1,
                let relation = CompareScalar.Relation(rawValue: name.symbol == "!=" ? "<>" : name.symbol)
            {
                return try compare(row, relation, with: subquery, name, scope)
            }
            return try call(operator: name, scalar, try bind(right, scope))
        case .quantified(let name, let quantifier, let candidates):
            guard case .list(let list) = candidates else { return scalar }
            return try match(scalar, name, array: try bind(list[0], scope), isAll: quantifier == .all)
        case .cast, .atTimeZone: return scalar
        case .collate(let name, let position):
            let text = resolved(scalar)
            try requireCollation(name, of: text.type, at: position)
            return text
        case .test(let test, let isNegated, let position): return try apply(test, isNegated: isNegated, to: scalar, position)
        case .isDistinct(let from, let isNegated, let position):
            let right = try bind(from, scope)
            // A row is a value, whatever it is made of.
            if right.isUnknownLiteral, case .null? = (right as? ConstantScalar)?.constant, FunctionTable.isRow(scalar.type, types) {
                return DistinctScalar(scalar, right, isNegated: isNegated)
            }
            if scalar.isUnknownLiteral, case .null? = (scalar as? ConstantScalar)?.constant, FunctionTable.isRow(right.type, types) {
                return DistinctScalar(right, scalar, isNegated: isNegated)
            }
            if scalar.isUnknownLiteral, case .null? = (scalar as? ConstantScalar)?.constant {
                return TestScalar(right, isNegated ? .null : .notNull)
            }
            if right.isUnknownLiteral, case .null? = (right as? ConstantScalar)?.constant {
                return TestScalar(scalar, isNegated ? .null : .notNull)
            }
            if let left = scalar as? RowScalar, let other = right as? RowScalar, left.operands.count == other.operands.count {
                var parts: [Scalar] = []
                for (one, two) in zip(left.operands, other.operands) {
                    let comparison = try call(operator: OperatorName(symbol: "=", position: position), one, two)
                    let (left, right) = try ofOneType(comparison, at: position)
                    parts.append(DistinctScalar(left, right, isNegated: false))
                }
                let any = parts.count == 1 ? parts[0] : OrScalar(parts)
                return isNegated ? NotScalar(any) : any
            }
            let comparison = try call(operator: OperatorName(symbol: "=", position: position), scalar, right)
            guard comparison.operands.count == 2 else { throw unsupported("IS DISTINCT FROM of these", at: position) }
            let (one, two) = try ofOneType(comparison, at: position)
            return DistinctScalar(one, two, isNegated: isNegated)
        case .between(let low, let high, let isSymmetric, let isNegated, let position):
            return try between(
                scalar, try bind(low, scope), try bind(high, scope), isSymmetric: isSymmetric, isNegated: isNegated, position)
        case .membership(let candidates, let isNegated, let position):
            guard case .list(let list) = candidates else { return scalar }
            return try membership(scalar, list, isNegated: isNegated, position, scope)
        case .match(let match): return try bind(match, scalar, scope)
        }
    }

    private func apply(
        _ test: Chain.Test, isNegated: Bool, to scalar: Scalar, _ position: Position
    ) throws(SQLError) -> Scalar {
        switch test {
        case .null:
            parameters.leave(scalar)
            return TestScalar(scalar, isNegated ? .notNull : .null)
        case .true, .false, .unknown:
            let word = "IS " + (test == .true ? "TRUE" : test == .false ? "FALSE" : "UNKNOWN")
            guard let bool = try coerceIfPossible(scalar, to: .bool, .assignment, at: position) else {
                throw error(
                    "42804", "argument of \(word) must be type boolean, not type \(typeName(scalar.type))", at: position)
            }
            switch (test, isNegated) {
            case (.true, false): return TestScalar(bool, .true)
            case (.true, true): return TestScalar(bool, .notTrue)
            case (.false, false): return TestScalar(bool, .false)
            case (.false, true): return TestScalar(bool, .notFalse)
            case (_, false): return TestScalar(bool, .unknown)
            default: return TestScalar(bool, .notUnknown)
            }
        case .document: throw unsupported("IS DOCUMENT", at: position)
        case .normalized(let form):
            let resolved = try Builtins.function("is_normalized", [scalar.type, .text], names: [], isVariadic: false, types)
            let given = [scalar, ConstantScalar(.text((form ?? "nfc").uppercased()), .text)]
            let operands = try arguments(given, resolved, at: position)
            guard let call = CallScalar(resolved.function, operands, .bool) else { throw unsupported("IS NORMALIZED", at: position) }
            return isNegated ? NotScalar(call) : call
        }
    }

    private func between(
        _ scalar: Scalar, _ low: Scalar, _ high: Scalar, isSymmetric: Bool, isNegated: Bool, _ position: Position
    ) throws(SQLError) -> Scalar {
        func compare(_ symbol: String, _ other: Scalar) throws(SQLError) -> Scalar {
            try call(operator: OperatorName(symbol: symbol, position: position), scalar, other)
        }
        func within(_ low: Scalar, _ high: Scalar) throws(SQLError) -> Scalar {
            isNegated
                ? OrScalar([try compare("<", low), try compare(">", high)]) : AndScalar([try compare(">=", low), try compare("<=", high)])
        }
        guard isSymmetric else { return try within(low, high) }
        let (one, two) = (try within(low, high), try within(high, low))
        return isNegated ? AndScalar([one, two]) : OrScalar([one, two])
    }

    func bind(_ match: Chain.Match, _ scalar: Scalar, _ scope: Scope) throws(SQLError) -> Scalar {
        var pattern = try bind(match.pattern, scope)
        let escape = try match.escape.map { escape throws(SQLError) in resolved(try bind(escape, scope)) }
        switch match.kind {
        case .similar:
            pattern = try call(
                function: "similar_to_escape", [resolved(pattern)] + (escape.map { [$0] } ?? []), at: match.position)
            return try call(operator: OperatorName(symbol: match.isNegated ? "!~" : "~", position: match.position), scalar, pattern)
        case .like, .caseInsensitiveLike:
            if let escape { pattern = try call(function: "like_escape", [resolved(pattern), escape], at: match.position) }
            let symbol = match.kind == .like ? "~~" : "~~*"
            return try call(
                operator: OperatorName(symbol: (match.isNegated ? "!" : "") + symbol, position: match.position), scalar, pattern)
        }
    }

    // MARK: - Comparisons of several

    private func membership(
        _ scalar: Scalar, _ list: [Expression], isNegated: Bool, _ position: Position, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        var candidates: [Scalar] = []
        for expression in list { candidates.append(try bind(expression, scope)) }
        let found: Scalar
        if scalar is RowScalar {
            var parts: [Scalar] = []
            for candidate in candidates {
                parts.append(try compareRows(.equal, scalar, candidate, OperatorName(symbol: "=", position: position), position))
            }
            found = parts.count == 1 ? parts[0] : OrScalar(parts)
        } else {
            let all = [scalar] + candidates
            if !all.contains(where: { $0.type == .open }),
                let common = try? commonType(all, "IN", at: [position] + list.map(\.position)), comparesDirectly(common)
            {
                var operands: [Scalar] = []
                for (one, place) in zip(all, [position] + list.map(\.position)) {
                    operands.append(try coerce(one, to: common, .implicit, at: place))
                }
                found = operands.count == 2 ? CompareScalar(.equal, operands[0], operands[1]) : ListMatchScalar(operands)
            } else {
                var parts: [Scalar] = []
                for candidate in candidates {
                    parts.append(try call(operator: OperatorName(symbol: "=", position: position), scalar, candidate))
                }
                found = parts.count == 1 ? parts[0] : OrScalar(parts)
            }
        }
        return isNegated ? NotScalar(found) : found
    }

    func compareRows(
        _ relation: CompareScalar.Relation, _ left: Scalar, _ right: Scalar, _ name: OperatorName, _ position: Position
    ) throws(SQLError) -> Scalar {
        guard let left = left as? RowScalar, let right = right as? RowScalar else {
            return try call(operator: name, left, right)
        }
        try requireAlike(left, right)
        guard left.operands.count == right.operands.count else {
            throw error("42601", "unequal number of entries in row expressions", at: position)
        }
        guard !left.operands.isEmpty else { throw unsupported("comparison of empty rows", at: position) }
        var lefts: [Scalar] = []
        var rights: [Scalar] = []
        for (one, two) in zip(left.operands, right.operands) {
            let comparison = try call(operator: OperatorName(symbol: "=", position: name.position), one, two)
            guard comparison.operands.count == 2 else { throw unsupported("comparison of these rows", at: position) }
            let (own, other) = try ofOneType(comparison, at: position)
            lefts.append(own)
            rights.append(other)
        }
        return RowCompareScalar(relation, lefts + rights)
    }

    /// The sides of a comparison, for those who look at the values themselves: days and moments, which operators of their own compare, as
    /// the one of the two types that has room for the other.
    private func ofOneType(_ comparison: Scalar, at position: Position?) throws(SQLError) -> (Scalar, Scalar) {
        let (left, right) = (comparison.operands[0], comparison.operands[1])
        let order = [SQLType.date.oid, SQLType.timestamp.oid, SQLType.timestamptz.oid]
        guard let one = order.firstIndex(of: left.type.oid), let two = order.firstIndex(of: right.type.oid), one != two else {
            return (left, right)
        }
        let type = SQLType(order[max(one, two)])
        return (try coerce(left, to: type, .implicit, at: position), try coerce(right, to: type, .implicit, at: position))
    }

    /// Throws `42804` where a row of a declared type is compared with one whose columns are of other types: only those of two `ROW(…)` are
    /// brought together column by column.
    private func requireAlike(_ left: RowScalar, _ right: RowScalar) throws(SQLError) {
        guard left.type.oid != right.type.oid else { return }
        for (place, pair) in zip(left.operands, right.operands).enumerated() {
            let (one, two) = (resolved(pair.0).type, resolved(pair.1).type)
            guard one.oid != two.oid, one != .open, two != .open else { continue }
            throw SQLError(
                .datatypeMismatch,
                "cannot compare dissimilar column types \(typeName(SQLType(one.oid))) and \(typeName(SQLType(two.oid))) at record column "
                    + "\(place + 1)")
        }
        guard left.operands.count == right.operands.count else {
            throw SQLError(.datatypeMismatch, "cannot compare record types with different numbers of columns")
        }
    }

    /// `left op ANY (array)`.
    private func match(_ left: Scalar, _ name: OperatorName, array: Scalar, isAll: Bool) throws(SQLError) -> Scalar {
        var array = array
        var left = left
        // A field is a JSON array; the elements of a literal beside one are read as what each value is.
        var element: SQLType?
        if array.type == .open {
            array = OpenArrayScalar(array)
            element = .open
        } else if array.type == .unknown, left.type == .open {
            array = try coerce(array, to: SQLType(1009), .implicit, at: name.position)
            element = .unknown
        }
        if array.type == .unknown {
            // The text of an array of what the operator takes there: mostly of the left side's type.
            if left.type == .unknown { left = resolved(left) }
            let base = SQLType(TypeTable.base(of: left.type, types).oid)
            let taken = (try? Builtins.operator(name.symbol, base, .unknown, types))?.argumentTypes.last
            if let type = taken.flatMap({ TypeTable.array(of: $0.oid, types) }) ?? TypeTable.array(of: base.oid, types) {
                array = try coerce(array, to: type, .implicit, at: name.position)
            }
        }
        guard let element = element ?? TypeTable.element(of: TypeTable.base(of: array.type, types).oid, types) else {
            throw error("42809", "op ANY/ALL (array) requires array on right side", at: name.position)
        }
        // The comparison is bound over a row of the two.
        let right = ColumnScalar(1, SQLType(element.oid))
        func compared(_ left: Scalar) throws(SQLError) -> Scalar {
            let comparison = try call(operator: name, left, right)
            if comparison.type == .bool { return comparison }
            throw error("42809", "op ANY/ALL (array) requires operator to yield boolean", at: name.position)
        }
        // What a literal is taken for is known before it is read.
        if left.type == .unknown, element != .open, let typed = try compared(ConstantScalar.null(.unknown)).operands.first?.type {
            left = try coerce(left, to: typed, .implicit, at: nil)
        }
        let comparison = try compared(ColumnScalar(0, left.type))
        return ArrayMatchScalar(left, array, isAll: isAll, comparison: comparison)
    }

    /// `left op ANY (query)`, IN, NOT IN.
    private func match(
        _ left: Scalar, _ name: OperatorName, _ query: (Subplan, [OutputColumn], [Scalar]), isAll: Bool
    ) throws(SQLError) -> Scalar {
        let (subplan, columns, operands) = query
        // The row of a table is one value of its type, where one is asked for.
        let isOne = columns.count == 1 && left.type.oid != SQLType.record.oid
        let lefts = isOne ? [left] : (left as? RowScalar)?.operands ?? [left]
        guard lefts.count == columns.count else {
            throw error(
                "42601", lefts.count < columns.count ? "subquery has too many columns" : "subquery has too few columns", at: name.position)
        }
        var parts: [Scalar] = []
        var compared: [Scalar] = []
        for (index, one) in lefts.enumerated() {
            let typed = one.type == .unknown ? resolvedLike(one, columns[index].type) : one
            compared.append(typed)
            parts.append(
                try call(
                    operator: OperatorName(symbol: lefts.count > 1 && name.symbol == "<>" ? "=" : name.symbol, position: name.position),
                    ColumnScalar(index, typed.type), ColumnScalar(lefts.count + index, columns[index].type)))
        }
        if let other = parts.first(where: { $0.type != .bool }) {
            throw error(
                "42804", "row comparison operator must yield type boolean, not type \(typeName(other.type))", at: name.position)
        }
        var comparison = parts.count == 1 ? parts[0] : AndScalar(parts)
        if parts.count > 1, name.symbol == "<>" { comparison = NotScalar(comparison) }
        if parts.count > 1, name.symbol != "=", name.symbol != "<>", let relation = CompareScalar.Relation(rawValue: name.symbol) {
            var pairs: [(Scalar, Scalar)] = []
            for part in parts { pairs.append(try ofOneType(part, at: name.position)) }
            comparison = RowCompareScalar(relation, pairs.map(\.0) + pairs.map(\.1))
        }
        return SubqueryScalar(
            .match(count: lefts.count, comparison: comparison, isAll: isAll), subplan, .bool, compared + operands)
    }

    private func resolvedLike(_ scalar: Scalar, _ type: SQLType) -> Scalar {
        (try? coerce(scalar, to: type, .implicit, at: nil)) ?? resolved(scalar)
    }

    /// `(a, b) < (SELECT …)`.
    func compare(
        _ row: RowScalar, _ relation: CompareScalar.Relation, with subquery: Subquery, _ name: OperatorName, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        let (subplan, columns, operands) = try subplan(subquery.query, scope)
        guard columns.count == row.operands.count else {
            throw error("42601", "subquery has too \(columns.count > row.operands.count ? "many" : "few") columns", at: name.position)
        }
        let record = SubqueryScalar(.row, subplan, .record, operands)
        let fields = columns.enumerated().map { FieldScalar(record, $0.offset, $0.element.type, name: "f\($0.offset + 1)") }
        let right = RowScalar(.record, columns.map { SQLRecord.Field($0.name, $0.type) }, fields)
        return try compareRows(relation, row, right, name, subquery.position)
    }

    /// Throws `42704` for a collation that isn't there, and `42804` for a type that has none.
    func requireCollation(_ name: QualifiedName, of type: SQLType, at position: Position?) throws(SQLError) {
        guard ["C", "POSIX", "default", "ucs_basic"].contains(name.last) else {
            throw error("42704", "collation \"\(name.last)\" for encoding \"UTF8\" does not exist", at: position)
        }
        let element = TypeTable.element(of: type.oid, types) ?? type
        guard TypeTable.category(of: element.oid, types) == "S" || type == .open else {
            throw error("42804", "collations are not supported by type \(typeName(type))", at: position)
        }
    }
}
