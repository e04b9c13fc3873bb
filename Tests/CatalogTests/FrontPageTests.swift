import Catalog
import TestSupport
import Testing

/// The example on the module's front page.
@Suite struct FrontPageTests {
    @Test func example() throws {
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(path: directory.file("app.pando"))

        var transaction = try catalog.beginWrite()
        let app = try transaction.createDatabase("app")
        let users = try transaction.createTable("users", in: app)
        try transaction.put(["id": "u1", "name": "Ada", "age": 36], in: users)
        try transaction.commit()

        let snapshot = try catalog.snapshot()
        let ada = try snapshot.get("u1", in: users)
        let count = try snapshot.count(in: users, KeyBounds(lower: "u", upper: "v"))

        #expect(ada?[field: "name"] == "Ada")
        #expect(count == 1)
        try catalog.close()
    }
}
