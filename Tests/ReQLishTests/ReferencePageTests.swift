import Foundation
import Testing

@testable import ReQLish

/// `docs/REQL.md` has every term, and its examples answer what it says.
@Suite struct ReferencePageTests {
    private struct Row {
        let name: String
        let what: String
        let example: String
        let answer: String
    }

    private static let page: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return (try? String(contentsOfFile: folder.appendingPathComponent("docs/REQL.md").path, encoding: .utf8)) ?? ""
    }()

    /// The rows of tables with four columns, without the accents around code.
    private static let rows: [Row] = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap { line in
        let cells = line.replacingOccurrences(of: "\\|", with: "\u{0}").split(separator: "|").map { cell in
            cell.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: "\u{0}", with: "|")
        }
        guard cells.count == 4 else { return nil }
        func code(_ cell: String) -> String { cell.hasPrefix("`") && cell.hasSuffix("`") ? String(cell.dropFirst().dropLast()) : cell }
        return Row(name: code(cells[0]), what: cells[1], example: code(cells[2]), answer: code(cells[3]))
    }

    @Test func everyTermIsThereOnce() {
        let terms = TermType.allCases.map(\.facts)
        for facts in terms where facts.spelling == .syntax {
            #expect(Self.page.contains("`\(facts.name)`"), "docs/REQL.md does not name `\(facts.name)`")
        }
        let written = terms.filter { $0.spelling != .syntax }
        #expect(Self.rows.map(\.name) == written.map(\.name), "the rows of docs/REQL.md are those of the table of terms, in its order")
        for (row, facts) in zip(Self.rows, written) {
            let options = facts.options.filter { !$0.hasPrefix("_") }.map { "`\(TermType.camelCase($0))`" }
            let what = facts.summary + (options.isEmpty ? "" : "; " + options.joined(separator: ", "))
            #expect(row.what == what, "`\(facts.name)` in docs/REQL.md")
        }
    }

    @Test func examplesAnswerWhatThePageSays() throws {
        let setup = try #require(Self.page.components(separatedBy: "```reql\n").dropFirst().first?.components(separatedBy: "\n```").first)
        let run = try QueryRunner(table: nil)
        for query in setup.split(separator: "\n") { _ = try run.value(String(query)) }
        #expect(Self.rows.count > 150)
        for row in Self.rows where row.example != "–" {
            let tree = try TermTree(text: row.example)
            #expect(
                LanguageFile.types(of: tree.root).contains { $0.facts.name == row.name }, "the example of `\(row.name)` is of another term")
            guard row.answer != "–" else { continue }
            let wanted = try #require(row.answer == "…" ? .anything : LanguageExample.Expectation(Substring(row.answer)), "\(row.name)")
            let example = LanguageExample(query: row.example, expectation: wanted, line: 0)
            if let complaint = example.complaint(about: example.answer(from: run.pando)) {
                Issue.record("\(row.example)\n  docs/REQL.md says \(row.answer)\n  got               \(complaint)")
            }
        }
    }
}
