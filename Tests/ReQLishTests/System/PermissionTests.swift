import Catalog
import Synchronization
import TestSupport
import Testing

@testable import ReQLish

/// Who may do what. A file with two databases, of which the user `u` gets permissions here and there.
@Suite struct PermissionTests {
    private let run: QueryRunner

    init() throws {
        run = try QueryRunner(table: "t", [["id": 1, "x": 1]])
        for query in [
            "r.dbCreate('other')", "r.db('other').tableCreate('o')", "r.table('t').indexCreate('x')", "r.table('t').indexWait()",
            "r.db('rethinkdb').table('users').insert({id: 'u', password: {password: 'secret', iterations: 1}})",
        ] {
            _ = try run.value(query)
        }
    }

    private var asUser: QueryOptions {
        var options = QueryOptions()
        options.user = "u"
        return options
    }

    /// Nil if the query is allowed, else the class of its error.
    private func refusal(_ query: String) -> ReQLError.Kind? {
        do {
            _ = try run.value(query, asUser)
            return nil
        } catch {
            return (error as? ReQLError)?.kind
        }
    }

    private func grant(_ receiver: String = "r", _ permissions: String) throws {
        let result = try run.value("\(receiver).grant('u', \(permissions))")
        #expect(result[field: "granted"] == 1)
    }

    // MARK: What each term needs

