import Ground
import TestSupport
import Testing

@testable import Catalog

/// What is put aside comes back as it was, or not at all.
@Suite struct DatumRecordTests {
    private static func read(_ bytes: [UInt8]) -> DatumRecord? {
        let headerCount = DatumRecord.headerByteCount
        guard DatumRecord.byteCount(afterHeader: bytes.span) == bytes.count - headerCount else { return nil }
        return DatumRecord(header: bytes.span.extracting(0..<headerCount), bytes.span.extracting(headerCount..<bytes.count))
    }

    @Test(arguments: [0xDA70_0001 as UInt64])
    func recordsComeBackAsTheyWere(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var writer = DatumRecordWriter()
        for _ in 0..<2000 * Fuzzing.factor {
            let row = try ModelValue.random(&random).datum
            let values = try (0..<random.below(4)).map { _ in random.below(4) == 0 ? nil : try ModelValue.random(&random, depth: 2).datum }
            var buffer = ByteBuffer()
            try writer.write(row: row, values: values, into: &buffer)
            let record = try #require(Self.read(buffer.bytes))
            #expect(record.row.isIdentical(to: row), "\(row), seed \(seed)")
            #expect(record.values.count == values.count)
            for (value, written) in zip(record.values, values) {
                #expect((value == nil) == (written == nil), "seed \(seed)")
                if let value, let written { #expect(value.isIdentical(to: written), "seed \(seed)") }
            }
        }
    }

    @Test func documentsKeepTheirStoredForm() throws {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("d", "t")
        let document: Datum = ["id": "x", "text": "längere Worte", "list": [1, [true, .null], .binary([0, 1])], "number": -0.0]
        try catalog.write { try $0.put(document, in: table) }
        let stored = try #require(try catalog.snapshot().get("x", in: table))
        #expect(stored.isStoredDocument)
        var buffer = ByteBuffer()
        var writer = DatumRecordWriter()
        // A field's text lies in the page.
        try writer.write(row: stored, values: [stored[field: "text"], nil, .minval, .maxval], into: &buffer)
        let record = try #require(Self.read(buffer.bytes))
        #expect(record.row.isStoredDocument && record.row.isIdentical(to: document))
        #expect(record.values == ["längere Worte", nil, .minval, .maxval])
        #expect(record.row[field: "text"] == "längere Worte")
    }

    @Test func theDeepestValueFits() throws {
        var deep = Datum.emptyArray
        while let next = try? Datum.array([deep]) { deep = next }
        var buffer = ByteBuffer()
        var writer = DatumRecordWriter()
        try writer.write(row: deep, values: [deep], into: &buffer)
        let record = try #require(Self.read(buffer.bytes))
        #expect(record.row == deep && record.values == [deep])
    }

    @Test func anyOtherByteIsFoundOut() throws {
        var buffer = ByteBuffer()
        var writer = DatumRecordWriter()
        try writer.write(row: ["a": "text", "b": [1, 2]], values: ["k", nil], into: &buffer)
        let bytes = buffer.bytes
        for index in bytes.indices {
            for bit in [1, 0x80] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= bit
                #expect(Self.read(damaged) == nil, "byte \(index)")
            }
        }
        for count in 0..<bytes.count where count >= DatumRecord.headerByteCount { #expect(Self.read(Array(bytes[0..<count])) == nil) }
    }
}
