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
    private var sequence: UInt64 = 0
    private var isOver = false

    init(_ snapshot: Snapshot, since: StatePosition?, to: StatePosition, witness: Snapshot?) throws(StoreError) {
        self.snapshot = snapshot
        self.since = since
        self.to = to
        self.witness = witness
        records = snapshot.count() - (try snapshot.count(LocalKeys.range))
        walk = DeltaWalk(snapshot.view, since: since?.transaction ?? .none, witness: witness?.view)
    }

    /// Adds some blocks, about 64 KiB.
    ///
    /// - Returns: false if that was the end.
    /// - Throws: `damaged` if a page isn't sound, as a copy of it would be no backup; `positionUnknown` if the copy that it is from isn't one.
    package func write(into output: inout ByteBuffer) throws(StoreError) -> Bool {
        if isOver { return false }
        if sequence == 0 { append(.beginning(since: since, to: to), to: &output) }
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
        if isOver { append(.end(records: records), to: &output) }
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
    /// - Parameter witness: a store of a copy of this file, page by page, that is at the position. Then this file needs no records of openings.
    /// - Throws: `positionUnknown` if this file did not come by that state.
    package func delta(since position: StatePosition?, witness: Store? = nil) throws(StoreError) -> DeltaWriter {
        let (snapshot, newest) = try positionedSnapshot()
        let copy = try witness?.snapshot()
        if let position { try requireKnown(position, from: newest, snapshot, isWitnessed: copy != nil) }
        return try DeltaWriter(snapshot, since: position, to: newest, witness: copy)
    }
}
