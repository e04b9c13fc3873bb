import Ground
import ReQLish
import Testing

@testable import httpd

/// Who may do what, by the doors that the server has: the driver port, queries over HTTP in either form, and HTTP's own routes.
@Suite struct PermissionDoorTests {
    /// The kinds of accounts, each with all that it has been granted.
    enum Account: String, CaseIterable {
        case nobody, reader, writer, keeper, everything, admin

        var grants: [String] {
            switch self {
            case .nobody, .admin: []
            case .reader: ["r.db('test').grant('reader', {read: true})"]
            case .writer: ["r.db('test').grant('writer', {read: true, write: true})"]
            case .keeper: ["r.db('test').grant('keeper', {config: true})"]
            case .everything: ["r.grant('everything', {read: true, write: true, config: true, connect: true})"]
            }
        }
    }

    private static let readers: Set<Account> = [.reader, .writer, .everything, .admin]
    private static let writers: Set<Account> = [.writer, .everything, .admin]
    private static let keepers: Set<Account> = [.keeper, .everything, .admin]
    private static let owners: Set<Account> = [.everything, .admin]
    private static let all = Set(Account.allCases)

    /// A query, and who may ask it.
    static let doors: [(query: String, allowed: Set<Account>)] = [
        ("r.expr(1)", all), ("r.dbList()", all), ("r.tableList()", all), ("r.table('t').status()", all),
        ("r.table('t').indexStatus()", all), ("r.table('t').wait()", all),

        ("r.table('t')", readers), ("r.table('t').get(1)", readers), ("r.table('t').count()", readers),
        ("r.table('t').getAll(1, {index: 'x'}).count()", readers), ("r.table('t').info()", readers),
        ("r.table('words').searchWords('tr')", readers), ("r.table('words').search('tree')", readers), ("r.table('t').digest()", readers),
        ("r.table('t').between(1, 2).digest()", readers),
        ("r.expr([1]).map(i => r.table('t').get(i))", readers), ("r.expr({a: 1}).merge(o => ({b: r.table('t').get(1)}))", readers),
        ("r.expr([{a: 1}]).eqJoin('a', r.table('t'))", readers),
        ("r.expr([1]).innerJoin(r.table('t'), (a, b) => true)", readers),
        ("r.branch(r.table('t').isEmpty(), 1, 2)", readers), ("r.table('t').max({index: 'x'})('id').default(0)", readers),
        ("r.traverse(1, {over: {edges: 't', from: 'x', to: 'y'}})", readers),
        ("r.degree(1, {over: {edges: 't', from: 'x', to: 'y'}, direction: 'out'})", readers),
        ("r.table('t').relationList()", all), ("r.table('t').relationStatus()", readers),
        ("r.table('t').relationCreate('e', {field: 'y', to: 't'})", owners),
        ("r.expr([1]).union(r.table('t'))", readers), ("r.expr([1]).setUnion(r.table('t').coerceTo('array'))", readers),
        ("r.args([r.table('t').get(1)]).typeOf()", readers), ("r.table('t').changes({includeInitial: true}).limit(1)", readers),
        ("r.table('t').orderBy({index: 'x'}).limit(1).changes({includeInitial: true}).limit(1)", readers),

        ("r.table('t').insert({id: 7})", writers), ("r.table('t').get(1).update({y: 1})", writers),
        ("r.table('t').get(99).delete()", writers), ("r.table('t').sync()", writers),
        ("r.expr([1]).forEach(i => r.table('t').insert({id: i}, {conflict: 'replace'}))", writers),
        ("r.expr(1).do(i => r.table('t').insert({id: i}, {conflict: 'replace'}))", writers),
        ("r.expr({a: r.table('t').insert({id: 8}, {conflict: 'replace'})})", writers),
        ("r.table('t').insert({id: 9}, {ignoreWriteHook: true})", owners),

        ("r.table('t').config()", keepers), ("r.table('t').getWriteHook()", keepers), ("r.table('t').indexCreate('y')", keepers),
        ("r.table('t').setWriteHook(null)", keepers), ("r.table('t').rebalance()", keepers), ("r.tableCreate('new')", keepers),
        ("r.table('t').indexDrop('x')", keepers), ("r.tableDrop('t')", keepers), ("r.dbDrop('test')", keepers),
        ("r.dbCreate('other')", owners), ("r.table('t').config().changes({includeInitial: true}).limit(1)", keepers),

        ("r.db('rethinkdb').table('users')", [.admin]), ("r.db('rethinkdb').table('users').get('admin')", [.admin]),
        ("r.db('rethinkdb').table('permissions').get(['reader']).changes({includeInitial: true}).limit(1)", [.admin]),
        ("r.db('rethinkdb').table('stats').getAll(['cluster']).changes({includeInitial: true}).limit(1)", [.admin]),
        ("r.db('rethinkdb').table('jobs').count()", [.admin]), ("r.db('rethinkdb').table('logs').info()", [.admin]),
        ("r.db('rethinkdb').table('_debug_scratch').insert({id: 1})", [.admin]),
        ("r.db('rethinkdb').table('users').get('admin').update({password: false})", [.admin]),
        ("r.db('test').grant('nobody', {read: true})", [.admin]), ("r.grant('reader', {read: true})", [.admin]),
    ]

