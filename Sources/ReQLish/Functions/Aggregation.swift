import Catalog

// Accumulators: each takes values one at a time, in bounded memory where it can, and gives its result at the end.

/// `sum`: nulls are skipped, anything else that is not a number is an error. Nothing sums to 0.
struct Sum: Sendable {
    private var total = 0.0
    /// What the additions so far have rounded away (Neumaier's summation), so that the order of rows hardly matters.
    private var compensation = 0.0
    private(set) var count = 0

    mutating func add(_ value: Datum) throws(ReQLError) {
        if value.isNull { return }
        add(try TypeCheck.number(value))
    }

    mutating func add(_ number: Double) {
        let next = total + number
        if next.isFinite {
            compensation += total.magnitude >= number.magnitude ? (total - next) + number : (number - next) + total
        }
        total = next
        count += 1
    }

    private var compensated: Double { total + compensation }

    func result() throws(ReQLError) -> Datum {
        try TypeCheck.finite(compensated, from: "the sum")
    }

    /// The sum divided by how many were summed; nothing to average is `nonExistence`.
    func average() throws(ReQLError) -> Datum {
        guard count > 0 else { throw ReQLError(.nonExistence, emptyStream("average", of: "avg")) }
        return try TypeCheck.finite(compensated / Double(count), from: "the average")
    }
}

/// RethinkDB's words, which `default` can show.
private func emptyStream(_ what: String, of term: String) -> String {
    "Cannot take the \(what) of an empty stream.  (If you passed `\(term)` a field name, "
        + "it may be that no elements of the stream had that field.)"
}

/// `min` and `max`: the element whose key comes first or last in ReQL's order; of equal ones the first seen.
struct Extreme: Sendable {
    enum Side: Sendable { case minimum, maximum }

    let side: Side
    private var best: (key: Datum, element: Datum)?

    init(_ side: Side) { self.side = side }

    mutating func add(_ element: Datum, key: Datum) {
        guard let best else { self.best = (key, element); return }
        let order = Datum.compare(key, best.key)
        if side == .minimum ? order < 0 : order > 0 { self.best = (key, element) }
    }

    /// Whether nothing was added.
    var isEmpty: Bool { best == nil }

    var heldByteCount: Int { best.map { $0.key.heldByteCount + $0.element.heldByteCount } ?? 0 }

    /// The element; none at all is `nonExistence`.
    func result() throws(ReQLError) -> Datum {
        guard let best else {
            let name = side == .minimum ? "min" : "max"
            throw ReQLError(.nonExistence, emptyStream(name, of: name))
        }
        return best.element
    }
}

/// `distinct` without an index: the different values, ascending.
struct Distinct {
    private var values: Set<Datum> = []
    private let held: HeldMemory
    let arrayLimit: Int

    init(arrayLimit: Int, _ memory: QueryMemory) {
        self.arrayLimit = arrayLimit
        held = HeldMemory(memory)
    }

    mutating func add(_ value: Datum) throws(ReQLError) {
        guard values.insert(value).inserted else { return }
        try held.add(value)
        try TypeCheck.checkArray(count: values.count, limit: arrayLimit)
    }

    func sorted() -> [Datum] {
        values.sorted { Datum.compare($0, $1) < 0 }
    }
}

/// Something kept for each group, found by the group's value.
struct Groups<Element> {
    private var positions: [Datum: Int] = [:]
    private var entries: [(group: Datum, accumulator: Element)] = []
    let limit: Int
    /// What the groups take, and what of their accumulators has to be counted.
    let held: HeldMemory
    /// What a group takes beside its value: a place in the list and one in the dictionary, both grown by doubling, and an accumulator.
    /// (Three million numbers counted by themselves took 414 bytes each.)
    private static var placeByteCount: Int { 320 }

    /// - Parameter limit: how many groups there may be: the query's array limit.
    init(limit: Int, _ memory: QueryMemory) {
        self.limit = limit
        held = HeldMemory(memory)
    }

    var count: Int { entries.count }
    var countText: String { count == 1 ? "1 group" : "\(count) groups" }

    /// Changes what is kept for a group, beginning with `initial` when the group is new.
    /// - Returns: The group's number, by which its accumulator is found again.
    @discardableResult
    mutating func update(
        _ group: Datum, initial: @autoclosure () -> Element,
        _ body: (inout Element) throws(ReQLError) -> Void
    ) throws(ReQLError) -> Int {
        if let position = positions[group] {
            try body(&entries[position].accumulator)
            return position
        }
        guard entries.count < limit else {
            throw ReQLError(.resourceLimit, "There are more than \(limit) groups; `array_limit` changes that.")
        }
        try held.add(group)
        try held.add(byteCount: Self.placeByteCount)
        var accumulator = initial()
        try body(&accumulator)
        positions[group] = entries.count
        entries.append((group, accumulator))
        return entries.count - 1
    }

    subscript(number: Int) -> Element { entries[number].accumulator }

    /// The groups, ascending.
    func sorted() -> [(group: Datum, accumulator: Element)] {
        entries.sorted { Datum.compare($0.group, $1.group) < 0 }
    }
}

/// The groups into which one row falls.
enum GroupKeys {
    /// The row's one group: a single key is the group itself, several are an array of them.
    static func single(_ keys: [Datum]) throws(ReQLError) -> Datum {
        keys.count == 1 ? keys[0] : try Datum.building(keys)
    }

    /// With `multi`: an array puts the row into a group for each of its elements, several keys into all combinations;
    /// an empty array counts as null.
    static func multiple(_ keys: [Datum], limit: Int) throws(ReQLError) -> [Datum] {
        var combinations: [[Datum]] = [[]]
        for key in keys {
            let choices = key.kind != .array ? [key] : key.count == 0 ? [.null] : Array(key.elements)
            let (count, overflow) = combinations.count.multipliedReportingOverflow(by: choices.count)
            guard !overflow, count <= limit else {
                throw ReQLError(.resourceLimit, "One row falls into more than \(limit) groups; `array_limit` changes that.")
            }
            combinations = combinations.flatMap { head in choices.map { head + [$0] } }
        }
        var groups: [Datum] = []
        groups.reserveCapacity(combinations.count)
        for combination in combinations { groups.append(try single(combination)) }
        return groups
    }
}
