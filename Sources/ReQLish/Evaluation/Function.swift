/// Something that is called with rows: a compiled function, or what a term makes of a shorthand.
class Function {
    let site: Site
    /// The number of parameters; nil takes any number.
    let arity: Int?
    let determinism: Determinism

    init(site: Site, arity: Int?, determinism: Determinism = .always) {
        self.site = site
        self.arity = arity
        self.determinism = determinism
    }

    /// Calls with arguments of any kind. What comes back stays good after the next call.
    func call(_ execution: Execution, _ arguments: [Value]) throws(ReQLError) -> Value {
        preconditionFailure("\(type(of: self)) does not say how it is called")
    }

    /// The same with one row.
    func call(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Value { try call(execution, [.datum(row)]) }

    /// The result for one row, as a datum.
    func datum(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum {
        try call(execution, row).datum(execution, at: site)
    }

    func datum(_ execution: Execution, _ first: Datum, _ second: Datum) throws(ReQLError) -> Datum {
        try call(execution, [.datum(first), .datum(second)]).datum(execution, at: site)
    }

    /// The result for one row, or nil where it raises `nonExistence`.
    func lookup(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum? {
        do {
            return try datum(execution, row)
        } catch  where error.kind == .nonExistence {
            return nil
        }
    }

    /// The truth for one row, or nil where it raises `nonExistence`.
    func test(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Bool? {
        try lookup(execution, row)?.isTruthy
    }

    /// What `test` says of a row, as a test of stored documents; nil if that takes more than their bytes, and the function is called for each
    /// row. Good as long as the variables of the functions around this one keep their values.
    var documentTest: DocumentTest? { nil }

    /// The top-level field that this function gets of a row, and nothing else.
    var topLevelField: String? { nil }

    final func wrongArity(_ count: Int) -> ReQLError {
        let takes = arity ?? 0
        return site.error(.queryLogic, "The function takes \(takes) argument\(takes == 1 ? "" : "s"), and was called with \(count).")
    }
}

/// A variable's place while its function runs. Reading a variable reads the slot; there is nothing to look up.
final class Slot {
    var value: Value = .null
}

/// A FUNC term.
final class CompiledFunction: Function {
    let parameters: [Slot]
    /// The first two of them, which calls by rows go by.
    private let first: Slot?
    private let second: Slot?
    let body: Node

    init(parameters: [Slot], body: Node, site: Site) {
        self.parameters = parameters
        first = parameters.first
        second = parameters.count > 1 ? parameters[1] : nil
        self.body = body
        // A function without parameters takes any number of arguments.
        super.init(site: site, arity: parameters.isEmpty ? nil : parameters.count, determinism: body.determinism)
    }

    @inline(__always) private func bind(_ row: Datum) throws(ReQLError) {
        guard let first else { return }
        guard second == nil else { throw wrongArity(1) }
        first.value = .datum(row)
    }

    override func call(_ execution: Execution, _ arguments: [Value]) throws(ReQLError) -> Value {
        if !parameters.isEmpty {
            guard parameters.count == arguments.count else { throw wrongArity(arguments.count) }
            for (slot, argument) in zip(parameters, arguments) { slot.value = argument }
        }
        return try evaluate(execution)
    }

    override func call(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Value {
        try bind(row)
        return try evaluate(execution)
    }

    private func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try body.evaluate(execution)
        if let recorder = execution.recorder, case .rows(let rows) = value { recorder.meet(rows, at: body.site, execution) }
        return try settle(value, execution)
    }

    /// A stream is pulled after the function returned, perhaps after its next call: it takes the variables of this call along.
    private func settle(_ value: Value, _ execution: Execution) throws(ReQLError) -> Value {
        guard first != nil else { return value }
        switch value {
        case .rows(let rows): return .rows(rows.binding(parameters))
        case .grouped(let grouped): return .grouped(try grouped.materialized(execution, at: site))
        default: return value
        }
    }

    override func datum(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum {
        try bind(row)
        return try body.datum(execution)
    }

    override func datum(_ execution: Execution, _ left: Datum, _ right: Datum) throws(ReQLError) -> Datum {
        if let first {
            guard let second, parameters.count == 2 else { throw wrongArity(2) }
            first.value = .datum(left)
            second.value = .datum(right)
        }
        return try body.datum(execution)
    }

    override func lookup(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum? {
        try bind(row)
        return try body.lookup(execution)
    }

    override func test(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Bool? {
        try bind(row)
        return try body.test(execution)
    }

    override var documentTest: DocumentTest? { parameters.count == 1 ? body.documentTest(of: parameters[0]) : nil }
    override var topLevelField: String? { parameters.count == 1 ? body.field(of: parameters[0]) : nil }
}

/// The same value whatever the row.
final class ConstantFunction: Function {
    let value: Value

    init(_ value: Value, site: Site) {
        self.value = value
        super.init(site: site, arity: nil)
    }

    override func call(_ execution: Execution, _ arguments: [Value]) throws(ReQLError) -> Value { value }
}

/// A field's name in place of a function.
final class FieldFunction: Function {
    let name: String

    init(_ name: String, site: Site) {
        self.name = name
        super.init(site: site, arity: 1)
    }

    override func call(_ execution: Execution, _ arguments: [Value]) throws(ReQLError) -> Value {
        guard arguments.count == 1 else { throw wrongArity(arguments.count) }
        return .datum(try datum(execution, try arguments[0].datum(execution, at: site)))
    }

    override func datum(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum {
        guard let value = try lookup(execution, row) else { throw site.missingField(name, of: row) }
        return value
    }

    override func lookup(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum? {
        guard row.isNull || row.isPlainObject else { throw site.mismatch(row, expected: "an OBJECT") }
        return row[field: name]
    }

    override var topLevelField: String? { name }
}

/// An object in place of a filter's function: each field it gives must match.
final class PatternFunction: Function {
    let pattern: Datum
    /// The pattern's fields, if none is an object: a row is then tested by equality alone.
    let flatFields: [(name: String, value: Datum)]?

    init(_ pattern: Datum, site: Site) {
        self.pattern = pattern
        flatFields = pattern.fields.contains { $0.value.kind == .object } ? nil : pattern.fields.map { ($0.key, $0.value) }
        super.init(site: site, arity: nil)
    }

    override func test(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Bool? {
        guard let flatFields, row.isPlainObject else { return try super.test(execution, row) }
        for field in flatFields {
            guard let value = row[field: field.name] else { return nil }
            if value != field.value { return false }
        }
        return true
    }

    override func call(_ execution: Execution, _ arguments: [Value]) throws(ReQLError) -> Value {
        guard let row = arguments.first else { throw wrongArity(0) }
        return .datum(try datum(execution, try row.datum(execution, at: site)))
    }

    override func datum(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum {
        return Datum(try site.locating(Merge.matches(row, predicate: pattern)))
    }

    override var documentTest: DocumentTest? {
        guard let flatFields, flatFields.allSatisfy({ DocumentTest.canCompare(with: $0.value) }) else { return nil }
        return .all(flatFields.map { .compare(field: $0.name, .equal, $0.value) })
    }
}

/// A function whose body is an object: what it answers is a pattern for the row that it was given.
final class ComputedPatternFunction: Function {
    private let function: CompiledFunction

    init(_ function: CompiledFunction) {
        self.function = function
        super.init(site: function.site, arity: function.arity, determinism: function.determinism)
    }

    override func datum(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum {
        let pattern = try function.datum(execution, row)
        return Datum(try site.locating(Merge.matches(row, predicate: pattern)))
    }
}

/// A value that can't be the name of a field. As long as there is no row, nobody minds.
final class RefusedFunction: Function {
    private let value: Datum

    init(_ value: Datum, site: Site) {
        self.value = value
        super.init(site: site, arity: nil)
    }

    override func call(_ execution: Execution, _ arguments: [Value]) throws(ReQLError) -> Value {
        throw site.mismatch(value, expected: "a FUNCTION, or a STRING that names a field")
    }
}

extension Site {
    /// The error of a term that takes fields of objects, or of the elements of a sequence.
    func noFields(_ datum: Datum, _ type: TermType) -> ReQLError {
        if datum.kind == .time || datum.isPseudoTypeObject {
            return error(.queryLogic, "Cannot call `\(type.name)` on objects of type `\(datum.typeName)`.")
        }
        let kind: ReQLError.Kind = datum.isNull ? .nonExistence : .queryLogic
        return error(kind, "Cannot perform \(type.name) on a non-object non-sequence `\(datum.shortText)`.")
    }

    func missingField(_ name: String, of row: Datum) -> ReQLError {
        if row.isNull { return error(.nonExistence, "Expected an OBJECT with the field `\(name)`, found null.") }
        return error(.nonExistence, "No attribute `\(name)` in object:\n\(row.shownInFull)")
    }
}
