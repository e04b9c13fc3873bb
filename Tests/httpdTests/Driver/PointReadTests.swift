import Ground
import ReQLish
import Testing

@testable import httpd

/// Rows got by their key go a way of their own, on which everything must be as on the way of all others.
@Suite struct PointReadTests {
    private let pando: Pando
    private let service: DriverService

    init() throws {
        pando = try Pando.inMemory()
        for text in [
            "r.dbCreate('test')", "r.tableCreate('t')", "r.dbCreate('d')", "r.db('d').tableCreate('t')",
            "r.table('t').insert([{id: 'a', n: [1, {b: null}], s: 'é\\u0001\\n'}, {id: 5}, {id: -0.5, at: r.epochTime(3)}, {id: ''}])",
            "r.db('d').table('t').insert({id: 'a', d: true})",
            "r.db('rethinkdb').table('users').insert({id: 'bob', password: ''})",
            "r.db('d').grant('bob', {read: true})",
            // Known from now on.
            "r.table('t').get('a')", "r.db('d').table('t').get('a')",
        ] { _ = try pando.start(try TermTree(text: text)).collected() }
        service = DriverService(pando: pando, authenticator: HandshakeTests.accounts, limits: DriverLimits())
    }

    private func body(_ text: String) -> ByteBuffer {
        var body = ByteBuffer()
        body.append(text)
        return body
    }

    private func answer(_ query: DriverQuery) -> [UInt8] {
        query.perform(nil)
        return query.response.bytes
    }

    private static let messages = [
        #"[1,[16,[[15,["t"]],"a"]]]"#, #"[1,[16,[[15,["t"]],"a"]],{}]"#, #"[1,[16,[[15,["t"]],5]]]"#, #"[1,[16,[[15,["t"]],-0.5]]]"#,
        #"[1,[16,[[15,["t"]],""]]]"#, #"[1,[16,[[15,["t"]],"none"]]]"#, #"[1,[16,[[15,[[14,["d"]],"t"]],"a"]]]"#,
        #"[1,[16,[[15,["t"]],"a"]],{"db":[14,["d"]]}]"#, #"[1,[16,[[15,[[14,["test"]],"t"]],"a"]],{"db":[14,["d"]]}]"#,
        #"[1,[16,[[15,[[14,["test"]],"t"]],"a"]],{"db":[14,["none"]]}]"#,
        // Something is special about these.
        #"[1,[16,[[15,["t"]],"a"]],{"db":5}]"#, #"[1,[16,[[15,["t"]],"a"]],{"db":[14,["none"]]}]"#, #"[1,[16,[[15,["none"]],"a"]]]"#,
        #"[1,[16,[[15,[[14,["none"]],"t"]],"a"]]]"#, #"[1,[16,[[15,["t.t"]],"a"]]]"#, #"[1,[16,[[15,[""]],"a"]]]"#,
        #"[1,[16,[[15,[5]],"a"]]]"#, #"[1,[16,[[15,[[14,[5]],"t"]],"a"]]]"#, #"[1,[16,[[15,["t"]],null]]]"#, #"[1,[16,[[15,["t"]],true]]]"#,
        #"[1,[16,[[15,["t"]],{}]]]"#, #"[1,[16,[[15,["t"]],[2,["a"]]]]]"#, #"[1,[16,[[15,["t"]],[24,["a",""]]]]]"#,
        #"[1,[16,[[15,["t"]],"a\u0000"]]]"#, #"[1,[16,[[15,["t"]],"\#(String(repeating: "x", count: 128))"]]]"#,
        #"[1,[16,[[15,["t"]],1e400000]]]"#,
        #"[1,[16,[[15,["t"]]]]]"#, #"[1,[16,[[15,["t"]],"a","b"]]]"#, #"[1,[16,[[15,["t"]],"a"],{"nope":1}]]"#,
        #"[1,[16,[[15,["t"],{"read_mode":"nope"}],"a"]]]"#, #"[1,[16,[[15,["t"]],"a"]],{"nope":1}]"#, #"[1,[16,[[15,["t"]],"a"]],5]"#,
        #"[1,[16,[[15,["t"]],"a"]],{"noreply":true}]"#, #"[1,[16,[[15,["t"]],"a"]],{"array_limit":0}]"#,
        #"[1,[16,[[15,[[14,["rethinkdb"]],"users"]],"bob"]]]"#, #"[1,[16,[[15,[[14,["rethinkdb"]],"none"]],"bob"]]]"#,
        #"[1,[16,[[15,[[14,["d"],{}],"t"]],"a"]]]"#, #"[1,[16.5,[[15,["t"]],"a"]]]"#, #"[1,[16,{}]]"#, #"[1,[16]]"#,
    ]

    @Test(arguments: messages, ["admin", "bob", "nobody"]) func sameAnswers(message: String, user: String) throws {
        let asker = DriverQuery.Asker(user: user, client: nil)
        let expected = answer(DriverQuery(unread: body(message), token: 7, asker, service: service))
        do throws(ReQLError) {
            #expect(answer(try DriverQuery(try DriverMessage.json(body(message)), token: 7, asker, service: service)) == expected)
        } catch {
            var response = ByteBuffer()
            DriverResponse.write(error, token: 7, into: &response)
            #expect(response.bytes == expected)
        }
    }

    @Test func aWayOfItsOwn() throws {
        func pointRead(_ term: String, _ options: String = "{}") throws -> PointRead? {
            PointRead(try Datum(json: term), options: try Datum(json: options))
        }
        let read = try #require(try pointRead(#"[16,[[15,["t"]],"a"]]"#))
        #expect(read.row(in: pando, user: "admin")?[field: "id"] == "a")
        #expect(read.row(in: pando, user: "bob") == nil)
        #expect(try pointRead(#"[16,[[15,["t"]],"a"]]"#, #"{"profile":true}"#) == nil)
        // What a table's name means is what it means now.
        for text in ["r.tableDrop('t')", "r.tableCreate('t', {primaryKey: 'k'})"] {
            _ = try pando.start(try TermTree(text: text)).collected()
            let row = read.row(in: pando, user: "admin")
            #expect(row == nil || row == .null)
        }
        _ = try pando.start(try TermTree(text: "r.table('t').insert({k: 'a', n: 2})")).collected()
        _ = try pando.start(try TermTree(text: "r.table('t').get('a')")).collected()
        #expect(read.row(in: pando, user: "admin")?[field: "n"] == 2)
    }

    @Test func largerThanAResponse() throws {
        var limits = DriverLimits()
        limits.responseBytes = 20
        let service = DriverService(pando: pando, authenticator: HandshakeTests.accounts, limits: limits)
        let asker = DriverQuery.Asker(user: "admin", client: nil)
        let message = body(#"[1,[16,[[15,["t"]],"a"]]]"#)
        let expected = answer(DriverQuery(unread: message, token: 7, asker, service: service))
        #expect(answer(try DriverQuery(try DriverMessage.json(message), token: 7, asker, service: service)) == expected)
        #expect(String(decoding: expected, as: UTF8.self).contains("larger than a response"))
    }
}
