/// The changes of commits since a point, from the change logs of one state: what a watch would have told if it had been there all the time.
///
/// Changes come in the order of commits; those of one commit source by source, as a watch tells them. Holds its snapshot. For one thread at
/// a time.
public final class ChangeReplay {
    private let sources: [LogCursor]

    /// Throws `.notResumable` if not every change since the point is there, or it is not a point of this file.
    ///
    /// - Parameter requests: with the tables as the snapshot has them.
    public init(_ requests: [WatchRequest], since point: CommitPoint, in snapshot: CatalogSnapshot) throws(CatalogError) {
        guard point.file == snapshot.fileID else {
            throw CatalogError(.notResumable, "The feed can't be resumed: the point is one of another file. Begin anew.")
        }
        var isKnown = false
        var isFuture = true
        var sources: [LogCursor] = []
        for request in requests {
            let prefix = request.table.logPrefix
            let ends = try LogEnds(snapshot.store, prefix)
            guard request.table.changeLog != nil, let mark = ends.mark else {
                throw CatalogError(
                    .notResumable, "The feed can't be resumed: table `\(request.table.qualifiedName)` keeps no change log. Begin anew.")
            }
            if point.commit < mark || point.commit == mark && point.told != nil {
                throw CatalogError(
                    .notResumable,
                    "The feed can't be resumed: the change log of `\(request.table.qualifiedName)` doesn't reach back as far any more. Begin anew."
                )
            }
            let commit = KeyInterval.prefix(prefix + point.commit.bytes)
            let count = try snapshot.store.count(commit)
            if mark == point.commit || count > 0 { isKnown = true }
            if let last = ends.last, last >= point.commit { isFuture = false }
            var interval = KeyInterval.logRecords(prefix)
            interval.lower = point.told == nil ? commit.upper ?? commit.lower : commit.lower
            sources.append(LogCursor(try snapshot.store.cursor(interval), prefix, try WatchedKeys(request)))
        }
        guard isKnown else {
            throw CatalogError(
                .notResumable,
                isFuture
                    ? "The feed can't be resumed: there is no such commit in the file. A crash took it, or it was made after the backup that "
                        + "this file comes from. Begin anew."
                    : "The feed can't be resumed: the point is none of a feed of these tables. Begin anew.")
        }
        self.sources = sources
    }

    /// The next change, and which request it answers; nil when there are no more.
    public func next() throws(CatalogError) -> (source: Int, change: DocumentChange, commit: CommitNumber)? {
        var first: (source: Int, commit: CommitNumber)?
        for (source, cursor) in sources.enumerated() {
            guard let commit = try cursor.nextCommit() else { continue }
            if let known = first, known.commit <= commit { continue }
            first = (source, commit)
        }
        guard let first, let record = sources[first.source].take() else { return nil }
        return (first.source, DocumentChange(key: record.key, oldBytes: record.old, newBytes: record.new), first.commit)
    }
}

/// Goes over what is watched of one log.
private final class LogCursor {
    private var cursor: KeyValueCursor
    private let prefixByteCount: Int
    private let keys: WatchedKeys
    private var record: LogRecord?

    init(_ cursor: consuming KeyValueCursor, _ prefix: [UInt8], _ keys: WatchedKeys) {
        self.cursor = cursor
        prefixByteCount = prefix.count
        self.keys = keys
    }

    /// The commit of the next record; nil at the end.
    func nextCommit() throws(CatalogError) -> CommitNumber? {
        while record == nil, try cursor.next() {
            let next = try LogRecord(key: cursor.keyBytes[prefixByteCount...], value: try cursor.value.bytes)
            if keys.include(next.key) { record = next }
        }
        return record?.commit
    }

    func take() -> LogRecord? { record.take() }
}

extension CatalogSnapshot {
    /// The point that this state shows the tables at; nil unless all of them keep a log.
    public func commitPoint(of tables: [TableConfig]) throws(CatalogError) -> CommitPoint? {
        var newest: CommitNumber?
        for table in tables {
            guard table.changeLog != nil, let last = try LogEnds(store, table.logPrefix).last else { return nil }
            newest = max(newest ?? last, last)
        }
        return newest.map { CommitPoint(file: fileID, commit: $0) }
    }
}
