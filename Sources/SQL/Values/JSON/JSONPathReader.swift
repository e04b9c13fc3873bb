/// Reads the text of a jsonpath.
struct JSONPathReader {
    private var tokens: JSONPathTokens
    private var token = JSONPathTokens.Token.end
    /// How many steps a path may have, and how deep it may be: whoever goes through one does so by recursion.
    private static let stepLimit = 1000
    private static let depthLimit = 200
    private var stepCount = 0
    private var depth = 0
    private var filters = 0
    private var subscripts = 0
    private var hasKeyvalue = false

    static func read(_ text: String) throws(SQLError) -> JSONPath {
        var reader = JSONPathReader(tokens: JSONPathTokens(text))
        try reader.advance()
        if case .end = reader.token {
            throw SQLError(.invalidTextRepresentation, "invalid input syntax for type jsonpath: \"\(text)\"")
        }
        let isStrict = try reader.take(word: "strict")
        if !isStrict { _ = try reader.take(word: "lax") }
        let expression = try reader.either()
        guard case .end = reader.token else { throw reader.fault() }
        return JSONPath(isStrict: isStrict, expression: expression, hasKeyvalue: reader.hasKeyvalue)
    }

    private init(tokens: JSONPathTokens) { self.tokens = tokens }

    private func fault() -> SQLError { tokens.fault(at: token) }

    private mutating func advance() throws(SQLError) { token = try tokens.next() }

    private mutating func take(_ sign: String) throws(SQLError) -> Bool {
        guard case .sign(sign) = token else { return false }
        try advance()
        return true
    }

    private mutating func require(_ sign: String) throws(SQLError) {
        guard try take(sign) else { throw fault() }
    }

    private func isWord(_ word: String) -> Bool {
        guard case .word(let text) = token else { return false }
        // JSON's words are in lower case only.
        return ["null", "true", "false"].contains(word) ? text == word : text.lowercased() == word
    }

    private mutating func take(word: String) throws(SQLError) -> Bool {
        guard isWord(word) else { return false }
        try advance()
        return true
    }

    private mutating func count() throws(SQLError) {
        stepCount += 1
        if stepCount > Self.stepLimit || depth > Self.depthLimit {
            throw SQLError(.statementTooComplex, "a jsonpath may have \(Self.stepLimit) steps and be \(Self.depthLimit) levels deep")
        }
    }

    // MARK: Conditions

    /// A condition or an expression.
    private mutating func either() throws(SQLError) -> JSONPath.Expression {
        depth += 1
        defer { depth -= 1 }
        try count()
        return try disjunction()
    }

    private mutating func condition() throws(SQLError) -> JSONPath.Expression {
        let expression = try either()
        guard isCondition(expression) else { throw fault() }
        return expression
    }

    private mutating func operand() throws(SQLError) -> JSONPath.Expression {
        let expression = try either()
        guard !isCondition(expression) else { throw fault() }
        return expression
    }

    private func isCondition(_ expression: JSONPath.Expression) -> Bool { expression.count == 1 && expression[0].isCondition }

    private mutating func disjunction() throws(SQLError) -> JSONPath.Expression {
        var left = try conjunction()
        while case .sign("||") = token {
            guard isCondition(left) else { throw fault() }
            try advance()
            let right = try conjunction()
            guard isCondition(right) else { throw fault() }
            try count()
            left = [.or(left, right)]
        }
        return left
    }

    private mutating func conjunction() throws(SQLError) -> JSONPath.Expression {
        var left = try comparison()
        while case .sign("&&") = token {
            guard isCondition(left) else { throw fault() }
            try advance()
            let right = try comparison()
            guard isCondition(right) else { throw fault() }
            try count()
            left = [.and(left, right)]
        }
        return left
    }

    private mutating func comparison() throws(SQLError) -> JSONPath.Expression {
        if try take("!") {
            try count()
            if try take(word: "exists") { return [.not(try exists())] }
            try require("(")
            let inner = try condition()
            try require(")")
            return [.not(inner)]
        }
        let left = try sum()
        if isCondition(left) { return left }
        if case .sign(let sign) = token, let comparison = JSONPath.Comparison(rawValue: sign == "<>" ? "!=" : sign) {
            try advance()
            try count()
            let right = try sum()
            guard !isCondition(right) else { throw fault() }
            return [.comparison(comparison, left, right)]
        }
        if try take(word: "starts") {
            guard try take(word: "with") else { throw fault() }
            switch token {
            case .string(let text):
                try advance()
                return [.startsWith(left, [.string(text)])]
            case .variable(let name):
                try advance()
                return [.startsWith(left, [.variable(name)])]
            default: throw fault()
            }
        }
        if try take(word: "like_regex") { return [try likeRegex(left)] }
        return left
    }

    private mutating func exists() throws(SQLError) -> JSONPath.Expression {
        try require("(")
        let inner = try operand()
        try require(")")
        return [.exists(inner)]
    }

    private mutating func likeRegex(_ operand: JSONPath.Expression) throws(SQLError) -> JSONPath.Step {
        guard case .string(let pattern) = token else { throw fault() }
        try advance()
        var given = ""
        if try take(word: "flag") {
            guard case .string(let letters) = token else { throw fault() }
            given = letters
            try advance()
        }
        if let letter = given.first(where: { !"ismxq".contains($0) }) {
            throw SQLError(
                .syntaxError, "invalid input syntax for type jsonpath",
                detail: "Unrecognized flag character \"\(letter)\" in LIKE_REGEX predicate.")
        }
        let flags = String("ismxq".filter { given.contains($0) })
        _ = try PatternSearch("", pattern, try Self.options(flags))
        return .likeRegex(operand, pattern: pattern, flags: flags)
    }

