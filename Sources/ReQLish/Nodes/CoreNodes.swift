/// `do(a, b, (x, y) => …)`.
final class FunctionCallNode: TermNode {
    private var function: Node { call[0] }
    private var arguments: ArraySlice<Node> { call.arguments.dropFirst() }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        // What variables hold, as long as the function runs; what is small is left out.
        var held: HeldMemory?
        defer { withExtendedLifetime(held) {} }
        for argument in arguments {
            let value = try argument.evaluate(execution)
            if case .datum(let datum) = value, datum.isWorthCounting {
                held = held ?? HeldMemory(execution.memory)
                try site.locating(held?.add(datum))
            }
            // A row is passed as what it holds.
            if case .row(let row) = value {
                values.append(.datum(try row.datum(at: argument.site)))
            } else {
                values.append(value)
            }
        }
        let function = try function.function(execution, .constant)
        guard let first = values.first, case .grouped(let grouped) = first else { return try function.call(execution, values) }
        return .grouped(
            try grouped.mapGroups(execution, at: call[1].site) { group throws(ReQLError) in
                values[0] = group
                return try function.call(execution, values)
            })
    }
}

/// `branch(test, then, test, then, …, else)`.
final class BranchNode: TermNode {
    private let branches: [(test: Node, value: Node)]
    private let otherwise: Node

    init(checked call: Call) throws(ReQLError) {
        guard call.count % 2 == 1 else {
            throw call.site.error(.queryLogic, "`branch` takes an odd number of arguments: tests with values, and one last value.")
        }
        branches = stride(from: 0, to: call.count - 1, by: 2).map { (call[$0], call[$0 + 1]) }
        otherwise = call[call.count - 1]
        super.init(call)
    }

    private func chosen(_ execution: Execution) throws(ReQLError) -> Node {
        for branch in branches where try branch.test.truth(execution) { return branch.value }
        return otherwise
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        try chosen(execution).evaluate(execution)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        try chosen(execution).datum(execution)
    }
}

/// `and` and `or`: the value that decided, unchanged.
final class LogicNode: DatumNode {
    private let operands: [Node]
    /// The truth that ends the evaluation: true for `or`.
    private let decisive: Bool

    override init(_ call: Call) {
        operands = call.arguments
        decisive = call.type == .or
        super.init(call)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        var last = Datum(!decisive)
        for operand in operands {
            last = try operand.datum(execution)
            if last.isTruthy == decisive { return last }
        }
        return last
    }

    override func test(_ execution: Execution) throws(ReQLError) -> Bool? {
        for operand in operands {
            guard let truth = try operand.test(execution) else { return nil }
            if truth == decisive { return decisive }
        }
        return !decisive
    }

    override func documentTest(of slot: Slot) -> DocumentTest? {
        let tests = operands.compactMap { $0.documentTest(of: slot) }
        guard tests.count == operands.count else { return nil }
        return decisive ? .any(tests) : .all(tests)
    }
}

/// `not`.
final class NotNode: DatumNode {
    private let operand: Node

    override init(_ call: Call) {
        operand = call[0]
        super.init(call)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        Datum(!(try operand.truth(execution)))
    }

    override func test(_ execution: Execution) throws(ReQLError) -> Bool? {
        guard let truth = try operand.test(execution) else { return nil }
        return !truth
    }

    override func documentTest(of slot: Slot) -> DocumentTest? { operand.documentTest(of: slot).map { .not($0) } }
}

/// `error("…")`, and `error()`, which raises again what `default` or a filter caught.
final class ErrorNode: TermNode {
    private var message: Node? { call.arguments.first }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        if let message { throw site.error(.user, try message.string(execution)) }
        var error = site.error(.queryLogic, "`error()` without a message only has a meaning inside `default`.")
        error.raisesAgain = true
        throw error
    }
}

/// `x.default(y)`: y where x is null or not there.
final class DefaultNode: TermNode {
    private var operand: Node { call[0] }
    private var otherwise: Node { call[1] }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let caught: ReQLError
        do {
            let value = try operand.evaluate(execution)
            switch value {
            case .datum(let datum) where !datum.isNull: return value
            case .datum: return try replacement(execution, for: nil)
            case .row(let row):
                return try row.datum(at: operand.site).isNull ? try replacement(execution, for: nil) : value
            default: return value
            }
        } catch  where error.kind == .nonExistence {
            caught = error
        }
        return try replacement(execution, for: caught)
    }

    /// - Parameter caught: nil if the value was null.
    private func replacement(_ execution: Execution, for caught: ReQLError?) throws(ReQLError) -> Value {
        do {
            let value = try otherwise.evaluate(execution)
            guard case .function(let function) = value else { return value }
            return try function.call(execution, [caught.map { .datum(Datum($0.message)) } ?? .null])
        } catch  where error.raisesAgain {
            if let caught { throw caught }
            return .null
        }
    }
}

/// A term that always fails.
final class FailingNode: Node {
    private let kind: ReQLError.Kind
    private let message: String

    init(_ kind: ReQLError.Kind, _ message: String, _ site: Site) {
        self.kind = kind
        self.message = message
        super.init(site)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        throw site.error(kind, message)
    }
}
