import Ground
import Synchronization

/// What a transaction that shares its commit reads of an engine: of single keys what those before it have made of them, which are on their way.
///
/// Before it tells more than single keys it waits until these are committed, and from then on is the state that has them. It is read by the
/// thread that has the writer's turn, and outlives the turn only as what no transaction has changed.
final class SharingView: EngineView, @unchecked Sendable {
    // Sendable: a view of the engine is for any number of threads, and the transaction is asked for keys by the thread alone that it is of.
    private let base: any EngineView
    private weak let transaction: EngineTransaction?
    /// The state that has all that was on its way, once that was waited for.
    private let settled = Mutex<(any EngineView)?>(nil)

    init(_ transaction: EngineTransaction) {
        base = transaction.view
        self.transaction = transaction
    }

    private var current: any EngineView { settled.withLock { $0 } ?? base }

    var number: UInt64 { current.number }
    var metadataNumber: UInt64 { current.metadataNumber }
    var opening: UInt64 { current.opening }
    var isUsable: Bool { current.isUsable }
    var isCommitted: Bool { false }

    func rows(of keys: [[UInt8]]) throws(CatalogError) -> EngineRows {
        guard settled.withLock({ $0 == nil }), let transaction, transaction.shared != nil else { return try current.rows(of: keys) }
        try transaction.fetch(keys)
        var rows = EngineRows.Builder()
        for key in keys { if let value = try transaction.value(key) { rows.append(key, value) } }
        return EngineRows(rows)
    }

    func page(_ page: EnginePage) throws(CatalogError) -> EngineRows { try settle().page(page) }

    func count(from lower: [UInt8], to upper: [UInt8]?) throws(CatalogError) -> Int { try settle().count(from: lower, to: upper) }

    private func settle() throws(CatalogError) -> any EngineView {
        guard settled.withLock({ $0 == nil }), let transaction else { return current }
        try transaction.goAlone()
        // Whoever reads it may do so when the transaction is over.
        transaction.showsView = true
        let view = transaction.view
        settled.withLock { $0 = view }
        return view
    }
}
