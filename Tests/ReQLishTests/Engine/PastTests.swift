import Catalog
import TestSupport
import TestTraits
import Testing

@testable import ReQLish

/// Tables as they were in states of the past, beside those of now.
@Suite(.ownThreads) struct PastTests {
    private let directory: TemporaryDirectory
    private let pando: Pando
    private let run: QueryRunner

    /// `t` had two rows with `a`, 1 and 2, when the state got its name; now it has three, with 5, 2 and 3.
    init() throws {
        directory = try TemporaryDirectory()
        pando = try Pando(path: directory.file("a.pando"))
        run = QueryRunner(pando)
        for text in [
            "r.dbCreate('test')", "r.tableCreate('t')", "r.tableCreate('gone')", "r.table('gone').insert({id: 7})",
            "r.table('t').insert([{id: 1, a: 1, next: [2]}, {id: 2, a: 2, next: []}])", "r.table('t').indexCreate('a')",
            "r.table('t').indexWait()", "r.table('t').relationCreate('next', {field: 'next', to: 't'})", "r.table('t').indexWait()",
        ] {
            _ = try run.value(text)
        }
        try pando.catalog.createState("before")
        for text in [
            "r.table('t').get(1).update({a: 5, next: []})", "r.table('t').insert({id: 3, a: 3})", "r.tableDrop('gone')",
            "r.tableCreate('gone')", "r.table('gone').insert({id: 8})", "r.tableCreate('new')",
        ] {
            _ = try run.value(text)
        }
    }

    @Test(arguments: [
        ("r.table('t', {asOf: 'before'}).sum('a')", "3"), ("r.table('t', {as_of: 'before'}).count()", "2"),
        ("r.db('test').table('t', {asOf: 'before'}).get(1)('a')", "1"), ("r.table('t').sum('a')", "10"),
        ("r.table('t', {asOf: 'before'}).getAll(1, {index: 'a'}).count()", "1"),
        ("r.table('t').getAll(1, {index: 'a'}).count()", "0"),
        ("r.table('t', {asOf: 'before'}).orderBy({index: r.desc('a')})(0)('a')", "2"),
        ("r.table('t', {asOf: 'before'}).filter(t => t('a').gt(1)).count()", "1"),
        ("r.table('gone', {asOf: 'before'})('id')", "[7]"), ("r.table('gone')('id')", "[8]"),
        ("r.table('t', {asOf: 'before'}).info()('doc_count_estimates')(0)", "2"),
        ("r.table('t', {asOf: 'before'}).indexList()", "[\"a\",\"next\"]"),
        // A table with its own past, several ways.
        ("r.table('t').eqJoin('id', r.table('t', {asOf: 'before'}))(0)('left')('a')", "5"),
        ("r.table('t').eqJoin('id', r.table('t', {asOf: 'before'}))(0)('right')('a')", "1"),
        ("r.table('t').filter(t => r.table('t', {asOf: 'before'}).get(t('id')).default({a: 0})('a').ne(t('a')))('id')", "[1,3]"),
        (
            "r.table('t', {asOf: 'before'}).getField('id').coerceTo('array').setDifference(r.table('t').getField('id').coerceTo('array'))",
            "[]"
        ),
        // The relations of a table of the past lead through the past.
        ("r.table('t', {asOf: 'before'}).get(1).neighbors({over: 'next'})('id')", "[2]"),
        ("r.table('t').get(1).neighbors({over: 'next'})('id')", "[]"),
    ])
    func reads(query: String, answer: String) throws { run.expect(query, answer) }

    @Test func theBuilderSaysTheSame() async throws {
        #expect(try await pando.run(r.table("t", asOf: "before").sum("a")) == 3)
        #expect(try await pando.run(r.db("test").table("t", asOf: "before").sum("a")) == 3)
        let state = try #require(try pando.catalog.states().first)
        #expect(try await pando.run(r.table("t", asOf: Query(Int(state.transaction))).sum("a")) == 3)
        run.expect("r.table('t', {asOf: '\(state.transaction)'}).sum('a')", "3")
        #expect(try TermTree(json: Array(#"[15,["t"],{"as_of":"before"}]"#.utf8).span) == TermTree(text: "r.table('t', {asOf: 'before'})"))
    }

