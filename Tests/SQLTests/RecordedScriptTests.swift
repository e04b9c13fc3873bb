import Foundation
import Testing

@testable import SQL

/// Scripts with what PostgreSQL 15.20 answered to each statement.
///
/// A line is a statement, a tab, and its rows with ` / ` between them, or `!` and the SQLSTATE.
@Suite struct RecordedScriptTests {
    @Test(arguments: [
        "bit-strings", "catalogs-by-relation", "columns-and-keys", "comments", "composite-types", "declared-tables",
        "definitions-by-kind", "edges-of-functions", "forms-of-types", "found-by-comparison", "found-by-scripts", "functions-and-nulls",
        "functions-and-statements", "functions-by-group", "groups-of-regular-expressions", "indexes-by-form", "information-schema",
        "materialized-views",
        "names-and-words", "operators-and-nulls", "parameters", "privileges", "rows-of-the-reference", "sequences-and-identity",
        "sessions-by-statement", "settings", "sqlstates", "statements-by-kind", "storage-parameters", "system-catalogs", "tables-by-form",
        "types-and-values",
        "views-by-form",
    ])
    func answersAreThoseOfPostgreSQL(_ name: String) throws {
        try Self.follow(name, in: try TestSession())
    }

    /// Has a session answer a script.
    static func follow(_ name: String, in session: TestSession) throws {
        let file = try #require(Bundle.module.url(forResource: "Statements/\(name)", withExtension: "tsv"))
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let answer: String
            do { answer = try session.rows(String(parts[0])).joined(separator: " / ") } catch let error as SQLError {
                answer = "!" + error.state.rawValue
            }
            #expect(answer == parts[1], "\(parts[0])")
        }
    }
}
