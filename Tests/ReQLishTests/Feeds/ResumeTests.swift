import Ground
import TestSupport
import TestTraits
import Testing

@testable import ReQLish

/// Feeds that go on from where another one stood.
@Suite(.ownThreads) struct ResumeTests {
    private func runner(_ tables: [String] = ["t"], log: String = "true") throws -> QueryRunner {
        let run = try QueryRunner(table: nil)
        for table in tables { _ = try run.value("r.tableCreate('\(table)', {changeLog: \(log)})") }
        return run
    }

    /// All that a feed has to tell now.
    private func told(_ feed: ResultCursor) throws -> [Datum] {
        var notices: [Datum] = []
        while case .row(let notice) = try feed.poll() { notices.append(notice) }
        return notices
    }

    private func since(_ notice: Datum) throws -> String { try #require(notice[field: "commit"]?.string) }

    private func ids(_ notices: [Datum]) -> [Datum] { notices.map { $0[field: "new_val"]?[field: "id"] ?? .null } }

    @Test func `From each change on, inside a commit too`() throws {
        let run = try runner()
        let feed = try run.cursor("r.table('t').filter(r.row('id').mod(2).eq(0)).changes({includeCommit: true})")
        for first in [0, 10, 20] { _ = try run.value("r.table('t').insert(r.range(\(first), \(first + 10)).map(i => ({id: i})))") }
        let notices = try told(feed)
        #expect(notices.count == 15)
        for (index, notice) in notices.enumerated() {
            let query = "r.table('t').filter(r.row('id').mod(2).eq(0)).changes({since: '\(try since(notice))'})"
            let resumed = try run.cursor(query)
            #expect(ids(try told(resumed)) == ids(notices).suffix(14 - index), "\(index)")
        }
        // It goes on with what happens now.
        let resumed = try run.cursor("r.table('t').changes({since: '\(try since(notices[14]))', includeCommit: true})")
        _ = try run.value("r.table('t').insert({id: 99})")
        let last = try told(resumed)
        #expect(ids(last).last == 99)
        #expect(try since(try #require(last.last)) != since(notices[14]))
    }

    @Test func `The state after the initial values is a point too`() throws {
        let run = try runner()
        _ = try run.value("r.table('t').insert({id: 1})")
        let feed = try run.cursor("r.table('t').changes({includeInitial: true, includeStates: true, includeCommit: true})")
        let notices = try told(feed)
        #expect(notices.count == 3 && notices[1] == ["new_val": ["id": 1]])
        let point = try since(notices[2])
        _ = try run.value("r.table('t').insert({id: 2})")
        let resumed = try run.cursor(
            "r.table('t').changes({since: '\(point)', includeInitial: true, includeStates: true, includeTypes: true})")
        #expect(
            try told(resumed) == [
                ["old_val": .null, "new_val": ["id": 2], "type": "add"], ["state": "ready", "type": "state"],
            ])
    }

    @Test func `A union goes on with each of its tables`() throws {
        let run = try runner(["a", "b"])
        let form = "r.table('a').union(r.table('b').getAll(1), r.table('a').getAll(2))"
        let feed = try run.cursor("\(form).changes({includeCommit: true})")
        try run.pando.writeHere(.none) { transaction in
            for text in ["r.table('b').insert({id: 1})", "r.table('a').insert([{id: 1}, {id: 2}])"] {
                try transaction.run(TermTree(text: text))
            }
        }
        _ = try run.value("r.table('b').get(1).update({x: 1})")
        let notices = try told(feed)
        #expect(notices.count == 5)
        for (index, notice) in notices.enumerated() {
            let resumed = try told(try run.cursor("\(form).changes({since: '\(try since(notice))', includeCommit: true})"))
            #expect(resumed == Array(notices.suffix(4 - index)), "\(index)")
        }
    }