    /// The whole of a query by its options, as drivers give them: a name, a number, a time as a term.
    @Test func wholeQueries() throws {
        let state = try #require(try pando.catalog.states().first)
        for option in ["'before'", "\(state.transaction)", "r.expr('be').add('fore')"] {
            var options = QueryOptions()
            options.arguments = [("as_of", try TermTree(text: option))]
            #expect(try run.value("r.table('t').sum('a')", options) == 3)
            #expect(try run.value("r.tableList()", options) == ["gone", "t"])
            #expect(run.error("r.table('t').delete()", options).kind == .queryLogic)
            options.user = "bob"
            #expect(run.error("r.table('t').sum('a')", options).kind == .permission)
        }
    }

    @Test(arguments: [
        "r.table('t', {asOf: 'before'}).insert({id: 9})", "r.table('t', {asOf: 'before'}).get(1).update({a: 9})",
        "r.table('t', {asOf: 'before'}).delete()", "r.table('t', {asOf: 'before'}).filter({a: 1}).replace(t => t)",
        "r.table('t', {asOf: 'before'}).changes()", "r.table('t', {asOf: 'before'}).get(1).changes()",
        "r.table('t', {asOf: 'before'}).orderBy({index: 'a'}).limit(1).changes()", "r.table('t', {asOf: 'before'}).count().changes()",
        "r.table('t').union(r.table('t', {asOf: 'before'})).changes()", "r.table('t', {asOf: 'before'}).indexCreate('b')",
        "r.table('t', {asOf: 'before'}).indexDrop('a')", "r.table('t', {asOf: 'before'}).config()",
        "r.table('t', {asOf: 'before'}).grant('bob', {read: true})", "r.table('t', {asOf: 'before'}).sync()",
        "r.table('t', {asOf: 'before'}).setWriteHook(null)", "r.table('t', {asOf: 'before'}).reconfigure({shards: 1, replicas: 1})",
        "r.table('t', {asOf: true})", "r.table('t', {asOf: null})", "r.table('t', {asOf: -1})", "r.table('t', {asOf: 'a:b'})",
    ])
    func isOnlyRead(query: String) throws {
        let error = run.error(query)
        #expect(error.kind == .queryLogic, "\(error.message)")
        run.expect("r.table('t').count()", "3")
        #expect(try run.value("r.table('t', {asOf: 'before'}).sum('a')") == 3)
    }

    @Test func whatIsNotThere() throws {
        for (query, part) in [
            ("r.table('t', {asOf: 'after'})", "no state after"), ("r.table('t', {asOf: 1})", "keeps no history"),
            ("r.table('t', {asOf: r.now()})", "keeps no history"), ("r.table('t', {asOf: '2020-01-01T00:00:00Z'})", "keeps no history"),
            ("r.table('t', {asOf: 1e12})", "no commit"), ("r.table('new', {asOf: 'before'})", "`test.new` does not exist"),
            ("r.db('other').table('t', {asOf: 'before'})", "`other` does not exist"),
            ("r.db('rethinkdb').table('users', {asOf: 'before'})", "of the present only"),
        ] {
            let error = run.error(query)
            #expect(error.kind == .operationFailed && error.message.contains(part), "\(query): \(error.message)")
        }
        let memory = try QueryRunner(table: "t")
        #expect(memory.error("r.table('t', {asOf: 'before'})").message.contains("no state"))
    }