    private func pando() throws -> Pando {
        let pando = try Pando.inMemory()
        func run(_ query: String) throws { _ = try pando.start(TermTree(text: query)).collected() }
        for query in [
            "r.dbCreate('test')", "r.tableCreate('t')", "r.table('t').indexCreate('x')", "r.table('t').insert({id: 1, x: 1})",
            "r.tableCreate('words')", "r.table('words').indexCreate('body', {text: true})", "r.table('words').indexWait()",
            "r.table('words').insert({id: 1, body: 'tree'})",
        ] {
            try run(query)
        }
        for account in Account.allCases where account != .admin {
            try run("r.db('rethinkdb').table('users').insert({id: '\(account)', password: {password: 'p', iterations: 1}})")
            for grant in account.grants { try run(grant) }
        }
        return pando
    }

    /// The last answer of a query that came to the driver port, with options as JSON.
    private func ask(_ query: String, _ options: String = "{}", as account: Account, of pando: Pando) throws -> Datum {
        let service = DriverService(pando: pando, authenticator: HandshakeTests.accounts, limits: DriverLimits())
        var message = ByteBuffer()
        message.append("[1,\(try TermTree(text: query).json),\(options)]")
        let asker = DriverQuery.Asker(user: account.rawValue, client: nil)
        let query = try DriverQuery(try DriverMessage.json(message), token: 1, asker, service: service)
        defer { query.close() }
        repeat {
            query.response.removeAll()
            query.perform(nil)
        } while query.hasMore && !query.isWaiting
        let text = query.response.bytes.dropFirst(DriverResponse.headerByteCount)
        return try Datum(json: String(decoding: text, as: UTF8.self))
    }

    private func isRefused(_ answer: Datum) -> Bool { answer[field: "e"] == 6_000_000 }

    /// How a query gets in.
    enum Way: CaseIterable {
        case driver, text, term
    }

    @Test(arguments: doors.indices)
    func aQueryMayWhatItsAccountMay(index: Int) throws {
        let (query, allowed) = Self.doors[index]
        let pando = try pando()
        let door = try HTTPDoor(pando)
        let term = try TermTree(text: query).json
        // Those who may not come first: what the others do may leave nothing to ask for.
        for account in Account.allCases.filter({ !allowed.contains($0) }) + Account.allCases.filter(allowed.contains) {
            for way in Way.allCases {
                let refused: Bool
                let answer: String
                switch way {
                case .driver:
                    let datum = try ask(query, as: account, of: pando)
                    (refused, answer) = (isRefused(datum), datum.description)
                case .text, .term:
                    // Rows of a feed need a form without end.
                    let body = way == .text ? query : "{\"query\":\(term)}"
                    let type = way == .text ? "text/plain" : "application/json"
                    let fields = ["Content-Type": type, "Accept": "application/x-ndjson"]
                    (refused, answer) = try door.ask("POST", "/_reql", fields, body, as: account)
                }
                #expect(refused != allowed.contains(account), "\(account), \(way): \(query) answers \(answer)")
            }
        }
    }

