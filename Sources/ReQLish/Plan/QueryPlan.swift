public import Catalog

/// The way in which a query was answered: the terms that made or took rows, each with what it did, as a tree.
///
/// The tree is that of the query's terms, so a step whose rows were never asked for is in it too, with an ``PlanStep/openCount`` of 0.
public struct QueryPlan: Sendable, Hashable {
    /// The term that the query is, and behind each step those that it read from, in the order of the term's arguments: those that are one
    /// ``PlanStep/depth`` deeper, as far as the next step that isn't. Flat, so that a plan may be as deep as a query.
    public let steps: [PlanStep]
    /// From the query's start to its last row.
    public let duration: Duration
    /// Documents that were read from tables.
    public let documentsRead: Int
    /// The most that the query kept at one time, in bytes, as its limit on memory counts it.
    public let heldByteCount: Int
    /// Whether the query writes. It was tried in a transaction that was rolled back then: nothing of it is left.
    public let isRolledBack: Bool
}

/// One term of a ``QueryPlan``.
public struct PlanStep: Sendable, Hashable {
    /// The term's name: `filter`, `orderBy`.
    public let name: String
    /// The term with its arguments but the first, shortened: `filter(x => x("age").gt(30))`.
    public let text: String
    /// How it was done: which index and why, what is read from stored bytes, what sorts, what is looked at one by one.
    public internal(set) var notes: [String] = []
    /// How many rows were expected, before any was read. Nil: nothing is known.
    public internal(set) var estimate: RowEstimate?
    /// How many rows came out. Nil for a step that gave no rows one by one: what it made is one value, or was made elsewhere.
    public internal(set) var rowCount: Int?
    /// How often the rows were read from the start; more than once for what stands in a function of rows.
    public internal(set) var openCount = 0
    /// The time in which the step and what is below it made rows; nil where it was not measured.
    public internal(set) var duration: Duration?
    /// Whether it stands in a function, which is called for each row of the step above.
    public let isInFunction: Bool
    /// How many steps it stands below the first one.
    public let depth: Int
}

/// The number of rows, as far as it is known without reading them.
public enum RowEstimate: Sendable, Hashable {
    /// Counted in the tree.
    case exactly(Int)
    /// There may be fewer.
    case atMost(Int)

    /// The same rows after some were left out.
    var filtered: RowEstimate {
        switch self {
        case .exactly(let count), .atMost(let count): .atMost(count)
        }
    }

    func map(_ transform: (Int) -> Int) -> RowEstimate {
        switch self {
        case .exactly(let count): .exactly(transform(count))
        case .atMost(let count): .atMost(transform(count))
        }
    }
}

// MARK: - The two forms

extension QueryPlan: CustomStringConvertible {
    /// The plan as text: a step a line, with its notes, and below it what it read from.
    public var description: String {
        var lines = [summary]
        // For each depth, whether another step of that depth comes in the tree that is being drawn.
        var goesOn: [Bool] = []
        for (position, step) in steps.enumerated() {
            let rest = steps[(position + 1)...]
            let hasSibling = rest.first { $0.depth <= step.depth }?.depth == step.depth
            goesOn.removeLast(goesOn.count - min(goesOn.count, step.depth))
            goesOn.append(hasSibling)
            let around = goesOn.dropFirst().dropLast().map { $0 ? "│   " : "    " }.joined()
            lines.append(around + (step.depth == 0 ? "" : hasSibling ? "├── " : "└── ") + step.text + step.facts)
            let below = goesOn.dropFirst().map { $0 ? "│   " : "    " }.joined()
            let hasChild = rest.first.map { $0.depth > step.depth } ?? false
            for note in step.notes { lines.append(below + (hasChild ? "│   " : "    ") + note) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var summary: String {
        let read = documentsRead == 1 ? "1 document read" : "\(documentsRead) documents read"
        let held = heldByteCount > 0 ? ", \((heldByteCount + 1023) / 1024) KiB kept at most" : ""
        return "\(duration.milliseconds) ms, \(read)\(held)\(isRolledBack ? ", what was written is rolled back" : "")"
    }

    /// The plan as JSON: `{milliseconds, documents_read, held_bytes, rolled_back, steps}`, each step
    /// `{depth, name, text, notes, estimate, rows, opened, milliseconds, in_function}`.
    public var datum: Datum {
        [
            "milliseconds": Datum(duration.inMilliseconds), "documents_read": Datum(documentsRead), "held_bytes": Datum(heldByteCount),
            "rolled_back": Datum(isRolledBack), "steps": Datum(elements: steps.map(\.datum)),
        ]
    }
}

extension PlanStep {
    fileprivate var facts: String {
        var facts: [String] = []
        let estimated =
            switch estimate {
            case .exactly(let count)?: "\(count) expected"
            case .atMost(let count)?: "at most \(count) expected"
            case nil: ""
            }
        if let rowCount {
            facts.append("\(rowCount == 1 ? "1 row" : "\(rowCount) rows")\(estimated.isEmpty ? "" : " (\(estimated))")")
        } else if !estimated.isEmpty {
            facts.append(estimated)
        }
        if openCount > 1 { facts.append("read \(openCount) times") }
        if isInFunction { facts.append("in the function") }
        if let duration { facts.append("\(duration.milliseconds) ms") }
        return facts.isEmpty ? "" : "  — " + facts.joined(separator: ", ")
    }

    fileprivate var datum: Datum {
        let estimated: Datum =
            switch estimate {
            case .exactly(let count)?: ["exactly": Datum(count)]
            case .atMost(let count)?: ["at_most": Datum(count)]
            case nil: .null
            }
        return [
            "depth": Datum(depth), "name": Datum(name), "text": Datum(text), "notes": Datum(elements: notes.map { Datum($0) }),
            "estimate": estimated, "rows": rowCount.map { Datum($0) } ?? .null, "opened": Datum(openCount),
            "milliseconds": duration.map { Datum($0.inMilliseconds) } ?? .null, "in_function": Datum(isInFunction),
        ]
    }
}

extension Duration {
    fileprivate var inMilliseconds: Double {
        let (seconds, attoseconds) = components
        // To a microsecond.
        return Double(seconds) * 1000 + Double(attoseconds / 1_000_000_000_000) / 1000
    }

    fileprivate var milliseconds: String {
        let hundredths = Int((inMilliseconds * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
