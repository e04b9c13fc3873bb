import Catalog
import Ground
import Synchronization

/// Writes of a query go into a transaction that is open before it and after it.
final class OpenTransactionWriter: Writer {
    private let transaction: NamedTransaction
    private let cancellation: Cancellation

    init(_ transaction: NamedTransaction, stoppedBy cancellation: Cancellation) {
        self.transaction = transaction
        self.cancellation = cancellation
    }

    override func startBuilding() { transaction.hasNewIndexes.store(true, ordering: .relaxed) }

    override func snapshot() throws(CatalogError) -> CatalogSnapshot { try transaction.open.snapshot() }

    override func write<Result>(
        _ durability: Durability, isLong: Bool, at site: Site, _ body: (inout CatalogTransaction) throws(ReQLError) -> Result
    ) throws(ReQLError) -> Result {
        try transaction.open.write { (writer) throws(ReQLError) in
            writer.cancellation = cancellation
            defer { writer.cancellation = nil }
            return try body(&writer)
        } refusing: {
            site.locate($0)
        }
    }
}
