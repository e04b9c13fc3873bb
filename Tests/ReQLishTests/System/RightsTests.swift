import Catalog
import Testing

@testable import ReQLish

/// Nothing is a way around `read`, and nobody gives himself rights.
@Suite struct RightsTests {
    private let run: QueryRunner

    /// `keeper` may configure `app` and not read it; `own` is his, with rights on the tables that are said to be written for it.
    init() throws {
        run = try QueryRunner(table: nil)
        for query in [
            "r.dbCreate('app')", "r.dbCreate('own')", "r.db('app').tableCreate('secret')",
            "r.db('app').table('secret').insert([{id: 'k1', s: 'x'}, {id: 'k2', s: 'x'}])",
            "r.db('rethinkdb').table('users').insert({id: 'keeper', password: {password: 'p', iterations: 1}})",
            "r.db('app').grant('keeper', {config: true})", "r.db('own').grant('keeper', {read: true, write: true, config: true})",
            "r.db('rethinkdb').table('table_config').grant('keeper', {read: true, write: true})",
        ] {
            _ = try run.value(query)
        }
    }

    private var asKeeper: QueryOptions {
        var options = QueryOptions()
        options.user = "keeper"
        return options
    }

    private func expectRefused(_ query: String, _ place: SourceLocation = #_sourceLocation) {
        let error = run.error(query, asKeeper, sourceLocation: place)
        #expect(error.kind == .permission, "\(query): \(error)", sourceLocation: place)
        #expect(!error.message.contains("k1"), sourceLocation: place)
    }

    @Test func aTableThatMovesIsReadByNobodyWhoCouldNotReadIt() throws {
        expectRefused("r.db('app').table('secret').count()")
        _ = try run.value("r.db('app').table('secret').config().update({db: 'own'})", asKeeper)
        expectRefused("r.db('own').table('secret').count()")
        expectRefused("r.db('own').table('secret').insert({})")
        // What was his before is his still.
        _ = try run.value("r.db('own').table('secret').config().update({db: 'app', name: 'again'})", asKeeper)
        expectRefused("r.db('app').table('again').count()")
        _ = try run.value("r.db('app').table('again').grant('keeper', {read: true})")
        #expect(try run.value("r.db('app').table('again').count()", asKeeper) == 2)
    }

    @Test func whoSearchesReads() throws {
        _ = try run.value("r.db('app').table('secret').indexCreate('s', {text: true})")
        _ = try run.value("r.db('app').table('secret').indexWait()")
        for query in [
            "search('x')", "search('x').count()", "search('x', {as: 'f'})", "search('x').changes()", "getAll('x', {index: 's'})('id')",
        ] {
            expectRefused("r.db('app').table('secret').\(query)")
        }
        #expect(try run.value("r.db('app').table('secret').search('x').count()") == 2)
    }

    @Test func whatIsSaidOfATableGoesWithIt() throws {
        _ = try run.value("r.db('own').tableCreate('t')")
        _ = try run.value("r.db('own').table('t').grant('keeper', {read: false})")
        _ = try run.value("r.db('app').grant('keeper', {read: true})")
        _ = try run.value("r.db('own').table('t').config().update({db: 'app'})")
        expectRefused("r.db('app').table('t').count()")
        let rows = try run.value("r.db('rethinkdb').table('permissions').filter({user: 'keeper', table: 't'}).coerceTo('array')")
        #expect(rows.count == 1 && rows[0][field: "database"] == "app" && rows[0][field: "permissions"]?[field: "read"] == false)
        _ = try run.value("r.db('app').table('t').config().update({db: 'own'})")
        expectRefused("r.db('own').table('t').count()")
    }

    @Test func aRoleOfTheNewDatabaseGivesNoRightToATableThatMovedThere() throws {
        var transaction = try run.pando.catalog.beginWrite()
        let database = try #require(try transaction.database("own"))
        var role = RoleConfig(name: "reader")
        role.permissions[PermissionScope(database)] = [.read: true]
        try transaction.putRole(role)
        try transaction.commit(.soft)
        _ = try run.value("r.db('rethinkdb').table('users').insert({id: 'u', password: {password: 'p', iterations: 1}, roles: ['reader']})")
        _ = try run.value("r.db('app').table('secret').config().update({db: 'own'})")
        var options = QueryOptions()
        options.user = "u"
        #expect(run.error("r.db('own').table('secret').count()", options).kind == .permission)
    }

