import Catalog
import Ground
import ReQLish
import Testing

@testable import httpd

/// Inserts of one literal document go a way of their own, on which everything must be as on the way of all others.
@Suite struct PlainInsertTests {
    private static let asker = DriverQuery.Asker(user: "admin", client: nil)

    private func opened() throws -> Pando {
        let pando = try Pando.inMemory()
        for text in [
            "r.dbCreate('test')", "r.tableCreate('t')", "r.dbCreate('d')",
            "r.db('d').tableCreate('t', {primaryKey: 'k', durability: 'soft'})",
            "r.tableCreate('hooked')", "r.table('t').indexCreate('n')", "r.table('t').indexWait()",
            "r.table('hooked').setWriteHook((context, old, row) => row.merge({seen: true}))",
            "r.table('t').insert([{id: 'a', n: [1, {b: null}]}, {id: 5}])",
            "r.db('rethinkdb').table('users').insert({id: 'bob', password: ''})", "r.db('d').grant('bob', {read: true, write: true})",
            // Known from now on.
            "r.table('t').get('a')", "r.table('hooked').get('a')", "r.db('d').table('t').get('a')",
        ] { _ = try pando.start(try TermTree(text: text)).collected() }
        return pando
    }

    private func service(_ pando: Pando, _ limits: DriverLimits = DriverLimits()) -> DriverService {
        DriverService(pando: pando, authenticator: HandshakeTests.accounts, limits: limits)
    }

    private func body(_ text: String) -> ByteBuffer {
        var body = ByteBuffer()
        body.append(text)
        return body
    }

    private func answer(_ query: DriverQuery) throws -> String {
        let flush = DeferredFlush()
        query.perform(flush)
        try flush.wait()
        return query.response.string
    }

