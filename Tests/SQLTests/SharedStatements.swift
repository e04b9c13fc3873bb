import TestSupport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Statements with what PostgreSQL's grammar says of them: `Statements/*.txt`.
///
/// A block is a statement and, below it, a line that begins with `=> `: the printed tree, or an exclamation mark, the SQLSTATE, the
/// position and the message. Blocks have an empty line between them; `#` begins a comment. `\n` in a statement is a line break.
struct StatementExample: Sendable, CustomStringConvertible {
    let statement: String
    let answer: String
    let line: Int

    var description: String { "line \(line): \(statement)" }

    static func read(_ file: String) throws -> [StatementExample] {
        let path = folder + "/" + file
        var examples: [StatementExample] = []
        var lines: [String] = []
        for (number, line) in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if line.hasPrefix("#") { continue }
            if line.hasPrefix("=> ") {
                let statement = lines.joined(separator: "\n").replacing("\\n", with: "\n")
                examples.append(StatementExample(statement: statement, answer: String(line.dropFirst(3)), line: number + 1))
                lines = []
            } else if !line.isEmpty {
                lines.append(String(line))
            }
        }
        return examples
    }

    private static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/Statements"
}
