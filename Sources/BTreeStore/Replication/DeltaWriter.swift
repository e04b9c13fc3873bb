package import Ground

/// A delta on its way out: asked for piece by piece, it holds the state that it leads to.
package final class DeltaWriter {
    package let since: StatePosition?
    package let to: StatePosition
    /// The records that were written, of those that the state has in all.
    package private(set) var writtenRecords: UInt64 = 0
    package let records: UInt64
    private let snapshot: Snapshot
    private var walk: DeltaWalk
    private let witness: Snapshot?
    private let isOfRanges: Bool
    private var sequence: UInt64 = 0
    private var isOver = false

    /// - Parameter base: this file's own transaction at `since`; nothing that is older is told, but what is wanted.
    init(
        _ snapshot: Snapshot, since: StatePosition?, from base: TransactionID, wanted: KeyRanges?, to: StatePosition, witness: Snapshot?
    ) throws(StoreError) {
        self.snapshot = snapshot
        self.since = since
        self.to = to
        self.witness = witness
        records = snapshot.count() - (try snapshot.count(LocalKeys.range))
        isOfRanges = wanted != nil
        walk = DeltaWalk(snapshot.view, since: base, wanted: wanted ?? KeyRanges(), witness: witness?.view)
    }

    /// Adds some blocks, about 64 KiB.
    ///
    /// - Returns: false if that was the end.
    /// - Throws: `damaged` if a page isn't sound, as a copy of it would be no backup; `positionUnknown` if the copy that it is from isn't one.
    package func write(into output: inout ByteBuffer) throws(StoreError) -> Bool {
        if isOver { return false }
        if sequence == 0 { append(.beginning(since: since, isOfRanges: isOfRanges, to: to), to: &output) }
        var entries: [UInt8] = []
        while entries.count < DeltaBlock.fullByteCount {
            guard let step = try walk.next() else {
                isOver = true
                break
            }
            switch step {
            case .record(let key, let value):
                writtenRecords += 1
                entries.append(1)
                entries += littleEndianBytes(UInt64(key.count), 2)
                entries += littleEndianBytes(UInt64(value.count), 4)
                entries += key
                value.span.withBytes { $0.append(to: &entries) }
            case .unchanged(let first, let last, let count):
                entries.append(2)
                entries += littleEndianBytes(UInt64(first.count), 2)
                entries += littleEndianBytes(UInt64(last.count), 2)
                entries += littleEndianBytes(count, 8)
                entries += first
                entries += last
            }
        }
        if !entries.isEmpty { append(.entries(entries), to: &output) }
        if isOver {
            var digest: RangeDigest?
            if isOfRanges, try snapshot.hasDigests { digest = try snapshot.digest() }
            append(.end(records: records, digest: digest), to: &output)
        }
        return !isOver
    }

    private func append(_ block: DeltaBlock, to output: inout ByteBuffer) {
        block.append(to: &output, sequence: sequence)
        sequence += 1
    }
}

extension Store {
    /// What has changed since a position, as a delta up to the newest durable state: everything, if there is no position.
    ///
    /// The position may also be one of another file: one at which the contents of this one left it, and began to go their own way. What this file
    /// had then is what that one had.
    ///
    /// - Parameters:
    ///   - wanted: where the receiver has other contents than at the position. All records of these ranges are in the delta.
    ///   - witness: a store of a copy of this file, page by page, that is at the position. Then this file needs no records of openings.
    /// - Throws: `positionUnknown` if this file did not come by that state.
    package func delta(
        since position: StatePosition?, wanted: KeyRanges? = nil, witness: Store? = nil
    ) throws(StoreError) -> DeltaWriter {
        let (snapshot, newest) = try positionedSnapshot()
        let copy = try witness?.snapshot()
        var base = position?.transaction ?? .none
        if let position {
            if position.file != newest.file, let parting = try Parting.all(in: snapshot.view).last(where: { $0.position == position }) {
                base = parting.transaction
            } else {
                try requireKnown(position, from: newest, snapshot, isWitnessed: copy != nil)
            }
        }
        return try DeltaWriter(snapshot, since: position, from: base, wanted: wanted, to: newest, witness: copy)
    }
}
