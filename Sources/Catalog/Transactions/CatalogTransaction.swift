import Ground

/// The one write transaction: what it does is seen by nobody else before ``commit(_:)``, and then all of it at once.
///
/// Dropping it rolls back. A method that refuses what it was given has changed nothing, so the transaction can go on; after an error of
/// the file (`.corrupt`, `.diskFull`, `.io`) all that is left is to roll back.
public struct CatalogTransaction: ~Copyable {
    var store: KeyValueTransaction
    let catalog: Catalog

    /// Set by whatever changes databases or tables; the commit then renews the cache of configs.
    private(set) var changesMetadata = false
    /// The table that was last found to exist, by id, so that a run of writes to one table asks once.
    var knownTable: String?
    /// Its indexes.
    var knownIndexes: [IndexEvaluator] = []
    /// Its text indexes.
    var knownTextIndexes: [TextIndexer] = []
    /// Tables whose text indexes have something to be tidied up when this is committed.
    var untidyTables: Set<String> = []
    /// How many words SQL's indexes of lexemes have left out because they are too long. For whoever tells clients of it, who begins from 0.
    package var skippedLexemes = 0
    /// Its write hook.
    var knownHook: WriteHook?
    /// Whether SQL has declared something of it.
    var knownIsDeclared = false
    /// Whether documents are held to declarations: not where whoever writes has done so.
    package var holdsDeclarations = true
    /// What holds them, once there was something to hold.
    package var gate: (any DeclarationGate)?
    /// The watchers and logs that want to hear of its documents.
    var knownInterest = ChangeRecorder.Interest()
    /// What those who watch are told once this is committed, and what logs take in; nil if there is nothing.
    private var recorder: ChangeRecorder?
    /// Where the times of its documents stand; nil if they don't expire.
    var knownExpiry: ExpiryIndex?
    /// There may be a new table whose documents expire.
    var beginsExpiry = false
    /// Tables whose log begins with this transaction.
    var begunLogs: Set<String> = []
    /// The account that writes, for whoever keeps a log of it; nil for the application itself.
    package var user: String?
    /// What may stop it. Whatever goes through documents asks, and throws `.cancelled`; then only rolling back is left.
    package var cancellation: Cancellation?
    /// What it did to databases, tables, indexes and accounts.
    private var notes: [LoggedText] = []
    /// Serves the snapshots of this transaction, whose state other readers don't share.
    private var configs: ConfigCache?
    /// The stored form of the document being written; kept to be used again.
    var scratch = ByteBuffer()
    /// The value of every index entry: its key says all.
    let nothing = ByteBuffer()

    init(_ store: consuming KeyValueTransaction, in catalog: Catalog) {
        self.store = store
        self.catalog = catalog
    }

    /// What the transaction has written so far, frozen. It stays readable after the transaction has ended, however that ends.
    public mutating func snapshot() throws(CatalogError) -> CatalogSnapshot { try snapshot(isShared: false) }

    /// - Parameter isShared: whether an engine may get it together with others as long as nothing but single documents is read, by one thread.
    mutating func snapshot(isShared: Bool) throws(CatalogError) -> CatalogSnapshot {
        let cache: ConfigCache
        if let configs {
            cache = configs
        } else if changesMetadata {
            cache = ConfigCache(since: 0, exact: false, onlyDatabase: catalog.options.onlyDatabase)
        } else {
            cache = ConfigCache(of: catalog.configs, at: metadataNumber)
        }
        configs = cache
        return CatalogSnapshot(
            try store.snapshot(isShared: isShared), fileID: catalog.fileID, configs: cache, indexEvaluators: catalog.indexEvaluators)
    }

    /// Makes everything visible at once, and durable as asked.
    public consuming func commit(_ durability: Durability = .hard) throws(CatalogError) { try commit(durability, deferring: nil) }

    /// - Parameter deferred: what waits in its place until an engine has it; whoever follows the table is told only then, so not if somebody does.
    package consuming func commit(_ durability: Durability, deferring deferred: DeferredCommits?) throws(CatalogError) {
        guard let group = deferred as? TransactionGroup, group.isOpen else { return try end(durability, deferring: deferred) }
        if mayGoOn { return group.keep(self, hasWritten: true) }
        do throws(CatalogError) { try end(durability, deferring: deferred) } catch {
            group.leave(error)
            throw error
        }
        group.leave(nil)
    }

    /// Whether another one may be made in it, which is told of the commit together with it.
    private var mayGoOn: Bool {
        recorder == nil && begunLogs.isEmpty && notes.isEmpty && !changesMetadata && store.hasRoomForMore
    }

    /// Something was refused. Where those before it in the same transaction are to be committed, and it has changed nothing, it is left to the next
    /// one, or committed without it. Else it is rolled back.
    ///
    /// - Parameter changeMark: what ``changeMark`` was before.
    package consuming func giveUp(since changeMark: Int, in group: TransactionGroup?) {
        guard let group, group.isOpen else { return }
        guard changeMark == self.changeMark else {
            rollback()
            return group.leave(
                CatalogError(.serializationFailure, "Another write that was to be committed together with this one has failed. Try again."))
        }
        let mayGoOn = mayGoOn
        group.keep(self, hasWritten: false)
        if !mayGoOn { group.end() }
    }

    /// Forgets what was of the write before, where another one goes on in the same transaction.
    mutating func beginAgain(user: String?, _ access: TransactionAccess?) {
        store.access = access
        self.user = user
        cancellation = nil
        gate = nil
        holdsDeclarations = true
        skippedLexemes = 0
    }

    /// Another one after each change.
    package var changeMark: Int { store.changedByteCount }

