import TestSupport
import Testing

@testable import Ground

@Suite struct RadixSortTests {
    /// Heads of all bytes, of few, and of few values, beside the sort of the standard library.
    @Test func sortsAndKeepsTheOrderOfEquals() {
        for seed in Fuzzing.seeds(40) {
            var random = SeededGenerator(seed: seed)
            let mask: UInt64 = [.max, 0xFF, 0xFF00_0000_00FF_0000, 3 << 62, 0][random.below(5)]
            let count = [0, 1, 2, 255, 256, 257, 5000][random.below(7)]
            var entries = (0..<count).map { HeadedNumber(head: random.next() & mask | 1 << 40, number: UInt32($0)) }
            if random.below(8) == 0 { entries.sort { $0.head < $1.head } }
            let wanted = entries.sorted { ($0.head, $0.number) < ($1.head, $1.number) }
            entries.sortByHead()
            #expect(entries.map(\.number) == wanted.map(\.number) && entries.map(\.head) == wanted.map(\.head), "seed \(seed)")
        }
    }
}
