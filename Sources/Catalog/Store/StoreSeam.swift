import BTreeStore
import Ground

// Only this file and those named StoreSeam+… touch the store. What the rest of this floor needs of ordered storage is here in five small
// types. Each has a second inside: where there is an engine, it keeps what was committed, and the store in memory is the overlay of the one
// transaction, rolled back at its end (StoreSeam+Engine.swift), or of those that commit in one turn (TurnCommits). With a file that costs a
// branch.

/// Ordered bytes in one file, in memory or in an engine.
struct KeyValueStore: Sendable {
    let store: Store
    let engine: EngineStore?
    /// Where there is an engine: what readers have of the tree, in which transactions leave what the engine hasn't got yet.
    let emptyTree: Snapshot?
    let trouble = WriteTrouble()
    let gate = StandbyGate()
    /// Written out once: every snapshot has it.
    let fileID: String

    private init(store: Store, engine: EngineStore? = nil, emptyTree: Snapshot? = nil) {
        self.store = store
        self.engine = engine
        self.emptyTree = emptyTree
        fileID = engine?.engine.id ?? store.uuid.description
    }

    static func open(path: String, options: CatalogOptions) throws(CatalogError) -> KeyValueStore {
        KeyValueStore(store: try translating { () throws(StoreError) in try Store.open(path, options: StoreOptions(options)) })
    }

    /// On a file that the caller provides, for tests in which the file misbehaves.
    static func open(_ file: any StorageFile, options: CatalogOptions) throws(CatalogError) -> KeyValueStore {
        KeyValueStore(store: try translating { () throws(StoreError) in try Store.open(file, options: StoreOptions(options)) })
    }

    static func inMemory(options: CatalogOptions) throws(CatalogError) -> KeyValueStore {
        KeyValueStore(store: try translating { () throws(StoreError) in try Store.inMemory(options: StoreOptions(options)) })
    }

    static func open(_ engine: any KeyValueEngine, options: CatalogOptions) throws(CatalogError) -> KeyValueStore {
        var own = CatalogOptions()
        own.changeByteCount = options.changeByteCount
        let overlay = try translating { () throws(StoreError) in try Store.inMemory(options: StoreOptions(own)) }
        let emptyTree = try translating { () throws(StoreError) in try overlay.snapshot() }
        return KeyValueStore(store: overlay, engine: EngineStore(engine, OverlayTree(overlay), options), emptyTree: emptyTree)
    }

    var path: String? { store.path }
    var isReadOnly: Bool { engine?.engine.isReadOnly ?? store.isReadOnly }
    var opening: UInt64 { engine?.engine.opening ?? store.opening }
    var maximumKeyByteCount: Int { store.maximumKeyLength }
    var fileByteCount: Int { Int(store.fileByteCount) }

    var wasWriting: Bool { store.wasWriting }

    func close() throws(CatalogError) {
        engine?.close()
        try translating { () throws(StoreError) in try store.close() }
    }

    /// What snapshots that were taken before may show of commits.
    var seenCommits: SeenMark { SeenMark(seen: store.seenCommits) }

    /// Whether snapshots may show what isn't durable: after a write has failed they don't.
    var mayShowMore: Bool { engine == nil && store.isSound }

    func waitUntilDurable(_ mark: SeenMark) throws(CatalogError) {
        do throws(StoreError) { try store.waitUntilDurable(mark.seen) } catch { throw trouble.noted(error) }
    }

    func sync(waitsForStandbys: Bool = true) throws(CatalogError) {
        do throws(StoreError) { try store.sync(waitsForStandbys: waitsForStandbys) } catch { throw trouble.noted(error) }
    }

    func snapshot() throws(CatalogError) -> KeyValueSnapshot {
        let tree = if let emptyTree { emptyTree } else { try translating { () throws(StoreError) in try store.snapshot() } }
        var snapshot = KeyValueSnapshot(tree, try engine?.view())
        snapshot.counts = engine
        return snapshot
    }

    func beginWrite() throws(CatalogError) -> KeyValueTransaction {
        // Without a deadline there is a transaction.
        guard let transaction = try beginWrite(until: nil, isLong: false) else { throw CatalogError(StoreError.closed) }
        return transaction
    }

