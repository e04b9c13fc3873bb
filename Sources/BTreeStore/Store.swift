import Synchronization

/// One record of the first, in-memory form of the store.
@safe final class Record: @unchecked Sendable {
    let key: [UInt8]
    let value: UnsafeMutableRawBufferPointer
    init(_ key: [UInt8], _ bytes: Span<UInt8>) {
        self.key = key
        let value = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
        for index in bytes.indices { unsafe value[index] = bytes[index] }
        unsafe self.value = unsafe value
        count = bytes.count
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, key.count), alignment: 1)
        unsafe copy.copyBytes(from: key)
        keyBytes = unsafe StoredBytes(pointer: UnsafeRawPointer(copy.baseAddress!), count: key.count)
    }
    let keyBytes: StoredBytes
    let count: Int
    deinit { unsafe value.deallocate(); unsafe UnsafeMutableRawPointer(mutating: keyBytes.pointer).deallocate() }
    var stored: StoredBytes { unsafe StoredBytes(pointer: UnsafeRawPointer(value.baseAddress!), count: count) }
}

func less(_ left: [UInt8], _ right: [UInt8]) -> Bool { left.lexicographicallyPrecedes(right) }

extension [Record] {
    func firstIndex(atOrAfter key: [UInt8]) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if less(self[middle].key, key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
    func firstIndex(after key: [UInt8]) -> Int {
        let index = firstIndex(atOrAfter: key)
        return index < count && self[index].key == key ? index + 1 : index
    }
    func indices(_ range: KeyRange) -> Range<Int> {
        let lower = range.lower.map { range.lowerInclusive ? firstIndex(atOrAfter: $0) : firstIndex(after: $0) } ?? 0
        let upper = range.upper.map { range.upperInclusive ? firstIndex(after: $0) : firstIndex(atOrAfter: $0) } ?? count
        return lower..<Swift.max(lower, upper)
    }
}

func array(_ span: Span<UInt8>) -> [UInt8] {
    unsafe span.withUnsafeBytes { unsafe Array($0) }
}

/// A file of ordered records: many snapshots, one write transaction at a time.
public final class Store: Sendable {
    struct State { var records: [Record] = []; var transaction: UInt64 = 1; var closed = false; var writing = false }
    let state: Mutex<State>
    static let files = Mutex<[String: [Record]]>([:])

    public let path: String?
    public let uuid: FileID
    public let opening: UInt64
    public let pageSize: Int
    public let isReadOnly: Bool

    init(path: String?, options: StoreOptions) {
        self.path = path
        uuid = .random()
        opening = 1
        pageSize = options.pageSize
        isReadOnly = options.readOnly
        let records = path.flatMap { path in Store.files.withLock { $0[path] } } ?? []
        state = Mutex(State(records: records))
    }

    /// Opens the file at `path`, or makes it.
    public static func open(_ path: String, options: StoreOptions = .init()) throws(StoreError) -> Store {
        Store(path: path, options: options)
    }
    /// A store in memory, which goes with its last reference.
    public static func inMemory(options: StoreOptions = .init()) throws(StoreError) -> Store {
        Store(path: nil, options: options)
    }
    /// Longest key, in bytes.
    public var maximumKeyLength: Int { min(1024, pageSize / 4) }
    /// Longest value, in bytes.
    public var maximumValueLength: Int { 1 << 30 }

