extension Parser {
    /// A call with the name that was read; or a constant like `date '2024-02-29'` or `numeric(4, 2) '1.5'`.
    mutating func callOrTypedConstant(_ parts: [Name]) throws(SQLError) -> Expression {
        if token.isString {
            return try typedConstant(TypeName(name: QualifiedName(parts), position: parts[0].position))
        }
        var call = try call(parts)
        if token.isString { return try typedConstant(try modifiedType(call)) }
        try aggregateClauses(of: &call)
        return .call(call)
    }

    /// The name and the arguments of a call.
    mutating func call(_ parts: [Name]) throws(SQLError) -> FunctionCall {
        try enter()
        defer { leave() }
        var call = FunctionCall(name: QualifiedName(parts), position: parts[0].position)
        try expect(.leftParenthesis)
        if try take(.rightParenthesis) { return call }
        if try take(.star) {
            call.hasStar = true
            try expect(.rightParenthesis)
            return call
        }
        if try take(.distinct) {
            call.isDistinct = true
            try arguments(of: &call, mayBeVariadic: false)
        } else if try take(.all) {
            try arguments(of: &call, mayBeVariadic: false)
        } else {
            try arguments(of: &call, mayBeVariadic: true)
        }
        call.orderBy = try orderBy()
        try expect(.rightParenthesis)
        return call
    }

    private mutating func arguments(of call: inout FunctionCall, mayBeVariadic: Bool) throws(SQLError) {
        while true {
            if mayBeVariadic { call.isVariadic = try take(.variadic) }
            let position = token.position
            let argument = try argument()
            if let name = argument.name {
                guard !call.arguments.contains(where: { $0.name?.text == name.text }) else {
                    throw error("argument name \"\(name.text)\" used more than once", at: position)
                }
            } else if call.arguments.last?.name != nil {
                throw error("positional argument cannot follow named argument", at: position)
            }
            call.arguments.append(argument)
            if call.isVariadic || !at(.comma) { return }
            try advance()
        }
    }

    private mutating func argument(ending: Ending = .plain) throws(SQLError) -> FunctionCall.Argument {
        if token.isTypeOrFunctionName {
            let next = try peek().kind
            if next == .colonEquals || next == .arrow {
                let name = try anyName()
                try advance()
                return FunctionCall.Argument(name: name, value: try expression())
            }
        }
        return FunctionCall.Argument(value: try expression(restricted: false, ending: ending))
    }

    /// WITHIN GROUP, FILTER and OVER.
    private mutating func aggregateClauses(of call: inout FunctionCall) throws(SQLError) {
        guard at(.within) || at(.filter) || at(.over) else { return }
        try enter()
        defer { leave() }
        if at(.within) {
            let position = token.position
            try advance()
            try expect(.group)
            try expect(.leftParenthesis)
            let order = try requiredOrderBy()
            try expect(.rightParenthesis)
            if !call.orderBy.isEmpty { throw error("cannot use multiple ORDER BY clauses with WITHIN GROUP", at: position) }
            if call.isDistinct { throw error("cannot use DISTINCT with WITHIN GROUP", at: position) }
            if call.isVariadic { throw error("cannot use VARIADIC with WITHIN GROUP", at: position) }
            call.orderBy = order
            call.isWithinGroup = true
        }
        if try take(.filter) {
            try expect(.leftParenthesis)
            try expect(.where)
            call.filter = try expression()
            try expect(.rightParenthesis)
        }
        if try take(.over) {
            call.over = at(.leftParenthesis) ? .window(try window()) : .named(try columnName())
        }
    }

    /// A call as it may stand in FROM or an index: without the clauses of aggregates.
    mutating func plainCall() throws(SQLError) -> Expression {
        if let value = try specialValue() { return value }
        if at(.cast) { return try operand(restricted: false) }
        if at(.collation), try peek().keyword == .for { return try collationFor() }
        if at(.keyword), token.keyword.category == .columnName, try peek().kind == .leftParenthesis {
            guard token.keyword.isCalled else {
                try advance()
                throw unexpected()
            }
            return try operand(restricted: false)
        }
        guard token.isColumnName || token.isTypeOrFunctionName else { throw unexpected() }
        let mayBeQualified = token.isColumnName
        var parts = [try anyName()]
        while mayBeQualified, try take(.dot) { parts.append(try label()) }
        return .call(try call(parts))
    }
}

// MARK: - Constants of a named type

extension Parser {
    private mutating func typedConstant(_ type: TypeName) throws(SQLError) -> Expression {
        let literal = Literal(value: .string(lexer.string(of: token)), position: token.position)
        try advance()
        return .chain(Chain(first: .literal(literal), steps: [.cast(type, type.position)]))
    }

