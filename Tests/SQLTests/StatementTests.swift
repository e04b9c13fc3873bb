import Testing

@testable import SQL

/// Statements whose trees and errors are known. Those of the errors are PostgreSQL's own, asked for each statement.
@Suite struct StatementTests {
    @Test(arguments: try StatementExample.read("accepted.txt"))
    func accepted(example: StatementExample) throws {
        let statements = try Script(example.statement).statements.map(\.statement)
        #expect(Self.shown(statements) == example.answer)
    }

    @Test(arguments: try StatementExample.read("refused.txt"))
    func refused(example: StatementExample) {
        do throws(SQLError) {
            let script = try Script(example.statement)
            Issue.record("read as \(script.statements)")
        } catch {
            let position = error.position.map { " \($0)" } ?? ""
            #expect("\(error.state.rawValue)\(position) \(error.message.replacing("\n", with: "\\n"))" == example.answer)
        }
    }

    /// A query or a change as it is printed, another statement as its tree.
    static func shown(_ statements: [Statement]) -> String {
        statements.map { Printer.text($0) ?? TreeText.text($0) }.joined(separator: "; ").replacing("\n", with: "\\n")
    }
}

/// A tree as text, from its labels and values, without positions.
enum TreeText {
    static func text(_ value: Any) -> String {
        switch value {
        case let name as Name: return "`" + (name.written ?? name.text) + "`"
        case let name as QualifiedName: return "`" + name.parts.map(\.text).joined(separator: ".") + "`"
        case let type as TypeName: return "`" + Printer.text(type) + "`"
        case let expression as Expression: return "`" + Printer.text(expression) + "`"
        case let query as Query: return "`" + Printer.text(query) + "`"
        case let string as String: return "'" + string + "'"
        default: break
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.map { text($0.value) } ?? ""
        case .collection: return "[" + mirror.children.map { text($0.value) }.joined(separator: ", ") + "]"
        case .enum:
            guard let (label, payload) = mirror.children.first.map({ ($0.label ?? "", $0.value) }) else { return "\(value)" }
            return label + "("
                + fields(
                    Mirror(reflecting: payload).displayStyle == .tuple ? Array(Mirror(reflecting: payload).children) : [(nil, payload)])
                + ")"
        case .struct, .tuple: return fields(Array(mirror.children))
        default: return "\(value)"
        }
    }

    /// What says something: positions, absent values, empty lists and `false` are left out.
    private static func fields(_ children: [Mirror.Child]) -> String {
        children.compactMap { label, value -> String? in
            if value is Position { return nil }
            if let flag = value as? Bool { return flag ? label ?? "true" : nil }
            let shown = text(value)
            return shown.isEmpty || shown == "[]" ? nil : shown
        }.joined(separator: " ")
    }
}
