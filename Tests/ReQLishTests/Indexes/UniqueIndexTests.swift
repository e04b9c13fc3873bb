import TestSupport
import TestTraits
import Testing

@testable import ReQLish

/// No two documents have the same value of a unique index, whoever writes and whenever it was made.
@Suite(.ownThreads) struct UniqueIndexTests {
    private static func users() throws -> QueryRunner {
        let run = try QueryRunner(table: "users")
        _ = try run.value("r.table('users').indexCreate('mail', {unique: true})")
        _ = try run.value("r.table('users').insert([{id: 1, mail: 'a'}, {id: 2, mail: 'b'}, {id: 3}, {id: 4}, {id: 5, mail: null}])")
        return run
    }

    @Test(arguments: [
        "r.table('users').insert({id: 9, mail: 'a'})", "r.table('users').insert({mail: 'a'})",
        "r.table('users').insert({id: 2, mail: 'a'}, {conflict: 'update'})",
        "r.table('users').insert({id: 2, mail: 'a'}, {conflict: 'replace'})",
        "r.table('users').get(2).update({mail: 'a'})", "r.table('users').get(3).update({mail: 'a'})",
        "r.table('users').get(9).replace({id: 9, mail: 'a'})", "r.table('users').filter({mail: 'b'}).update({mail: 'a'})",
    ])
    func aSecondDocumentIsRefused(write: String) throws {
        let run = try Self.users()
        let result = try run.value(write)
        #expect(result[field: "errors"] == 1, "\(write): \(result)")
        #expect(result[field: "first_error"]?.string?.contains("the document with the key 1 ") == true, "\(result)")
        run.expect("r.table('users').getAll('a', {index: 'mail'})('id')", "[1]")
        #expect(try run.pando.catalog.check().problems.isEmpty)
    }

