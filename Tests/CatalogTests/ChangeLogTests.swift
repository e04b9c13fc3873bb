import Ground
import TestSupport
import Testing

@testable import Catalog

/// What the log of a table keeps, and for how long.
struct ChangeLogTests {
    private let day = 86_400.0

    private func log(age: Double = 86_400, bytes: Int = 1 << 20) throws -> ChangeLogConfig {
        try #require(ChangeLogConfig(maximumAge: age, maximumByteCount: bytes))
    }

    private func table(_ catalog: Catalog, _ log: ChangeLogConfig?, _ name: String = "t") throws -> TableConfig {
        try catalog.write { transaction in
            let home = try transaction.database("d") ?? transaction.createDatabase("d")
            return try transaction.createTable(name, in: home, changeLog: log)
        }
    }

    private func point(_ catalog: Catalog, _ tables: TableConfig...) throws -> CommitPoint {
        try #require(try catalog.snapshot().commitPoint(of: tables))
    }

    /// What happened since, as text.
    private func replay(
        _ catalog: Catalog, _ tables: [TableConfig], since point: CommitPoint, _ bounds: KeyBounds = .all
    ) throws -> [String] {
        let replay = try ChangeReplay(tables.map { WatchRequest($0, .documents(bounds)) }, since: point, in: try catalog.snapshot())
        var changes: [String] = []
        while let (source, change, _) = try replay.next() {
            let (old, new) = (try change.old(), try change.new())
            changes.append("\(source): \(old?.description ?? "-") > \(new?.description ?? "-")")
        }
        return changes
    }

