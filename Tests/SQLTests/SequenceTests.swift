import ReQLish
import TestSupport
import Testing

@testable import SQL

/// Sequences, as far as they concern the file.
@Suite struct SequenceTests {
    /// What a dump says at its end is so also after the file was opened again, whether or not the transaction has written anything else.
    @Test(arguments: [true, false]) func aSequenceThatWasSetGoesOnFromThere(isCalled: Bool) throws {
        let folder = try TemporaryDirectory()
        for (number, statement) in [
            "CREATE SEQUENCE s; CREATE SEQUENCE t; SELECT nextval('t')", "SELECT setval('s', 41, \(isCalled))",
            "BEGIN; SELECT setval('t', 7); COMMIT",
        ].enumerated() {
            let pando = try Pando(path: folder.file("s.pando"))
            let session = try SQLConnection(pando, user: nil, database: "postgres")
            try session.rows(statement)
            if number > 0 { #expect(session.state("BEGIN READ ONLY; SELECT setval('s', 1)") == "25006") }
            session.close()
            try pando.close()
        }
        let pando = try Pando(path: folder.file("s.pando"))
        let session = try SQLConnection(pando, user: nil, database: "postgres")
        #expect(try session.rows("SELECT last_value, is_called FROM s") == ["41|\(isCalled ? "t" : "f")"])
        #expect(try session.rows("SELECT nextval('s'), nextval('t')") == ["\(isCalled ? 42 : 41)|8"])
        session.close()
        try pando.close()
    }

    /// What only reads takes values, too, and they are not given out again: some are lost then.
    @Test(arguments: [1, -3]) func valuesThatOnlyQueriesTookAreNotGivenOutAgain(increment: Int) throws {
        let folder = try TemporaryDirectory()
        var taken: Set<String> = []
        for count in [2, 1, 70, 3] {
            let pando = try Pando(path: folder.file("s.pando"))
            let session = try SQLConnection(pando, user: nil, database: "postgres")
            if taken.isEmpty { try session.rows("CREATE SEQUENCE s INCREMENT \(increment)") }
            for _ in 0..<count { #expect(taken.insert(try session.rows("SELECT nextval('s')")[0]).inserted) }
            session.close()
            try pando.close()
        }
        #expect(taken.count == 76)
    }
}
