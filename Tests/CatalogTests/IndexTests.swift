import Ground
import TestSupport
import Testing

@testable import Catalog

/// Functions in a tiny language: `sum` adds the fields `a` and `b`, `lower` is the field `name` in an array with its length.
private struct TestFunctions: IndexFunctions {
    func compile(_ function: String) throws(CatalogError) -> IndexFunction {
        switch function {
        case "sum":
            return { document, _ in
                guard let a = document[field: "a"]?.number, let b = document[field: "b"]?.number else { return nil }
                return Datum(a + b)
            }
        case "pair":
            return { document, _ in document[field: "name"].map { [$0, Datum($0.utf8Count)] } }
        default: throw CatalogError(.notStorable, "No such function.")
        }
    }

    func exported(_ index: IndexConfig) -> (blob: [UInt8], query: String)? {
        switch index.source {
        case .field(let name): (Array("field \(name)".utf8), name)
        case .function(let text): (Array(text.utf8), text)
        case .columns, .text, .unknown: nil
        }
    }

    func imported(_ blob: [UInt8]) -> IndexDefinition? {
        IndexDefinition(.function(String(decoding: blob, as: UTF8.self)))
    }

    /// The longitudes, as if the globe were cut into slices of one degree.
    func cells(of geometry: Datum) -> [Int] {
        guard let coordinates = geometry[field: "coordinates"] else { return [] }
        let places = coordinates.count > 0 && coordinates[0].kind == .array ? Array(coordinates.elements) : [coordinates]
        return places.compactMap { $0[0].integer }
    }
}

extension CatalogSnapshot {
    fileprivate func hits(
        _ name: String, in table: TableConfig, _ bounds: KeyBounds = .all, reversed: Bool = false
    ) throws -> [(value: Datum, key: Datum)] {
        let index = try #require(table.index(named: name))
        let cursor = try entries(of: index, in: table, bounds, reversed: reversed)
        var hits: [(value: Datum, key: Datum)] = []
        while let hit = try cursor.next() {
            let document = try hit.document()
            #expect(document[field: table.primaryKey] == hit.primaryKey)
            hits.append((try hit.value(), hit.primaryKey))
        }
        return hits
    }

    fileprivate func keys(_ name: String, in table: TableConfig, _ bounds: KeyBounds = .all, reversed: Bool = false) throws -> [Datum] {
        try hits(name, in: table, bounds, reversed: reversed).map(\.key)
    }
}

@Suite struct IndexTests {
    let catalog: Catalog

    init() throws {
        catalog = try Catalog.inMemory()
        catalog.register(TestFunctions())
    }

    private func table() throws -> TableConfig { try catalog.snapshot().existing("app", "users") }

    private func create(
        _ name: String, _ source: IndexConfig.Source, isMulti: Bool = false, isGeo: Bool = false, _ catalog: Catalog? = nil
    ) throws {
        let catalog = catalog ?? self.catalog
        let table = try catalog.snapshot().existing("app", "users")
        let index = try catalog.write { try $0.createIndex(name, on: table, source, isMulti: isMulti, isGeo: isGeo) }
        while try !catalog.buildIndex(index.id, of: table, batch: 3) {}
    }

