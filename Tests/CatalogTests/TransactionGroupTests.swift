import Synchronization
import Testing

@testable import Catalog

/// Writes of one thread that become one transaction, where an engine gets them.
@Suite struct TransactionGroupTests {
    private let engine = ArrayEngine()
    private let catalog: Catalog
    private let table: TableConfig

    init() throws {
        catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        try transaction.commit()
    }

    private struct Refusal: Error {}

    private final class Counter: ChangeReceiver {
        let count = Mutex(0)
        var capacity: Int { 100 }
        func receive(_ event: WatchEvent, from source: Int) { count.withLock { $0 += 1 } }
    }

    private var commitCount: Int { engine.commitCount.withLock { $0 } }

    /// Adds one to a document, and does something else before it commits.
    private func add(
        to id: String, _ group: TransactionGroup, _ more: (inout CatalogTransaction) throws -> Void = { _ in }
    ) throws -> Int {
        var transaction = try catalog.beginWrite(waiting: nil, shares: true, in: group)
        let mark = transaction.changeMark
        let old: Int
        do {
            old = try transaction.get(Datum(id), in: table)?[field: "n"]?.integer ?? 0
            if id == "refused" { throw Refusal() }
            try transaction.put(["id": Datum(id), "n": Datum(old + 1)], in: table)
            try more(&transaction)
        } catch {
            transaction.giveUp(since: mark, in: group)
            throw error
        }
        try transaction.commit(.none, deferring: group)
        return old + 1
    }

    private func stored(_ id: String) throws -> Int? { try catalog.snapshot().get(Datum(id), in: table)?[field: "n"]?.integer }

    @Test func theyAreCommittedTogetherAtTheEnd() throws {
        let before = commitCount
        let group = TransactionGroup()
        group.begin()
        #expect(group.isEmpty)
        for number in 1...5 { #expect(try add(to: "sum", group) == number) }
        // One that is refused has changed nothing, and the others go on.
        #expect(throws: Refusal.self) { try add(to: "refused", group) }
        #expect(try add(to: "sum", group) == 6)
        #expect(group.isOpen && !group.isEmpty)
        #expect(catalog.wasWriting)
        group.end()
        #expect(!group.isOpen && !group.isEmpty && !catalog.wasWriting)
        // Nobody has waited yet.
        #expect(commitCount == before)
        #expect(try stored("sum") == nil)
        try group.wait()
        #expect(commitCount == before + 1)
        #expect(try stored("sum") == 6)
    }

    /// One that has looked at more than single documents before it was refused ends the group, and those before it are committed.
    @Test func oneThatIsRefusedLate() throws {
        let group = TransactionGroup()
        group.begin()
        _ = try add(to: "a", group)
        var transaction = try catalog.beginWrite(waiting: nil, shares: true, in: group)
        let mark = transaction.changeMark
        #expect(try transaction.snapshot().documentCount(in: table) == 1)
        transaction.giveUp(since: mark, in: group)
        #expect(!group.isOpen && !catalog.wasWriting)
        try group.wait()
        #expect(try stored("a") == 1)
    }

    @Test func whatNothingIsWrittenByIsNoCommit() throws {
        let before = commitCount
        let group = TransactionGroup()
        group.begin()
        #expect(throws: Refusal.self) { try add(to: "refused", group) }
        #expect(group.isEmpty && group.isOpen)
        group.end()
        try group.wait()
        #expect(commitCount == before && !catalog.wasWriting)
    }

    /// One that fails after it has changed something takes those before it along, of which nobody has been told.
    @Test func oneThatFailsHalfDone() throws {
        let group = TransactionGroup()
        group.begin()
        _ = try add(to: "a", group)
        #expect(throws: Refusal.self) { try add(to: "b", group) { _ in throw Refusal() } }
        #expect(!group.isOpen && !catalog.wasWriting)
        group.end()
        #expect { try group.wait() } throws: { ($0 as? CatalogError)?.kind == .serializationFailure }
        #expect(try stored("a") == nil)
        // Alone it takes nobody along.
        let alone = TransactionGroup()
        alone.begin()
        #expect(throws: Refusal.self) { try add(to: "b", alone) { _ in throw Refusal() } }
        alone.end()
        try alone.wait()
        #expect(try stored("b") == nil)
    }

    /// What the engine refuses is refused to all of them.
    @Test func whatTheEngineRefuses() throws {
        let group = TransactionGroup()
        group.begin()
        for id in ["a", "poison", "b"] { _ = try add(to: id, group) }
        group.end()
        #expect { try group.wait() } throws: { ($0 as? CatalogError)?.kind == .tooLarge }
        #expect(try stored("a") == nil)
        let next = TransactionGroup()
        next.begin()
        #expect(try add(to: "a", next) == 1)
        next.end()
        try next.wait()
        #expect(try stored("a") == 1)
    }

    /// Whoever follows a table is told of each commit: a group ends with it, and what there was before is committed as well.
    @Test func theyAreOneByOneWhereSomebodyFollows() throws {
        let receiver = Counter()
        let (watch, _, _) = try catalog.watch([WatchRequest(table, .document("sum"))], receiver)
        defer { withExtendedLifetime(watch) {} }
        for number in 1...3 {
            let before = commitCount
            let group = TransactionGroup()
            group.begin()
            _ = try add(to: "other", group)
            #expect(group.isOpen && commitCount == before)
            #expect(try add(to: "sum", group) == number)
            #expect(!group.isOpen && group.isEmpty && commitCount == before + 1)
            #expect(try stored("other") == number)
        }
        #expect(receiver.count.withLock { $0 } == 3)
    }

    /// A large one is not made larger still.
    @Test func aGroupEndsWhenItIsLarge() throws {
        let group = TransactionGroup()
        group.begin()
        let text = Datum(String(repeating: "x", count: 20_000))
        var count = 0
        while group.isOpen {
            count += 1
            _ = try add(to: "d\(count)", group) { [table] transaction in
                _ = try transaction.put(["id": Datum("text\(count)"), "text": text], in: table)
            }
        }
        #expect(2...20 ~= count)
        #expect(!catalog.wasWriting)
        try group.wait()
        #expect(try catalog.snapshot().documentCount(in: table) == 2 * count)
    }

    /// Others write between groups, and find what they have written.
    @Test func othersWriteInTurns() throws {
        let group = (0..<10).map { _ in TransactionGroup() }
        for (number, each) in group.enumerated() {
            each.begin()
            #expect(try add(to: "sum", each) == 3 * number + 1)
            #expect(try add(to: "sum", each) == 3 * number + 2)
            each.end()
            let other = TransactionGroup()
            #expect(try add(to: "sum", other) == 3 * number + 3)
            if number % 3 == 0 { try other.wait() }
        }
        for each in group { try each.wait() }
        let transaction = try catalog.beginWrite()
        #expect(try transaction.get("sum", in: table)?[field: "n"] == 30)
        transaction.rollback()
    }
}