    /// A type that was read as a call, as its modifiers look like arguments.
    private func modifiedType(_ call: FunctionCall) throws(SQLError) -> TypeName {
        if call.hasStar || call.isDistinct || call.isVariadic || call.arguments.isEmpty { throw unexpected() }
        if let name = call.arguments.compactMap(\.name).first {
            throw error("type modifier cannot have parameter name", at: name.position)
        }
        if !call.orderBy.isEmpty { throw error("type modifier cannot have ORDER BY", at: call.position) }
        return TypeName(name: call.name, modifiers: call.arguments.map(\.value), position: call.position)
    }

    /// A constant of a type that the grammar names: `time with time zone '10:00Z'`, `interval '1' day`.
    mutating func typedConstant() throws(SQLError) -> Expression {
        var type = try builtInType(ofConstant: true)
        guard token.isString else { throw unexpected() }
        let constant = try typedConstant(type)
        guard type.name.last == "interval", type.modifiers.isEmpty, case .chain(var chain) = constant else { return constant }
        try intervalFields(of: &type)
        chain.steps = [.cast(type, type.position)]
        return .chain(chain)
    }

    /// Whether the keyword, which may also be a column, begins a constant of its type here.
    func startsTypedConstant(_ keyword: Keyword, _ next: Token) throws(SQLError) -> Bool {
        if next.isString { return true }
        switch keyword {
        case .time, .timestamp: return next.kind == .leftParenthesis || next.keyword == .without || next.keyword == .with
        case .bit, .char, .character: return next.kind == .leftParenthesis || next.keyword == .varying
        case .nchar: return next.kind == .leftParenthesis || next.keyword == .varying
        case .national: return next.keyword == .char || next.keyword == .character
        case .interval, .varchar, .dec, .decimal, .numeric, .float: return next.kind == .leftParenthesis
        default: return false
        }
    }
}

extension Keyword {
    /// Whether it is a type that the grammar knows.
    var startsType: Bool {
        switch self {
        case .int, .integer, .smallint, .bigint, .real, .float, .decimal, .dec, .numeric, .boolean, .bit, .char, .character, .varchar,
            .national, .nchar, .time, .timestamp, .interval:
            true
        default: false
        }
    }

    /// Whether it is called like a function, though arguments may have words between them.
    fileprivate var isCalled: Bool {
        switch self {
        case .coalesce, .greatest, .least, .nullif, .extract, .substring, .position, .overlay, .trim, .treat, .normalize: true
        default: isXML
        }
    }

    fileprivate var isXML: Bool {
        switch self {
        case .xmlconcat, .xmlelement, .xmlexists, .xmlforest, .xmlparse, .xmlpi, .xmlroot, .xmlserialize, .xmltable: true
        default: false
        }
    }
}

// MARK: - Words that are called

extension Parser {
    mutating func conditional(_ keyword: Keyword) throws(SQLError) -> Expression {
        try enter()
        defer { leave() }
        let position = token.position
        try advance()
        try expect(.leftParenthesis)
        var arguments = [try expression()]
        if keyword == .nullif {
            try expect(.comma)
            arguments.append(try expression())
        } else {
            while try take(.comma) { arguments.append(try expression()) }
        }
        try expect(.rightParenthesis)
        guard let kind = Conditional.Kind(rawValue: keyword.spelling) else { throw unexpected() }
        return .conditional(Conditional(kind: kind, arguments: arguments, position: position))
    }

    /// EXTRACT and others that have words between their arguments. They are calls of functions in `pg_catalog`.
    mutating func wordCall(_ keyword: Keyword) throws(SQLError) -> Expression {
        try enter()
        defer { leave() }
        let position = token.position
        switch keyword {
        case .extract, .position, .substring, .overlay, .trim, .treat, .normalize: break
        case _ where keyword.isXML: throw unsupported(keyword.spelling.uppercased(), at: position)
        default:
            // A word that is no function: what stands in parentheses behind it is the error.
            try advance()
            throw unexpected()
        }
        let name = try anyName()
        try expect(.leftParenthesis)
        let call: FunctionCall
        switch keyword {
        case .extract: call = try extract(at: position)
        case .position: call = try positionCall(at: position)
        case .substring: call = try substring(name)
        case .overlay: call = try overlay(name)
        case .trim: call = try trim(at: position)
        case .normalize: call = try normalize(at: position)
        default:
            let operand = try expression()
            try expect(.as)
            call = .system(try type().name.last, [operand], at: position)
        }
        try expect(.rightParenthesis)
        return .call(call)
    }

