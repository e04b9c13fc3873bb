extension Datum {
    /// The answer of a query as Swift code gets it: a write that failed for some of its documents throws, unless the caller asked for
    /// RethinkDB's counts.
    ///
    /// - Throws: ``ReQLError``, with ``ReQLError/writes``.
    func withoutFailures(of tree: TermTree, _ options: QueryOptions) throws(ReQLError) -> Datum {
        // Any document may have a field `errors`: it means something only in what a write answers, which has all of the counters.
        guard !options.countsFailedWrites, self[field: "errors"]?.number ?? 0 > 0, tree.writes,
            let counts = try? DatumDecoder().decode(WriteCounts.self, from: self)
        else { return self }
        throw ReQLError(failed: counts)
    }
}

extension ReQLError {
    /// A write that failed for some of its documents.
    fileprivate init(failed counts: WriteCounts) {
        let reason = counts.firstError ?? ""
        let isOnlyOne = counts.total == 1
        self.init(
            .operationFailed,
            isOnlyOne ? reason : "\(counts.errors) of \(counts.total) documents could not be written; the first because of this: \(reason)")
        writes = counts
    }
}
