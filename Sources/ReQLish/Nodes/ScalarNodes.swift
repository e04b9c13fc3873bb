/// A term of one datum.
final class UnaryNode: DatumNode {
    typealias Body = (Datum) throws(ReQLError) -> Datum

    private let operand: Node
    private let body: Body

    init(_ call: Call, _ body: @escaping Body) {
        operand = call[0]
        self.body = body
        super.init(call)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let datum = try operand.datum(execution)
        return try site.locating(body(datum))
    }
}

/// A term of two datums.
final class BinaryNode: DatumNode {
    typealias Body = (Datum, Datum, Execution) throws(ReQLError) -> Datum

    private let left: Node
    private let right: Node
    private let body: Body

    init(_ call: Call, _ body: @escaping Body) {
        left = call[0]
        right = call[1]
        self.body = body
        super.init(call)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let first = try left.datum(execution)
        let second = try right.datum(execution)
        return try site.locating(body(first, second, execution))
    }
}

/// A term of any number of datums, evaluated from left to right.
final class VariadicNode: DatumNode {
    typealias Body = ([Datum], Execution) throws(ReQLError) -> Datum

    private let body: Body

    init(_ call: Call, _ body: @escaping Body) {
        self.body = body
        super.init(call)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        var datums: [Datum] = []
        datums.reserveCapacity(call.count)
        // There may be as many of them as a query has room for.
        var held: HeldMemory?
        defer { withExtendedLifetime(held) {} }
        for operand in call.arguments {
            let datum = try operand.datum(execution)
            if datum.isWorthCounting {
                held = held ?? HeldMemory(execution.memory)
                try site.locating(held?.add(datum))
            }
            datums.append(datum)
        }
        return try site.locating(body(datums, execution))
    }
}

/// `add`, `sub` and their like: a fold from the left. One argument is answered as it is.
final class FoldingNode: DatumNode {
    typealias Body = (Datum, Datum, Execution) throws(ReQLError) -> Datum

    private let first: Node
    private let second: Node?
    private let others: [Node]
    private let body: Body

    init(_ call: Call, _ body: @escaping Body) {
        first = call[0]
        second = call.count > 1 ? call[1] : nil
        others = Array(call.arguments.dropFirst(2))
        self.body = body
        super.init(call)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let start = try first.datum(execution)
        guard let second else { return start }
        let operand = try second.datum(execution)
        let result = try site.locating(body(start, operand, execution))
        return others.isEmpty ? result : try folded(from: result, execution)
    }

    private func folded(from start: Datum, _ execution: Execution) throws(ReQLError) -> Datum {
        var result = start
        for other in others {
            let operand = try other.datum(execution)
            result = try site.locating(body(result, operand, execution))
        }
        return result
    }
}

/// A comparison. Never fails on types.
final class ComparisonNode: DatumNode {
    let first: Node
    let second: Node
    let others: [Node]
    let relation: Comparison

    init(_ call: Call, _ relation: Comparison) {
        first = call[0]
        second = call[1]
        others = Array(call.arguments.dropFirst(2))
        self.relation = relation
        super.init(call)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let left = try first.datum(execution)
        let right = try second.datum(execution)
        if others.isEmpty { return Datum(relation.holds(left, right)) }
        var datums = [left, right]
        for operand in others { datums.append(try operand.datum(execution)) }
        return Datum(relation.holds(datums))
    }

    override func test(_ execution: Execution) throws(ReQLError) -> Bool? {
        guard others.isEmpty else { return try super.test(execution) }
        guard let left = try first.lookup(execution), let right = try second.lookup(execution) else { return nil }
        return relation.holds(left, right)
    }

    override func documentTest(of slot: Slot) -> DocumentTest? {
        guard others.isEmpty else { return nil }
        if let field = first.field(of: slot), let constant = second.scalar(besides: slot) {
            return .compare(field: field, relation, constant)
        }
        if let field = second.field(of: slot), let constant = first.scalar(besides: slot) {
            return .compare(field: field, relation.turned, constant)
        }
        return nil
    }
}

/// `[a, b, …]` with something to compute in it.
final class MakeArrayNode: DatumNode {
    var elements: [Node] { call.arguments }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        // They go into the array as they come, and count as parts of it.
        var array = DatumBuilder()
        try site.building(array.beginArray())
        for element in elements {
            let datum = try element.datum(execution)
            try site.building(array.append(datum))
        }
        try execution.checkArray(elements.count, at: site)
        try site.building(array.endArray())
        return array.finish()
    }
}

/// `{a: …, b: …}` with something to compute in it.
final class MakeObjectNode: DatumNode {
    var fields: [(name: String, node: Node)] { call.options }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        var object = DatumBuilder()
        try site.building(object.beginObject())
        for field in fields {
            let datum = try field.node.datum(execution)
            object.key(field.name)
            try site.building(object.append(datum))
        }
        try site.building(object.endObject())
        return object.finish()
    }
}

/// `literal(x)`, in its few legal places.
final class LiteralNode: DatumNode {
    private var value: Node? { call.arguments.first }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let value = try value?.datum(execution)
        return try site.locating(Merge.literal(value))
    }
}

/// `match`. The expression is compiled once as long as it stays the same.
final class MatchNode: DatumNode {
    private var compiled: (source: Datum, expression: RegularExpression)?

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let subject = try receiver.datum(execution)
        let source = try call[1].string(execution)
        return try site.locating(Strings.match(subject, regularExpression(source)))
    }

    private func regularExpression(_ source: String) throws(ReQLError) -> RegularExpression {
        if let compiled, compiled.source == Datum(source) { return compiled.expression }
        let expression = try RegularExpression(source)
        compiled = (Datum(source), expression)
        return expression
    }
}

/// `now()`: one moment for the whole query.
final class NowNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum { execution.now() }
}
