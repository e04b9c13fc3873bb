import Catalog

extension Binder {
    /// An expression as a scalar. Texts in quotes and NULL may still be of type unknown.
    func bind(_ expression: Expression, _ scope: Scope) throws(SQLError) -> Scalar {
        switch expression {
        case .literal(let literal): return try bind(literal)
        case .parameter(let number, let position):
            guard number >= 1, number <= 65_535 else { throw error("42P02", "there is no parameter $\(number)", at: position) }
            if parameters.isFixed, number > parameters.types.count {
                throw error("42P02", "there is no parameter $\(number)", at: position)
            }
            parameters.mention(number - 1)
            return ParameterScalar(number - 1, parameters.type(number - 1) ?? .unknown)
        case .namedParameter(let name): throw error("42P02", "there is no parameter :\(name.text)", at: name.position)
        case .column(let reference): return try bindColumn(reference, scope)
        case .access(let access): return try bind(access, scope)
        case .chain(let chain): return try bind(chain, scope)
        case .prefix(let name, let operand):
            // A minus before a number belongs to it.
            if name.symbol == "-", case .literal(let literal) = operand, case .decimal(let digits) = literal.value {
                return try bind(Literal(value: .decimal("-" + digits), position: name.position))
            }
            return try call(operator: name, nil, try bind(operand, scope))
        case .not(let operand, let position): return NotScalar(try condition(operand, scope, "NOT", position))
        case .and(let operands, let position): return AndScalar(try conditions(operands, scope, "AND", position))
        case .or(let operands, let position): return OrScalar(try conditions(operands, scope, "OR", position))
        case .call(let call): return try bind(call, scope)
        case .conditional(let conditional): return try bind(conditional, scope)
        case .case(let expression): return try bind(expression, scope)
        case .row(let row):
            var operands: [Scalar] = []
            for field in row.fields {
                if case .column(let reference) = field, reference.isStar {
                    operands += try expandStar(reference, scope).map(\.scalar)
                } else {
                    operands.append(try bind(field, scope))
                }
            }
            return RowScalar(of: operands)
        case .array(let elements, let position): return try bind(array: elements, scope, position, as: nil)
        case .subquery(let subquery): return try bind(subquery, scope)
        case .special(let special): return try bind(special)
        case .default(let position): throw error("42601", "DEFAULT is not allowed in this context", at: position)
        }
    }

    private func conditions(
        _ operands: [Expression], _ scope: Scope, _ word: String, _ position: Position
    ) throws(SQLError) -> [Scalar] {
        var scalars: [Scalar] = []
        for operand in operands { scalars.append(try condition(operand, scope, word, position)) }
        return scalars
    }

    /// An expression that has to be a bool.
    func condition(_ expression: Expression, _ scope: Scope, _ word: String, _ position: Position?) throws(SQLError) -> Scalar {
        let scalar = try bind(expression, scope)
        if scalar.type == .open { return try coerce(scalar, to: .bool, .assignment, at: expression.position) }
        guard let coerced = try coerceIfPossible(scalar, to: .bool, .assignment, at: expression.position) else {
            throw error("42804", "argument of \(word) must be type boolean, not type \(typeName(scalar.type))", at: expression.position)
        }
        return coerced
    }

    /// A text whose type nothing else has told is text.
    func resolved(_ scalar: Scalar) -> Scalar {
        if let row = scalar as? RowScalar, row.operands.contains(where: { $0.type == .unknown || $0 is RowScalar }) {
            let operands = row.operands.map(resolved)
            return RowScalar(
                row.type, zip(row.fields, operands).map { SQLRecord.Field($0.name, $1.type) }, operands, mayBeMissing: row.mayBeMissing)
        }
        guard scalar.type == .unknown else { return scalar }
        if let constant = scalar as? ConstantScalar { return ConstantScalar(constant.constant, .text) }
        if let parameter = scalar as? ParameterScalar {
            parameters.set(parameter.index, .text)
            return ParameterScalar(parameter.index, .text)
        }
        return RelabeledScalar(.text, [scalar])
    }

