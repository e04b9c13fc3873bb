/// The progress of a compaction.
public struct CompactionStep: Sendable, Hashable {
    /// How much of the present round is done: 0 to 1. There are several rounds.
    public let fraction: Double
    /// Pages of the file in use or free.
    public let pages: UInt64
}

/// The result of a compaction.
public struct CompactionSummary: Sendable, Hashable {
    public let pagesBefore: UInt64
    public let pagesAfter: UInt64
    public var bytesBefore: UInt64
    /// While readers hold older states the file keeps its length; it gets shorter with a commit after they have gone.
    public var bytesAfter: UInt64
    public let freePages: UInt64
    /// Snapshots that keep pages from being free. What they see was left where it is.
    public let pins: [FileStatistics.Pin]
    /// Whether `progress` stopped it.
    public let isCancelled: Bool

    /// As `pando compact --json` and `POST /_admin/compact` answer it.
    public var datum: Datum {
        get throws(DatumError) {
            let pins = try pins.map { pin throws(DatumError) in try pin.datum }
            return try .object([
                ("pages_before", Datum(Int(pagesBefore))), ("pages_after", Datum(Int(pagesAfter))),
                ("bytes_before", Datum(Int(bytesBefore))), ("bytes_after", Datum(Int(bytesAfter))), ("free_pages", Datum(Int(freePages))),
                ("pins", try .array(pins)), ("cancelled", Datum(isCancelled)),
            ])
        }
    }
}

extension FileStatistics.Pin {
    public var datum: Datum {
        get throws(DatumError) {
            var pairs: [(String, Datum)] = [
                ("holder", Datum(holder.rawValue)), ("commit", Datum(Int(transaction))), ("pages", Datum(Int(pages))),
            ]
            if let state { pairs.append(("state", Datum(state))) }
            if let ageSeconds { pairs.append(("age_seconds", Datum(ageSeconds))) }
            return try .object(pairs)
        }
    }
}

extension Catalog {
    /// Makes the file as small as what it holds, in place, while others read and write: pages are filled, and free space goes back to
    /// the file system. What snapshots see that are older than the call stays where it is.
    ///
    /// - Parameter progress: called from time to time on this thread, with no lock held. Returning false stops the compaction there.
    /// - Throws: `.readOnly`, `.closed`, `.corrupt`, `.diskFull`, `.io`. What was done until then stays done; nothing is lost.
    @discardableResult
    public func compact(progress: @escaping (CompactionStep) -> Bool = { _ in true }) throws(CatalogError) -> CompactionSummary {
        try store.compact(progress: progress)
    }
}