    @Test func `What commits did is there, net, in their order`() throws {
        let catalog = try Catalog.inMemory()
        let table = try table(catalog, try log())
        let start = try point(catalog, table)
        #expect(try replay(catalog, [table], since: start) == [])
        try catalog.write { transaction in
            try transaction.put(["id": 1, "a": 1], in: table)
            try transaction.put(["id": 2], in: table)
            try transaction.put(["id": 1, "a": 2], in: table)
            try transaction.put(["id": 3], in: table)
            try transaction.delete(3, in: table)
        }
        let middle = try point(catalog, table)
        try catalog.write { try $0.delete(2, in: table) }
        try catalog.write { try $0.put(["id": 1, "a": 2], in: table) }
        try catalog.write { _ = try $0.deleteAll(in: table) }
        let first = [#"0: - > {"a":2,"id":1}"#, #"0: - > {"id":2}"#]
        let second = [#"0: {"id":2} > -"#, #"0: {"a":2,"id":1} > -"#]
        #expect(try replay(catalog, [table], since: start) == first + second)
        #expect(try replay(catalog, [table], since: middle) == second)
        #expect(try replay(catalog, [table], since: start, .only(2)) == [first[1], second[0]])
        #expect(try replay(catalog, [table], since: try point(catalog, table)) == [])
        try catalog.expectSound()
    }

    @Test func `Several tables are told commit by commit, source by source`() throws {
        let catalog = try Catalog.inMemory()
        let (one, two) = (try table(catalog, try log(), "one"), try table(catalog, try log(), "two"))
        let start = try point(catalog, one, two)
        try catalog.write { transaction in
            try transaction.put(["id": 1], in: two)
            try transaction.put(["id": 2], in: one)
        }
        try catalog.write { try $0.put(["id": 3], in: one) }
        let told = [#"0: - > {"id":2}"#, #"1: - > {"id":1}"#, #"0: - > {"id":3}"#]
        #expect(try replay(catalog, [one, two], since: start) == told)
        #expect(try replay(catalog, [one, two, one], since: start).count == 5)
    }

    @Test func `A rolled back transaction leaves nothing, and its number is not used again`() throws {
        let catalog = try Catalog.inMemory()
        let table = try table(catalog, try log())
        let start = try point(catalog, table)
        var transaction = try catalog.beginWrite()
        try transaction.put(["id": 1], in: table)
        transaction.rollback()
        #expect(try point(catalog, table) == start)
        try catalog.write { try $0.put(["id": 2], in: table) }
        #expect(try point(catalog, table).commit > start.commit)
        #expect(try replay(catalog, [table], since: start) == [#"0: - > {"id":2}"#])
    }

    @Test func `A restart changes nothing, and numbers go on growing`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.pando")
        var catalog = try Catalog.open(path: path)
        let table = try table(catalog, try log())
        let start = try point(catalog, table)
        try catalog.write { try $0.put(["id": 1], in: table) }
        let middle = try point(catalog, table)
        try catalog.close()
        catalog = try Catalog.open(path: path)
        try catalog.write { try $0.put(["id": 2], in: table) }
        #expect(try point(catalog, table).commit > middle.commit)
        #expect(try replay(catalog, [table], since: start) == [#"0: - > {"id":1}"#, #"0: - > {"id":2}"#])
        #expect(try replay(catalog, [table], since: middle) == [#"0: - > {"id":2}"#])
        let text = middle.description
        #expect(CommitPoint(text) == middle)
        try catalog.close()
        // Who only reads can look at the log too.
        var options = CatalogOptions()
        options.readOnly = true
        catalog = try Catalog.open(path: path, options: options)
        #expect(try replay(catalog, [table], since: middle).count == 1)
        try catalog.close()
    }

    @Test func `Points that are too old, of the future, or of elsewhere`() throws {
        let catalog = try Catalog.inMemory()
        let table = try table(catalog, try log())
        let other = try self.table(catalog, nil, "other")
        let start = try point(catalog, table)
        try catalog.write { try $0.put(["id": 1], in: table) }
        let newest = try point(catalog, table)
        func expectRefusal(_ point: CommitPoint, _ word: String, of tables: [TableConfig]? = nil) {
            let error = expectError(.notResumable) { _ = try replay(catalog, tables ?? [table], since: point) }
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
        let file = start.file
        expectRefusal(CommitPoint(file: UUID.random().description, commit: start.commit), "another file")
        func number(_ opening: UInt64, _ sequence: UInt64) -> CommitPoint {
            CommitPoint(file: file, commit: CommitNumber(opening: opening, sequence: sequence))
        }
        expectRefusal(number(start.commit.opening, newest.commit.sequence + 1), "no such commit")
        expectRefusal(number(start.commit.opening + 1, 5), "no such commit")
        expectRefusal(number(start.commit.opening, start.commit.sequence - 1), "reach back")
        expectRefusal(number(0, 0), "reach back")
        expectRefusal(CommitPoint(file: file, commit: start.commit, told: 0), "reach back")
        expectRefusal(newest, "keeps no change log", of: [table, other])
        // A commit of the other table only, after the first of this one.
        try catalog.write { transaction in
            _ = try transaction.change(
                other,
                {
                    var change = TableChange(); change.changeLog = .standard; return change
                }())
        }
        try catalog.write { try $0.put(["id": 2], in: table) }
        let logged = try catalog.snapshot().existing("d", "other")
        expectRefusal(try point(catalog, logged), "none of a feed of these tables")
        #expect(try catalog.snapshot().commitPoint(of: [table, logged]) != nil)
    }

    @Test func `Text that is no point`() throws {
        let uuid = UUID.random().description
        for text in [
            "", "5", "\(uuid)", "\(uuid):", "\(uuid):1", "\(uuid):1.", "\(uuid):1.2.3.4", "\(uuid):1.-2", "x:1.2", "\(uuid):1.2.x",
            "\(uuid):1.2:3",
        ] {
            #expect(CommitPoint(text) == nil, "\(text)")
        }
        #expect(CommitPoint("\(uuid):1.2.3")?.told == 3)
        #expect(CommitPoint("\(uuid):1.2")?.told == nil)
    }

    @Test func `What is too old is cut off, some at a time`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(1000)
        let table = try table(catalog, try log(age: 10))
        var points = [try point(catalog, table)]
        for id in 0..<100 {
            try catalog.write { try $0.put(["id": Datum(id)], in: table) }
            points.append(try point(catalog, table))
        }
        #expect(try replay(catalog, [table], since: points[0]).count == 100)
        catalog.clock.set(1011)
        try catalog.write { try $0.put(["id": 100], in: table) }
        // Two for its own and 32 more.
        expectError(.notResumable) { _ = try replay(catalog, [table], since: points[33]) }
        #expect(try replay(catalog, [table], since: points[34]).count == 67)
        try catalog.expectSound()
        for id in 101..<105 { try catalog.write { try $0.put(["id": Datum(id)], in: table) } }
        expectError(.notResumable) { _ = try replay(catalog, [table], since: points[99]) }
        #expect(try replay(catalog, [table], since: points[100]).count == 5)
        try catalog.expectSound()
    }

    @Test func `What is too much is cut off`() throws {
        let catalog = try Catalog.inMemory()
        let table = try table(catalog, try log(bytes: 1000))
        let text = Datum(String(repeating: "x", count: 76))
        var points: [CommitPoint] = []
        for id in 0..<50 {
            try catalog.write { try $0.put(["id": Datum(1000 + id), "text": text], in: table) }
            points.append(try point(catalog, table))
        }
        let size = try catalog.keys(prefix: "db:").filter { $0.contains(":log:") }.count
        #expect((5...10).contains(size), "\(size)")
        #expect(try replay(catalog, [table], since: points[46]).count == 3)
        expectError(.notResumable) { _ = try replay(catalog, [table], since: points[30]) }
        // A commit that is more than all of it leaves nothing; a feed goes on from there.
        try catalog.write { transaction in
            for id in 0..<20 { try transaction.put(["id": Datum(id), "text": text], in: table) }
        }
        expectError(.notResumable) { _ = try replay(catalog, [table], since: points[49]) }
        let after = try point(catalog, table)
        try catalog.write { try $0.delete(3, in: table) }
        #expect(try replay(catalog, [table], since: after).count == 1)
        try catalog.write { _ = try $0.deleteAll(in: table) }
        expectError(.notResumable) { _ = try replay(catalog, [table], since: after) }
        try catalog.expectSound()
    }

    @Test func `A part of a commit that is cut off makes the commit too old`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(1000)
        let table = try table(catalog, try log(age: 10))
        let start = try point(catalog, table)
        try catalog.write { transaction in
            for id in 0..<100 { try transaction.put(["id": Datum(id)], in: table) }
        }
        let big = try point(catalog, table)
        catalog.clock.set(1011)
        try catalog.write { try $0.put(["id": 100], in: table) }
        expectError(.notResumable) { _ = try replay(catalog, [table], since: start) }
        expectError(.notResumable) {
            _ = try replay(catalog, [table], since: CommitPoint(file: big.file, commit: big.commit, told: 50))
        }
        #expect(try replay(catalog, [table], since: big).count == 1)
        try catalog.expectSound()
    }

    @Test func `Switched on, off, renamed, moved, dropped`() throws {
        let catalog = try Catalog.inMemory()
        var table = try table(catalog, nil)
        try catalog.write { try $0.put(["id": 1], in: table) }
        #expect(try catalog.snapshot().commitPoint(of: [table]) == nil)
        func change(_ body: (inout TableChange) -> Void) throws {
            var change = TableChange()
            body(&change)
            table = try catalog.write { try $0.change(table, change) }
        }
        // What the same transaction did before doesn't count.
        table = try catalog.write { transaction in
            try transaction.put(["id": 2], in: table)
            var change = TableChange()
            change.changeLog = .standard
            let changed = try transaction.change(table, change)
            try transaction.put(["id": 3], in: changed)
            return changed
        }
        let start = try point(catalog, table)
        try catalog.write { try $0.put(["id": 4], in: table) }
        #expect(try replay(catalog, [table], since: start) == [#"0: - > {"id":4}"#])
        let other = try catalog.write { try $0.createDatabase("e") }
        table = try catalog.write { transaction in
            try transaction.put(["id": 5], in: table)
            var change = TableChange()
            change.name = "s"
            change.database = other
            let moved = try transaction.change(table, change)
            try transaction.put(["id": 6], in: moved)
            return moved
        }
        #expect(try replay(catalog, [table], since: start).count == 3)
        try catalog.write { try $0.put(["id": 7], in: table) }
        #expect(try replay(catalog, [table], since: start).count == 4)
        try catalog.expectSound()
        try change { $0.changeLog = .some(nil) }
        expectError(.notResumable) { _ = try replay(catalog, [table], since: start) }
        try catalog.expectSound()
        try change { $0.changeLog = .standard }
        expectError(.notResumable) { _ = try replay(catalog, [table], since: start) }
        try catalog.write { transaction in
            try transaction.put(["id": 8], in: table)
            _ = try transaction.dropTable("s", in: other)
        }
        #expect(try catalog.keys(prefix: "db:") == [])
        try catalog.expectSound()
    }

    /// Who changes this changes the format.
    @Test func `The bytes of a log`() throws {
        let catalog = try Catalog.inMemory()
        catalog.clock.set(1.5)
        let table = try table(catalog, try log())
        try catalog.write { try $0.put(["id": 1], in: table) }
        try catalog.write { transaction in
            try transaction.put(["id": 1, "a": 2], in: table)
            try transaction.put(["id": "x"], in: table)
        }
        let prefix = table.logPrefix
        #expect(String(decoding: prefix, as: UTF8.self) == "db:\(table.databaseID):table:\(table.id):log:")
        var cursor = try catalog.snapshot().store.cursor(.prefix(prefix))
        var records: [(key: [UInt8], value: [UInt8])] = []
        while try cursor.next() { records.append((Array(cursor.keyBytes.dropFirst(prefix.count)), try cursor.value.bytes)) }
        #expect(records.map(\.key.count) == [0, 20, 20, 20] && records[0].value.count == 16)
        #expect(Array(records[0].value.prefix(8)) == [0, 0, 0, 0, 0, 0, 0, UInt8(catalog.opening)])
        #expect(records[1].key.prefix(16).elementsEqual(CommitNumber(logKey: records[1].key[...])!.bytes))
        #expect(records[2].key.suffix(4) == [0, 0, 0, 0] && records[3].key.suffix(4) == [0, 0, 0, 1])
        let time: [UInt8] = [0xDC, 5, 0, 0, 0, 0, 0, 0]
        let one: [UInt8] = [6, 0xBF, 0xF0, 0, 0, 0, 0, 0, 0]
        let first = Array(#"{"id":1}"#.utf8) + [1, 1, 0]
        #expect(records[1].value == time + [0, 0, 0, 0, 0, 0, 0, 0] + [9, 0, 0, 0] + [0, 0, 0, 0] + one + first)
        let second = Array(#"{"a":2,"id":1}"#.utf8) + [1, 7, 2, 0]
        #expect(records[2].value == time + [44, 0, 0, 0, 0, 0, 0, 0] + [9, 0, 0, 0] + [11, 0, 0, 0] + one + first + second)
    }

    @Test func `The check finds damage`() throws {
        let catalog = try Catalog.inMemory()
        let table = try table(catalog, try log())
        for id in 0..<3 { try catalog.write { try $0.put(["id": Datum(id)], in: table) } }
        let commit = try point(catalog, table).commit
        func put(_ suffix: [UInt8], _ value: [UInt8]) throws {
            try catalog.write { transaction in
                var buffer = ByteBuffer()
                buffer.append(value)
                _ = try transaction.store.put(table.logPrefix + suffix, buffer)
            }
        }
        try put(commit.logKey(7), [1, 2, 3])
        #expect(try catalog.check().problems.count == 1)
        expectError(.corrupt) { _ = try catalog.write { try $0.put(["id": 9], in: table) } }
        try put(commit.logKey(7), [UInt8](repeating: 0xFF, count: 60))
        #expect(try catalog.check().problems.count == 1)
        try put(commit.logKey(7), [UInt8](repeating: 0xFF, count: 16) + [UInt8](repeating: 0, count: 8))
        #expect(try catalog.check().problems.count == 1)
        // Numbers that make no sense are no reason to stop.
        try catalog.write { try $0.put(["id": 9], in: table) }
        try put([], [1])
        #expect(try catalog.check().problems.count >= 2)
        #expect(try catalog.snapshot().commitPoint(of: [table]) != nil)
        expectError(.notResumable) {
            _ = try replay(catalog, [table], since: CommitPoint(file: catalog.fileID, commit: commit))
        }
    }
}
