import Synchronization
import TestTraits
import Testing

@testable import Catalog

/// What is known of accounts while an engine is away: who asks can't be looked up then.
@Suite(.ownThreads) struct EngineAccountTests {
    private let engine = ArrayEngine()
    private let catalog: Catalog
    private let ann = UserConfig(name: "ann", credential: Credential(password: "x", iterations: 1))

    init() throws {
        catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        try transaction.putUser(ann)
        try transaction.commit()
        // As a server does when it begins, and whoever asks.
        _ = try catalog.snapshot().account(UserConfig.administrator)
        _ = try catalog.snapshot().account("ann")
    }

    /// The commit's own number is not that of the newest state, as after one of which nobody knew what had become of it.
    @Test func anAccountStaysKnownAfterAChangeOfOtherMetadata() throws {
        for name in ["one", "two"] {
            var transaction = try catalog.beginWrite()
            _ = try transaction.createTable("t", in: transaction.createDatabase(name))
            try transaction.commit()
            // Nothing is asked of the engine.
            engine.isAway.withLock { $0 = true }
            #expect(catalog.knownUser(UserConfig.administrator) == .some(nil))
            #expect(try catalog.newestAccount(UserConfig.administrator)?.hasPassword == false)
            #expect(catalog.knownUser("ann") == .some(ann))
            engine.isAway.withLock { $0 = false }
        }
    }

    @Test func anAccountThatWasChangedIsNotWhatItWas() throws {
        var transaction = try catalog.beginWrite()
        try transaction.putUser(UserConfig(name: UserConfig.administrator, credential: Credential(password: "y", iterations: 1)))
        _ = try transaction.deleteUser("ann")
        try transaction.commit()
        // `admin` is read again at once.
        #expect(catalog.knownUser(UserConfig.administrator)??.hasPassword == true)
        #expect(catalog.knownUser("ann") == nil)
        #expect(try catalog.newestAccount("ann") == nil)
    }

    @Test func aChangeThatIsRefusedLeavesWhatIsKnown() throws {
        var transaction = try catalog.beginWrite()
        _ = try transaction.createTable("poison", in: transaction.createDatabase("app"))
        do {
            try transaction.commit()
            Issue.record("It was committed.")
        } catch { #expect(error.kind == .tooLarge) }
        #expect(catalog.knownUser("ann") == .some(ann))
        #expect(try catalog.snapshot().account("ann") == ann)
    }

    /// Configs that were read before and after are found, and are those of the newest state.
    @Test func tablesAreKnownByTheNumberOfTheCommit() throws {
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        try transaction.commit()
        let snapshot = try catalog.snapshot()
        let database = try #require(try snapshot.database("app"))
        #expect(try snapshot.table("t", in: database)?.id == table.id)
        #expect(snapshot.knownTable("t", inDatabaseNamed: "app")?.id == table.id)
        #expect(catalog.metadataVersion == Int(snapshot.store.metadataNumber))
    }

    /// What `/_status` tells is there without the engine, too.
    @Test func figuresAreThoseThatWereKnownLast() throws {
        let before = try catalog.report()
        #expect(before.isKnown && before.file.fileBytes == engine.byteCount() && before.file.transaction > 0)
        engine.isAway.withLock { $0 = true }
        let away = try catalog.report()
        #expect(away.isKnown && away.file.fileBytes == before.file.fileBytes && away.file.transaction == before.file.transaction)
        let other = try Catalog.open(engine)
        #expect(try other.report().isKnown == false)
    }
}
