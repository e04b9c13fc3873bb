import Ground
import ReQLish
import TestSupport
import TestTraits
import Testing

@testable import httpd

/// Writes that share a thread and a flush.
@Suite(.ownThreads) struct ShortWriteTests {
    @Test(arguments: [
        ("r.table('t').insert({id: 1, a: [1, {b: 2}]})", QueryShape.shortWrite),
        ("r.db('rethinkdb').table('users').insert({id: 'ada', password: 'x'})", .any), ("r.db('rethinkdb').table('jobs').get(1)", .any),
        ("r.db('d').table('t').insert([{id: 1}, {id: 2}], {durability: 'soft', conflict: 'replace'})", .shortWrite),
        ("r.table('t').insert({id: r.uuid(), at: r.now()})", .shortWrite),
        ("r.table('t').get(1).update({a: r.row('a').add(1)})", .shortWrite),
        ("r.table('t').get(1).update(x => ({a: r.branch(x('a').gt(1), x('b').default(0), 3)}))", .shortWrite),
        ("r.table('t').get(1).replace({id: 1})", .shortWrite),
        ("r.table('t').get(1).delete({returnChanges: true})", .shortWrite),
        ("r.table('t').get(1)", .shortRead),
        ("r.table('t').get(1)('a')('b').default(null)", .shortRead),
        ("r.expr(5)", .shortRead),
        ("r.table('t')", .any),
        ("r.table('t').insert(r.table('u'))", .any),
        ("r.table('t').insert({id: 1, n: r.table('u').count()})", .any),
        ("r.table('t').insert({id: 1}, {conflict: (k, a, b) => r.range(1000000000).count()})", .any),
        ("r.table('t').insert(r.range(5).map(x => ({id: x})))", .any),
        ("r.table('t').update({a: 1})", .any),
        ("r.table('t').getAll(1).delete()", .any),
        ("r.table('t').get(r.table('u').count()).delete()", .any),
        ("r.table('t').get(1).update(x => ({n: r.range(1000000000).count()}))", .any),
        ("r.table('t').get(1).update(x => ({n: x('a').mul(100000)}))", .any),
        ("r.table(r.expr('t').add('')).insert({id: 1})", .any),
    ]) func weights(text: String, weight: QueryShape) throws {
        #expect(try TermTree(text: text).shape == weight)
    }

    @Test func manyRowsAreNotShort() throws {
        func insert(_ count: Int) throws -> QueryShape {
            try TermTree(text: "r.table('t').insert([\(Array(repeating: "{}", count: count).joined(separator: ","))])").shape
        }
        #expect(try insert(100) == .shortWrite)
        #expect(try insert(101) == .any)
    }

