/// Where a value has to come: literals, names, functions, opening brackets.
extension TextParser {
    /// Reads what a value begins with. Returns whether a whole value was read.
    mutating func operand() throws(QuerySyntaxError) -> Bool {
        let start = token.start
        switch token.kind {
        case .number(let number):
            try push(literal: number, at: start)
            try advance()
            return true
        case .string(let string):
            try push(literal: Datum(string), at: start)
            try advance()
            return true
        case .identifier(let name): return try name == "function" ? functionKeyword() : self.name(name)
        case .symbol("("):
            if let parameters = try parametersAhead() { return try arrow(parameters) }
            try open(.group, at: start)
            try advance()
            return false
        case .symbol("["):
            try advance()
            if token.is("]") {
                try advance()
                try push(literal: .emptyArray, at: start)
                return true
            }
            try open(.array, at: start)
            return false
        case .symbol("{"): return try object()
        case .symbol("-"), .symbol("!"), .symbol("+"):
            guard case .symbol(let symbol) = token.kind, let prefix = Operator(prefix: symbol) else { return false }
            try open(.prefix(prefix), at: start)
            try advance()
            return false
        case .symbol("..."): throw error("A list is spread with r.args([…]).")
        default: throw error("Expected a value, not \(describe(token)).")
        }
    }

    // MARK: Names

    private mutating func name(_ name: String) throws(QuerySyntaxError) -> Bool {
        let start = token.start
        if try following().is("=>") {
            try advance()
            return try arrow([name])
        }
        if let variable = scope.last(where: { $0.name == name }) {
            try push(assembler.variable(variable.id), at: start)
            try advance()
            return true
        }
        switch name {
        case "true", "false": try push(literal: Datum(name == "true"), at: start)
        case "null": try push(literal: .null, at: start)
        case "r": return try rFunction()
        case "undefined", "NaN", "Infinity": throw error("`\(name)` is not a value in ReQL.")
        case "new": throw error("Objects are not constructed in a query: a time is r.ISO8601(\"…\") or r.epochTime(…).")
        default:
            guard let value = namedValues[name] else { throw unknownName(name) }
            try push(literal: value, at: start)
        }
        try advance()
        return true
    }

    private func unknownName(_ name: String) -> QuerySyntaxError {
        if let type = TermType(name: name) {
            return error("`\(name)` is a term: did you mean `r.\(type.name)`?")
        }
        let names = scope.map(\.name) + namedValues.keys.sorted() + ["true", "false", "null", "function"]
        let guess = Spelling.nearest(to: name, in: names).map { ": did you mean `\($0)`?" } ?? "."
        return error("`\(name)` is not defined here\(guess)")
    }

    /// After `r`: a function, a constant, or `r(…)`.
    private mutating func rFunction() throws(QuerySyntaxError) -> Bool {
        try advance()
        if token.is("(") {
            return try call(.expression, at: token.start)
        }
        try expect(".", "and the name of a term after r")
        guard case .identifier(let name) = token.kind else { throw error("Expected the name of a term after r., not \(describe(token)).") }
        let start = token.start
        try advance()
        let isCalled = token.is("(")
        if name == "expr", isCalled { return try call(.expression, at: start) }
        guard let type = TermType(name: name) else {
            let guess = Spelling.nearest(to: name, in: TermType.written.map(\.name) + ["expr"]).map { ": did you mean `r.\($0)`?" } ?? "."
            throw error("There is no term `r.\(name)`\(guess)", at: start)
        }
        // r.minval and r.minval() are the same; r.minval("a") reads a field of it.
        let isConstant = type.facts.spelling == .constant
        if isCalled, isConstant ? try following().is(")") : true { return try call(.term(type), at: start) }
        guard isConstant else { throw error("`\(name)` is called: write r.\(name)(…).", at: start) }
        try push(assembler.term(type), at: start)
        return true
    }

    // MARK: Functions

    /// The names in `(a, b) =>`, if that is what follows; nil otherwise.
    private func parametersAhead() throws(QuerySyntaxError) -> [String]? {
        var ahead = self
        try ahead.advance()
        var names: [String] = []
        while case .identifier(let name) = ahead.token.kind {
            names.append(name)
            try ahead.advance()
            guard ahead.token.is(",") else { break }
            try ahead.advance()
        }
        guard ahead.token.is(")") else { return nil }
        try ahead.advance()
        return ahead.token.is("=>") ? names : nil
    }

    /// Called at the parameters or, for a single one without brackets, behind it.
    private mutating func arrow(_ parameters: [String]) throws(QuerySyntaxError) -> Bool {
        let start = token.start
        while !token.is("=>") { try advance() }
        try advance()
        let function = try begin(parameters, at: start)
        if token.is("{"), try following().kind == .identifier("return") {
            return try block(function, at: start)
        }
        try open(.arrow(function), at: start)
        return false
    }

    private mutating func functionKeyword() throws(QuerySyntaxError) -> Bool {
        let start = token.start
        try advance()
        if case .identifier = token.kind { try advance() }
        try expect("(", "and the parameters after function")
        var names: [String] = []
        while case .identifier(let name) = token.kind {
            names.append(name)
            try advance()
            guard token.is(",") else { break }
            try advance()
        }
        try expect(")", "after the function's parameters")
        return try block(try begin(names, at: start), at: start)
    }

    private mutating func begin(_ parameters: [String], at start: Int) throws(QuerySyntaxError) -> Function {
        var function = Function(parameters: [], scopeCount: scope.count)
        for (i, name) in parameters.enumerated() {
            if parameters[..<i].contains(name) { throw error("The function has two parameters named `\(name)`.", at: start) }
            lastVariable += 1
            function.parameters.append(lastVariable)
            scope.append((name, lastVariable))
        }
        return function
    }

    /// `{ return … }`
    private mutating func block(_ function: Function, at start: Int) throws(QuerySyntaxError) -> Bool {
        try expect("{", "before the function's body")
        guard token.kind == .identifier("return") else {
            throw error("A function's body is one return statement: expected `return`, not \(describe(token)).")
        }
        try advance()
        try open(.block(function), at: start)
        return false
    }

    // MARK: Objects

    private mutating func object() throws(QuerySyntaxError) -> Bool {
        let start = token.start
        try advance()
        if token.is("}") {
            try advance()
            try push(assembler.datum(.emptyObject), at: start, isObjectLiteral: true)
            return true
        }
        try open(.object, at: start)
        try fieldName()
        return false
    }

    /// Reads `name:` inside an object.
    mutating func fieldName() throws(QuerySyntaxError) {
        switch token.kind {
        case .identifier(let name), .string(let name): fieldNames.append(name)
        case .number(let number): fieldNames.append(number.description)
        default: throw error("Expected the name of a field, not \(describe(token)).")
        }
        try advance()
        try expect(":", "and a value after the field's name")
    }
}
