import Ground
import TestSupport
import Testing
import httpd

@testable import PandoCommand

/// What is found by digests is what is found by going through both files; and few questions are asked for it.
@Suite struct DigestComparisonTests {
    @Test(arguments: [false, true]) func findsWhatDiffers(keepsDigests: Bool) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for round in 0..<6 {
            let place = try Workplace()
            let count = [0, 1, 15, 40, 700, 5000][round]
            let input = (0..<count).map { "{\"id\":\($0),\"n\":\($0)}\n" }.joined()
            try place.good("import", place.file, "app.notes", "-", "--create", input: input)
            if keepsDigests { try place.good("compact", place.file, "--format", "2") }
            let copy = place.file + ".copy"
            try place.good("backup", place.file, copy)
            let (old, new) = (try Catalog.reading(place.file), try Catalog.writing(copy))
            try change(new, count, &random)
            let (before, after) = (try old.snapshot(), try new.snapshot())
            var expected: [InspectedDifference] = []
            let cursor = after.differences(from: before)
            while let difference = try cursor.next() { expected.append(difference) }
            let (left, right) = (CountedSide(before), CountedSide(after))
            var comparison = try DigestComparison(left, right, withValues: true)
            var found: [InspectedDifference] = []
            while let difference = try comparison.next() { found.append(difference) }
            #expect(found == expected, "round \(round), seed \(seed)")
            // Each round of questions is of sixteen ranges, and cuts each of them into sixteen parts.
            let levels = 4
            #expect(
                left.questions <= 1 + (levels + 1) * 3 * (expected.count / 8 + 5),
                "\(left.questions) for \(expected.count), seed \(seed)")
            if expected.isEmpty { #expect(left.questions == 1 && right.questions == 1) }
        }
    }

    /// Changes and deletes some documents of those whose numbers are less than a count, or near it.
    private func change(_ new: Catalog, _ count: Int, _ random: inout SeededGenerator) throws {
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let table = try new.snapshot().requiredTable(TableName("app.notes"))
            let first = Int.random(in: -3...count + 3, using: &random)
            let length = Int.random(in: 1...60, using: &random)
            let isChange = Bool.random(using: &random)
            var transaction = try new.beginWrite()
            for id in first..<first + length {
                if isChange {
                    _ = try transaction.put(["id": Datum(id), "n": Datum(-id)], in: table)
                } else {
                    _ = try transaction.delete(Datum(id), in: table)
                }
            }
            try transaction.commit()
        }
    }

    /// A file that takes the ranges that were found to differ has what the other one has; and few questions are asked for them.
    @Test(arguments: [false, true]) func rangesHaveAllThatDiffers(keepsDigests: Bool) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for count in [0, 1, 15, 40, 700, 5000] {
            let place = try Workplace()
            let input = (0..<count).map { "{\"id\":\($0),\"n\":\($0)}\n" }.joined()
            try place.good("import", place.file, "app.notes", "-", "--create", input: input)
            if keepsDigests { try place.good("compact", place.file, "--format", "2") }
            let copy = place.file + ".copy"
            try place.good("backup", place.file, copy)
            let (old, new) = (try Catalog.writing(place.file), try Catalog.writing(copy))
            try change(old, count, &random)
            try change(new, count, &random)
            try old.followPrimary("new", comesBack: true)
            let other = try CountedSide(new.snapshot())
            var write: ((inout ByteBuffer) throws(CatalogError) -> Bool)?
            let found = ReplacedContents.compared(isOwn: false) { snapshot in
                (try new.position(), try DifferingRanges(own: CountedSide(snapshot), other: other).find())
            }
            var pieces = 0
            _ = try old.comeBack(with: found) { _ in
                Issue.record("A text was not asked for.")
            } ask: { request in
                guard case .delta(let next) = try new.message(since: request.since, ranges: request.ranges) else { return }
                write = next
            } next: {
                guard let next = write else { return nil }
                var bytes = ByteBuffer()
                if try !next(&bytes) { write = nil }
                pieces += 1
                return bytes.bytes
            }
            #expect(pieces > 0)
            #expect(try old.snapshot().digest() == new.snapshot().digest(), "\(count) documents, seed \(seed)")
            #expect(other.questions <= 60, "\(other.questions), \(count) documents, seed \(seed)")
            // What has been found equal once is found equal again.
            let again = try DifferingRanges(own: CountedSide(old.snapshot()), other: CountedSide(new.snapshot())).find()
            #expect(again.count == 0)
        }
    }
}

private final class CountedSide: ComparedSide {
    private let side: FileSide
    private(set) var questions = 0

    init(_ snapshot: CatalogSnapshot) { side = FileSide(snapshot: snapshot) }

    var keepsDigests: Bool { get throws { try side.keepsDigests } }
    private func asked<Answer>(_ ranges: [KeyRangeBounds], _ answer: Answer) -> Answer {
        // None is sent without a range.
        if !ranges.isEmpty { questions += 1 }
        #expect(ranges.count <= 256)
        return answer
    }
    func digests(_ ranges: [KeyRangeBounds]) throws -> [DigestedRange] { asked(ranges, try side.digests(ranges)) }
    func parts(_ ranges: [KeyRangeBounds]) throws -> [[DigestedRange]] { asked(ranges, try side.parts(ranges)) }
    func records(_ ranges: [KeyRangeBounds], withValues: Bool) throws -> [[DigestedRecord]] {
        asked(ranges, try side.records(ranges, withValues: withValues))
    }
    func tableName(_ id: String) throws -> String? { try side.tableName(id) }
}
