import Catalog
import Ground
import Synchronization

/// Bytes that count against the memory of the query that the thread works for, as long as this is kept.
final class CountedBytes: Sendable {
    private let memory: QueryMemory?
    private let byteCount = Atomic<Int>(0)

    init(_ byteCount: Int = 0) throws(SQLError) {
        memory = QueryMemory.ofThread.object
        if byteCount > 0 { try take(byteCount) }
    }

    /// Counts so many more. Throws `57014` if the statement is to end.
    func take(_ more: Int) throws(SQLError) {
        guard let memory else { return }
        if memory.isStopped { throw SQLError.canceled }
        do throws(DatumError) { try memory.take(byteCount: more) } catch { throw SQLError(outOfMemory: error) }
        byteCount.add(more, ordering: .relaxed)
    }

    deinit { memory?.giveBack(byteCount: byteCount.load(ordering: .relaxed)) }
}
