/// `contains`: each value is met by an element of its own, each function by some element.
final class ContainsNode: DatumNode {
    private static let few = 16
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
        // Few are compared faster than found. Of many: how often each is wanted.
        var many: [Datum: Int] = [:]
        if values.count > Self.few {
            for value in values { many[value, default: 0] += 1 }
            values = []
        }
        let stream = try rows.stream(execution)
        if wanted.isEmpty { return Datum(try stream.next().row != nil) }
        while let row = try stream.next().row {
            if let position = values.firstIndex(of: row) {
                values.remove(at: position)
            } else if !many.isEmpty, let count = many[row] {
                many[row] = count > 1 ? count - 1 : nil
            }
            // One element satisfies one function at most.
            for position in functions.indices where try functions[position].datum(execution, row).isTruthy {
                functions.remove(at: position)
                break
            }
            if values.isEmpty, many.isEmpty, functions.isEmpty { return true }
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
        let function: Function =
            if case .function = value {
                try wanted.predicate(execution)
            } else {
                EqualityFunction(try value.datum(execution, at: wanted.site), site: wanted.site)
            }
        let filter = RowFilter(function: function)
        return try PipedRows(rows) { source, execution in
            var position = -1
            return CompactMapStream(source) { row throws(ReQLError) in
                position += 1
                return try filter.passes(row, execution) ? Datum(position) : nil
            }
        }
        .value(execution, at: site)
    }
}

/// `difference`: the elements that equal none of the second sequence.
final class DifferenceNode: TermNode {
    private var removed: Node { call[1] }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try receiver.rows(execution)
        let held = HeldMemory(execution.memory)
        let late = Late { () throws(ReQLError) in try self.values(execution, held) }
        return try CompactMapRows(rows, kind: rows.kind.filtered) { [held] row throws(ReQLError) in
            let values = try late.value()
            return withExtendedLifetime(held) { values.map { $0.contains(row) } ?? true ? nil : row }
        }
        .value(execution, at: site)
    }

    /// What is to be left out; nil for everything, where null stands in its place: to the rows that is as to a filter.
    private func values(_ execution: Execution, _ held: HeldMemory) throws(ReQLError) -> Set<Datum>? {
        var values: Set<Datum> = []
        do {
            let stream = try removed.rows(execution).finite(at: removed.site).stream(execution)
            while let value = try stream.next().row {
                if values.insert(value).inserted { try site.locating(held.add(value)) }
                try execution.checkArray(values.count, at: removed.site)
            }
        } catch  where error.kind == .nonExistence {
            return nil
        }
        return values
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
            return try rows.folded(from: base, function, emit: emit, final: final).value(execution, at: site)
        }
        var accumulator = base
        let stream = try rows.finite(at: receiver.site).stream(execution)
        while let row = try stream.next().row { accumulator = try function.datum(execution, accumulator, row) }
        return .datum(try final?.datum(execution, accumulator) ?? accumulator)
    }
}

extension Rows {
    /// What a fold with `emit` puts out on its way.
    fileprivate func folded(from base: Datum, _ function: Function, emit: Function, final: Function?) -> Rows {
        PipedRows(self) { source, execution in
            var accumulator = base
            var emitted = Datum.emptyArray
            var position = 0
            var isAtEnd = false
            func put(_ array: Datum, from function: Function) throws(ReQLError) {
                guard array.kind == .array else { throw function.site.mismatch(array, expected: "an ARRAY of what to emit") }
                (emitted, position) = (array, 0)
            }
            return PulledStream { () throws(ReQLError) in
                while true {
                    if position < emitted.count {
                        defer { position += 1 }
                        return .row(emitted[position])
                    }
                    if isAtEnd { return .end }
                    switch try source.next() {
                    case .nothing: return .nothing
                    case .row(let row):
                        let old = accumulator
                        accumulator = try function.datum(execution, old, row)
                        let arguments: [Value] = [.datum(old), .datum(row), .datum(accumulator)]
                        try put(try emit.call(execution, arguments).datum(execution, at: emit.site), from: emit)
                    case .end:
                        isAtEnd = true
                        guard let final else { return .end }
                        try put(try final.datum(execution, accumulator), from: final)
                    }
                }
            }
        }
    }
}