    /// Nil if another transaction was open until then.
    ///
    /// - Parameters:
    ///   - shares: whether an engine may get it together with others.
    ///   - sparing: whether an open transaction that waits for its client keeps its grace, however little it has changed.
    func beginWrite(
        until deadline: MonotonicTime?, isLong: Bool, shares: Bool = false, sparing: Bool = true
    ) throws(CatalogError) -> KeyValueTransaction? {
        try requireWritable()
        guard let found = try beginInTree(until: deadline, isLong: isLong, shares: shares, sparing: sparing) else { return nil }
        guard let engine else { return KeyValueTransaction(found, trouble, nil) }
        guard let turn = try EngineTransaction(engine, until: deadline, shares: shares) else { return nil }
        return KeyValueTransaction(found, trouble, turn)
    }

    /// Takes the turn among the threads of this process. For whoever doesn't share it with others, an engine has what they have left.
    func beginInTree(
        until deadline: MonotonicTime? = nil, isLong: Bool = false, shares: Bool = false, sparing: Bool = true
    ) throws(CatalogError) -> WriteTransaction? {
        var isAlone = false
        defer { if isAlone { engine?.turnCommits.endWaitingAlone() } }
        while true {
            let found: WriteTransaction?
            do throws(StoreError) {
                found = try takeTurn(until: deadline, isLong, sparing)
            } catch {
                throw trouble.noted(error)
            }
            guard let found else { return nil }
            guard !shares, let engine, engine.turnCommits.count > 0 else { return found }
            if !isAlone { engine.turnCommits.beginWaitingAlone() }
            isAlone = true
            // What became of it is told to those who wait for it.
            try? engine.turnCommits.send(OverlayTransaction(found), nil, engine)
        }
    }

    /// A thread that others need waits for a while only; then another one works in its place.
    private func takeTurn(until deadline: MonotonicTime?, _ isLong: Bool, _ sparing: Bool) throws(StoreError) -> WriteTransaction? {
        let look = MonotonicTime.now + .milliseconds(50)
        guard ThreadRelief.ofThread.object != nil, deadline.map({ $0 > look }) ?? true else {
            return try store.beginWrite(until: deadline?.instant, isLong: isLong, sparing: sparing)
        }
        if let found = try store.beginWrite(until: look.instant, isLong: isLong, sparing: sparing) { return found }
        return try ThreadRelief.waiting { _ throws(StoreError) in
            try store.beginWrite(until: deadline?.instant, isLong: isLong, sparing: sparing)
        }
    }

    func waitsForTurn(until deadline: MonotonicTime) -> Bool {
        do throws(CatalogError) {
            guard let transaction = try beginInTree(until: deadline, shares: true) else { return false }
            transaction.rollback()
        } catch {}
        return true
    }

    private func requireWritable() throws(CatalogError) {
        try gate.pass(isCopy)
        try trouble.permit.requireBegin()
        if engine != nil, isReadOnly {
            throw CatalogError(.readOnly, "The engine's table was opened to be read only.")
        }
    }

    /// For what is of this file alone, so that a standby may have it, too, and nobody need be told of a lease that ends meanwhile.
    private func requireOwnRight() throws(CatalogError) {
        if !isStandby { try trouble.permit.requireBegin() }
    }

    func lendTurn(for grace: Duration, isLight: Bool, _ giveUp: @escaping @Sendable () -> Void) -> UInt64 {
        store.lendTurn(for: grace, isLight: isLight, giveUp)
    }

    func announceShortTransactions() { store.announceShortTransactions() }
    func retractShortTransactions() { store.retractShortTransactions() }
    func reclaimTurn(_ number: UInt64) -> Bool { store.reclaimTurn(number) }

    /// Walks every page and notes what is wrong.
    func check(into report: inout CheckReport) throws(CatalogError) {
        // What an engine's pages are like is its own to check.
        if engine != nil { return }
        let found = try translating { () throws(StoreError) in try store.check() }
        for problem in found.problems { report.note(problem.description) }
        report.warnings = found.warnings
        report.pages = Int(found.branchPages + found.leafPages + found.overflowPages + found.spacePages + found.freePages)
    }