    static func options(_ flags: String) throws(SQLError) -> PatternOptions {
        var options = PatternOptions()
        options.ignoresCase = flags.contains("i")
        if flags.contains("q") {
            options.syntax = .literal
            return options
        }
        if flags.contains("x") {
            throw SQLError(.featureNotSupported, "XQuery \"x\" flag (expanded regular expressions) is not implemented")
        }
        options.stopsAtLines = !flags.contains("s")
        options.anchorsAtLines = flags.contains("m")
        return options
    }

    // MARK: Expressions

    private mutating func sum() throws(SQLError) -> JSONPath.Expression {
        try arithmetic(["+", "-"]) { reader throws(SQLError) in
            try reader.arithmetic(["*", "/", "%"]) { reader throws(SQLError) in try reader.signed() }
        }
    }

    private mutating func arithmetic(
        _ signs: [String], _ part: (inout JSONPathReader) throws(SQLError) -> JSONPath.Expression
    ) throws(SQLError) -> JSONPath.Expression {
        var left = try part(&self)
        while case .sign(let sign) = token, signs.contains(sign), let operation = JSONPath.Arithmetic(rawValue: sign) {
            guard !isCondition(left) else { throw fault() }
            try advance()
            try count()
            let right = try part(&self)
            guard !isCondition(right) else { throw fault() }
            left = [.arithmetic(operation, left, right)]
        }
        return left
    }

    private mutating func signed() throws(SQLError) -> JSONPath.Expression {
        guard case .sign(let sign) = token, sign == "+" || sign == "-" else { return try path() }
        depth += 1
        defer { depth -= 1 }
        try advance()
        try count()
        let inner = try signed()
        guard !isCondition(inner) else { throw fault() }
        if inner.count == 1, case .number(let number) = inner[0] { return [.number(sign == "-" ? number.negated : number)] }
        return [.sign(isMinus: sign == "-", inner)]
    }

    private mutating func path() throws(SQLError) -> JSONPath.Expression {
        // Nothing goes on from a condition outside of brackets.
        if try take(word: "exists") { return try exists() }
        var steps = try primary()
        while let step = try accessor() {
            try count()
            steps.append(step)
        }
        return steps
    }

    private mutating func primary() throws(SQLError) -> JSONPath.Expression {
        let step: JSONPath.Step
        switch token {
        case .sign("$"): step = .root
        case .sign("@"):
            guard filters > 0 else { throw SQLError(.syntaxError, "@ is not allowed in root expressions") }
            step = .current
        case .sign("("):
            try advance()
            let inner = try either()
            try require(")")
            guard isCondition(inner), try take(word: "is") else { return inner }
            guard try take(word: "unknown") else { throw fault() }
            return [.isUnknown(inner)]
        case .string(let text): step = .string(text)
        case .number(let text): step = .number(try Numeric(text))
        case .variable(let name): step = .variable(name)
        case .word:
            if isWord("null") {
                step = .null
            } else if isWord("true") || isWord("false") {
                step = .bool(isWord("true"))
            } else if isWord("last") {
                guard subscripts > 0 else { throw SQLError(.syntaxError, "LAST is allowed only in array subscripts") }
                step = .last
            } else {
                throw fault()
            }
        default: throw fault()
        }
        try advance()
        return [step]
    }

    // MARK: Accessors

    private mutating func accessor() throws(SQLError) -> JSONPath.Step? {
        if try take("[") { return try elements() }
        if try take("?") {
            try require("(")
            filters += 1
            defer { filters -= 1 }
            let condition = try condition()
            try require(")")
            return .filter(condition)
        }
        guard try take(".") else { return nil }
        if try take("*") { return .anyField }
        if try take("**") { return try levels() }
        switch token {
        case .string(let name):
            try advance()
            return .field(name)
        case .word(let name):
            try advance()
            return try take("(") ? try method(name) : .field(name)
        default: throw fault()
        }
    }

    private mutating func method(_ name: String) throws(SQLError) -> JSONPath.Step {
        if name.lowercased() == "datetime" {
            var template: String?
            if case .string(let text) = token {
                template = text
                try advance()
            }
            try require(")")
            return .datetime(template: template)
        }
        guard let method = JSONPath.Method(rawValue: name.lowercased()) else { throw fault() }
        try require(")")
        if method == .keyvalue { hasKeyvalue = true }
        return .method(method)
    }

    private mutating func elements() throws(SQLError) -> JSONPath.Step {
        if try take("*") {
            try require("]")
            return .anyElement
        }
        subscripts += 1
        defer { subscripts -= 1 }
        var list: [JSONPath.Subscript] = []
        repeat {
            let first = try operand()
            list.append(JSONPath.Subscript(first: first, last: try take(word: "to") ? try operand() : nil))
        } while try take(",")
        try require("]")
        return .elements(list)
    }

    private mutating func levels() throws(SQLError) -> JSONPath.Step {
        guard try take("{") else { return .levels(0, JSONPath.deepest) }
        let first = try level()
        let last = try take(word: "to") ? try level() : first
        try require("}")
        return .levels(first, last)
    }

    private mutating func level() throws(SQLError) -> UInt32 {
        if try take(word: "last") { return JSONPath.deepest }
        guard case .number(let text) = token, let level = UInt32(text) else { throw fault() }
        try advance()
        return level
    }
}
