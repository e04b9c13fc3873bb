import Catalog
import Testing

@Suite struct NameRuleTests {
    @Test(arguments: ["a", "_", "users", "Users_2", "_private", String(repeating: "x", count: 128)])
    func acceptsInBoth(_ name: String) throws {
        try NameRule.strict.validate(name, for: .database)
        try NameRule.rethinkdb.validate(name, for: .table)
    }

    @Test(arguments: ["a-b", "2020", "-", "9_lives"])
    func acceptsInRethinkDBOnly(_ name: String) throws {
        try NameRule.rethinkdb.validate(name, for: .database)
        let error = expectError(.invalidName) { try NameRule.strict.validate(name, for: .database) }
        #expect(try #require(error).message.contains("--names rethinkdb"))
    }

    @Test(arguments: ["", "a.b", "a:b", "a b", "é", "a\u{0}", "名", "a/b", String(repeating: "x", count: 129)])
    func refusesInBoth(_ name: String) throws {
        let strict = expectError(.invalidName) { try NameRule.strict.validate(name, for: .table) }
        #expect(try #require(strict).message.contains("--names") == false)
        expectError(.invalidName) { try NameRule.rethinkdb.validate(name, for: .table) }
    }

    @Test func theMessageAbbreviates() throws {
        let name = String(repeating: "x", count: 5000)
        let error = try #require(expectError(.invalidName) { try NameRule.strict.validate(name, for: .table) })
        #expect(error.message.utf8.count < 300)
    }
}
