import Ground

/// One state of the store, for as long as it is held: reads see nothing of later commits, and never wait.
///
/// Values are handed out where they lie (`StoredBytes`) and are good only as long as the snapshot is held. A snapshot keeps the pages
/// that it can see from being used again, and no others.
public final class Snapshot: Sendable {
    let state: StoreState
    private let core: Core

    /// Begun by the caller.
    init(_ core: Core, _ state: StoreState) {
        self.core = core
        self.state = state
    }

    deinit {
        core.endSnapshot(state.transaction)
    }

    /// The state that this shows.
    public var transaction: TransactionID { state.transaction }
    var view: TreeView { state.view }

    /// The value of a key: nil if there is none. O(log n), nothing is copied.
    ///
    /// - Throws: `damaged` if a page on the way isn't what its parent says.
    public func get(_ key: Span<UInt8>) throws(StoreError) -> StoredBytes? {
        try withBytes(key) { (key) throws(StoreError) in try state.view.find(key) }
    }

    /// Where a key belongs in a snapshot.
    public struct Place: Sendable {
        fileprivate let leaf: (reference: PageReference, known: Int)
    }

    /// Where a key belongs; nil in a store without records. Whoever reads several keys asks for the places of all of them first: then memory
    /// fetches what they lie in at the same time, and ``get(_:at:)`` doesn't wait for one after the other.
    public func place(of key: Span<UInt8>) throws(StoreError) -> Place? {
        if view.root.isEmpty { return nil }
        return Place(leaf: try withBytes(key) { (key) throws(StoreError) in try state.view.leaf(of: key) })
    }

    /// The value of a key whose place is known, as ``get(_:)`` has it. Memory is asked for the beginning of it.
    public func get(_ key: Span<UInt8>, at place: Place) throws(StoreError) -> StoredBytes? {
        let found = try withBytes(key) { (key) throws(StoreError) in try state.view.find(key, in: place.leaf) }
        found?.prefetch()
        return found
    }

    /// How many records there are.
    public func count() -> UInt64 { view.root.records }

    /// How many records lie in a range. O(log n).
    public func count(_ range: KeyRange) throws(StoreError) -> UInt64 {
        try view.count(Bounds(range))
    }

    /// How many records sort below a key. O(log n).
    public func rank(of key: Span<UInt8>) throws(StoreError) -> UInt64 {
        try withBytes(key) { (key) throws(StoreError) in try state.view.rank(key) }
    }

    /// The record with `index` records of the range before it: nil if the range has no more than `index`. O(log n).
    public func nth(_ index: UInt64, in range: KeyRange) throws(StoreError) -> (key: [UInt8], value: StoredBytes)? {
        let (lower, upper) = try view.ranks(Bounds(range))
        guard index < upper - lower else { return nil }
        let (page, index) = try view.select(lower + index)
        return (page.key(index), try view.reader.value(page.leafCell(index)))
    }

    /// The digest of the records of a range (``RangeDigest``). O(log n); in a file without digests (``hasDigests``) the range is read.
    public func digest(_ range: KeyRange = .all) throws(StoreError) -> RangeDigest { try view.digest(Bounds(range)) }

    /// Whether digests are found without reading the records. Those of files that were made by earlier releases are not, until the file is
    /// upgraded (``Store/upgradeFormat()``).
    public var hasDigests: Bool { get throws(StoreError) { try view.hasDigests } }

    /// A cursor before the first record of a range, or reversed, after the last one. O(1); its first step O(log n).
    ///
    /// - Parameter forgets: whether values are good only until the cursor moves. Then a scan of an encrypted file, however large, keeps no more
    ///   of it in memory than `StoreOptions.decryptedByteLimit`.
    public func cursor(_ range: KeyRange = .all, reversed: Bool = false, forgets: Bool = false) throws(StoreError) -> Cursor {
        Cursor(self, Bounds(range), reversed: reversed, forgets: forgets && core.generations != nil)
    }

    /// In an encrypted file, the pages that are being decrypted now: nil if those that somebody reads have room yet.
    ///
    /// - Parameter mapping: what is read, if it isn't the snapshot's own.
    func currentMapping(unlessIn mapping: Mapping?) -> Mapping? {
        let reader = view.reader
        guard let generations = core.generations, (mapping ?? reader.mapping).isFull else { return nil }
        // If that fails, there is no address space, and what was decrypted stays.
        return try? generations.current(atLeast: reader.pageLimit.offset(pageSize: reader.pageSize))
    }
}
