import Ground
import Testing
import XML

/// What a document can't do to its reader, and what it is told.
@Suite struct LimitTests {
    /// The message of a document that is refused.
    private func message(_ document: String, _ limits: XMLLimits = XMLLimits()) -> String? {
        guard case .refused(let error) = Reading(document, limits: limits) else { return nil }
        return error.message
    }

    static let laughs: String = {
        let levels = (0..<9).map { "<!ENTITY l\($0 + 1) \"\(String(repeating: "&l\($0);", count: 10))\">" }
        return "<!DOCTYPE a [<!ENTITY l0 \"ha\">\(levels.joined())]>"
    }()

    @Test func entitiesThatBlowUp() {
        #expect(message(Self.laughs + "<a>&l9;</a>")?.hasPrefix("Entities add more than 8388608 bytes") == true)
        #expect(message(Self.laughs + "<a x=\"&l9;\"/>")?.hasPrefix("Entities add more than 8388608 bytes") == true)
        let long = "<!DOCTYPE a [<!ENTITY b \"\(String(repeating: "b", count: 100_000))\">]>"
        #expect(message(long + "<a>\(String(repeating: "&b;", count: 100_000))</a>")?.hasPrefix("Entities add more than") == true)
        // A default is said once and added to each element.
        let defaults = "<!DOCTYPE a [<!ATTLIST b c CDATA \"\(String(repeating: "b", count: 100_000))\">]>"
        #expect(message(defaults + "<a>\(String(repeating: "<b/>", count: 100_000))</a>")?.hasPrefix("Entities add more than") == true)
    }

    @Test func entitiesThatAddLittle() {
        let long = "<!DOCTYPE a [<!ENTITY b \"\(String(repeating: "b", count: 1000))\">]>"
        #expect(Reading(long + "<a>\(String(repeating: "&b;", count: 8000))</a>").isWellFormed)
    }