    /// Whoever may read a table now reads what it was; nobody else does.
    @Test func permissionsAreThoseOfNow() throws {
        for text in ["bob", "eve"] { _ = try run.value("r.db('rethinkdb').table('users').insert({id: '\(text)', password: 'x'})") }
        func asked(_ query: String, by user: String) -> ReQLError.Kind? {
            var options = QueryOptions()
            options.user = user
            do {
                _ = try run.value(query, options)
                return nil
            } catch {
                return (error as? ReQLError)?.kind
            }
        }
        // Before the state there were no rights at all.
        #expect(asked("r.table('t', {asOf: 'before'})", by: "bob") == .permission)
        _ = try run.value("r.table('t').grant('bob', {read: true})")
        #expect(asked("r.table('t', {asOf: 'before'})", by: "bob") == nil)
        #expect(asked("r.table('t', {asOf: 'before'}).get(1).neighbors({over: 'next'})", by: "bob") == nil)
        #expect(asked("r.table('t', {asOf: 'before'}).indexList()", by: "eve") == .permission)
        // Rights at a state count for nothing once they are taken.
        try pando.catalog.createState("granted")
        _ = try run.value("r.table('t').grant('bob', {read: null})")
        for state in ["before", "granted"] {
            for query in ["", ".get(1)", ".count()", ".info()", ".getAll(1, {index: 'a'})", ".typeOf()"] {
                #expect(asked("r.table('t', {asOf: '\(state)'})\(query)", by: "bob") == .permission, "\(state)\(query)")
            }
        }
        // A table that is gone is nobody's, whatever is called so now.
        _ = try run.value("r.grant('bob', {read: true})")
        #expect(asked("r.table('gone')", by: "bob") == nil)
        #expect(asked("r.table('gone', {asOf: 'before'})", by: "bob") == .permission)
        #expect(asked("r.table('gone', {asOf: 'before'})", by: "admin") == nil)
        #expect(asked("r.table('t', {asOf: 'before'})", by: "bob") == nil)
    }

    /// An open file keeps its past by itself, and forgets it when it is told to.
    @Test func theHistory() async throws {
        try pando.catalog.dropState("before")
        try pando.close()
        var options = PandoOptions()
        options.history = .seconds(3600)
        var again = try Pando(path: directory.file("a.pando"), options: options)
        while try again.catalog.states().isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        #expect(try again.catalog.states().allSatisfy(\.isOfHistory))
        let run = QueryRunner(again)
        _ = try run.value("r.table('t').update({a: 100})")
        run.expect("r.table('t', {asOf: r.now()}).sum('a')", "10")
        run.expect("r.table('t', {asOf: r.now().toISO8601()}).sum('a')", "10")
        run.expect("r.table('t').map(t => r.table('t', {asOf: r.now().add(t('id'))}).get(t('id'))('a')).sum()", "10")
        #expect(run.error("r.table('t', {asOf: r.now().sub(86400)})").message.contains("history begins"))
        try again.close()
        options.history = .zero
        again = try Pando(path: directory.file("a.pando"), options: options)
        while try !again.catalog.states().isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        try again.close()
    }

    /// Inside of transactions the past is what it was, and an open cursor goes on after the name is dropped.
    @Test func besideWrites() async throws {
        try await pando.write { tx in
            try tx.run(r.table("t").get(2).update(["a": 100]))
            #expect(try tx.run(r.table("t").sum("a")) == 108)
            #expect(try tx.run(r.table("t", asOf: "before").sum("a")) == 3)
        }
        try await pando.transaction { tx in
            try await tx.run(r.table("t").get(2).update(["a": 200]))
            #expect(try await tx.run(r.table("t", asOf: "before").sum("a")) == 3)
        }
        let cursor = try run.cursor("r.table('t', {asOf: 'before'}).getField('a')")
        #expect(try cursor.next() == 1)
        try pando.catalog.dropState("before")
        #expect(try cursor.next() == 2)
        #expect(try cursor.next() == nil)
        #expect(run.error("r.table('t', {asOf: 'before'})").kind == .operationFailed)
        // What was in a row is put back as it was by an ordinary write.
        try pando.catalog.createState("now")
        _ = try run.value("r.table('t').delete()")
        _ = try run.value("r.table('t').insert(r.table('t', {asOf: 'now'}))")
        run.expect("r.table('t').count()", "3")
        try pando.close()
    }
}
