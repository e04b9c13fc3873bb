/// `contains`: each value is met by an element of its own, each function by some element.
final class ContainsNode: DatumNode {
    private var wanted: ArraySlice<Node> { call.arguments.dropFirst() }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let rows = try receiver.rows(execution)
        var values: [Datum] = []
        var functions: [Function] = []
        for node in wanted {
            let value = try node.evaluate(execution)
            if case .function(let function) = value {
                functions.append(function)
            } else {
                values.append(try value.datum(execution, at: node.site))
            }
        }
        let stream = try rows.stream(execution)
        if wanted.isEmpty { return Datum(try stream.next() != nil) }
        while let row = try stream.next() {
            if let position = values.firstIndex(of: row) { values.remove(at: position) }
            // One element satisfies one function at most.
            for position in functions.indices where try functions[position].datum(execution, row).isTruthy {
                functions.remove(at: position)
                break
            }
            if values.isEmpty, functions.isEmpty { return true }
        }
        return false
    }
}

/// `offsetsOf`: the positions of elements that equal a value or pass a test.
final class OffsetsOfNode: TermNode {
    private var wanted: Node { call[1] }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try receiver.rows(execution)
        let value = try wanted.evaluate(execution)
        let filter: RowFilter
        if case .function = value {
            filter = RowFilter(function: try wanted.predicate(execution))
        } else {
            filter = RowFilter(function: EqualityFunction(try value.datum(execution, at: wanted.site), site: wanted.site))
        }
        return try OffsetRows(rows, filter).value(execution, at: site)
    }
}

private final class OffsetRows: Rows {
    private let source: Rows
    private let filter: RowFilter

    init(_ source: Rows, _ filter: RowFilter) {
        self.source = source
        self.filter = filter
        super.init(source.kind.mapped)
    }

    override var isInfinite: Bool { source.isInfinite }
    override var isFeed: Bool { source.isFeed }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        OffsetStream(try source.stream(execution), filter, execution)
    }
}

private final class OffsetStream: RowStream {
    private let source: RowStream
    private let filter: RowFilter
    private let execution: Execution
    private var position = 0

    init(_ source: RowStream, _ filter: RowFilter, _ execution: Execution) {
        self.source = source
        self.filter = filter
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Datum? {
        while let row = try source.next() {
            position += 1
            if try filter.passes(row, execution) { return Datum(position - 1) }
        }
        return nil
    }
}

/// `difference`: the elements that equal none of the second sequence.
final class DifferenceNode: TermNode {
    private var removed: Node { call[1] }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try receiver.rows(execution)
        let stream = try removed.rows(execution).finite(at: removed.site).stream(execution)
        var values: Set<Datum> = []
        let held = HeldMemory(execution.memory)
        while let value = try stream.next() {
            if values.insert(value).inserted {
                try site.locating(held.add(value))
            }
            try execution.checkArray(values.count, at: removed.site)
        }
        return try CompactMapRows(rows) { [values, held] row throws(ReQLError) in
            withExtendedLifetime(held) { values.contains(row) ? nil : row }
        }
        .value(execution, at: site)
    }
}

/// `fold`: strictly in order, with what was accumulated so far.
final class FoldNode: TermNode {
    private var base: Node { call[1] }
    private var function: Node { call[2] }
    private var emit: Node? { call.option("emit") }
    private var finalEmit: Node? { call.option("final_emit") }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try receiver.rows(execution)
        let base = try base.datum(execution)
        let function = try function.function(execution, .none)
        if let arity = function.arity, arity != 2 { throw function.wrongArity(2) }
        let final = try finalEmit?.function(execution, .none)
        if let emit {
            let emit = try emit.function(execution, .none)
            return try FoldRows(rows, base, function, emit: emit, final: final).value(execution, at: site)
        }
        var accumulator = base
        let stream = try rows.finite(at: receiver.site).stream(execution)
        while let row = try stream.next() { accumulator = try function.datum(execution, accumulator, row) }
        return .datum(try final?.datum(execution, accumulator) ?? accumulator)
    }
}

/// What a fold with `emit` puts out on its way.
private final class FoldRows: Rows {
    private let source: Rows
    private let base: Datum
    private let function: Function
    private let emit: Function
    private let final: Function?

    init(_ source: Rows, _ base: Datum, _ function: Function, emit: Function, final: Function?) {
        self.source = source
        self.base = base
        self.function = function
        self.emit = emit
        self.final = final
        super.init(source.kind.mapped)
    }

    override var isInfinite: Bool { source.isInfinite }
    override var isFeed: Bool { source.isFeed }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        FoldStream(try source.stream(execution), base, function, emit: emit, final: final, execution)
    }
}

private final class FoldStream: RowStream {
    private let source: RowStream
    private let function: Function
    private let emit: Function
    private var final: Function?
    private let execution: Execution
    private var accumulator: Datum
    private var emitted: Datum = .emptyArray
    private var position = 0
    private var isAtEnd = false

    init(_ source: RowStream, _ base: Datum, _ function: Function, emit: Function, final: Function?, _ execution: Execution) {
        self.source = source
        self.function = function
        self.emit = emit
        self.final = final
        self.execution = execution
        accumulator = base
    }

    override func next() throws(ReQLError) -> Datum? {
        while true {
            if position < emitted.count {
                defer { position += 1 }
                return emitted[position]
            }
            if isAtEnd { return nil }
            if let row = try source.next() {
                let old = accumulator
                accumulator = try function.datum(execution, old, row)
                let arguments: [Value] = [.datum(old), .datum(row), .datum(accumulator)]
                try put(try emit.call(execution, arguments).datum(execution, at: emit.site), from: emit)
            } else if execution.isWaiting {
                return nil
            } else {
                isAtEnd = true
                guard let final else { return nil }
                try put(try final.datum(execution, accumulator), from: final)
            }
        }
    }

    private func put(_ array: Datum, from function: Function) throws(ReQLError) {
        guard array.kind == .array else { throw function.site.mismatch(array, expected: "an ARRAY of what to emit") }
        emitted = array
        position = 0
    }
}
