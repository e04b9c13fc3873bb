import Ground

/// The one open write transaction. `commit` and `rollback` end it; losing it rolls it back.
///
/// Its own reads see its changes. Until it commits, nobody else does, except through `snapshot()`.
public struct WriteTransaction: ~Copyable {
    /// Held so that the store doesn't close itself, and wait for this transaction, when nobody else holds it.
    private let store: Store
    private let pipeline: CommitPipeline
    private let writer: Writer
    private let tree: Tree
    private let keyLimit: Int
    private let dirtyByteLimit: Int
    private let state = State()

    private final class State {
        var isOver = false
        /// Whether the record of this opening is among the changes.
        var notesOpening = false
        /// Set when a change failed halfway: only rolling back is left.
        var failure: StoreError?
        var changedByteCount = 0
    }

    init(_ store: Store) {
        self.store = store
        pipeline = store.core.pipeline
        writer = store.core.writer
        tree = writer.tree
        keyLimit = store.maximumKeyLength
        dirtyByteLimit = writer.dirtyByteLimit
    }

    deinit {
        if !state.isOver { end { writer.rollback() } }
    }

    // MARK: Changing

    /// Puts a record, in place of one with the same key if there is one. O(log n).
    ///
    /// `value` must not be bytes that this transaction handed out.
    ///
    /// - Returns: whether the key was new.
    /// - Throws: `keyTooLong`, `valueTooLong`; `damaged`, `diskFull` or `io`, after which only rolling back is left.
    @discardableResult
    public mutating func put(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StoreError) -> Bool {
        try checkLengths(key, value)
        state.changedByteCount &+= key.count &+ value.count
        return try change { (tree) throws(StoreError) in
            try withBytes(key) { (key) throws(StoreError) in
                try withBytes(value) { (value) throws(StoreError) in
                    let isNew = try tree.put(key, value)
                    writer.journal.put(key, value)
                    return isNew
                }
            }
        }
    }

    /// Puts a record as one of a series in ascending order of keys, wherever in the tree that series belongs: it leaves full
    /// pages behind. A record that doesn't sort above the one before begins another series.
    ///
    /// - Throws: as `put`.
    public mutating func append(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StoreError) {
        _ = try put(key, value)
    }

    /// Takes a record out. O(log n).
    ///
    /// - Returns: whether there was one.
    @discardableResult
    public mutating func delete(_ key: Span<UInt8>) throws(StoreError) -> Bool {
        state.changedByteCount &+= key.count
        return try change { (tree) throws(StoreError) in
            try withBytes(key) { (key) throws(StoreError) in
                let wasThere = try tree.delete(key)
                if wasThere { writer.journal.delete(key) }
                return wasThere
            }
        }
    }

    /// Takes all records of a range out. Touches O(log n) pages: whole subtrees are cut off, and gone through when their pages are
    /// wanted.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public mutating func delete(_ range: KeyRange) throws(StoreError) -> UInt64 {
        try change { (tree) throws(StoreError) in
            let bounds = Bounds(range)
            let count = try tree.delete(bounds)
            state.changedByteCount &+= Int(clamping: count) &* Self.deletedByteCount
            if count > 0 { writer.journal.delete(bounds) }
            return count
        }
    }

    /// About what has been changed, in bytes of keys and values.
    package var changedByteCount: Int { state.changedByteCount }

    /// What a record of a range that is deleted counts for: it isn't looked at.
    private static let deletedByteCount = 128

    private func checkLengths(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StoreError) {
        if key.count > keyLimit { throw .keyTooLong(byteCount: key.count, limit: keyLimit) }
        if value.count > Store.maximumValueLength {
            throw .valueTooLong(byteCount: value.count, limit: Store.maximumValueLength)
        }
    }

    @inline(__always)
    private func change<Result>(_ body: (Tree) throws(StoreError) -> Result) throws(StoreError) -> Result {
        if let failure = state.failure { throw failure }
        do {
            let result = try body(tree)
            if tree.memory.byteCount > dirtyByteLimit { try pipeline.spillIfLarge() }
            return result
        } catch {
            state.failure = error
            throw error
        }
    }

    /// Puts the record of this opening, if the file keeps such records (`OpeningRecord`).
    mutating func noteOpening() throws(StoreError) {
        if writer.openingNote == .unknown {
            writer.openingNote = try count(.prefix(OpeningRecord.prefix)) > 0 ? .wanted : .unwanted
        }
        guard writer.openingNote == .wanted else { return }
        let record = OpeningRecord(opening: store.opening, salt: writer.recordedSalt, inherited: writer.inherited)
        _ = try put(record.key.span, record.value.span)
        state.notesOpening = true
    }

    // MARK: Reading

    /// The value of a key. Its bytes are valid until this transaction's next change.
    public func get(_ key: Span<UInt8>) throws(StoreError) -> StoredBytes? {
        try withBytes(key) { (key) throws(StoreError) in try tree.view.find(key) }
    }

    /// How many records there are.
    public func count() -> UInt64 { tree.root.records }

    /// How many records lie in a range. O(log n).
    public func count(_ range: KeyRange) throws(StoreError) -> UInt64 {
        try tree.view.count(Bounds(range))
    }

    /// The digest of all records; nil where it would have to be computed from them.
    package func keptDigest() throws(StoreError) -> RangeDigest? {
        try tree.view.hasDigests ? tree.view.digest(Bounds(.all)) : nil
    }

    /// A snapshot of what the transaction has written so far: later changes copy the pages that it sees. It stays good after the
    /// transaction has ended, however that ends.
    public mutating func snapshot() throws(StoreError) -> Snapshot {
        if let failure = state.failure { throw failure }
        return Snapshot(store.core, writer.freeze())
    }

    // MARK: Ending

    /// Whether it began as a long one, others want to write since, and it has gone on for a while: it should end where it can.
    package var isWantedToEnd: Bool { pipeline.turn.isWantedBack }

    /// Makes the changes visible, and durable as far as `durability` says.
    ///
    /// `.hard` waits for the disk without keeping other transactions waiting; one sync serves all transactions that were applied before
    /// it began. Snapshots may see the changes before they are durable.
    ///
    /// - Throws: `diskFull`, `io` and others. Then nothing is visible any more of this transaction and of others that are not durable, and
    ///   the store takes no more writes until it is opened again.
    public consuming func commit(_ durability: Durability = .hard) throws(StoreError) {
        if let failure = state.failure {
            end { writer.rollback() }
            throw failure
        }
        let flush: UInt64?
        do {
            flush = try pipeline.commit(durability)
        } catch {
            end {}
            throw error
        }
        if state.notesOpening { writer.openingNote = .noted }
        end {}
        if let flush {
            try pipeline.wait(for: flush)
            writer.shipping.waitForStandbys()
        }
    }

    /// Leaves the store as it was.
    public consuming func rollback() {
        end { writer.rollback() }
    }

    private borrowing func end(_ body: () -> Void) {
        body()
        state.isOver = true
        pipeline.turn.end()
    }
}
