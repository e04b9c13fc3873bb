import Catalog
import Synchronization
import TestSupport
import Testing

/// Keeps what it hears, as text.
private final class Listener: ChangeReceiver {
    let capacity: Int
    private let heard = Mutex<[String]>([])

    init(capacity: Int = 100) {
        self.capacity = capacity
    }

    func receive(_ event: WatchEvent, from source: Int) {
        let text: String
        switch event {
        case .changed(let changes, _):
            text = changes.map { change in
                let (old, new) = ((try? change.old()) ?? nil, (try? change.new()) ?? nil)
                return "\(old?.description ?? "-") > \(new?.description ?? "-")"
            }.joined(separator: ", ")
        case .overran(let count): text = "overran \(count)"
        case .tableDropped: text = "table dropped"
        case .tableRekeyed: text = "table rekeyed"
        case .indexDropped: text = "index dropped"
        case .metadataChanged: text = "metadata"
        case .renewed: text = "renewed"
        case .closed: text = "closed"
        }
        heard.withLock { $0.append("\(source): \(text)") }
    }

    /// What was heard since the last time.
    func take() -> [String] {
        heard.withLock { heard in
            defer { heard = [] }
            return heard
        }
    }
}

struct WatchTests {
    @Test func `Each commit is told once, with what it did to each document`() throws {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("d", "t", [["id": 1]])
        let listener = Listener()
        let (watch, snapshot, tables) = try catalog.watch([WatchRequest(table, .documents(.all))], listener)
        #expect(try snapshot.all(in: tables[0]) == [["id": 1]])
        try catalog.write { transaction in
            try transaction.put(["id": 2, "a": 1], in: table)
            try transaction.put(["id": 2, "a": 2], in: table)
            try transaction.put(["id": 3], in: table)
            try transaction.delete(3, in: table)
            try transaction.put(["id": 1], in: table)
            try transaction.delete(9, in: table)
        }
        #expect(listener.take() == [#"0: - > {"a":2,"id":2}"#])
        try catalog.write { transaction in
            try transaction.delete(1, in: table)
            _ = try transaction.deleteAll(in: table)
        }
        #expect(listener.take() == [#"0: {"id":1} > -, {"a":2,"id":2} > -"#])
        withExtendedLifetime(watch) {}
    }

    @Test func `A transaction that is rolled back, and one before or after the watch, are not told`() throws {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("d", "t")
        let listener = Listener()
        var watch: Watch? = try catalog.watch([WatchRequest(table, .documents(.all))], listener).watch
        var transaction = try catalog.beginWrite()
        try transaction.put(["id": 1], in: table)
        transaction.rollback()
        #expect(listener.take() == [])
        withExtendedLifetime(watch) {}
        watch = nil
        try catalog.fill("d", "t", [["id": 2]])
        #expect(listener.take() == [])
    }

    @Test func `Only what was asked for is told`() throws {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("d", "t")
        let other = try catalog.fill("d", "other")
        let listener = Listener()
        let requests = [
            WatchRequest(table, .document(5)), WatchRequest(table, .documents(KeyBounds(lower: 4, upper: 6))),
            WatchRequest(other, .nothing), WatchRequest(table, .documents(KeyBounds(lower: 9, upper: 1))),
        ]
        let watch = try catalog.watch(requests, listener).watch
        try catalog.fill("d", "t", [["id": 3], ["id": 5], ["id": 6]])
        try catalog.fill("d", "other", [["id": 5]])
        #expect(listener.take() == [#"0: - > {"id":5}"#, #"1: - > {"id":5}"#])
        try catalog.fill("d", "t", [["id": 4]])
        #expect(listener.take() == [#"1: - > {"id":4}"#])
        withExtendedLifetime(watch) {}
    }

    @Test func `A commit beyond what is kept is told as a number`() throws {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("d", "t")
        let listener = Listener(capacity: 3)
        let watch = try catalog.watch([WatchRequest(table, .documents(.all))], listener).watch
        try catalog.fill("d", "t", (0..<3).map { ["id": Datum($0)] })
        #expect(listener.take().count == 1)
        try catalog.fill("d", "t", (10..<20).map { ["id": Datum($0)] })
        #expect(listener.take() == ["0: overran 10"])
        try catalog.write { _ = try $0.deleteAll(in: table) }
        #expect(listener.take() == ["0: overran 13"])
        withExtendedLifetime(watch) {}
    }

    /// The log keeps more than a receiver would, so it is known who is concerned.
    @Test func `A large commit to a table with a log is told to those it concerns`() throws {
        let catalog = try Catalog.inMemory()
        try catalog.write { transaction in
            let home = try transaction.createDatabase("d")
            _ = try transaction.createTable("t", in: home, changeLog: .standard)
        }
        let table = try catalog.fill("d", "t")
        let (narrow, elsewhere, wide) = (Listener(capacity: 3), Listener(capacity: 3), Listener(capacity: 3))
        let watches = try [
            catalog.watch([WatchRequest(table, .document(12))], narrow).watch,
            catalog.watch([WatchRequest(table, .document(5))], elsewhere).watch,
            catalog.watch([WatchRequest(table, .documents(.all))], wide).watch,
        ]
        try catalog.fill("d", "t", (10..<20).map { ["id": Datum($0)] })
        #expect(narrow.take() == [#"0: - > {"id":12}"#])
        #expect(elsewhere.take() == [])
        #expect(wide.take() == ["0: overran 10"])
        withExtendedLifetime(watches) {}
    }