    @Test(arguments: [
        "r.db('app').table('secret').indexCreate('x', d => d('s'), {unique: true})",
        "r.db('app').table('secret').indexCreate('s', {unique: true})",
        // How long it takes, and whether it is given up, tells one bit of each document.
        "r.db('app').table('secret').indexCreate('x', d => r.branch(d('s').lt('m'), r.range(10000000000).sum(), 0))",
        "r.db('app').table('secret').config().update({expiry_field: 's'})",
    ])
    func configIsNoWayAroundRead(query: String) {
        expectRefused(query)
    }

    /// Whoever may not read may wait for an index, and is not told keys.
    @Test func anIndexThatFailsTellsKeysOnlyToWhoMadeIt() throws {
        let made = run.error("r.db('app').table('secret').indexCreate('s', {unique: true})")
        #expect(made.message.contains("k1"))
        var transaction = try run.pando.catalog.beginWrite()
        let table = try #require(try transaction.table("secret", in: try transaction.existingDatabase("app")))
        try transaction.createIndex("s", on: table, .field("s"), isUnique: true)
        try transaction.commit(.soft)
        for _ in 0..<2 {
            let error = run.error("r.db('app').table('secret').indexWait('s')", asKeeper)
            #expect(error.message.contains("same value") && !error.message.contains("k1"), "\(error)")
        }
    }

    @Test func onlyTheAdministratorChangesTheAdministrator() throws {
        _ = try run.value("r.db('rethinkdb').table('users').grant('keeper', {read: true, write: true})")
        _ = try run.value("r.db('rethinkdb').table('users').get('admin').update({password: 'boss'})")
        expectRefused("r.db('rethinkdb').table('users').get('admin').update({password: 'hacked'})")
        expectRefused("r.db('rethinkdb').table('users').get('admin').update({password: false})")
        expectRefused("r.db('rethinkdb').table('users').insert({id: 'admin', password: 'hacked'}, {conflict: 'replace'})")
        let users = "r.db('rethinkdb').table('users')"
        #expect(try run.value("\(users).insert({id: 'v', password: 'p'})", asKeeper)[field: "inserted"] == 1)
    }

    @Test func noAccountIsGivenTheEmptyPasswordWhileOthersReachTheServer() throws {
        let users = "r.db('rethinkdb').table('users')"
        _ = try run.value("\(users).insert({id: 'open', password: false})")
        _ = try run.value("\(users).get('admin').update({password: 'boss'})")
        run.pando.catalog.isReachable = true
        for query in [
            "\(users).get('admin').update({password: false})", "\(users).get('keeper').update({password: ''})",
            "\(users).insert({id: 'new', password: false})",
        ] {
            let error = try run.value(query)[field: "first_error"]?.string
            #expect(error?.contains("needs a password") == true, "\(query)")
        }
        // What it has stays, and can be changed.
        _ = try run.value("r.grant('open', {read: true})")
        #expect(try run.value("\(users).get('open').update({password: 'p'})")[field: "replaced"] == 1)
        run.pando.catalog.isReachable = false
        #expect(try run.value("\(users).get('open').update({password: ''})")[field: "replaced"] == 1)
    }

    @Test(arguments: [
        "r.db('rethinkdb').table('users').insert({id: 'zz', password: 'HUSH'})",
        "r.db('rethinkdb').table('users').get('zz').update({password: {password: 'HUSH', iterations: 1}})",
        "r.do('HUSH', p => r.db('rethinkdb').table('users').get('zz').update({password: p}))",
        "r.db('rethinkdb').table('users').get('zz').update(r.expr({password: 'HU'}).merge({password: r.expr('HU').add('HUSH')}))",
    ])
    func passwordsInQueriesAreNotShown(query: String) throws {
        let text = try TermTree(text: query).textWithoutSecrets()
        #expect(!text.contains("HU") && text.contains("users") && text.contains("password"), "\(text)")
    }

    @Test func otherQueriesAreShownAsTheyAre() throws {
        for query in [#"r.db("app").table("users").insert({id: "zz", password: "HUSH"})"#, #"r.db("rethinkdb").table("jobs").get("a")"#] {
            #expect(try TermTree(text: query).textWithoutSecrets() == query)
        }
    }

    @Test func whyNothingCanBeWrittenIsAnIssue() throws {
        run.expect("r.db('rethinkdb').table('current_issues').coerceTo('array')", "[]")
        let trouble = CatalogError(.diskFull, "There is no space left.")
        run.pando.catalog.note(trouble)
        let issues = try run.value("r.db('rethinkdb').table('current_issues').coerceTo('array')")
        #expect(issues.count == 1 && issues[0][field: "description"]?.string?.contains("no space left") == true, "\(issues)")
        // The next write that goes well ends it.
        _ = try run.value("r.db('own').tableCreate('t')")
        run.expect("r.db('rethinkdb').table('current_issues').coerceTo('array')", "[]")
    }
}
