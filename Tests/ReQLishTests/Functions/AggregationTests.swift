import Catalog
import Ground
import TestSupport
import Testing

@testable import ReQLish

@Suite struct AggregationTests {
    private func sum(_ values: Datum...) throws(ReQLError) -> Sum {
        var sum = Sum()
        for value in values { try sum.add(value) }
        return sum
    }

    @Test func sums() {
        #expect(outcome { () throws(ReQLError) in try sum().result() } == "0")
        #expect(outcome { () throws(ReQLError) in try sum(1, 2.5, .null).result() } == "3.5")
        #expect(outcome { () throws(ReQLError) in try sum(1, "2").result() } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try sum(1e308, 1e308).result() } == "!queryLogic")
        // What plain addition rounds away.
        #expect(outcome { () throws(ReQLError) in try sum(1e16, 1, 1, -1e16).result() } == "2")
        #expect(outcome { () throws(ReQLError) in try sum(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1).result() } == "1")
    }

    @Test func averages() {
        #expect(outcome { () throws(ReQLError) in try sum(1, .null, 2).average() } == "1.5")
        #expect(outcome { () throws(ReQLError) in try sum().average() } == "!nonExistence")
        #expect(outcome { () throws(ReQLError) in try sum(.null).average() } == "!nonExistence")
    }

    @Test func extremes() {
        var minimum = Extreme(.minimum)
        var maximum = Extreme(.maximum)
        #expect(outcome { () throws(ReQLError) in try minimum.result() } == "!nonExistence")
        for (index, key) in ([3, 1, "a", 1, .null, "a"] as [Datum]).enumerated() {
            minimum.add(Datum(index), key: key)
            maximum.add(Datum(index), key: key)
        }
        // Null comes before numbers, strings after; of equals the first.
        #expect(outcome { () throws(ReQLError) in try minimum.result() } == "4")
        #expect(outcome { () throws(ReQLError) in try maximum.result() } == "2")
    }

    @Test func distinct() throws {
        var distinct = Distinct(arrayLimit: 3, .forTests)
        for value in [2, "a", 2, -0.0, 0] as [Datum] { try distinct.add(value) }
        #expect(distinct.sorted() == [0, 2, "a"])
        #expect(throws: ReQLError.self) { try distinct.add(9) }
    }

    @Test func groups() throws {
        var groups = Groups<Sum>(limit: 2, .forTests)
        for (group, value) in [("b", 1), ("a", 2), ("b", 3)] as [(Datum, Datum)] {
            try groups.update(group, initial: Sum()) { (sum) throws(ReQLError) in try sum.add(value) }
        }
        #expect(try groups.sorted().map { [$0.group, try $0.accumulator.result()] } == [["a", 2], ["b", 4]])
        let error = #expect(throws: ReQLError.self) { try groups.update("c", initial: Sum()) { _ in } }
        #expect(error?.kind == .resourceLimit)
    }

    @Test func groupKeys() throws {
        #expect(try GroupKeys.single([1]) == 1)
        #expect(try GroupKeys.single([1, "a"]) == [1, "a"])
        #expect(try GroupKeys.multiple([[1, 2]], limit: 9) == [1, 2])
        #expect(try GroupKeys.multiple([5], limit: 9) == [5])
        #expect(try GroupKeys.multiple([[]], limit: 9) == [.null])
        #expect(try GroupKeys.multiple([[1, 2], "x", [3, 4]], limit: 9) == [[1, "x", 3], [1, "x", 4], [2, "x", 3], [2, "x", 4]])
        #expect(throws: ReQLError.self) { try GroupKeys.multiple([[1, 2], [1, 2]], limit: 3) }
    }

    // MARK: - Random numbers and UUIDs

    @Test func randomBounds() throws {
        let seed: UInt64 = 99
        var generator = SeededGenerator(seed: seed)
        var seen: Set<Int> = []
        for _ in 0..<500 {
            let fraction = try #require(try RandomNumbers.random([], isFloat: nil, using: &generator).number)
            #expect(fraction >= 0 && fraction < 1, "seed \(seed)")
            let whole = try #require(try RandomNumbers.random([-2, 3], isFloat: nil, using: &generator).integer)
            seen.insert(whole)
            let reversed = try #require(try RandomNumbers.random([3, -2], isFloat: true, using: &generator).number)
            #expect(reversed > -2 && reversed <= 3, "seed \(seed)")
        }
        #expect(seen == [-2, -1, 0, 1, 2])
    }