    @Test func entitiesOutsideTheDocument() {
        let external = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>"
        #expect(
            message(external + "<a>&b;</a>") == "The entity of `&b;` is outside the document (`file:///etc/passwd`), and is not fetched.")
        #expect(
            message(external + "<a c=\"&b;\"/>")
                == "The entity of `&b;` is outside the document (`file:///etc/passwd`), and is not fetched.")
        #expect(Reading(external + "<a/>").isWellFormed)
        #expect(
            message("<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/a.dtd\"><a>&b;</a>")
                == "The entity of `&b;` is not declared here, and declarations outside the document are not read.")
        #expect(
            message("<!DOCTYPE a [<!ENTITY % b SYSTEM \"b.dtd\">%b;]><a/>")
                == "The entity of `%b;` is outside the document (`b.dtd`), and is not fetched.")
        #expect(
            message("<!DOCTYPE a [<!NOTATION n SYSTEM \"n\"><!ENTITY b SYSTEM \"b\" NDATA n>]><a>&b;</a>")
                == "The entity of `&b;` is no text, so nothing can refer to it here.")
    }

    @Test func entitiesThatReferToThemselves() {
        let declarations = "<!DOCTYPE a [<!ENTITY b \"&c;\"><!ENTITY c \"&b;\">]>"
        #expect(message(declarations + "<a>&b;</a>") == "The entity `b` refers to itself.")
        #expect(message(declarations + "<a x=\"&b;\"/>") == "The entity `b` refers to itself.")
        #expect(Reading(declarations + "<a/>").isWellFormed)
        let chain = (0..<40).map { "<!ENTITY e\($0) \"&e\($0 + 1);\">" }.joined()
        #expect(message("<!DOCTYPE a [\(chain)<!ENTITY e40 \"\">]><a>&e0;</a>") == "More than 16 entities stand one in the other.")
        #expect(message("<!DOCTYPE a [\(chain)<!ENTITY e40 \"\">]><a x=\"&e0;\"/>") == "More than 16 entities stand one in the other.")
    }

    @Test func depthAndCounts() {
        let deep = String(repeating: "<a>", count: 1_000_000)
        #expect(message(deep) == "More than 1000 elements stand one in the other.")
        #expect(Reading(String(repeating: "<a>", count: 1000) + String(repeating: "</a>", count: 1000)).isWellFormed)
        let attributes = (0..<1001).map { "a\($0)=\"\"" }
        #expect(message("<a \(attributes.joined(separator: " "))/>") == "The element has more than 1000 attributes.")
        #expect(Reading("<a \(attributes.dropLast().joined(separator: " "))/>").isWellFormed)
        #expect(message("<a \(attributes.dropLast().joined(separator: " ")) a7=''/>") == "The element has more than 1000 attributes.")
        #expect(message("<a \(attributes.dropLast(2).joined(separator: " ")) a7=''/>") == "The element has the attribute `a7` twice.")
        #expect(message("<a b='' b=''/>") == "The element has the attribute `b` twice.")
        let bindings = (0..<1000).map { "xmlns:n\($0)=\"u\"" }.joined(separator: " ")
        #expect(message(String(repeating: "<a \(bindings)>", count: 5)) == "More than 4096 declarations of namespaces are in force.")
        let lists = String(repeating: "(", count: 1_000_000)
        #expect(message("<!DOCTYPE a [<!ELEMENT a \(lists)>]><a/>") == "The lists stand too deep one in the other.")
    }

    @Test func whatHasNoEnd() {
        #expect(message("<" + String(repeating: "a", count: 9000)) == "A name takes more than 8192 bytes.")
        #expect(message("<a>&" + String(repeating: "a", count: 9000)) == "A reference takes more than 8192 bytes.")
        var limits = XMLLimits()
        limits.tokenByteCount = 10_000
        for (begin, thing) in [
            ("<a b='", "A tag"), ("<!--", "A comment"), ("<?a ", "A processing instruction"), ("<!DOCTYPE a SYSTEM '", "A declaration"),
        ] {
            let text = begin + String(repeating: "x", count: 20_000)
            #expect(message(text, limits) == "\(thing) takes more than 10000 bytes.")
            // What is wrong with it otherwise is found at its end.
            #expect(message(begin + "xx", limits)?.hasPrefix("The document ends inside") == true || begin.contains("DOCTYPE"))
        }
    }

    @Test func entitiesThatAreNotAllowed() {
        var limits = XMLLimits()
        limits.allowsEntities = false
        #expect(message("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", limits) == "A document from here may declare no entities.")
        #expect(Reading("<!DOCTYPE a [<!ELEMENT a ANY>]><a>&amp;</a>", limits: limits).isWellFormed)
    }

    @Test func placesAreThoseOfTheInput() throws {
        func place(_ bytes: [UInt8]) throws -> [Int] {
            guard case .refused(let error) = Reading(bytes) else { return [] }
            return [error.line, error.column, error.offset]
        }
        let text = "<a>\r\n\u{e9}\r\n <b x='\u{1F600}'>&no;</b></a>"
        #expect(try place(Array(text.utf8)) == [3, 11, 22])
        #expect(try place([0xEF, 0xBB, 0xBF] + Array(text.utf8)) == [3, 11, 25])
        #expect(try place([0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }) == [3, 11, 40])
        let latin = Array("<?xml version='1.0' encoding='latin1'?>\n".utf8) + [0x3C, 0x61, 0x3E, 0xE9, 0xE9] + Array("<".utf8)
        #expect(try place(latin) == [2, 7, 46])
        #expect(try place([0xFE, 0xFF, 0x00]) == [1, 1, 2])
    }

    @Test func encodings() {
        let refused = [
            ("<?xml version='1.0' encoding='UTF-16'?><a/>", "The document says that it is in UTF-16, and is in UTF-8."),
            (
                "<?xml version='1.0' encoding='EBCDIC'?><a/>",
                "The encoding EBCDIC is not read: write the document in UTF-8, UTF-16, ISO-8859-1 or US-ASCII."
            ),
        ]
        for (document, expected) in refused { #expect(message(document) == expected) }
        // An instruction of a longer name is no declaration.
        #expect(Reading("<?xml-s encoding='EBCDIC'?><a/>") == .canonical("<?xml-s encoding='EBCDIC'?>\n<a></a>"))
        guard case .refused(let error) = Reading([0, 0, 0, 0x3C]) else { return #expect(Bool(false)) }
        #expect(error.message == "UTF-32 is not read: write the document in UTF-8 or UTF-16.")
    }
}
