/// An operator of the text form and the term that it stands for.
struct Operator {
    let type: TermType
    /// Greater binds tighter.
    let precedence: Int

    init?(infix symbol: String) {
        switch symbol {
        case "??": self.init(.default, 1)
        case "||": self.init(.or, 2)
        case "&&": self.init(.and, 3)
        case "==", "===": self.init(.eq, 4)
        case "!=", "!==": self.init(.ne, 4)
        case "<": self.init(.lt, 5)
        case "<=": self.init(.le, 5)
        case ">": self.init(.gt, 5)
        case ">=": self.init(.ge, 5)
        case "+": self.init(.add, 6)
        case "-": self.init(.sub, 6)
        case "*": self.init(.mul, 7)
        case "/": self.init(.div, 7)
        case "%": self.init(.mod, 7)
        default: return nil
        }
    }

    init?(prefix symbol: String) {
        switch symbol {
        case "!": self.init(.not, 8)
        case "-": self.init(.sub, 8)
        case "+": self.init(.add, 8)
        default: return nil
        }
    }

    private init(_ type: TermType, _ precedence: Int) {
        self.type = type
        self.precedence = precedence
    }

    /// `!x`; `-x`, which is `0 - x` unless x is a literal number; `+x`, which checks nothing.
    func prefixTerm(_ operand: TermAssembler.Reference, _ assembler: inout TermAssembler) -> TermAssembler.Reference {
        switch type {
        case .not: return assembler.term(.not, [operand])
        case .sub:
            if let negated = assembler.literal(operand)?.negated { return assembler.datum(negated) }
            let zero = assembler.datum(Datum(0))
            return assembler.term(.sub, [zero, operand])
        default: return operand
        }
    }
}
