// Aggregates, sets and windows.
extension Binder {
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

    /// - Parameter given: the arguments as they were written, without the casts to what the function takes.
    func aggregate(
        _ call: FunctionCall, _ function: SQLFunction, _ operands: [Scalar], given: [Scalar], _ type: SQLType, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        let keys = call.isWithinGroup ? [] : try sortKeys(call.orderBy, scope)
        if call.isDistinct, !keys.isEmpty {
            for (key, item) in zip(keys, call.orderBy) where !given.contains(where: { $0.isSame(as: key.scalar) }) {
                throw error(
                    "42P10", "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list", at: item.value.position)
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

    func set(
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
        if let word = scope.conditional {
            throw error(
                "0A000", "set-returning functions are not allowed in \(word)",
                hint: "You might be able to move the set-returning function into a LATERAL FROM item.", at: call.position)
        }
        // Two of the same rows go together: one is enough, and is what is grouped by if the other is.
        if let same = scope.sets.first(where: { set in
            set.function.oid == function.oid && set.type == type && set.operands.count == operands.count && function.volatility != .volatile
                && zip(set.operands, operands).allSatisfy { $0.isSame(as: $1) }
        }) {
            return ColumnScalar(same.position, type, name: call.name.last, fields: function.columns.isEmpty ? nil : function.columns)
        }
        let position = scope.level.allocate()
        guard let made = SetCall(function, operands, position: position, type: type) else {
            throw unsupported("function \(call.name.last)", at: call.position)
        }
        if Self.makesRowsOfJSON(function) { made.check = try partsCheck(type) }
        scope.sets.append(made)
        scope.computedPositions.insert(position)
        return ColumnScalar(position, type, name: call.name.last, fields: function.columns.isEmpty ? nil : function.columns)
    }

    func window(
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
        if !call.orderBy.isEmpty { throw error("0A000", "aggregate ORDER BY is not implemented for window functions", at: call.position) }
        if case .window = function.body, call.filter != nil {
            throw unsupported("FILTER for non-aggregate window functions", at: call.position)
        }
        if operands.contains(where: { operand in scope.sets.contains { operand.positions.contains($0.position) } }) {
            throw error(
                "0A000", "window function calls cannot contain set-returning function calls",
                hint: "You might be able to move the set-returning function into a LATERAL FROM item.", at: call.position)
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
        for expression in window.partitionBy {
            partition.append(resolved(try bind(expression, scope)))
            if partition.last?.type == .json {
                throw error("42883", "could not identify an equality operator for type json", at: expression.position)
            }
        }
        let order = try sortKeys(window.orderBy, scope)
        var frame = FrameSpecification()
        if let written = window.frame {
            frame.unit = written.unit
            frame.exclusion = written.exclusion
            if frame.unit == .groups, order.isEmpty {
                throw error("42P20", "GROUPS mode requires an ORDER BY clause", at: window.position)
            }
            frame.start = try bound(written.start, written.unit, order, &frame, scope, window.position)
            frame.end =
                try written.end.map { end throws(SQLError) in
                    try bound(end, written.unit, order, &frame, scope, window.position)
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
            // Both bounds are moved by the same two scalars.
            if !isTime, let same = try coerceIfPossible(offset, to: type, .implicit, at: expression.position) { offset = same }
            let one = ColumnScalar(0, type)
            let two = ColumnScalar(1, offset.type)
            let isNumber = TypeTable.category(of: type.oid, types) == "N"
            guard isNumber ? TypeTable.category(of: offset.type.oid, types) == "N" : isTime && offset.type.oid == SQLType.interval.oid
            else {
                let andOffset = isNumber || isTime ? " and offset type \(typeName(offset.type))" : ""
                throw error(
                    "0A000", "RANGE with offset PRECEDING/FOLLOWING is not supported for column type \(typeName(type))\(andOffset)",
                    at: expression.position)
            }
            for symbol in ["-", "+"] {
                // A day less some hours is a moment, and stays one: no part of it is cut off.
                let moved = try call(operator: OperatorName(symbol: symbol, position: position), one, two)
                if symbol == "-" { frame.minus = moved } else { frame.plus = moved }
            }
        } else {
            guard let whole = try coerceIfPossible(offset, to: .int8, .assignment, at: expression.position) else {
                throw error(
                    "42804", "argument of \(unit.rawValue.uppercased()) must be type bigint, not type \(typeName(offset.type))",
                    at: expression.position)
            }
            offset = whole
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
