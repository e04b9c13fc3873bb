import Catalog
import TestSupport
import Testing

@testable import ReQLish

@Suite struct ArraysTests {
    private let three: Datum = [1, 2, 3]

    @Test func ends() {
        #expect(outcome { () throws(ReQLError) in try Arrays.append(three, "x", arrayLimit: anyLimit) } == "[1,2,3,\"x\"]")
        #expect(outcome { () throws(ReQLError) in try Arrays.append([], [1], arrayLimit: anyLimit) } == "[[1]]")
        #expect(outcome { () throws(ReQLError) in try Arrays.prepend(three, 0, arrayLimit: anyLimit) } == "[0,1,2,3]")
        #expect(outcome { () throws(ReQLError) in try Arrays.append(three, 4, arrayLimit: 3) } == "!resourceLimit")
        #expect(outcome { () throws(ReQLError) in try Arrays.prepend("a", 4, arrayLimit: 3) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Arrays.append(.null, 4, arrayLimit: 3) } == "!nonExistence")
    }

    @Test(
        arguments: [
            (0, "[9,1,2,3]"), (1, "[1,9,2,3]"), (3, "[1,2,3,9]"), (-1, "[1,2,3,9]"), (-2, "[1,2,9,3]"), (-4, "[9,1,2,3]"),
            (4, "!nonExistence"), (-5, "!nonExistence"), (1.5, "!queryLogic"), (.null, "!nonExistence"), ("0", "!queryLogic"),
        ] as [(Datum, String)])
    func insert(position: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Arrays.insert(three, at: position, 9, arrayLimit: anyLimit) } == expected)
    }

    @Test func splice() {
        #expect(outcome { () throws(ReQLError) in try Arrays.splice(three, at: 1, [8, 9], arrayLimit: anyLimit) } == "[1,8,9,2,3]")
        #expect(outcome { () throws(ReQLError) in try Arrays.splice(three, at: -1, [], arrayLimit: anyLimit) } == "[1,2,3]")
        #expect(outcome { () throws(ReQLError) in try Arrays.splice(three, at: 4, [1], arrayLimit: anyLimit) } == "!nonExistence")
        #expect(outcome { () throws(ReQLError) in try Arrays.splice(three, at: 1, 2, arrayLimit: anyLimit) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Arrays.splice(three, at: 1, [2], arrayLimit: 3) } == "!resourceLimit")
    }

    @Test(
        arguments: [
            (0, "[9,2,3]"), (2, "[1,2,9]"), (-1, "[1,2,9]"), (-3, "[9,2,3]"), (3, "!nonExistence"), (-4, "!nonExistence"),
            (0.5, "!queryLogic"), (.null, "!nonExistence"),
        ] as [(Datum, String)])
    func change(position: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Arrays.change(three, at: position, 9, arrayLimit: anyLimit) } == expected)
    }

    @Test(
        arguments: [
            (0, "[2,3]"), (-1, "[1,2]"), (3, "!nonExistence"), (-4, "!nonExistence"), (1.5, "!queryLogic"),
        ] as [(Datum, String)])
    func deleteOne(position: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Arrays.delete(three, at: position) } == expected)
    }

    @Test(
        arguments: [
            (0, 2, "[3]"), (1, -1, "[1,3]"), (0, 3, "[]"), (3, 3, "[1,2,3]"), (1, 1, "[1,2,3]"), (2, 1, "!queryLogic"),
            (0, 4, "!nonExistence"), (-4, 1, "!nonExistence"), (0, .null, "!nonExistence"),
        ] as [(Datum, Datum, String)])
    func deleteRange(from: Datum, to: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Arrays.delete(three, at: from, end: to) } == expected)
    }

    @Test(arguments: [
        (SliceBounds(from: 1), "[2,3]"), (SliceBounds(from: 0, to: 2), "[1,2]"), (SliceBounds(from: -2, to: -1), "[2]"),
        (SliceBounds(from: 1, to: 9), "[2,3]"), (SliceBounds(from: 9), "[]"), (SliceBounds(from: 2, to: 1), "[]"),
        (SliceBounds(from: -9, to: 1), "[1]"), (SliceBounds(from: 0, to: -9), "[]"),
        (SliceBounds(from: 0, to: 1, isRightClosed: true), "[1,2]"), (SliceBounds(from: 0, to: 2, isLeftOpen: true), "[2]"),
        (SliceBounds(from: -2, to: -1, isRightClosed: true), "[2,3]"),
        (SliceBounds(from: 0, to: -1, isLeftOpen: true, isRightClosed: true), "[2,3]"),
    ])
    func slice(bounds: SliceBounds, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Arrays.slice(three, bounds) } == expected)
    }

    /// Whatever the bounds, a slice is a piece of what it was cut from.
    @Test func slicesStayInside() {
        let seed: UInt64 = 0x511CE
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let count = generator.below(6)
            let bounds = SliceBounds(
                from: generator.below(20) - 10, to: generator.below(4) == 0 ? nil : generator.below(20) - 10,
                isLeftOpen: generator.below(2) == 0, isRightClosed: generator.below(2) == 0)
            let range = bounds.resolved(count: count)
            #expect(range.lowerBound >= 0 && range.upperBound <= count, "\(bounds) of \(count), seed \(seed)")
        }
    }
}

@Suite struct SetsTests {
    private let doubled: Datum = [1, 1, 2, 3]

    @Test func insert() {
        #expect(outcome { () throws(ReQLError) in try Sets.insert(doubled, 1, arrayLimit: anyLimit) } == "[1,2,3]")
        #expect(outcome { () throws(ReQLError) in try Sets.insert(doubled, 4, arrayLimit: anyLimit) } == "[1,2,3,4]")
        #expect(outcome { () throws(ReQLError) in try Sets.insert(doubled, 4, arrayLimit: 3) } == "!resourceLimit")
        #expect(outcome { () throws(ReQLError) in try Sets.insert(.null, 4, arrayLimit: 3) } == "!nonExistence")
        #expect(outcome { () throws(ReQLError) in try Sets.insert(["a": 1], 4, arrayLimit: 3) } == "!queryLogic")
    }

    @Test func unionIntersectionDifference() {
        #expect(outcome { () throws(ReQLError) in try Sets.union(doubled, [5, 3, 5], arrayLimit: anyLimit) } == "[1,2,3,5]")
        #expect(outcome { () throws(ReQLError) in try Sets.union(doubled, [5], arrayLimit: 3) } == "!resourceLimit")
        // The order of the second array.
        #expect(outcome { () throws(ReQLError) in try Sets.intersection(doubled, [3, 1, 3, 9]) } == "[3,1]")
        #expect(outcome { () throws(ReQLError) in try Sets.difference(doubled, [1, 10]) } == "[2,3]")
        #expect(outcome { () throws(ReQLError) in try Sets.difference(doubled, "x") } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Sets.intersection(doubled, .null) } == "!nonExistence")
    }

    @Test func equalityIsThatOfTheLanguage() {
        let noon = Datum.time(epochSeconds: 1, offsetMinutes: 0)
        let elsewhere = Datum.time(epochSeconds: 1, offsetMinutes: 60)
        #expect(outcome { () throws(ReQLError) in Datum(try Sets.insert([noon], elsewhere, arrayLimit: anyLimit).count) } == "1")
        #expect(
            outcome { () throws(ReQLError) in try Sets.union([0, ["a": 1]], [-0.0, ["a": 1]], arrayLimit: anyLimit) } == "[0,{\"a\":1}]")
    }
}
