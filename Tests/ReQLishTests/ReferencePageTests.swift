import Foundation
import Testing

@testable import ReQLish

/// `docs/REQL.md` has every term, and its examples answer what it says.
@Suite struct ReferencePageTests {
    private struct Row {
        let name: String
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
        return Row(name: code(cells[0]), example: code(cells[2]), answer: code(cells[3]))
    }

    @Test func everyTermIsThereOnce() {
        let named = Self.rows.map(\.name)
        let missing = TermType.allCases.filter { $0.facts.spelling != .syntax && !named.contains($0.facts.name) }
        #expect(missing.isEmpty, "docs/REQL.md lacks \(missing.map(\.name))")
        for type in TermType.allCases where type.facts.spelling == .syntax {
            #expect(Self.page.contains("`\(type.facts.name)`"), "docs/REQL.md does not name `\(type.facts.name)`")
        }
        #expect(Set(named).count == named.count)
        for name in named where name != "row" && name != "do" {
            #expect(TermType(name: name) != nil || name == "betweenDeprecated", "docs/REQL.md has `\(name)`, which is no term")
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
