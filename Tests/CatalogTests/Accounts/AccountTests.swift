import Ground
import TestSupport
import Testing

@testable import Catalog

@Suite struct AccountTests {
    private func catalog(with users: UserConfig...) throws -> Catalog {
        let catalog = try Catalog.inMemory()
        try catalog.write { transaction in for user in users { try transaction.putUser(user) } }
        return catalog
    }

    private static let salt: [UInt8] = Array("0123456789abcdef".utf8)

    @Test func anAccountReadsAsItWasWritten() throws {
        var user = UserConfig(name: "a:b.c", credential: Credential(password: "pencil", salt: Self.salt, iterations: 7))
        user.permissions[.server] = [.read: true, .connect: false]
        user.permissions[.database("d")] = [.write: true]
        user.permissions[.table("t", database: "d")] = [.config: false]
        let catalog = try catalog(with: user)
        #expect(try catalog.snapshot().user("a:b.c") == user)
        #expect(try catalog.snapshot().users() == [user])
        #expect(user.credential.accepts(password: "pencil") && !user.credential.accepts(password: "Pencil"))
        #expect(try !user.json.description.contains("pencil"))
        try catalog.expectSound()
    }

    @Test func theEmptyPasswordIsOneToo() throws {
        let user = UserConfig(name: "x", credential: Credential(password: "", salt: Self.salt, iterations: 2))
        let read = try #require(try catalog(with: user).snapshot().user("x"))
        #expect(!read.hasPassword && read.credential.accepts(password: "") && !read.credential.accepts(password: "x"))
    }

    /// Every snapshot sees the accounts of its own state, however they are cached.
    @Test func snapshotsKeepTheirAccounts() throws {
        let catalog = try Catalog.inMemory()
        let before = try catalog.snapshot()
        for _ in 0..<2 { #expect(try before.user("admin") == nil && before.user("x") == nil) }
        let admin = UserConfig(name: "admin", credential: Credential(password: "a", salt: Self.salt, iterations: 1))
        try catalog.write { try $0.putUser(admin) }
        let between = try catalog.snapshot()
        #expect(try before.user("admin") == nil && between.user("admin") == admin)
        try catalog.write { _ = try $0.deleteUser("admin") }
        #expect(try between.user("admin") == admin && catalog.snapshot().user("admin") == nil)
    }

    @Test(arguments: ["", String(repeating: "x", count: 129)])
    func namesHaveALength(name: String) throws {
        let credential = Credential(password: "", salt: Self.salt, iterations: 1)
        #expect(throws: CatalogError.self) { try catalog(with: UserConfig(name: name, credential: credential)) }
    }

    @Test func damagedAccountsAreFound() throws {
        let catalog = try Catalog.inMemory()
        let good = try UserConfig(name: "u", credential: Credential(password: "", salt: Self.salt, iterations: 1)).json
        try catalog.write { transaction in
            try transaction.putConfig(good, at: CatalogKeys.user(named: "v"))
            try transaction.putConfig(try good.setting("iterations", to: 0), at: CatalogKeys.user(named: "u"))
        }
        #expect(try catalog.check().problems.count == 2)
        #expect(throws: CatalogError.self) { try catalog.snapshot().user("u") }
    }

    @Test func settingsOfTablesComeBack() throws {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("app", "users", [["id": 1]])
        var change = TableChange()
        change.shardCount = 4
        change.writeAcknowledgement = .single
        change.durability = .soft
        try catalog.write { _ = try $0.change(table, change) }
        let database = try #require(try catalog.snapshot().database("app"))
        let changed = try #require(try catalog.snapshot().table("users", in: database))
        #expect(changed.shardCount == 4 && changed.writeAcknowledgement == .single && changed.durability == .soft)
        // Back to what is usual, nothing of it stands in the file.
        change.shardCount = 1
        change.writeAcknowledgement = .majority
        try catalog.write { _ = try $0.change(table, change) }
        let json = try #require(try catalog.snapshot().table("users", in: database)).json
        #expect(json[field: "shards"] == nil && json[field: "write_acks"] == nil)
        try catalog.expectSound()
    }

    @Test func aMovedTableTakesEverythingAlong() throws {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("app", "users", (0..<500).map { ["id": Datum($0), "n": Datum($0 % 7)] })
        try catalog.write { transaction in
            _ = try transaction.createIndex("n", on: table, IndexConfig.Source.field("n"))
            while try !transaction.buildIndex(try transaction.current(table).indexes[0].id, of: table) {}
            var change = TableChange()
            change.database = try transaction.createDatabase("other")
            change.name = "people"
            _ = try transaction.change(table, change)
        }
        let snapshot = try catalog.snapshot()
        #expect(try snapshot.table(id: table.id)?.qualifiedName == "other.people")
        let moved = try #require(try snapshot.table(id: table.id))
        #expect(try snapshot.documentCount(in: moved) == 500)
        #expect(try snapshot.documentCount(in: table) == 0)
        try catalog.expectSound()
        try catalog.write { _ = try $0.dropDatabase("app") }
        #expect(try catalog.snapshot().documentCount(in: moved) == 500)
    }

    @Test func scramExchangeOfRFC7677() throws {
        let salt = try #require(Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
        let credential = Credential(password: "pencil", salt: salt, iterations: 4096)
        let message =
            "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
            + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
        let proof = try #require(Base64.decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))
        #expect(credential.accepts(proof: proof, for: Array(message.utf8)))
        #expect(!credential.accepts(proof: proof, for: Array(message.utf8.dropLast())))
        #expect(Base64.encode(credential.signature(of: Array(message.utf8))) == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    }
}
