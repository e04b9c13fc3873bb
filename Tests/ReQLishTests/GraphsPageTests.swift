import Foundation
import Testing

@testable import ReQLish

/// The examples of `docs/GRAPHS.md` answer what it says.
@Suite struct GraphsPageTests {
    @Test func examplesAnswerWhatThePageSays() throws {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        let page = try String(contentsOfFile: folder.appendingPathComponent("docs/GRAPHS.md").path, encoding: .utf8)
        let run = try QueryRunner(table: nil)
        var count = 0
        for block in page.components(separatedBy: "```reql\n").dropFirst() {
            let text = try #require(block.components(separatedBy: "\n```").first)
            for example in text.components(separatedBy: "\n\n") {
                let parts = example.components(separatedBy: "\n=> ")
                try #require(parts.count == 2, "\(example)")
                let wanted = try #require(LanguageExample.Expectation(Substring(parts[1])), "\(parts[1])")
                let query = LanguageExample(query: parts[0], expectation: wanted, line: 0)
                if let complaint = query.complaint(about: query.answer(from: run.pando)) {
                    Issue.record("\(parts[0])\n  docs/GRAPHS.md says \(parts[1])\n  got                 \(complaint)")
                }
                count += 1
            }
        }
        #expect(count >= 20)
    }
}
