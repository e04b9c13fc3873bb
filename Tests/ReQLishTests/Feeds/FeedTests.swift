import TestSupport
import TestTraits
import Testing

@testable import ReQLish

/// Feeds as applications in Swift have them.
@Suite(.ownThreads) struct FeedTests {
    struct User: Codable, Equatable {
        var id: Int
        var name: String
    }

    private let users = r.db("test").table("t")

    @Test func changesAreDecoded() async throws {
        let run = try QueryRunner(table: "t", [["id": 1, "name": "Ada"]])
        var changes = run.pando.changes(users, as: User.self, includeInitial: true).makeAsyncIterator()
        let first = try #require(try await changes.next())
        #expect(first.kind == .initial && first.old == nil && first.new == User(id: 1, name: "Ada"))
        try await run.pando.run(users.get(1).update(["name": "Bo"]))
        try await run.pando.run(users.insert(["id": 2, "name": "Cy"]))
        try await run.pando.run(users.get(1).delete())
        let second = try #require(try await changes.next())
        #expect(second.kind == .changed && second.old?.name == "Ada" && second.new?.name == "Bo")
        #expect(try await changes.next()?.kind == .added)
        let last = try #require(try await changes.next())
        #expect(last.kind == .removed && last.old == User(id: 1, name: "Bo") && last.new == nil)
    }

    /// A feed lives long, also one that nobody asks for its changes: pages must not live with it.
    @Test(arguments: [
        "r.table('t').get(1).changes()", "r.table('t').getAll(1).changes()", "r.table('t').between(0, 5).changes()",
        "r.table('t').filter({n: 1}).changes({squash: true})", "r.table('t').getAll(1, {index: 'n'}).changes()",
        "r.table('t').orderBy({index: 'n'}).limit(2).changes()", "r.table('t').sum('n').changes()",
        "r.table('t').group('n').sum('n').changes()",
        "r.table('t').changes().union(r.table('t').get(1).changes())",
    ])
    func aFeedKeepsNoState(_ feed: String) throws {
        let run = try QueryRunner(table: "t", .array([["id": 1, "n": 1], ["id": 2, "n": 2]]))
        _ = try run.value("r.table('t').indexCreate('n')")
        _ = try run.value("r.table('t').indexWait()")
        let states = { try run.pando.catalog.statistics().liveSnapshots }
        // The store's own threads take a state for a moment, the builder of the index among them; a feed would keep its state.
        #expect(try eventually { try states() == 0 })
        let cursor = try run.cursor(feed)
        _ = try run.value("r.table('t').get(1).update({n: 3})")
        #expect(try eventually { try states() == 0 })
        guard case .row = try cursor.poll() else {
            Issue.record("\(feed) tells the change")
            return
        }
        while case .row = try cursor.poll() {}
        _ = try run.value("r.table('t').get(1).update({n: 4})")
        #expect(try eventually { try states() == 0 })
    }

