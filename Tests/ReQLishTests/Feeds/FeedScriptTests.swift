import Testing

@testable import ReQLish

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What feeds tell, as data: `Language/feeds.txt`, one paragraph a test, in a table `t` with the indexes `a` and `tags` (multi).
///
///     # The title.
///     + a query that is run
///     > the query that opens the feed
///     < the next notice
///     .   the feed has nothing more now
///     ! kind   the feed fails
@Suite struct FeedScriptTests {
    struct Script: CustomTestStringConvertible, Sendable {
        let title: String
        let lines: [(number: Int, text: String)]
        var testDescription: String { title }
    }

    static let scripts: [Script] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Language/feeds.txt").path
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        var scripts: [Script] = []
        var lines: [(number: Int, text: String)] = []
        var title = ""
        func end() {
            if !lines.isEmpty { scripts.append(Script(title: title, lines: lines)) }
            lines = []
        }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("#") {
                end()
                title = String(line.dropFirst(2))
            } else if !line.isEmpty {
                lines.append((index + 1, String(line)))
            }
        }
        end()
        return scripts
    }()

    @Test func `There are scripts`() {
        #expect(Self.scripts.count > 20)
    }

    @Test(arguments: scripts)
    func tells(_ script: Script) throws {
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('a')")
        _ = try run.value("r.table('t').indexCreate('tags', {multi: true})")
        var feed: ResultCursor?
        for (number, line) in script.lines {
            let text = String(line.dropFirst(2))
            switch line.first {
            case "+": _ = try run.value(text)
            case ">":
                do throws(any Error) {
                    feed = try run.cursor(text)
                } catch {
                    Issue.record("line \(number): \(error)")
                    return
                }
            case "<":
                let wanted = try Datum(json: text)
                switch try #require(feed).poll() {
                case .row(let row): #expect(row == wanted, "line \(number)")
                case .nothing: Issue.record("line \(number): nothing, and not \(wanted)")
                case .end: Issue.record("line \(number): the end, and not \(wanted)")
                }
            case ".":
                let step = try #require(feed).poll()
                guard case .nothing = step else {
                    Issue.record("line \(number): \(step), and not nothing")
                    continue
                }
            case "!":
                do {
                    let step = try #require(feed).poll()
                    Issue.record("line \(number): \(step), and no error")
                } catch let error as ReQLError {
                    #expect("\(error.kind)" == text, "line \(number): \(error)")
                }
            default: Issue.record("line \(number) is not understood: \(line)")
            }
        }
    }
}