    /// Makes everything durable and lets the file go. Closing twice is fine.
    public func close() throws(StoreError) {
        state.withLock { $0.closed = true }
    }
    /// The newest applied state. Never waits for the writer.
    public func snapshot() throws(StoreError) -> Snapshot {
        let current = state.withLock { ($0.records, $0.transaction) }
        return Snapshot(current.0, TransactionID(rawValue: current.1))
    }
    /// Waits until no other write transaction is open.
    public func beginWrite() throws(StoreError) -> WriteTransaction {
        while !state.withLock({ let free = !$0.writing; $0.writing = true; return free }) {}
        return WriteTransaction(self)
    }
    /// Makes everything applied so far durable.
    public func sync() throws(StoreError) {}
    public func statistics() throws(StoreError) -> StoreStatistics {
        var statistics = StoreStatistics()
        statistics.pageSize = pageSize
        let current = state.withLock { ($0.records.count, $0.transaction) }
        statistics.records = UInt64(current.0)
        statistics.transaction = TransactionID(rawValue: current.1)
        return statistics
    }
    /// Walks everything.
    public func check() throws(StoreError) -> CheckReport {
        var report = CheckReport()
        report.records = try snapshot().count()
        return report
    }
    public static func check(path: String) throws(StoreError) -> CheckReport {
        try Store.open(path).check()
    }
    /// The tree by levels, root first.
    public func treeLevels() throws(StoreError) -> [TreeLevelReport] { [] }
    public func page(_ number: PageNumber) throws(StoreError) -> PageReport { PageReport(number: number, kind: .free) }
}

/// One state of the store, for as long as it is held.
public final class Snapshot: Sendable {
    let records: [Record]
    public let transaction: TransactionID
    init(_ records: [Record], _ transaction: TransactionID) {
        self.records = records
        self.transaction = transaction
    }
    public func get(_ key: Span<UInt8>) throws(StoreError) -> StoredBytes? {
        let key = array(key)
        let index = records.firstIndex(atOrAfter: key)
        return index < records.count && records[index].key == key ? records[index].stored : nil
    }
    public func count(_ range: KeyRange) throws(StoreError) -> UInt64 { UInt64(records.indices(range).count) }
    public func count() -> UInt64 { UInt64(records.count) }
    public func nth(_ index: UInt64, in range: KeyRange) throws(StoreError) -> (key: [UInt8], value: StoredBytes)? {
        let indices = records.indices(range)
        guard index < UInt64(indices.count) else { return nil }
        let record = records[indices.lowerBound + Int(index)]
        return (record.key, record.stored)
    }
    public func rank(of key: Span<UInt8>) throws(StoreError) -> UInt64 { UInt64(records.firstIndex(atOrAfter: array(key))) }
    public func cursor(_ range: KeyRange = .all, reversed: Bool = false) throws(StoreError) -> Cursor {
        Cursor(self, range, reversed)
    }
}

/// A place between or at records of a snapshot, moving in one direction.
public struct Cursor: ~Copyable {
    let snapshot: Snapshot
    let indices: Range<Int>
    let reversed: Bool
    var index: Int
    init(_ snapshot: Snapshot, _ range: KeyRange, _ reversed: Bool) {
        self.snapshot = snapshot
        indices = snapshot.records.indices(range)
        self.reversed = reversed
        index = reversed ? indices.upperBound : indices.lowerBound - 1
    }
    public mutating func next() throws(StoreError) -> Bool {
        index += reversed ? -1 : 1
        index = min(max(index, indices.lowerBound - 1), indices.upperBound)
        return indices.contains(index)
    }
    public var key: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = snapshot.records[index].keyBytes
            let span = unsafe Span<UInt8>(_unsafeStart: bytes.pointer.assumingMemoryBound(to: UInt8.self), count: bytes.count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
    public var value: StoredBytes { snapshot.records[index].stored }
    public mutating func seek(to key: Span<UInt8>) {
        let key = array(key)
        index = reversed
            ? min(snapshot.records.firstIndex(after: key), indices.upperBound)
            : max(snapshot.records.firstIndex(atOrAfter: key), indices.lowerBound) - 1
    }
    /// Passes over `count` records, as that many calls of `next()` would.
    public mutating func skip(_ count: UInt64) throws(StoreError) {
        let count = Int(min(count, UInt64(indices.count) + 1))
        index = reversed ? max(indices.lowerBound - 1, index - count) : min(indices.upperBound, index + count)
    }
}

/// The one open write transaction. Dropping it rolls it back.
public struct WriteTransaction: ~Copyable {
    let store: Store
    var records: [Record]
    var steps: UInt64 = 1
    var ended = false
    init(_ store: Store) {
        self.store = store
        records = store.state.withLock { $0.records }
    }
    /// True if the key was new.
    @discardableResult
    public mutating func put(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StoreError) -> Bool {
        guard key.count <= store.maximumKeyLength else {
            throw .keyTooLong(byteCount: key.count, limit: store.maximumKeyLength)
        }
        let record = Record(array(key), value)
        let index = records.firstIndex(atOrAfter: record.key)
        if index < records.count && records[index].key == record.key {
            records[index] = record
            return false
        }
        records.insert(record, at: index)
        return true
    }
    /// Puts a record that sorts above the one that was appended before; leaves full pages behind.
    public mutating func append(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StoreError) {
        _ = try put(key, value)
    }
    @discardableResult
    public mutating func delete(_ key: Span<UInt8>) throws(StoreError) -> Bool {
        let key = array(key)
        let index = records.firstIndex(atOrAfter: key)
        guard index < records.count && records[index].key == key else { return false }
        records.remove(at: index)
        return true
    }
    @discardableResult
    public mutating func delete(_ range: KeyRange) throws(StoreError) -> UInt64 {
        let indices = records.indices(range)
        records.removeSubrange(indices)
        return UInt64(indices.count)
    }
    public func get(_ key: Span<UInt8>) throws(StoreError) -> StoredBytes? {
        try Snapshot(records, TransactionID(rawValue: 0)).get(key)
    }
    public func count(_ range: KeyRange) throws(StoreError) -> UInt64 { UInt64(records.indices(range).count) }
    public func count() -> UInt64 { UInt64(records.count) }
    /// What was written so far, frozen.
    public mutating func snapshot() throws(StoreError) -> Snapshot {
        steps += 1
        return Snapshot(records, TransactionID(rawValue: store.state.withLock { $0.transaction } + steps - 1))
    }
    public consuming func commit(_ durability: Durability = .hard) throws(StoreError) {
        let records = self.records, steps = self.steps
        store.state.withLock { $0.records = records; $0.transaction += steps; $0.writing = false }
        if let path = store.path { Store.files.withLock { $0[path] = records } }
        ended = true
    }
    public consuming func rollback() {}
    deinit { if !ended { store.state.withLock { $0.writing = false } } }
}