    private mutating func extract(at position: Position) throws(SQLError) -> FunctionCall {
        let field: Literal.Value
        switch token.keyword {
        case .year, .month, .day, .hour, .minute, .second: field = .string(token.keyword.spelling)
        case _ where token.isIdentifier: field = .string(lexer.name(of: token))
        case _ where token.isString: field = .string(lexer.string(of: token))
        default: throw unexpected()
        }
        let literal = Literal(value: field, position: token.position)
        try advance()
        try expect(.from)
        return .system("extract", [.literal(literal), try expression()], at: position)
    }

    private mutating func positionCall(at position: Position) throws(SQLError) -> FunctionCall {
        let part = try expression(restricted: true)
        try expect(.in)
        return .system("position", [try expression(restricted: true), part], at: position)
    }

    private mutating func substring(_ name: Name) throws(SQLError) -> FunctionCall {
        if at(.rightParenthesis) { return FunctionCall(name: QualifiedName([name]), position: name.position) }
        let first = try argument(ending: .similar)
        guard first.name == nil, at(.from) || at(.for) || at(.similar) else { return try plain(name, first) }
        let text = first.value
        if try take(.similar) {
            let pattern = try expression()
            try expect(.escape)
            return .system("substring", [text, pattern, try expression()], at: name.position)
        }
        if try take(.from) {
            let start = try expression()
            return .system("substring", try take(.for) ? [text, start, try expression()] : [text, start], at: name.position)
        }
        try expect(.for)
        let length = try expression()
        if try take(.from) { return .system("substring", [text, try expression(), length], at: name.position) }
        // FOR alone begins at the first character; the cast keeps `substring(text, pattern)` away.
        let one = Expression.literal(Literal(value: .integer(1), position: name.position))
        let cast = Expression.chain(Chain(first: length, steps: [.cast(.builtIn("int4", at: name.position), name.position)]))
        return .system("substring", [text, one, cast], at: name.position)
    }

    private mutating func overlay(_ name: Name) throws(SQLError) -> FunctionCall {
        if at(.rightParenthesis) { return FunctionCall(name: QualifiedName([name]), position: name.position) }
        let first = try argument()
        guard first.name == nil, try take(.placing) else { return try plain(name, first) }
        var arguments = [first.value, try expression()]
        try expect(.from)
        arguments.append(try expression())
        if try take(.for) { arguments.append(try expression()) }
        return .system("overlay", arguments, at: name.position)
    }

    /// A call with commas between its arguments, of which the first one was read.
    private mutating func plain(_ name: Name, _ first: FunctionCall.Argument) throws(SQLError) -> FunctionCall {
        var call = FunctionCall(name: QualifiedName([name]), arguments: [first], position: name.position)
        while try take(.comma) { call.arguments.append(try argument()) }
        return call
    }

    private mutating func trim(at position: Position) throws(SQLError) -> FunctionCall {
        var function = "btrim"
        if try take(.leading) {
            function = "ltrim"
        } else if try take(.trailing) {
            function = "rtrim"
        } else {
            _ = try take(.both)
        }
        if try take(.from) { return .system(function, try expressions(), at: position) }
        let first = try expression()
        if try take(.from) { return .system(function, try expressions() + [first], at: position) }
        var arguments = [first]
        while try take(.comma) { arguments.append(try expression()) }
        return .system(function, arguments, at: position)
    }

    private mutating func normalize(at position: Position) throws(SQLError) -> FunctionCall {
        var arguments = [try expression()]
        if try take(.comma) {
            guard [.nfc, .nfd, .nfkc, .nfkd].contains(token.keyword) else { throw unexpected() }
            arguments.append(.literal(Literal(value: .string(token.keyword.spelling.uppercased()), position: token.position)))
            try advance()
        }
        return .system("normalize", arguments, at: position)
    }

    /// COLLATION FOR (e).
    mutating func collationFor() throws(SQLError) -> Expression {
        try enter()
        defer { leave() }
        let position = token.position
        try advance()
        try advance()
        try expect(.leftParenthesis)
        let operand = try expression()
        try expect(.rightParenthesis)
        return .call(.system("pg_collation_for", [operand], at: position))
    }
}

extension FunctionCall {
    /// A call that has a syntax of its own.
    static func system(_ name: String, _ arguments: [Expression], at position: Position) -> FunctionCall {
        FunctionCall(
            name: QualifiedName([Name("pg_catalog", at: position), Name(name, at: position)]),
            arguments: arguments.map { Argument(value: $0) }, position: position)
    }
}
