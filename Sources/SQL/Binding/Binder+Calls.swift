extension Binder {
    // MARK: - Operators

    /// Whether values of the type are compared by ``ValueOrder``, without a function.
    func comparesDirectly(_ type: SQLType) -> Bool {
        let base = TypeTable.base(of: type, types).oid
        return ![SQLType.json.oid, SQLType.open.oid, SQLType.unknown.oid, SQLType.inet.oid, SQLType.cidr.oid].contains(base)
    }

    func call(operator name: OperatorName, _ left: Scalar?, _ right: Scalar) throws(SQLError) -> Scalar {
        let symbol = name.symbol == "!=" ? "<>" : name.symbol
        if let left, let relation = CompareScalar.Relation(rawValue: symbol) {
            if left is RowScalar, right is RowScalar { return try compareRows(relation, left, right, name, name.position) }
            if let direct = try compare(relation, left, right, name) { return direct }
        }
        if let left, left.type == .open || right.type == .open, let open = try openOperator(symbol, left, right, name) { return open }
        let resolved: FunctionTable.Resolved
        do throws(SQLError) {
            resolved = try Builtins.operator(symbol, left?.type, right.type, types)
        } catch {
            guard error.position == nil else { throw error }
            throw source.error(error.state, error.message, detail: error.detail, hint: error.hint, at: name.position)
        }
        var operands: [Scalar] = []
        for (scalar, type) in zip((left.map { [$0] } ?? []) + [right], resolved.argumentTypes) {
            operands.append(try coerce(scalar, to: type, .implicit, at: name.position))
        }
        guard let call = CallScalar(resolved.function, operands, resolved.resultType) else {
            throw unsupported("operator \(symbol)", at: name.position)
        }
        return call
    }

    /// A comparison of two values that have, or come to have, one type.
    private func compare(
        _ relation: CompareScalar.Relation, _ left: Scalar, _ right: Scalar, _ name: OperatorName
    ) throws(SQLError) -> Scalar? {
        let (one, two) = (TypeTable.base(of: left.type, types), TypeTable.base(of: right.type, types))
        let target: SQLType
        switch (one == .unknown, two == .unknown) {
        case (true, true): target = .text
        case (true, false): target = two
        case (false, true): target = one
        case (false, false):
            if one.oid == two.oid {
                target = one
            } else {
                guard let common = Builtins.comparisonType(one, two) else { return nil }
                target = common
            }
        }
        guard comparesDirectly(target) else { return nil }
        let category = TypeTable.category(of: target.oid, types)
        guard category != "P" || target == .record else { return nil }
        return CompareScalar(
            relation, try coerce(left, to: SQLType(target.oid), .implicit, at: name.position),
            try coerce(right, to: SQLType(target.oid), .implicit, at: name.position))
    }

    private func openOperator(_ symbol: String, _ left: Scalar, _ right: Scalar, _ name: OperatorName) throws(SQLError) -> Scalar? {
        if let relation = CompareScalar.Relation(rawValue: symbol) {
            if left.type == .open, right.type == .open { return OpenCompareScalar(relation, left, right) }
            if right.type == .unknown || left.type == .unknown {
                return OpenCompareScalar(relation, left, right)
            }
            let typed = left.type == .open ? right.type : left.type
            let target = TypeTable.category(of: typed.oid, types) == "N" ? SQLType.numeric : typed
            return CompareScalar(
                relation, try coerce(left, to: target, .implicit, at: name.position),
                try coerce(right, to: target, .implicit, at: name.position))
        }
        if ["+", "-", "*", "/", "%", "^"].contains(symbol) {
            let (one, two) = (left.type == .open ? SQLType.float8 : left.type, right.type == .open ? SQLType.float8 : right.type)
            return try call(
                operator: name, try coerce(left, to: one, .implicit, at: name.position),
                try coerce(right, to: two, .implicit, at: name.position))
        }
        if ["->", "->>", "#>", "#>>", "@>", "<@", "?", "?|", "?&"].contains(symbol) {
            return try call(
                operator: name, left.type == .open ? RelabeledScalar(.jsonb, [left]) : left,
                right.type == .open ? RelabeledScalar(.jsonb, [right]) : right)
        }
        if ["||", "~~", "~~*", "!~~", "!~~*", "~", "~*", "!~", "!~*"].contains(symbol) {
            return try call(
                operator: name, try coerce(left, to: .text, .explicit, at: name.position),
                try coerce(right, to: .text, .explicit, at: name.position))
        }
        return nil
    }

    // MARK: - Functions

    /// A call that the grammar, and not the user, makes.
    func call(function name: String, _ arguments: [Scalar], at position: Position?) throws(SQLError) -> Scalar {
        let resolved: FunctionTable.Resolved
        do throws(SQLError) {
            resolved = try Builtins.function(name, arguments.map(\.type), names: [], isVariadic: false, types)
        } catch {
            guard let position, error.position == nil else { throw error }
            throw source.error(error.state, error.message, detail: error.detail, hint: error.hint, at: position)
        }
        let operands = try self.arguments(arguments, resolved, at: position)
        guard let call = CallScalar(resolved.function, operands, resolved.resultType) else { throw unsupported(name, at: position) }
        return call
    }

    /// The arguments as the function takes them: cast, in its order, gathered, with what stands for those left out.
    private func arguments(_ scalars: [Scalar], _ resolved: FunctionTable.Resolved, at position: Position?) throws(SQLError) -> [Scalar] {
        let declared = resolved.function.arguments
        var placed: [Scalar] = []
        if let places = resolved.argumentPlaces {
            let firstDefault = declared.count - resolved.function.defaults.count
            for (index, place) in places.enumerated() {
                if let place {
                    placed.append(scalars[place])
                } else {
                    let scope = Scope(parent: nil, rules: .defaults)
                    placed.append(try bind(try Parser.expression(resolved.function.defaults[max(0, index - firstDefault)]), scope))
                }
            }
        } else {
            placed = scalars
        }
        var operands: [Scalar] = []
        for (index, scalar) in placed.enumerated() {
            var scalar = scalar
            let type = index < resolved.argumentTypes.count ? resolved.argumentTypes[index] : resolved.argumentTypes.last ?? .text
            let isAny = [SQLType.any.oid, SQLType.anyelement.oid, SQLType.unknown.oid].contains(type.oid)
            // `pg_typeof` tells what a literal is before anybody has asked.
            let staysUnknown = resolved.function.name == "pg_typeof"
            if (scalar.type == .unknown && isAny && !staysUnknown) || scalar is RowScalar { scalar = self.resolved(scalar) }
            if scalar.type == .open, type == .jsonb || type.oid == SQLType.any.oid { scalar = RelabeledScalar(.jsonb, [scalar]) }
            operands.append(try coerce(scalar, to: type, .implicit, at: position))
        }
        guard resolved.gathersVariadic, declared.last?.oid != SQLType.any.oid else { return operands }
        let fixed = declared.count - 1
        let gathered = Array(operands[min(fixed, operands.count)...])
        let element = gathered.first?.type ?? declared.last.flatMap { TypeTable.element(of: $0.oid, types) } ?? .text
        let type = TypeTable.array(of: element.oid, types) ?? SQLType(1009)
        return Array(operands[..<fixed]) + [ArrayScalar(type, elementType: SQLType(element.oid), gathered, isNested: false)]
    }

    func bind(_ call: FunctionCall, _ scope: Scope) throws(SQLError) -> Scalar {
        let name = call.name.last
        if call.name.parts.count > 1, let schema = call.name.parts.dropLast().last, schema.text != "pg_catalog", schema.text != "public",
            schema.text != "information_schema"
        {
            guard definitions.hasSchema(schema.text) else {
                throw error("3F000", "schema \"\(schema.text)\" does not exist", at: call.position)
            }
        }
        let kind = Builtins.kind(of: name)
        let isAggregate = kind == .aggregate && call.over == nil
        if call.over == nil, kind == .window {
            throw error("42809", "window function \(name) requires an OVER clause", at: call.position)
        }
        if call.over != nil, kind != .window, kind != .aggregate, kind != nil {
            throw error(
                "42809", "OVER specified, but \(name) is not a window function nor an aggregate function", at: call.position)
        }
        if !isAggregate, kind != nil, call.over == nil {
            for (isSaid, word) in [
                (call.isDistinct, "DISTINCT"), (!call.orderBy.isEmpty && !call.isWithinGroup, "ORDER BY"), (call.filter != nil, "FILTER"),
                (call.isWithinGroup, "WITHIN GROUP"),
            ]
            where isSaid {
                throw error("42809", "\(word) specified, but \(name) is not an aggregate function", at: call.position)
            }
        }
        if isAggregate, let outer = try outerAggregate(call, scope) { return outer }
        if isAggregate { try checkAggregateIsAllowed(scope, call.position) }
        if isAggregate, call.arguments.isEmpty, !call.hasStar, !call.isWithinGroup {
            throw error("42809", "\(name)(*) must be used to call a parameterless aggregate function", at: call.position)
        }
        if isAggregate, !call.isWithinGroup, ["percentile_cont", "percentile_disc", "mode"].contains(name) {
            throw error("42809", "WITHIN GROUP is required for ordered-set aggregate \(name)", at: call.position)
        }
        if call.over != nil { try checkWindowIsAllowed(scope, call.position) }

        if call.over != nil, kind == .aggregate, call.arguments.isEmpty, !call.hasStar {
            throw error("42809", "\(name)(*) must be used to call a parameterless aggregate function", at: call.position)
        }
        if call.over != nil, call.isDistinct { throw unsupported("DISTINCT of window functions", at: call.position) }
        let wasInsideAggregate = scope.insideAggregate
        let wasInsideWindow = scope.insideWindow
        if isAggregate { scope.insideAggregate = true }
        if call.over != nil { scope.insideWindow = true }
        defer {
            scope.insideAggregate = wasInsideAggregate
            scope.insideWindow = wasInsideWindow
        }
        var scalars: [Scalar] = []
        var names: [String?] = []
        for argument in call.arguments {
            scalars.append(try bind(argument.value, scope))
            names.append(argument.name?.text)
        }
        if call.isWithinGroup {
            for item in call.orderBy { scalars.append(try bind(item.value, scope)) }
        }
        // A function of one argument, named like a type, is a cast; one of a row is a field of it.
        let resolved: FunctionTable.Resolved
        do throws(SQLError) {
            if call.hasStar, name == "count" {
                resolved = try Builtins.function(name, [], names: [], isVariadic: false, types)
            } else {
                if call.hasStar {
                    throw error(
                        "42883", "function \(name)() does not exist", hint: nil, at: call.position)
                }
                resolved = try Builtins.function(
                    name, scalars.map { $0.type == .open ? .jsonb : $0.type }, names: names.contains { $0 != nil } ? names : [],
                    isVariadic: call.isVariadic, types)
            }
        } catch {
            if scalars.count == 1, call.over == nil, let cast = try castCall(call, scalars[0]) { return cast }
            guard error.position == nil else { throw error }
            throw source.error(error.state, error.message, detail: error.detail, hint: error.hint, at: call.position)
        }
        let function = resolved.function
        if function.volatility == .volatile {
            var current: Scope? = scope
            while let scope = current {
                scope.boundary?.hasVolatile = true
                current = scope.parent
            }
        }
        let operands = try arguments(scalars, resolved, at: call.position)
        if let over = call.over { return try window(call, over, function, operands, resolved.resultType, scope) }
        switch function.body {
        case .aggregate: return try aggregate(call, function, operands, resolved.resultType, scope)
        case .window: throw error("42809", "window function \(name) requires an OVER clause", at: call.position)
        case .set: return try set(call, function, operands, resolved.resultType, scope)
        case .scalar, .unary, .binary:
            if let special = sequenceCall(name, operands) { return special }
            guard let scalar = CallScalar(function, operands, resolved.resultType) else {
                throw unsupported("function \(name)", at: call.position)
            }
            return scalar
        }
    }

    /// An aggregate over nothing but columns of a query outside belongs to that one; nil if this one doesn't.
    private func outerAggregate(_ call: FunctionCall, _ scope: Scope) throws(SQLError) -> Scalar? {
        guard let parent = scope.parent, let boundary = scope.boundary else { return nil }
        let parts = call.arguments.map(\.value) + call.orderBy.map(\.value) + (call.filter.map { [$0] } ?? [])
        guard !parts.isEmpty, try areOuter(parts, scope), parent.boundary != nil || !parent.items.isEmpty else { return nil }
        return carry(try bind(call, parent), over: boundary, name: call.name.last)
    }

    /// Whether expressions depend on rows of queries outside, and on none of this one. Leaves nothing behind.
    func areOuter(_ expressions: [Expression], _ scope: Scope) throws(SQLError) -> Bool {
        var saved: [(boundary: Boundary, own: [(slot: Int, scalar: Scalar)], outer: Set<Int>)] = []
        var current: Scope? = scope
        while let inner = current {
            if let boundary = inner.boundary { saved.append((boundary, boundary.own, boundary.outerSlots)) }
            current = inner.parent
        }
        let trial = Scope(parent: scope.parent, sharing: scope)
        defer { for item in saved { (item.boundary.own, item.boundary.outerSlots) = (item.own, item.outer) } }
        var isOuter = false
        for expression in expressions {
            guard let scalar = try? bind(expression, trial) else { return false }
            if !scalar.positions.isEmpty { return false }
            if !scalar.slots.isEmpty { isOuter = true }
        }
        return isOuter
    }

    private func checkAggregateIsAllowed(_ scope: Scope, _ position: Position) throws(SQLError) {
        if scope.readsOwnTable {
            throw error("42P19", "aggregate functions are not allowed in a recursive query's recursive term", at: position)
        }
        if scope.insideAggregate { throw error("42803", "aggregate function calls cannot be nested", at: position) }
        guard !scope.rules.aggregates else { return }
        throw error("42803", "aggregate functions are not allowed in \(scope.rules.name)", at: position)
    }

    private func checkWindowIsAllowed(_ scope: Scope, _ position: Position) throws(SQLError) {
        if scope.insideWindow { throw error("42P20", "window function calls cannot be nested", at: position) }
        if scope.insideAggregate { throw error("42803", "aggregate function calls cannot contain window function calls", at: position) }
        guard !scope.rules.windows else { return }
        throw error("42P20", "window functions are not allowed in \(scope.rules.name)", at: position)
    }

    /// `text(x)`, `int4(x)`.
    private func castCall(_ call: FunctionCall, _ scalar: Scalar) throws(SQLError) -> Scalar? {
        guard !call.hasStar, call.arguments.count == 1, call.arguments[0].name == nil else { return nil }
        if scalar is RowScalar || scalar.type == .record, let field = call.name.parts.last,
            let found = try? self.field(field, of: scalar)
        {
            return found
        }
        guard let entry = TypeTable.entry(named: call.name.last), entry.kind == "b" else { return nil }
        return try coerceIfPossible(scalar, to: SQLType(entry.oid), .explicit, at: call.position)
    }

    // MARK: - Aggregates and windows

    private func sortKeys(_ items: [SortItem], _ scope: Scope) throws(SQLError) -> [SortKey] {
        var keys: [SortKey] = []
        for item in items { keys.append(try sortKey(item, resolved(try bind(item.value, scope)))) }
        return keys
    }

    func sortKey(_ item: SortItem, _ scalar: Scalar) throws(SQLError) -> SortKey {
        let isDescending: Bool
        switch item.direction {
        case .descending: isDescending = true
        case .using(let name):
            guard name.symbol == "<" || name.symbol == ">" else {
                throw error("42809", "operator \(name.symbol) is not a valid ordering operator", at: name.position)
            }
            isDescending = name.symbol == ">"
        default: isDescending = false
        }
        let nullsFirst = item.nulls == .first || (item.nulls == .unsaid && isDescending)
        if [SQLType.json.oid].contains(scalar.type.oid) {
            throw error(
                "42883", "could not identify an ordering operator for type \(typeName(scalar.type))",
                hint: "Use an explicit ordering operator or modify the query.", at: item.value.position)
        }
        return SortKey(scalar: scalar, isDescending: isDescending, nullsFirst: nullsFirst)
    }

    private func aggregate(
        _ call: FunctionCall, _ function: SQLFunction, _ operands: [Scalar], _ type: SQLType, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        let keys = call.isWithinGroup ? [] : try sortKeys(call.orderBy, scope)
        if call.isDistinct, !keys.isEmpty {
            for key in keys where !operands.contains(where: { $0.isSame(as: key.scalar) }) {
                throw error(
                    "42P10", "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list", at: call.position)
            }
        }
        if call.isDistinct, let first = operands.first, first.type == .json {
            throw error("42883", "could not identify an equality operator for type json", at: call.position)
        }
        var filter: Scalar?
        if let condition = call.filter { filter = try self.condition(condition, scope, "FILTER", call.position) }
        var order = keys
        if call.isWithinGroup {
            for (item, operand) in zip(call.orderBy, operands.suffix(call.orderBy.count)) { order.append(try sortKey(item, operand)) }
        }
        // An aggregate over nothing but outer columns belongs to the query outside.
        let position = scope.level.allocate()
        guard
            let made = AggregateCall(
                function, operands, filter: filter, isDistinct: call.isDistinct, orderBy: order, position: position, type: type)
        else { throw unsupported("aggregate \(call.name.last)", at: call.position) }
        if let known = scope.aggregates.first(where: { $0.isSame(as: made) && order.isEmpty }) {
            return ColumnScalar(known.position, known.type, name: call.name.last)
        }
        scope.aggregates.append(made)
        scope.computedPositions.insert(position)
        return ColumnScalar(position, type, name: call.name.last)
    }

    private func set(
        _ call: FunctionCall, _ function: SQLFunction, _ operands: [Scalar], _ type: SQLType, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        guard scope.rules.sets, !scope.insideAggregate else {
            if scope.insideAggregate {
                throw error(
                    "0A000", "aggregate function calls cannot contain set-returning function calls",
                    hint: "You might be able to move the set-returning function into a LATERAL FROM item.", at: call.position)
            }
            throw error("0A000", "set-returning functions are not allowed in \(scope.rules.name)", at: call.position)
        }
        let position = scope.level.allocate()
        guard let made = SetCall(function, operands, position: position, type: type) else {
            throw unsupported("function \(call.name.last)", at: call.position)
        }
        scope.sets.append(made)
        scope.computedPositions.insert(position)
        return ColumnScalar(position, type, name: call.name.last, fields: function.columns.isEmpty ? nil : function.columns)
    }

    private func window(
        _ call: FunctionCall, _ over: FunctionCall.Over, _ function: SQLFunction, _ operands: [Scalar], _ type: SQLType, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        let definition: Window
        switch over {
        case .named(let name):
            guard let known = scope.windowDefinitions[name.text] else {
                throw error("42704", "window \"\(name.text)\" does not exist", at: name.position)
            }
            definition = known
        case .window(let window): definition = try completed(window, scope)
        }
        if !call.orderBy.isEmpty { throw unsupported("aggregate ORDER BY for window functions", at: call.position) }
        if case .window = function.body, call.filter != nil {
            throw unsupported("FILTER for non-aggregate window functions", at: call.position)
        }
        let specification = try specification(definition, scope)
        var filter: Scalar?
        if let condition = call.filter { filter = try self.condition(condition, scope, "FILTER", call.position) }
        let position = scope.level.allocate()
        // Windows that are alike are computed in one pass.
        let shared = scope.windows.first { $0.window.isSame(as: specification) }?.window ?? specification
        scope.windows.append(WindowCall(function, operands, filter: filter, position: position, type: type, window: shared))
        scope.computedPositions.insert(position)
        return ColumnScalar(position, type, name: call.name.last)
    }

    /// A window with what the one that it begins as says.
    func completed(_ window: Window, _ scope: Scope) throws(SQLError) -> Window {
        guard let base = window.base else { return window }
        guard let known = scope.windowDefinitions[base.text] else {
            throw error("42704", "window \"\(base.text)\" does not exist", at: base.position)
        }
        if !window.partitionBy.isEmpty {
            throw error("42P20", "cannot override PARTITION BY clause of window \"\(base.text)\"", at: window.position)
        }
        if !window.orderBy.isEmpty, !known.orderBy.isEmpty {
            throw error("42P20", "cannot override ORDER BY clause of window \"\(base.text)\"", at: window.position)
        }
        if known.frame != nil {
            throw error("42P20", "cannot copy window \"\(base.text)\" because it has a frame clause", at: window.position)
        }
        var completed = window
        completed.base = nil
        completed.partitionBy = known.partitionBy
        if window.orderBy.isEmpty { completed.orderBy = known.orderBy }
        return completed
    }

    private func specification(_ window: Window, _ scope: Scope) throws(SQLError) -> WindowSpecification {
        var partition: [Scalar] = []
        for expression in window.partitionBy { partition.append(resolved(try bind(expression, scope))) }
        let order = try sortKeys(window.orderBy, scope)
        var frame = FrameSpecification()
        if let written = window.frame {
            frame.unit = written.unit
            frame.exclusion = written.exclusion
            if frame.unit == .groups, order.isEmpty {
                throw error("42P20", "GROUPS mode requires an ORDER BY clause", at: written.position)
            }
            frame.start = try bound(written.start, written.unit, order, &frame, scope, written.position)
            frame.end =
                try written.end.map { end throws(SQLError) in
                    try bound(end, written.unit, order, &frame, scope, written.position)
                } ?? .currentRow
            try check(written)
        }
        return WindowSpecification(partitionBy: partition, orderBy: order, frame: frame)
    }

    private func check(_ frame: Window.Frame) throws(SQLError) {
        func rank(_ bound: Window.Bound) -> Int {
            switch bound {
            case .unboundedPreceding: 0
            case .preceding: 1
            case .currentRow: 2
            case .following: 3
            case .unboundedFollowing: 4
            }
        }
        let (start, end) = (rank(frame.start), rank(frame.end ?? .currentRow))
        if start == 4 { throw error("42P20", "frame start cannot be UNBOUNDED FOLLOWING", at: frame.position) }
        if end == 0 { throw error("42P20", "frame end cannot be UNBOUNDED PRECEDING", at: frame.position) }
        guard start > end else { return }
        if start == 2 { throw error("42P20", "frame starting from current row cannot have preceding rows", at: frame.position) }
        throw error(
            "42P20", "frame starting from following row cannot have \(end == 2 ? "current row" : "preceding rows")", at: frame.position)
    }

    private func bound(
        _ bound: Window.Bound, _ unit: Window.Unit, _ order: [SortKey], _ frame: inout FrameSpecification, _ scope: Scope,
        _ position: Position
    ) throws(SQLError) -> FrameSpecification.Bound {
        let expression: Expression
        switch bound {
        case .unboundedPreceding: return .unboundedPreceding
        case .currentRow: return .currentRow
        case .unboundedFollowing: return .unboundedFollowing
        case .preceding(let offset), .following(let offset): expression = offset
        }
        var offset = try bind(expression, scope)
        if unit == .range {
            guard order.count == 1, let key = order.first else {
                throw error("42P20", "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column", at: position)
            }
            let type = key.scalar.type
            let isTime = [
                SQLType.date.oid, SQLType.timestamp.oid, SQLType.timestamptz.oid, SQLType.time.oid, SQLType.timetz.oid,
                SQLType.interval.oid,
            ].contains(type.oid)
            if offset.type == .unknown { offset = try coerce(offset, to: isTime ? .interval : type, .implicit, at: expression.position) }
            let one = ColumnScalar(0, type)
            let two = ColumnScalar(1, offset.type)
            let isNumber = TypeTable.category(of: type.oid, types) == "N"
            guard isNumber ? TypeTable.category(of: offset.type.oid, types) == "N" : isTime && offset.type.oid == SQLType.interval.oid
            else {
                throw error(
                    "0A000",
                    "RANGE with offset PRECEDING/FOLLOWING is not supported for column type \(typeName(type)) and offset type "
                        + typeName(offset.type), at: expression.position)
            }
            for symbol in ["-", "+"] {
                let moved = try coerce(
                    try call(operator: OperatorName(symbol: symbol, position: position), one, two), to: SQLType(type.oid), .explicit,
                    at: position)
                if symbol == "-" { frame.minus = moved } else { frame.plus = moved }
            }
        } else {
            offset = try coerce(offset, to: .int8, .implicit, at: expression.position)
        }
        guard offset.positions.isEmpty else {
            throw error("42P10", "argument of \(unit.rawValue.uppercased()) must not contain variables", at: expression.position)
        }
        if case .preceding = bound { return .preceding(offset) }
        return .following(offset)
    }
}

