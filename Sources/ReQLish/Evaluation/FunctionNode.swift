/// A literal.
final class ConstantNode: Node {
    private let value: Datum
    /// What no array in it has more elements than.
    private let longestArrayBound: Int

    init(_ value: Datum, _ site: Site) {
        self.value = value
        longestArrayBound = value.longestArrayBound
        super.init(site)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value { .datum(try datum(execution)) }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        if longestArrayBound > execution.arrayLimit { try execution.checkArray(value.longestArrayCount, at: site) }
        return value
    }

    override func lookup(_ execution: Execution) throws(ReQLError) -> Datum? { try datum(execution) }
    override func test(_ execution: Execution) throws(ReQLError) -> Bool? { value.isTruthy }
    override var constant: Datum? { value }
}

/// A variable of a function around it.
final class VariableNode: Node {
    let slot: Slot

    init(_ slot: Slot, _ site: Site) {
        self.slot = slot
        super.init(site)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value { slot.value }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        if case .datum(let datum) = slot.value { return datum }
        return try slot.value.datum(execution, at: site)
    }

    override func lookup(_ execution: Execution) throws(ReQLError) -> Datum? {
        if case .datum(let datum) = slot.value { return datum }
        return try slot.value.datum(execution, at: site)
    }

    /// A variable of a function around this one keeps its value as long as rows are read.
    override func value(besides slot: Slot) -> Datum? {
        if self.slot !== slot, case .datum(let datum) = self.slot.value { datum } else { nil }
    }
}

/// A function written in the query.
final class FunctionNode: Node {
    let function: CompiledFunction
    /// Whether the body is literally an object, which `filter` reads as a pattern.
    let hasObjectBody: Bool
    let text: Term
    /// The variables of the functions around it.
    let captured: [(id: Int, slot: Slot)]

    init(
        _ function: CompiledFunction, hasObjectBody: Bool, text: Term, captured: [(id: Int, slot: Slot)] = [], _ site: Site
    ) {
        self.captured = captured
        self.function = function
        self.hasObjectBody = hasObjectBody
        self.text = text
        super.init(site, determinism: function.determinism)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value { .function(function) }

    /// The function as a predicate of rows.
    var predicate: Function { hasObjectBody ? ComputedPatternFunction(function) : function }
}
