import Foundation
import Testing

@testable import ReQLish

/// The examples of `docs/SEARCH.md`, one after the other, answer what the page says.
@Suite struct SearchPageTests {
    @Test func examplesAnswerWhatThePageSays() throws {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        let page = try String(contentsOfFile: folder.appendingPathComponent("docs/SEARCH.md").path, encoding: .utf8)
        let run = try QueryRunner(table: nil)
        var count = 0
        for block in page.components(separatedBy: "```reql\n").dropFirst() {
            var query = ""
            for line in try #require(block.components(separatedBy: "\n```").first).components(separatedBy: "\n") {
                guard line.hasPrefix("=> ") else {
                    query = line
                    continue
                }
                let expectation = try #require(LanguageExample.Expectation(line.dropFirst(3)), "\(line)")
                let example = LanguageExample(query: query, expectation: expectation, line: 0)
                if let complaint = example.complaint(about: example.answer(from: run.pando)) {
                    Issue.record("\(query)\n  docs/SEARCH.md says \(line)\n  got                \(complaint)")
                }
                count += 1
            }
        }
        #expect(count > 15)
    }
}