    /// A term, and what has to be granted for it: nothing, or calls of `grant`.
    static let needs: [(query: String, grants: [(receiver: String, permissions: String)])] = [
        ("r.dbList()", []), ("r.tableList()", []), ("r.db('test').info()", []), ("r.expr(1).add(1)", []),
        ("r.table('t').status()", []), ("r.table('t').wait()", []), ("r.db('test').wait()", []), ("r.table('t').indexList()", []),
        ("r.table('t').indexStatus()", []), ("r.table('t').indexWait()", []), ("r.table('t').typeOf()", []),

        ("r.table('t')", [("r.table('t')", "{read: true}")]), ("r.table('t').get(1)", [("r.table('t')", "{read: true}")]),
        ("r.table('t').getAll(1)", [("r.table('t')", "{read: true}")]),
        ("r.table('t').getAll(1, {index: 'x'})", [("r.table('t')", "{read: true}")]),
        ("r.table('t').between(1, 2, {index: 'x'})", [("r.table('t')", "{read: true}")]),
        ("r.table('t').orderBy({index: 'x'})", [("r.table('t')", "{read: true}")]),
        ("r.table('t').count()", [("r.table('t')", "{read: true}")]), ("r.table('t').nth(0)", [("r.table('t')", "{read: true}")]),
        ("r.table('t').isEmpty()", [("r.table('t')", "{read: true}")]), ("r.table('t').min()", [("r.table('t')", "{read: true}")]),
        ("r.table('t').max({index: 'x'})", [("r.table('t')", "{read: true}")]),
        ("r.table('t').distinct({index: 'x'})", [("r.table('t')", "{read: true}")]),
        ("r.table('t').group({index: 'x'}).count()", [("r.table('t')", "{read: true}")]),
        ("r.traverse(1, {over: {edges: 't', from: 'x', to: 'y'}})", [("r.table('t')", "{read: true}")]),
        (
            "r.traverse(1, {over: {edges: 't', from: 'x', to: 'y', nodes: r.db('other').table('o')}})",
            [("r.table('t')", "{read: true}"), ("r.db('other').table('o')", "{read: true}")]
        ),
        (
            "r.table('t').get(1).traverse({over: {field: 'x', to: 'other.o'}})",
            [("r.table('t')", "{read: true}"), ("r.db('other').table('o')", "{read: true}")]
        ),
        ("r.shortestPath(1, 2, {over: {edges: 't', from: 'x', to: 'x'}})", [("r.table('t')", "{read: true}")]),
        ("r.components({over: {edges: 't', from: 'x', to: 'x'}})", [("r.table('t')", "{read: true}")]),
        ("r.table('t').get(1).subgraph({over: {edges: 't', from: 'x', to: 'x'}})", [("r.table('t')", "{read: true}")]),
        (
            "r.table('t').relationCreate('e', {field: 'x', to: 't'})",
            [("r.table('t')", "{config: true}"), ("r.table('t')", "{read: true}")]
        ),
        ("r.table('t').relationStatus()", [("r.table('t')", "{read: true}")]), ("r.table('t').relationList()", []),
        ("r.table('t').sample(1)", [("r.table('t')", "{read: true}")]), ("r.table('t').info()", [("r.table('t')", "{read: true}")]),
        ("r.expr([{a: 1}]).eqJoin('a', r.table('t'))", [("r.table('t')", "{read: true}")]),
        ("r.expr([{a: 1}]).eqJoin('a', r.table('t'), {index: 'x'})", [("r.table('t')", "{read: true}")]),
        ("r.expr([1]).map(x => r.table('t').get(x)('x'))", [("r.table('t')", "{read: true}")]),

        ("r.table('t').insert({id: 2})", [("r.table('t')", "{read: true, write: true}")]),
        ("r.table('t').insert([])", []),
        ("r.table('t').update({y: 1})", [("r.table('t')", "{read: true, write: true}")]),
        ("r.table('t').get(9).update({y: 1})", [("r.table('t')", "{read: true, write: true}")]),
        ("r.table('t').replace(x => x)", [("r.table('t')", "{read: true, write: true}")]),
        ("r.table('t').get(9).delete()", [("r.table('t')", "{read: true, write: true}")]),
        ("r.table('t').delete()", [("r.table('t')", "{read: true, write: true}")]),
        ("r.table('t').sync()", [("r.table('t')", "{read: true, write: true}")]),
        ("r.table('t').insert({id: 2}, {ignoreWriteHook: true})", [("r.table('t')", "{read: true, write: true, config: true}")]),
        ("r.expr([1]).forEach(x => r.table('t').insert({id: 3}))", [("r.table('t')", "{read: true, write: true}")]),

        ("r.table('t').config()", [("r.table('t')", "{config: true}")]),
        ("r.table('t').reconfigure({shards: 1, replicas: 1})", [("r.table('t')", "{config: true}")]),
        ("r.table('t').rebalance()", [("r.table('t')", "{config: true}")]),
        ("r.table('t').indexCreate('y')", [("r.table('t')", "{config: true}")]),
        ("r.table('t').indexRename('x', 'z')", [("r.table('t')", "{config: true}")]),
        ("r.table('t').indexDrop('x')", [("r.table('t')", "{config: true}")]),
        ("r.table('t').setWriteHook((a, b, c) => c)", [("r.table('t')", "{config: true}")]),
        ("r.table('t').getWriteHook()", [("r.table('t')", "{config: true}")]),
        ("r.tableDrop('t')", [("r.table('t')", "{config: true}")]),

        ("r.db('test').config()", [("r.db('test')", "{config: true}")]),
        ("r.tableCreate('new')", [("r.db('test')", "{config: true}")]),
        ("r.db('test').rebalance()", [("r.db('test')", "{config: true}")]),
        ("r.dbDrop('test')", [("r.db('test')", "{config: true}")]),
        ("r.dbCreate('new')", [("r", "{config: true}")]),

        ("r.db('rethinkdb').table('users')", [("r.db('rethinkdb').table('users')", "{read: true}")]),
        ("r.db('rethinkdb').table('stats')", [("r.db('rethinkdb')", "{read: true}")]),
        (
            "r.db('rethinkdb').table('users').insert({id: 'v', password: false})",
            [("r.db('rethinkdb').table('users')", "{read: true, write: true}")]
        ),
        (
            "r.table('t').config().update({durability: 'soft'})",
            [("r.table('t')", "{config: true}"), ("r.db('rethinkdb').table('table_config')", "{read: true, write: true}")]
        ),
        ("r.grant('u', {read: true})", [("r.db('rethinkdb').table('permissions')", "{read: true, write: true}")]),
    ]

    @Test(arguments: needs.indices)
    func aTermNeedsWhatIsSaidOfIt(index: Int) throws {
        let (query, grants) = Self.needs[index]
        for (receiver, permissions) in grants {
            #expect(refusal(query) == .permission, "\(query) without \(receiver) \(permissions)")
            try grant(receiver, permissions)
        }
        #expect(refusal(query) == nil, "\(query)")
    }

    @Test func httpNeedsConnectAndIsLeftOutAllTheSame() throws {
        #expect(refusal("r.http('http://127.0.0.1/')") == .permission)
        try grant("r", "{connect: true}")
        #expect(refusal("r.http('http://127.0.0.1/')") == .operationFailed)
    }

