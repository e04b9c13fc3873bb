import Catalog

/// `random` and `sample`.
enum RandomNumbers {
    /// `r.random([a, [b]], {float})`. Without bounds a fraction in [0, 1); with them a whole number, or with
    /// `isFloat` a fraction, from the first (or 0) up to, not including, the last.
    static func random(
        _ bounds: [Datum], isFloat: Bool?, using generator: inout some RandomNumberGenerator
    ) throws(ReQLError) -> Datum {
        guard bounds.count <= 2 else { throw ReQLError(.queryLogic, "random takes at most two bounds, found \(bounds.count).") }
        if bounds.isEmpty {
            if isFloat == false { throw ReQLError(.queryLogic, "random needs bounds to make a whole number.") }
            return Datum(Double.random(in: 0..<1, using: &generator))
        }
        if isFloat == true {
            let lower = bounds.count == 2 ? try TypeCheck.number(bounds[0]) : 0
            let upper = try TypeCheck.number(bounds[bounds.count - 1])
            // Weighing both ends can't overflow, as the difference of the bounds might. The bounds may be reversed.
            let fraction = Double.random(in: 0..<1, using: &generator)
            return try TypeCheck.finite(lower * (1 - fraction) + upper * fraction, from: "random")
        }
        let lower = bounds.count == 2 ? try TypeCheck.integer(bounds[0]) : 0
        let upper = try TypeCheck.integer(bounds[bounds.count - 1])
        guard lower < upper else {
            throw ReQLError(.queryLogic, "random needs a lower bound below the upper one, found \(lower) and \(upper).")
        }
        return Datum(Int.random(in: lower..<upper, using: &generator))
    }
}

/// `sample`: a fixed number of the values that pass, each choice as likely as any other. Their order means nothing.
struct ReservoirSample<Generator: RandomNumberGenerator> {
    private(set) var values: [Datum] = []
    private var seen = 0
    /// Of how many places the memory knows.
    private var placeCount = 0
    private let held: HeldMemory
    private let size: Int
    private var generator: Generator

    init(size: Int, generator: Generator, _ memory: QueryMemory) {
        held = HeldMemory(memory)
        self.size = size
        self.generator = generator
    }

    /// Throws `resourceLimit` when what it keeps is too much.
    mutating func add(_ value: Datum) throws(ReQLError) {
        seen += 1
        if values.count < size {
            if values.count == placeCount { try grow() }
            values.append(value)
        } else {
            guard size > 0, case let place = Int.random(in: 0..<seen, using: &generator), place < size else { return }
            held.remove(values[place])
            values[place] = value
        }
        try held.add(value)
    }

    /// The places are counted as they are taken: twice as many as before, beside which the old ones are there until all is moved.
    private mutating func grow() throws(ReQLError) {
        let count = min(size, max(16, 2 * placeCount))
        try held.add(byteCount: count * MemoryLayout<Datum>.stride)
        values.reserveCapacity(count)
        held.remove(byteCount: placeCount * MemoryLayout<Datum>.stride)
        placeCount = count
    }
}
