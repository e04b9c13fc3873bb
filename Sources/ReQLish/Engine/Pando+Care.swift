public import Catalog
import Ground
import Synchronization

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

    /// Builds on this thread what is left of every index, for who closes the file next.
    ///
    /// - Throws: ``ReQLError``, as for a value that is there twice in an index that should be unique.
    package func finishIndexes(stoppedBy cancellation: Cancellation) throws(ReQLError) {
        do { try indexBuilder.finish(stoppedBy: cancellation) } catch { throw ReQLError(error) }
    }

    /// Makes the file of a standby a primary, which takes writes: index builds and expiry go on from here. Who follows the old primary for
    /// this file is stopped first.
    ///
    /// - Throws: ``ReQLError`` if the file is no standby, or what has happened to it is not on the disk; it goes on following then.
    public func promote() throws(ReQLError) {
        // Of two who promote at once the second one begins when the first one has ended, however that was.
        try following.withLock { (following) throws(ReQLError) in
            if let refusal = following?.refuse() { throw ReQLError(refusal) }
            following?.stop()
            do throws(CatalogError) { try catalog.promote() } catch {
                if (try? catalog.appliedPosition()) != nil { following?.resume() }
                throw ReQLError(error)
            }
            following = nil
        }
        server.log("notice", "Is the primary now, as opening \(words: catalog.opening).")
        resumeWriting()
    }

    /// Has a standby keep a history from its promotion on.
    ///
    /// - Parameter window: as ``PandoOptions/history``.
    public func keepHistoryOncePromoted(_ window: Duration?) { historyKeeper.setWindow(window) }

    /// Has `stop` called when this file is promoted, before it takes writes, and `resume` if it is a standby still after that has failed. They
    /// are called one after the other.
    ///
    /// - Parameter refuse: asked before either, whether something speaks against a promotion: it does not come about then.
    public func beforePromotion(
        refuse: @escaping @Sendable () -> CatalogError? = { nil }, _ stop: @escaping @Sendable () -> Void,
        orElse resume: @escaping @Sendable () -> Void
    ) {
        following.withLock { $0 = Following(refuse: Callback(refuse), stop: Callback(stop), resume: Callback(resume)) }
    }

    /// Goes on with what was left when nothing could be written: index builds, expiry and the history.
    public func resumeWriting() {
        indexBuilder.resume()
        expirer.resume()
        historyKeeper.resume()
    }

    /// Ends the work of a standby, which is not resumed.
    public func stopFollowing() {
        following.withLock { following in
            following?.stop()
            following = nil
        }
    }

    struct Following {
        let refuse: Callback<Void, CatalogError?>
        let stop: Callback<Void, Void>
        let resume: Callback<Void, Void>
    }
}
