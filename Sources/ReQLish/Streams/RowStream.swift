/// The next thing that a stream has.
enum Pulled {
    case row(Datum)
    /// A feed has no row now; there may be one later.
    case nothing
    case end

    /// The row, or else the end.
    @inline(__always) init(_ row: Datum?) {
        if let row { self = .row(row) } else { self = .end }
    }

    /// The row, for terms that take no feeds.
    @inline(__always) var row: Datum? {
        if case .row(let row) = self { row } else { nil }
    }
}

/// The rows of a sequence, one after the other.
class RowStream {
    func next() throws(ReQLError) -> Pulled {
        preconditionFailure("\(type(of: self)) does not say what comes next")
    }

    /// Passes over rows.
    func skip(_ count: Int) throws(ReQLError) {
        for _ in 0..<count {
            guard case .row = try next() else { return }
        }
    }
}

/// A stream that is one function. What the function changes lies in boxes, which cost more for each row than a stream with members of its
/// own.
final class PulledStream: RowStream {
    private let pull: () throws(ReQLError) -> Pulled

    init(_ pull: @escaping () throws(ReQLError) -> Pulled) {
        self.pull = pull
    }

    override func next() throws(ReQLError) -> Pulled { try pull() }
}

/// The rows of another stream by what a function makes of each; those for which it answers nil are left out.
final class CompactMapStream: RowStream {
    private let source: RowStream
    private let transform: (Datum) throws(ReQLError) -> Datum?

    init(_ source: RowStream, _ transform: @escaping (Datum) throws(ReQLError) -> Datum?) {
        self.source = source
        self.transform = transform
    }

    override func next() throws(ReQLError) -> Pulled {
        while true {
            let pulled = try source.next()
            guard case .row(let row) = pulled else { return pulled }
            if let result = try transform(row) { return .row(result) }
        }
    }
}

/// The rows of another stream, each by what a function of the query makes of it.
final class MapStream: RowStream {
    private let source: RowStream
    private let function: Function
    private let execution: Execution

    init(_ source: RowStream, _ function: Function, _ execution: Execution) {
        self.source = source
        self.function = function
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        let pulled = try source.next()
        guard case .row(let row) = pulled else { return pulled }
        return .row(try function.datum(execution, row))
    }
}

/// The rows of another stream that pass a filter.
final class FilterStream: RowStream {
    private let source: RowStream
    private let filter: RowFilter
    private let execution: Execution

    init(_ source: RowStream, _ filter: RowFilter, _ execution: Execution) {
        self.source = source
        self.filter = filter
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        while true {
            let pulled = try source.next()
            guard case .row(let row) = pulled else { return pulled }
            if try filter.passes(row, execution) { return pulled }
        }
    }
}

/// The elements of an array.
final class ArrayStream: RowStream {
    private let array: Datum
    private let count: Int
    private var position = 0
    private let execution: Execution

    init(_ array: Datum, _ execution: Execution) {
        self.array = array
        count = array.count
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        guard position < count else { return .end }
        try execution.check()
        defer { position += 1 }
        return .row(array[position])
    }

    override func skip(_ skipped: Int) {
        position = min(count, position + skipped)
    }
}

/// Rows that were collected already.
final class ListStream: RowStream {
    private let rows: [Datum]
    private var position = 0
    private let execution: Execution

    init(_ rows: [Datum], _ execution: Execution) {
        self.rows = rows
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        guard position < rows.count else { return .end }
        try execution.check()
        defer { position += 1 }
        return .row(rows[position])
    }

    override func skip(_ skipped: Int) {
        position = min(rows.count, position + skipped)
    }
}

/// Rows made from those of another sequence.
class DerivedRows: Rows {
    final let source: Rows

    init(_ source: Rows, _ kind: Kind) {
        self.source = source
        super.init(kind)
    }

    override var isInfinite: Bool { source.isInfinite }
    override var isFeed: Bool { source.isFeed }
}

/// Rows made from those of another sequence as they come, by a stream of which nothing else is known.
final class PipedRows: DerivedRows {
    typealias Pipe = (RowStream, Execution) throws(ReQLError) -> RowStream

    private let pipe: Pipe
    private let notes: [String]

    /// - Parameters:
    ///   - notes: what a plan says of it.
    ///   - pipe: makes the stream from one of the source.
    init(_ source: Rows, _ kind: Kind? = nil, notes: [String] = [], _ pipe: @escaping Pipe) {
        self.pipe = pipe
        self.notes = notes
        super.init(source, kind ?? source.kind.mapped)
    }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] { notes }
    override func open(_ execution: Execution) throws(ReQLError) -> RowStream { try pipe(try source.stream(execution), execution) }
}
