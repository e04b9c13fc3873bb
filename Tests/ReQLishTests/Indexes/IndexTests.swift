import TestSupport
import TestTraits
import Testing

@testable import ReQLish

@Suite(.ownThreads) struct SecondaryIndexTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(table: "t")
    }

    /// Whatever index a random range is read by, the rows are those that a filter finds, in the order that a sort gives them.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func agreesWithScans(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let long = String(repeating: "l", count: 520)
        let values: [Datum] = [
            1, 2, 2.5, -1, true, false, "a", "b", "", [1, "a"], [1], [], Datum(long + "a"), Datum(long + "b"), Datum(long),
            .time(epochSeconds: 3, offsetMinutes: 0), .binary([1, 2]), .null, [:], [.null],
        ]
        for id in 0..<80 {
            run.expect(
                "r.table('t').insert({id: \(id), v: \(literal(values[random.below(values.count)])), w: \(random.below(3))})('inserted')",
                "1")
        }
        _ = try run.value("r.table('t').indexCreate('v')")
        _ = try run.value("r.table('t').indexWait()")
        let indexed = "r.table('t').filter(d => d('v').typeOf().eq('NULL').or(d('v').typeOf().eq('OBJECT')).or(d('v').eq([null])).not())"
        let all = try run.value("\(indexed).orderBy('v', 'id')('id').coerceTo('array')")
        #expect(try run.value("r.table('t').orderBy({index: 'v'})('id')") == all, "seed \(seed)")
        let reversed = try run.value("\(indexed).orderBy(r.desc('v'), r.desc('id'))('id').coerceTo('array')")
        #expect(try run.value("r.table('t').orderBy({index: r.desc('v')})('id')") == reversed, "seed \(seed)")
        let tied = try run.value("\(indexed).orderBy('v', r.desc('w'), 'id')('id').coerceTo('array')")
        #expect(try run.value("r.table('t').orderBy(r.desc('w'), 'id', {index: 'v'})('id')") == tied, "seed \(seed)")
        for _ in 0..<40 {
            let (low, high) = (values[random.below(17)], values[random.below(17)])
            let (left, right) = (random.below(2) == 0, random.below(2) == 0)
            let range =
                "r.table('t').between(\(literal(low)), \(literal(high)), {index: 'v', leftBound: '\(left ? "open" : "closed")', "
                + "rightBound: '\(right ? "open" : "closed")'})"
            let scan =
                "\(indexed).filter(d => d('v').\(left ? "gt" : "ge")(\(literal(low))).and(d('v').\(right ? "lt" : "le")(\(literal(high)))))"
            let wanted = try run.value("\(scan).orderBy('v', 'id')('id').coerceTo('array')")
            #expect(try run.value("\(range).orderBy({index: 'v'})('id')") == wanted, "seed \(seed), \(range)")
            #expect(try run.value("\(range).count()") == Datum(wanted.count), "seed \(seed), \(range)")
            let same = try run.value("r.table('t').filter({v: \(literal(low))}).orderBy('id')('id').coerceTo('array')")
            if low.kind != .array || low.count != 1 || !low[0].isNull {
                #expect(try run.value("r.table('t').getAll(\(literal(low)), {index: 'v'})('id')") == same, "seed \(seed), \(low)")
            }
        }
        #expect(try run.pando.catalog.check().isSound)
    }

    private func literal(_ value: Datum) -> String {
        switch value.kind {
        case .time: "r.epochTime(\(value.time?.epochSeconds ?? 0))"
        case .binary: "r.binary('\u{1}\u{2}')"
        default: value.description
        }
    }

    /// Writers go on while an index is built, and an opening of the file goes on with a build that was cut off.
    @Test func buildingGoesOnAfterReopening() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("test.pando")
        let catalog = try Catalog.open(path: path)
        catalog.register(ReQLIndexFunctions())
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: try transaction.createDatabase("test"))
        for id in 0..<300 { try transaction.put(["id": Datum(id), "a": Datum(id % 7)], in: table) }
        let text = try TermTree(text: "d => d('a').mul(2)").json
        let index = try transaction.createIndex("double", on: table, .function(text))
        try transaction.commit(.none)
        #expect(try !catalog.buildIndex(index.id, of: table, batch: 100))
        try catalog.close()

        let pando = try Pando(path: path)
        let query = { (text: String) in try pando.start(TermTree(text: text)).collected() }
        #expect(try query("r.table('t').insert({id: 1000, a: 1})('inserted')") == 1)
        #expect(try query("r.table('t').indexWait('double')('ready')") == [true])
        #expect(try query("r.table('t').getAll(2, {index: 'double'}).count()") == 44)
        #expect(try pando.catalog.check().isSound)
        try pando.close()
    }

    @Test func anIndexThatIsNotReadyIsRefused() throws {
        let catalog = try Catalog.inMemory()
        let pando = Pando(catalog)
        let query = { (text: String) in try pando.start(TermTree(text: text)).collected() }
        _ = try query("r.dbCreate('test')")
        _ = try query("r.tableCreate('t')")
        _ = try query("r.table('t').insert({id: 1, a: 1})")
        var transaction = try catalog.beginWrite()
        let database = try #require(try transaction.database("test"))
        let table = try #require(try transaction.table("t", in: database))
        try transaction.createIndex("a", on: table, .field("a"))
        try transaction.commit(.none)
        // Nobody was told to build it.
        for text in [
            "r.table('t').getAll(1, {index: 'a'})", "r.table('t').between(1, 2, {index: 'a'})", "r.table('t').orderBy({index: 'a'})",
            "r.table('t').min({index: 'a'})", "r.table('t').distinct({index: 'a'})", "r.table('t').group({index: 'a'}).count()",
        ] {
            #expect(throws: ReQLError.self) { try query(text) }
        }
        #expect(try query("r.table('t').indexStatus('a')(0)('progress')") == 0)
        #expect(try query("r.table('t').indexWait()('ready')") == [true])
        #expect(try query("r.table('t').getAll(1, {index: 'a'})('id')") == [1])
    }

    /// Of several that are made one after the other in a small table, those made before the one that is waited for are there as well.
    @Test func thoseMadeBeforeAreWaitedForToo() throws {
        let catalog = try Catalog.inMemory()
        let pando = Pando(catalog)
        let query = { (text: String) in try pando.start(TermTree(text: text)).collected() }
        _ = try query("r.dbCreate('test')")
        _ = try query("r.tableCreate('t')")
        _ = try query("r.table('t').insert({id: 1, a: 1, b: 2, c: 3})")
        // Nobody is told to build them.
        var transaction = try catalog.beginWrite()
        let database = try #require(try transaction.database("test"))
        let table = try #require(try transaction.table("t", in: database))
        for name in ["c", "b", "a"] { try transaction.createIndex(name, on: table, .field(name)) }
        try transaction.commit(.none)
        #expect(try query("r.table('t').indexWait('b')('index')") == ["b"])
        #expect(try query("r.table('t').getAll(3, {index: 'c'})('id')") == [1])
        #expect(try query("r.table('t').indexStatus('a')(0)('ready')") == false)
    }

    /// Inside one write an index can be made, waited for and used, before anybody else sees it.
    @Test func insideAWrite() async throws {
        let pando = try Pando.inMemory()
        try await pando.write { tx in
            try tx.run(r.dbCreate("test"))
            try tx.run(r.tableCreate("t"))
            try tx.run(r.table("t").insert([["id": 1, "a": 5], ["id": 2, "a": 4]]))
            try tx.run(r.table("t").indexCreate("a"))
            try tx.run(r.table("t").indexWait())
            #expect(try tx.run(r.table("t").orderBy(index: "a")["id"]) == [2, 1])
        }
        #expect(try pando.catalog.check().isSound)
    }

    /// The bytes of RethinkDB 2.4 for `indexCreate("age")`.
    @Test func theBinaryFormIsThatOfRethinkDB() throws {
        _ = try run.value("r.table('t').indexCreate('age')")
        let blob = try #require(try run.value("r.table('t').indexStatus('age')(0)('function')").binary)
        let wanted: [UInt8] =
            Array("$reql_index_function$".utf8) + [9, 7, 7, 7, 0, 0, 0, 0, 0, 0, 1, 0xED]
            + Array(repeating: 0xFF, count: 7) + [0x28, 0, 0, 0] + Array(#"[31,[[10,[[1,-19,0]],0],[1,"age",0]],0]"#.utf8)
            + [0, 0, 0, 0, 0, 0, 0]
        #expect(blob == wanted)
        #expect(blob.count == 90)
        for end in 0..<blob.count {
            #expect(throws: ReQLError.self) { try FunctionBlob.read(Array(blob[..<end])) }
        }
        #expect(throws: ReQLError.self) { try FunctionBlob.read(blob + [0]) }
        #expect(try FunctionBlob.read(blob).source == .field("age"))
    }

    @Test func functionsComeBackFromTheirBinaryForm() throws {
        for body in [
            "d => d('a').add(d('b'), 1.5)", "d => [d('x'), {k: d('y'), l: [1, 'two', null]}]", "d => d('l').map(x => x.add(d('a')))",
            "d => r.branch(d.hasFields('a'), d('a'), -1)", "d => d('t').date()", "d => d.pluck({a: {b: true}})", "() => 5",
        ] {
            _ = try run.value("r.table('t').indexCreate('f', \(body))")
            _ = try run.value("r.table('t').indexCreate('g', r.table('t').indexStatus('f')(0)('function'))")
            let database = try #require(try run.pando.catalog.snapshot().database("test"))
            let indexes = try run.pando.catalog.snapshot().table("t", in: database)?.indexes
            let sources = try #require(indexes).map(\.source)
            #expect(body.hasPrefix("()") || sources[0] == sources[1], "\(body)")
            for name in ["f", "g"] { _ = try run.value("r.table('t').indexDrop('\(name)')") }
        }
    }
}
