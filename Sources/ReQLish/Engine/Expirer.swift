import Catalog
import Ground
import Synchronization

/// Removes documents whose time has come, a batch at a time, so that other writers have their turn in between.
///
/// While there are tables whose documents expire it looks twice a second: what is due is found by one descent for each such table, and
/// a clock that is set has nothing to upset.
final class Expirer: Sendable {
    private static let interval = Duration.milliseconds(500)

    /// The tables whose documents expire, as of a version of the metadata.
    private struct Known {
        var version: Int?
        var tables: [TableConfig]?
    }

    private let catalog: Catalog
    private let work: BackgroundWork

    init(_ catalog: Catalog) {
        self.catalog = catalog
        let known = Mutex(Known())
        work = BackgroundWork { [catalog] cancellation in
            let tables = known.withLock { known in
                let version = catalog.metadataVersion
                if known.version != version {
                    known.tables = try? catalog.expiringTables()
                    known.version = known.tables == nil ? nil : version
                }
                return known.tables
            }
            // What fails now (a full disk, a damaged page) is tried again.
            for table in tables ?? [] {
                while !cancellation.isCancelled, let count = try? catalog.removeExpired(from: table, stoppedBy: cancellation),
                    count == Catalog.expiryBatch
                {}
            }
            return tables?.isEmpty == true ? nil : Self.interval
        }
    }

    /// Begins with what the file has already. In a file that is only read, or of a standby, nothing expires.
    func resume() {
        guard !catalog.isReadOnly, !catalog.isStandby else { return }
        catalog.observeExpiry { [weak work] in work?.wake() }
        if let tables = try? catalog.expiringTables(), !tables.isEmpty { work.wake() }
    }

    /// Returns when the thread has ended.
    func stop() { work.stop() }
}
