/// An expression of a declaration as PostgreSQL shows it: each operator in parentheses, each value with its type, casts that the rules put in.
struct ShownExpression {
    /// A part that was shown.
    private struct Part {
        var text: String
        var type: SQLType
        /// The content of a literal that has no type yet; nil inside: NULL.
        var literal: String??
    }

    private let binder: Binder
    private let scope: Scope
    private var isOfDomain = false

    /// What is shown is over a table's columns.
    init(_ table: TableRelation, _ session: Session, _ definitions: Definitions) throws(SQLError) {
        binder = Binder(session, definitions, try SourceText(""), ParameterTypes([]))
        scope = Scope(parent: nil, rules: .index)
        scope.items = [ScopeItem.row(of: table)]
    }

    /// What is shown is over VALUE, which is of a domain.
    /// - Parameter base: the type of the values.
    init(domainOver base: SQLType, _ session: Session, _ definitions: Definitions) throws(SQLError) {
        binder = Binder(session, definitions, try SourceText(""), ParameterTypes([]))
        scope = Scope(parent: nil, rules: .check)
        scope.items = [
            ScopeItem(name: nil, columns: [ScopeColumn(name: "value", type: base, make: { ColumnScalar(0, base, name: "value") })])
        ]
        isOfDomain = true
    }

    /// A condition; nil if something in it is shown as it was written.
    func condition(_ text: String) -> String? {
        guard let expression = try? Parser.expression(text), let part = try? part(expression) else { return nil }
        return part.text
    }

    /// An element of an index, in parentheses unless it is a column or a call.
    func element(_ text: String) -> String? {
        guard var expression = try? Parser.expression(text) else { return nil }
        var collation = ""
        if case .chain(var chain) = expression, case .collate(let name, _)? = chain.steps.last {
            collation = " COLLATE " + Quoting.identifier(name.last)
            chain.steps.removeLast()
            expression = chain.steps.isEmpty ? chain.first : .chain(chain)
        }
        guard let part = try? part(expression) else { return nil }
        switch expression {
        case .column, .call, .conditional: return part.text + collation
        case .chain(let chain):
            // This is a call, too, which has its parentheses already.
            if case .atTimeZone? = chain.steps.last { return part.text + collation }
            return "(" + part.text + ")" + collation
        default: return "(" + part.text + ")" + collation
        }
    }

    private static let unshown = SQLError(.featureNotSupported, "shown as it was written")

    private func part(_ expression: Expression) throws(SQLError) -> Part {
        switch expression {
        case .literal(let literal): return try part(literal)
        case .column(let reference):
            guard let name = reference.parts.last, !reference.isStar else { throw Self.unshown }
            return Part(text: isOfDomain ? "VALUE" : Quoting.identifier(name.text), type: try binder.bind(expression, scope).type)
        case .prefix(let name, let operand): return try operation(name.symbol, nil, try part(operand))
        case .not(let operand, _): return Part(text: "(NOT \(try part(operand).text))", type: .bool)
        case .and(let operands, _): return try joined(operands, " AND ")
        case .or(let operands, _): return try joined(operands, " OR ")
        case .chain(let chain):
            var left = try part(chain.first)
            for step in chain.steps { left = try part(step, left) }
            return left
        case .call(let call): return try part(call)
        case .conditional(let conditional) where conditional.kind == .nullif && conditional.arguments.count == 2:
            let (first, second) = (try part(conditional.arguments[0]), try part(conditional.arguments[1]))
            let types = try Builtins.operator("=", first.type, second.type, binder.types).argumentTypes
            guard types.count == 2 else { throw Self.unshown }
            return Part(text: "NULLIF(\(try cast(first, to: types[0])), \(try cast(second, to: types[1])))", type: types[0])
        case .conditional(let conditional) where conditional.kind != .grouping && conditional.kind != .nullif:
            let type = SQLType(try binder.bind(expression, scope).type.oid)
            var texts: [String] = []
            for argument in conditional.arguments { texts.append(try cast(try part(argument), to: type)) }
            return Part(text: conditional.kind.rawValue.uppercased() + "(" + texts.joined(separator: ", ") + ")", type: type)
        case .array(let elements, _): return try array(elements)
        case .access(let access): return try part(access, binder.bind(expression, scope).type)
        default: throw Self.unshown
        }
    }

    /// Elements of an array.
    private func part(_ access: Access, _ type: SQLType) throws(SQLError) -> Part {
        guard case .column = access.base, !isOfDomain else { throw Self.unshown }
        let base = try part(access.base)
        guard TypeTable.element(of: base.type.oid, binder.types) != nil else { throw Self.unshown }
        var text = base.text
        for step in access.steps {
            guard case .element(let place, _) = step else { throw Self.unshown }
            text += "[\(try cast(try part(place), to: .int4))]"
        }
        return Part(text: text, type: SQLType(type.oid))
    }

