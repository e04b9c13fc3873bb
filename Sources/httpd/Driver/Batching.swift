import Ground
import ReQLish

/// The limits at which a batch of rows is full.
struct Batching: Sendable {
    private var minimumRows = 1.0
    private var maximumRows = Double.infinity
    private var maximumBytes = Double(1 << 20)
    private var maximumSeconds = 0.5
    private var firstDivisor = 4.0

    init() {}

    /// - Throws: what an option holds that no batch can keep to.
    init(_ options: QueryOptions, _ pando: Pando) throws(ReQLError) {
        // An option is a query of its own, asked by the same account.
        var asking = options
        asking.arguments = []
        for (name, term) in options.arguments {
            let range: ClosedRange<Double>
            let path: WritableKeyPath<Batching, Double>
            switch name {
            case "min_batch_rows": (path, range) = (\.minimumRows, 1...9e15)
            case "max_batch_rows": (path, range) = (\.maximumRows, 1...9e15)
            case "max_batch_bytes": (path, range) = (\.maximumBytes, 1...9e15)
            case "max_batch_seconds": (path, range) = (\.maximumSeconds, 0...86_400.0.nextDown)
            case "first_batch_scaledown_factor": (path, range) = (\.firstDivisor, 1...9e15)
            default: continue
            }
            let value = term.root.type == .datum ? term.root.datum : try pando.start(term, options: asking).collected()
            guard let number = value.number, range.contains(number), name == "max_batch_seconds" || number == number.rounded() else {
                throw ReQLError(
                    value.isNull ? .nonExistence : .queryLogic, "`\(name)` is a number in its range, found \(value.typeName).",
                    frames: [.optional(name)])
            }
            self[keyPath: path] = number
        }
        minimumRows = min(minimumRows, maximumRows)
    }

    /// A smaller one, so that the client soon has something to work on.
    var first: Batching {
        var first = self
        first.maximumRows = max(1, maximumRows / firstDivisor)
        first.minimumRows = min(minimumRows, first.maximumRows)
        first.maximumBytes /= firstDivisor
        first.maximumSeconds /= firstDivisor
        return first
    }

    func fill(from start: MonotonicTime) -> Fill { Fill(limits: self, start: start) }

    /// A batch while it is filled.
    struct Fill {
        fileprivate let limits: Batching
        fileprivate let start: MonotonicTime
        private(set) var rows = 0
        /// The row at which the clock is looked at again.
        private var nextLook = 1

        fileprivate init(limits: Batching, start: MonotonicTime) {
            self.limits = limits
            self.start = start
        }

        /// Counts a row.
        /// - Parameter byteCount: of the batch with that row.
        mutating func isFull(with byteCount: Int) -> Bool {
            rows += 1
            let count = Double(rows)
            guard count >= limits.minimumRows else { return false }
            if count >= limits.maximumRows.rounded(.down) || Double(byteCount) >= limits.maximumBytes { return true }
            guard rows >= nextLook else { return false }
            // While the rows so far took little of the time, as many again won't take too much of it.
            let elapsed = MonotonicTime.now - start
            nextLook = elapsed < .seconds(limits.maximumSeconds / 8) ? rows * 2 : rows + 1
            return elapsed >= .seconds(limits.maximumSeconds)
        }
    }
}
