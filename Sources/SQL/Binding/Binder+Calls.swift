// Calls of functions.
extension Binder {
    /// A call that the grammar, and not the user, makes.
    func call(function name: String, _ arguments: [Scalar], at position: Position?) throws(SQLError) -> Scalar {
        let resolved: FunctionTable.Resolved
        do throws(SQLError) {
            resolved = try Builtins.function(name, arguments.map(\.type), names: [], isVariadic: false, types)
        } catch {
            guard let position, error.position == nil else { throw error }
            throw source.error(error, at: position)
        }
        let operands = try self.arguments(arguments, resolved, at: position)
        guard let call = CallScalar(resolved.function, operands, resolved.resultType) else { throw unsupported(name, at: position) }
        return call
    }

    /// The arguments as the function takes them: cast, in its order, gathered, with what stands for those left out.
    func arguments(_ scalars: [Scalar], _ resolved: FunctionTable.Resolved, at position: Position?) throws(SQLError) -> [Scalar] {
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
            if isAny, scalar is ParameterScalar, scalar.type == .unknown {
                parameters.leave(scalar)
            } else if (scalar.type == .unknown && isAny && !staysUnknown) || scalar is RowScalar {
                scalar = self.resolved(scalar)
            }
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
        var name = call.name.last
        guard call.arguments.count <= 100 else {
            throw error("54023", "cannot pass more than 100 arguments to a function", at: call.position)
        }
        if name == "score", call.name.parts.count == 2, call.name.parts[0].text == "pando" { return try score(call, scope) }
        if call.name.parts.count > 1, let schema = call.name.parts.dropLast().last, schema.text != "pg_catalog", schema.text != "public",
            schema.text != "information_schema"
        {
            guard definitions.hasSchema(schema.text) else {
                throw error("3F000", "schema \"\(schema.text)\" does not exist", at: call.position)
            }
        }
        let kind = Builtins.kind(of: name)
        let isAggregate = kind == .aggregate && call.over == nil
        if call.isWithinGroup, call.over == nil, kind == .window, Self.hypotheticalAggregates.contains(name) {
            let counted = try hypothetical(call)
            try requireHypothetical(call, scope)
            return try bind(counted, scope)
        }
        if isAggregate, let outer = try outerAggregate(call, scope) { return outer }
        // As in PostgreSQL: whether there is such a function shows before whether it may stand here.
        var refusal: SQLError?
        do throws(SQLError) { try checkPlace(call, kind, scope) } catch { refusal = error }
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
            if let document = try document(argument.value, of: name, scope) {
                scalars.append(document)
                // A document is no row, but has the same JSON.
                if name == "row_to_json", call.arguments.count == 1 { name = "to_json" }
            } else {
                scalars.append(try bind(argument.value, scope))
            }
            names.append(argument.name?.text)
        }
        if let open = try takingFields(name, &scalars, call.position) { name = open }
        if call.isWithinGroup {
            // What is asked for of a group is the same for its rows.
            scope.grouped += scalars
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
                resolved = try function(name, call, scalars, names)
            }
        } catch {
            // Those are there for any arguments, or for none.
            let isThere = Self.calledInOtherWays.contains(name) || name == "count" && scalars.isEmpty
            if let refusal, refusal.state.rawValue == "42809", isThere || kind == .window && error.state.rawValue == "42804" {
                throw refusal
            }
            if scalars.count == 1, call.over == nil, let cast = try castCall(call, scalars[0]) { return cast }
            guard error.position == nil else { throw error }
            throw source.error(error, at: call.position)
        }
        if let refusal {
            guard isAggregate, wasInsideAggregate else { throw refusal }
            scope.nestedAggregate = scope.nestedAggregate ?? refusal
        }
        if isAggregate, !wasInsideAggregate { try requireUnnested(scope) }
        let function = resolved.function
        if function.volatility == .volatile {
            var current: Scope? = scope
            while let scope = current {
                scope.boundary?.hasVolatile = true
                current = scope.parent
            }
        }
        if call.isDistinct {
            // What is compared has a type.
            for (place, type) in resolved.argumentTypes.enumerated() where place < scalars.count && type == .unknown {
                scalars[place] = self.resolved(scalars[place])
            }
        }
        let operands = withBlanks(try arguments(scalars, resolved, at: call.position), of: function)
        if let over = call.over { return try window(call, over, function, operands, resolved.resultType, scope) }
        switch function.body {
        case .aggregate:
            let aggregate = try aggregate(call, function, operands, given: scalars, resolved.resultType, scope)
            if !wasInsideAggregate { try requireUnnested(scope) }
            return aggregate
        case .window: throw error("42809", "window function \(name) requires an OVER clause", at: call.position)
        case .set:
            // An element of a field is read as a field is: as what meets it.
            let isOfFields = operands.first is OpenArrayScalar
            return try set(call, function, operands, isOfFields ? .open : resolved.resultType, scope)
        case .scalar, .unary, .binary:
            if let special = sequenceCall(name, operands) { return special }
            let isVariadicArray = call.isVariadic && function.arguments.last?.oid == SQLType.any.oid
            if isVariadicArray, let last = operands.last, TypeTable.element(of: TypeTable.base(of: last.type, types).oid, types) == nil {
                throw error("42804", "VARIADIC argument must be an array", at: call.position)
            }
            guard let scalar = CallScalar(function, operands, resolved.resultType, isVariadicArray: isVariadicArray) else {
                throw unsupported("function \(name)", at: call.position)
            }
            return Self.makesRowsOfJSON(function) ? try elementsChecked(scalar, scalar.type) : scalar
        }
    }

    private static let functionsOfRows: Set<String> = ["to_jsonb", "to_json", "row_to_json", "json_agg", "jsonb_agg"]

    /// The document that an argument is which names an open table; nil if it is something else.
    private func document(_ argument: Expression, of name: String, _ scope: Scope) throws(SQLError) -> Scalar? {
        guard Self.functionsOfRows.contains(name), case .column(let reference) = argument, reference.parts.count == 1, !reference.isStar,
            let item = scope.item(named: reference.parts[0].text), item.open != nil,
            !item.columns.contains(where: { $0.name == reference.parts[0].text })
        else { return nil }
        return item.columns.first { $0.name == "_doc" }?.make()
    }

    /// Has functions that know no JSON take fields of open tables for what they are to them. Returns the name of the function that does for
    /// a field what is meant; nil if it is the same.
    private func takingFields(_ name: String, _ scalars: inout [Scalar], _ position: Position) throws(SQLError) -> String? {
        guard scalars.contains(where: { $0.type == .open }) else { return nil }
        switch name {
        case "concat", "concat_ws", "format":
            for place in scalars.indices where scalars[place].type == .open {
                scalars[place] = try coerce(scalars[place], to: .text, .explicit, at: position)
            }
            return nil
        case "unnest" where scalars.count == 1:
            scalars[0] = OpenArrayScalar(scalars[0], SQLType(3807))
            return nil
        case "cardinality" where scalars.count == 1, "array_length" where scalars.count == 2 && scalars[0].type == .open:
            if scalars.count == 2 {
                guard case .int(1)? = (scalars[1] as? ConstantScalar)?.constant else { return nil }
            }
            scalars = [OpenListScalar(scalars[0])]
            return "jsonb_array_length"
        default: return nil
        }
    }

    /// Whether a function makes rows of JSON, which are to be held to the domains of their fields.
    static func makesRowsOfJSON(_ function: SQLFunction) -> Bool {
        function.name.hasSuffix("_populate_record") || function.name.hasSuffix("_populate_recordset")
    }

    /// The function that a call means. A field of an open table is a jsonb for a function that takes one. For others it takes the type that
    /// it meets: sums and averages are of float8, and the least and the greatest are by the order of all values.
    private func function(
        _ name: String, _ call: FunctionCall, _ scalars: [Scalar], _ names: [String?]
    ) throws(SQLError) -> FunctionTable.Resolved {
        func function(open: SQLType) throws(SQLError) -> FunctionTable.Resolved {
            try Builtins.function(
                name, scalars.map { $0.type == .open ? open : $0.type }, names: names.contains { $0 != nil } ? names : [],
                isVariadic: call.isVariadic, types)
        }
        do throws(SQLError) {
            return try function(open: .jsonb)
        } catch {
            guard scalars.contains(where: { $0.type == .open }),
                var resolved = Self.met(by: name, scalars).lazy.compactMap({ try? function(open: $0) }).first
            else { throw error }
            if name == "min" || name == "max" {
                resolved.argumentTypes = [.open]
                resolved.resultType = .open
            }
            return resolved
        }
    }

    /// The types that a function may take fields for, the likeliest first.
    private static func met(by name: String, _ scalars: [Scalar]) -> [SQLType] {
        if name == "sum" || name == "avg" { return [.float8] }
        // A picture of digits is one of a number.
        if name == "to_char", case .text(let picture)? = (scalars.last as? ConstantScalar)?.constant, picture.contains("9") {
            return [.float8]
        }
        return [.unknown, .timestamptz, .float8, .text]
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
            guard let scalar = try? bind(expression, trial), trial.nestedAggregate == nil else { return false }
            if !scalar.positions.isEmpty { return false }
            if !scalar.slots.isEmpty { isOuter = true }
        }
        return isOuter
    }

    private static let orderedSetAggregates: Set<String> = ["percentile_cont", "percentile_disc", "mode"]
    private static let calledInOtherWays = orderedSetAggregates.union(hypotheticalAggregates)

    /// Throws where a function of this kind may not be called so.
    private func checkPlace(_ call: FunctionCall, _ kind: Builtins.Kind?, _ scope: Scope) throws(SQLError) {
        let name = call.name.last
        let isAggregate = kind == .aggregate && call.over == nil
        if call.over != nil, !call.arguments.isEmpty, kind == .window, Self.hypotheticalAggregates.contains(name) {
            throw error("42809", "WITHIN GROUP is required for ordered-set aggregate \(name)", at: call.position)
        }
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
        if isAggregate, call.isWithinGroup, !Self.orderedSetAggregates.contains(name) {
            throw error("42809", "\(name) is not an ordered-set aggregate, so it cannot have WITHIN GROUP", at: call.position)
        }
        if isAggregate { try checkAggregateIsAllowed(scope, call.position) }
        if isAggregate, call.arguments.isEmpty, !call.hasStar, !call.isWithinGroup {
            throw error("42809", "\(name)(*) must be used to call a parameterless aggregate function", at: call.position)
        }
        if isAggregate, !call.isWithinGroup, Self.orderedSetAggregates.contains(name) {
            guard call.arguments.count == (name == "mode" ? 1 : 2) else {
                throw error("42883", "function \(name) does not exist", at: call.position)
            }
            throw error("42809", "WITHIN GROUP is required for ordered-set aggregate \(name)", at: call.position)
        }
        if call.over != nil { try checkWindowIsAllowed(scope, call.position) }

        if call.over != nil, kind == .aggregate, call.arguments.isEmpty, !call.hasStar {
            throw error("42809", "\(name)(*) must be used to call a parameterless aggregate function", at: call.position)
        }
        if call.over != nil, call.isDistinct { throw unsupported("DISTINCT of window functions", at: call.position) }
    }

    /// Throws if an aggregate stood in one that is known now.
    private func requireUnnested(_ scope: Scope) throws(SQLError) {
        guard let nested = scope.nestedAggregate else { return }
        scope.nestedAggregate = nil
        throw nested
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
        // A row is no text unless that is said by a cast.
        if FunctionTable.isRow(scalar.type, types), TypeTable.category(of: entry.oid, types) == "S" { return nil }
        return try coerceIfPossible(scalar, to: SQLType(entry.oid), .explicit, at: call.position)
    }
}

extension Binder {
    /// The functions of sequences, which the session keeps; nil for other functions.
    func sequenceCall(_ name: String, _ operands: [Scalar]) -> Scalar? {
        guard ["nextval", "currval", "setval", "lastval"].contains(name) else { return nil }
        return SequenceScalar(name, operands)
    }
}