    private static func insert(_ key: Int, _ options: String = "{}") -> String { #"[1,[56,[[15,["t"]],{"id":\#(key)}]],\#(options)]"# }

    /// With one worker, so that everything meets in one queue.
    @Test func aCrowdOnADisk() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("crowd.pando")
        let pando = try Pando(path: path)
        for text in ["r.dbCreate('test')", "r.tableCreate('t')"] { _ = try pando.start(try TermTree(text: text)) }
        var configuration = HTTPConfiguration()
        configuration.addresses = ["127.0.0.1"]
        (configuration.port, configuration.driverPort, configuration.workers) = (0, 0, 2)
        let server = HTTPServer.withoutTime(pando: pando, configuration: configuration)
        try server.start()
        let clients = try (0..<8).map { _ in try DriverClient(server) }
        for round in 0..<5 {
            for (number, client) in clients.enumerated() {
                // Some ask for the disk, some do not, and some don't ask to be answered.
                let key = round * 100 + number * 4
                try client.send(1, Self.insert(key))
                try client.send(2, Self.insert(key + 1, #"{"durability":"soft"}"#))
                try client.send(3, Self.insert(key + 2, #"{"noreply":true}"#))
                try client.send(4, "[4]")
                try client.send(5, Self.insert(key))
            }
            for client in clients {
                let answers = try (0..<4).map { _ in try client.receiveAny() }
                #expect(answers.map(\.token).sorted() == [1, 2, 4, 5])
                for (token, response) in answers where token != 4 {
                    #expect(response.contains(#""inserted":1"#) != response.contains("Duplicate primary key"), "\(response)")
                }
                #expect(answers.filter { $0.text.contains("Duplicate primary key") }.count == 1)
            }
        }
        server.stop()
        try pando.close()
        let again = try Pando(path: path)
        #expect(try again.start(try TermTree(text: "r.table('t').count()")).collected() == 120)
    }

    /// One that waits for the writer's place holds up no loop, and nobody who reads.
    @Test func behindALongTransaction() throws {
        let (server, pando) = try DriverServerTests.serve { $0.workers = 2 }
        defer { server.stop() }
        let writers = try (0..<3).map { _ in try DriverClient(server) }
        let transaction = try pando.catalog.beginWrite()
        for (number, writer) in writers.enumerated() { try writer.send(1, Self.insert(number)) }
        for writer in writers { #expect(try writer.ask(2, #"[1,[16,[[15,["t"]],1]]]"#) == #"{"t":1,"r":[null]}"#) }
        // A worker is left for other queries.
        #expect(try writers[0].ask(3, "[1,[24,[1,2]]]") == #"{"t":1,"r":[3]}"#)
        transaction.rollback()
        for writer in writers { #expect(try writer.receive(1).contains(#""inserted":1"#)) }
    }

    @Test func tooMany() throws {
        let (server, pando) = try DriverServerTests.serve { $0.queuedRequests = 1 }
        defer { server.stop() }
        let client = try DriverClient(server)
        let transaction = try pando.catalog.beginWrite()
        for token in 1...4 { try client.send(UInt64(token), Self.insert(token)) }
        // One is being made and waits for its place; at most one more finds room.
        for _ in 0..<2 { #expect(try client.receiveAny().text.contains("Too many queries run or wait")) }
        transaction.rollback()
        let rest = try (0..<2).map { _ in try client.receiveAny().text }
        #expect(rest.contains { $0.contains(#""inserted":1"#) })
        #expect(rest.allSatisfy { $0.contains(#""inserted":1"#) || $0.contains("Too many queries run or wait") }, "\(rest)")
    }

    /// A long query has no thread that short writes need.
    @Test func besideALongQuery() throws {
        let (server, _) = try DriverServerTests.serve { $0.workers = 1 }
        defer { server.stop() }
        let client = try DriverClient(server)
        try client.send(9, DriverServerTests.endless)
        #expect(try client.ask(1, Self.insert(1)).contains(#""inserted":1"#))
        try client.send(9, "[3]")
        for _ in 0..<2 { #expect(try client.receiveAny().token == 9) }
    }

    @Test func stoppingAnswersWhatWaits() throws {
        let (server, pando) = try DriverServerTests.serve()
        let writers = try (0..<4).map { _ in try DriverClient(server) }
        for (number, writer) in writers.enumerated() { try writer.send(1, Self.insert(number)) }
        // What has come before the end was announced is answered.
        for writer in writers { _ = try writer.receive(1) }
        for (number, writer) in writers.enumerated() { try writer.send(1, Self.insert(10 + number)) }
        server.stop()
        let count = try #require(try pando.start(try TermTree(text: "r.table('t').count()")).collected().integer)
        let answers = writers.filter { (try? $0.next())?.text.contains(#""inserted":1"#) == true }.count
        #expect(4...8 ~= count)
        #expect(count == 4 + answers)
    }

    // MARK: The flush

    private static func open() throws -> (pando: Pando, service: DriverService, directory: TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        let pando = try Pando(path: directory.file("flush.pando"))
        for text in ["r.dbCreate('test')", "r.tableCreate('t')"] { _ = try pando.start(try TermTree(text: text)) }
        return (pando, DriverService(pando: pando, authenticator: HandshakeTests.accounts, limits: DriverLimits()), directory)
    }

    private static func query(_ text: String, _ service: DriverService) throws -> DriverQuery {
        var body = ByteBuffer()
        body.append(text)
        return try DriverQuery(try DriverMessage.json(body), token: 1, DriverQuery.Asker(user: "admin", client: nil), service: service)
    }

    @Test func onlyWhatAsksForTheDiskIsOwed() throws {
        let (pando, service, directory) = try Self.open()
        defer { withExtendedLifetime(directory) {} }
        let flush = DeferredFlush()
        func owes(_ text: String) throws -> Bool {
            let query = try Self.query(text, service)
            query.perform(flush)
            return flush.takeIsOwed()
        }
        #expect(try owes(Self.insert(1)))
        #expect(try !owes(Self.insert(2, #"{"durability":"soft"}"#)))
        #expect(try !owes(#"[1,[16,[[15,["t"]],1]]]"#))
        #expect(try !owes(#"[1,[56,[[15,["nowhere"]],{}]]]"#))
        #expect(try owes(Self.insert(3, #"{"noreply":true}"#)))
        try flush.wait()
        #expect(try pando.start(try TermTree(text: "r.table('t').count()")).collected() == 3)
        try pando.close()
    }

    /// A flush that fails is the answer of everybody who waits for it.
    @Test func aFlushThatFails() throws {
        let (pando, service, directory) = try Self.open()
        defer { withExtendedLifetime(directory) {} }
        let flush = DeferredFlush()
        let queries = try [Self.query(Self.insert(1), service), Self.query(Self.insert(2, #"{"noreply":true}"#), service)]
        for query in queries { query.perform(flush) }
        try pando.close()
        let error = #expect(throws: CatalogError.self) { try flush.wait() }
        for query in queries { query.fail(try #require(error)) }
        #expect(String(decoding: queries[0].response.bytes.dropFirst(12), as: UTF8.self).hasPrefix(#"{"t":18,"#))
        #expect(queries[1].response.isEmpty)
    }
}
