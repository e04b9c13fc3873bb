/// One state of the store, to read.
struct StoreState {
    var view: TreeView
    var transaction: TransactionID
    /// Has pages of the state in memory, where the writer hasn't: in a read-only store, and after a write has failed.
    var replay: Replay?

    init(view: TreeView, transaction: TransactionID) {
        self.view = view
        self.transaction = transaction
    }

    init(_ replay: Replay) {
        view = replay.view
        transaction = replay.transaction
        self.replay = replay
    }

    /// The flush whose pages it needs.
    var flush: TransactionID { replay?.meta.transaction ?? transaction }
}
