import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// What was put since a state is among the records of the pages that were born since, and they are all records of the newer state.
@Suite struct NewRecordsTests {
    private static func key(_ number: Int) -> [UInt8] { bytes("\(number % 3 == 0 ? "a" : "b"):\(number)") }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func nothingThatWasPutIsMissing(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let store = try Store.inMemory(options: smallPages())
        // States, and what was put after each.
        var states: [(transaction: TransactionID, put: Set<[UInt8]>)] = []
        for round in 0..<120 {
            var transaction = try store.beginWrite()
            var put: Set<[UInt8]> = []
            for number in 0..<random.below(60) {
                let key = Self.key(random.below(4000))
                if random.below(4) == 0 {
                    _ = try transaction.delete(key.span)
                } else {
                    // Each value is another one.
                    let value = bytes("\(round) \(number)") + [UInt8](repeating: 7, count: random.below(9) == 0 ? 9000 : random.below(300))
                    _ = try transaction.put(key.span, value.span)
                    put.insert(key)
                }
            }
            if random.below(5) == 0 {
                transaction.rollback()
            } else {
                try transaction.commit(.none)
                for index in states.indices { states[index].put.formUnion(put) }
            }
            if random.below(6) == 0 { try store.sync() }
            if random.below(3) == 0 { states.append((try store.snapshot().transaction, [])) }
        }
        let snapshot = try store.snapshot()
        for (since, put) in states {
            for prefix in ["a:", "b:"] {
                var seen: [[UInt8]] = []
                var records = snapshot.records(.prefix(bytes(prefix)), since: since)
                while let value = try records.next() { seen.append(value.copy()) }
                var left = seen[...]
                var cursor = try snapshot.cursor(.prefix(bytes(prefix)))
                while try cursor.next() {
                    let value = try cursor.value.copy()
                    if left.first == value {
                        left.removeFirst()
                    } else {
                        let key = cursor.key.withBytes { $0.copy() }
                        #expect(!put.contains(key), "seed \(seed)")
                    }
                }
                #expect(left.isEmpty, "seed \(seed)")
            }
        }
    }

    @Test func whatIsOldIsNotRead() throws {
        let store = try Store.inMemory()
        var transaction = try store.beginWrite()
        for number in 0..<20_000 { _ = try transaction.put(Self.key(number).span, Self.key(number).span) }
        try transaction.commit(.none)
        try store.sync()
        let since = try store.snapshot().transaction
        var next = try store.beginWrite()
        _ = try next.put(Self.key(5).span, Self.key(7).span)
        try next.commit(.none)
        var records = try store.snapshot().records(.all, since: since)
        var count = 0
        while try records.next() != nil { count += 1 }
        #expect(count > 0 && count < 1000)
        var none = try store.snapshot().records(.all, since: try store.snapshot().transaction)
        #expect(try none.next() == nil)
    }
}
