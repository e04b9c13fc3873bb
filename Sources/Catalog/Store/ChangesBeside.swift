import Ground
import Synchronization

/// A record that a transaction has changed; nil stands for none.
struct RecordChange {
    var key: [UInt8]
    var old: [UInt8]?
    var new: [UInt8]?

    var byteCount: Int { 64 + key.count + (old?.count ?? 0) + (new?.count ?? 0) }
}

/// What a transaction that has changed a few records keeps beside the tree, from one statement to the next: nothing has to be undone while
/// its client is waited for, nor done again before the last statement.
///
/// Single records are read through it. Whoever asks for a range that has one of its keys is told that the changes have to be in the tree,
/// and begins anew.
struct ChangesBeside: Sendable {
    /// Each key once, in the order in which they were changed first.
    private(set) var changes: [RecordChange]
    private var byteCount: Int
    private let need: TreeNeed

    /// More are looked through one by one no more.
    private static let maximumCount = 64
    /// A record that takes more belongs into the tree.
    private static let maximumRecordByteCount = 8 << 10
    static let maximumByteCount = 16 << 10

    init(_ changes: [RecordChange], _ need: TreeNeed) {
        self.changes = changes
        self.need = need
        byteCount = changes.reduce(0) { $0 + $1.byteCount }
    }

    var isEmpty: Bool { changes.isEmpty }

    /// Those but of records that were made and removed again. One that is as it was before stays: it is locked.
    var remaining: [RecordChange] {
        changes.contains { $0.old == nil && $0.new == nil } ? changes.filter { $0.old != nil || $0.new != nil } : changes
    }

    static func holds(_ changes: [RecordChange]) -> Bool {
        changes.count <= maximumCount && changes.reduce(0) { $0 + $1.byteCount } <= maximumByteCount
    }

    /// What the transaction has made of a record, nil inside: it is gone; nil: it has not changed it.
    func value(of key: [UInt8]) -> [UInt8]?? { place(of: key).map { changes[$0].new } }

    private func place(of key: [UInt8]) -> Int? { changes.lastIndex { $0.key == key } }

    /// Throws if a range has a record that was changed.
    func requireNone(in interval: KeyInterval) throws(CatalogError) {
        if changes.contains(where: { interval.contains($0.key) }) { throw need.error }
    }

    /// What is thrown where all of them have to be in the tree, whichever they are.
    var refusal: CatalogError { need.error }

    /// Puts a record, or removes it where there is no value.
    ///
    /// - Parameter old: asked for what the tree has of it.
    /// - Returns: Whether there was one.
    mutating func set(_ key: [UInt8], _ new: [UInt8]?, old: () throws(CatalogError) -> [UInt8]?) throws(CatalogError) -> Bool {
        if let place = place(of: key) {
            let was = changes[place].new
            byteCount += (new?.count ?? 0) - (was?.count ?? 0)
            changes[place].new = new
            if byteCount > Self.maximumByteCount { throw need.error }
            return was != nil
        }
        let old = try old()
        if old == nil, new == nil { return false }
        let change = RecordChange(key: key, old: old, new: new)
        byteCount += change.byteCount
        guard change.byteCount <= Self.maximumRecordByteCount, byteCount <= Self.maximumByteCount, changes.count < Self.maximumCount else {
            throw need.error
        }
        changes.append(change)
        return old != nil
    }
}

/// Whether a statement has wanted more of its transaction's changes than single records.
final class TreeNeed: Sendable {
    private let isThere = Atomic<Bool>(false)

    fileprivate var error: CatalogError {
        isThere.store(true, ordering: .relaxed)
        return CatalogError(.locked, "The statement needs what its transaction has changed in the tree, and has to begin anew.")
    }

    /// Whether it was told so since it was asked last.
    func take() -> Bool { isThere.exchange(false, ordering: .relaxed) }
}
