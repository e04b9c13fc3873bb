/// A summary of what the writer, or the file's log, knows about pages.
struct SpaceSummary {
    var freePages: PageCount
    var pinnedPages: PageCount
    var cutSubtrees: Int
    /// Bytes of changed pages in memory.
    var dirtyBytes = 0
    var pins: [PinReport]
}

/// A state that keeps freed pages from being used again.
public struct PinReport: Sendable, Equatable {
    public enum Holder: Sendable, Equatable {
        /// A snapshot of this opening.
        case snapshot
        /// A snapshot of another process, or of another opening.
        case otherProcess
        /// A state that has this name.
        case state(String)
        /// The newest state on the disk, which a crash would fall back to.
        case durableState
    }

    public var holder: Holder
    public var transaction: TransactionID
    /// Freed pages that nothing newer holds.
    public var pages: UInt64
    /// How long ago the snapshot began, in seconds, where that is known.
    public var ageSeconds: Double?

    public init(holder: Holder, transaction: TransactionID, pages: UInt64, ageSeconds: Double?) {
        self.holder = holder
        self.transaction = transaction
        self.pages = pages
        self.ageSeconds = ageSeconds
    }
}