    /// All that the tables have.
    private func contents(_ pando: Pando) throws -> String {
        return try ["r.table('t')", "r.table('hooked')", "r.db('d').table('t')"].map { table in
            let rows = try pando.start(try TermTree(text: "\(table).coerceTo('array')")).collected()
            return rows.elements.map { Self.withoutKeys($0.description) }.sorted().joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// Keys that were made are all alike then.
    private static func withoutKeys(_ text: String) -> String {
        text.replacing(#/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#, with: "KEY")
    }

    private static let plain = [
        #"[1,[56,[[15,["t"]],{"id":"b","n":1,"s":"é\u0001\n"}]]]"#, #"[1,[56,[[15,["t"]],{"id":-0.5}]],{}]"#,
        #"[1,[56,[[15,["t"]],{"n":1.5e3,"x":null,"y":true}]]]"#, #"[1,[56,[[15,["t"]],{}]]]"#,
        #"[1,[56,[[15,["t"]],{"id":true,"n":{"a":{"b":"c"}}}]]]"#, #"[1,[56,[[15,["t"]],{"id":[2,["a",1]],"n":[2,[1,{"c":[2,[]]}]]}]]]"#,
        #"[1,[56,[[15,[[14,["d"]],"t"]],{"k":"a","id":7}]]]"#, #"[1,[56,[[15,["t"]],{"k":"a"}]],{"db":[14,["d"]]}]"#,
        #"[1,[56,[[15,["t"]],{"id":"at","n":{"$reql_type$":"TIME","epoch_time":3,"timezone":"+00:00"}}]]]"#,
        #"[1,[56,[[15,["t"]],{"id":"","":1,"id2":2}]]]"#, #"[1,[56,[[15,["t"]],[1,{"id":"raw","n":[1,2]}]]]]"#,
    ]
    private static let special = [
        // The key is taken, or can't be one.
        #"[1,[56,[[15,["t"]],{"id":"a"}]]]"#, #"[1,[56,[[15,["t"]],{"id":5.0,"n":1}]]]"#, #"[1,[56,[[15,["t"]],{"id":null}]]]"#,
        #"[1,[56,[[15,["t"]],{"id":{"a":1}}]]]"#, #"[1,[56,[[15,["t"]],{"id":"a\u0000"}]]]"#,
        #"[1,[56,[[15,["t"]],{"id":"\#(String(repeating: "x", count: 128))"}]]]"#, #"[1,[56,[[15,["t"]],{"id":1e400000}]]]"#,
        // The document is none, or several, or is computed.
        #"[1,[56,[[15,["t"]],5]]]"#, #"[1,[56,[[15,["t"]],null]]]"#, #"[1,[56,[[15,["t"]],[2,[{"id":"b"},{"id":"a"}]]]]]"#,
        #"[1,[56,[[15,["t"]],{"$reql_type$":"TIME","epoch_time":3,"timezone":"+00:00"}]]]"#, #"[1,[56,[[15,["t"]],{"$reql_type$":5}]]]"#,
        #"[1,[56,[[15,["t"]],{"$reql_type$":"LITERAL","value":1}]]]"#, #"[1,[56,[[15,["t"]],{"id":"b","n":{"$reql_type$":"LITERAL"}}]]]"#,
        #"[1,[56,[[15,["t"]],{"id":"b","n":[24,[1,2]]}]]]"#, #"[1,[56,[[15,["t"]],{"id":"b","n":[999,[]]}]]]"#,
        #"[1,[56,[[15,["t"]],{"id":"b","n":[]}]]]"#, #"[1,[56,[[15,["t"]],{"id":"b","n":{"$reql_type$":"BINARY","data":"!"}}]]]"#,
        #"[1,[56,[[15,["t"]],\#(String(repeating: #"{"a":"#, count: 3000))1\#(String(repeating: "}", count: 3000))]]]"#,
        // The table is special, or isn't there.
        #"[1,[56,[[15,["hooked"]],{"id":"b"}]]]"#, #"[1,[56,[[15,["none"]],{"id":"b"}]]]"#, #"[1,[56,[[15,[5]],{"id":"b"}]]]"#,
        #"[1,[56,[[15,[[14,["none"]],"t"]],{"id":"b"}]]]"#, #"[1,[56,[[15,["t"],{"read_mode":"nope"}],{"id":"b"}]]]"#,
        #"[1,[56,[[15,[[14,["rethinkdb"]],"users"]],{"id":"eve"}]]]"#, #"[1,[56,[[16,[[15,["t"]],"a"]],{"id":"b"}]]]"#,
        // Options.
        #"[1,[56,[[15,["t"]],{"id":"a","n":2}],{"conflict":"update"}]]"#, #"[1,[56,[[15,["t"]],{"id":"b"}],{"return_changes":true}]]"#,
        #"[1,[56,[[15,["t"]],{"id":"b"}],{"durability":"nope"}]]"#, #"[1,[56,[[15,["t"]],{"id":"b"}]],{"durability":"soft"}]"#,
        #"[1,[56,[[15,["t"]],{"id":"b"}]],{"nope":1}]"#, #"[1,[56,[[15,["t"]],{"id":"b"}]],5]"#,
        #"[1,[56,[[15,["t"]],{"id":"b"}]],{"noreply":true}]"#,
        #"[1,[56,[[15,["t"]]]]]"#, #"[1,[56,[[15,["t"]],{"id":"b"},{"id":"c"}]]]"#, #"[1,[56.5,[[15,["t"]],{"id":"b"}]]]"#, #"[1,[56,{}]]"#,
    ]

    @Test(arguments: plain + special, ["admin", "bob", "nobody"]) func sameAnswersAndRows(message: String, user: String) throws {
        let asker = DriverQuery.Asker(user: user, client: nil)
        let (own, other) = (try opened(), try opened())
        let expected = try answer(DriverQuery(unread: body(message), token: 7, asker, service: service(other)))
        var found: String
        do throws(ReQLError) {
            let query = try DriverQuery(try DriverMessage.json(body(message)), token: 7, asker, service: service(own))
            found = (try? answer(query)) ?? ""
        } catch {
            var response = ByteBuffer()
            DriverResponse.write(error, token: 7, into: &response)
            found = response.string
        }
        #expect(Self.withoutKeys(found) == Self.withoutKeys(expected))
        #expect(try contents(own) == contents(other))
        let text = """
            r.db('rethinkdb').table('stats').filter(s => s.hasFields('query_engine'))('query_engine')('written_docs_total').coerceTo('array')
            """
        let written = try [own, other].map { try $0.start(try TermTree(text: text)).collected().elements.map(\.description).sorted() }
        #expect(written[0] == written[1])
    }

    private func insert(_ message: String) throws -> PlainInsert? {
        let message = try Datum(json: message, options: .query)
        return PlainInsert(message[1], options: message.count > 2 ? message[2] : .emptyObject)
    }

    @Test(arguments: plain) func theWayOfItsOwn(message: String) throws {
        let pando = try opened()
        let insert = try #require(try insert(message))
        let flush = DeferredFlush()
        func answer(_ user: String) throws -> Datum? {
            try insert.answer(in: pando, user: user, flush, door: .driver, stoppedBy: Cancellation())
        }
        #expect(try answer("bob") == nil)
        let first = try #require(try answer("admin"))
        #expect(first[field: "inserted"] == 1 && flush.takeIsOwed() == !message.contains("\"k\""))
        // The second time its key is taken, unless one was made for it.
        #expect(try (answer("admin") == nil) == (first[field: "generated_keys"] == nil))
    }

    @Test(arguments: special) func itChangesNothingElse(message: String) throws {
        let pando = try opened()
        guard let insert = try? insert(message) else { return }
        let before = try contents(pando)
        let flush = DeferredFlush()
        #expect(try insert.answer(in: pando, user: "admin", flush, door: .driver, stoppedBy: Cancellation()) == nil)
        #expect(try contents(pando) == before && !flush.takeIsOwed())
    }

    /// Whoever waits for the writer's turn for long is in the list of queries, and can be stopped.
    @Test func othersThatWrite() throws {
        let pando = try opened()
        let insert = try #require(try insert(Self.plain[0]))
        let transaction = try pando.catalog.beginWrite()
        #expect(try insert.answer(in: pando, user: "admin", DeferredFlush(), door: .driver, stoppedBy: Cancellation()) == nil)
        transaction.rollback()
        #expect(try insert.answer(in: pando, user: "admin", DeferredFlush(), door: .driver, stoppedBy: Cancellation()) != nil)
    }

    /// A slow one is noted with what was asked.
    @Test func slowOnesAreNoted() throws {
        let pando = try opened()
        pando.server.slowQueryTime = .zero
        let insert = try #require(try insert(Self.plain[0]))
        _ = try insert.answer(in: pando, user: "admin", DeferredFlush(), door: .driver, stoppedBy: Cancellation())
        let text = "r.db('rethinkdb').table('logs').filter(l => l('message').match('^Slow query'))('message').coerceTo('array')"
        let noted = try pando.start(try TermTree(text: text)).collected().description
        #expect(noted.contains("insert"))
    }

    @Test func largerThanAResponse() throws {
        var limits = DriverLimits()
        limits.responseBytes = 20
        let pando = try opened()
        let query = try DriverQuery(try DriverMessage.json(body(Self.plain[0])), token: 7, Self.asker, service: service(pando, limits))
        #expect(try answer(query).contains("larger than a response"))
    }
}
