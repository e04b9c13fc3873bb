import TestSupport
import Testing

@testable import Catalog

/// Random operations on a catalog and on dictionaries, which must agree after each commit; the same for snapshots kept from earlier.
@Suite struct CatalogModelTests {
    /// What a catalog is, said with dictionaries.
    struct Model: Equatable {
        struct Table: Equatable {
            var id: String
            var documents: [Int: String] = [:]
        }
        struct Database: Equatable {
            var id: String
            var tables: [String: Table] = [:]
        }
        var databases: [String: Database] = [:]
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64], [false, true])
    func agreesWithDictionaries(seed: UInt64, inFile: Bool) throws {
        var options = CatalogOptions()
        options.pageSize = 512
        let directory = try TemporaryDirectory()
        func open() throws -> Catalog {
            try inFile ? Catalog.open(path: directory.file("test.pando"), options: options) : Catalog.inMemory(options: options)
        }
        var catalog = try open()
        var random = SeededGenerator(seed: seed)
        var model = Model()
        var kept: [(CatalogSnapshot, Model)] = []
        for step in 0..<150 {
            var next = model
            var transaction = try catalog.beginWrite()
            for _ in 0...random.below(6) { try Self.change(&transaction, &next, &random) }
            #expect(try Self.read(transaction.snapshot()) == next, "seed \(seed), step \(step), in the transaction")
            if random.below(5) == 0 {
                transaction.rollback()
            } else {
                try transaction.commit(.none)
                model = next
            }
            let snapshot = try catalog.snapshot()
            try #require(Self.read(snapshot) == model, "seed \(seed), step \(step)")
            if random.below(10) == 0 { kept.append((snapshot, model)) }
            if kept.count > 4 { kept.remove(at: random.below(kept.count)) }
            if step % 25 == 24 {
                for (old, then) in kept { try #require(Self.read(old) == then, "seed \(seed), step \(step), an older snapshot") }
                try catalog.expectSound()
                if inFile {
                    kept = []
                    try catalog.close()
                    catalog = try open()
                }
            }
        }
        for name in model.databases.keys { try catalog.write { _ = try $0.dropDatabase(name) } }
        #expect(try catalog.keys() == [], "seed \(seed)")
    }

    /// One operation on both, which must succeed or fail alike.
    static func change(_ transaction: inout CatalogTransaction, _ model: inout Model, _ random: inout SeededGenerator) throws {
        let names = ["a", "b", "ab", "a_b"]
        let name = names[random.below(4)]
        let other = names[random.below(4)]
        let tableName = names[random.below(4)]
        let database = try transaction.database(name)
        #expect(database?.id == model.databases[name]?.id)

        switch random.below(16) {
        case 0, 1:
            let isFree = model.databases[name] == nil
            guard try succeeds(.databaseExists, unless: isFree, { try transaction.createDatabase(name) }) else { return }
            model.databases[name] = Model.Database(id: try #require(try transaction.database(name)).id)
        case 2:
            guard random.below(3) == 0 else { return }
            guard try succeeds(.databaseNotFound, unless: database != nil, { try transaction.dropDatabase(name) }) else { return }
            model.databases[name] = nil
        case 3:
            guard let old = model.databases[name] else { return }
            let isFree = name == other || model.databases[other] == nil
            guard try succeeds(.databaseExists, unless: isFree, { try transaction.renameDatabase(name, to: other) }) else { return }
            model.databases[name] = nil
            model.databases[other] = old
        default:
            guard let database else { return }
            try changeTable(tableName, in: database, renamingTo: other, &transaction, &model, &random)
        }
    }

    static func changeTable(
        _ name: String, in database: DatabaseConfig, renamingTo other: String, _ transaction: inout CatalogTransaction,
        _ model: inout Model, _ random: inout SeededGenerator
    ) throws {
        var tables = model.databases[database.name]!.tables
        defer { model.databases[database.name]!.tables = tables }
        let table = try transaction.table(name, in: database)
        #expect(table?.id == tables[name]?.id)
        switch random.below(12) {
        case 0, 1, 2:
            guard try succeeds(.tableExists, unless: table == nil, { try transaction.createTable(name, in: database) }) else { return }
            tables[name] = Model.Table(id: try #require(try transaction.table(name, in: database)).id)
        case 3:
            guard try succeeds(.tableNotFound, unless: table != nil, { try transaction.dropTable(name, in: database) }) else { return }
            tables[name] = nil
        case 4:
            guard let old = tables[name] else { return }
            let isFree = name == other || tables[other] == nil
            guard try succeeds(.tableExists, unless: isFree, { try transaction.renameTable(name, in: database, to: other) }) else { return }
            tables[name] = nil
            tables[other] = old
        case 5:
            guard let table else { return }
            #expect(try transaction.deleteAll(in: table) == tables[name]!.documents.count)
            tables[name]!.documents = [:]
        case 6, 7:
            guard let table else { return }
            let key = random.below(40)
            let existed = tables[name]!.documents.removeValue(forKey: key) != nil
            #expect(try transaction.delete(Datum(key), in: table) == existed)
        default:
            guard let table else { return }
            for _ in 0...random.below(8) {
                let key = random.below(40)
                let text = String(repeating: "x", count: random.below(20) == 0 ? 1500 : random.below(60))
                let isNew = tables[name]!.documents.updateValue(text, forKey: key) == nil
                #expect(try transaction.put(["id": Datum(key), "text": Datum(text)], in: table) == isNew)
            }
        }
    }

    /// Runs the operation; it must throw `kind` unless it was expected to work.
    static func succeeds<Result>(_ kind: CatalogError.Kind, unless isExpected: Bool, _ body: () throws -> Result) throws -> Bool {
        if isExpected {
            _ = try body()
        } else {
            expectError(kind) { _ = try body() }
        }
        return isExpected
    }

    static func read(_ snapshot: CatalogSnapshot) throws -> Model {
        var model = Model()
        for database in try snapshot.databases() {
            #expect(try snapshot.database(database.name) == database)
            var read = Model.Database(id: database.id)
            for table in try snapshot.tables(in: database) {
                #expect(try snapshot.table(table.name, in: database) == table)
                let documents = try snapshot.all(in: table)
                #expect(try snapshot.documentCount(in: table) == documents.count)
                read.tables[table.name] = Model.Table(
                    id: table.id,
                    documents: Dictionary(uniqueKeysWithValues: documents.map { ($0[field: "id"]!.integer!, $0[field: "text"]!.string!) }))
            }
            model.databases[database.name] = read
        }
        return model
    }
}
