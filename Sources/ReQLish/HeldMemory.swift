/// The memory that one term keeps, counted against the memory of its query as long as this lives.
final class HeldMemory {
    private let memory: QueryMemory
    private var byteCount = 0

    init(_ memory: QueryMemory) {
        self.memory = memory
    }

    deinit {
        if byteCount > 0 { memory.giveBack(byteCount: byteCount) }
    }

    /// What a place in an array takes beside the value.
    static let placeByteCount = 32

    /// Throws `resourceLimit` when it is too much.
    func add(_ value: Datum) throws(ReQLError) {
        try add(byteCount: value.heldByteCount + Self.placeByteCount)
    }

    func add(byteCount: Int) throws(ReQLError) {
        do throws(DatumError) { try memory.take(byteCount: byteCount) } catch { throw ReQLError(error) }
        self.byteCount += byteCount
    }

    /// Counts what is there already, whether or not it is too much.
    func note(byteCount: Int) {
        memory.note(byteCount: byteCount)
        self.byteCount += byteCount
    }

    func remove(_ value: Datum) { remove(byteCount: value.heldByteCount + Self.placeByteCount) }

    func remove(byteCount: Int) {
        memory.giveBack(byteCount: byteCount)
        self.byteCount -= byteCount
    }

    func removeAll() {
        if byteCount > 0 { memory.giveBack(byteCount: byteCount) }
        byteCount = 0
    }
}

extension Datum {
    /// Whether many values like this, kept side by side, take memory that nothing else counts.
    var isWorthCounting: Bool {
        switch kind {
        // A larger one counts as long as it lives.
        case .array, .object: !isCharged && heldByteCount > 4096
        case .string, .binary: (4097..<QueryMemory.largeValue).contains(heldByteCount)
        default: false
        }
    }
}
