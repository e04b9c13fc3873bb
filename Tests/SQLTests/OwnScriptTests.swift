import ReQLish
import TestTraits
import Testing

@testable import SQL

/// Scripts of what PostgreSQL has not, or does otherwise, with the answers that there are to be, as a client gets them.
@Suite(.ownThreads) struct OwnScriptTests {
    @Test(arguments: [
        ("open-tables", ["products", "others", "mixed", "shapes", "nulls", "Users", "returned"]), ("exact-numbers", ["big"]),
        ("differences-on-purpose", []), ("cells-by-statement", []),
    ])
    func answersAreAsTheyWereSaidToBe(_ name: String, _ openTables: [String]) async throws {
        let session = try TestSession()
        session.connection.tellTypes()
        for table in openTables { try await session.pando.run(r.db("shop").tableCreate(table)) }
        try RecordedScriptTests.follow(name, in: session)
    }
}
