/// A compiled term. A tree of nodes is a plan; evaluating its root runs the query.
///
/// A subclass overrides `evaluate`, or, if it always yields a datum, derives from ``DatumNode`` and overrides `datum`.
/// Nodes hold their variables' slots, so one plan serves one execution at a time.
class Node {
    let site: Site
    /// Whether evaluating twice gives the same value; the worst of the term itself and of everything below it.
    final var determinism: Determinism
    /// Whether the value may be grouped data, so that terms applied to it must look.
    final var mayBeGrouped = false

    init(_ site: Site, determinism: Determinism = .always) {
        self.site = site
        self.determinism = determinism
    }

    func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        preconditionFailure("\(type(of: self)) does not say how it is evaluated")
    }

    /// The value, of which nobody will look at more than the first rows; nil where that makes nothing easier.
    func evaluate(_ execution: Execution, first count: Int) throws(ReQLError) -> Value? { nil }

    func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        try evaluate(execution).datum(execution, at: site)
    }

    /// The datum, or nil where `datum` would throw `nonExistence`. Nodes that meet missing fields row after row override this, so
    /// that no error is put together only to be swallowed.
    func lookup(_ execution: Execution) throws(ReQLError) -> Datum? {
        do {
            return try datum(execution)
        } catch  where error.kind == .nonExistence {
            return nil
        }
    }

    /// The truth of the value as a filter sees it; nil where `datum` would throw `nonExistence`.
    func test(_ execution: Execution) throws(ReQLError) -> Bool? {
        try lookup(execution)?.isTruthy
    }

    /// Whether the value counts as true.
    func truth(_ execution: Execution) throws(ReQLError) -> Bool {
        switch try evaluate(execution) {
        case .datum(let datum): datum.isTruthy
        case .row(let row): try row.datum(at: site).isTruthy
        case let other: try other.datum(execution, at: site).isTruthy
        }
    }

    /// The value, if the term is a literal that needs no evaluation.
    var constant: Datum? { nil }

    // MARK: Stored documents

    // A filter inside a function compares with the variables around it, so tests are made of nodes when rows are opened, not of terms.

    /// The field of the row in `slot` that this node is, if it is one.
    func field(of slot: Slot) -> String? { nil }

    /// The node's value for every row of a function of `slot`, if that is known.
    func value(besides slot: Slot) -> Datum? { constant }

    /// What `test` says of the row in `slot`, as a test of stored documents; nil if that takes more than their bytes.
    func documentTest(of slot: Slot) -> DocumentTest? { scalar(besides: slot).map { .constant($0.isTruthy) } }

    /// The value for every row, if it can be compared with fields.
    final func scalar(besides slot: Slot) -> Datum? {
        value(besides: slot).flatMap { DocumentTest.canCompare(with: $0) ? $0 : nil }
    }
}

/// A node of a term with arguments, which it keeps: it takes each from there when it is evaluated.
///
/// Nodes that are evaluated for every row, and do little themselves, keep their operands beside it.
class TermNode: Node {
    final let call: Call

    init(_ call: Call) {
        self.call = call
        super.init(call.site, determinism: call.determinism)
    }

    /// The first argument: what the term is a method of.
    final var receiver: Node { call[0] }
}

/// A node whose value is always a datum.
class DatumNode: TermNode {
    final override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        .datum(try datum(execution))
    }

    override func truth(_ execution: Execution) throws(ReQLError) -> Bool {
        try datum(execution).isTruthy
    }
}

extension Sequence<Node> {
    /// The least deterministic of all.
    var determinism: Determinism { reduce(.always) { Swift.max($0, $1.determinism) } }
}

// MARK: - Reading arguments

// Errors carry the place of the argument itself.
extension Node {
    func rows(_ execution: Execution) throws(ReQLError) -> Rows {
        try receivedValue(execution).rows(execution, at: site)
    }

    /// The value for the term around this one, which takes rows from it: at most `count`, where given. The time that this
    /// takes is part of the plan.
    func receivedValue(_ execution: Execution, first count: Int? = nil) throws(ReQLError) -> Value {
        func value() throws(ReQLError) -> Value {
            if let count, let value = try evaluate(execution, first: count) { return value }
            return try evaluate(execution)
        }
        guard let recorder = execution.recorder else { return try value() }
        return try recorder.measure(site, value)
    }

    func table(_ execution: Execution) throws(ReQLError) -> TableRows {
        let table = try evaluate(execution).table(at: site)
        if let recorder = execution.recorder { recorder.meet(table, at: site, execution) }
        return table
    }

    func string(_ execution: Execution) throws(ReQLError) -> String {
        let datum = try datum(execution)
        guard let string = datum.string else { throw site.mismatch(datum, expected: "a STRING") }
        return string
    }

    func number(_ execution: Execution) throws(ReQLError) -> Double {
        let datum = try datum(execution)
        guard let number = datum.number else { throw site.mismatch(datum, expected: "a NUMBER") }
        return number
    }

    /// An integer that fits 32 bits, as positions and counts do.
    func integer(_ execution: Execution) throws(ReQLError) -> Int {
        let datum = try datum(execution)
        return try site.locating(TypeCheck.integer32(datum))
    }

    /// The truth of an option: of any value, as RethinkDB reads it.
    func bool(_ execution: Execution) throws(ReQLError) -> Bool {
        try datum(execution).isTruthy
    }

    /// The value as a predicate of rows, as filters take them: a function whose body is an object gives a pattern.
    func predicate(_ execution: Execution) throws(ReQLError) -> Function {
        if let written = self as? FunctionNode { return written.predicate }
        return try function(execution, .predicate)
    }

    /// The value as a function of rows: a function as it is, anything else by what `shorthand` makes of it.
    func function(_ execution: Execution, _ shorthand: Shorthand) throws(ReQLError) -> Function {
        let value = try evaluate(execution)
        if case .function(let function) = value { return function }
        if shorthand == .none { throw value.noFunction(at: site) }
        switch value {
        case .datum(let datum): return shorthand.function(of: datum, at: site)
        case .row(let row): return shorthand.function(of: try row.datum(at: site), at: site)
        default: return ConstantFunction(value, site: site)
        }
    }
}

/// What a term that takes a function makes of a value that is none.
enum Shorthand {
    /// Nothing: only a function will do.
    case none
    /// The value for every row.
    case constant
    /// The name of a field to get. Anything else is an error once there is a row.
    case field
    /// An object is a pattern for rows.
    case predicate

    func function(of datum: Datum, at site: Site) -> Function {
        switch self {
        case .none, .constant:
            return ConstantFunction(.datum(datum), site: site)
        case .field:
            if let name = datum.string { return FieldFunction(name, site: site) }
            return RefusedFunction(datum, site: site)
        case .predicate:
            if datum.kind == .object { return PatternFunction(datum, site: site) }
            return ConstantFunction(.datum(datum), site: site)
        }
    }
}
