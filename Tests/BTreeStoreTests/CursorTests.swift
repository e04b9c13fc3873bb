import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// Cursors that read many records at a time, beside an array of the keys.
@Suite struct CursorTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func leavesAndAdvances(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let store = try Store.inMemory(options: smallPages())
        // Keys with short and long parts in common.
        let keys = Set((0..<600).map { _ in bytes(String(repeating: "k", count: random.below(3)) + String(random.below(3000))) })
            .sorted { $0.lexicographicallyPrecedes($1) }
        try store.write { for key in keys { try $0.put(key, filler(random.below(30), seed: 1)) } }
        let snapshot = try store.snapshot()
        for round in 0..<60 {
            let range: KeyRange =
                switch random.below(3) {
                case 0: .all
                case 1: .prefix(bytes("k"))
                default: KeyRange(lower: bytes(String(random.below(3000))), upper: bytes("k" + String(random.below(3000))))
                }
            let inside = keys.filter { key in
                !(range.lower.map { key.lexicographicallyPrecedes($0) } ?? false)
                    && (range.upper.map { key.lexicographicallyPrecedes($0) } ?? true)
            }
            var cursor = try snapshot.cursor(range)
            let (early, first) = (try cursor.advance(to: .empty), try cursor.next())
            #expect(!early && first == !inside.isEmpty, "it has not moved before")
            var position = 0
            while position < inside.count {
                let isThere = cursor.isAt(inside[position])
                #expect(isThere, "seed \(seed), round \(round)")
                if random.below(2) == 0 {
                    let target = bytes(String(repeating: "k", count: random.below(3)) + String(random.below(3000)))
                    position = max(position, inside.firstIndex { !$0.lexicographicallyPrecedes(target) } ?? inside.count)
                    let isThere = try target.span.withBytes { (target) throws(StoreError) in try cursor.advance(to: target) }
                    #expect(isThere == (position < inside.count), "seed \(seed), round \(round)")
                    if !isThere { break }
                    continue
                }
                // Some or all of a leaf.
                let limit = random.below(12) == 0 ? Int.max : random.below(5)
                var count = 0
                var before: [UInt8] = []
                let isWhole = cursor.forEachKeyOfLeaf { key, shared in
                    guard count < limit else { return false }
                    let copy = key.copy()
                    #expect(copy == inside[position + count] && copy.prefix(shared).elementsEqual(before.prefix(shared)))
                    #expect(shared <= before.count)
                    before = copy
                    count += 1
                    return true
                }
                position += count
                if isWhole {
                    let isThere = try cursor.next()
                    #expect(isThere == (position < inside.count))
                } else {
                    #expect(count == limit)
                }
            }
            let isOver = try !cursor.next()
            #expect(isOver)
        }
    }
}
