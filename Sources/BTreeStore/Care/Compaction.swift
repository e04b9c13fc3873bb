// Making a file as small as what it holds, in place, while readers and the writer go on.
//
// It is done by ordinary transactions: nothing on the disk says that it is under way, and a crash or a cancellation leaves a store
// like any other. First the pages of every level are filled (`Tree+Packing.swift`). Then the pages that lie far back are written
// anew, which puts them into free places near the front (`Tree+Moving.swift`), until all free pages lie at the end and are given
// back. Each transaction makes about a mebibyte of pages anew, so that no writer waits long; the search for pages doesn't take the
// writer's turn.

/// The progress of a compaction.
public struct CompactionProgress: Sendable, Equatable {
    /// The part of the records that the present round has gone over: 0 to 1. There may be several rounds.
    public var fraction: Double
    /// Pages up to the high-water mark.
    public var pages: UInt64

    public init(fraction: Double, pages: UInt64) {
        self.fraction = fraction
        self.pages = pages
    }
}

/// The result of a compaction. Sizes are in pages up to the high-water mark, and in bytes of the file.
public struct CompactionReport: Sendable, Equatable {
    public var pagesBefore: UInt64
    public var pagesAfter: UInt64
    public var bytesBefore: UInt64
    /// While older snapshots live the file keeps its length; a flush after they have gone makes it as short as `pagesAfter`.
    public var bytesAfter: UInt64
    public var freePages: UInt64
    /// Snapshots that keep pages from being free. The pages that they see were left where they are.
    public var pins: [PinReport]
    /// Whether `progress` stopped it.
    public var isCancelled: Bool

    public init(
        pagesBefore: UInt64, pagesAfter: UInt64, bytesBefore: UInt64, bytesAfter: UInt64, freePages: UInt64, pins: [PinReport],
        isCancelled: Bool
    ) {
        self.pagesBefore = pagesBefore
        self.pagesAfter = pagesAfter
        self.bytesBefore = bytesBefore
        self.bytesAfter = bytesAfter
        self.freePages = freePages
        self.pins = pins
        self.isCancelled = isCancelled
    }
}

extension Store {
    /// Makes the file as small as what it holds: fills pages, and gives free space back to the file system. Reads every page, and writes
    /// those that are not full or lie too far back; in a compact file there are none. Leaves alone what older snapshots see.
    ///
    /// Full pages are split by the next records that are put among theirs, so this is for files that are to rest, or to shrink.
    ///
    /// - Parameter progress: called between transactions, on this thread; returning false stops the compaction there.
    /// - Throws: `readOnly`, `closed`, `damaged`, `diskFull`, `io` and others. What was done until then stays done.
    @discardableResult
    public func compact(progress: @escaping (CompactionProgress) -> Bool = { _ in true }) throws(StoreError) -> CompactionReport {
        if isReadOnly { throw .readOnly }
        // Two at once would take each other's places.
        core.compactionTurn.take()
        defer { core.compactionTurn.end() }
        let before = try statistics(waits: true)
        var compactor = Compactor(core, progress)
        try compactor.run()
        let after = try statistics(waits: true)
        return CompactionReport(
            pagesBefore: before.pages, pagesAfter: after.pages, bytesBefore: before.fileBytes, bytesAfter: after.fileBytes,
            freePages: after.freePages, pins: after.pins.filter { $0.holder != .durableState }, isCancelled: compactor.isCancelled)
    }
}
