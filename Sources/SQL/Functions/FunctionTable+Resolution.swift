extension FunctionTable {
    /// One way to call a function: the types that the given arguments are cast to, in the function's order.
    private struct Candidate {
        var function: SQLFunction
        /// For each argument of the call in the function's order, where it comes from.
        var places: [Int?]
        var gathersVariadic: Bool
        var declared: [SQLType]
    }

    /// The function that a call means.
    ///
    /// - Parameters:
    ///   - argumentNames: one for each argument, nil for those without a name; empty if none has one.
    ///   - isVariadic: whether the last argument is an array that VARIADIC stands before.
    package static func resolveFunction(
        _ name: String, _ given: [SQLType], argumentNames: [String?] = [], isVariadic: Bool = false, _ types: any TypeCatalog
    ) throws(SQLError) -> Resolved {
        let hasNames = argumentNames.contains { $0 != nil }
        var candidates: [Candidate] = []
        for function in functions(named: name) {
            if let candidate = candidate(function, given.count, argumentNames, isVariadic: isVariadic) { candidates.append(candidate) }
        }
        func arguments(_ candidate: Candidate) -> [SQLType] {
            // In the order of the call.
            var order = Array(repeating: SQLType.unknown, count: given.count)
            for (place, source) in candidate.places.enumerated() { if let source { order[source] = candidate.declared[place] } }
            return order
        }
        // An exact match; one that is not by VARIADIC's expansion goes first.
        let exact = candidates.filter { candidate in
            zip(arguments(candidate), given).allSatisfy {
                $0.oid == $1.oid && $1.oid != SQLType.unknown.oid || $0.oid == SQLType.any.oid && false
            }
        }
        if let match = exact.first(where: { !$0.gathersVariadic }) ?? exact.first,
            let resolved = resolved(match, given, types)
        {
            return resolved
        }
        if given.count == 1, !hasNames, !isRow(given[0], types), let cast = cast(name, given[0], types) { return cast }
        var fitting: [(arguments: [SQLType], value: Candidate)] = []
        for candidate in candidates {
            let wanted = arguments(candidate)
            guard zip(given, wanted).allSatisfy({ TypeResolution.isImplicit($0, $1, types) }) else { continue }
            guard
                Polymorphism.resolve(
                    declared: wanted, result: candidate.function.result, given: given, types) != nil || hasOnlyUnknown(given)
            else { continue }
            fitting.append((wanted, candidate))
        }
        // Where one takes the arguments as they are, those that expand VARIADIC or need defaults stand back.
        if fitting.count > 1 {
            let plain = fitting.filter { !$0.value.gathersVariadic }
            let sameArguments = plain.filter { one in fitting.contains { $0.value.gathersVariadic && $0.arguments == one.arguments } }
            if !sameArguments.isEmpty { fitting = fitting.filter { !$0.value.gathersVariadic } }
        }
        // PostgreSQL has one of addresses of network cards as well, which a literal might be.
        let mayBeOther = name == "trunc" && given.map(\.oid) == [SQLType.unknown.oid]
        let chosen = mayBeOther ? nil : TypeResolution.choose(fitting, given: given, types)
        if let chosen, let resolved = resolved(chosen, given, types) { return resolved }
        let call = signature(name, given, argumentNames, types)
        if fitting.isEmpty {
            throw SQLError(
                .undefinedFunction, "function \(call) does not exist",
                hint: TypeTable.hint(forMissing: name).map { "There are no values of type \(name). \($0)" }
                    ?? "No function matches the given name and argument types. You might need to add explicit type casts.")
        }
        if chosen != nil {
            throw SQLError(
                .datatypeMismatch, "could not determine polymorphic type because input has type unknown")
        }
        throw SQLError(
            .ambiguousFunction, "function \(call) is not unique",
            hint: "Could not choose a best candidate function. You might need to add explicit type casts.")
    }

    private static func hasOnlyUnknown(_ given: [SQLType]) -> Bool { given.contains { $0.oid == SQLType.unknown.oid } }

    private static func signature(_ name: String, _ given: [SQLType], _ names: [String?], _ types: any TypeCatalog) -> String {
        let arguments = given.enumerated().map { place, type in
            let label = place < names.count ? names[place].map { "\($0) => " } ?? "" : ""
            return label + TypeTable.format(SQLType(type.oid), types)
        }
        return "\(name)(\(arguments.joined(separator: ", ")))"
    }

    /// How so many arguments would reach the function; nil if they can't.
    private static func candidate(
        _ function: SQLFunction, _ count: Int, _ names: [String?], isVariadic: Bool
    ) -> Candidate? {
        let declared = function.arguments
        if names.contains(where: { $0 != nil }) {
            guard function.argumentNames.count == declared.count, count <= declared.count else { return nil }
            var places = [Int?](repeating: nil, count: declared.count)
            for given in 0..<count {
                let place: Int
                if given < names.count, let name = names[given] {
                    guard let found = function.argumentNames.firstIndex(of: name) else { return nil }
                    place = found
                } else {
                    place = given
                }
                guard places[place] == nil else { return nil }
                places[place] = given
            }
            for (place, source) in places.enumerated() where source == nil {
                guard place >= declared.count - function.defaults.count else { return nil }
            }
            return Candidate(function: function, places: places, gathersVariadic: false, declared: declared)
        }
        if function.isVariadic, !isVariadic, count >= declared.count {
            // The rest of the arguments are elements.
            let element: SQLType
            switch declared.last?.oid {
            case SQLType.any.oid?: element = .any
            case SQLType.anyarray.oid?: element = .anyelement
            case SQLType.anycompatiblearray.oid?: element = .anycompatible
            case let array?: element = SQLType(TypeTable.entry(array)?.elementOID ?? 0)
            case nil: return nil
            }
            let expanded = declared.dropLast() + Array(repeating: element, count: count - declared.count + 1)
            return Candidate(
                function: function, places: Array(0..<count), gathersVariadic: element.oid != SQLType.any.oid, declared: Array(expanded))
        }
        if isVariadic, !function.isVariadic { return nil }
        guard count <= declared.count, count >= declared.count - function.defaults.count else { return nil }
        let places: [Int?] = (0..<declared.count).map { $0 < count ? $0 : nil }
        return Candidate(function: function, places: places, gathersVariadic: false, declared: declared)
    }

    private static func resolved(_ candidate: Candidate, _ given: [SQLType], _ types: any TypeCatalog) -> Resolved? {
        let actual = candidate.places.enumerated().map { place, source in source.map { given[$0] } ?? candidate.declared[place] }
        guard
            let (arguments, result) = Polymorphism.resolve(
                declared: candidate.declared, result: candidate.function.result, given: actual, types)
        else { return nil }
        let cast = zip(arguments, actual).map { wanted, given in
            // A function of any gets what there is; a literal is then a text.
            wanted.oid == SQLType.any.oid ? (given.oid == SQLType.unknown.oid ? .unknown : given) : wanted
        }
        let isPlain = candidate.places.enumerated().allSatisfy { $0 == $1 } && candidate.places.count == given.count
        return Resolved(
            function: candidate.function, argumentTypes: cast, resultType: result, gathersVariadic: candidate.gathersVariadic,
            argumentPlaces: isPlain ? nil : candidate.places)
    }

    /// Whether values of a type are rows.
    static func isRow(_ type: SQLType, _ types: any TypeCatalog) -> Bool {
        if type.oid == SQLType.record.oid { return true }
        if case .composite? = types.type(type.oid)?.kind { return true }
        return false
    }

    /// A call of a type's name with one argument is a cast where the bytes stay the same or text is read or written.
    private static func cast(_ name: String, _ given: SQLType, _ types: any TypeCatalog) -> Resolved? {
        let entry = TypeTable.entry(named: name)
        guard let oid = entry?.oid ?? types.type(named: name, schema: nil)?.oid, entry?.kind != "p" else { return nil }
        let target = SQLType(oid)
        if given.oid != SQLType.unknown.oid {
            let table = CastTable.entry(given.oid, oid)
            if let table {
                guard table.method != "f" else { return nil }
            } else {
                guard CastTable.context(from: given, to: target, types) != nil,
                    given.oid == oid || TypeTable.category(of: oid, types) == "S" || TypeTable.category(of: given.oid, types) == "S"
                else { return nil }
            }
        }
        let function = SQLFunction(
            name: name, oid: 0, arguments: [given], result: target,
            body: .scalar { arguments, context throws(SQLError) in
                try CastTable.cast(arguments[0], from: context.argumentTypes[0], to: target, .explicit, context.session)
            })
        return Resolved(function: function, argumentTypes: [given], resultType: target, gathersVariadic: false)
    }
}

