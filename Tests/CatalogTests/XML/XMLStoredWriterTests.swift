import Ground
import TestSupport
import Testing

@testable import Catalog

/// What is written from the stored bytes of a document is what is written of its value.
@Suite struct XMLStoredWriterTests {
    private static func stored(_ document: Datum) throws -> Datum {
        let bytes = try Document.encode(document)
        return try #require(bytes.span.withBytes { Datum(copyOfStoredDocument: $0) })
    }

    /// Writes all documents both ways, and counts how many the writer of stored bytes has written itself.
    private static func compare(_ documents: [Datum], shape: XMLShape = XMLShape(), _ name: String = "") throws -> Int {
        var (slow, quick) = (XMLDocumentWriter(shape: shape), XMLDocumentWriter(shape: shape))
        var count = 0
        for document in documents {
            guard let stored = try? Self.stored(document) else { continue }
            var direct = XMLStoredWriter(XMLPlan(slow.shape), record: slow.shape.record ?? "document")
            let isDirect = direct.write(stored.stored)
            var (expected, output) = (ByteBuffer(), ByteBuffer())
            slow.write(document, into: &expected)
            quick.write(stored, into: &output)
            if output.string != expected.string || slow.shape != quick.shape {
                Issue.record("\(name): \(document)\n\(expected.string)\n\(output.string)")
            }
            guard isDirect else { continue }
            count += 1
            // Two declarations may follow the name.
            let element = direct.body.string
            let nameEnd = element.utf8.index(element.startIndex, offsetBy: (slow.shape.record ?? "document").utf8.count + 1)
            let behind = String(element[nameEnd...]) + "\n"
            #expect(expected.string.hasSuffix(behind), "\(name): \(document)\n\(expected.string)\n\(element)")
            #expect(
                expected.string.utf8.count - element.utf8.count == 1 + (direct.declarations.needsHints ? 28 : 0)
                    + (direct.declarations.needsInstance ? 54 : 0))
        }
        return count
    }

    /// Documents of a table that are much alike, as they come: each has a field more or less, or a value of another kind.
    private static func alike(_ generator: inout SeededGenerator, _ depth: Int = 2) -> Datum {
        func text() -> String {
            let texts = [
                "Lamp", "true", "12", "<&>\"'", "a\r\nb\t", "", " ", "é😀", "2024-01-01T00:00:00Z", "00123", "\u{FFFD}", "-",
                "12345678<12345678",
                "ends with \\ and \"", "ﷺ",
            ]
            return texts[generator.below(texts.count)]
        }
        func scalar() -> Datum {
            switch generator.below(8) {
            case 0: .null
            case 1: Datum(generator.below(2) == 0)
            case 2: Datum(Double(generator.below(2000)) / 16)
            case 3: (try? Datum(json: ["1e300", "-0", "123456789012345678901234567890", "1.50"][generator.below(4)])) ?? .null
            case 4: .time(epochSeconds: Double(generator.below(4_000_000_000)), offsetMinutes: generator.below(3) * 60 - 60)
            case 5: .binary([UInt8(generator.below(256))])
            default: Datum(text())
            }
        }
        func value(_ name: String) -> Datum {
            switch name {
            case "price" where generator.below(8) > 0: ["@currency": "EUR", "#": scalar()]
            case "tags", "boxes", "colour", "item": Datum(elements: (0..<generator.below(4)).map { _ in scalar() })
            case "rows": Datum(elements: (0..<generator.below(3)).map { _ in Datum(elements: [scalar(), scalar()]) })
            case "specs", "dc:about", "authors": depth > 0 ? Self.alike(&generator, depth - 1) : scalar()
            case "reviews" where depth > 0: Datum(elements: (0..<generator.below(3)).map { _ in Self.alike(&generator, depth - 1) })
            default: scalar()
            }
        }
        let rare = ["a b", "#", "@x:y", "@id", "$", "author", "@größe", "größe", "#document", "xml:lang", "@xmlns:p"]
        var fields: [String: Datum] = [:]
        for name in ["id", "name", "price", "tags", "boxes", "colour", "item", "rows", "specs", "authors", "reviews", "dc:about", "@lang"] {
            if generator.below(5) > 0 { fields[name] = name == "@lang" || name == "id" ? Datum(text()) : value(name) }
        }
        if generator.below(2) == 0 { fields["@xmlns:dc"] = "urn:dc" }
        if generator.below(3) == 0 { fields["@xmlns"] = "urn:x" }
        if generator.below(4) == 0 {
            let name = rare[generator.below(rare.count)]
            fields[name] = value(name)
        }
        if generator.below(12) == 0 { fields["id"] = 7 }
        if generator.below(12) == 0 { fields = fields.filter { $0.key.hasPrefix("@") || $0.key == "id" } }
        return (try? Datum.object(fields.map { ($0.key, $0.value) })) ?? .emptyObject
    }

    @Test(arguments: Fuzzing.seeds(8)) func documentsThatAreAlike(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let documents = (0..<150).map { _ in Self.alike(&generator) }
        let count = try Self.compare(documents, "seed \(seed)")
        #expect(count > 0, "seed \(seed)")
    }

    @Test(arguments: Fuzzing.seeds(20)) func documentsOfAnyKind(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        _ = try Self.compare((0..<100).map { _ in XMLMappingTests.object(&generator, 4) }, "seed \(seed)")
    }

    /// The documents that XML makes are written by nothing but copies.
    @Test func documentsOfACatalog() throws {
        let text = """
            <catalog xmlns="urn:shop">
            <product id="p1"><name>Lamp &amp; shade</name><price currency="EUR">199.9</price><tags><tag>new</tag></tags><note/></product>
            <product id="p2"><name>12</name><price currency="USD">5</price><tags><tag>a</tag><tag>b</tag></tags><note>x</note></product>
            <product id="p3" lang="de"><name>true</name><size unit="cm">7</size><part>1</part><part>2</part><specs id="s"><w>1</w></specs></product>
            <product id="p4"><name>D</name><part>1</part><part>3</part><specs id="t"><w>2</w></specs></product>
            </catalog>
            """
        let (documents, shape) = try Mapping.read(text)
        #expect(try Self.compare(documents, shape: shape) == documents.count)
        // An array of one value needs a hint where two are elements of the same name.
        let one = try documents[3].changing([("part", [1]), ("tags", []), ("note", .null)])
        #expect(try Self.compare([documents[0], documents[1], one, one], shape: shape) >= 3)
    }

    /// Whatever stands in the bytes, nothing outside them is read.
    @Test(arguments: Fuzzing.seeds(10)) func damagedBytes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let documents = (0..<20).map { _ in Self.alike(&generator) }
        var writer = XMLDocumentWriter()
        var output = ByteBuffer()
        for document in documents { writer.write(document, into: &output) }
        var quick = XMLStoredWriter(XMLPlan(writer.shape), record: "r")
        for document in documents {
            guard let bytes = try? Document.encode(document) else { continue }
            for _ in 0..<20 {
                var damaged = bytes
                for _ in 0..<1 + generator.below(3) { damaged[generator.below(bytes.count)] = UInt8(generator.below(256)) }
                damaged.span.withBytes { damaged in
                    if let stored = StoredDocument(checking: damaged) { _ = quick.write(stored) }
                }
            }
        }
    }
}