extension WindowSpecification {
    func isSame(as other: WindowSpecification) -> Bool {
        guard partitionBy.count == other.partitionBy.count, orderBy.count == other.orderBy.count, frame.isDefault, other.frame.isDefault,
            zip(partitionBy, other.partitionBy).allSatisfy({ $0.isSame(as: $1) })
        else { return false }
        return zip(orderBy, other.orderBy).allSatisfy {
            $0.isDescending == $1.isDescending && $0.nullsFirst == $1.nullsFirst && $0.scalar.isSame(as: $1.scalar)
        }
    }
}

extension FrameSpecification {
    fileprivate var isDefault: Bool {
        guard unit == .range, exclusion == nil, case .unboundedPreceding = start, case .currentRow = end else { return false }
        return true
    }
}

/// A comparison of values of open tables, or of one with an unknown literal.
final class OpenCompareScalar: Scalar {
    let relation: CompareScalar.Relation

    init(_ relation: CompareScalar.Relation, _ left: Scalar, _ right: Scalar) {
        self.relation = relation
        super.init(.bool, [left, right])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let left = try operands[0].value(row, run)
        let right = try operands[1].value(row, run)
        guard let order = Builtins.openOrder(left, right, run.session) else {
            return left.isNull || right.isNull || (relation != .equal && relation != .notEqual) ? .null : .bool(relation == .notEqual)
        }
        return .bool(relation.holds(order))
    }

    override func with(_ operands: [Scalar]) -> Scalar { OpenCompareScalar(relation, operands[0], operands[1]) }
    override func agrees(with other: Scalar) -> Bool { (other as? OpenCompareScalar)?.relation == relation }
}
