import TestSupport
import Testing

@testable import Catalog

struct IntervalIndexTests {
    /// Against a list that is asked one by one.
    @Test(arguments: [0x1D_0001 as UInt64, 0x1D_0002])
    func `What holds a key is found, whatever came and went`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let index = IntervalIndex<Int>()
        var list: [Int: KeyInterval] = [:]
        func key(_ generator: inout SeededGenerator) -> [UInt8] {
            (0..<generator.below(3)).map { _ in UInt8(generator.below(6)) }
        }
        for number in 0..<400 {
            let interval = KeyInterval(lower: key(&generator), upper: generator.below(4) == 0 ? nil : key(&generator))
            index.insert(number, interval, number: number)
            list[number] = interval
            if generator.below(3) == 0, let (gone, interval) = list.randomElement(using: &generator) {
                index.remove(interval, number: gone)
                index.remove(interval, number: gone)
                list[gone] = nil
            }
            let wanted = key(&generator)
            var found: [Int] = []
            index.forEach(holding: wanted) {
                found.append($0)
                return true
            }
            #expect(found.sorted() == list.filter { $0.value.contains(wanted) }.keys.sorted(), "seed \(seed)")
            #expect(index.count == list.count, "seed \(seed)")
            let other = KeyInterval(lower: wanted, upper: generator.below(4) == 0 ? nil : key(&generator))
            guard !other.isEmpty else { continue }
            found = []
            index.forEach(overlapping: other) {
                found.append($0)
                return true
            }
            let overlapping = list.filter { Self.overlap($0.value, other) }
            #expect(found.filter { list[$0]?.isEmpty == false }.sorted() == overlapping.keys.sorted(), "seed \(seed)")
        }
    }

    private static func overlap(_ one: KeyInterval, _ other: KeyInterval) -> Bool {
        func isBelow(_ lower: [UInt8], _ upper: [UInt8]?) -> Bool { upper.map { lower.lexicographicallyPrecedes($0) } ?? true }
        return !one.isEmpty && isBelow(one.lower, other.upper) && isBelow(other.lower, one.upper)
    }

    @Test func `A search can be ended`() {
        let index = IntervalIndex<Int>()
        for number in 0..<9 { index.insert(number, .all, number: number) }
        var count = 0
        index.forEach(holding: [1]) { _ in
            count += 1
            return count < 4
        }
        #expect(count == 4)
    }
}