    func backup(to path: String, replacing: Bool) throws(CatalogError) -> BackupSummary {
        try requireFile("a backup page by page")
        let report = try translating { () throws(StoreError) in try store.backup(to: path, replacing: replacing) }
        return BackupSummary(
            transaction: report.transaction.rawValue, records: report.records, pages: report.pages, fileBytes: report.fileBytes)
    }

    func compact(progress: @escaping (CompactionStep) -> Bool) throws(CatalogError) -> CompactionSummary {
        try requireFile("compacting")
        try requireOwnRight()
        // It is done by many transactions, which the right may end between.
        var refusal: CatalogError?
        let report = try translating { () throws(StoreError) in
            try store.compact { step in
                do throws(CatalogError) { try requireOwnRight() } catch { refusal = error }
                return refusal == nil && progress(CompactionStep(fraction: step.fraction, pages: step.pages))
            }
        }
        if let refusal { throw refusal }
        return CompactionSummary(
            pagesBefore: report.pagesBefore, pagesAfter: report.pagesAfter, bytesBefore: report.bytesBefore, bytesAfter: report.bytesAfter,
            freePages: report.freePages, pins: report.pins.map(FileStatistics.Pin.init), isCancelled: report.isCancelled)
    }

    /// - Parameter microseconds: the time that it says it was made.
    func createState(_ name: String, at microseconds: () -> Int64) throws(CatalogError) -> NamedState {
        try requireFile("a named state")
        try requireOwnRight()
        do throws(StoreError) { return NamedState(try store.createState(name, microseconds: microseconds())) } catch {
            throw trouble.noted(error)
        }
    }

    func dropStates(_ names: [String]) throws(CatalogError) {
        try requireFile("a named state")
        try requireOwnRight()
        do throws(StoreError) { try store.dropStates(names) } catch { throw trouble.noted(error) }
    }

    func states() throws(CatalogError) -> [NamedState] {
        if engine != nil { return [] }
        return try translating { () throws(StoreError) in try store.states() }.map(NamedState.init)
    }

    func states(asSeenIn other: KeyValueSnapshot) throws(CatalogError) -> [NamedState] {
        if engine != nil { return [] }
        return try translating { () throws(StoreError) in try store.states(asSeenIn: other.snapshot) }.map(NamedState.init)
    }

    func snapshot(of name: String, asSeenIn other: KeyValueSnapshot) throws(CatalogError) -> KeyValueSnapshot {
        try requireFile("a state of the past")
        return KeyValueSnapshot(try translating { () throws(StoreError) in try store.snapshot(of: name, asSeenIn: other.snapshot) }, nil)
    }

    static func keys(ofFileAt path: String) throws(CatalogError) -> [FileKey]? {
        let report = try translating { () throws(StoreError) in try Store.keys(ofFileAt: path) }
        return report?.slots.map { FileKey(name: $0.name, kind: $0.kind) }
    }

    static func exportKeys(ofFileAt path: String) throws(CatalogError) -> [UInt8] {
        try translating { () throws(StoreError) in try Store.exportKeys(ofFileAt: path) }
    }

    static func importKeys(_ bytes: [UInt8], _ path: String, _ key: FileEncryption) throws(CatalogError) {
        try translating { () throws(StoreError) in try Store.importKeys(bytes, toFileAt: path, with: key.key) }
    }

    static func replaceKey(_ path: String, _ key: FileEncryption, _ new: FileEncryption) throws(CatalogError) {
        try rekey(path, key, .replace(new.key))
    }

    static func addKey(_ path: String, _ key: FileEncryption, _ new: FileEncryption) throws(CatalogError) {
        try rekey(path, key, .add(new.key))
    }

    static func removeKey(_ path: String, _ key: FileEncryption, _ name: String) throws(CatalogError) {
        try rekey(path, key, .remove(name: name))
    }

    private static func rekey(_ path: String, _ encryption: FileEncryption, _ change: Store.KeyChange) throws(CatalogError) {
        try translating { () throws(StoreError) in try Store.rekey(path, with: encryption.key, change) }
    }

