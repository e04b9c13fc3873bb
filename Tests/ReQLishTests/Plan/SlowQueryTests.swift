import Synchronization
import TestTraits
import Testing

@testable import ReQLish

/// A slow query is noted with its plan, which is made when it turns out to have been slow.
@Suite(.ownThreads) struct SlowQueryTests {
    /// What was noted.
    private final class Notes: Sendable {
        private let entries = Mutex<[ServerState.LogEntry]>([])

        init(_ pando: Pando) {
            pando.server.onLog { [self] entry in
                if entry.message.hasPrefix("Slow query") { entries.withLock { $0.append(entry) } }
            }
            pando.server.slowQueryTime = .nanoseconds(1)
        }

        func take() -> [ServerState.LogEntry] {
            entries.withLock { entries in
                defer { entries = [] }; return entries
            }
        }
    }

    private static func people() throws -> QueryRunner {
        let run = try QueryRunner(table: "people")
        _ = try run.value(
            "r.table('people').insert(r.range(500).map(i => ({id: i, age: i.mod(50), city: r.expr(['Lima', 'Oslo'])(i.mod(2))})).coerceTo('array'))"
        )
        _ = try run.value("r.table('people').indexCreate('age')")
        _ = try run.value("r.table('people').indexWait()")
        return run
    }

    /// The lines of a plan without what is counted or measured while rows are read.
    private static func way(_ plan: String) -> [Substring] {
        plan.split(separator: "\n").dropFirst().map { line in
            let text = line.prefix { $0 != "—" }
            return text.prefix((text.lastIndex { $0 != " " }).map { text.distance(from: text.startIndex, to: $0) + 1 } ?? 0)
        }
    }

    @Test func theWayIsThatOfExplain() throws {
        let run = try Self.people()
        let notes = Notes(run.pando)
        for query in [
            "r.table('people')", "r.table('people').count()", "r.table('people').filter({age: 7})",
            "r.table('people').filter({city: 'Lima'}).count()",
            "r.table('people').filter(x => x('city').eq('Lima').and(x('age').gt(45))).orderBy('age').limit(3)",
            "r.table('people').orderBy({index: 'age'}).limit(3).pluck('id')",
            "r.table('people').getAll(3, 4, {index: 'age'}).map(x => x('id'))",
            "r.table('people').between(3, 9).skip(2)", "r.table('people').pluck('city').distinct()",
            "r.union(r.table('people').limit(2), r.table('people').getAll(9))",
            "r.table('people').limit(3).eqJoin('age', r.table('people')).zip()",
        ] {
            _ = try run.value(query)
            let noted = try #require(notes.take().first)
            let plan = try run.pando.explain(TermTree(text: query))
            _ = notes.take()
            #expect(Self.way(try #require(noted.plan)) == Self.way(plan.description), "\(query)\n\(noted.plan ?? "")\n\(plan)")
            #expect(noted.plan?.contains("\(plan.documentsRead) document") == true, "what the run has read: \(noted.plan ?? "") \(plan)")
            #expect(noted.message.hasSuffix("ms, of the application: \(try TermTree(text: query).text())"))
        }
    }

    @Test func severalQuestionsInOne() throws {
        let run = try Self.people()
        let notes = Notes(run.pando)
        _ = try run.value(
            "r.expr([r.table('people').filter({age: 7}).count(), r.table('people').sum('age'), r.table('people').filter({age: 8}).avg('age')])"
        )
        let plan = try #require(notes.take().first?.plan)
        #expect(plan.split(separator: "\n").filter { $0.contains("index `age`") }.count == 2, "each part says how it went: \(plan)")
    }

    @Test func nothingIsDoneTwice() throws {
        let run = try Self.people()
        let notes = Notes(run.pando)
        let before = run.pando.server.counters.documentsRead
        #expect(try run.value("r.table('people').filter(x => x('city').add('!').eq('Lima!')).count()") == 250)
        #expect(run.pando.server.counters.documentsRead == before + 500)
        let queries = run.pando.server.counters.queryTimes(.application).cumulative.last
        for (query, count) in [
            ("r.table('people').insert({})", 501), ("r.table('people').get(3).delete()", 500),
            ("r.expr([r.table('people').insert({})])", 501),
            ("r.table('people').filter({age: 4}).delete()", 491), ("r.range(3).forEach(i => r.table('people').insert({}))", 494),
            ("r.branch(true, r.table('people').insert({}), 1)", 495),
        ] {
            _ = notes.take()
            _ = try run.value(query)
            #expect(notes.take().first?.plan != nil, "\(query)")
            #expect(try run.value("r.table('people').count()") == Datum(count), "\(query)")
        }
        _ = try run.value("r.db('rethinkdb').table('_debug_scratch').insert({id: 1, n: 1})")
        _ = try run.value("r.db('rethinkdb').table('_debug_scratch').get(1).update({n: r.row('n').add(1)})")
        #expect(try run.value("r.db('rethinkdb').table('_debug_scratch').get(1)('n')") == 2)
        #expect(run.pando.server.counters.queryTimes(.application).cumulative.last == (queries ?? 0) + 15, "what makes plans is no query")
        _ = notes.take()
        _ = try run.value("r.table('people').filter({age: 5}).update({n: 1})")
        let plan = try #require(notes.take().first?.plan)
        #expect(plan.contains("update") && plan.contains("index `age`"), "\(plan)")
        #expect(!plan.contains("rolled back"), "it was not tried, it was done")
    }

    @Test func transactionsFailuresAndDeepOnes() async throws {
        let run = try Self.people()
        let notes = Notes(run.pando)
        try await run.pando.write { tx in
            _ = try tx.run(r.table("people").filter(["age": 5]).count())
            _ = try tx.run(r.table("people").delete())
        }
        let noted = notes.take()
        #expect(noted.count == 2 && noted[0].plan?.contains("index `age`") == true, "\(noted)")
        _ = run.error("r.range(3).map(x => x('nothing'))")
        _ = run.error("r.table('nobody').count()")
        #expect(notes.take().allSatisfy { $0.plan != nil })
        var query = r.expr([1])
        for _ in 0..<900 { query = query.limit(1) }
        _ = try await run.pando.run(query)
        let deep = try #require(notes.take().first?.plan)
        #expect(deep.contains("limit") && deep.count <= 2001, "cut")
    }

    @Test func theTableOfLogsHasIt() throws {
        let run = try Self.people()
        run.pando.server.slowQueryTime = .nanoseconds(1)
        _ = try run.value("r.table('people').filter({age: 7})")
        run.pando.server.slowQueryTime = .seconds(3600)
        _ = try run.value("r.table('people').filter({age: 8})")
        let messages = try run.value("r.db('rethinkdb').table('logs')('message')").elements.compactMap(\.string).filter {
            $0.hasPrefix("Slow query")
        }
        #expect(messages.count == 1)
        #expect(messages.first?.contains("index `age`") == true && messages.first?.contains("└── ") == true, "\(messages)")
    }
}
