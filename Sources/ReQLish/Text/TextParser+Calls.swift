/// Calls: `r.name(…)`, `x.name(…)`, `x(…)`.
extension TextParser {
    /// Opens a call; the token is its opening bracket. Returns whether the call is whole already, having no arguments.
    mutating func call(_ callee: Callee, at start: Int, keeping kept: Int = 0) throws(QuerySyntaxError) -> Bool {
        try open(.call(callee), at: start, keeping: kept)
        try advance()
        guard token.is(")") else { return false }
        let frame = frames.removeLast()
        try advance()
        try finishCall(callee, frame)
        return true
    }

    /// Makes the term of a call whose arguments (with the receiver before them) are the values of its frame.
    mutating func finishCall(_ callee: Callee, _ frame: Frame) throws(QuerySyntaxError) {
        var arguments = popValues(of: frame)
        let start = min(arguments.first?.start ?? frame.start, frame.start)
        switch callee {
        case .expression:
            guard arguments.count == 1 else { throw error("`r.expr` takes 1 argument, not \(arguments.count).", at: frame.start) }
            values.append(Value(term: arguments[0].term, start: start))
        case .bracket:
            guard arguments.count == 2 else {
                throw error("A field or an element is read with 1 argument, not \(arguments.count - 1): x(\"a\")(0).", at: frame.start)
            }
            try push(assembler.term(.bracket, arguments.map(\.term)), at: start, place: frame.start)
        case .term(.functionCall):
            guard let function = arguments.popLast() else { throw error("`do` takes at least 1 argument, a function.", at: frame.start) }
            let terms = [wrapped(function.term, at: function.start)] + arguments.map(\.term)
            try push(assembler.term(.functionCall, terms), at: start, place: frame.start)
        case .term(let type):
            let options = try takeOptions(of: type, from: &arguments)
            let facts = type.facts
            let count = arguments.count
            if !facts.arity.contains(count), !arguments.contains(where: { assembler.type(of: $0.term) == .args }) {
                throw error(TermTree.arityMessage(type, count: count), at: frame.start)
            }
            var terms: [TermAssembler.Reference] = []
            for (position, argument) in arguments.enumerated() {
                terms.append(facts.takesFunction(at: position, of: count) ? wrapped(argument.term, at: argument.start) : argument.term)
            }
            try push(assembler.term(type, terms, options: options), at: start, place: frame.start)
        }
    }

    /// If `r.row` stands in an argument that can be a function, the argument is that function's body.
    private mutating func wrapped(_ argument: TermAssembler.Reference, at start: Int) -> TermAssembler.Reference {
        guard assembler.hasFreeRow(argument) else { return argument }
        lastVariable += 1
        let function = assembler.function(parameters: [lastVariable], body: argument)
        note(function, at: start)
        return function
    }

    // MARK: Options

    /// Takes an object literal in last place as the term's options, if the term has any and arguments enough without it.
    private mutating func takeOptions(
        of type: TermType, from arguments: inout [Value]
    ) throws(QuerySyntaxError) -> [(name: String, term: TermAssembler.Reference)] {
        let facts = type.facts
        guard !facts.options.isEmpty, let last = arguments.last, last.isObjectLiteral, arguments.count > facts.arity.lowerBound else {
            return []
        }
        arguments.removeLast()
        return try assembler.fields(of: last.term).map { (field) throws(QuerySyntaxError) in
            let snake = TermType.snakeCase(field.name)
            guard let name = [field.name, snake].first(where: { facts.options.contains($0) }) else {
                let place = try self.place(ofField: field.name, inObjectAt: last.start)
                throw error(TermTree.optionMessage(type, option: field.name), at: place)
            }
            note(field.term, at: last.start)
            return (name, field.term)
        }
    }

    /// Where a field's name was written: reads the object again, which only an error needs.
    private func place(ofField name: String, inObjectAt start: Int) throws(QuerySyntaxError) -> Int {
        var again = lexer
        again.position = start
        var depth = 0
        while true {
            let token = try again.next()
            switch token.kind {
            case .symbol("{"), .symbol("["), .symbol("("): depth += 1
            case .symbol("}"), .symbol("]"), .symbol(")"): depth -= 1
            case .identifier(name) where depth == 1, .string(name) where depth == 1: return token.start
            default: break
            }
            if depth == 0 || token.kind == .end { return start }
        }
    }
}