    @Test func entriesFollowTheirDocuments() throws {
        let users = try catalog.fill("app", "users", (1...5).map { ["id": Datum($0), "city": Datum($0 % 2 == 0 ? "Lima" : "Oslo")] })
        try create("city", .field("city"))
        #expect(try catalog.snapshot().keys("city", in: table()) == [2, 4, 1, 3, 5])
        #expect(try catalog.snapshot().keys("city", in: table(), reversed: true) == [5, 3, 1, 4, 2])
        #expect(try catalog.snapshot().keys("city", in: table(), .only("Lima")) == [2, 4])

        // `users` was read before there was an index: the writer looks at what there is now.
        try catalog.write { transaction in
            try transaction.put(["id": 2, "city": "Oslo"], in: users)
            try transaction.put(["id": 6, "city": "Bonn"], in: users)
            try transaction.put(["id": 7], in: users)
            try transaction.put(["id": 8, "city": .null], in: users)
            try transaction.delete(5, in: users)
        }
        #expect(try catalog.snapshot().keys("city", in: table()) == [6, 4, 1, 2, 3])
        let city = try #require(try table().index(named: "city"))
        #expect(try catalog.snapshot().entryCount(of: city, in: table()) == 5)
        try catalog.expectSound()
        try catalog.write { _ = try $0.deleteAll(in: users) }
        #expect(try catalog.keys(prefix: "db:") == [])
    }

    @Test func functionsAndArrays() throws {
        try catalog.fill(
            "app", "users",
            [
                ["id": 1, "a": 1, "b": 2, "tags": ["x", "y", "x"]], ["id": 2, "a": 0, "b": 1, "tags": "y"],
                ["id": 3, "tags": [.null, [:], "z"]],
            ])
        try create("sum", .function("sum"))
        try create("tags", .field("tags"), isMulti: true)
        try create("whole", .field("tags"))
        #expect(try catalog.snapshot().keys("sum", in: table()) == [2, 1])
        #expect(try catalog.snapshot().hits("tags", in: table()).map(\.value) == ["x", "x", "y", "y", "z"])
        #expect(try catalog.snapshot().keys("tags", in: table()) == [1, 1, 1, 2, 3])
        #expect(try catalog.snapshot().keys("whole", in: table()) == [1, 2])
        try catalog.write { _ = try $0.put(["id": 1, "tags": ["x"]], in: table()) }
        #expect(try catalog.snapshot().keys("tags", in: table()) == [1, 2, 3])
        try catalog.expectSound()
        #expect(try catalog.check().indexEntries == 3 + 1 + 2)
    }

