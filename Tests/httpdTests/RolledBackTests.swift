import ReQLish
import TestTraits
import Testing

@testable import httpd

/// What a transaction that doesn't commit leaves, whichever door it came by and however it ended: no key, no entry of an index of any kind,
/// no word of a feed, and the same file.
@Suite(.ownThreads, .timeLimit(.minutes(240))) struct RolledBackTests {
    enum Ending: String, CaseIterable, Sendable {
        /// The client says so.
        case rollback
        /// The client goes away without a word, or is sent away.
        case forgotten
        /// A query has failed, and the client commits all the same.
        case failed
        /// What it has read was changed.
        case conflict
    }

    private static let queries = [
        "r.table('t').get('three')",
        "r.table('t').insert({id: 'new', n: 5, tags: ['a', 'b'], code: 'c9', body: 'a quick brown fox', place: r.point(2, 2)})",
        "r.table('t').get('one').update({n: 50, tags: ['z'], code: 'k', body: 'other words', place: r.point(3, 4)})",
        "r.table('t').get('two').delete()", "r.tableCreate('gone')", "r.table('gone').insert({id: 1})",
        "r.table('t').indexCreate('late', r.row('n').add(1))", "r.table('t').indexDrop('n')",
    ]
    private static let statements = [
        "SELECT n FROM t WHERE id = 'three'",
        "INSERT INTO t (id, n, code, body) VALUES ('new', 5, 'c9', 'a quick brown fox')",
        "UPDATE t SET n = 50, code = 'k', body = 'other words' WHERE id = 'one'", "DELETE FROM t WHERE id = 'two'",
        "INSERT INTO s (code, parent, amount) VALUES ('d', 2, 4)", "UPDATE s SET code = 'e', parent = NULL WHERE id = 3",
        "DELETE FROM s WHERE id = 2 AND NOT EXISTS (SELECT 1 FROM s c WHERE c.parent = s.id)", "CREATE TABLE gone (id int)",
        "INSERT INTO gone VALUES (1)", "CREATE INDEX late ON s (amount)", "ALTER TABLE s ADD COLUMN more int",
    ]

    @Test(arguments: TransactionDoors.Door.allCases, Ending.allCases)
    func nothingIsLeft(door: TransactionDoors.Door, ending: Ending) async throws {
        for isSetAside in [false, true] {
            let doors = try TransactionDoors { $0.catalog.setsAsideAtOnce = isSetAside }
            guard case .sequence(let feed) = try doors.pando.start(TermTree(text: "r.table('t').changes()")) else { return }
            defer { feed.close() }
            var before = try doors.digest
            try await end(door, ending, doors, &before)
            try doors.requireSound()
            #expect(try doors.digest == before, "set aside: \(isSetAside)")
            // The first thing that the feed tells is this.
            try doors.ask("r.table('t').insert({id: 'marker'})")
            let told = try feed.next()?.owned[field: "new_val"]?[field: "id"]
            #expect(told == (ending == .conflict ? "three" : "marker"), "\(told ?? .null)")
        }
    }

    /// Does a transaction's work, and ends it.
    private func end(
        _ door: TransactionDoors.Door, _ ending: Ending, _ doors: TransactionDoors, _ digest: inout UInt64
    ) async throws {
        let transaction = try await doors.begin(door)
        for text in door.isSQL ? Self.statements : Self.queries { try await transaction.ask(text) }
        #expect(try doors.digest == digest, "others see it")
        switch ending {
        case .rollback: try await transaction.rollback()
        case .forgotten: try doors.endAll()
        case .failed:
            let failing = door.isSQL ? "INSERT INTO s (code, amount) VALUES ('a', 1)" : "r.table('none').count()"
            await #expect(throws: DoorRefusal.self) { try await transaction.ask(failing) }
            let refusal = await #expect(throws: DoorRefusal.self) { try await transaction.commit() }
            // PostgreSQL answers COMMIT with ROLLBACK.
            let word =
                switch door {
                case .http, .sqlOverHTTP: "409 transaction_failed"
                case .postgres: "ROLLBACK"
                case .driver, .swift: "rolled back"
                }
            #expect(refusal?.description.contains(word) == true, "\(refusal?.description ?? "")")
        case .conflict:
            try doors.ask("r.table('t').get('three').update({n: 33})")
            digest = try doors.digest
            let refusal = await #expect(throws: DoorRefusal.self) { try await transaction.commit() }
            let word =
                switch door {
                case .http, .sqlOverHTTP: "409 serialization_failure"
                case .postgres: "40001"
                case .driver, .swift: "serialize"
                }
            #expect(refusal?.description.contains(word) == true, "\(refusal?.description ?? "")")
        }
    }

    /// What is undone to a savepoint is as if it had not been done, and what was done before stays.
    @Test(arguments: [false, true]) func nothingIsLeftBehindASavepoint(isSetAside: Bool) async throws {
        let doors = try TransactionDoors { $0.catalog.setsAsideAtOnce = isSetAside }
        let change = "UPDATE s SET amount = 7 WHERE id = 1"
        for isUndoing in [false, true] {
            let digest = try doors.digest
            let transaction = try await doors.begin(.postgres)
            try await transaction.ask(change)
            if isUndoing {
                try await transaction.ask("SAVEPOINT a")
                for statement in Self.statements { try await transaction.ask(statement) }
                try await transaction.ask("ROLLBACK TO a")
                try await transaction.ask("INSERT INTO t (id) VALUES ('x')")
                try await transaction.ask("ROLLBACK TO a")
            }
            try await transaction.commit()
            // The sequence that was asked inside goes on, as it would in PostgreSQL; else the same was written again.
            try await requireSame(doors, digest, isChanged: !isUndoing)
        }
    }

    private func requireSame(_ doors: TransactionDoors, _ digest: UInt64, isChanged: Bool) async throws {
        try doors.requireSound()
        if isChanged { #expect(try doors.digest != digest) }
        let transaction = try await doors.begin(.postgres)
        try await transaction.ask("SELECT 1 / (CASE WHEN (SELECT amount FROM s WHERE id = 1) = 7 THEN 1 ELSE 0 END)")
        try await transaction.ask("SELECT 1 / (CASE WHEN (SELECT count(*) FROM s) = 3 AND (SELECT count(*) FROM t) = 3 THEN 1 ELSE 0 END)")
        await #expect(throws: DoorRefusal.self) { try await transaction.ask("SELECT * FROM gone") }
        try await transaction.rollback()
    }

    /// A sequence that a transaction asked goes on where it was, as PostgreSQL's does, and leaves out no more than what was asked for.
    @Test(arguments: [false, true]) func sequencesHaveNoOtherHoles(isSetAside: Bool) async throws {
        let doors = try TransactionDoors { $0.catalog.setsAsideAtOnce = isSetAside }
        for (undone, expected) in [(2, 6), (0, 7), (3, 11)] {
            let transaction = try await doors.begin(.postgres)
            for number in 0..<undone { try await transaction.ask("INSERT INTO s (code, amount) VALUES ('u\(number)', 1)") }
            try await transaction.rollback()
            let other = try await doors.begin(.postgres)
            try await other.ask("INSERT INTO s (code, amount) VALUES ('k\(expected)', 1)")
            try await other.commit()
            #expect(try doors.ask("r.table('s').filter({code: 'k\(expected)'}).nth(0)('id')") == Datum(expected))
        }
    }
}