// MARK: - Operators

extension OperatorTable {
    /// The function of an operator; the left side is nil for one before its operand.
    package static func resolve(
        _ symbol: String, _ left: SQLType?, _ right: SQLType, _ types: any TypeCatalog
    ) throws(SQLError) -> FunctionTable.Resolved {
        let rows = operators(symbol).filter { ($0.left == nil) == (left == nil) }
        func resolved(_ entry: Entry) -> FunctionTable.Resolved? {
            guard let function = FunctionTable.function(entry.functionOID) else { return nil }
            let declared = (entry.left.map { [$0] } ?? []) + [entry.right]
            let given = (left.map { [$0] } ?? []) + [right]
            guard let (arguments, result) = Polymorphism.resolve(declared: declared, result: entry.result, given: given, types) else {
                return nil
            }
            return FunctionTable.Resolved(function: function, argumentTypes: arguments, resultType: result, gathersVariadic: false)
        }
        func exact(_ left: SQLType?, _ right: SQLType) -> FunctionTable.Resolved? {
            rows.first { $0.left?.oid == left?.oid && $0.right.oid == right.oid }.flatMap(resolved)
        }
        // An unknown literal is first taken for what the other side is.
        let unknown = SQLType.unknown.oid
        var first = left
        var second = right
        if let left {
            if left.oid == unknown, right.oid != unknown {
                first = right
            } else if right.oid == unknown, left.oid != unknown {
                second = left
            }
        }
        if let found = exact(first, second) { return found }
        let bases = (first.map { TypeTable.base(of: $0, types) }, TypeTable.base(of: second, types))
        if bases.0?.oid != first?.oid || bases.1.oid != second.oid, let found = exact(bases.0, bases.1) { return found }
        let given = (left.map { [$0] } ?? []) + [right]
        var fitting: [(arguments: [SQLType], value: Entry)] = []
        for row in rows {
            let wanted = (row.left.map { [$0] } ?? []) + [row.right]
            guard zip(given, wanted).allSatisfy({ TypeResolution.isImplicit($0, $1, types) }),
                Polymorphism.resolve(declared: wanted, result: row.result, given: given, types) != nil
            else { continue }
            fitting.append((wanted, row))
        }
        let mayBeOther = left.map { mayBeElsewhere(symbol, $0, right, types) } ?? false
        if !mayBeOther, let chosen = TypeResolution.choose(fitting, given: given, types), let found = resolved(chosen) { return found }
        let sides =
            (left.map { TypeTable.format(SQLType($0.oid), types) + " " } ?? "") + symbol + " "
            + TypeTable.format(SQLType(right.oid), types)
        if fitting.isEmpty && !mayBeOther {
            throw SQLError(
                .undefinedFunction, "operator does not exist: \(sides)",
                hint: left == nil
                    ? "No operator matches the given name and argument type. You might need to add an explicit type cast."
                    : "No operator matches the given name and argument types. You might need to add explicit type casts.")
        }
        throw SQLError(
            .ambiguousFunction, "operator is not unique: \(sides)",
            hint: "Could not choose a best candidate operator. You might need to add explicit type casts.")
    }

    /// Whether a literal could as well be a range, several of them, or a shape: PostgreSQL has operators of this name for those.
    private static func mayBeElsewhere(_ symbol: String, _ left: SQLType, _ right: SQLType, _ types: any TypeCatalog) -> Bool {
        let unknown = SQLType.unknown.oid
        func isElement(_ type: SQLType) -> Bool {
            let base = TypeTable.base(of: type, types)
            return base.oid != unknown && TypeTable.element(of: base.oid, types) == nil
        }
        return switch symbol {
        case "<@": right.oid == unknown && isElement(left)
        case "@>": left.oid == unknown && isElement(right)
        case "?|": left.oid == unknown && right.oid == unknown
        default: false
        }
    }
}