    /// A server over the accounts' file.
    private struct HTTPDoor {
        let server: HTTPServer
        let client: TestClient

        init(_ pando: Pando) throws {
            var configuration = HTTPConfiguration()
            configuration.port = 0
            configuration.workers = 1
            configuration.failedLoginTime = .zero
            server = HTTPServer.withoutTime(pando: pando, configuration: configuration)
            try server.start()
            client = try TestClient(port: server.port)
        }

        func ask(
            _ method: String, _ target: String, _ fields: [String: String] = [:], _ body: String?, as account: Account
        ) throws -> (refused: Bool, answer: String) {
            // `admin` has the empty password, so that whoever doesn't say who he is is `admin`.
            let password = account == .admin ? "" : "p"
            let field = "Basic " + Base64.encode(Array("\(account):\(password)".utf8))
            let answer = try client.request(method, target, fields.merging(["Authorization": field]) { a, _ in a }, body: body)
            // What fails at a row is told with the others' outcome.
            let isRefused = answer.status == 403 || answer.body.contains("does not have the required")
            #expect(isRefused || answer.status != 401, "\(method) \(target) as \(account): \(answer.body)")
            return (isRefused, "\(answer.status) \(answer.body)")
        }
    }

    /// HTTP's own routes, and who may ask for them.
    static let targets: [(method: String, target: String, body: String?, allowed: Set<Account>)] = [
        ("GET", "/", nil, all), ("GET", "/_databases", nil, all), ("GET", "/test", nil, all), ("GET", "/test/_tables", nil, all),
        ("GET", "/test/t/_index", nil, all), ("GET", "/test/t/_index/x", nil, all), ("GET", "/_health/ready", nil, all),
        ("OPTIONS", "/test/t/_doc?key=1", nil, all),

        ("GET", "/test/words/_words?q=tr", nil, readers), ("GET", "/test/words?q=tree", nil, readers), ("GET", "/test/t", nil, readers),
        ("GET", "/test/t/_info", nil, readers), ("GET", "/test/t/_doc?key=1", nil, readers),
        ("HEAD", "/test/t/_doc?key=1", nil, readers), ("GET", "/test/t/k", nil, readers),
        ("GET", "/test/t/_doc/_graph?key=1&over=%7B%22field%22%3A%22x%22%2C%22to%22%3A%22t%22%7D&direction=out", nil, readers),
        ("POST", "/test/t/_query", "{}", readers), ("POST", "/test/t/_query", #"{"query": "count()"}"#, readers),

        ("POST", "/test/t", "{}", writers), ("POST", "/test/t?conflict=replace", #"[{"id": 1}]"#, writers),
        ("PUT", "/test/t/k", "{}", writers), ("PATCH", "/test/t/_doc?key=1", "{}", writers),
        ("DELETE", "/test/t/missing", nil, writers), ("POST", "/test/t/_query", #"{"query": "update({y: 1})"}"#, writers),

        ("GET", "/test/_relations", nil, all), ("GET", "/test/t/_relation", nil, all),
        ("POST", "/test/t/_relation", #"{"name": "e", "field": "y", "to": "t"}"#, owners),
        ("POST", "/test/t/_index", #"{"name": "n"}"#, keepers), ("DELETE", "/test/t/_index/x", nil, keepers),
        ("PUT", "/test/new", nil, keepers), ("DELETE", "/test/t", nil, keepers), ("DELETE", "/test", nil, keepers),

        ("PUT", "/other", nil, owners), ("POST", "/_admin/compact", nil, owners),
        ("GET", "/_admin/states", nil, owners), ("PUT", "/_admin/states/s", nil, owners), ("DELETE", "/_admin/states/s", nil, owners),
        ("GET", "/_status", nil, [.admin]), ("GET", "/_metrics", nil, [.admin]), ("GET", "/_openapi.json", nil, all),
        ("GET", "/_admin/cluster", nil, [.admin]),
        ("GET", "/_admin/jobs", nil, [.admin]), ("DELETE", "/_admin/jobs/none", nil, [.admin]),

        ("GET", "/_admin/users", nil, [.admin]), ("GET", "/_admin/users/reader", nil, [.admin]),
        ("POST", "/_admin/users", #"{"name": "new", "password": "p"}"#, [.admin]),
        ("PUT", "/_admin/users/new", #"{"password": "p", "permissions": []}"#, [.admin]),
        ("POST", "/_admin/users/nobody/_grant", #"{"read": true}"#, [.admin]), ("DELETE", "/_admin/users/reader", nil, [.admin]),
        ("GET", "/_admin/roles", nil, [.admin]), ("POST", "/_admin/roles", #"{"name": "r", "permissions": []}"#, [.admin]),
        ("PUT", "/_admin/roles/r", #"{"permissions": []}"#, [.admin]), ("GET", "/_admin/roles/r", nil, [.admin]),
        ("DELETE", "/_admin/roles/r", nil, [.admin]),
        ("POST", "/_transaction/begin", nil, all), ("POST", "/_transaction/commit", nil, all), ("GET", "/_admin/transactions", nil, all),
        // Of the own account.
        ("GET", "/_admin/tokens", nil, all), ("POST", "/_admin/tokens", nil, all),
        ("POST", "/_admin/tokens", #"{"user": "reader"}"#, [.reader, .admin]),
    ]

    @Test(arguments: targets.indices)
    func aRouteMayWhatTheAccountMay(index: Int) throws {
        let (method, target, body, allowed) = Self.targets[index]
        let pando = try pando()
        let door = try HTTPDoor(pando)
        for account in Account.allCases.filter({ !allowed.contains($0) }) + Account.allCases.filter(allowed.contains) {
            let (refused, answer) = try door.ask(method, target, [:], body, as: account)
            #expect(refused != allowed.contains(account), "\(account): \(method) \(target) answers \(answer)")
        }
    }

    /// Of tables that an account may neither read nor configure it hears the names.
    @Test func listsOfTablesTellNamesOnly() throws {
        let door = try HTTPDoor(try pando())
        let few = try door.ask("GET", "/test/_tables", [:], nil, as: .nobody).answer
        #expect(few.contains("\"name\":\"t\"") && !few.contains("primary_key"))
        for account in [Account.reader, .keeper] {
            #expect(try door.ask("GET", "/test/_tables", [:], nil, as: account).answer.contains("primary_key"))
        }
    }

    /// A feed over HTTP asks as well.
    @Test func feedsAreAskedFor() throws {
        let pando = try pando()
        for account in [Account.nobody, .keeper] {
            let door = try HTTPDoor(pando)
            #expect(try door.ask("GET", "/test/t/_changes?include_initial=true", [:], nil, as: account).refused)
        }
    }

    /// The options of a query are terms as well, and asked by the same account.
    @Test(arguments: ["max_batch_rows", "min_batch_rows", "max_batch_bytes", "first_batch_scaledown_factor", "array_limit", "durability"])
    func optionsAreNoWayRound(option: String) throws {
        let pando = try pando()
        let grant = try TermTree(text: "r.grant('nobody', {read: true, write: true})('granted')").json
        let read = try TermTree(text: "r.db('test').table('t').get(1)('x')").json
        for term in [grant, read] {
            for query in ["r.range(3)", "r.expr([1]).forEach(i => r.table('t').insert({id: 5}))"] {
                _ = try ask(query, "{\"\(option)\":\(term)}", as: .nobody, of: pando)
            }
        }
        #expect(isRefused(try ask("r.table('t')", as: .nobody, of: pando)))
        #expect(isRefused(try ask("r.range(3)", "{\"\(option)\":\(read)}", as: .nobody, of: pando)) || option == "durability")
    }

    // MARK: HTTP

    /// Every method of every route.
    static let routes: [(method: String, target: String, body: String?)] = [
        ("GET", "/", nil), ("HEAD", "/", nil), ("GET", "/_status", nil), ("GET", "/_databases", nil), ("POST", "/_reql", "r.dbList()"),
        ("GET", "/_admin/states", nil), ("PUT", "/_admin/states/s", nil), ("DELETE", "/_admin/states/s", nil),
        ("GET", "/_replica", nil), ("GET", "/_replica/origin?file=0", nil), ("GET", "/_replica/position", nil),
        ("POST", "/_replica?since=0", nil),
        ("POST", "/_admin/promote", nil), ("GET", "/_admin/cluster", nil),
        ("POST", "/_admin/compact", nil), ("GET", "/_admin/users", nil), ("POST", "/_admin/users", #"{"name": "eve", "password": "e"}"#),
        ("GET", "/_admin/users/eve", nil), ("PUT", "/_admin/users/eve", #"{"password": "f"}"#),
        ("POST", "/_admin/users/eve/_grant", #"{"read": true}"#), ("DELETE", "/_admin/users/eve", nil), ("GET", "/_admin/roles", nil),
        ("POST", "/_admin/roles", #"{"name": "r", "permissions": []}"#), ("PUT", "/_admin/roles/r", #"{"permissions": []}"#),
        ("GET", "/_admin/roles/r", nil), ("DELETE", "/_admin/roles/r", nil), ("GET", "/_admin/tokens", nil),
        ("POST", "/_admin/tokens", nil),
        ("DELETE", "/_admin/tokens/t", nil), ("GET", "/_metrics", nil), ("GET", "/_openapi.json", nil), ("GET", "/_admin/jobs", nil),
        ("DELETE", "/_admin/jobs/j", nil), ("GET", "/_admin/transactions", nil), ("DELETE", "/_admin/transactions/1", nil),
        ("POST", "/_transaction/begin", nil), ("POST", "/_transaction/commit", nil), ("POST", "/_transaction/rollback", nil),
        ("GET", "/app", nil), ("PUT", "/new", nil), ("DELETE", "/other", nil), ("GET", "/app/_tables", nil),
        ("GET", "/app/_collections", nil), ("GET", "/app/users", nil), ("POST", "/app/users", "{}"), ("PUT", "/app/new", nil),
        ("DELETE", "/app/old", nil), ("GET", "/app/users/_info", nil), ("POST", "/app/users/_query", "{}"),
        ("GET", "/app/users/_changes", nil), ("GET", "/app/users/_index", nil), ("POST", "/app/users/_index", #"{"name": "n"}"#),
        ("GET", "/app/users/_index/n", nil), ("DELETE", "/app/users/_index/n", nil), ("GET", "/app/users/u1", nil),
        ("HEAD", "/app/users/u1", nil), ("PUT", "/app/users/u1", "{}"), ("PATCH", "/app/users/u1", "{}"),
        ("DELETE", "/app/users/u1", nil), ("GET", "/app/users/_doc?key=1", nil), ("PUT", "/app/users/_doc?key=1", "{}"),
        ("PATCH", "/app/users/_doc?key=1", "{}"), ("DELETE", "/app/users/_doc?key=1", nil),
    ]

    @Test func everyRouteAsksForThePassword() throws {
        let fixture = try RouteFixture()
        func run(_ query: String) throws { _ = try fixture.pando.start(TermTree(text: query)).collected() }
        try run("r.db('rethinkdb').table('users').insert({id: 'ada', password: {password: 'pw', iterations: 2}})")
        try run("r.grant('ada', {read: true, write: true, config: true, connect: true})")
        try run("r.db('rethinkdb').grant('ada', {read: true, write: true})")
        try run("r.db('rethinkdb').table('users').get('admin').update({password: {password: 'boss', iterations: 2}})")
        func basic(_ user: String, _ password: String) -> [String: String] {
            ["Authorization": "Basic " + Base64.encode(Array("\(user):\(password)".utf8))]
        }
        let strangers = [[:], basic("admin", "pw"), basic("ada", "boss")]
        let before = try fixture.pando.start(TermTree(text: "r.db('app').tableList().union(r.dbList())")).collected()
        for (method, target, body) in Self.routes {
            for fields in strangers {
                let answer = try fixture(method, target, fields, body)
                #expect(answer.status == 401, "\(method) \(target) as \(fields)")
            }
        }
        #expect(try fixture.pando.start(TermTree(text: "r.db('app').tableList().union(r.dbList())")).collected() == before)
        for (method, target, body) in Self.routes where target != "/app/users/_changes" {
            let answer = try fixture(method, target, basic("admin", "boss"), body)
            #expect(answer.status != 401 && answer.status < 500, "\(method) \(target): \(answer.status)")
        }
    }
}
