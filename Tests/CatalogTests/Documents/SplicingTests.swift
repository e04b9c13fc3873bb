import Ground
import TestSupport
import Testing

@testable import Catalog

/// What is made of a stored document's bytes is what would be made of its value.
@Suite struct SplicingTests {
    @Test(arguments: [0x5911_CE01 as UInt64, 0x5911_CE02])
    func mergingBytesIsMergingValues(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var splicedCount = 0
        for _ in 0..<1500 {
            let old = try Self.document(&random, depth: 2)
            let addition = try Self.document(&random, depth: random.below(2))
            let stored = try #require(try Self.stored(old))
            let merged = try stored.merging(addition)
            let wanted = try old.merging(addition)
            #expect(merged.isIdentical(to: wanted), "\(old) merged with \(addition), seed \(seed)")
            guard let spliced = stored.splicing(addition) else { continue }
            splicedCount += 1
            let bytes: [UInt8] = try Document.encode(spliced)
            let wantedBytes: [UInt8] = try Document.encode(wanted)
            #expect(bytes == wantedBytes, "\(old) merged with \(addition), seed \(seed)")
            expectCanonical(bytes)
        }
        #expect(splicedCount > 200, "seed \(seed)")
    }

    @Test(arguments: [0x5911_CE03 as UInt64])
    func cuttingOutFieldsIsBuildingThem(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let names = (0..<random.below(4)).map { _ in ModelValue.randomString(&random) }
            // One projection for several documents, as it remembers where fields were.
            var projection = Projection(names)
            for _ in 0..<5 {
                let document = try Self.document(&random, depth: 2)
                let stored = try #require(try Self.stored(document))
                let fields = names.compactMap { name in document[field: name].map { (name, $0) } }
                let wanted = try Datum.object(Dictionary(fields) { first, _ in first }.map { ($0.key, $0.value) })
                guard let cut = projection.fields(of: stored.stored) else { continue }
                #expect(cut.isIdentical(to: wanted), "\(names) of \(document), seed \(seed)")
                expectCanonical(try Document.encode(cut))
            }
        }
    }

    @Test func theLongestArrayIsFoundAtAnyDepth() throws {
        let object = try Datum(json: #"{"a":[1,2],"b":{"c":[[1,2,3,4],5]}}"#)
        let array = try Datum(json: "[[],[1]]")
        #expect(object.longestArrayCount == 4 && array.longestArrayCount == 2)
        #expect(Datum("x").longestArrayCount == 0 && Datum.emptyObject.longestArrayCount == 0)
        let stored = try #require(try Self.stored(["a": [1, 2, 3]]))
        #expect(stored.longestArrayCount == 3 && stored.longestArrayBound >= 3 && object.longestArrayBound == 4)
    }

    private static func document(_ random: inout SeededGenerator, depth: Int) throws -> Datum {
        try ModelValue.object(ModelValue.randomFields(&random, count: random.below(7), depth: depth)).datum
    }

    private static func stored(_ document: Datum) throws -> Datum? {
        var buffer = ByteBuffer()
        try Document.encode(document, into: &buffer)
        return Datum(copyOfStoredDocument: buffer.raw)
    }

    private func expectCanonical(_ bytes: [UInt8]) {
        let complaint = Document.check(bytes.span)
        #expect(complaint == nil)
    }
}