    /// A geo index has an entry for each cell, once for a document, and none for what is no geometry.
    @Test func cellsOfGeometries() throws {
        let line = try Datum(json: #"{"$reql_type$": "GEOMETRY", "type": "LineString", "coordinates": [[7, 0], [9, 0], [7, 1]]}"#)
        let point = try Datum(json: #"{"$reql_type$": "GEOMETRY", "type": "Point", "coordinates": [9, 5]}"#)
        try catalog.fill("app", "users", [["id": 1, "g": line], ["id": 2, "g": [point, line, 5, .null]], ["id": 3, "g": 7]])
        try create("one", .field("g"), isGeo: true)
        try create("many", .field("g"), isMulti: true, isGeo: true)
        #expect(try catalog.snapshot().hits("one", in: table()).map(\.value) == [7, 9])
        #expect(try catalog.snapshot().keys("many", in: table()) == [1, 2, 1, 2])
        let many = try #require(try table().index(named: "many"))
        #expect(try catalog.snapshot().entryCount(of: many, in: table(), .only(9)) == 2)
        let hit = try #require(try catalog.snapshot().entries(of: many, in: table(), .only(9), reversed: true).next())
        #expect(try hit.documentValues() == [point, line])
        try catalog.expectSound()
        try catalog.write { _ = try $0.put(["id": 2, "g": point], in: table()) }
        #expect(try catalog.snapshot().keys("many", in: table()) == [1, 1, 2])
        try catalog.expectSound()
        // Which cells a geometry has is told by the number that stands there.
        #expect(many.isGeo)
        #expect(try many.storedForm[field: "geo"] == 1)
        #expect(IndexConfig(json: try many.storedForm).definition == many.definition)
        #expect(IndexConfig(json: try many.storedForm.setting("geo", to: 2)).source == .unknown)
    }

    /// Values longer than what an entry keeps are compared as a whole, and a time comes back with its zone.
    @Test func valuesThatEntriesDoNotHold() throws {
        let long = String(repeating: "a", count: 600)
        try catalog.fill(
            "app", "users",
            [
                ["id": 1, "v": Datum(long + "c")], ["id": 2, "v": Datum(long + "a")], ["id": 3, "v": Datum(long + "b")],
                ["id": 4, "v": "b"],
                ["id": 5, "v": Datum(long + "b")], ["id": 6, "v": "a"], ["id": 7, "v": .time(epochSeconds: 5, offsetMinutes: 60)],
            ])
        try create("v", .field("v"))
        let snapshot = try catalog.snapshot()
        #expect(try snapshot.keys("v", in: table()) == [7, 6, 2, 3, 5, 1, 4])
        #expect(try snapshot.keys("v", in: table(), reversed: true) == [4, 1, 5, 3, 2, 6, 7])
        #expect(try snapshot.keys("v", in: table(), .only(Datum(long + "b"))) == [3, 5])
        #expect(try snapshot.keys("v", in: table(), KeyBounds(lower: Datum(long + "a"), lowerInclusive: false)) == [3, 5, 1, 4])
        #expect(try snapshot.keys("v", in: table(), KeyBounds(upper: Datum(long + "b"))) == [7, 6, 2])
        let index = try #require(try table().index(named: "v"))
        #expect(try snapshot.entryCount(of: index, in: table(), .only(Datum(long + "b"))) == nil)
        #expect(try snapshot.entryCount(of: index, in: table(), KeyBounds(lower: "a")) == 6)
        #expect(try snapshot.hits("v", in: table())[0].value.time?.offsetMinutes == 60)
        for skipped in 0...8 {
            for reversed in [false, true] {
                let cursor = try snapshot.entries(of: index, in: table(), reversed: reversed)
                try cursor.skip(skipped)
                var keys: [Datum] = []
                while let hit = try cursor.next() { keys.append(hit.primaryKey) }
                let all = try snapshot.keys("v", in: table(), reversed: reversed)
                #expect(keys == Array(all.dropFirst(skipped)), "\(skipped)")
            }
        }
        try catalog.expectSound()
    }

    @Test func namesAreTakenAndGivenUp() throws {
        let users = try catalog.fill("app", "users", [["id": 1, "a": 1, "b": 5], ["id": 2, "a": 3, "b": 4]])
        try create("a", .field("a"))
        try create("b", .field("b"))
        expectError(.indexExists) { try create("a", .field("x")) }
        expectError(.indexNotFound) { try catalog.write { _ = try $0.dropIndex("c", of: users) } }
        expectError(.indexExists) { try catalog.write { _ = try $0.renameIndex("a", of: users, to: "b") } }
        try catalog.write { transaction in
            let isChanged = try transaction.renameIndex("a", of: users, to: "a")
            #expect(!isChanged)
            try transaction.renameIndex("a", of: users, to: "b", overwriting: true)
        }
        #expect(try table().indexes.map(\.name) == ["b"])
        #expect(try catalog.snapshot().keys("b", in: table()) == [1, 2])
        try catalog.expectSound()
        try catalog.write { transaction in
            try transaction.renameTable("users", in: transaction.database("app")!, to: "people")
            try transaction.put(["id": 3, "a": 2], in: users)
            try transaction.dropIndex("b", of: users)
            try transaction.put(["id": 4, "a": 2], in: users)
        }
        #expect(try catalog.keys(prefix: "db:").count == 4)
    }

    /// A refused document has changed nothing, and a table whose indexes can't be kept up to date is not written.
    @Test func refusals() throws {
        let users = try catalog.fill("app", "users", [["id": 1, "t": [1]]])
        try create("t", .field("t"), isMulti: true)
        let tooMany: Datum = ["id": 1, "t": try Datum.array(Array(repeating: Datum(1), count: 0x8001))]
        expectError(.tooLarge) { try catalog.write { _ = try $0.put(tooMany, in: users) } }
        #expect(try catalog.snapshot().keys("t", in: table()) == [1])

        let directory = try TemporaryDirectory()
        let path = directory.file("test.pando")
        let first = try Catalog.open(path: path)
        first.register(TestFunctions())
        try first.fill("app", "users", [["id": 1, "a": 1, "b": 2]])
        try create("sum", .function("sum"), first)
        try first.close()
        let second = try Catalog.open(path: path)
        let table = try second.snapshot().existing("app", "users")
        expectError(.newerFormat) { try second.write { _ = try $0.put(["id": 2], in: table) } }
        expectError(.newerFormat) { try second.write { _ = try $0.delete(1, in: table) } }
        expectError(.newerFormat) { try second.write { _ = try $0.deleteAll(in: table) } }
        try second.expectSound()
        second.register(TestFunctions())
        try second.write { _ = try $0.put(["id": 2, "a": 0, "b": 0], in: table) }
        #expect(try second.snapshot().keys("sum", in: table) == [2, 1])
        try second.close()
    }

    @Test func checkComparesBothWays() throws {
        let users = try catalog.fill("app", "users", [["id": 1, "a": 1], ["id": 2, "a": 2]])
        try create("a", .field("a"))
        let prefix = try table().indexPrefix(of: try #require(try table().index(named: "a")))
        try catalog.write { transaction in
            let key = prefix + (try IndexKey.encode(value: 1, primaryKey: 1)!)
            #expect(try transaction.store.delete(key))
            _ = try transaction.store.put(prefix + IndexKey.encode(value: 9, primaryKey: 2)!, ByteBuffer())
            _ = try transaction.store.put(prefix + IndexKey.encode(value: 9, primaryKey: 7)!, ByteBuffer())
            _ = users
        }
        let problems = try catalog.check().problems
        #expect(problems.count == 3, "\(problems)")
        #expect(problems.contains { $0.contains("lacks the entry") })
        #expect(problems.contains { $0.contains("does not follow") })
        #expect(problems.contains { $0.contains("leads to no document") })
    }

    @Test func archivesCarryThem() throws {
        try catalog.fill("app", "users", [["id": 1, "a": 1, "b": 1, "city": "Lima"], ["id": 2, "a": 0, "b": 0, "city": "Bonn"]])
        try create("sum", .function("sum"))
        try create("city", .field("city"))
        let directory = try TemporaryDirectory()
        try catalog.snapshot().dump(toFile: directory.file("a.tar"))
        let other = try Catalog.inMemory()
        expectError(.newerFormat) { try other.restore(ArchiveInput(path: directory.file("a.tar"))) }
        let copy = try Catalog.inMemory()
        copy.register(TestFunctions())
        #expect(try copy.restore(ArchiveInput(path: directory.file("a.tar"))).notes == [])
        let users = try copy.snapshot().existing("app", "users")
        #expect(users.indexes.map(\.isReady) == [true, true])
        #expect(try copy.snapshot().keys("sum", in: users) == [2, 1])
        #expect(try copy.snapshot().keys("city", in: users) == [2, 1])
        try copy.expectSound()
    }

    /// Writes between the batches of a build, and openings of the file, leave the same entries as building from what came out.
    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func agreesWithAModelWhileBuilding(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        var options = CatalogOptions()
        options.pageSize = 1024
        func open() throws -> Catalog {
            let catalog = try Catalog.open(path: directory.file("test.pando"), options: options)
            catalog.register(TestFunctions())
            return catalog
        }
        var catalog = try open()
        let table = try catalog.fill("app", "users")
        let sources: [(IndexConfig.Source, Bool)] = [
            (.field("a"), false), (.field("tags"), true), (.function("sum"), false), (.function("pair"), false), (.field("tags"), false),
        ]
        var documents: [Int: Datum] = [:]
        var indexes: [String: (source: IndexConfig.Source, isMulti: Bool)] = [:]

        func document(_ key: Int) throws -> Datum {
            var fields: [(String, Datum)] = [("id", Datum(key))]
            if random.below(4) > 0 { fields.append(("a", Datum(random.below(5)))) }
            if random.below(4) > 0 { fields.append(("b", random.below(6) == 0 ? .null : Datum(random.below(5)))) }
            if random.below(3) > 0 { fields.append(("name", Datum(String(repeating: "n", count: random.below(4))))) }
            let tags = (0..<random.below(4)).map { _ in random.below(5) == 0 ? Datum.null : Datum(random.below(3)) }
            if random.below(3) > 0 { fields.append(("tags", try .array(tags))) }
            return try .object(fields)
        }

        func write() throws {
            var next = documents
            var transaction = try catalog.beginWrite()
            for _ in 0...random.below(8) {
                let key = random.below(60)
                switch random.below(20) {
                case 0:
                    try transaction.deleteAll(in: table)
                    next = [:]
                case 1...5:
                    try transaction.delete(Datum(key), in: table)
                    next[key] = nil
                default:
                    let document = try document(key)
                    try transaction.put(document, in: table)
                    next[key] = document
                }
            }
            if random.below(6) == 0 { return transaction.rollback() }
            try transaction.commit(.none)
            documents = next
        }

        /// What an index should hold.
        func expected(_ source: IndexConfig.Source, _ isMulti: Bool) throws -> [String] {
            let evaluator = try catalog.indexEvaluators.evaluator(
                of: IndexConfig(name: "", IndexDefinition(source, isMulti: isMulti), state: .ready), in: table)
            return try documents.flatMap { key, document in
                try evaluator.values(of: document).filter { IndexKey.encode(value: $0) != nil }.map { ($0, key) }
            }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { "\($0.0) \($0.1)" }
        }

        for step in 0..<90 {
            let current = try catalog.snapshot().existing("app", "users")
            switch random.below(12) {
            case 0 where indexes.count < 4:
                let name = "i\(step)"
                let (source, isMulti) = sources[random.below(sources.count)]
                try catalog.write { _ = try $0.createIndex(name, on: table, source, isMulti: isMulti) }
                indexes[name] = (source, isMulti)
            case 1 where !indexes.isEmpty && random.below(3) == 0:
                let name = indexes.keys.sorted()[random.below(indexes.count)]
                try catalog.write { _ = try $0.dropIndex(name, of: table) }
                indexes[name] = nil
            case 2...5:
                if let index = current.indexes.first(where: { !$0.isReady }) {
                    _ = try catalog.buildIndex(index.id, of: table, batch: 1 + random.below(20))
                }
            case 6 where random.below(3) == 0:
                try catalog.close()
                catalog = try open()
            default: try write()
            }
            let snapshot = try catalog.snapshot()
            let now = try snapshot.existing("app", "users")
            try #require(now.indexes.map(\.name).sorted() == indexes.keys.sorted())
            for index in now.indexes where index.isReady {
                let (source, isMulti) = try #require(indexes[index.name])
                let found = try snapshot.hits(index.name, in: now).map { "\($0.value) \($0.key)" }
                let wanted = try expected(source, isMulti)
                try #require(found == wanted, "seed \(seed), step \(step), \(index.name)")
                #expect(try snapshot.entryCount(of: index, in: now) == found.count)
            }
            if step % 30 == 29 { try catalog.expectSound() }
        }
        for index in try catalog.snapshot().existing("app", "users").indexes {
            while try !catalog.buildIndex(index.id, of: table, batch: 7) {}
        }
        try catalog.expectSound()
        for name in indexes.keys { try catalog.write { _ = try $0.dropIndex(name, of: table) } }
        try catalog.write { _ = try $0.deleteAll(in: table) }
        #expect(try catalog.keys(prefix: "db:") == [], "seed \(seed)")
        try catalog.close()
    }
}