    @Test(
        arguments: [
            ([0], nil, "!queryLogic"), ([3, 3], nil, "!queryLogic"), ([3, 2], nil, "!queryLogic"), ([1.5], nil, "!queryLogic"),
            (["a"], nil, "!queryLogic"),
            ([.null], nil, "!nonExistence"), ([], false, "!queryLogic"), ([1, 2, 3], nil, "!queryLogic"), (["a"], true, "!queryLogic"),
            ([1], nil, "0"), ([7, 8], false, "7"),
        ] as [([Datum], Bool?, String)])
    func randomArguments(bounds: [Datum], isFloat: Bool?, expected: String) {
        var generator = SeededGenerator(seed: 1)
        #expect(outcome { () throws(ReQLError) in try RandomNumbers.random(bounds, isFloat: isFloat, using: &generator) } == expected)
    }

    @Test func samplesAreFairAndOfTheirSize() throws {
        let seed: UInt64 = 0x5A3
        var counts = [Int](repeating: 0, count: 10)
        for round in 0..<2_000 {
            var sample = ReservoirSample(size: 3, generator: SeededGenerator(seed: seed + UInt64(round)), .forTests)
            for value in 0..<10 { try sample.add(Datum(value)) }
            #expect(sample.values.count == 3 && Set(sample.values).count == 3)
            for value in sample.values { counts[value.integer ?? 0] += 1 }
        }
        // 600 each, give or take seven deviations.
        #expect(counts.allSatisfy { (450...750).contains($0) }, "\(counts), seed \(seed)")
        var few = ReservoirSample(size: 5, generator: SeededGenerator(seed: seed), .forTests)
        try few.add(1)
        #expect(few.values == [1])
        var none = ReservoirSample(size: 0, generator: SeededGenerator(seed: seed), .forTests)
        try none.add(1)
        #expect(none.values.isEmpty)
    }

    @Test func samplesCountTheirPlaces() throws {
        let memory = QueryMemory(limit: 64 << 20, pool: MemoryPool(limit: 64 << 20))
        do {
            var sample = ReservoirSample(size: 1_000_000, generator: SeededGenerator(seed: 1), memory)
            for value in 0..<70_000 { try sample.add(Datum(value)) }
            // The places of twice as many as there were, and those from which they were moved, beside each value.
            let values = 65_536 * (Datum(0).heldByteCount + HeldMemory.placeByteCount)
            #expect(memory.peakByteCount >= values + (65_536 + 131_072) * MemoryLayout<Datum>.stride)
            #expect(throws: DatumError.self) { try memory.take(byteCount: 60 << 20) }
        }
        try memory.take(byteCount: 64 << 20)
    }

    @Test func uuids() throws {
        // RFC 9562's form: version and variant in their places.
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<50 {
            let text = Array(UUID.random(using: &generator).description)
            #expect(text.count == 36 && text[14] == "4" && "89ab".contains(text[19]))
            #expect(text.indices.filter { text[$0] == "-" } == [8, 13, 18, 23])
        }
        #expect(UUID.random().description != UUID.random().description)
        #expect(try UUIDs.named("pando") == "1aa2110c-95b8-5936-a13c-17f71c578470")
        #expect(try UUIDs.named("pando") != UUIDs.named("Pando"))
        let named = Array(try #require(try UUIDs.named("pando").string))
        #expect(named[14] == "5" && "89ab".contains(named[19]))
        #expect(outcome { () throws(ReQLError) in try UUIDs.named(5) } == "!queryLogic")
    }

    /// The examples of FIPS 180-4, and the lengths around a block's end.
    @Test func sha1() {
        func hex(_ text: String) -> String {
            var sha = SHA1()
            sha.update(Array(text.utf8))
            return sha.finish().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        #expect(hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
        #expect(hex(String(repeating: "a", count: 55)) == "c1c8bbdc22796e28c0e15163d20899b65621d65a")
        #expect(hex(String(repeating: "a", count: 64)) == "0098ba824b5c16427bd7a1122a5a442a25ec644d")
    }
}

extension QueryMemory {
    fileprivate static var forTests: QueryMemory { QueryMemory(limit: 1 << 20, pool: MemoryPool(limit: 1 << 20)) }
}
