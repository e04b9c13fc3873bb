/// The parser of the text form of a query.
///
/// A pushdown parser: what is open (brackets, calls, operators waiting for their right side, functions waiting for their body)
/// stands in `frames`, finished terms in `values`. Depth costs no call stack, so a hostile text can't overflow it.
struct TextParser {
    /// A finished term that the text around it has not used yet.
    struct Value {
        var term: TermAssembler.Reference
        /// Where it begins.
        var start: Int
        /// Written as `{…}`, so that it may turn out to be a call's options.
        var isObjectLiteral = false
    }

    struct Frame {
        enum Kind {
            case group, array, index
            /// The names of the fields so far stand in `fieldNames`, the values in `values`.
            case object
            case call(Callee)
            case prefix(Operator)
            case infix(Operator)
            /// `test ?` and `test ? then :`
            case condition, alternative
            case arrow(Function)
            case block(Function)
        }
        var kind: Kind
        /// Where it was opened: the bracket, the operator, the method's name.
        var start: Int
        /// The number of values there were before its own.
        var valueCount: Int
        /// The number of field names there were before its own.
        var nameCount = 0
    }

    enum Callee {
        case term(TermType)
        /// `x(…)`
        case bracket
        /// `r.expr(…)`
        case expression
    }

    struct Function {
        var parameters: [Int]
        /// The number of names in scope outside.
        var scopeCount: Int
    }

    static let maximumFrameCount = 4 * TermTree.maximumDepth

    var lexer: Lexer
    /// The current token; the lexer stands behind it.
    var token: Token
    var assembler = TermAssembler()
    /// Where each term of the assembler was written.
    var places: [Int] = []
    var frames: [Frame] = []
    var values: [Value] = []
    var fieldNames: [String] = []
    var scope: [(name: String, id: Int)] = []
    var lastVariable = 0
    /// Names that stand for literals.
    let namedValues: [String: Datum]

    init(text: [UInt8], namedValues: [String: Datum]) throws(QuerySyntaxError) {
        self.namedValues = namedValues
        lexer = Lexer(text: text)
        token = try lexer.next()
    }

    // MARK: The machine

    mutating func parse(continuing receiver: Term?) throws(QuerySyntaxError) -> TermTree {
        // After a value come its calls, an operator, or the end of what it stands in; otherwise a value has to come.
        var isAfterValue = false
        if let receiver {
            values.append(Value(term: assembler.append(receiver), start: 0))
            isAfterValue = true
            if case .identifier = token.kind { isAfterValue = try member() }
        }
        while true {
            if !isAfterValue {
                isAfterValue = try operand()
            } else if isAtEnd {
                return try finish()
            } else {
                isAfterValue = try afterValue()
            }
        }
    }

    private var isAtEnd: Bool {
        token.kind == .end && frames.isEmpty
    }

    private mutating func finish() throws(QuerySyntaxError) -> TermTree {
        let root = values[0].term
        do {
            let tree = try assembler.tree(root: root)
            try tree.validate()
            return tree.renumbered()
        } catch {
            var place = root
            for frame in error.frames {
                guard let child = assembler.child(of: place, frame) else { break }
                place = child
            }
            throw self.error(error.message, at: Int(place.index) < places.count ? places[Int(place.index)] : 0)
        }
    }

    // MARK: Helpers

    func error(_ message: String, at offset: Int? = nil) -> QuerySyntaxError {
        lexer.error(message, at: offset ?? token.start)
    }

    mutating func advance() throws(QuerySyntaxError) {
        token = try lexer.next()
    }

    /// The token after the current one.
    func following() throws(QuerySyntaxError) -> Token {
        var ahead = lexer
        return try ahead.next()
    }

    mutating func expect(_ symbol: String, _ purpose: String) throws(QuerySyntaxError) {
        guard token.is(symbol) else { throw error("Expected “\(symbol)” \(purpose), not \(describe(token)).") }
        try advance()
    }

    func describe(_ token: Token) -> String {
        switch token.kind {
        case .end: "the end of the query"
        case .identifier(let name): "“\(name)”"
        case .symbol(let symbol): "“\(symbol)”"
        case .string: "a string"
        case .number: "a number"
        }
    }

    mutating func open(_ kind: Frame.Kind, at start: Int, keeping kept: Int = 0) throws(QuerySyntaxError) {
        if frames.count >= Self.maximumFrameCount {
            throw error(ReQLError.tooDeep.message, at: start)
        }
        frames.append(Frame(kind: kind, start: start, valueCount: values.count - kept, nameCount: fieldNames.count))
    }

    /// Puts a term that begins at `start` on the stack of values. Errors about it point at `place`.
    mutating func push(
        _ term: TermAssembler.Reference, at start: Int, place: Int? = nil, isObjectLiteral: Bool = false
    ) throws(QuerySyntaxError) {
        if let failure = assembler.failure { throw error(failure.message, at: place ?? start) }
        note(term, at: place ?? start)
        values.append(Value(term: term, start: start, isObjectLiteral: isObjectLiteral))
    }

    mutating func push(literal: Datum, at start: Int) throws(QuerySyntaxError) {
        try push(assembler.datum(literal), at: start)
    }

    mutating func note(_ term: TermAssembler.Reference, at start: Int) {
        while places.count < Int(term.index) { places.append(start) }
        if places.count == Int(term.index) { places.append(start) } else { places[Int(term.index)] = start }
    }

    /// Takes the values that belong to a frame off the stack.
    mutating func popValues(of frame: Frame) -> [Value] {
        let own = Array(values[frame.valueCount...])
        values.removeLast(own.count)
        return own
    }
}