    func copy(
        to path: String, encryption: FileEncryption?, replacing: Bool, progress: (Int, Int) -> Void
    ) throws(CatalogError) -> Int {
        try requireFile("a copy page by page")
        return Int(
            try translating { () throws(StoreError) in
                try store.copy(to: path, encryption: encryption?.key, replacing: replacing) { progress(Int($0), Int($1)) }
            })
    }

    func renewDataKey(
        _ key: FileEncryption, replacing old: FileEncryption, dropsStates: Bool, progress: (Int, Int) -> Void
    ) throws(CatalogError) -> Int {
        try requireFile("a copy page by page")
        return Int(
            try translating { () throws(StoreError) in
                try store.renewDataKey(key.key, replacing: old.key, dropsStates: dropsStates) { progress(Int($0), Int($1)) }
            })
    }

    func upgradeFormat() throws(CatalogError) {
        try requireFile("another format")
        do throws(StoreError) { try store.upgradeFormat() } catch { throw trouble.noted(error) }
    }

    func statistics() throws(CatalogError) -> FileStatistics {
        let statistics = try overlayStatistics()
        return try engine.map { engine throws(CatalogError) in statistics.with(try engine.figures()) } ?? statistics
    }

    /// Of the file; where there is an engine, of the tree in memory.
    func overlayStatistics() throws(CatalogError) -> FileStatistics {
        FileStatistics(try translating { () throws(StoreError) in try store.statistics() })
    }

    func treeLevels() throws(CatalogError) -> [TreeLevel] {
        try requireFile("the levels of a tree")
        return try translating { () throws(StoreError) in try store.treeLevels() }.map(TreeLevel.init)
    }

    func page(_ number: UInt64) throws(CatalogError) -> PageDescription {
        try requireFile("pages")
        return PageDescription(try translating { () throws(StoreError) in try store.page(PageNumber(rawValue: number)) })
    }
}

/// What a transaction may have seen of others' commits before they were durable.
package struct SeenMark: Sendable {
    fileprivate let seen: SeenCommits
}

/// One state of the store.
struct KeyValueSnapshot: Sendable {
    /// Of the file; where there is an engine, of what a transaction has changed.
    let snapshot: Snapshot
    /// The engine's state; nil with a file.
    let view: (any EngineView)?
    /// Where is noted what is read of it, if anywhere.
    var notes: ReadNotes?
    /// Where what an engine has counted is remembered.
    var counts: EngineStore?
    /// What a transaction has changed that is not in the tree.
    var beside: ChangesBeside?

    init(_ snapshot: Snapshot, _ view: (any EngineView)?) {
        self.snapshot = snapshot
        self.view = view
    }

    var transaction: UInt64 { view.map { engineNumber(of: $0) } ?? snapshot.transaction.rawValue }
    /// What is known of databases, tables and accounts is known by this number: with a file that of the state, as nobody else changes them.
    var metadataNumber: UInt64 { view?.metadataNumber ?? snapshot.transaction.rawValue }

    func get(_ key: [UInt8]) throws(CatalogError) -> StoredValue? {
        notes?.note(key)
        if let view { return try engineValue(key, view) }
        if let changed = beside?.value(of: key) { return changed.map { StoredValue(copyOf: $0) } }
        let bytes = try translating { () throws(StoreError) in try snapshot.get(key.span) }
        return bytes.map { StoredValue($0, owner: snapshot) }
    }

    /// Appends the values of some keys. With a file, memory is asked for what all of them lie in before any of it is waited for; an engine is asked
    /// for all of them at once.
    func get(_ keys: ArraySlice<[UInt8]>, to values: inout [StoredValue?]) throws(CatalogError) {
        if let view, keys.count > 1 { return try engineValues(keys, view, to: &values) }
        if view != nil || beside != nil {
            for key in keys { values.append(try get(key)) }
            return
        }
        var places: [Snapshot.Place?] = []
        places.reserveCapacity(keys.count)
        do throws(StoreError) {
            for key in keys { places.append(try snapshot.place(of: key.span)) }
            for (key, place) in zip(keys, places) {
                notes?.note(key)
                let bytes = try place.flatMap { place throws(StoreError) in try snapshot.get(key.span, at: place) }
                values.append(bytes.map { StoredValue($0, owner: snapshot) })
            }
        } catch {
            throw CatalogError(error)
        }
    }