    /// Dropping a database needs a say in each of its tables; moving a table one in the other database.
    @Test func largeChangesNeedAllThatTheyTouch() throws {
        try grant("r.db('test')", "{config: true}")
        try grant("r.table('t')", "{config: false}")
        #expect(refusal("r.dbDrop('test')") == .permission)
        #expect(refusal("r.db('test').reconfigure({shards: 1, replicas: 1})") == .permission)
        #expect(refusal("r.db('rethinkdb').table('db_config').filter({name: 'test'}).delete()") == .permission)
        try grant("r.db('rethinkdb')", "{read: true, write: true}")
        #expect(refusal("r.db('rethinkdb').table('db_config').filter({name: 'test'}).delete()") == .permission)
        try grant("r.table('t')", "{config: null}")
        #expect(refusal("r.table('t').config().update({db: 'other'})") == .permission)
        try grant("r.db('other')", "{config: true}")
        #expect(refusal("r.table('t').config().update({db: 'other'})") == nil)
        #expect(refusal("r.db('rethinkdb').table('db_config').insert({name: 'new'})") == .permission)
        #expect(refusal("r.db('rethinkdb').table('db_config').filter({name: 'test'}).delete()") == nil)
    }

    // MARK: Feeds

    /// However the rows are chosen, also those that are made when they are read.
    @Test(arguments: ["", ".get('u')", ".getAll('u')", ".between('a', 'z')", ".filter(true)"])
    func aFeedNeedsToReadWhatItFollows(chosen: String) throws {
        for table in ["r.table('t')", "r.db('rethinkdb').table('users')"] {
            let feed = "\(table)\(chosen).changes({includeInitial: true, includeStates: true}).limit(1)"
            #expect(refusal(feed) == .permission, "\(feed)")
        }
        let both =
            "r.table('t').union(r.db('rethinkdb').table('users').getAll('u')).changes({includeStates: true, includeInitial: true}).limit(1)"
        #expect(refusal(both) == .permission)
        try grant("r.table('t')", "{read: true}")
        #expect(refusal(both) == .permission)
        try grant("r.db('rethinkdb').table('users')", "{read: true}")
        #expect(refusal(both) == nil)
    }