    @Test func aFeedIsAwaited() async throws {
        let run = try QueryRunner(table: "t")
        let (pando, users) = (run.pando, users)
        // More feeds than the pool has threads, so none of them may hold one.
        let feeds = (0..<12).map { _ in
            Task { try await pando.run(users.changes(includeInitial: true).map { $0["new_val"]["id"] }.limit(3)) }
        }
        for id in 0..<3 { try await pando.run(users.insert(["id": Query(id)])) }
        for feed in feeds { #expect(try await feed.value.count == 3) }
    }

    @Test func cancellingTheTaskEndsTheLoop() async throws {
        let run = try QueryRunner(table: "t", [["id": 1]])
        let (pando, users) = (run.pando, users)
        let (told, teller) = AsyncStream<Void>.makeStream()
        let task = Task {
            for try await _ in pando.changes(users, includeInitial: true) { teller.yield() }
        }
        for await _ in told { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func aDroppedTableEndsTheLoop() async throws {
        let run = try QueryRunner(table: "t", [["id": 1]])
        var kinds: [Change<Datum>.Kind] = []
        do {
            for try await change in run.pando.changes(users, includeInitial: true) {
                kinds.append(change.kind)
                try await run.pando.run(r.db("test").tableDrop("t"))
            }
            Issue.record("the loop has an end")
        } catch let error as ReQLError {
            #expect(error.kind == .operationFailed && error.cause == .tableNotFound, "\(error)")
        }
        #expect(kinds == [.initial])
    }

    @Test func whoIsTooSlowIsTold() async throws {
        let run = try QueryRunner(table: "t")
        var options = QueryOptions()
        options.arguments = [("changefeed_queue_size", try TermTree(text: "2"))]
        var changes = run.pando.changes(users, includeInitial: true, options: options).makeAsyncIterator()
        try await run.pando.run(users.insert(["id": 0]))
        #expect(try await changes.next()?.kind == .initial)
        try await run.pando.run(users.insert(r.range(1, 9).map { ["id": $0] }))
        await #expect(throws: ReQLError.self) { _ = try await changes.next() }
    }

    @Test func aFeedWithoutEndHasNoArray() async throws {
        let run = try QueryRunner(table: "t")
        await #expect(throws: ReQLError.self) { try await run.pando.run(users.changes()) }
        #expect(throws: ReQLError.self) { try users.changes().run(on: run.pando) }
    }

    @Test func aTransactionHasNoFeeds() async throws {
        let run = try QueryRunner(table: "t")
        let users = users
        do {
            try await run.pando.write { try $0.run(users.changes().limit(1)) }
            Issue.record("a feed was opened")
        } catch let error as ReQLError {
            #expect(error.kind == .queryLogic)
        }
    }

    @Test func theThreadThatAsksWaits() throws {
        let run = try QueryRunner(table: "t")
        let feed = try run.cursor("r.table('t').changes()('new_val')('id')")
        let pando = run.pando
        let writer = TestThread {
            for id in 0..<50 { _ = try pando.start(TermTree(text: "r.table('t').insert({id: \(id)})")).collected() }
        }
        var ids: [Datum] = []
        while ids.count < 50, let id = try feed.next() { ids.append(id) }
        #expect(ids == (0..<50).map { Datum($0) })
        feed.close()
        #expect(try feed.next() == nil)
        try writer.join()
    }

    @Test func closingWakesWhoWaits() throws {
        let run = try QueryRunner(table: "t")
        let feed = try run.cursor("r.table('t').changes({squash: 1000000})")
        _ = try run.value("r.table('t').insert({id: 1})")
        let waiting = TestThread {
            let row = try feed.next()
            #expect(row == nil)
        }
        feed.close()
        try waiting.join()
    }

    @Test func aSquashWaitsForItsTime() throws {
        let run = try QueryRunner(table: "t")
        let patient = try run.cursor("r.table('t').changes({squash: 1000000})")
        let hasty = try run.cursor("r.table('t').changes({squash: 0.001})")
        _ = try run.value("r.table('t').insert({id: 1})")
        guard case .nothing(let time) = try patient.poll(), time != nil else {
            Issue.record("The change was told at once.")
            return
        }
        #expect(try hasty.next() == ["new_val": ["id": 1], "old_val": .null])
    }

    /// A queue that is half full waits no longer, so what is in it then is told as one change.
    @Test func aSquashTellsManyChangesAsOne() throws {
        let run = try QueryRunner(table: "t")
        let feed = try run.cursor("r.table('t').changes({squash: 1000000, changefeedQueueSize: 4})")
        _ = try run.value("r.table('t').insert({id: 1})")
        guard case .nothing = try feed.poll() else {
            Issue.record("The change was told at once.")
            return
        }
        _ = try run.value("r.table('t').get(1).update({a: 1})")
        guard case .row(let change) = try feed.poll() else {
            Issue.record("A queue that is half full goes on waiting.")
            return
        }
        #expect(change == ["new_val": ["id": 1, "a": 1], "old_val": .null])
    }

    @Test func whatARowFunctionReadsIsNotKept() throws {
        let run = try QueryRunner(table: "t")
        let feed = try run.cursor("r.table('t').changes().map(c => r.table('t').count())")
        _ = try run.value("r.table('t').insert({id: 1})")
        #expect(try feed.next() == 1)
        guard case .nothing = try feed.poll() else {
            Issue.record("there is something")
            return
        }
        for id in 2..<5 { _ = try run.value("r.table('t').insert({id: \(id)})") }
        #expect(try feed.next() == 4)
    }

    @Test func systemTablesAreFollowed() throws {
        let run = try QueryRunner(table: "t")
        let databases = try run.cursor("r.db('rethinkdb').table('db_config').pluck('name').changes({includeInitial: true})")
        #expect(try databases.next() == ["new_val": ["name": "test"]])
        _ = try run.value("r.dbCreate('shop')")
        #expect(try databases.next() == ["new_val": ["name": "shop"], "old_val": .null])
        let scratch = try run.cursor("r.db('rethinkdb').table('_debug_scratch').get(1).changes({includeInitial: true})")
        #expect(try scratch.next() == ["new_val": .null])
        _ = try run.value("r.db('rethinkdb').table('_debug_scratch').insert([{id: 1}, {id: 2}])")
        #expect(try scratch.next() == ["new_val": ["id": 1], "old_val": .null])
        run.expect("r.db('rethinkdb').table('db_config').orderBy({index: 'id'}).limit(1).changes()", fails: .operationFailed)
        run.expect("r.db('rethinkdb').table('db_config').changes({includeOffsets: true})", fails: .operationFailed)
        run.expect("r.db('rethinkdb').table('db_config').changes({squash: -1})", fails: .queryLogic)
    }

    @Test func whatMeetsAShapeIsFollowed() throws {
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('at', {geo: true})")
        let feed = try run.cursor(
            "r.table('t').getIntersecting(r.circle([0, 0], 1000), {index: 'at'}).pluck('id').changes({includeInitial: true})")
        _ = try run.value("r.table('t').insert([{id: 1, at: r.point(0, 0)}, {id: 2, at: r.point(5, 5)}])")
        #expect(try feed.next() == ["new_val": ["id": 1], "old_val": .null])
        _ = try run.value("r.table('t').get(1).update({at: r.point(3, 3)})")
        #expect(try feed.next() == ["new_val": .null, "old_val": ["id": 1]])
    }
}