    private func array(_ elements: [Expression]) throws(SQLError) -> Part {
        var parts: [Part] = []
        for element in elements { parts.append(try part(element)) }
        let type = parts.first { $0.literal == nil }?.type ?? .text
        guard !parts.isEmpty, parts.allSatisfy({ $0.literal != nil || $0.type.oid == type.oid }),
            let array = TypeTable.array(of: type.oid, binder.types)
        else { throw Self.unshown }
        var texts: [String] = []
        for part in parts { texts.append(try cast(part, to: SQLType(type.oid))) }
        return Part(text: "ARRAY[" + texts.joined(separator: ", ") + "]", type: array)
    }

    private func part(_ literal: Literal) throws(SQLError) -> Part {
        switch literal.value {
        case .integer(let number):
            let isShort = Int32(exactly: number) != nil
            return number < 0
                ? Part(text: "'\(number)'::\(isShort ? "integer" : "bigint")", type: isShort ? .int4 : .int8)
                : Part(text: isShort ? String(number) : "'\(number)'::bigint", type: isShort ? .int4 : .int8)
        case .decimal(let digits):
            guard !digits.hasPrefix("-") else { return Part(text: "'\(digits)'::numeric", type: .numeric) }
            return Part(text: digits, type: .numeric)
        case .string(let text): return Part(text: Quoting.literal(text), type: .unknown, literal: .some(text))
        case .bool(let value): return Part(text: value ? "true" : "false", type: .bool)
        case .null: return Part(text: "NULL", type: .unknown, literal: .some(nil))
        case .bits(let digits): return Part(text: "'\(digits)'::\"bit\"", type: .bit)
        case .hexadecimal(let digits):
            return Part(text: "'\(try BitString(hexadecimal: digits.utf8))'::\"bit\"", type: .bit)
        }
    }

    private func joined(_ operands: [Expression], _ word: String) throws(SQLError) -> Part {
        var texts: [String] = []
        for operand in operands { texts.append(try part(operand).text) }
        return Part(text: "(" + texts.joined(separator: word) + ")", type: .bool)
    }

    /// A part as one of another type.
    private func cast(_ part: Part, to type: SQLType) throws(SQLError) -> String {
        let isAny = [SQLType.any.oid, SQLType.anyelement.oid, SQLType.anynonarray.oid].contains(type.oid)
        if let literal = part.literal {
            let name = TypeTable.format(isAny || type == .unknown ? .text : type, binder.types)
            guard let literal else { return "NULL::" + name }
            if type.oid == SQLType.bool.oid, let value = TextInput.bool(literal) { return value ? "true" : "false" }
            let isNumber = TypeTable.category(of: type.oid, binder.types) == "N"
            if isNumber, !literal.isEmpty, literal.utf8.allSatisfy(ASCII.isDigit), type.oid == SQLType.int4.oid { return literal }
            let plain = SQLType(type.oid)
            let reader: any SQLSession = plain == .tsquery ? NeutralSession.shared : binder.session
            let shown = (try? TextInput.value(literal, plain, reader)).map { TextOutput.shown($0, plain, binder.session) }
            return Quoting.literal(isAny ? literal : shown ?? literal) + "::" + name
        }
        guard !isAny, part.type.oid != type.oid || type.modifier >= 0 else { return part.text }
        return "(\(part.text))::\(TypeTable.format(type, binder.types))"
    }

    private func operation(_ symbol: String, _ left: Part?, _ right: Part) throws(SQLError) -> Part {
        let symbol = symbol == "!=" ? "<>" : symbol
        let resolved = try Builtins.operator(symbol, left?.type, right.type, binder.types)
        guard let last = resolved.argumentTypes.last, let first = resolved.argumentTypes.first else { throw Self.unshown }
        let operand = try cast(right, to: last)
        let text = try left.map { left throws(SQLError) in "(\(try cast(left, to: first)) \(symbol) \(operand))" }
        return Part(text: text ?? "(\(symbol) \(operand))", type: resolved.resultType)
    }

