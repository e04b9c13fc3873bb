/// `getField`, and `bracket` with a string: a field of an object, or of each element of a sequence.
final class FieldNode: Node {
    let receiver: Node
    let name: String

    init(_ receiver: Node, _ name: String, _ site: Site) {
        self.receiver = receiver
        self.name = name
        super.init(site, determinism: receiver.determinism)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try receiver.evaluate(execution)
        guard value.isSequence else { return .datum(try field(of: try value.datum(execution, at: receiver.site))) }
        return try overSequence(try value.rows(execution, at: receiver.site)).value(execution, at: site)
    }

    private func overSequence(_ rows: Rows) -> Rows {
        CompactMapRows(rows, determinism: .always, wanted: .value(name)) { [name, site] row throws(ReQLError) in
            if row.isNull || row.isPlainObject { return row[field: name] }
            throw site.mismatch(row, expected: "an OBJECT")
        }
    }

    private func field(of object: Datum) throws(ReQLError) -> Datum {
        if object.isPlainObject {
            if let value = object[field: name] { return value }
            throw site.missingField(name, of: object)
        }
        throw site.noFields(object, .bracket)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        if let variable = receiver as? VariableNode, case .datum(let row) = variable.slot.value, row.kind == .object {
            return try field(of: row)
        }
        return try evaluate(execution).datum(execution, at: site)
    }

    override func lookup(_ execution: Execution) throws(ReQLError) -> Datum? {
        guard let object = try receiver.lookup(execution) else { return nil }
        if object.isNull || object.isPlainObject { return object[field: name] }
        if object.kind == .array {
            return try overSequence(ArrayRows(object)).value(execution, at: site).datum(execution, at: site)
        }
        throw site.noFields(object, .bracket)
    }

    override func field(of slot: Slot) -> String? {
        guard let variable = receiver as? VariableNode, variable.slot === slot else { return nil }
        return name
    }

    override func documentTest(of slot: Slot) -> DocumentTest? { field(of: slot).map { .truth(field: $0) } }
}

/// `getField` and `bracket` whose last argument is computed: a name or a position.
final class BracketNode: TermNode {
    private var selector: Node { call[1] }
    private var allowsPositions: Bool { call.type == .bracket }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try receiver.evaluate(execution)
        let selected = try selector.datum(execution)
        let held = HoldNode(receiver.site)
        held.value = value
        if let name = selected.string { return try FieldNode(held, name, site).evaluate(execution) }
        guard allowsPositions, selected.kind == .number else {
            throw selector.site.mismatch(selected, expected: allowsPositions ? "a STRING or a NUMBER" : "a STRING")
        }
        return try NthNode(held, ConstantNode(selected, selector.site), site).evaluate(execution)
    }
}

/// A value put where a term's receiver stood.
final class HoldNode: Node {
    var value: Value = .null

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value { value }
}

/// Terms that take an object, or a sequence of objects: `hasFields`, `pluck`, `without`.
final class FieldPathsNode: TermNode, GroupStage {
    private var specifications: ArraySlice<Node> { call.arguments.dropFirst() }
    private var type: TermType { call.type }
    /// The paths, where all are literals. A bad path is reported when the term is evaluated, like any other error of its arguments.
    private lazy var literalPaths: FieldPaths? = {
        let literals = specifications.compactMap(\.constant)
        return literals.count == specifications.count ? try? FieldPaths(literals) : nil
    }()

    private func paths(_ execution: Execution) throws(ReQLError) -> FieldPaths {
        if let literalPaths { return literalPaths }
        var datums: [Datum] = []
        for specification in specifications { datums.append(try specification.datum(execution)) }
        return try site.locating(FieldPaths(datums))
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try receiver.evaluate(execution)
        if value.isSequence {
            let rows = try value.rows(execution, at: receiver.site)
            let keepsRows = type == .hasFields
            return try CompactMapRows(
                rows, kind: keepsRows ? rows.kind.filtered : nil, determinism: specifications.determinism,
                wanted: type == .pluck ? literalPaths?.topLevelNames.map { .object($0) } : nil, transform(execution)
            ).value(execution, at: site)
        }
        let datum = try value.datum(execution, at: receiver.site)
        if type == .withFields { throw receiver.site.mismatch(datum, expected: "a SEQUENCE") }
        if !datum.isPlainObject { throw receiver.site.noFields(datum, type) }
        let paths = try paths(execution)
        return .datum(
            try site.locating(
                type == .hasFields ? Datum(paths.areAll(in: datum)) : type == .pluck ? paths.pluck(datum) : paths.without(datum)))
    }

    /// What becomes of one row of a sequence; nil leaves it out.
    private func transform(_ execution: Execution) -> (Datum) throws(ReQLError) -> Datum? {
        let late = Late { () throws(ReQLError) in try self.paths(execution) }
        return { [type, site] row throws(ReQLError) in
            let paths = try late.value()
            return switch type {
            case .hasFields: row.isNull ? nil : try site.locating(paths.areAll(in: row) ? row : nil)
            case .pluck: try site.locating(paths.pluck(row))
            case .without: try site.locating(paths.without(row))
            default: row.isNull ? nil : try site.locating(paths.withFields(row))
            }
        }
    }

    func stage(_ execution: Execution) throws(ReQLError) -> RowStage {
        .compactMap(transform(execution))
    }
}

/// `merge`: objects or functions onto an object, or onto each element of a sequence.
final class MergeNode: TermNode, GroupStage {
    private let additions: [Node]

    override init(_ call: Call) {
        additions = Array(call.arguments.dropFirst())
        super.init(call)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try receiver.evaluate(execution)
        if value.isSequence {
            let rows = try value.rows(execution, at: receiver.site)
            return try CompactMapRows(rows, determinism: additions.determinism, transform(execution)).value(execution, at: site)
        }
        let datum = try value.datum(execution, at: receiver.site)
        if !datum.isPlainObject { throw receiver.site.noFields(datum, .merge) }
        return .datum(try merging(datum, with: try functions(execution), execution))
    }

    private func functions(_ execution: Execution) throws(ReQLError) -> [Function] {
        var functions: [Function] = []
        functions.reserveCapacity(additions.count)
        for addition in additions { functions.append(try addition.function(execution, .constant)) }
        return functions
    }

    private func merging(_ object: Datum, with functions: [Function], _ execution: Execution) throws(ReQLError) -> Datum {
        var merged = object
        for function in functions {
            let addition = try function.datum(execution, merged)
            merged = try site.locating(Merge.merge(merged, addition))
        }
        return merged
    }

    private func transform(_ execution: Execution) -> (Datum) throws(ReQLError) -> Datum? {
        let functions = Late { () throws(ReQLError) in try self.functions(execution) }
        return { row throws(ReQLError) in
            try self.site.locating(TypeCheck.object(row))
            return try self.merging(row, with: try functions.value(), execution)
        }
    }

    func stage(_ execution: Execution) throws(ReQLError) -> RowStage {
        .compactMap(transform(execution))
    }
}
