import Testing

@testable import ReQLish

/// Each term has examples of what it makes of a null, of a value of the wrong type, and of grouped data, wherever that can be.
@Suite struct TermCoverageTests {
    private struct Seen {
        /// Stands with a null among its operands.
        var null: Set<TermType> = []
        /// Stands in a query that is refused.
        var refused: Set<TermType> = []
        /// Is applied to what was grouped.
        var grouped: Set<TermType> = []
    }

    private static let seen: Seen = {
        var seen = Seen()
        for file in LanguageFile.all {
            for example in (try? file.cases()) ?? [] {
                guard let tree = try? TermTree(text: example.query) else { continue }
                var pending = [tree.root]
                let isRefusal = if case .error(let kind, _) = example.expectation { kind != .nonExistence } else { false }
                if isRefusal { seen.refused.insert(tree.root.type) }
                while let term = pending.popLast() {
                    let operands = Array(term.arguments)
                    if operands.contains(where: isNull) { seen.null.insert(term.type) }
                    if let receiver = operands.first, isGrouped(receiver) { seen.grouped.insert(term.type) }
                    pending += operands + term.optionalArguments.map(\.term)
                }
            }
        }
        return seen
    }()

    private static func isNull(_ term: Term) -> Bool { term.type == .datum && term.datum.isNull }

    /// Whether the value is grouped: made by `group`, and by nothing that ends it since.
    private static func isGrouped(_ term: Term) -> Bool {
        var term = term
        while true {
            switch term.type {
            case .group: return true
            case .ungroup, .typeOf, .info, .datum, .variable: return false
            default:
                guard let receiver = term.arguments.first else { return false }
                term = receiver
            }
        }
    }

    @Test func everyTermHasAnExampleWithNull() {
        let missing = TermType.allCases.filter {
            !Self.seen.null.contains($0) && $0.facts.arity.upperBound > 0 && !Self.takesNoValue.union(Self.administration).contains($0)
        }
        #expect(missing.isEmpty, "no example with null: \(missing.map(\.name))")
    }

    @Test func everyTermHasAnExampleThatIsRefused() {
        let missing = TermType.allCases.filter {
            !Self.seen.refused.contains($0) && $0.facts.arity.upperBound > 0 && !Self.takesAnything.union(Self.administration).contains($0)
        }
        #expect(missing.isEmpty, "no example that is refused: \(missing.map(\.name))")
    }

    @Test func everyTermOfASequenceOrAValueHasAGroupedExample() {
        let missing = TermType.allCases.filter {
            !Self.seen.grouped.contains($0) && $0.facts.spelling == .method && !Self.administration.contains($0)
        }
        #expect(missing.isEmpty, "no grouped example: \(missing.map(\.name))")
    }

    // What is left out, and why.

    /// Literals, variables and functions have no operands; the keys of an order are no values; and what is not in this version.
    private static let takesNoValue: Set<TermType> = [.datum, .variable, .function, .implicitVariable, .asc, .desc, .javaScript, .http]

    /// These take a value of any type.
    private static let takesAnything: Set<TermType> = takesNoValue.union([.makeArray, .typeOf, .info])

    /// Terms of accounts and of write hooks, and the `between` of old drivers, which no text spells.
    private static let administration: Set<TermType> = [.grant, .setWriteHook, .getWriteHook, .betweenDeprecated]
}
