/// What a stream has next.
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

/// A stream that is one function.
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

/// Elements that are there already.
final class ElementStream<Elements: RandomAccessCollection<Datum>>: RowStream where Elements.Index == Int {
    private let elements: Elements
    private var position = 0
    private let count: Int
    private let execution: Execution

    /// - Precondition: Indexes begin with 0.
    init(_ elements: Elements, _ execution: Execution) {
        self.elements = elements
        count = elements.count
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        guard position < count else { return .end }
        try execution.check()
        defer { position += 1 }
        return .row(elements[position])
    }

    override func skip(_ skipped: Int) {
        position = min(count, position + skipped)
    }
}

/// Rows made from those of another sequence as they come.
class PipedRows: Rows {
    typealias Pipe = (RowStream, Execution) throws(ReQLError) -> RowStream

    final let source: Rows
    private let pipe: Pipe
    private let notes: [String]

    /// - Parameters:
    ///   - notes: what a plan says of it.
    ///   - pipe: makes the stream from one of the source.
    init(_ source: Rows, _ kind: Kind? = nil, notes: [String] = [], _ pipe: @escaping Pipe) {
        self.source = source
        self.pipe = pipe
        self.notes = notes
        super.init(kind ?? source.kind.mapped)
    }

    override var isInfinite: Bool { source.isInfinite }
    override var isFeed: Bool { source.isFeed }
    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] { notes }
    override func open(_ execution: Execution) throws(ReQLError) -> RowStream { try pipe(try source.stream(execution), execution) }
}