    private consuming func end(_ durability: Durability, deferring deferred: DeferredCommits?) throws(CatalogError) {
        // Thrown here it is dropped, and so rolled back.
        try catalog.permit.requireCommit()
        let watchers = catalog.watchers
        var ticket: Watchers.Ticket?
        if recorder != nil || !begunLogs.isEmpty {
            let commit = catalog.nextCommit(on: store.engine)
            try writeLogs(recorder?.logged() ?? [], of: commit)
            var deliveries = recorder?.deliveries(of: commit) ?? []
            if catalog.writesBesideOthers {
                for delivery in deliveries where OthersNews.isElsewhere(delivery.registration) {
                    EngineNews.append(delivery.event, ofTable: delivery.registration.table, to: &store.news)
                }
                deliveries.removeAll { OthersNews.isElsewhere($0.registration) }
            }
            ticket = watchers.announce(deliveries)
        }
        let log = notes.isEmpty ? nil : (catalog.auditLog, user, notes)
        let (times, catalog, untidyTables) = (catalog.times, catalog, untidyTables)
        let start = ContinuousClock.now
        do throws(CatalogError) {
            try apply(durability, deferring: ticket == nil && notes.isEmpty ? deferred : nil)
        } catch {
            watchers.withdraw(ticket)
            throw error
        }
        watchers.publish(ticket)
        times.commits.add(ContinuousClock.now - start)
        if !untidyTables.isEmpty { catalog.untidyTextIndexes.add(untidyTables) }
        if let (log, user, notes) = log { log.tell(user, notes) }
        // Not sooner: it is there and can be read, so whoever watches is told of it, whatever its writer is told.
        try catalog.permit.requireAcknowledgement()
    }

    private consuming func apply(_ durability: Durability, deferring deferred: DeferredCommits?) throws(CatalogError) {
        guard changesMetadata else {
            shareConfigs()
            return try store.commit(durability, deferring: deferred)
        }
        let (catalog, beginsExpiry) = (catalog, beginsExpiry)
        let changesAccounts = try store.changesAccounts()
        catalog.configs.suspend(keepingUsersOf: changesAccounts ? nil : metadataNumber)
        defer {
            catalog.resumeConfigs(knowsAdministrator: !changesAccounts)
            catalog.metadataHasChanged(beginsExpiry: beginsExpiry)
        }
        store.changesMetadata = true
        try store.commit(durability)
    }

    /// Lets others have what it has read of the metadata, if it has changed none.
    mutating func shareConfigs() {
        if !changesMetadata, let configs { catalog.configs.learn(from: configs, at: metadataNumber) }
    }

    /// From this many documents on a write is a long one, behind which others that write little should not have to wait.
    package static let longCount = 16
    /// From so many bytes of documents on it is one, too: they take some milliseconds.
    package static let longByteCount = 256 << 10

    /// Whether it began as a long one, and should end as soon as it may, because others wait that write little.
    package var isWantedToEnd: Bool { store.isWantedToEnd }

    /// What it tells beside its changes.
    mutating func takeTold() -> SetAside.Told {
        SetAside.Told(
            changesMetadata: changesMetadata, beginsExpiry: beginsExpiry, begunLogs: begunLogs, notes: notes,
            endings: recorder?.endings ?? [])
    }

    /// Tells what it did when that was taken, and nothing of what it has done since.
    mutating func goBack(to told: SetAside.Told) {
        beginsExpiry = told.beginsExpiry
        begunLogs = told.begunLogs
        notes = told.notes
        recorder?.forgetEndings()
        for (event, table) in told.endings { tellEnd(event, ofTable: table) }
    }

    /// Tells it again in another turn.
    mutating func restore(_ told: SetAside.Told) {
        if told.changesMetadata { metadataChanges() }
        beginsExpiry = told.beginsExpiry
        begunLogs = told.begunLogs
        notes = told.notes
        for (event, table) in told.endings { tellEnd(event, ofTable: table) }
    }

    /// What it has told of changes is to be told anew.
    mutating func forgetTold() { recorder = nil }

    /// Throws `.cancelled` once it is to stop.
    @inline(__always) func check() throws(CatalogError) {
        if let cancellation, cancellation.isCancelled { throw Cancellation.error }
    }

    /// Forgets everything.
    public consuming func rollback() {
        store.rollback()
    }

    /// What is known of the newest state, to be asked at ``metadataNumber``: nothing but this transaction can change metadata now, so as long as it has
    /// not, that is true here.
    var newestConfigs: ConfigCache? { changesMetadata ? nil : catalog.configs }

    /// By what number the cache is asked about the state that the transaction began with.
    var metadataNumber: UInt64 { store.engine?.view.metadataNumber ?? .max }

    /// Where changes for those who watch are noted.
    mutating func changes() -> ChangeRecorder {
        if let recorder { return recorder }
        let recorder = ChangeRecorder()
        self.recorder = recorder
        return recorder
    }

    /// Notes for those who watch a table what is to be told beside its documents: that there is an end to it, or to one of its indexes.
    mutating func tellEnd(_ event: WatchEvent, ofTable id: String) {
        guard let watchers = catalog.watchers.watchers(ofTable: id) else { return }
        changes().end(event, ofTable: id, watchers)
    }

    /// Notes for the log of who changed what, in the past tense.
    mutating func note(_ what: LoggedText) { notes.append(what) }

    /// Notes that databases or tables are about to change.
    mutating func metadataChanges() {
        tellEnd(.metadataChanged, ofTable: Watchers.metadata)
        changesMetadata = true
        knownTable = nil
        gate = nil
        configs = nil
    }
}