    @Test func `The end of a table and of an index is told, names don't matter`() throws {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("d", "t")
        try catalog.write { transaction in
            _ = try transaction.createIndex("i", on: table, .field("a"))
            _ = try transaction.createIndex("j", on: table, .field("b"))
        }
        let listener = Listener()
        let watch = try catalog.watch([WatchRequest(table, .nothing)], listener).watch
        try catalog.write { transaction in
            _ = try transaction.renameTable("t", in: try #require(try transaction.database("d")), to: "u")
            _ = try transaction.renameIndex("i", of: table, to: "k")
        }
        #expect(listener.take() == [])
        try catalog.write { _ = try $0.renameIndex("k", of: table, to: "j", overwriting: true) }
        #expect(listener.take() == ["0: index dropped"])
        try catalog.write { _ = try $0.dropIndex("j", of: table) }
        #expect(listener.take() == ["0: index dropped"])
        try catalog.write { _ = try $0.dropDatabase("d") }
        #expect(listener.take() == ["0: table dropped"])
        expectError(.tableNotFound) { _ = try catalog.watch([WatchRequest(table, .nothing)], listener) }
        withExtendedLifetime(watch) {}
    }

    @Test func `What is no document is told to those who asked for that`() throws {
        let catalog = try Catalog.inMemory()
        let listener = Listener()
        let watch = try catalog.watchMetadata(listener)
        let table = try catalog.fill("d", "t", [["id": 1]])
        #expect(listener.take().contains("0: metadata"))
        try catalog.fill("d", "t", [["id": 2]])
        #expect(listener.take() == [])
        try catalog.write { _ = try $0.createIndex("a", on: table, .field("a")) }
        #expect(listener.take().contains("0: metadata"))
        withExtendedLifetime(watch) {}
    }

    @Test func `A newer snapshot has its place among the commits`() throws {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("d", "t")
        let listener = Listener()
        let watch = try catalog.watch([WatchRequest(table, .documents(.all))], listener).watch
        try catalog.fill("d", "t", [["id": 1]])
        #expect(try watch.renew().documentCount(in: table) == 1)
        try catalog.fill("d", "t", [["id": 2]])
        #expect(listener.take() == [#"0: - > {"id":1}"#, "0: renewed", #"0: - > {"id":2}"#])
        try catalog.close()
        #expect(listener.take() == ["0: closed"])
    }

    /// Writers that wait for the disk and others that don't, on two threads, and a watch that begins in their midst.
    @Test func `A snapshot and what is told after it make the newest state`() throws {
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(path: directory.file("watch.pando"))
        let table = try catalog.fill("d", "t")
        @Sendable func write(_ seed: UInt64, _ durability: Durability) throws {
            var generator = SeededGenerator(seed: seed)
            for step in 0..<60 {
                var transaction = try catalog.beginWrite()
                for _ in 0..<3 {
                    let key = Datum(generator.below(20))
                    if generator.below(3) == 0 {
                        try transaction.delete(key, in: table)
                    } else {
                        try transaction.put(["id": key, "by": Datum(Int(seed)), "step": Datum(step)], in: table)
                    }
                }
                try transaction.commit(durability)
            }
        }
        let mirror = Mirror()
        let writers = [TestThread { try write(1, .hard) }, TestThread { try write(2, .none) }]
        let (watch, snapshot, _) = try catalog.watch([WatchRequest(table, .documents(.all))], mirror)
        mirror.begin(try snapshot.all(in: table).map(\.owned))
        for writer in writers { try writer.join() }
        withExtendedLifetime(watch) {}
        #expect(mirror.documents() == (try catalog.snapshot().all(in: table)))
        #expect(mirror.mistakes() == 0)
        try catalog.close()
    }
}

/// A copy of a table, kept by what is told of it.
private final class Mirror: ChangeReceiver {
    private struct State {
        var documents: [Datum: Datum]?
        var early: [DocumentChange] = []
        var mistakes = 0

        mutating func apply(_ change: DocumentChange) {
            let (old, new) = ((try? change.old()) ?? nil, (try? change.new()) ?? nil)
            let key = (old ?? new)?[field: "id"] ?? .null
            if documents?[key] != old { mistakes += 1 }
            documents?[key] = new
        }
    }

    let capacity = 1000
    private let state = Mutex(State())

    func begin(_ documents: [Datum]) {
        state.withLock { state in
            state.documents = Dictionary(uniqueKeysWithValues: documents.map { ($0[field: "id"] ?? .null, $0) })
            for change in state.early { state.apply(change) }
        }
    }

    func receive(_ event: WatchEvent, from source: Int) {
        guard case .changed(let changes, _) = event else { return }
        state.withLock { state in
            if state.documents == nil { state.early += changes } else { for change in changes { state.apply(change) } }
        }
    }

    func documents() -> [Datum] { state.withLock { ($0.documents ?? [:]).sorted { $0.key < $1.key }.map(\.value) } }
    func mistakes() -> Int { state.withLock { $0.mistakes } }
}