    func count(_ interval: KeyInterval) throws(CatalogError) -> Int {
        notes?.note(interval)
        if let view { return try engineCount(interval, view) }
        try beside?.requireNone(in: interval)
        return Int(try translating { () throws(StoreError) in try snapshot.count(KeyRange(interval)) })
    }

    func nth(_ index: Int, in interval: KeyInterval) throws(CatalogError) -> StoredValue? {
        notes?.note(interval)
        if view != nil { return try engineRecord(index, in: interval) }
        try beside?.requireNone(in: interval)
        let record = try translating { () throws(StoreError) in try snapshot.nth(UInt64(index), in: KeyRange(interval)) }
        return record.map { StoredValue($0.value, owner: snapshot) }
    }

    /// The documents of an interval that were put since a state, and some that lie beside them. Not of an engine.
    func documents(_ interval: KeyInterval, since transaction: UInt64) -> KeyValueNewDocuments {
        KeyValueNewDocuments(snapshot.records(KeyRange(interval), since: TransactionID(rawValue: transaction)), owner: snapshot)
    }

    func differences(from older: KeyValueSnapshot) -> KeyValueDifferences {
        KeyValueDifferences(snapshot.differences(from: older.snapshot), old: older, new: self)
    }

    /// Whether a record within the intervals differs. Takes time in proportion to what has changed there, and to the number of intervals.
    func differs(from older: KeyValueSnapshot, in intervals: [KeyInterval]) throws(CatalogError) -> Bool {
        if let view, let other = older.view, view.number != other.number { return try engineDiffers(from: older, in: intervals) }
        return try translating { () throws(StoreError) in try snapshot.differs(from: older.snapshot, in: intervals.map(KeyRange.init)) }
    }

    /// - Parameter forgets: whether stored documents that it gives out are good only until it moves, so that a scan of an encrypted file keeps
    ///   little of it in memory. Values keep what they need.
    func cursor(_ interval: KeyInterval, reversed: Bool = false, forgets: Bool = false) throws(CatalogError) -> KeyValueCursor {
        try beside?.requireNone(in: interval)
        do throws(StoreError) {
            let cursor = try snapshot.cursor(KeyRange(interval), reversed: reversed, forgets: forgets)
            let rows = view.map { engineRows(interval, reversed, $0) }
            return KeyValueCursor(cursor, rows, notes?.walk(interval, reversed: reversed))
        } catch {
            throw CatalogError(error)
        }
    }
}

/// Goes over documents that were put since a state.
struct KeyValueNewDocuments {
    private var records: NewRecords
    private let owner: Snapshot

    fileprivate init(_ records: NewRecords, owner: Snapshot) {
        self.records = records
        self.owner = owner
    }

    /// The next document, where it lies; nil at the end. Throws `.corrupt` if it is none.
    mutating func next() throws(CatalogError) -> Datum? {
        let found: StoredBytes?
        do throws(StoreError) { found = try records.next() } catch { throw CatalogError(error) }
        return try found.map { bytes throws(CatalogError) in try StoredValue(bytes, owner: owner).document }
    }
}

/// Goes over the records that differ between two states, in key order.
struct KeyValueDifferences {
    private var differences: Differences
    private let states: (old: KeyValueSnapshot, new: KeyValueSnapshot)

    fileprivate init(_ differences: Differences, old: KeyValueSnapshot, new: KeyValueSnapshot) {
        self.differences = differences
        states = (old, new)
    }

    /// The next key, with its values; `nil` at the end.
    mutating func next() throws(CatalogError) -> (key: [UInt8], old: StoredValue?, new: StoredValue?)? {
        let (older, newer) = states
        guard let found = try translating({ () throws(StoreError) in try differences.next() }) else { return nil }
        let old = found.old.map { StoredValue($0, owner: older.snapshot) }
        let new = found.new.map { StoredValue($0, owner: newer.snapshot) }
        guard let view = newer.view else { return (found.key, old, new) }
        // What differs is what a transaction has changed. Of two states between which somebody has committed that does not tell it.
        guard older.view?.number == view.number else { throw CatalogError.notOfEngine("the differences between two commits") }
        return (found.key, try older.engineValue(found.key, overlaid: old), try newer.engineValue(found.key, overlaid: new))
    }
}

