import Ground
import TestSupport
import Testing
import XML

@testable import Catalog

/// Documents from XML and XML from documents.
enum Mapping {
    /// The documents of a text, and what the shape has learned.
    static func read(_ text: String, _ reading: XMLReading = XMLReading(), shape: XMLShape = XMLShape()) throws -> ([Datum], XMLShape) {
        var reader = XMLDocumentReader(reading, shape: shape)
        reader.append(Array(text.utf8).span)
        reader.finish()
        var documents: [Datum] = []
        while let (document, _) = try reader.next() { documents.append(document) }
        return (documents, reader.shape)
    }

    /// The one document of a text whose root it is.
    static func document(_ text: String, _ change: (inout XMLReading) -> Void = { _ in }) throws -> Datum {
        var reading = XMLReading()
        reading.records = .root
        change(&reading)
        let (documents, _) = try read(text, reading)
        return try #require(documents.count == 1 ? documents[0] : nil)
    }

    static func write(_ document: Datum, shape: XMLShape = XMLShape()) -> String {
        var output = ByteBuffer()
        var writer = XMLDocumentWriter(shape: shape)
        writer.write(document, into: &output)
        return String(output.string.dropLast())
    }

    /// The canonical form, without blanks between elements if they are to mean nothing.
    static func canonical(_ text: String) throws -> String {
        var parser = XMLParser()
        parser.append(Array(text.utf8).span)
        parser.finish()
        var canonical = CanonicalXML()
        var output = ByteBuffer()
        while true {
            let event = try parser.next()
            if event == .endOfDocument { return output.string }
            canonical.write(event, of: parser, into: &output)
        }
    }
}

@Suite struct XMLMappingTests {
    private static let product = """
        <product id="p1"><name>A</name><price currency="EUR">199.99</price><specs><weight>5</weight><features><feature>x</feature></features></specs>\
        <is_available>true</is_available><released>2024-03-01T10:00:00.25+01:00</released><note/></product>
        """

    @Test func aProduct() throws {
        let document = try Mapping.document(Self.product)
        let expected = """
            {"id": "p1", "name": "A", "price": {"@currency": "EUR", "#": 199.99}, "specs": {"weight": 5, "features": ["x"]}, "is_available": true,
             "released": {"$reql_type$": "TIME", "epoch_time": 1709283600.25, "timezone": "+01:00"}, "note": ""}
            """
        #expect(document == (try Datum(json: expected)))
    }

    @Test func theSameAgain() throws {
        var reading = XMLReading()
        reading.records = .root
        let (documents, shape) = try Mapping.read(Self.product, reading)
        #expect(try Mapping.canonical(Mapping.write(documents[0], shape: shape)) == Mapping.canonical(Self.product))
        // As a table keeps it.
        let kept = XMLShape(datum: shape.datum)
        #expect(kept == shape)
        #expect(Mapping.write(documents[0], shape: kept) == Mapping.write(documents[0], shape: shape))
    }

