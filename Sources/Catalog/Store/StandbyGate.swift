import Synchronization

/// Keeps writers out of the copy of a standby, whose contents come from another file alone.
final class StandbyGate: Sendable {
    private enum State {
        /// Nobody has looked whether the contents come from another file.
        case unknown
        case open
        /// The address of the file that they come from, if it is known.
        case closed(of: String?)
    }

    private let state = Mutex(State.unknown)
    private let isOpen = Atomic(false)

    /// - Parameter isCopy: whether the file has the record of a standby. Asked once.
    /// - Throws: `.readOnly` for a standby.
    func pass(_ isCopy: () throws(CatalogError) -> Bool) throws(CatalogError) {
        if isOpen.load(ordering: .relaxed) { return }
        guard case .closed(let primary) = try known(isCopy) else { return }
        throw CatalogError(
            .readOnly,
            primary.map { "This is a standby of \($0): it takes no writes and has no feeds. Ask \($0)." }
                ?? "The file is the copy of a standby, which takes no writes: serve it with --standby-of, or make it a primary with `pando promote`."
        )
    }

    func isClosed(_ isCopy: () throws(CatalogError) -> Bool) -> Bool {
        if isOpen.load(ordering: .relaxed) { return false }
        if case .closed? = try? known(isCopy) { return true }
        return false
    }

    private func known(_ isCopy: () throws(CatalogError) -> Bool) throws(CatalogError) -> State {
        let found = state.withLock { $0 }
        guard case .unknown = found else { return found }
        guard try isCopy() else {
            open()
            return .open
        }
        state.withLock { if case .unknown = $0 { $0 = .closed(of: nil) } }
        return .closed(of: nil)
    }

    func open() {
        state.withLock { $0 = .open }
        isOpen.store(true, ordering: .relaxed)
    }

    func close(of primary: String) {
        state.withLock { $0 = .closed(of: primary) }
        isOpen.store(false, ordering: .relaxed)
    }
}