    func bind(_ literal: Literal) throws(SQLError) -> Scalar {
        switch literal.value {
        case .integer(let value):
            return ConstantScalar(.int(value), Int32(exactly: value) != nil ? .int4 : .int8)
        case .decimal(let digits): return ConstantScalar(.numeric(try Numeric(digits)), .numeric)
        case .string(let text): return ConstantScalar(.text(text), .unknown)
        case .bits, .hexadecimal: throw unsupported("a bit string", at: literal.position)
        case .bool(let value): return ConstantScalar(.bool(value), .bool)
        case .null: return ConstantScalar.null(.unknown)
        }
    }

    private func bind(_ special: SpecialValue) throws(SQLError) -> Scalar {
        let kind = special.kind
        let name: String
        switch kind {
        case .currentDate: name = "current_date"
        case .currentTime: name = "current_time"
        case .currentTimestamp: name = "current_timestamp"
        case .localTime: name = "localtime"
        case .localTimestamp: name = "localtimestamp"
        case .currentRole, .currentUser, .user: name = "current_user"
        case .sessionUser: name = "session_user"
        case .currentCatalog: name = "current_database"
        case .currentSchema: name = "current_schema"
        }
        let modifier = special.precision.map { Int32(min($0, 6)) } ?? -1
        switch kind {
        case .currentDate: return try timeValue(.date)
        case .currentTime: return try timeValue(SQLType(SQLType.timetz.oid, modifier: modifier))
        case .currentTimestamp: return try timeValue(SQLType(SQLType.timestamptz.oid, modifier: modifier))
        case .localTime: return try timeValue(SQLType(SQLType.time.oid, modifier: modifier))
        case .localTimestamp: return try timeValue(SQLType(SQLType.timestamp.oid, modifier: modifier))
        default: return SessionScalar(name, .name) { .text($0.sessionText(name)) }
        }
    }

    /// The time at which the transaction began, as another type.
    private func timeValue(_ type: SQLType) throws(SQLError) -> Scalar {
        let now = SessionScalar("now", .timestamptz) { .timestamptz($0.transactionTime) }
        return type.oid == SQLType.timestamptz.oid && type.modifier < 0 ? now : try coerce(now, to: type, .explicit, at: nil)
    }

    // MARK: - Parts of values

    private func bind(_ access: Access, _ scope: Scope) throws(SQLError) -> Scalar {
        var scalar = try bind(access.base, scope)
        var index = 0
        while index < access.steps.count {
            switch access.steps[index] {
            case .field(let name):
                scalar = try field(name, of: scalar)
                index += 1
            case .allFields(let position):
                throw error("42601", "row expansion via \"*\" is not supported here", at: position)
            case .element, .slice:
                var steps: [Access.Step] = []
                while index < access.steps.count, access.steps[index].isSubscript {
                    steps.append(access.steps[index])
                    index += 1
                }
                scalar = try subscripts(steps, of: scalar, scope)
            }
        }
        return scalar
    }

    private func subscripts(_ steps: [Access.Step], of base: Scalar, _ scope: Scope) throws(SQLError) -> Scalar {
        if base.type == .jsonb || base.type == .open {
            var scalar = base
            for case .element(let index, let position) in steps {
                var key = try bind(index, scope)
                if key.type == .unknown { key = resolved(key) }
                scalar = JSONElementScalar(scalar, key)
                _ = position
            }
            return scalar
        }
        guard let element = TypeTable.element(of: TypeTable.base(of: base.type, types).oid, types) else {
            throw error(
                "42804", "cannot subscript type \(typeName(base.type)) because it does not support subscripting", at: nil)
        }
        let isSlice = steps.contains { if case .slice = $0 { true } else { false } }
        var operands = [base]
        for step in steps {
            switch step {
            case .element(let index, let position):
                let bound = try coerce(try bind(index, scope), to: .int4, .assignment, at: position)
                operands += isSlice ? [ConstantScalar(.int(1), .int4), bound] : [bound]
            case .slice(let low, let high, let position):
                for end in [low, high] {
                    if let end {
                        operands.append(try coerce(try bind(end, scope), to: .int4, .assignment, at: position))
                    } else {
                        operands.append(ConstantScalar.null(.unknown))
                    }
                }
            default: break
            }
        }
        return isSlice ? SliceScalar(base.type, operands) : ElementScalar(element, operands)
    }

    // MARK: - Arrays