    /// What a text is as a value, and what is written for the value.
    @Test(arguments: [
        ("<a><v>true</v></a>", #"{"v":true}"#), ("<a><v> 12 </v></a>", #"{"v":12}"#), ("<a><v>-1.50</v></a>", #"{"v":-1.5}"#),
        ("<a><v>00123</v></a>", #"{"v":"00123"}"#), ("<a><v>1e5</v></a>", #"{"v":"1e5"}"#), ("<a><v>+49 1</v></a>", #"{"v":"+49 1"}"#),
        ("<a><v>2024-01-01</v></a>", #"{"v":"2024-01-01"}"#), ("<a><v>1234567890123456</v></a>", #"{"v":"1234567890123456"}"#),
        ("<a><v>2024-13-01T00:00:00Z</v></a>", #"{"v":"2024-13-01T00:00:00Z"}"#), ("<a><v>  </v></a>", #"{"v":"  "}"#),
        ("<a><v/></a>", #"{"v":""}"#),
        ("<a><v>a<!-- c -->b<![CDATA[<&]]></v></a>", #"{"v":"ab<&"}"#),
        ("<a><v>1</v><v>2</v></a>", #"{"v":[1,2]}"#), ("<a><vs><v>1</v></vs></a>", #"{"vs":[1]}"#),
        ("<a><boxes><box>1</box></boxes><entries><entry/></entries></a>", #"{"boxes":[1],"entries":[""]}"#),
        ("<a><vs x='1'><v>1</v></vs></a>", #"{"vs":{"@x":"1","v":1}}"#), ("<a x='1'/>", #"{"@x":"1"}"#), ("<a>5</a>", ##"{"#":5}"##),
        ("<a><v x='1'/></a>", ##"{"v":{"#":"","@x":"1"}}"##),
        ("<a><id>7</id></a>", #"{"id":7}"#), ("<a id='7'/>", #"{"id":"7"}"#),
        ("<a><p>one <b>two</b> three</p></a>", ##"{"p":{"#":["one ",{"b":"two"}," three"]}}"##),
        ("<a><p><x/><y/><x/></p></a>", ##"{"p":{"#":[{"x":""},{"y":""},{"x":""}]}}"##),
        ("<a><v xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'/></a>", #"{"v":null}"#),
        (
            "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:x='http://www.w3.org/2001/XMLSchema'><v i:type='x:string'>5</v></a>",
            #"{"@xmlns:i":"http://www.w3.org/2001/XMLSchema-instance","@xmlns:x":"http://www.w3.org/2001/XMLSchema","v":"5"}"#
        ),
        (
            "<a xmlns:pando='urn:pando:xml'><v pando:type='number'>1e5</v><w pando:type='binary'>AAE=</w></a>",
            ##"{"v":100000,"w":{"$reql_type$":"BINARY","data":"AAE="}}"##
        ),
        ("<a xmlns:dc='urn:dc'><dc:title>T</dc:title></a>", #"{"@xmlns:dc":"urn:dc","dc:title":"T"}"#),
    ])
    func values(_ text: String, _ json: String) throws {
        let document = try Mapping.document(text)
        #expect(document == (try Datum(json: json)), "\(document)")
        #expect(try Mapping.document(Mapping.write(document)) == document, "\(Mapping.write(document))")
    }

    @Test func whatIsAskedFor() throws {
        #expect(try Mapping.document("<a><v>5</v></a>") { $0.guessesTypes = false } == (try Datum(json: #"{"v":"5"}"#)))
        #expect(try Mapping.document("<a><s><o>5</o></s></a>") { $0.lists = ["s"] } == (try Datum(json: #"{"s":[5]}"#)))
        #expect(try Mapping.document("<a><s><o><i>5</i></o></s></a>") { $0.lists = ["s/o"] } == (try Datum(json: #"{"s":{"o":[5]}}"#)))
    }

    @Test(arguments: [
        ("<a xmlns:pando='urn:pando:xml'>\n<v pando:type='number'>x</v></a>", "`x` is no number."),
        ("<a xmlns:pando='urn:pando:xml'><v pando:type='time'>x</v></a>", "`x` is no time."),
        ("<a xmlns:pando='urn:pando:xml'><v pando:type='binary'>*</v></a>", "A binary value is not Base64."),
        ("<a xmlns:pando='urn:pando:xml'><v pando:type='what'>*</v></a>", "`what` is no type."),
        ("<a xmlns:pando='urn:pando:xml'><v pando:type='string'><x/></v></a>", "`v` is a string and has elements in it."),
    ])
    func wrongHints(_ text: String, _ message: String) {
        do {
            let document = try Mapping.document(text)
            Issue.record("read as \(document)")
        } catch {
            #expect((error as? XMLError)?.message == message)
            #expect((error as? XMLError)?.line == 1)
        }
    }

    @Test func records() throws {
        let text = "<shop xmlns:d='urn:d'><books><book k='1' id='a'/><book id='b'/></books><d:book id='c'/></shop>"
        func keys(_ path: String) throws -> String {
            var reading = XMLReading()
            reading.records = try #require(XMLRecordPath(path))
            return try Mapping.read(text, reading).0.map { $0[field: "id"]?.string ?? "-" }.joined()
        }
        #expect(try keys("/shop/books/book") == "ab")
        #expect(try keys("//book") == "ab")
        #expect(try keys("/*/*/book[@k='1']") == "a")
        #expect(try keys("/shop//d:book") == "c")
        #expect(try keys("/shop") == "-")
        #expect(try keys("/book") == "")
        for wrong in ["", "book", "/", "//a//b", "/a[b]", "/a[@b]", "/a[@b='c'", "/a b"] {
            #expect(XMLRecordPath(wrong) == nil, "\(wrong)")
        }
        // Declarations around a record are its own.
        var reading = XMLReading()
        reading.records = try #require(XMLRecordPath("//d:book"))
        #expect(try Mapping.read(text, reading).0 == [Datum(json: #"{"@xmlns:d":"urn:d","id":"c"}"#)])
    }

    @Test func orderIsThatOfTheFirst() throws {
        let text = """
            <list><one><b>1</b><a>1</a></one><one><a>2</a></one><one><b>3</b><c>3</c><a>3</a></one><one><a>4</a><b>4</b></one>\
            <one id="5"><b>5</b></one><one><id>6</id><b>6</b></one><one><tags><tag>7</tag></tags></one><one><tags>8</tags><tags>8</tags></one></list>
            """
        let (documents, shape) = try Mapping.read(text)
        #expect(documents[3] == (try Datum(json: ##"{"#":[{"a":4},{"b":4}]}"##)))
        #expect(documents[5] == (try Datum(json: ##"{"#":[{"id":6},{"b":6}]}"##)))
        #expect(documents[7] == (try Datum(json: ##"{"#":[{"tags":8},{"tags":8}]}"##)))
        var output = ByteBuffer()
        var writer = XMLDocumentWriter(shape: shape)
        writer.writeBeginning(into: &output)
        for document in documents { writer.write(document, into: &output) }
        writer.writeEnd(into: &output)
        let written = output.string.split(separator: "\n").dropFirst().joined()
        #expect(try Mapping.canonical(written) == Mapping.canonical(text))
    }

    /// Names are what their bytes are, though they look the same.
    @Test func namesThatLookTheSame() throws {
        let document = try Datum(json: "{\"\u{E9}\":1,\"e\u{301}\":[2,3]}")
        #expect(try Mapping.document(Mapping.write(document)).description == document.description)
        let text = "<a><\u{E9}>1</\u{E9}><e\u{301}>2</e\u{301}></a>"
        let written = Mapping.write(try Mapping.document(text))
        #expect(Array(written.utf8) == Array(text.replacing("a>", with: "document>").utf8), "\(written)")
    }

    @Test func moreNamesThanAreRemembered() throws {
        let first = (0..<1200).map { "<n\($0)>\($0)</n\($0)>" }.joined()
        let text = "<list><one>\(first)</one><one><z>1</z><y>2</y></one><one><y>1</y><z>2</z></one></list>"
        let (documents, shape) = try Mapping.read(text)
        for document in documents {
            let again = try Mapping.read("<list>\(Mapping.write(document, shape: shape))</list>", shape: shape).0
            #expect(again == [document])
        }
    }

    // MARK: Round trips

    private static let names = [
        "id", "name", "tags", "tag", "boxes", "item", "a", "b", "#", "@a", "@id", "@x:y", "@xmlns:x", "x:y", "a b", "", "ä", "@xmlns",
        "pando:field", "@pando:type", "!", "?x", "$", "@xsi:type", "xml:lang", "@xml:lang", "@xmlns:pando", "#document", "\u{E9}",
        "e\u{301}",
    ]
    private static let texts = [
        "", " ", "x", "true", "12", "1e5", "00", "2024-01-01T00:00:00Z", "<&>\"'", "\r\n\t", "\u{0}", "\u{FFFE}", "é😀", " a ", "]]>",
        "urn:u", "null", "-",
    ]

    static func value(_ generator: inout SeededGenerator, _ depth: Int) -> Datum {
        switch generator.below(depth > 0 ? 11 : 7) {
        case 0: return Datum(texts[generator.below(texts.count)])
        case 1: return Datum(Double(generator.below(2000) - 1000) / 8)
        case 2: return generator.below(2) == 0 ? .null : Datum(generator.below(2) == 0)
        case 3:
            return .time(
                epochSeconds: Double(generator.below(4_000_000_000) - 1_000_000_000) / 8, offsetMinutes: generator.below(1440) - 720)
        case 4: return .binary((0..<generator.below(5)).map { _ in UInt8(generator.below(256)) })
        case 5: return Datum(texts[generator.below(texts.count)] + texts[generator.below(texts.count)])
        case 6:
            return (try? Datum(json: ["1e300", "-0", "123456789012345678901234567890", "0.1", "5e-324", "1.50"][generator.below(6)]))
                ?? .null
        case 7, 8: return (try? Datum.array((0..<generator.below(4)).map { _ in value(&generator, depth - 1) })) ?? .null
        default: return object(&generator, depth - 1)
        }
    }

    static func object(_ generator: inout SeededGenerator, _ depth: Int) -> Datum {
        var fields: [String: Datum] = [:]
        for _ in 0..<generator.below(5) { fields[names[generator.below(names.count)]] = value(&generator, depth) }
        return (try? Datum.object(fields.map { ($0.key, $0.value) })) ?? .emptyObject
    }

    /// Any document is written so that it is read as the same, alone and after others.
    @Test(arguments: Fuzzing.seeds(20))
    func documentsAreReadAsTheyWere(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var shape = XMLShape()
        for _ in 0..<100 {
            let document = Self.object(&generator, 4)
            // A whole document is read as one.
            if document[field: "#document"] != nil { continue }
            for start in [XMLShape(), shape] {
                let text = Mapping.write(document, shape: start)
                var reading = XMLReading()
                reading.records = .root
                do {
                    let (read, learned) = try Mapping.read(text, reading, shape: start)
                    if read != [document] || read[0].description != document.description {
                        Issue.record("seed \(seed): \(document)\n\(text)\n\(read)")
                    }
                    shape = learned
                } catch {
                    Issue.record("seed \(seed): \(error): \(document)\n\(text)")
                }
            }
        }
    }

    /// XML of no great ambition comes out as it came in, however its elements are mixed.
    @Test(arguments: Fuzzing.seeds(20))
    func xmlIsWrittenAsItWas(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let names = ["a", "b", "as", "id", "item", "items"]
        func element(_ name: String, _ depth: Int) -> String {
            var text = "<" + name
            if generator.below(4) == 0 { text += " x=\"1\"" }
            if generator.below(5) == 0 { text += " id=\"7\"" }
            text += ">"
            let isMixed = generator.below(6) == 0
            if depth == 0 || generator.below(3) == 0 {
                text += ["", "x", "true", "5", "x y", "2024-01-01T00:00:00Z"][generator.below(6)]
            } else {
                for _ in 0..<1 + generator.below(4) {
                    if isMixed { text += "t " }
                    text += element(names[generator.below(names.count)], depth - 1)
                }
            }
            return text + "</\(name)>"
        }
        let records = (0..<40).map { _ in "<r>\(element("a", 3))\(element("b", 2))</r>" }
        let text = "<all>\(records.joined())</all>"
        let (documents, shape) = try Mapping.read(text)
        // One after the other, each asked of the shape, they are the same.
        var learned = XMLShape()
        for (document, record) in zip(documents, records) {
            let (alone, known) = try Mapping.read("<all>\(record)</all>", shape: learned)
            learned = known
            if alone.map(\.description) != [document.description] { Issue.record("seed \(seed): \(record)\n\(alone)\n\(document)") }
        }
        #expect(learned == shape, "seed \(seed)")
        var writer = XMLDocumentWriter(shape: shape)
        for (document, record) in zip(documents, records) {
            var output = ByteBuffer()
            writer.write(document, into: &output)
            let (written, expected) = (try Mapping.canonical(output.string), try Mapping.canonical(record))
            if written != expected { Issue.record("seed \(seed): \(expected)\n\(document)\n\(written)") }
        }
    }

    /// With all there is, any document comes out as it came in.
    @Test(arguments: Fuzzing.seeds(20))
    func wholeDocumentsAreKept(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func content(_ depth: Int) -> String {
            var text = ""
            for _ in 0..<generator.below(5) {
                switch generator.below(7) {
                case 0: text += ["12", " ", "\n\t", "]]&gt;", "&#13;", "é"][generator.below(6)]
                case 1: text += "<!-- c\(generator.below(3)) -->"
                case 2: text += ["<?p?>", "<?p q ?>"][generator.below(2)]
                case 3: text += "<![CDATA[<]]>"
                default:
                    let name = ["a", "p:b", "c"][generator.below(3)]
                    let attributes = ["", " id='1'", " p:x='&#10;' y=''", " xmlns='u'", " xmlns:p='v'"][generator.below(5)]
                    text += depth > 0 ? "<\(name)\(attributes)>\(content(depth - 1))</\(name)>" : "<\(name)\(attributes)/>"
                }
            }
            return text
        }
        for _ in 0..<40 {
            let text = "<?i?><!-- x --><root xmlns:p='u'\(generator.below(2) == 0 ? " id='k'" : "")>\(content(4))</root>\n<!-- y -->"
            let document = try Mapping.document(text) { $0.isExact = true }
            let written = Mapping.write(document)
            if try Mapping.canonical(written) != Mapping.canonical(text) { Issue.record("seed \(seed): \(text)\n\(document)\n\(written)") }
            #expect(try Mapping.document(written) { $0.isExact = true } == document)
        }
    }
}
