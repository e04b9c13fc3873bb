/// The statements of a text, with semicolons between them.
struct Script: Sendable {
    let source: SourceText
    let statements: [ScriptStatement]

    /// Throws for the first thing in the text that is wrong, so nothing of a script runs if a part of it can't be read.
    ///
    /// A caller with a small stack allows fewer levels of nesting, and reads a text that is refused with `54001` again on a larger one.
    ///
    /// - Parameter isOfClient: as of ``SourceText``.
    init(
        _ text: String, isOfClient: Bool = false, hasNamedParameters: Bool = false, maximumDepth: Int = Parser.maximumDepth
    ) throws(SQLError) {
        try self.init(source: SourceText(text, isOfClient: isOfClient), hasNamedParameters: hasNamedParameters, maximumDepth: maximumDepth)
    }

    init(source: SourceText, hasNamedParameters: Bool = false, maximumDepth: Int = Parser.maximumDepth) throws(SQLError) {
        self.source = source
        var parser = try Parser(source, hasNamedParameters: hasNamedParameters, maximumDepth: maximumDepth)
        statements = try parser.script()
    }
}

extension Parser {
    fileprivate mutating func script() throws(SQLError) -> [ScriptStatement] {
        var statements: [ScriptStatement] = []
        while true {
            while try take(.semicolon) {}
            if at(.endOfInput) { return statements }
            let start = token.start
            let statement = try statement()
            statements.append(ScriptStatement(statement: statement, range: start..<previousEnd))
            guard at(.semicolon) || at(.endOfInput) else { throw unexpected() }
        }
    }

    /// The whole text as one expression: of a DEFAULT, a CHECK or an index, as a declaration keeps it.
    static func expression(_ text: String) throws(SQLError) -> Expression {
        var parser = try Parser(SourceText(text))
        let expression = try parser.expression()
        try parser.expect(.endOfInput)
        return expression
    }
}
