import Foundation
import Ground
import TestSupport
import Testing
import XML

/// The XML conformance test suite of the W3C (2013-09-23): what is not well-formed is refused, all else is read, and means what the suite
/// says. Tests of XML 1.0, fifth edition, with namespaces, that need nothing from outside the document.
///
/// The whole suite is read from the folder that `XML_SUITE` names; a part of it is in `Corpus`, with its licence.
@Suite struct SuiteTests {
    struct Test: Decodable {
        let id: String
        let isWellFormed: Bool
        var document: String?
        var base64: String?
        var output: String?

        var bytes: [UInt8] {
            if let base64 { return Array(Data(base64Encoded: base64) ?? Data()) }
            return Array((document ?? "").utf8)
        }
    }

    /// The tests of the University of Edinburgh, of at most 2,000 bytes each.
    static let corpus: [Test] = {
        guard let folder = Bundle.module.resourceURL?.appendingPathComponent("Corpus"),
            let text = try? String(contentsOf: folder.appendingPathComponent("edinburgh.ndjson"), encoding: .utf8)
        else { return [] }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return text.split(separator: "\n").compactMap { try? decoder.decode(Test.self, from: Data($0.utf8)) }
    }()

    @Test func thePartInThisRepository() {
        #expect(Self.corpus.count == 469)
        Self.check(Self.corpus)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["XML_SUITE"] != nil))
    func theWholeSuite() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["XML_SUITE"])
        let tests = try Self.tests(in: URL(fileURLWithPath: folder))
        #expect(tests.count == 1718)
        #expect(tests.count { !$0.isWellFormed } == 951)
        #expect(tests.count { $0.output != nil } == 261)
        Self.check(tests)
    }

    static func check(_ tests: [Test]) {
        for test in tests {
            let reading = Reading(test.bytes, comments: false)
            if reading.isWellFormed != test.isWellFormed {
                Issue.record("\(test.id): \(reading), but is well-formed: \(test.isWellFormed)")
            }
            guard case .canonical(let text) = reading, let output = test.output else { continue }
            // The suite's own form has no comments, writes some characters by reference, and lists the notations: so it is read as any
            // document.
            guard case .canonical(let expected) = Reading(output) else {
                Issue.record("\(test.id): the output of the suite is no document")
                continue
            }
            // Of what stands among the declarations no reader is told, and the suite's form has this instruction from there.
            if test.id == "ibm-valid-P29-ibm29v01.xml" {
                #expect("<?sound \"This is a PI\" ?>" + text == Self.withoutBlanksOutside(expected))
                continue
            }
            #expect(Self.withoutBlanksOutside(text) == Self.withoutBlanksOutside(expected), "\(test.id)")
        }
    }

    /// The suite puts no end of a line between what stands outside the root.
    static func withoutBlanksOutside(_ text: String) -> String {
        text.replacingOccurrences(of: "?>\n", with: "?>").replacingOccurrences(of: "\n<?", with: "<?")
    }

    // MARK: The lists of the suite

    private static func tests(in folder: URL) throws -> [Test] {
        var list = try text(folder.appendingPathComponent("xmlconf.xml"))
        let root = try #require(list.range(of: "<TESTSUITE"))
        let declarations = list[..<root.lowerBound]
        list = String(list[root.lowerBound...])
        for line in declarations.components(separatedBy: "<!ENTITY ").dropFirst() {
            let words = line.split { $0.isWhitespace || $0 == "\"" || $0 == ">" }
            guard words.count > 2, words[1] == "SYSTEM" else { continue }
            var part = try text(folder.appendingPathComponent(String(words[2])))
            if part.hasPrefix("<?xml"), let end = part.range(of: "?>") { part = String(part[end.upperBound...]) }
            list = list.replacingOccurrences(of: "&\(words[0]);", with: part)
        }
        return try tests(of: list, folder)
    }

    private static func tests(of list: String, _ folder: URL) throws -> [Test] {
        var parser = XMLParser()
        parser.append(Array(list.utf8).span)
        parser.finish()
        var bases: [String] = []
        var tests: [Test] = []
        while true {
            switch try parser.next() {
            case .startElement:
                let attributes = Dictionary(
                    uniqueKeysWithValues: (0..<parser.attributeCount).map {
                        (parser.attributeName($0).string, parser.attributeValue($0).string)
                    })
                bases.append(attributes["xml:base"] ?? bases.last ?? "")
                guard parser.name.string == "TEST", isMeant(attributes) else { continue }
                // One of the paths is wrong in the suite.
                let base = bases[bases.count - 1].replacingOccurrences(of: "namespaces/misc", with: "misc")
                let here = folder.appendingPathComponent(base)
                let data = try Data(contentsOf: here.appendingPathComponent(attributes["URI"] ?? ""))
                let output = try attributes["OUTPUT"].map { try text(here.appendingPathComponent($0)) }
                tests.append(
                    Test(
                        id: attributes["ID"] ?? "", isWellFormed: attributes["TYPE"] != "not-wf", base64: data.base64EncodedString(),
                        output: output))
            case .endElement: bases.removeLast()
            case .endOfDocument, .needsInput: return tests
            default: break
            }
        }
    }

    private static func isMeant(_ attributes: [String: String]) -> Bool {
        (attributes["EDITION"] ?? "5").split(separator: " ").contains("5")
            && attributes["RECOMMENDATION"]?.hasSuffix("1.1") != true && attributes["VERSION"] != "1.1"
            && attributes["ENTITIES"] ?? "none" == "none" && attributes["TYPE"] != "error" && attributes["NAMESPACE"] != "no"
    }

    private static func text(_ file: URL) throws -> String { String(decoding: try Data(contentsOf: file), as: UTF8.self) }
}