    @Test func whatIsNoDuplicateIsWritten() throws {
        let run = try Self.users()
        for write in [
            "r.table('users').insert([{id: 6}, {id: 7, mail: null}, {id: 8, mail: {x: 1}}, {id: 9, mail: {x: 1}}])",
            "r.table('users').get(1).update({name: 'A'})", "r.table('users').get(1).update({mail: 'c'})",
            "r.table('users').insert({id: 10, mail: 'a'})", "r.table('users').get(1).replace({id: 1, mail: 'c', age: 3})",
            "r.table('users').get(10).delete()", "r.table('users').insert({id: 11, mail: 'a'})",
        ] { #expect(try run.value(write)[field: "errors"] == 0, "\(write)") }
    }

    @Test func valuesThatAreCutAreComparedWhole() throws {
        let run = try Self.users()
        let long = String(repeating: "x", count: 600)
        #expect(try run.value("r.table('users').insert([{id: 6, mail: '\(long)a'}, {id: 7, mail: '\(long)b'}])")[field: "errors"] == 0)
        #expect(try run.value("r.table('users').insert({id: 8, mail: '\(long)b'})")[field: "errors"] == 1)
        #expect(try run.value("r.table('users').get(6).update({mail: '\(long)c'})")[field: "errors"] == 0)
    }

    @Test func elementsOfArraysAreUniqueAmongDocuments() throws {
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('tags', {multi: true, unique: true})")
        #expect(try run.value("r.table('t').insert({id: 1, tags: ['a', 'b', 'a', 'a']})")[field: "errors"] == 0)
        #expect(try run.value("r.table('t').insert({id: 2, tags: ['c', 'b']})")[field: "errors"] == 1)
        #expect(try run.value("r.table('t').insert({id: 2, tags: ['c', 'd']})")[field: "errors"] == 0)
        #expect(try run.value("r.table('t').get(1).update({tags: ['b', 'a', 'b', 'e']})")[field: "errors"] == 0)
        #expect(try run.value("r.table('t').get(1).update({tags: ['b', 'd']})")[field: "errors"] == 1)
        run.expect("r.table('t').indexCreate('both', [r.row('id'), r.row('tags')], {unique: true})", "{\"created\": 1}")
        run.expect("r.table('t').indexCreate('place', {geo: true, unique: true})", fails: .queryLogic)
    }

    @Test func madeOverDuplicatesItNamesTheFirstAndIsNotThere() throws {
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').insert(r.range(1200).map(i => ({id: i, a: i.mod(1195), b: i})))")
        let error = run.error("r.table('t').indexCreate('a', {unique: true})")
        #expect(error.message.contains("0 and 1195, 1 and 1196, 2 and 1197"), "\(error.message)")
        run.expect("r.table('t').indexList()", "[]")
        run.expect("r.table('t').indexCreate('b', {unique: true})", "{\"created\": 1}")
        run.expect("r.table('t').indexStatus('b')(0).pluck('ready', 'unique')", "{\"ready\": true, \"unique\": true}")
        #expect(try run.value("r.table('t').indexStatus('b')(0)('query')").string == "indexCreate(\"b\", {unique: true})")
        #expect(try run.pando.catalog.check().problems.isEmpty)
    }

    /// As after a crash while it was being made: nobody waits for it.
    @Test func duplicatesFoundInTheBackgroundMarkIt() throws {
        let run = try QueryRunner(table: "t", [["id": 1, "a": 1], ["id": 2, "a": 1]])
        var transaction = try run.pando.catalog.beginWrite()
        let table = try #require(try transaction.snapshot().table(namedInTests: "t"))
        let index = try transaction.createIndex("a", on: table, .field("a"), isUnique: true)
        try transaction.commit(.soft)
        #expect(throws: CatalogError.self) { while try !run.pando.catalog.buildIndex(index.id, of: table) {} }
        run.expect("r.table('t').indexStatus('a')(0)('ready')", "false")
        #expect(try run.value("r.table('t').indexStatus('a')(0)('error')").string?.contains("same value") == true)
        run.expect("r.table('t').indexWait('a')", fails: .operationFailed)
        run.expect("r.table('t').getAll(1, {index: 'a'})", fails: .operationFailed)
        #expect(try run.value("r.table('t').insert({id: 3, a: 1})")[field: "inserted"] == 1)
        #expect(try run.pando.catalog.check().problems.isEmpty)
        run.expect("r.table('t').indexDrop('a')", "{\"dropped\": 1}")
    }

    @Test func aTransactionThatMakesItIsHeldToIt() async throws {
        let run = try QueryRunner(table: "t", [["id": 1, "a": 1], ["id": 2, "a": 1]])
        await #expect(throws: ReQLError.self) {
            try await run.pando.write { tx in try tx.run(r.table("t").indexCreate("a", unique: true)) }
        }
        run.expect("r.table('t').indexList()", "[]")
    }

    /// Random writes leave what a model has: a write that would make a duplicate changes nothing.
    @Test(arguments: [0x0DD_0001 + Fuzzing.firstSeed])
    func randomWritesKeepToIt(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('a', {unique: true})")
        var model: [Int: Int] = [:]
        for step in 0..<400 * Fuzzing.factor {
            let (id, a) = (random.below(30), random.below(40))
            if random.below(5) == 0 {
                _ = try run.value("r.table('t').get(\(id)).delete()")
                model[id] = nil
            } else {
                let isFree = !model.contains { $0.value == a && $0.key != id }
                let result = try run.value("r.table('t').insert({id: \(id), a: \(a)}, {conflict: 'replace'})")
                #expect((result[field: "errors"] == 0) == isFree, "step \(step), seed \(seed): \(result)")
                if isFree { model[id] = a }
            }
        }
        #expect(try run.value("r.table('t').count()") == Datum(model.count))
        #expect(try run.pando.catalog.check().problems.isEmpty)
    }
}

extension CatalogSnapshot {
    fileprivate func table(namedInTests name: String) throws -> TableConfig? {
        guard let database = try database("test") else { return nil }
        return try table(name, in: database)
    }
}