    /// What may be looked at may be followed, whatever it is made from.
    @Test func whoMayConfigureATableMayFollowItsConfig() throws {
        let config = "r.table('t').config().changes({includeInitial: true}).limit(1)"
        #expect(refusal(config) == .permission)
        #expect(refusal("r.table('t').status().changes({includeInitial: true}).limit(1)") == nil)
        try grant("r.table('t')", "{config: true}")
        #expect(refusal(config) == nil)
        let feed = try run.cursor("r.table('t').config().changes()", asUser)
        guard case .nothing = try feed.poll() else { return #expect(Bool(false), "nothing has changed") }
        try grant("r.table('t')", "{config: false}")
        #expect(throws: ReQLError.self) { try feed.poll() }
    }

    /// At once, and not only when there is something to tell.
    @Test(arguments: [
        "r.table('t').changes()", "r.table('t').get(1).changes()", "r.table('t').orderBy({index: 'x'}).limit(1).changes()",
        "r.db('rethinkdb').table('db_config').changes()", "r.db('rethinkdb').table('jobs').get('x').changes()",
        "r.table('t').union(r.db('rethinkdb').table('users')).changes()",
    ])
    func aFeedEndsWithThePermission(query: String) throws {
        try grant("r", "{read: true}")
        try grant("r.db('rethinkdb')", "{read: true}")
        let feed = try run.cursor(query, asUser)
        guard case .nothing = try feed.poll() else { return #expect(Bool(false), "nothing has changed") }
        let isReady = Mutex(false)
        feed.whenReady { isReady.withLock { $0 = true } }
        try grant("r", "{read: null}")
        try grant("r.db('rethinkdb')", "{read: null}")
        #expect(isReady.withLock { $0 })
        let error = #expect(throws: ReQLError.self) { try feed.poll() }
        #expect(error?.kind == .permission)
    }

    /// What is written once the permission is gone is not told, also where a feed was looking at something else meanwhile: here it takes long to
    /// see that a row is none of those that it tells.
    @Test func aFeedTellsNothingThatWasWrittenAfterwards() throws {
        let isWanted = "row('id').coerceTo('string').match('secret').or(r.range(3000).count(n => row('id').eq(n)).gt(1))"
        for round in 0..<20 {
            try grant("r", "{read: true}")
            let feed = try run.cursor("r.table('t').filter(row => \(isWanted)).changes()", asUser)
            let told = Mutex<[Datum]>([])
            let reader = TestThread {
                // Without the permission it ends with an error.
                while told.withLock({ $0.isEmpty }), let step = try? feed.poll() {
                    if case .row(let row) = step { told.withLock { $0.append(row) } }
                }
            }
            _ = try run.value("r.table('t').insert({id: 'noise \(round)'})")
            try grant("r", "{read: null}")
            _ = try run.value("r.table('t').insert({id: 'secret \(round)'})")
            try reader.join()
            #expect(told.withLock { $0.isEmpty }, "round \(round)")
        }
    }

    /// With the table moves what decides about it.
    @Test func aFeedEndsWhenItsTableMovesToWhereOneMayNotRead() throws {
        try grant("r.db('test')", "{read: true}")
        let feed = try run.cursor("r.table('t').changes()", asUser)
        guard case .nothing = try feed.poll() else { return #expect(Bool(false), "nothing has changed") }
        _ = try run.value("r.table('t').config().update({db: 'other'})")
        let error = #expect(throws: ReQLError.self) { try feed.poll() }
        #expect(error?.kind == .permission)
    }

    // MARK: Inheritance

    /// For each scope yes, no or nothing, the most specific one that says something counts.
    @Test func theNearestScopeDecides() throws {
        let choices = ["true", "false", "null"]
        for server in choices {
            for database in choices {
                for table in choices {
                    try grant("r", "{read: \(server)}")
                    try grant("r.db('test')", "{read: \(database)}")
                    try grant("r.table('t')", "{read: \(table)}")
                    let decides = [table, database, server].first { $0 != "null" } ?? "false"
                    #expect((refusal("r.table('t').count()") == nil) == (decides == "true"), "\(server) \(database) \(table)")
                }
            }
        }
    }

    @Test func theSystemDatabaseInheritsNothing() throws {
        try grant("r", "{read: true, write: true, config: true, connect: true}")
        #expect(refusal("r.db('other').table('o')") == nil)
        #expect(refusal("r.db('rethinkdb').table('users')") == .permission)
        #expect(refusal("r.grant('u', {read: false})") == .permission)
        try grant("r.db('rethinkdb')", "{read: true}")
        #expect(refusal("r.db('rethinkdb').table('users')") == nil)
        #expect(refusal("r.db('rethinkdb').table('_debug_scratch')") == .permission)
    }

    @Test func writingNeedsReading() throws {
        try grant("r.table('t')", "{write: true}")
        #expect(refusal("r.table('t').insert({id: 5})") == .permission)
        try grant("r.table('t')", "{read: true}")
        #expect(refusal("r.table('t').insert({id: 5})") == nil)
        #expect(refusal("r.table('t').config()") == .permission)
    }

    @Test func permissionsFollowTheTableThroughARename() throws {
        try grant("r.table('t')", "{read: true}")
        _ = try run.value("r.table('t').config().update({name: 'renamed'})")
        #expect(refusal("r.table('renamed').count()") == nil)
        _ = try run.value("r.tableDrop('renamed')")
        _ = try run.value("r.tableCreate('renamed')")
        #expect(refusal("r.table('renamed').count()") == .permission)
    }

    @Test func whatIsMissingIsSaidBeforeWhatIsForbidden() {
        #expect(refusal("r.table('nothing')") == .operationFailed)
        #expect(refusal("r.db('nothing').table('t')") == .operationFailed)
        #expect(refusal("r.tableDrop('nothing')") == .operationFailed)
        #expect(refusal("r.dbDrop('nothing')") == .operationFailed)
        #expect(refusal("r.table('t').getAll(1, {index: 'nothing'})") == .permission)
        #expect(refusal("r.table('t').indexCreate('x')") == .permission)
        #expect(refusal("r.tableCreate('t')") == .permission)
    }

    @Test func whoWasDeletedMayDoNothing() throws {
        try grant("r", "{read: true}")
        #expect(refusal("r.table('t')") == nil)
        _ = try run.value("r.db('rethinkdb').table('users').get('u').delete()")
        #expect(refusal("r.table('t')") == .permission)
        #expect(refusal("r.expr(1)") == nil)
        // Nor does who comes later under the same name inherit anything.
        _ = try run.value("r.db('rethinkdb').table('users').insert({id: 'u', password: false})")
        #expect(refusal("r.table('t')") == .permission)
    }

    @Test func aPartOfWriteHasAWordOfItsOwn() throws {
        try grant("r.table('t')", "{read: true, write: true, delete: false}")
        #expect(refusal("r.table('t').insert({id: 2})") == nil)
        #expect(refusal("r.table('t').get(2).update({y: 1})") == nil)
        #expect(refusal("r.table('t').insert({id: 2, z: 1}, {conflict: 'replace'})") == nil)
        for query in ["r.table('t').get(2).delete()", "r.table('t').delete()", "r.table('t').get(2).replace(null)"] {
            #expect(refusal(query) == .permission, "\(query)")
        }
        #expect(run.error("r.table('t').delete()", asUser).message.contains("does not have the required `delete` permission"))
        #expect(try run.value("r.table('t').count()") == 2)
        // The nearer scope's `write` counts before the narrower word of the one around it.
        try grant("r.db('test')", "{insert: false, update: false}")
        #expect(refusal("r.table('t').insert({id: 3})") == nil)
        try grant("r.table('t')", "{write: null, insert: true, delete: null}")
        #expect(refusal("r.table('t').insert({id: 4})") == nil)
        #expect(refusal("r.table('t').insert({id: 1}, {conflict: 'update'})") == .permission)
        #expect(refusal("r.table('t').get(9).replace({id: 9})") == .permission)
        #expect(refusal("r.table('t').get(1).update({y: 2})") == .permission)
        // An answer tells of rows.
        try grant("r.table('t')", "{read: false}")
        #expect(refusal("r.table('t').insert({id: 5})") == .permission)
    }

    @Test func rolesGivePartsOfWrite() {
        let scope = PermissionScope.database("d")
        func permissions(_ entry: Permissions.Entry) -> Permissions {
            var permissions = Permissions()
            permissions[scope] = entry
            return permissions
        }
        let whole = permissions([.read: true, .write: true])
        let narrowed = permissions([.read: true, .delete: false])
        // A yes of any role counts before a no of another, and one's own word before both.
        #expect(Permissions().adding([whole, narrowed]).allow(.delete, scope))
        #expect(!permissions([.delete: false]).adding([whole]).allow(.delete, scope))
        #expect(permissions([.delete: false]).adding([whole]).allow(.insert, scope))
        #expect(!permissions([.write: false]).adding([permissions([.insert: true])]).allow(.insert, scope))
        #expect(permissions([.insert: true]).allow(.insert, scope))
        #expect(!permissions([.write: true]).allow(.insert, scope))
        #expect(!permissions([.insert: true]).allow(.write, scope))
    }

    @Test func theMessageSaysWhoLacksWhatWhere() throws {
        let messages = [
            ("r.table('t')", "User `u` does not have the required `read` permission on table `test.t`."),
            ("r.tableCreate('x')", "User `u` does not have the required `config` permission on database `test`."),
            ("r.dbCreate('x')", "User `u` does not have the required `config` permission."),
            ("r.db('rethinkdb').table('jobs')", "User `u` does not have the required `read` permission on table `rethinkdb.jobs`."),
        ]
        for (query, message) in messages { #expect(run.error(query, asUser).message == message) }
    }

    @Test func jobsAreSeenByTheirOwners() throws {
        try grant("r.db('rethinkdb').table('jobs')", "{read: true, write: true}")
        let other = try run.cursor("r.table('t')")
        #expect(try run.value("r.db('rethinkdb').table('jobs').count()") == 2)
        #expect(try run.value("r.db('rethinkdb').table('jobs').count()", asUser) == 1)
        other.close()
    }

    @Test func aJobIsKilledByDeletingItsRow() throws {
        let cursor = try run.cursor("r.range().map(x => x)")
        _ = try cursor.next()
        let deleted = try run.value(
            "r.db('rethinkdb').table('jobs').filter(j => j('info')('query').match('^r.range')).delete()('deleted')")
        #expect(deleted == 1)
        let error = #expect(throws: ReQLError.self) { try cursor.next() }
        #expect(error?.kind == .operationIndeterminate)
    }
}