    @Test func `Squashed changes have a point at their end`() throws {
        let run = try runner()
        let feed = try run.cursor("r.table('t').changes({squash: true, includeCommit: true})")
        for id in 0..<5 { _ = try run.value("r.table('t').insert({id: \(id)})") }
        let notices = try told(feed)
        #expect(notices.count == 5 && notices.dropLast().allSatisfy { $0[field: "commit"] == nil })
        let point = try since(try #require(notices.last))
        #expect(try told(try run.cursor("r.table('t').changes({since: '\(point)'})")) == [])
        _ = try run.value("r.table('t').delete()")
        #expect(try told(try run.cursor("r.table('t').changes({since: '\(point)', squash: true})")).count == 5)
    }

    @Test func `Nothing is different for those who don't ask`() throws {
        let run = try runner()
        let feed = try run.cursor("r.table('t').changes({includeStates: true})")
        _ = try run.value("r.table('t').insert({id: 1})")
        #expect(try told(feed) == [["state": "ready"], ["old_val": .null, "new_val": ["id": 1]]])
        let plain = try QueryRunner(table: "t")
        let other = try plain.cursor("r.table('t').changes({includeCommit: true})")
        _ = try plain.value("r.table('t').insert({id: 1})")
        #expect(try told(other) == [["old_val": .null, "new_val": ["id": 1]]])
        #expect(try plain.value("r.table('t').config().keys().contains('change_log')") == false)
    }

    @Test func `What can't be resumed says so`() throws {
        let run = try runner(["t", "u"])
        let feed = try run.cursor("r.table('t').changes({includeCommit: true})")
        _ = try run.value("r.table('t').insert({id: 1})")
        let point = try since(try told(feed)[0])
        func expectLost(_ query: String, sourceLocation: SourceLocation = #_sourceLocation) {
            let error = run.error(query, sourceLocation: sourceLocation)
            #expect(error.kind == .operationFailed && error.cause == .notResumable, "\(error)", sourceLocation: sourceLocation)
            #expect(error.message.contains("Begin anew"), "\(error)", sourceLocation: sourceLocation)
        }
        _ = try run.value("r.table('t').indexCreate('a')")
        _ = try run.value("r.table('t').indexWait('a')")
        expectLost("r.table('t').orderBy({index: 'a'}).limit(3).changes({since: '\(point)'})")
        expectLost("r.table('u').changes({since: '\(point)'})")
        expectLost("r.db('rethinkdb').table('db_config').changes({since: '\(point)'})")
        expectLost("r.table('t').changes({since: '\(Ground.UUID.random().description)\(point.dropFirst(36))'})")
        for wrong in ["5", "true", "'x'", "{}", "'\(point)x'"] {
            run.expect("r.table('t').changes({since: \(wrong)})", fails: .queryLogic)
        }
        #expect(try told(try run.cursor("r.table('t').changes({since: null})")) == [])
        _ = try run.value("r.table('t').config().update({change_log: false})")
        expectLost("r.table('t').changes({since: '\(point)'})")
    }

    @Test func `The log is a setting of the table`() throws {
        let run = try QueryRunner(table: "t")
        func log() throws -> Datum { try run.value("r.table('t').config()('change_log').default(null)") }
        #expect(try log() == .null)
        _ = try run.value("r.table('t').config().update({change_log: true})")
        #expect(try log() == ["max_age": 86_400, "max_bytes": 67_108_864])
        _ = try run.value("r.table('t').config().update({change_log: {max_age: 60.5}})")
        #expect(try log() == ["max_age": 60.5, "max_bytes": 67_108_864])
        // A change of something else leaves it.
        _ = try run.value("r.table('t').config().update({durability: 'soft'})")
        #expect(try log()[field: "max_age"] == 60.5)
        for wrong in [
            "5", "'yes'", "[]", "{max_age: 'x'}", "{max_bytes: 1.5}", "{age: 1}", "{max_age: 0}", "{max_bytes: -1}", "{max_age: 1e300}",
        ] {
            let answer = try run.value("r.table('t').config().update({change_log: \(wrong)})")
            #expect(answer[field: "errors"] == 1, "\(wrong): \(answer)")
            run.expect("r.tableCreate('x', {changeLog: \(wrong)})", fails: .operationFailed)
        }
        _ = try run.value("r.table('t').config().update({change_log: null})")
        #expect(try log() == .null)
        let made = try run.value("r.db('rethinkdb').table('table_config').insert({db: 'test', name: 'n', change_log: {max_bytes: 5000}})")
        #expect(made[field: "inserted"] == 1)
        #expect(try run.value("r.table('n').config()('change_log')('max_bytes')") == 5000)
    }

    struct User: Codable, Equatable {
        var id: Int
    }

    @Test func `An application goes on where it was`() async throws {
        let run = try runner()
        let users = r.db("test").table("t")
        try await run.pando.run(users.insert(["id": 0]))
        var changes = run.pando.changes(users, as: User.self, includeInitial: true).makeAsyncIterator()
        let initial = try #require(try await changes.next())
        #expect(initial.kind == .initial && initial.commit == nil)
        try await run.pando.run(users.insert(["id": 1]))
        let first = try #require(try await changes.next())
        let saved = try #require(first.commit)
        try await run.pando.run(users.insert(["id": 2]))
        var later = run.pando.changes(users, as: User.self, includeInitial: true, since: saved).makeAsyncIterator()
        #expect(try await later.next()?.new == User(id: 2))
        let text = String(decoding: try JSONText.encode(saved), as: UTF8.self)
        #expect(text == "\"\(saved)\"")
        try await run.pando.run(users.config().update(["change_log": false]))
        var lost = run.pando.changes(users, as: User.self, since: saved).makeAsyncIterator()
        do {
            _ = try await lost.next()
            Issue.record("it went on")
        } catch let error as ReQLError {
            #expect(error.cause == .notResumable)
        }
    }
}

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

private enum JSONText {
    static func encode(_ value: some Encodable) throws -> [UInt8] { Array(try JSONEncoder().encode(value)) }
}
