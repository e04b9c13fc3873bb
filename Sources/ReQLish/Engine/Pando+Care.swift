public import Catalog

extension Pando {
    /// Makes the file as small as what it holds, in place, while queries go on: pages are filled, and free space goes back to the file system.
    ///
    ///     let summary = try await pando.compact()
    ///     print(summary.bytesBefore, summary.bytesAfter)
    ///
    /// What older readers see stays where it is; ``CompactionSummary/pins`` tells of them. Throws ``ReQLError``, or `CancellationError` if
    /// the task is cancelled; what was done by then stays done.
    ///
    /// - Parameter progress: called from time to time, on a thread of Pando's.
    @discardableResult
    public func compact(progress: @escaping @Sendable (CompactionStep) -> Void = { _ in }) async throws -> CompactionSummary {
        let cancellation = Cancellation()
        let summary = try await cancellable(cancellation) { () throws(ReQLError) in
            do throws(CatalogError) {
                return try self.catalog.compact { step in
                    progress(step)
                    return !cancellation.isCancelled
                }
            } catch {
                throw ReQLError(error)
            }
        }
        if summary.isCancelled { try Task.checkCancellation() }
        return summary
    }
}
