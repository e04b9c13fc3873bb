import BTreeStore
import Ground

// Only this file, StoreSeam+Replication.swift and StoreSeam+Reports.swift touch the store. What the rest of this floor needs of ordered storage is here in five small
// types; another engine can stand in by giving them other insides.

/// Ordered bytes in one file or in memory.
struct KeyValueStore: Sendable {
    let store: Store
    let trouble = WriteTrouble()
    let gate = StandbyGate()
    /// Written out once: every snapshot has it.
    let fileID: String

    private init(store: Store) {
        self.store = store
        fileID = store.uuid.description
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

    var path: String? { store.path }
    var isReadOnly: Bool { store.isReadOnly }
    var opening: UInt64 { store.opening }
    var maximumKeyByteCount: Int { store.maximumKeyLength }

    var wasWriting: Bool { store.wasWriting }

    func close() throws(CatalogError) {
        try translating { () throws(StoreError) in try store.close() }
    }

    func sync() throws(CatalogError) {
        do throws(StoreError) { try store.sync() } catch { throw trouble.noted(error) }
    }

    func snapshot() throws(CatalogError) -> KeyValueSnapshot {
        KeyValueSnapshot(try translating { () throws(StoreError) in try store.snapshot() })
    }

    func beginWrite() throws(CatalogError) -> KeyValueTransaction {
        try gate.pass(isCopy)
        do throws(StoreError) { return KeyValueTransaction(try store.beginWrite(), trouble) } catch { throw trouble.noted(error) }
    }

    /// Nil if another transaction was open until then.
    func beginWrite(until deadline: MonotonicTime?, isLong: Bool) throws(CatalogError) -> KeyValueTransaction? {
        try gate.pass(isCopy)
        do throws(StoreError) {
            guard let transaction = try store.beginWrite(until: deadline?.instant, isLong: isLong) else { return nil }
            return KeyValueTransaction(transaction, trouble)
        } catch {
            throw trouble.noted(error)
        }
    }

    func lendTurn(for grace: Duration, _ giveUp: @escaping @Sendable () -> Void) -> UInt64 { store.lendTurn(for: grace, giveUp) }
    func announceShortTransactions() { store.announceShortTransactions() }
    func retractShortTransactions() { store.retractShortTransactions() }
    func reclaimTurn(_ number: UInt64) -> Bool { store.reclaimTurn(number) }

    /// Walks every page and notes what is wrong.
    func check(into report: inout CheckReport) throws(CatalogError) {
        let found = try translating { () throws(StoreError) in try store.check() }
        for problem in found.problems { report.note(problem.description) }
        report.pages = Int(found.branchPages + found.leafPages + found.overflowPages + found.spacePages + found.freePages)
    }

    func backup(to path: String, replacing: Bool) throws(CatalogError) -> BackupSummary {
        let report = try translating { () throws(StoreError) in try store.backup(to: path, replacing: replacing) }
        return BackupSummary(
            transaction: report.transaction.rawValue, records: report.records, pages: report.pages, fileBytes: report.fileBytes)
    }

    func compact(progress: @escaping (CompactionStep) -> Bool) throws(CatalogError) -> CompactionSummary {
        let report = try translating { () throws(StoreError) in
            try store.compact { progress(CompactionStep(fraction: $0.fraction, pages: $0.pages)) }
        }
        return CompactionSummary(
            pagesBefore: report.pagesBefore, pagesAfter: report.pagesAfter, bytesBefore: report.bytesBefore, bytesAfter: report.bytesAfter,
            freePages: report.freePages, pins: report.pins.map(FileStatistics.Pin.init), isCancelled: report.isCancelled)
    }

    /// - Parameter microseconds: the time that it says it was made.
    func createState(_ name: String, at microseconds: () -> Int64) throws(CatalogError) -> NamedState {
        do throws(StoreError) { return NamedState(try store.createState(name, microseconds: microseconds())) } catch {
            throw trouble.noted(error)
        }
    }

    func dropStates(_ names: [String]) throws(CatalogError) {
        do throws(StoreError) { try store.dropStates(names) } catch { throw trouble.noted(error) }
    }

    func states() throws(CatalogError) -> [NamedState] {
        try translating { () throws(StoreError) in try store.states() }.map(NamedState.init)
    }

    func states(asSeenIn other: KeyValueSnapshot) throws(CatalogError) -> [NamedState] {
        try translating { () throws(StoreError) in try store.states(asSeenIn: other.snapshot) }.map(NamedState.init)
    }

    func snapshot(of name: String, asSeenIn other: KeyValueSnapshot) throws(CatalogError) -> KeyValueSnapshot {
        KeyValueSnapshot(try translating { () throws(StoreError) in try store.snapshot(of: name, asSeenIn: other.snapshot) })
    }

    static func keys(ofFileAt path: String) throws(CatalogError) -> [FileKey]? {
        let report = try translating { () throws(StoreError) in try Store.keys(ofFileAt: path) }
        return report?.slots.map { FileKey(name: $0.name, kind: $0.kind) }
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

    func copy(to path: String, encryption: FileEncryption?, replacing: Bool) throws(CatalogError) -> Int {
        Int(
            try translating { () throws(StoreError) in
                try store.copy(to: path, encryption: encryption?.key, replacing: replacing)
            })
    }

    func upgradeFormat() throws(CatalogError) {
        do throws(StoreError) { try store.upgradeFormat() } catch { throw trouble.noted(error) }
    }

    func statistics() throws(CatalogError) -> FileStatistics {
        FileStatistics(try translating { () throws(StoreError) in try store.statistics() })
    }

    func treeLevels() throws(CatalogError) -> [TreeLevel] {
        try translating { () throws(StoreError) in try store.treeLevels() }.map(TreeLevel.init)
    }

    func page(_ number: UInt64) throws(CatalogError) -> PageDescription {
        PageDescription(try translating { () throws(StoreError) in try store.page(PageNumber(rawValue: number)) })
    }
}

/// One state of the store.
struct KeyValueSnapshot: Sendable {
    fileprivate let snapshot: Snapshot
    /// Where is noted what is read of it, if anywhere.
    var notes: ReadNotes?

    fileprivate init(_ snapshot: Snapshot) {
        self.snapshot = snapshot
    }

    var transaction: UInt64 { snapshot.transaction.rawValue }

    func get(_ key: [UInt8]) throws(CatalogError) -> StoredValue? {
        notes?.note(key)
        let bytes = try translating { () throws(StoreError) in try snapshot.get(key.span) }
        return bytes.map { StoredValue($0, owner: snapshot) }
    }

    func count(_ interval: KeyInterval) throws(CatalogError) -> Int {
        notes?.note(interval)
        return Int(try translating { () throws(StoreError) in try snapshot.count(KeyRange(interval)) })
    }

    func nth(_ index: Int, in interval: KeyInterval) throws(CatalogError) -> StoredValue? {
        notes?.note(interval)
        let record = try translating { () throws(StoreError) in try snapshot.nth(UInt64(index), in: KeyRange(interval)) }
        return record.map { StoredValue($0.value, owner: snapshot) }
    }

    /// The digest of the records within the interval, as 32 hexadecimal digits.
    func digest(_ interval: KeyInterval) throws(CatalogError) -> String {
        notes?.note(interval)
        return try translating { () throws(StoreError) in try snapshot.digest(KeyRange(interval)) }.description
    }

    var hasDigests: Bool {
        get throws(CatalogError) { try translating { () throws(StoreError) in try snapshot.hasDigests } }
    }

    func differences(from older: KeyValueSnapshot) -> KeyValueDifferences {
        KeyValueDifferences(snapshot.differences(from: older.snapshot), old: older.snapshot, new: snapshot)
    }

    /// Whether a record within the intervals differs. Takes time in proportion to what has changed there, and to the number of intervals.
    func differs(from older: KeyValueSnapshot, in intervals: [KeyInterval]) throws(CatalogError) -> Bool {
        try translating { () throws(StoreError) in try snapshot.differs(from: older.snapshot, in: intervals.map(KeyRange.init)) }
    }

    func cursor(_ interval: KeyInterval, reversed: Bool = false) throws(CatalogError) -> KeyValueCursor {
        notes?.note(interval)
        do throws(StoreError) {
            return KeyValueCursor(try snapshot.cursor(KeyRange(interval), reversed: reversed), owner: snapshot)
        } catch {
            throw CatalogError(error)
        }
    }
}

/// Goes over the records that differ between two states, in key order.
struct KeyValueDifferences {
    private var differences: Differences
    private let owners: (old: Snapshot, new: Snapshot)

    fileprivate init(_ differences: Differences, old: Snapshot, new: Snapshot) {
        self.differences = differences
        owners = (old, new)
    }

    /// The next key, with its values; `nil` at the end.
    mutating func next() throws(CatalogError) -> (key: [UInt8], old: StoredValue?, new: StoredValue?)? {
        do throws(StoreError) {
            guard let found = try differences.next() else { return nil }
            return (found.key, found.old.map { StoredValue($0, owner: owners.old) }, found.new.map { StoredValue($0, owner: owners.new) })
        } catch {
            throw CatalogError(error)
        }
    }
}

/// Goes over records in key order.
struct KeyValueCursor: ~Copyable {
    private var cursor: Cursor
    private let owner: Snapshot

    fileprivate init(_ cursor: consuming Cursor, owner: Snapshot) {
        self.cursor = cursor
        self.owner = owner
    }

    /// Moves on; false at the end.
    mutating func next() throws(CatalogError) -> Bool {
        do throws(StoreError) { return try cursor.next() } catch { throw CatalogError(error) }
    }

    /// The next call of ``next()`` moves to the first record at or after `key`, within the interval in any case.
    mutating func seek(to key: [UInt8]) { cursor.seek(to: key.span) }

    /// Begins anew with the records of another interval.
    mutating func restart(_ interval: KeyInterval) { cursor.restart(KeyRange(interval)) }

    /// The key of the record that ``next()`` moved to, where it lies until the cursor moves.
    @inline(__always) func withKey<R, E: Error>(_ body: (Bytes) throws(E) -> R) throws(E) -> R { try cursor.key.withBytes(body) }

    /// Moves on to a document, which is read lazily; nil at the end.
    mutating func nextDocument() throws(CatalogError) -> Datum? {
        try next() ? try value.document : nil
    }

    mutating func skip(_ n: Int) throws(CatalogError) {
        guard n > 0 else { return }
        do throws(StoreError) { try cursor.skip(UInt64(n)) } catch { throw CatalogError(error) }
    }

    /// The value of the record that ``next()`` moved to, as a document where it lies: good while this cursor lives. Throws `.corrupt` if
    /// it is none.
    var storedDocument: StoredDocument {
        get throws(CatalogError) {
            let bytes: StoredBytes
            do throws(StoreError) { bytes = try cursor.value } catch { throw CatalogError(error) }
            guard let document = bytes.span.withBytes({ StoredDocument(checking: $0) }) else { throw CatalogError.unreadableDocument }
            return document
        }
    }

    /// The record that ``next()`` moved to.
    var keyBytes: [UInt8] { cursor.key.withBytes { $0.copy() } }
    var value: StoredValue {
        get throws(CatalogError) {
            do throws(StoreError) { return StoredValue(try cursor.value, owner: owner) } catch { throw CatalogError(error) }
        }
    }
}

/// The one write transaction. Dropping it rolls back.
struct KeyValueTransaction: ~Copyable {
    private var transaction: WriteTransaction
    private let trouble: WriteTrouble
    /// What others have locked, and what is noted of this one, if there is either.
    var access: TransactionAccess?

    fileprivate init(_ transaction: consuming WriteTransaction, _ trouble: WriteTrouble) {
        self.transaction = transaction
        self.trouble = trouble
    }

    var isWantedToEnd: Bool { transaction.isWantedToEnd }

    func get(_ key: [UInt8]) throws(CatalogError) -> [UInt8]? {
        try access?.willRead(key)
        do throws(StoreError) { return try transaction.get(key.span)?.copy() } catch { throw CatalogError(error) }
    }

    /// A copy of a document, not decoded. Throws `.corrupt` if the value is none.
    func document(at key: [UInt8]) throws(CatalogError) -> Datum? {
        try access?.willRead(key)
        let stored: StoredBytes?
        do throws(StoreError) { stored = try transaction.get(key.span) } catch { throw CatalogError(error) }
        guard let stored else { return nil }
        guard let document = stored.span.withBytes({ Datum(copyOfStoredDocument: $0) }) else { throw CatalogError.unreadableDocument }
        return document
    }

    func contains(_ key: [UInt8]) throws(CatalogError) -> Bool {
        try access?.willRead(key)
        do throws(StoreError) { return try transaction.get(key.span) != nil } catch { throw CatalogError(error) }
    }

    func count(_ interval: KeyInterval) throws(CatalogError) -> Int {
        try access?.willRead(interval)
        do throws(StoreError) { return Int(try transaction.count(KeyRange(interval))) } catch { throw CatalogError(error) }
    }

    /// Returns whether the key is new.
    mutating func put(_ key: [UInt8], _ value: borrowing ByteBuffer) throws(CatalogError) -> Bool {
        try access?.willWrite(key)
        do throws(StoreError) { return try transaction.put(key.span, value.span) } catch { throw trouble.noted(error) }
    }

    /// Returns whether the key is new.
    mutating func put(_ key: Span<UInt8>, _ value: borrowing ByteBuffer) throws(CatalogError) -> Bool {
        if let access, access.meetsLocks { try access.willWrite(key.withBytes { $0.copy() }) }
        do throws(StoreError) { return try transaction.put(key, value.span) } catch { throw trouble.noted(error) }
    }

    /// Returns whether the key is new.
    mutating func put(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(CatalogError) -> Bool {
        if let access, access.meetsLocks { try access.willWrite(key.withBytes { $0.copy() }) }
        do throws(StoreError) { return try transaction.put(key, value) } catch { throw trouble.noted(error) }
    }

    /// A put of a new key that fills pages, as long as keys come in ascending order.
    mutating func append(_ key: [UInt8], _ value: borrowing ByteBuffer) throws(CatalogError) {
        try access?.willWrite(key)
        do throws(StoreError) { try transaction.append(key.span, value.span) } catch { throw trouble.noted(error) }
    }

    /// Returns whether there was one.
    mutating func delete(_ key: [UInt8]) throws(CatalogError) -> Bool {
        try access?.willWrite(key)
        do throws(StoreError) { return try transaction.delete(key.span) } catch { throw trouble.noted(error) }
    }

    /// Returns how many there were. Cuts whole subtrees, so it costs little whatever their number.
    mutating func delete(_ interval: KeyInterval) throws(CatalogError) -> Int {
        try access?.willWrite(interval)
        do throws(StoreError) { return Int(try transaction.delete(KeyRange(interval))) } catch { throw CatalogError(error) }
    }

    mutating func snapshot() throws(CatalogError) -> KeyValueSnapshot {
        do throws(StoreError) {
            var snapshot = KeyValueSnapshot(try transaction.snapshot())
            snapshot.notes = access?.notes
            return snapshot
        } catch {
            throw CatalogError(error)
        }
    }

    consuming func commit(_ durability: Durability) throws(CatalogError) {
        let trouble = trouble
        do throws(StoreError) { try transaction.commit(.init(durability)) } catch { throw trouble.noted(error) }
        trouble.clear()
    }

    consuming func rollback() {
        transaction.rollback()
    }
}

/// A value where it lies in its page; good while the snapshot lives, which it keeps alive.
struct StoredValue {
    private let stored: StoredBytes
    private let owner: Snapshot

    fileprivate init(_ stored: StoredBytes, owner: Snapshot) {
        self.stored = stored
        self.owner = owner
    }

    var count: Int { stored.count }
    var bytes: [UInt8] { stored.copy() }

    /// The first `count` bytes.
    func prefix(_ count: Int) -> [UInt8] {
        let span = stored.span
        return (0..<Swift.min(count, span.count)).map { span[$0] }
    }

    /// As a document where it lies: good while the snapshot lives. Throws `.corrupt` if it is none.
    var storedDocument: StoredDocument {
        get throws(CatalogError) {
            guard let document = stored.span.withBytes({ StoredDocument(checking: $0) }) else { throw CatalogError.unreadableDocument }
            return document
        }
    }

    /// As a document that is read lazily and keeps the snapshot alive. Throws `.corrupt` if it is none.
    var document: Datum {
        get throws(CatalogError) {
            guard let document = stored.span.withBytes({ Datum(storedDocument: $0, owner: owner) }) else {
                throw CatalogError.unreadableDocument
            }
            return document
        }
    }
}

// MARK: Translations

func translating<Result>(_ body: () throws(StoreError) -> Result) throws(CatalogError) -> Result {
    do throws(StoreError) { return try body() } catch { throw CatalogError(error) }
}

extension WriteTrouble {
    func noted(_ error: StoreError) -> CatalogError {
        let error = CatalogError(error)
        note(error)
        return error
    }
}

extension KeyRange {
    fileprivate init(_ interval: KeyInterval) {
        self.init(lower: interval.lower.isEmpty ? nil : interval.lower, upper: interval.upper)
    }
}

extension StoreOptions {
    fileprivate init(_ options: CatalogOptions) {
        self.init()
        readOnly = options.readOnly
        create = options.create
        encryption = options.encryption?.key
        if let pageSize = options.pageSize { self.pageSize = pageSize }
        if let changeByteCount = options.changeByteCount { dirtyByteLimit = changeByteCount }
    }
}

extension BTreeStore.Durability {
    fileprivate init(_ durability: Durability) {
        self =
            switch durability {
            case .hard: .hard
            case .soft: .soft
            case .none: .none
            }
    }
}

extension CatalogError {
    init(_ error: StoreError) {
        let kind: Kind =
            switch error {
            case .notPandoFile, .unsupportedFile: .notPandoFile
            case .newerFormat, .newerFeatures: .newerFormat
            case .stateNotFound: .stateNotFound
            case .stateExists: .stateExists
            case .stateRefused: .invalidState
            case .positionUnknown: .notResumable
            case .deltaRefused: .malformedArchive
            case .keyWanted, .wrongKey, .notEncrypted, .keyRefused: .invalidEncryption
            case .truncated, .damaged: .corrupt
            case .busy: .busy
            case .readOnly, .permissionDenied: .readOnly
            case .diskFull, .fileTooLarge: .diskFull
            case .closed: .closed
            case .failedBefore: .writesStopped
            case .notFound, .alreadyExists, .lockRefused, .io, .unsupportedPageSize: .io
            case .keyTooLong: .keyTooLong
            case .valueTooLong: .tooLarge
            }
        let text = error.description
        self.init(kind, text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : "."))
    }
}