    func bind(
        array elements: [Expression], _ scope: Scope, _ position: Position, as target: SQLType?
    ) throws(SQLError) -> Scalar {
        var scalars: [Scalar] = []
        let inner = target.flatMap { TypeTable.element(of: $0.oid, types) }
        for element in elements {
            if case .array(let nested, let place) = element {
                scalars.append(try bind(array: nested, scope, place, as: target))
            } else {
                scalars.append(try bind(element, scope))
            }
        }
        if scalars.isEmpty {
            guard let target, let inner else {
                throw error(
                    "42P18", "cannot determine type of empty array",
                    hint: "Explicitly cast to the desired type, for example ARRAY[]::integer[].",
                    at: position)
            }
            return ArrayScalar(target, elementType: inner, [], isNested: false)
        }
        let isNested = scalars.allSatisfy { TypeTable.element(of: $0.type.oid, types) != nil && $0.type.oid != SQLType.int2vector.oid }
        let common: SQLType
        if let target, let inner {
            common = isNested ? target : inner
        } else {
            common = try commonType(scalars, "ARRAY", at: elements.map(\.position))
        }
        var operands: [Scalar] = []
        for (scalar, element) in zip(scalars, elements) {
            operands.append(try coerce(scalar, to: common, target == nil ? .implicit : .explicit, at: element.position))
        }
        let elementType = isNested ? TypeTable.element(of: common.oid, types) ?? common : common
        guard let type = isNested ? common : TypeTable.array(of: common.oid, types) else {
            throw error("42704", "could not find array type for data type \(typeName(common))", at: position)
        }
        return ArrayScalar(type, elementType: SQLType(elementType.oid), operands, isNested: isNested)
    }

    // MARK: - Conditionals

    private func bind(_ conditional: Conditional, _ scope: Scope) throws(SQLError) -> Scalar {
        if conditional.kind == .grouping {
            if let parent = scope.parent, let boundary = scope.boundary, try areOuter(conditional.arguments, scope) {
                return carry(try bind(conditional, parent), over: boundary, name: "grouping")
            }
            var arguments: [Scalar] = []
            for argument in conditional.arguments { arguments.append(try bind(argument, scope)) }
            let request = GroupingRequest(arguments)
            scope.groupingCalls.append(request)
            return request
        }
        var scalars: [Scalar] = []
        for argument in conditional.arguments { scalars.append(try bind(argument, scope)) }
        if conditional.kind == .nullif {
            let equality = try call(
                operator: OperatorName(symbol: "=", position: conditional.position), scalars[0], scalars[1])
            // Its type is what the equality compares; integers of two sizes are compared as they are.
            let integers = [SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid]
            if integers.contains(scalars[0].type.oid), integers.contains(scalars[1].type.oid) {
                return NullIfScalar(scalars[0].type, [scalars[0], equality])
            }
            let first = equality.operands.first ?? resolved(scalars[0])
            return NullIfScalar(first.type.oid == SQLType.varchar.oid ? .text : SQLType(first.type.oid), [first, equality])
        }
        let word = conditional.kind.rawValue.uppercased()
        let common = try commonType(scalars, word, at: conditional.arguments.map(\.position))
        var operands: [Scalar] = []
        for (scalar, argument) in zip(scalars, conditional.arguments) {
            operands.append(try coerce(scalar, to: common, .implicit, at: argument.position))
        }
        switch conditional.kind {
        case .greatest: return ExtremeScalar(common, operands, isGreatest: true)
        case .least: return ExtremeScalar(common, operands, isGreatest: false)
        default: return CoalesceScalar(common, operands)
        }
    }

    private func bind(_ expression: CaseExpression, _ scope: Scope) throws(SQLError) -> Scalar {
        let operand = try expression.operand.map { operand throws(SQLError) in resolved(try bind(operand, scope)) }
        var conditions: [Scalar] = []
        var results: [Scalar] = []
        var positions: [Position] = []
        for branch in expression.branches {
            if let operand {
                conditions.append(
                    try call(
                        operator: OperatorName(symbol: "=", position: branch.condition.position), operand,
                        try bind(branch.condition, scope)))
            } else {
                conditions.append(try condition(branch.condition, scope, "CASE/WHEN", branch.position))
            }
            results.append(try bind(branch.result, scope))
            positions.append(branch.result.position)
        }
        if let otherwise = expression.otherwise {
            results.append(try bind(otherwise, scope))
            positions.append(otherwise.position)
        } else {
            results.append(ConstantScalar.null(.unknown))
            positions.append(expression.position)
        }
        // The ELSE comes first when the type is looked for.
        let common = try commonType([results[results.count - 1]] + results.dropLast(), "CASE", at: [positions.last!] + positions.dropLast())
        var operands: [Scalar] = []
        for index in results.indices {
            if index < conditions.count { operands.append(conditions[index]) }
            operands.append(try coerce(results[index], to: common, .implicit, at: positions[index]))
        }
        return CaseScalar(common, operands)
    }

