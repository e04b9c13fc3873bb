import Foundation
import Testing

@testable import ReQLish

/// The language by example: each file in `Language` is run from top to bottom in a database of its own.
@Suite struct LanguageTests {
    @Test(arguments: LanguageFile.all)
    func file(_ file: LanguageFile) throws {
        let pando = try Pando.inMemory()
        _ = try pando.start(TermTree(text: "r.dbCreate('test')"))
        let cases = try file.cases()
        #expect(!cases.isEmpty)
        for example in cases {
            let answer = example.answer(from: pando)
            guard let complaint = example.complaint(about: answer) else { continue }
            Issue.record(
                "\(example.query)\n  expected \(example.expectation)\n  got      \(complaint)", sourceLocation: file.location(of: example))
        }
    }

    /// Every term that can be run stands in some example.
    @Test func everyTermHasExamples() throws {
        var found: [TermType: Int] = [:]
        for file in LanguageFile.all {
            for example in try file.cases() {
                guard let tree = try? TermTree(text: example.query) else { continue }
                for type in LanguageFile.types(of: tree.root) { found[type, default: 0] += 1 }
            }
        }
        // A constant needs one, what takes arguments at least two.
        let rare = TermType.allCases.filter { type in
            !Self.leftOut.contains(type) && found[type, default: 0] < (type.facts.arity.upperBound == 0 ? 1 : 2)
        }
        #expect(rare.isEmpty)
    }

    /// What parses and cannot be run yet, and what no text form spells.
    static let leftOut: Set<TermType> = [
        .javaScript, .http, .betweenDeprecated,
    ]
}

/// A file of examples. An example is a query, over as many lines as it likes, and what it answers:
///
///     r.expr([1, 2]).map(x => x.add(1))
///     => [2, 3]
///
/// After `=>` stands
///
///     JSON             this value
///     rows JSON        a sequence of these rows, in this order
///     bag JSON         a sequence or an array of these elements, in any order
///     part JSON        an object with these fields at least
///     *                anything but an error
///     error CLASS      an error of this class, when the query starts or while its rows are read
///     error CLASS at 0 left_bound   … in the term that this way leads to
///
/// Lines that begin with `#` are remarks.
struct LanguageFile: Sendable, CustomTestStringConvertible {
    let name: String
    let path: String

    var testDescription: String { name }

    static let all: [LanguageFile] = {
        let folder = Bundle.module.bundlePath + "/Language"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".reql") }.sorted().map { LanguageFile(name: $0, path: folder + "/" + $0) }
    }()

    func cases() throws -> [LanguageExample] {
        var cases: [LanguageExample] = []
        var query: [Substring] = []
        var start = 0
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("#") { continue }
            if line.hasPrefix("=> ") {
                let expectation = try #require(LanguageExample.Expectation(line.dropFirst(3)), "\(name):\(index + 1)")
                try #require(!query.isEmpty, "\(name):\(index + 1) answers no query")
                cases.append(LanguageExample(query: query.joined(separator: "\n"), expectation: expectation, line: start))
                query = []
            } else if !line.allSatisfy(\.isWhitespace) {
                if query.isEmpty { start = index + 1 }
                query.append(line)
            }
        }
        try #require(query.isEmpty, "\(name):\(start) has no answer")
        return cases
    }

    func location(of example: LanguageExample) -> SourceLocation {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Language/\(name)").path
        return SourceLocation(fileID: "ReQLishTests/\(name)", filePath: source, line: example.line, column: 1)
    }

    /// The types of a term and of all below it.
    static func types(of term: Term) -> [TermType] {
        var types: [TermType] = []
        var pending = [term]
        while let term = pending.popLast() {
            types.append(term.type)
            pending += Array(term.arguments)
            pending += term.optionalArguments.map(\.term)
        }
        return types
    }
}
