import BTreeStore

/// What the writer's threads put, so that the state after any number of their transactions is known.
///
/// Thread `t` counts its transactions. Number `n` puts `n` under the thread's counter and a record into slot `n mod slots`; each
/// `clearing`th takes all of the thread's slots out first. So the counter tells what must be in the slots, whatever was killed.
struct Load {
    static let threads = 8
    static let slots: UInt64 = 40
    static let clearing: UInt64 = 150

    let thread: Int

    // MARK: Keys and values

    private var counterKey: [UInt8] { Array("load:counter:\(thread)".utf8) }

    private func slotKey(_ slot: UInt64) -> [UInt8] { Array("load:slots:\(thread):\(slot + 1000)".utf8) }

    private var slotRange: KeyRange { KeyRange(lower: Array("load:slots:\(thread):".utf8), upper: Array("load:slots:\(thread);".utf8)) }

    /// Some are larger than a page.
    private func value(_ number: UInt64) -> [UInt8] {
        let name = Array("\(thread),\(number):".utf8)
        let length = number % 23 == 0 ? 6000 : Int(number * 7 % 200)
        return name + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: length)
    }

    // MARK: Writing

    /// One transaction, on the disk when this returns.
    func commit(_ number: UInt64, to store: Store) throws {
        var transaction = try store.beginWrite()
        if number % Self.clearing == 0 { try transaction.delete(slotRange) }
        try transaction.put(slotKey(number % Self.slots).span, value(number).span)
        try transaction.put(counterKey.span, littleEndian(number).span)
        try transaction.commit()
    }

    private func littleEndian(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }

    // MARK: Looking

    /// How many of the thread's transactions a snapshot has.
    /// - Throws: `Loss` if the slots aren't those of the counter.
    func look(at snapshot: Snapshot) throws -> UInt64 {
        guard let counter = try snapshot.get(counterKey.span)?.copy() else {
            guard try snapshot.count(slotRange) == 0 else { throw Loss("thread \(thread) has records and no counter") }
            return 0
        }
        let number = counter.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        let cleared = number / Self.clearing * Self.clearing
        var expected: UInt64 = 0
        for slot in 0..<Self.slots {
            // The newest transaction that put something into the slot.
            let newest = number >= slot ? number - (number - slot) % Self.slots : 0
            let isThere = newest > 0 && newest >= cleared
            if isThere { expected += 1 }
            guard try snapshot.get(slotKey(slot).span)?.copy() == (isThere ? value(newest) : nil) else {
                throw Loss("thread \(thread) has committed \(number) transactions, but slot \(slot) is not as number \(newest) left it")
            }
        }
        guard try snapshot.count(slotRange) == expected else { throw Loss("thread \(thread) has records more than it should") }
        return number
    }
}

/// Something that was acknowledged is not there, or something is there that nobody put.
struct Loss: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