    // MARK: - Chains

    private func bind(_ chain: Chain, _ scope: Scope) throws(SQLError) -> Scalar {
        // The type of a cast right behind ARRAY[…] is that of its elements.
        var scalar: Scalar
        var steps = chain.steps[...]
        if case .array(let elements, let position) = chain.first, case .cast(let name, _)? = chain.steps.first,
            case let type = try TypeNames.resolve(name, self), TypeTable.element(of: type.oid, types) != nil
        {
            scalar = try bind(array: elements, scope, position, as: SQLType(type.oid))
        } else {
            scalar = try bind(chain.first, scope)
        }
        while let step = steps.popFirst() { scalar = try apply(step, to: scalar, chain.first, scope) }
        return scalar
    }

    private func apply(_ step: Chain.Step, to scalar: Scalar, _ first: Expression, _ scope: Scope) throws(SQLError) -> Scalar {
        switch step {
        case .binary(let name, let right):
            if case .row(let row) = first, case .row = right, scalar is RowScalar,
                let relation = CompareScalar.Relation(rawValue: name.symbol == "!=" ? "<>" : name.symbol)
            {
                return try compareRows(relation, scalar, try bind(right, scope), name, row.position)
            }
            if case .subquery(let subquery) = right, subquery.kind == .scalar, let row = scalar as? RowScalar, row.operands.count > 1,
                let relation = CompareScalar.Relation(rawValue: name.symbol == "!=" ? "<>" : name.symbol)
            {
                return try compare(row, relation, with: subquery, name, scope)
            }
            return try call(operator: name, scalar, try bind(right, scope))
        case .quantified(let name, let quantifier, let candidates):
            switch candidates {
            case .query(let query):
                return try match(scalar, name, query, isAll: quantifier == .all, isNegated: false, scope)
            case .list(let list):
                return try match(scalar, name, array: try bind(list[0], scope), isAll: quantifier == .all)
            }
        case .cast(let name, let position):
            let type = try TypeNames.resolve(name, self)
            return try coerce(scalar, to: type, .explicit, at: position)
        case .collate(let name, let position):
            guard ["C", "POSIX", "default", "ucs_basic"].contains(name.last) else {
                throw error("42704", "collation \"\(name.last)\" for encoding \"UTF8\" does not exist", at: position)
            }
            let text = resolved(scalar)
            guard TypeTable.category(of: text.type.oid, types) == "S" || text.type == .open else {
                throw error("42804", "collations are not supported by type \(typeName(text.type))", at: position)
            }
            return text
        case .atTimeZone(let zone, let position):
            return try call(function: "timezone", [resolved(try bind(zone, scope)), scalar], at: position)
        case .test(let test, let isNegated, let position): return try apply(test, isNegated: isNegated, to: scalar, position)
        case .isDistinct(let from, let isNegated, let position):
            let right = try bind(from, scope)
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
                    parts.append(DistinctScalar(comparison.operands[0], comparison.operands[1], isNegated: false))
                }
                let any = parts.count == 1 ? parts[0] : OrScalar(parts)
                return isNegated ? NotScalar(any) : any
            }
            let comparison = try call(operator: OperatorName(symbol: "=", position: position), scalar, right)
            guard comparison.operands.count == 2 else { throw unsupported("IS DISTINCT FROM of these", at: position) }
            return DistinctScalar(comparison.operands[0], comparison.operands[1], isNegated: isNegated)
        case .between(let low, let high, let isSymmetric, let isNegated, let position):
            return try between(
                scalar, try bind(low, scope), try bind(high, scope), isSymmetric: isSymmetric, isNegated: isNegated, position)
        case .membership(let candidates, let isNegated, let position):
            switch candidates {
            case .query(let query):
                return try match(
                    scalar, OperatorName(symbol: isNegated ? "<>" : "=", position: position), query, isAll: isNegated,
                    isNegated: isNegated, scope)
            case .list(let list): return try membership(scalar, list, isNegated: isNegated, position, scope)
            }
        case .match(let match): return try bind(match, scalar, scope)
        }
    }

    private func apply(
        _ test: Chain.Test, isNegated: Bool, to scalar: Scalar, _ position: Position
    ) throws(SQLError) -> Scalar {
        switch test {
        case .null: return TestScalar(resolvedForTest(scalar), isNegated ? .notNull : .null)
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
        case .normalized: throw unsupported("IS NORMALIZED", at: position)
        }
    }

    private func resolvedForTest(_ scalar: Scalar) -> Scalar {
        scalar is ParameterScalar && scalar.type == .unknown ? resolved(scalar) : scalar
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

    private func bind(_ match: Chain.Match, _ scalar: Scalar, _ scope: Scope) throws(SQLError) -> Scalar {
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
        guard left.operands.count == right.operands.count else {
            throw error("42601", "unequal number of entries in row expressions", at: position)
        }
        guard !left.operands.isEmpty else { throw unsupported("comparison of empty rows", at: position) }
        var lefts: [Scalar] = []
        var rights: [Scalar] = []
        for (one, two) in zip(left.operands, right.operands) {
            let comparison = try call(operator: OperatorName(symbol: "=", position: name.position), one, two)
            guard comparison.operands.count == 2 else { throw unsupported("comparison of these rows", at: position) }
            lefts.append(comparison.operands[0])
            rights.append(comparison.operands[1])
        }
        return RowCompareScalar(relation, lefts + rights)
    }

    /// `left op ANY (array)`.
    private func match(_ left: Scalar, _ name: OperatorName, array: Scalar, isAll: Bool) throws(SQLError) -> Scalar {
        var array = array
        var left = left
        if array.type == .unknown {
            // The text of an array of the left side's type.
            if left.type == .unknown { left = resolved(left) }
            if let type = TypeTable.array(of: TypeTable.base(of: left.type, types).oid, types) {
                array = try coerce(array, to: type, .implicit, at: name.position)
            }
        }
        guard let element = TypeTable.element(of: TypeTable.base(of: array.type, types).oid, types) else {
            throw error("42809", "op ANY/ALL (array) requires array on right side", at: name.position)
        }
        // The comparison is bound over a row of the two.
        let comparison = try call(
            operator: name, left.type == .unknown ? left : ColumnScalar(0, left.type), ColumnScalar(1, SQLType(element.oid)))
        guard comparison.type == .bool else {
            throw error("42809", "op ANY/ALL (array) requires operator to yield boolean", at: name.position)
        }
        if left.type == .unknown, let typed = comparison.operands.first?.type { left = try coerce(left, to: typed, .implicit, at: nil) }
        return ArrayMatchScalar(left, array, isAll: isAll, comparison: comparison)
    }

    /// `left op ANY (query)`, IN, NOT IN.
    private func match(
        _ left: Scalar, _ name: OperatorName, _ query: Query, isAll: Bool, isNegated: Bool, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        let (subplan, columns, operands) = try subplan(query, scope)
        let lefts = (left as? RowScalar)?.operands ?? [left]
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
        var comparison = parts.count == 1 ? parts[0] : AndScalar(parts)
        if parts.count > 1, name.symbol == "<>" { comparison = NotScalar(comparison) }
        if parts.count > 1, name.symbol != "=", name.symbol != "<>", let relation = CompareScalar.Relation(rawValue: name.symbol) {
            comparison = RowCompareScalar(relation, parts.map { $0.operands[0] } + parts.map { $0.operands[1] })
        }
        return SubqueryScalar(
            .match(count: lefts.count, comparison: comparison, isAll: isAll), subplan, .bool, compared + operands)
    }

    private func resolvedLike(_ scalar: Scalar, _ type: SQLType) -> Scalar {
        (try? coerce(scalar, to: type, .implicit, at: nil)) ?? resolved(scalar)
    }

    /// `(a, b) < (SELECT …)`.
    private func compare(
        _ row: RowScalar, _ relation: CompareScalar.Relation, with subquery: Subquery, _ name: OperatorName, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        let (subplan, columns, operands) = try subplan(subquery.query, scope)
        guard columns.count == row.operands.count else {
            throw error("42601", "subquery has too \(columns.count > row.operands.count ? "many" : "few") columns", at: subquery.position)
        }
        let record = SubqueryScalar(.row, subplan, .record, operands)
        let fields = columns.enumerated().map { FieldScalar(record, $0.offset, $0.element.type, name: "f\($0.offset + 1)") }
        let right = RowScalar(.record, columns.map { SQLRecord.Field($0.name, $0.type) }, fields)
        return try compareRows(relation, row, right, name, subquery.position)
    }

    // MARK: - Subqueries

    private func bind(_ subquery: Subquery, _ scope: Scope) throws(SQLError) -> Scalar {
        let (subplan, columns, operands) = try subplan(subquery.query, scope)
        switch subquery.kind {
        case .exists: return SubqueryScalar(.exists, subplan, .bool, operands)
        case .scalar:
            guard columns.count == 1 else { throw error("42601", "subquery must return only one column", at: subquery.position) }
            return SubqueryScalar(.scalar, subplan, columns[0].type, operands)
        case .array:
            guard columns.count == 1 else { throw error("42601", "subquery must return only one column", at: subquery.position) }
            let isArray = TypeTable.element(of: columns[0].type.oid, types) != nil
            guard let type = isArray ? columns[0].type : TypeTable.array(of: columns[0].type.oid, types) else {
                throw error("42704", "could not find array type for data type \(typeName(columns[0].type))", at: subquery.position)
            }
            let element = isArray ? TypeTable.element(of: type.oid, types) ?? type : SQLType(columns[0].type.oid)
            return SubqueryScalar(.array(of: element), subplan, SQLType(type.oid), operands)
        }
    }

    /// A query inside of an expression.
    func subplan(_ query: Query, _ scope: Scope) throws(SQLError) -> (Subplan, [OutputColumn], [Scalar]) {
        let inner = Scope(parent: scope, rules: .select)
        inner.isExpression = true
        let bound = try bind(query, inner, resolvesUnknown: true)
        guard let boundary = inner.boundary else { throw unsupported("a subquery here", at: query.position) }
        let subplan = Subplan(
            bound.plan, columns: bound.columns.map(\.type), ownSlots: boundary.own.map(\.slot), outerSlots: boundary.outerSlots,
            isVolatile: boundary.hasVolatile)
        subplan.recordFields = bound.columns.first?.fields
        return (subplan, bound.columns, boundary.own.map(\.scalar))
    }
}

