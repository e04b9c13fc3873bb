import Ground
import TestSupport
import Testing
import XML

/// However the bytes of a document are split, it is the same document, or refused for the same reason at the same place.
@Suite struct SplitTests {
    /// Documents that have something of everything, in all encodings.
    static let documents: [[UInt8]] = {
        let texts = [
            "<?xml version='1.0' encoding='UTF-8'?>\r\n<!-- a -- ><a/>",
            """
            <?xml version="1.0"?>\r\n<!DOCTYPE a [<!ENTITY e "<b x='&#60;'>\u{e9}</b>"><!ATTLIST a n NMTOKENS "  1  2 ">\r
            <!ENTITY % p "<!ELEMENT a ANY>"> %p; <?i a?><!-- c -->]>\r
            <!-- \u{1F600} --><a xmlns:p="u" p:x="a&#13;\tb&amp;&e2;"> ]] > &e;<![CDATA[ <]]]]> ]]>&#x1F600;</a><?end of it?>
            """,
            "<a xmlns:p='u' xmlns:q=\"u\" p:x = '>' y=\"'\" ><p:b q:z='&quot;'></p:b >\r\r\n<!---->text\u{10000}\u{FFFD}</a>\r\n",
            "<a>]]&gt;]]></a>", "<?xml-stylesheet encoding='none'?><a/>", "<?xml version='1.0?><!-- ' --><a b=\"&#0;\"/>",
            "<?xml version=\"1.0\"?>\n<a>\n<b c=' &#0;'/></a>",
            "<a b='1' b=\"2\"/>", "<a><b></a>", "<a>&nothing;</a>", "<a>\u{1}</a>", "<a x=\"<\">", "<a 'b>", "<?xml",
            "<!DOCTYPE a [", "", "x", "<a></a><!-- b ><!-- c \u{5} d\r\r\r\r>\n",
            "<!DOCTYPE a [\n]>\n<a><?b c?></a><!-- d ><!-- e \u{5}\u{5} f\r\r>\n",
        ]
        var documents = texts.map { Array($0.utf8) }
        for text in texts {
            let units = Array(text.replacing("UTF-8", with: "UTF-16").utf16)
            documents.append([0xFE, 0xFF] + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
            documents.append([0xFF, 0xFE] + units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
            documents.append([0xEF, 0xBB, 0xBF] + Array(text.utf8))
        }
        documents.append(
            Array("<?xml version='1.0' encoding='ISO-8859-1'?>\r\n<a>".utf8) + [0xE9, 0x0D, 0x0A, 0xFF] + Array("</a>\r\n\r<b>".utf8))
        documents.append(Array("<?xml version='1.0' encoding='US-ASCII'?><a>\r\n".utf8) + [0xE9] + Array("</a>".utf8))
        // What names the encoding ends at the last byte that is looked at, and behind it.
        for blanks in [980, 981, 982, 1500] {
            let start = "<?xml version='1.0'\(String(repeating: " ", count: blanks)) encoding='ISO-8859-1'?>"
            documents.append(Array(start.utf8) + Array("<a>".utf8) + [0xE9] + Array("</a>".utf8))
        }
        documents.append(Array("<a>".utf8) + [0xED, 0xA0, 0x80])
        documents.append(Array("<a>".utf8) + [0xF0, 0x9F])
        return documents
    }()

    @Test func everySplitInTwo() {
        for document in Self.documents + SuiteTests.corpus.map(\.bytes).filter({ $0.count < 400 }) {
            let whole = Reading(document)
            for place in 0...document.count {
                let split = Reading([Array(document[..<place]), Array(document[place...])])
                if split != whole {
                    Issue.record("split at \(place): \(split), not \(whole): \(String(decoding: document, as: UTF8.self))")
                }
            }
        }
    }

    @Test func byteByByte() {
        for document in Self.documents + SuiteTests.corpus.map(\.bytes) {
            let whole = Reading(document)
            let split = Reading(document.map { [$0] })
            if split != whole { Issue.record("byte by byte: \(split), not \(whole): \(String(decoding: document, as: UTF8.self))") }
        }
    }

    @Test(arguments: Fuzzing.seeds(24))
    func changedBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let documents = Self.documents + SuiteTests.corpus.map(\.bytes)
        for _ in 0..<200 {
            var document = documents[generator.below(documents.count)]
            for _ in 0..<1 + generator.below(4) { change(&document, &generator) }
            let whole = Reading(document)
            var pieces: [[UInt8]] = []
            var start = 0
            while start < document.count {
                let end = min(document.count, start + 1 + generator.below(generator.below(2) == 0 ? 3 : 40))
                pieces.append(Array(document[start..<end]))
                start = end
            }
            let split = Reading(pieces)
            if split != whole { Issue.record("seed \(seed): \(split), not \(whole): \(document)") }
            // What is canonical stays as it is.
            guard case .canonical(let text) = whole else { continue }
            #expect(Reading(text) == whole, "seed \(seed): \(document)")
        }
    }

    private static let fragments = [
        "<", ">", "&", ";", "\"", "'", "]]>", "<!--", "-->", "<![CDATA[", "<?", "?>", "<!DOCTYPE a [", "]>", "<!ENTITY e 'x'>", "&e;",
        "&#0;", "&#x10FFFF;",
        "%e;", "xmlns", ":", "=", "\r", "\n", "/>", "</a>", "<a ", "\u{0}", "\u{FFFE}", "xml:", " ",
    ].map { Array($0.utf8) }

    private func change(_ document: inout [UInt8], _ generator: inout SeededGenerator) {
        let place = generator.below(document.count + 1)
        switch generator.below(5) {
        case 0: document.insert(contentsOf: Self.fragments[generator.below(Self.fragments.count)], at: place)
        case 1: document.insert(UInt8(generator.below(256)), at: place)
        case 2 where place < document.count: document[place] = UInt8(generator.below(256))
        case 3 where place < document.count:
            document.removeSubrange(place..<min(document.count, place + 1 + generator.below(5)))
        default:
            let end = min(document.count, place + generator.below(20))
            document.insert(contentsOf: Array(document[place..<end]), at: generator.below(document.count + 1))
        }
    }
}
