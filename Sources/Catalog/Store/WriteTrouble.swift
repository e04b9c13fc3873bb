import Ground
import Synchronization

/// The reason why nothing can be written at the moment, for those who watch over a server: the newest write found no room, or an earlier
/// one has ended all writing.
final class WriteTrouble: Sendable {
    private let isThere = Atomic<Bool>(false)
    private let newest = Mutex<CatalogError?>(nil)
    /// Where there is a lease, nothing can be written without it either.
    let permit = WritePermit()

    /// With less room on its disk than this, a file can't be written.
    static let leastRoom = 16 << 20

    func note(_ error: CatalogError) {
        guard error.kind == .diskFull || error.kind == .writesStopped else { return }
        newest.withLock { $0 = error }
        isThere.store(true, ordering: .relaxed)
    }

    /// A write went well.
    @inline(__always) func clear() {
        if isThere.load(ordering: .relaxed) { forget() }
    }

    private func forget() {
        newest.withLock { $0 = nil }
        isThere.store(false, ordering: .relaxed)
    }

    /// Nil as well once there is room again, though nobody has written since: a server that nobody asks to write would never be ready.
    /// - Parameter room: the bytes that the file's disk has left; nil if that can't be told, or doesn't matter.
    func current(room: () -> Int?) -> CatalogError? {
        guard isThere.load(ordering: .relaxed), let error = newest.withLock({ $0 }) else { return nil }
        if error.kind == .diskFull, let room = room(), room >= Self.leastRoom { return nil }
        return error
    }
}

extension Catalog {
    /// Why nothing can be written at the moment; nil if nothing is known against it.
    package var writeTrouble: CatalogError? {
        if let trouble = store.trouble.permit.trouble, !isStandby { return trouble }
        return store.trouble.current { path.flatMap { SystemFacts.freeByteCount(of: $0) } }
    }

    /// For tests: as if a write had failed.
    package func note(_ trouble: CatalogError) { store.trouble.note(trouble) }
}
