/// A parser by recursive descent.
///
/// It looks at the current token, sometimes at the one behind it, and never goes back, but where USING of DELETE may be two things. So the
/// token of a syntax error is the first one with which no statement goes on, as PostgreSQL tells it.
struct Parser {
    var lexer: Lexer
    /// The token that is looked at.
    var token: Token
    /// The one behind it, if somebody looked.
    private var following: Token?
    /// The end of the token before the current one.
    var previousEnd = 0
    /// How deep the text is nested here.
    private var depth = 0
    /// What the tree has come to take since it was last counted.
    private var uncountedBytes = 0
    /// How often USING of DELETE was read a second time, as something else.
    var secondReadings = 0
    /// Which words may end the expression that is read.
    var ending = Ending.plain

    var source: SourceText { lexer.source }

    /// How deep expressions, queries and joins may be nested. A level takes about 2 KiB of stack, in a debug build 8 KiB.
    static let maximumDepth = 1000

    private let maximumDepth: Int

    init(_ source: SourceText, hasNamedParameters: Bool = false, maximumDepth: Int = maximumDepth) throws(SQLError) {
        self.maximumDepth = maximumDepth
        lexer = Lexer(source, hasNamedParameters: hasNamedParameters)
        token = try lexer.next()
        if token.keyword.needsNextWord { try lookBehind() }
    }

    enum Ending {
        case plain
        /// An operator that is a word may be the label of an output column.
        case label
        /// SIMILAR may go on with SUBSTRING's own syntax.
        case similar
    }

    // MARK: - Tokens

    mutating func advance() throws(SQLError) {
        previousEnd = token.end
        if let held = lexer.source.held { try count(held) }
        if let next = following {
            token = next
            following = nil
        } else {
            token = try lexer.next()
        }
        if token.keyword.needsNextWord { try lookBehind() }
    }

    /// Counts what the tree takes for the current token, of a long text.
    private mutating func count(_ held: CountedBytes) throws(SQLError) {
        uncountedBytes += token.treeByteCount
        guard uncountedBytes >= 32 << 10 else { return }
        try held.take(uncountedBytes)
        uncountedBytes = 0
    }

    /// The token after the current one.
    mutating func peek() throws(SQLError) -> Token {
        if let next = following { return next }
        let next = try lexer.next()
        following = next
        return next
    }

    /// Three words mean another thing if a certain word follows.
    private mutating func lookBehind() throws(SQLError) {
        let next = try peek().keyword
        switch token.keyword {
        case .not where [.between, .in, .like, .ilike, .similar].contains(next): token.keyword = .notBefore
        case .nulls where next == .first || next == .last: token.keyword = .nullsBefore
        case .with where next == .time || next == .ordinality: token.keyword = .withBefore
        default: break
        }
    }

    func at(_ keyword: Keyword) -> Bool { token.keyword == keyword }

    func at(_ kind: Token.Kind) -> Bool { token.kind == kind }

    mutating func take(_ keyword: Keyword) throws(SQLError) -> Bool {
        guard token.keyword == keyword else { return false }
        try advance()
        return true
    }

    mutating func take(_ kind: Token.Kind) throws(SQLError) -> Bool {
        guard token.kind == kind else { return false }
        try advance()
        return true
    }

    /// Takes two words if the first one is there; then the second one must be, too.
    mutating func take(_ first: Keyword, _ second: Keyword) throws(SQLError) -> Bool {
        guard try take(first) else { return false }
        try expect(second)
        return true
    }

    mutating func expect(_ keyword: Keyword) throws(SQLError) {
        guard token.keyword == keyword else { throw unexpected() }
        try advance()
    }

    mutating func expect(_ kind: Token.Kind) throws(SQLError) {
        guard token.kind == kind else { throw unexpected() }
        try advance()
    }

    // MARK: - Errors

    /// The current token is where no statement goes on.
    func unexpected() -> SQLError {
        source.error("syntax error", near: token.range)
    }

    func error(_ message: String, hint: String? = nil, at position: Position) -> SQLError {
        source.error(.syntaxError, message, hint: hint, at: position)
    }

    /// A part of SQL that is not there.
    func unsupported(_ feature: String, hint: String? = nil, at position: Position) -> SQLError {
        source.error(.featureNotSupported, "\(feature) is not supported", hint: hint, at: position)
    }

    // MARK: - Nesting

    /// Counts a level of nesting, which `leave` ends.
    mutating func enter() throws(SQLError) {
        depth += 1
        guard depth <= maximumDepth else {
            throw source.error(
                .statementTooComplex, "stack depth limit exceeded", hint: "At most \(maximumDepth) levels may be nested.",
                at: token.position)
        }
    }

    mutating func leave() {
        depth -= 1
    }

    // MARK: - Lists

