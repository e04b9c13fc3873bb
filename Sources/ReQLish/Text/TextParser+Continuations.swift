/// After a value: its calls and fields, operators, and the end of what it stands in.
extension TextParser {
    /// Reads what follows a value. Returns whether there is a whole value again.
    mutating func afterValue() throws(QuerySyntaxError) -> Bool {
        guard case .symbol(let symbol) = token.kind else { return try close() }
        switch symbol {
        case ".":
            try advance()
            return try member()
        case "(":
            return try call(.bracket, at: token.start, keeping: 1)
        case "[":
            try open(.index, at: token.start, keeping: 1)
            try advance()
            return false
        case "?":
            try reduce(downTo: 0)
            try open(.condition, at: token.start, keeping: 1)
            try advance()
            return false
        case ":":
            return try colon()
        default:
            guard let infix = Operator(infix: symbol) else { return try close() }
            try reduce(downTo: infix.precedence)
            try open(.infix(infix), at: token.start, keeping: 1)
            try advance()
            return false
        }
    }

    /// After the dot: a method with its call, or a field.
    mutating func member() throws(QuerySyntaxError) -> Bool {
        guard case .identifier(let name) = token.kind else {
            throw error("Expected the name of a method or field, not \(describe(token)).")
        }
        let start = token.start
        try advance()
        let type = TermType(name: name)
        if token.is("(") {
            guard let type else { throw unknownMethod(name, at: start) }
            if !type.facts.isMethod && type != .branch {
                let call = type.facts.spelling == .constant ? "" : "(…)"
                throw error("`\(name)` is not a method: it is written r.\(type.name)\(call).", at: start)
            }
            return try call(.term(type), at: start, keeping: 1)
        }
        if type?.facts.isMethod == true {
            throw error("`\(name)` is a method: write .\(name)(…), or (\"\(name)\") for a field of that name.", at: start)
        }
        let receiver = values.removeLast()
        let field = assembler.datum(Datum(name))
        try push(assembler.term(.bracket, [receiver.term, field]), at: receiver.start, place: start)
        return true
    }

    private func unknownMethod(_ name: String, at start: Int) -> QuerySyntaxError {
        if name == "run" { return error("A query runs by itself: leave out .run(…).", at: start) }
        let guess = Spelling.nearest(to: name, in: TermType.written.map(\.name)).map { ": did you mean `\($0)`?" } ?? "."
        return error("There is no method `\(name)`\(guess)", at: start)
    }

    // MARK: Operators

    /// Applies the operators on top of the stack that bind at least as tightly as `precedence`.
    mutating func reduce(downTo precedence: Int) throws(QuerySyntaxError) {
        while let frame = frames.last {
            switch frame.kind {
            case .prefix(let op) where op.precedence >= precedence:
                frames.removeLast()
                let operand = values.removeLast()
                try push(op.prefixTerm(operand.term, &assembler), at: frame.start)
            case .infix(let op) where op.precedence >= precedence:
                frames.removeLast()
                let right = values.removeLast(), left = values.removeLast()
                try push(assembler.term(op.type, [left.term, right.term]), at: left.start, place: frame.start)
            default: return
            }
        }
    }

    /// Applies everything on top of the stack that ends with its operand: operators, `test ? a : b`, `x => body`.
    private mutating func reduceAll() throws(QuerySyntaxError) {
        while true {
            try reduce(downTo: 0)
            guard let frame = frames.last else { return }
            switch frame.kind {
            case .alternative:
                frames.removeLast()
                let parts = popValues(of: frame)
                try push(assembler.term(.branch, parts.map(\.term)), at: parts[0].start)
            case .arrow(let function):
                frames.removeLast()
                try end(function, at: frame.start)
            default: return
            }
        }
    }

    private mutating func colon() throws(QuerySyntaxError) -> Bool {
        try reduceAll()
        guard let frame = frames.last, case .condition = frame.kind else { throw error("A “:” belongs into an object or after “?”.") }
        frames[frames.count - 1].kind = .alternative
        try advance()
        return false
    }

    private mutating func end(_ function: Function, at start: Int) throws(QuerySyntaxError) {
        let body = values.removeLast()
        scope.removeLast(scope.count - function.scopeCount)
        try push(assembler.function(parameters: function.parameters, body: body.term), at: start)
    }

    // MARK: Closing

    /// Called at the end of a value: continues or closes the construct that the value stands in.
    private mutating func close() throws(QuerySyntaxError) -> Bool {
        try reduceAll()
        guard let frame = frames.last else {
            if token.is(";") {
                try advance()
                if token.kind != .end { throw error("One query at a time: nothing may follow the semicolon.") }
            }
            if token.kind == .end { return true }
            throw unexpected("a method, an operator or the end of the query")
        }
        switch frame.kind {
        case .group:
            try closing(")", of: frame)
            values[values.count - 1].isObjectLiteral = false
        case .index:
            try closing("]", of: frame)
            try finishCall(.bracket, frame)
        case .array:
            if try !isLast("]", frame) { return false }
            let items = popValues(of: frame)
            try push(assembler.term(.makeArray, items.map(\.term)), at: frame.start)
        case .object:
            if try !isLast("}", frame) {
                try fieldName()
                return false
            }
            let names = fieldNames[frame.nameCount...]
            let fields = zip(names, popValues(of: frame)).map { (name: $0, term: $1.term) }
            fieldNames.removeLast(names.count)
            try push(assembler.term(.makeObject, options: fields), at: frame.start, isObjectLiteral: true)
        case .call(let callee):
            if try !isLast(")", frame) { return false }
            try finishCall(callee, frame)
        case .block(let function):
            if token.is(";") { try advance() }
            try closing("}", of: frame)
            try end(function, at: frame.start)
        case .condition: throw error("Expected “:” and a value for the case that the condition is not met, not \(describe(token)).")
        case .prefix, .infix, .alternative, .arrow: break  // reduced above
        }
        return true
    }

    /// Whether a list ends here. Otherwise stands behind the comma, where the next element has to come.
    private mutating func isLast(_ bracket: String, _ frame: Frame) throws(QuerySyntaxError) -> Bool {
        if token.is(",") {
            try advance()
            if !token.is(bracket) { return false }
        }
        try closing(bracket, of: frame)
        return true
    }

    private mutating func closing(_ bracket: String, of frame: Frame) throws(QuerySyntaxError) {
        if token.is(bracket) {
            frames.removeLast()
            return try advance()
        }
        let place = error("", at: frame.start)
        throw unexpected("“\(bracket)” to close what begins at line \(place.line), column \(place.column)")
    }

    private func unexpected(_ expected: String) -> QuerySyntaxError {
        switch token.kind {
        case .symbol("="): error("Values are compared with ==.")
        case .symbol("&"), .symbol("|"): error("“And” and “or” are && and ||; bits are combined with `bitAnd` and `bitOr`.")
        case .symbol("=>"): error("A function's parameters are names: x => … or (a, b) => ….")
        default: error("Expected \(expected), not \(describe(token)).")
        }
    }
}