extension Access.Step {
    fileprivate var isSubscript: Bool {
        switch self {
        case .element, .slice: true
        default: false
        }
    }
}

/// A value that the session knows.
final class SessionScalar: Scalar {
    let name: String
    private let body: (Session) -> SQLValue

    init(_ name: String, _ type: SQLType, _ body: @escaping (Session) -> SQLValue) {
        self.name = name
        self.body = body
        super.init(type)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue { body(run.session) }
    override func with(_ operands: [Scalar]) -> Scalar { self }
    override func agrees(with other: Scalar) -> Bool { (other as? SessionScalar)?.name == name }
    override var isImmutableItself: Bool { false }
}

/// `json['a']`, `json[0]`.
final class JSONElementScalar: Scalar {
    init(_ operand: Scalar, _ key: Scalar) { super.init(operand.type, [operand, key]) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .json(let json) = try operands[0].value(row, run) else { return .null }
        switch try operands[1].value(row, run) {
        case .text(let key):
            if json.kind == .array, let index = Int(key) { return element(json, index) }
            return json.kind == .object ? (json[field: key]).map(found) ?? .null : .null
        case .int(let index): return element(json, Int(index))
        default: return .null
        }
    }

    private func element(_ json: Datum, _ index: Int) -> SQLValue {
        guard json.kind == .array else { return .null }
        let place = index < 0 ? json.count + index : index
        return place >= 0 && place < json.count ? found(json[place]) : .null
    }

    private func found(_ value: Datum) -> SQLValue { type == .open && value.isNull ? .null : .json(value) }

    override func with(_ operands: [Scalar]) -> Scalar { JSONElementScalar(operands[0], operands[1]) }
    override func agrees(with other: Scalar) -> Bool { true }
}
