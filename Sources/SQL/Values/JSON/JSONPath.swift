/// A path of SQL/JSON, a value of the type jsonpath: a small language of its own, whose expressions give items of a JSON value.
///
/// Source: chapter 9.16.2 of PostgreSQL's manual, whose forms it takes and shows.
package struct JSONPath: Sendable {
    /// What an item is computed by, and behind it the steps that go on from there.
    typealias Expression = [Step]

    let isStrict: Bool
    let expression: Expression
    /// Whether `.keyvalue()` stands in it, which has to know where objects stand.
    let hasKeyvalue: Bool

    indirect enum Step: Sendable {
        case null
        case bool(Bool)
        case number(Numeric)
        case string(String)
        case variable(String)
        case root
        case current
        case last
        case and(Expression, Expression)
        case or(Expression, Expression)
        case not(Expression)
        case isUnknown(Expression)
        case exists(Expression)
        case comparison(Comparison, Expression, Expression)
        case startsWith(Expression, Expression)
        case likeRegex(Expression, pattern: String, flags: String)
        case arithmetic(Arithmetic, Expression, Expression)
        case sign(isMinus: Bool, Expression)
        case anyElement
        case elements([Subscript])
        case anyField
        case field(String)
        /// Those so many levels below; ``deepest`` stands for the last level.
        case levels(UInt32, UInt32)
        case filter(Expression)
        case method(Method)
        case datetime(template: String?)
    }

    struct Subscript: Sendable {
        var first: Expression
        var last: Expression?
    }

    static let deepest = UInt32.max

    enum Comparison: String, Sendable {
        case equal = "=="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    enum Arithmetic: String, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
    }

    enum Method: String, Sendable, CaseIterable {
        case type, size, double, ceiling, floor, abs, keyvalue
    }
}

// MARK: Text

extension JSONPath: CustomStringConvertible {
    /// As PostgreSQL shows it.
    package var description: String {
        var text = isStrict ? "strict " : ""
        Self.append(expression, bracketed: true, to: &text)
        return text
    }

    private static func append(_ expression: Expression, bracketed: Bool, to text: inout String) {
        for (place, step) in expression.enumerated() {
            append(step, isFirst: place == 0, bracketed: bracketed || expression.count > 1, goesOn: place + 1 < expression.count, to: &text)
        }
    }

    private static func append(_ step: Step, isFirst: Bool, bracketed: Bool, goesOn: Bool, to text: inout String) {
        /// An operand stands in brackets unless it binds more firmly.
        func append(_ operand: Expression) {
            let isLoose = operand.count == 1 && operand[0].priority <= step.priority
            Self.append(operand, bracketed: isLoose, to: &text)
        }
        func append(_ first: Expression, _ word: String, _ second: Expression? = nil, _ rest: String = "") {
            if bracketed { text += "(" }
            append(first)
            text += " \(word)"
            if let second {
                text += " "
                append(second)
            }
            text += rest
            if bracketed { text += ")" }
        }
        func append(_ before: String, inside: Expression, _ after: String) {
            text += before
            Self.append(inside, bracketed: false, to: &text)
            text += after
        }
        let dot = isFirst ? "" : "."
        switch step {
        case .null: text += "null"
        case .bool(let bool): text += bool ? "true" : "false"
        case .number(let number): text += goesOn ? "(\(number.description))" : number.description
        case .string(let string): text += JSONText.quoted(string)
        case .variable(let name): text += "$" + JSONText.quoted(name)
        case .root: text += "$"
        case .current: text += "@"
        case .last: text += "last"
        case .and(let one, let two): append(one, "&&", two)
        case .or(let one, let two): append(one, "||", two)
        case .comparison(let comparison, let one, let two): append(one, comparison.rawValue, two)
        case .arithmetic(let arithmetic, let one, let two): append(one, arithmetic.rawValue, two)
        case .startsWith(let one, let two): append(one, "starts with", two)
        case .likeRegex(let operand, let pattern, let flags):
            append(operand, "like_regex \(JSONText.quoted(pattern))", nil, flags.isEmpty ? "" : " flag \"\(flags)\"")
        case .not(let operand): append("!(", inside: operand, ")")
        case .isUnknown(let operand): append("(", inside: operand, ") is unknown")
        case .exists(let operand): append("exists (", inside: operand, ")")
        case .sign(let isMinus, let operand):
            if bracketed { text += "(" }
            text += isMinus ? "-" : "+"
            append(operand)
            if bracketed { text += ")" }
        case .anyElement: text += "[*]"
        case .elements(let subscripts):
            for (place, one) in subscripts.enumerated() {
                text += place == 0 ? "[" : ","
                Self.append(one.first, bracketed: false, to: &text)
                if let last = one.last { append(" to ", inside: last, "") }
            }
            text += "]"
        case .anyField: text += dot + "*"
        case .field(let name): text += dot + JSONText.quoted(name)
        case .levels(let first, let last):
            func name(_ level: UInt32) -> String { level == deepest ? "last" : "\(level)" }
            text += dot + "**"
            if first == last {
                text += "{\(name(first))}"
            } else if first > 0 || last < deepest {
                text += "{\(name(first)) to \(name(last))}"
            }
        case .filter(let condition): append("?(", inside: condition, ")")
        case .method(let method): text += ".\(method.rawValue)()"
        case .datetime(let template): text += ".datetime(\(template.map(JSONText.quoted) ?? ""))"
        }
    }
}

extension JSONPath.Step {
    /// How firmly it binds.
    fileprivate var priority: Int {
        switch self {
        case .or: 0
        case .and: 1
        case .comparison, .startsWith: 2
        case .arithmetic(.add, _, _), .arithmetic(.subtract, _, _): 3
        case .arithmetic: 4
        case .sign: 5
        default: 6
        }
    }

    /// Whether it is a condition, which is no operand of arithmetic or a comparison.
    var isCondition: Bool {
        switch self {
        case .and, .or, .not, .isUnknown, .exists, .comparison, .startsWith, .likeRegex: true
        default: false
        }
    }
}