    /// One or more, with commas between them.
    mutating func list<Element>(_ element: (inout Parser) throws(SQLError) -> Element) throws(SQLError) -> [Element] {
        var elements = [try element(&self)]
        while try take(.comma) { elements.append(try element(&self)) }
        return elements
    }

    /// The same in parentheses.
    mutating func parenthesized<Element>(_ element: (inout Parser) throws(SQLError) -> Element) throws(SQLError) -> [Element] {
        try expect(.leftParenthesis)
        let elements = try list(element)
        try expect(.rightParenthesis)
        return elements
    }

    /// Nothing, or a list in parentheses.
    mutating func optionalNames() throws(SQLError) -> [Name] {
        at(.leftParenthesis) ? try names() : []
    }

    mutating func names() throws(SQLError) -> [Name] {
        try parenthesized { (parser) throws(SQLError) in try parser.columnName() }
    }

    // MARK: - Names

    /// A name of anything but a function or type.
    mutating func columnName() throws(SQLError) -> Name {
        guard token.isColumnName else { throw unexpected() }
        return try anyName()
    }

    mutating func typeOrFunctionName() throws(SQLError) -> Name {
        guard token.isTypeOrFunctionName else { throw unexpected() }
        return try anyName()
    }

    mutating func nonReservedWord() throws(SQLError) -> Name {
        guard token.isNonReservedWord else { throw unexpected() }
        return try anyName()
    }

    mutating func label() throws(SQLError) -> Name {
        guard token.isLabel else { throw unexpected() }
        return try anyName()
    }

    /// The current token as a name, which it is.
    mutating func anyName() throws(SQLError) -> Name {
        var name = Name(lexer.name(of: token), at: token.position)
        switch token.kind {
        case .identifier:
            if !token.isPlain { name.written = lexer.text(token.range) }
        case .keyword:
            if lexer.source.bytes[token.range].contains(where: \.isASCIIUppercase) { name.written = lexer.text(token.range) }
        default: name.isQuoted = true
        }
        try advance()
        return name
    }

    /// A name with points in it, which need not be of a relation.
    mutating func dottedName() throws(SQLError) -> QualifiedName {
        var parts = [try columnName()]
        while try take(.dot) { parts.append(try label()) }
        return QualifiedName(parts)
    }

    /// A relation, with its schema and database.
    mutating func relationName() throws(SQLError) -> QualifiedName {
        let name = try dottedName()
        if at(.leftBracket) {
            // The grammar reads on here as in an expression, and the error is behind it.
            _ = try accessSteps()
            throw unexpected()
        }
        try refuseLongName(name)
        return name
    }

    func refuseLongName(_ name: QualifiedName) throws(SQLError) {
        guard name.parts.count > 3 else { return }
        let shown = name.parts.map(\.text).joined(separator: ".")
        throw error("improper qualified name (too many dotted names): \(shown)", at: name.position)
    }

    mutating func relationNames() throws(SQLError) -> [QualifiedName] {
        try list { (parser) throws(SQLError) in try parser.relationName() }
    }

    // MARK: - Constants

    mutating func string() throws(SQLError) -> String {
        guard token.isString else { throw unexpected() }
        let value = lexer.string(of: token)
        try advance()
        return value
    }

    /// A whole number of at most 31 bits, without a sign.
    mutating func integer() throws(SQLError) -> Int {
        guard token.kind == .wholeNumber, let value = Int32(lexer.text(token.range)) else { throw unexpected() }
        try advance()
        return Int(value)
    }

    mutating func signedInteger() throws(SQLError) -> Int {
        if try take(.minus) { return -(try integer()) }
        _ = try take(.plus)
        return try integer()
    }

    /// A number with a sign or none, as it was written.
    mutating func signedNumber() throws(SQLError) -> String {
        let isNegative = try take(.minus)
        if !isNegative { _ = try take(.plus) }
        guard at(.wholeNumber) || at(.number) else { throw unexpected() }
        let digits = lexer.text(token.range)
        try advance()
        return isNegative ? "-" + digits : digits
    }

    var atSignedNumber: Bool { at(.wholeNumber) || at(.number) || at(.plus) || at(.minus) }

    // MARK: - Words that many statements have

    mutating func ifExists() throws(SQLError) -> Bool {
        guard at(.if), try peek().keyword == .exists else { return false }
        try advance()
        try advance()
        return true
    }

    mutating func ifNotExists() throws(SQLError) -> Bool {
        guard at(.if), try peek().keyword == .not else { return false }
        try advance()
        try advance()
        try expect(.exists)
        return true
    }

    mutating func dropBehavior() throws(SQLError) -> DropBehavior {
        if try take(.cascade) { return .cascade }
        return try take(.restrict) ? .restrict : .unsaid
    }

    /// WITH, where it says nothing.
    mutating func skipWith() throws(SQLError) {
        if at(.with) || at(.withBefore) { try advance() }
    }
}

extension Keyword {
    fileprivate var needsNextWord: Bool { self == .not || self == .nulls || self == .with }
}