/// Goes over records in key order.
struct KeyValueCursor: ~Copyable {
    var cursor: Cursor
    /// What an engine has of the records; then `cursor` goes over what a transaction has changed.
    let rows: EngineCursor?
    /// Where is noted how far it has gone, if anywhere.
    private let walk: ReadWalk?

    fileprivate init(_ cursor: consuming Cursor, _ rows: EngineCursor?, _ walk: ReadWalk?) {
        self.cursor = cursor
        self.rows = rows
        self.walk = walk
    }

    deinit {
        guard let walk else { return }
        walk.end(at: walk.isAtRecord ? keyBytes : nil)
    }

    /// Moves on; false at the end.
    mutating func next() throws(CatalogError) -> Bool {
        let isThere: Bool
        if let rows {
            isThere = try next(of: rows)
        } else {
            do throws(StoreError) { isThere = try cursor.next() } catch { throw CatalogError(error) }
        }
        walk?.moved(to: isThere ? .record : .end)
        return isThere
    }

    /// The next call of ``next()`` moves to the first record at or after `key`, within the interval in any case.
    mutating func seek(to key: [UInt8]) {
        walk?.jumped()
        cursor.seek(to: key.span)
        rows?.seek(to: key)
    }

    /// Begins anew with the records of another interval.
    mutating func restart(_ interval: KeyInterval) {
        walk?.jumped(into: interval)
        cursor.restart(KeyRange(interval))
        rows?.restart(interval)
    }

    /// The key of the record that ``next()`` moved to, where it lies until the cursor moves.
    @inline(__always) func withKey<R, E: Error>(_ body: (Bytes) throws(E) -> R) throws(E) -> R {
        if let rows, !rows.merge.isAtOverlay { return try body(rows.key) }
        return try cursor.key.withBytes(body)
    }

    /// Whether all is in the tree and nobody notes what is read: only then can it be read many records at a time.
    var isLeafwise: Bool { rows == nil && walk == nil }

    /// See `Cursor`.
    mutating func advance(to key: Bytes) throws(CatalogError) -> Bool {
        do throws(StoreError) { return try cursor.advance(to: key) } catch { throw CatalogError(error) }
    }

    /// See `Cursor`.
    @inline(__always) mutating func forEachKeyOfLeaf(_ body: (_ key: Bytes, _ shared: Int) -> Bool) -> Bool {
        cursor.forEachKeyOfLeaf(body)
    }

    /// Moves on to a document, which is read lazily; nil at the end.
    mutating func nextDocument() throws(CatalogError) -> Datum? {
        try next() ? try value.document : nil
    }

    mutating func skip(_ n: Int) throws(CatalogError) {
        guard n > 0 else { return }
        walk?.moved(to: .unknown)
        if let rows { return try skip(n, of: rows) }
        do throws(StoreError) { try cursor.skip(UInt64(n)) } catch { throw CatalogError(error) }
    }

    /// The value of the record that ``next()`` moved to, as a document where it lies: good while this cursor lives. Throws `.corrupt` if
    /// it is none.
    var storedDocument: StoredDocument {
        get throws(CatalogError) {
            if let rows { return try value(of: rows).storedDocument }
            let bytes: StoredBytes
            do throws(StoreError) { bytes = try cursor.value } catch { throw CatalogError(error) }
            guard let document = bytes.span.withBytes({ StoredDocument(checking: $0) }) else { throw CatalogError.unreadableDocument }
            return document
        }
    }

    /// The record that ``next()`` moved to.
    var keyBytes: [UInt8] { withKey { $0.copy() } }
    var value: StoredValue {
        get throws(CatalogError) {
            if let rows { return try value(of: rows) }
            return try overlaidValue
        }
    }

    /// What the tree has of the record.
    var overlaidValue: StoredValue {
        get throws(CatalogError) {
            let bytes: StoredBytes
            do throws(StoreError) { bytes = try cursor.value } catch { throw CatalogError(error) }
            return StoredValue(bytes.span.withBytes { $0 }, owner: cursor.keeper, isAmongOthers: cursor.isOfDecryptedPages)
        }
    }
}
