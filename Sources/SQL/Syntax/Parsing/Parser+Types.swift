extension Parser {
    /// A type, with its dimensions if it is an array.
    mutating func type() throws(SQLError) -> TypeName {
        let start = token.position
        let isSet = try take(.setof)
        var type = try simpleType()
        if isSet {
            type.isSet = true
            type.position = start
        }
        if try take(.array) {
            guard try take(.leftBracket) else {
                type.dimensions = [nil]
                return type
            }
            type.dimensions = [try integer()]
            try expect(.rightBracket)
            return type
        }
        while try take(.leftBracket) {
            type.dimensions.append(at(.rightBracket) ? nil : try integer())
            try expect(.rightBracket)
        }
        return type
    }

    /// A type without SETOF and dimensions.
    mutating func simpleType() throws(SQLError) -> TypeName {
        if at(.keyword) {
            let startsDouble = at(.double) ? try peek().keyword == .precision : false
            if token.keyword.startsType || startsDouble {
                var type = try builtInType(ofConstant: false)
                if type.name.last == "interval", type.modifiers.isEmpty { try intervalFields(of: &type) }
                return type
            }
        }
        let position = token.position
        var parts = [try typeOrFunctionName()]
        while try take(.dot) { parts.append(try label()) }
        return TypeName(name: QualifiedName(parts), modifiers: try modifiers(), position: position)
    }

    private mutating func modifiers() throws(SQLError) -> [Expression] {
        guard at(.leftParenthesis) else { return [] }
        try enter()
        defer { leave() }
        return try parenthesized { (parser) throws(SQLError) in try parser.expression() }
    }

    /// One number in parentheses, or nothing.
    private mutating func precision() throws(SQLError) -> [Expression] {
        guard try take(.leftParenthesis) else { return [] }
        let literal = Literal(value: .integer(0), position: token.position)
        let value = try integer()
        try expect(.rightParenthesis)
        return [.literal(Literal(value: .integer(Int64(value)), position: literal.position))]
    }

    /// A type that begins with a keyword of its own.
    mutating func builtInType(ofConstant: Bool) throws(SQLError) -> TypeName {
        let position = token.position
        let keyword = token.keyword
        try advance()
        switch keyword {
        case .int, .integer: return .builtIn("int4", at: position)
        case .smallint: return .builtIn("int2", at: position)
        case .bigint: return .builtIn("int8", at: position)
        case .real: return .builtIn("float4", at: position)
        case .boolean: return .builtIn("bool", at: position)
        case .double:
            try expect(.precision)
            return .builtIn("float8", at: position)
        case .decimal, .dec, .numeric: return .builtIn("numeric", try modifiers(), at: position)
        case .float: return try floatType(at: position)
        case .bit:
            let isVarying = try take(.varying)
            let modifiers = try modifiers()
            if isVarying { return .builtIn("varbit", modifiers, at: position) }
            if ofConstant, modifiers.isEmpty { return unlimited("bit", at: position) }
            return .builtIn("bit", modifiers.isEmpty ? [one(at: position)] : modifiers, at: position)
        case .time, .timestamp: return try timeType(keyword, at: position)
        case .interval: return .builtIn("interval", try precision(), at: position)
        default: return try characterType(keyword, ofConstant: ofConstant, at: position)
        }
    }

    /// A type whose values keep the length that they have, as that of a constant does.
    private func unlimited(_ name: String, at position: Position) -> TypeName {
        TypeName(name: QualifiedName([Name("pg_catalog", at: position), Name(name, at: position)]), position: position)
    }

    private func one(at position: Position) -> Expression {
        .literal(Literal(value: .integer(1), position: position))
    }

    private mutating func floatType(at position: Position) throws(SQLError) -> TypeName {
        guard try take(.leftParenthesis) else { return .builtIn("float8", at: position) }
        let start = token.position
        let bits = try integer()
        try expect(.rightParenthesis)
        guard bits >= 1 else {
            throw source.error(.invalidParameterValue, "precision for type float must be at least 1 bit", at: start)
        }
        guard bits <= 53 else {
            throw source.error(.invalidParameterValue, "precision for type float must be less than 54 bits", at: start)
        }
        return .builtIn(bits <= 24 ? "float4" : "float8", at: position)
    }

    private mutating func timeType(_ keyword: Keyword, at position: Position) throws(SQLError) -> TypeName {
        let modifiers = try precision()
        var hasZone = false
        if at(.withBefore) || at(.without) {
            hasZone = at(.withBefore)
            try advance()
            try expect(.time)
            try expect(.zone)
        }
        return .builtIn(keyword.spelling + (hasZone ? "tz" : ""), modifiers, at: position)
    }

    private mutating func characterType(_ keyword: Keyword, ofConstant: Bool, at position: Position) throws(SQLError) -> TypeName {
        var isVarying = keyword == .varchar
        if keyword == .national {
            guard at(.character) || at(.char) else { throw unexpected() }
            try advance()
        }
        if !isVarying { isVarying = try take(.varying) }
        let modifiers = try precision()
        if isVarying { return .builtIn("varchar", modifiers, at: position) }
        if ofConstant, modifiers.isEmpty { return unlimited("bpchar", at: position) }
        return .builtIn("bpchar", modifiers.isEmpty ? [one(at: position)] : modifiers, at: position)
    }

    /// The fields after INTERVAL, and digits of the seconds.
    mutating func intervalFields(of type: inout TypeName) throws(SQLError) {
        let first = token.keyword
        let seconds: [Keyword: TypeName.IntervalFields]
        switch first {
        case .year: seconds = [.month: .yearToMonth]
        case .day: seconds = [.hour: .dayToHour, .minute: .dayToMinute, .second: .dayToSecond]
        case .hour: seconds = [.minute: .hourToMinute, .second: .hourToSecond]
        case .minute: seconds = [.second: .minuteToSecond]
        case .month, .second: seconds = [:]
        default: return
        }
        try advance()
        type.intervalFields = TypeName.IntervalFields(rawValue: first.spelling)
        if !seconds.isEmpty, try take(.to) {
            guard let fields = seconds[token.keyword] else { throw unexpected() }
            type.intervalFields = fields
            try advance()
        }
        if type.intervalFields?.hasSeconds == true { type.modifiers = try precision() }
    }
}
