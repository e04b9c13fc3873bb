import Ground
import TestSupport
import Testing

@testable import Catalog

/// Documents that go when their time has come. The clock stands still in these tests, and is set.
struct ExpiryTests {
    private func time(_ seconds: Double) -> Datum { .time(epochSeconds: seconds, offsetMinutes: 0) }

    private func table(_ catalog: Catalog, field: String? = "until") throws -> TableConfig {
        try catalog.write { transaction in
            let home = try transaction.database("d") ?? transaction.createDatabase("d")
            return try transaction.createTable("t", in: home, expiryField: field)
        }
    }

    private func ids(_ catalog: Catalog, _ table: TableConfig) throws -> [Datum] {
        try catalog.snapshot().all(in: table).compactMap { $0[field: "id"] }
    }

    private func removeAll(_ catalog: Catalog, _ table: TableConfig) throws -> Int {
        var total = 0
        while true {
            let count = try catalog.removeExpired(from: table)
            total += count
            if count < Catalog.expiryBatch { return total }
        }
    }

    @Test func `What is due goes, and nothing else`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(1000)
        let table = try table(catalog)
        try catalog.write { transaction in
            try transaction.put(["id": 1, "until": time(1010)], in: table)
            try transaction.put(["id": "two", "until": time(1010.001)], in: table)
            try transaction.put(["id": 3, "until": time(-5)], in: table)
            try transaction.put(["id": 4], in: table)
            try transaction.put(["id": 5, "until": .null], in: table)
            try transaction.put(["id": 6, "until": .time(epochSeconds: 1010, offsetMinutes: 300)], in: table)
        }
        #expect(try removeAll(catalog, table) == 1)
        catalog.clock.set(1009.999)
        #expect(try removeAll(catalog, table) == 0)
        catalog.clock.set(1010)
        try catalog.expectSound()
        #expect(try removeAll(catalog, table) == 2)
        #expect(try ids(catalog, table) == [4, 5, "two"])
        catalog.clock.set(1e12)
        #expect(try removeAll(catalog, table) == 1)
        #expect(try ids(catalog, table) == [4, 5])
        #expect(try catalog.keys().filter { $0.contains(":expiry:") }.isEmpty)
        try catalog.expectSound()
    }

    @Test func `A time that is changed counts as it is now`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(1000)
        let table = try table(catalog)
        func put(_ id: Int, _ until: Datum?) throws {
            try catalog.write { try $0.put(until.map { ["id": Datum(id), "until": $0] } ?? ["id": Datum(id)], in: table) }
        }
        for id in 0..<4 { try put(id, time(1001)) }
        try put(0, time(2000))
        try put(1, nil)
        try catalog.write { try $0.delete(2, in: table) }
        try catalog.expectSound()
        catalog.clock.set(1500)
        #expect(try removeAll(catalog, table) == 1)
        #expect(try ids(catalog, table) == [0, 1])
        try catalog.write { _ = try $0.deleteAll(in: table) }
        #expect(try catalog.keys().filter { $0.contains(":expiry:") }.isEmpty)
        try catalog.expectSound()
    }

    @Test func `Many go batch by batch`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(1000)
        let table = try table(catalog)
        _ = try catalog.write { transaction in
            var next = 0
            return try transaction.load(into: table) { () throws(CatalogError) -> Datum? in
                guard next < 250 else { return nil }
                next += 1
                return ["id": Datum(next), "until": time(Double(next))]
            }
        }
        #expect(try catalog.removeExpired(from: table) == 100)
        // Those that expired first went first.
        #expect(try ids(catalog, table).first == 101)
        #expect(try catalog.removeExpired(from: table) == 100)
        #expect(try catalog.removeExpired(from: table) == 50)
        #expect(try catalog.removeExpired(from: table) == 0)
        try catalog.expectSound()
    }

    @Test func `Indexes, feeds and logs see the removal`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(1000)
        var table = try table(catalog)
        _ = try catalog.write { try $0.createIndex("a", on: table, .field("a")) }
        table = try catalog.write { transaction in
            var change = TableChange()
            change.changeLog = .standard
            return try transaction.change(table, change)
        }
        let start = try #require(try catalog.snapshot().commitPoint(of: [table]))
        try catalog.write { try $0.put(["id": 1, "a": 5, "until": time(1001)], in: table) }
        catalog.clock.set(1002)
        #expect(try removeAll(catalog, table) == 1)
        let replay = try ChangeReplay([WatchRequest(table, .documents(.all))], since: start, in: try catalog.snapshot())
        _ = try replay.next()
        let removal = try #require(try replay.next())
        #expect(try removal.change.new() == nil)
        #expect(try removal.change.old()?[field: "a"] == 5)
        #expect(try catalog.keys(prefix: "db:").filter { $0.contains(":index:") || $0.contains(":docs:") }.isEmpty)
        try catalog.expectSound()
    }

    @Test func `What is no time is refused, and nothing is changed`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(1000)
        let table = try table(catalog)
        try catalog.write { try $0.put(["id": 1, "until": time(5000)], in: table) }
        for wrong in [5, "2030-01-01", true, .emptyArray, ["epoch_time": 5]] as [Datum] {
            try catalog.write { transaction in
                let error = expectError(.notStorable) { _ = try transaction.put(["id": 1, "until": wrong], in: table) }
                #expect(error?.message.contains("`until`") == true)
            }
        }
        #expect(try catalog.snapshot().get(1, in: table)?[field: "until"] == time(5000))
        #expect(try ids(catalog, table) == [1])
        try catalog.expectSound()
    }

    @Test func `Named later, changed, taken away`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(1000)
        var table = try table(catalog, field: nil)
        try catalog.write { transaction in
            for id in 0..<5 {
                try transaction.put(["id": Datum(id), "a": time(500), "b": time(Double(998 + id)), "c": Datum(id)], in: table)
            }
        }
        func name(_ field: String?) throws {
            var change = TableChange()
            change.expiryField = .some(field)
            table = try catalog.write { try $0.change(table, change) }
        }
        let error = expectError(.notStorable) { try name("c") }
        #expect(error?.message.contains("`0`, `1`, `2` and more") == true, "\(error?.message ?? "")")
        #expect(try catalog.snapshot().existing("d", "t").expiryField == nil)
        try name("b")
        try catalog.expectSound()
        #expect(try removeAll(catalog, table) == 3)
        try name("a")
        try name(nil)
        #expect(try removeAll(catalog, table) == 0)
        #expect(try catalog.keys().filter { $0.contains(":expiry:") }.isEmpty)
        try name("a")
        // Moved with the rest.
        let other = try catalog.write { try $0.createDatabase("e") }
        table = try catalog.write { transaction in
            var change = TableChange()
            change.database = other
            return try transaction.change(table, change)
        }
        try catalog.expectSound()
        #expect(try removeAll(catalog, table) == 2)
    }

    @Test func `It survives a restart, and nothing expires for readers`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.pando")
        var catalog = try Catalog.open(path: path)
        catalog.clock.set(1000)
        let table = try table(catalog)
        try catalog.write { try $0.put(["id": 1, "until": time(1001)], in: table) }
        try catalog.close()
        var options = CatalogOptions()
        options.readOnly = true
        catalog = try Catalog.open(path: path, options: options)
        catalog.clock.set(2000)
        #expect(try ids(catalog, table) == [1])
        expectError(.readOnly) { _ = try catalog.removeExpired(from: table) }
        try catalog.close()
        catalog = try Catalog.open(path: path)
        catalog.clock.set(2000)
        #expect(try catalog.expiringTables().map(\.name) == ["t"])
        #expect(try removeAll(catalog, table) == 1)
        try catalog.close()
    }

    /// Whatever is written, what is left is what a look at every document says.
    @Test(arguments: [0xE_0001 as UInt64])
    func `Random writes and times`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let catalog = try Catalog.inMemory()
        let table = try table(catalog)
        var model: [Int: Double?] = [:]
        for step in 0..<60 {
            let now = Double(step)
            catalog.clock.set(now)
            try catalog.write { transaction in
                for _ in 0..<generator.below(6) {
                    let id = generator.below(40)
                    let until: Double? = generator.below(4) == 0 ? nil : now + Double(generator.below(20)) - 3
                    if generator.below(5) == 0 {
                        try transaction.delete(Datum(id), in: table)
                        model[id] = nil
                    } else {
                        try transaction.put(until.map { ["id": Datum(id), "until": time($0)] } ?? ["id": Datum(id)], in: table)
                        model[id] = .some(until)
                    }
                }
            }
            guard generator.below(2) == 0 else { continue }
            _ = try removeAll(catalog, table)
            model = model.filter { $0.value.map { $0 > now } ?? true }
            #expect(try ids(catalog, table) == model.keys.sorted().map { Datum($0) }, "seed \(seed)")
        }
        try catalog.expectSound()
    }

    /// Who changes this changes the format.
    @Test func `The bytes of an entry`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(0)
        let table = try table(catalog)
        try catalog.write { try $0.put(["id": "u1", "until": time(1.5)], in: table) }
        let prefix = Array("db:\(table.databaseID):table:\(table.id):expiry:".utf8)
        var cursor = try catalog.snapshot().store.cursor(.prefix(prefix))
        #expect(try cursor.next())
        #expect(Array(cursor.keyBytes.dropFirst(prefix.count)) == [9, 0xBF, 0xF8, 0, 0, 0, 0, 0, 0] + Array("u1".utf8))
        #expect(try cursor.value.bytes == [])
    }

    @Test func `The check finds entries that are missing or of nothing`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(0)
        let table = try table(catalog)
        try catalog.write { try $0.put(["id": 1, "until": time(5)], in: table) }
        let expiry = try #require(ExpiryIndex(table))
        let part = table.part(of: try table.documentKey(for: 1))
        let entry = try #require(try expiry.entry(of: ["id": 1, "until": time(5)], part))
        let other = try #require(try expiry.entry(of: ["id": 1, "until": time(4)], part))
        try catalog.write { _ = try $0.store.delete(entry) }
        #expect(try catalog.check().problems.count == 1)
        try catalog.write { transaction in
            for key in [entry, other, expiry.prefix + [1]] { _ = try transaction.store.put(key, ByteBuffer()) }
        }
        #expect(try catalog.check().problems.count == 2)
        // An entry of nothing goes, and takes no document along.
        catalog.clock.set(4.5)
        _ = try removeAll(catalog, table)
        #expect(try ids(catalog, table) == [1])
    }
}
