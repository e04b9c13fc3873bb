extension Store {
    /// Whether no write has failed: snapshots that are begun afterwards show what is durable.
    package var isSound: Bool { !core.published.hasFailed }

    /// What a snapshot that was taken before may show of commits that are not soft.
    package var seenCommits: SeenCommits { core.pipeline.hardCommits.seen }

    /// Waits until that is on the disk, and leads the flush if nobody else does.
    ///
    /// - Throws: why it never will be.
    package func waitUntilDurable(_ seen: SeenCommits) throws(StoreError) {
        let pipeline = core.pipeline
        try pipeline.wait(for: pipeline.hardCommits.flush(of: seen))
    }
}
