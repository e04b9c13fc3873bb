import Foundation
import TestTraits
import Testing

@testable import ReQLish

/// A plan says what a query did.
@Suite(.ownThreads) struct ExplainTests {
    /// 2,000 documents of people with indexes on `city` and `age`, and a compound one of `city` and `age`.
    private static func people() throws -> QueryRunner { try shared.get() }

    /// One for all tests: none leaves anything changed.
    private static let shared = Result {
        let run = try QueryRunner(table: "people")
        for line in try setup() { _ = try run.value(line) }
        return run
    }

    private static let page: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return (try? String(contentsOfFile: folder.appendingPathComponent("docs/QUERIES.md").path, encoding: .utf8)) ?? ""
    }()

    /// The blocks of the page that begin with that line.
    private static func blocks(_ kind: String) -> [String] {
        page.components(separatedBy: "```\(kind)\n").dropFirst().map { $0.components(separatedBy: "\n```")[0] }
    }

    private static func setup() throws -> [String] {
        try #require(blocks("reql").first).split(separator: "\n").map(String.init)
    }

    private static func explain(_ run: QueryRunner, _ text: String, _ options: QueryOptions = QueryOptions()) throws -> QueryPlan {
        try run.pando.explain(TermTree(text: text), options: options)
    }

    /// Without what differs from run to run.
    private static func withoutTimes(_ text: some StringProtocol) -> String {
        text.replacingOccurrences(of: "[0-9]+\\.[0-9][0-9] ms", with: "… ms", options: .regularExpression)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test func thePageShowsPlansAsTheyAre() throws {
        let run = try Self.people()
        let examples = Self.blocks("plan")
        #expect(examples.count >= 5)
        for example in examples {
            let lines = example.components(separatedBy: "\n\n")
            let query = lines[0].replacingOccurrences(of: "\n", with: " ")
            let plan = try Self.explain(run, query)
            #expect(Self.withoutTimes(plan.description) == Self.withoutTimes(lines[1]), "\(query)")
        }
    }

    @Test func rowsAreThoseOfTheQuery() throws {
        let run = try Self.people()
        for query in [
            "r.table('people')", "r.table('people').filter({city: 'Lima'})", "r.table('people').filter(x => x('age').add(1).eq(20))",
            "r.table('people').orderBy({index: 'age'}).limit(7)", "r.table('people').orderBy('age').limit(7).pluck('id')",
            "r.table('people').getAll('Lima', 'Oslo', {index: 'city'}).map(x => x('age'))", "r.table('people').orderBy('name', 'age')",
            "r.table('people').between(10, 20).concatMap(x => [x, x])", "r.table('people').skip(1990)",
            "r.table('people').pluck('city').distinct()", "r.table('people').filter(x => x('age').gt(1000))",
        ] {
            let count = try run.value(query).count
            let plan = try Self.explain(run, query)
            let root = try #require(plan.steps.first)
            if let rows = root.rowCount { #expect(rows == count, "\(query)\n\(plan)") }
            switch root.estimate {
            case .exactly(let estimate)?: #expect(estimate == count, "\(query)\n\(plan)")
            case .atMost(let estimate)?: #expect(estimate >= count, "\(query)\n\(plan)")
            case nil: break
            }
        }
    }

    @Test func whatIsWrittenIsRolledBack() throws {
        let run = try Self.people()
        let before = try run.value("r.table('people').orderBy({index: 'id'})")
        let plan = try Self.explain(run, "r.table('people').filter({city: 'Lima'}).update({city: 'Cusco'})")
        #expect(plan.isRolledBack)
        #expect(try Self.explain(run, "r.table('people').delete()").isRolledBack)
        #expect(try Self.explain(run, "r.tableDrop('people')").isRolledBack)
        #expect(try run.value("r.table('people').orderBy({index: 'id'})") == before)
        #expect(!(try Self.explain(run, "r.table('people').count()").isRolledBack))
    }

    @Test func errorsAreThoseOfTheQuery() throws {
        let run = try Self.people()
        #expect(throws: ReQLError.self) { try Self.explain(run, "r.table('nobody')") }
        #expect(throws: ReQLError.self) { try Self.explain(run, "r.table('people').map(x => x('nothing'))") }
        #expect(throws: ReQLError.self) { try Self.explain(run, "r.table('people').changes()") }
        #expect(throws: ReQLError.self) { try Self.explain(run, "r.range()") }
    }

    @Test func subqueriesAreStepsOfTheirFunctions() throws {
        let run = try Self.people()
        let plan = try Self.explain(
            run, "r.range(3).map(i => r.table('people').getAll(i, {index: 'age'}).count())")
        #expect(plan.steps.map(\.name) == ["map", "range", "count", "getAll", "table"])
        #expect(plan.steps.map(\.depth) == [0, 1, 1, 2, 3])
        #expect(plan.steps[2].isInFunction && !plan.steps[1].isInFunction)
    }

    @Test func deepQueriesHaveDeepPlans() async throws {
        let run = try QueryRunner(table: nil)
        var query = r.expr([1])
        for _ in 0..<900 { query = query.limit(1) }
        let plan = try await run.pando.explain(query)
        #expect(plan.steps.count == 900)
        #expect(plan.steps.last?.depth == 899)
        #expect(plan.description.count > 900 && plan.datum[field: "steps"]?.count == 900)
    }

    @Test func theJSONHasWhatTheTextSays() throws {
        let run = try Self.people()
        let plan = try Self.explain(run, "r.table('people').filter({city: 'Lima'}).limit(2)").datum
        let steps = try #require(plan[field: "steps"])
        #expect(steps.elements.map { $0[field: "name"] } == ["limit", "filter", "table"])
        #expect(steps[0][field: "rows"] == 2)
        #expect(steps[1][field: "estimate"] == ["exactly": 20])
        #expect(plan[field: "documents_read"] == 2)
    }

    @Test func theJSONIsReadBack() throws {
        let run = try Self.people()
        let plan = try Self.explain(run, "r.table('people').filter({city: 'Lima'}).map(p => r.table('people').get(p('id'))).limit(2)")
        let back = try #require(QueryPlan(plan.datum))
        #expect(back.datum == plan.datum && back.description == plan.description)
        for damaged: Datum in [["steps": []], .null, try plan.datum.setting("steps", to: [1])] { #expect(QueryPlan(damaged) == nil) }
        let deep: Datum = ["name": "limit", "text": "limit", "depth": 3]
        #expect(try QueryPlan(plan.datum.setting("steps", to: [deep])) == nil)
    }
}