    private func part(_ step: Chain.Step, _ left: Part) throws(SQLError) -> Part {
        switch step {
        case .binary(let name, let right): return try operation(name.symbol, left, try part(right))
        case .cast(let name, _):
            let type = try TypeNames.resolve(name, binder)
            return Part(text: try cast(left, to: type), type: SQLType(type.oid))
        case .collate(let name, _):
            let text = try cast(left, to: left.type == .unknown ? .text : left.type)
            return Part(text: "(\(text) COLLATE \(Quoting.identifier(name.last)))", type: left.type == .unknown ? .text : left.type)
        case .test(let test, let isNegated, _):
            let word: String
            switch test {
            case .null: word = "NULL"
            case .true: word = "TRUE"
            case .false: word = "FALSE"
            case .unknown: word = "UNKNOWN"
            case .document, .normalized: throw Self.unshown
            }
            return Part(text: "(\(left.text) IS \(isNegated ? "NOT " : "")\(word))", type: .bool)
        case .isDistinct(let from, let isNegated, _):
            let right = try part(from)
            let types = try Builtins.operator("=", left.type, right.type, binder.types).argumentTypes
            let text = "(\(try cast(left, to: types[0])) IS DISTINCT FROM \(try cast(right, to: types[types.count - 1])))"
            return Part(text: isNegated ? "(NOT \(text))" : text, type: .bool)
        case .between(let low, let high, let isSymmetric, let isNegated, _):
            guard !isSymmetric else { throw Self.unshown }
            let first = try operation(isNegated ? "<" : ">=", left, try part(low))
            let second = try operation(isNegated ? ">" : "<=", left, try part(high))
            return Part(text: "(\(first.text) \(isNegated ? "OR" : "AND") \(second.text))", type: .bool)
        case .membership(.list(let list), let isNegated, _): return try membership(list, isNegated, left)
        case .match(let match):
            guard match.kind != .similar, match.escape == nil else { throw Self.unshown }
            let symbol = (match.isNegated ? "!~~" : "~~") + (match.kind == .like ? "" : "*")
            return try operation(symbol, left, try part(match.pattern))
        case .quantified(let name, let quantifier, .list(let list)):
            let array = try part(list[0])
            guard let element = TypeTable.element(of: array.type.oid, binder.types) else { throw Self.unshown }
            let types = try Builtins.operator(name.symbol, left.type, element, binder.types).argumentTypes
            guard types.count == 2, let wanted = TypeTable.array(of: types[1].oid, binder.types) else { throw Self.unshown }
            let word = quantifier == .all ? "ALL" : "ANY"
            return Part(
                text: "(\(try cast(left, to: types[0])) \(name.symbol) \(word) (\(try cast(array, to: wanted))))", type: .bool)
        case .atTimeZone(let zone, _):
            let zone = try part(zone)
            let resolved = try Builtins.function("timezone", [zone.type, left.type], names: [], isVariadic: false, binder.types)
            let (first, second) = (resolved.argumentTypes[0], resolved.argumentTypes[1])
            let text = "(\(try cast(left, to: second)) AT TIME ZONE \(try cast(zone, to: first)))"
            return Part(text: text, type: resolved.resultType)
        case .quantified, .membership: throw Self.unshown
        }
    }

    private func membership(_ list: [Expression], _ isNegated: Bool, _ left: Part) throws(SQLError) -> Part {
        var parts: [Part] = []
        for expression in list { parts.append(try part(expression)) }
        let symbol = isNegated ? "<>" : "="
        if parts.count == 1 { return try operation(symbol, left, parts[0]) }
        // The elements have the type of the left side, and are compared as what its operator takes.
        guard !parts.contains(where: { $0.literal == .some(nil) }) else { throw Self.unshown }
        let known = [left.type] + parts.filter { $0.literal == nil }.map(\.type)
        let element = SQLType(try binder.commonType(known.map { SQLType($0.oid) }, "IN", at: []).oid)
        let resolved = try Builtins.operator(symbol, element, element, binder.types)
        var texts: [String] = []
        for part in parts { texts.append(try cast(part, to: element)) }
        var array = "ARRAY[" + texts.joined(separator: ", ") + "]"
        if resolved.argumentTypes[0].oid != element.oid {
            array = "(\(array))::\(TypeTable.format(SQLType(resolved.argumentTypes[0].oid), binder.types))[]"
        }
        let word = isNegated ? "ALL" : "ANY"
        return Part(text: "(\(try cast(left, to: resolved.argumentTypes[0])) \(symbol) \(word) (\(array)))", type: .bool)
    }

    private func part(_ call: FunctionCall) throws(SQLError) -> Part {
        let name = call.name.last
        let isPlain =
            !call.hasStar && !call.isDistinct && !call.isVariadic && call.orderBy.isEmpty && call.filter == nil && call.over == nil
        guard isPlain, call.arguments.allSatisfy({ $0.name == nil }) else { throw Self.unshown }
        // The grammar's own forms.
        let isOfGrammar = call.name.parts.count > 1
        guard !isOfGrammar || name == "extract" || name == "substring" else { throw Self.unshown }
        var parts: [Part] = []
        for argument in call.arguments { parts.append(try part(argument.value)) }
        let resolved = try Builtins.function(name, parts.map(\.type), names: [], isVariadic: false, binder.types)
        guard !resolved.gathersVariadic, resolved.argumentPlaces == nil, resolved.argumentTypes.count == parts.count else {
            throw Self.unshown
        }
        var texts: [String] = []
        for (part, type) in zip(parts, resolved.argumentTypes) { texts.append(try cast(part, to: type)) }
        if isOfGrammar {
            guard name != "extract" || texts.count == 2, name != "substring" || texts.count == 2 || texts.count == 3,
                name == "extract" || resolved.argumentTypes.dropFirst().allSatisfy({ $0.oid == SQLType.int4.oid })
            else { throw Self.unshown }
            if name == "extract" {
                guard case .some(.some(let field)) = parts[0].literal else { throw Self.unshown }
                return Part(text: "EXTRACT(\(field) FROM \(texts[1]))", type: resolved.resultType)
            }
            let end = texts.count == 3 ? " FOR " + texts[2] : ""
            return Part(text: "SUBSTRING(\(texts[0]) FROM \(texts[1])\(end))", type: resolved.resultType)
        }
        return Part(text: Quoting.identifier(name) + "(" + texts.joined(separator: ", ") + ")", type: resolved.resultType)
    }
}
