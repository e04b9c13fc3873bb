import Ground

extension CatalogTransaction {
    /// So many records are cut off a log by one commit at most, beside twice as many as it puts.
    private static let trimmedRecords = 32

    /// Puts what the transaction changed into the logs of its tables, as part of itself, and cuts off what has become too old or too much.
    mutating func writeLogs(_ logged: [ChangeRecorder.Logged], of commit: CommitNumber) throws(CatalogError) {
        let begun = begunLogs
        for id in begun {
            guard let table = try table(id: id), table.changeLog != nil else { continue }
            try putMark(commit, of: table)
        }
        if logged.isEmpty { return }
        // Nobody else can write now, so the newest state is the one that the transaction began with; but a table may have moved in it, and of
        // commits that are on their way to an engine only the transaction knows.
        let before = changesMetadata || store.engine != nil ? try snapshot().store : try catalog.store.snapshot()
        for log in logged where !begun.contains(log.table) {
            guard let table = try table(id: log.table), let config = table.changeLog else { continue }
            try write(log.changes, to: table, config, of: commit, before)
        }
    }

    func table(id: String) throws(CatalogError) -> TableConfig? {
        guard let name = try text(at: CatalogKeys.tableID(id)) else { return nil }
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let database = try database(parts[0]) else { return nil }
        return try table(parts[1], in: database)
    }

    private mutating func write(
        _ changes: [DocumentChange]?, to table: TableConfig, _ config: ChangeLogConfig, of commit: CommitNumber,
        _ before: KeyValueSnapshot
    ) throws(CatalogError) {
        let prefix = table.logPrefix
        guard let changes else {
            _ = try store.delete(.prefix(prefix))
            return try putMark(commit, of: table)
        }
        let time = UInt64(max(0, catalog.clock.now * 1000))
        var position = try LogEnds(before, prefix).end
        for (ordinal, change) in changes.enumerated() {
            scratch.removeAll()
            LogRecord.append(change, time: time, position: position, to: &scratch)
            position &+= UInt64(scratch.count)
            try store.append(prefix + commit.logKey(ordinal), scratch)
        }
        try trim(table, config, time: time, end: position, records: 2 * changes.count + Self.trimmedRecords, before)
    }

    private mutating func trim(
        _ table: TableConfig, _ config: ChangeLogConfig, time: UInt64, end: UInt64, records: Int, _ before: KeyValueSnapshot
    ) throws(CatalogError) {
        let prefix = table.logPrefix
        let oldest = UInt64(max(0, Double(time) - config.maximumAge * 1000))
        var last: (key: [UInt8], commit: CommitNumber)?
        var cursor = try before.cursor(.logRecords(prefix))
        for _ in 0..<records {
            guard try cursor.next() else { break }
            let key = cursor.keyBytes
            guard let head = LogHead(try cursor.value.prefix(LogRecord.headByteCount)),
                let commit = CommitNumber(logKey: key[prefix.count...])
            else { throw CatalogError(.corrupt, "The change log of `\(table.qualifiedName)` can't be read. Run `pando check`.") }
            guard head.time < oldest || end > head.position.addingCapped(UInt64(config.maximumByteCount)) else { break }
            last = (key, commit)
        }
        guard let last else { return }
        _ = try store.delete(KeyInterval(lower: KeyInterval.logRecords(prefix).lower, upper: last.key + [0]))
        try putMark(last.commit, of: table)
    }

    private mutating func putMark(_ commit: CommitNumber, of table: TableConfig) throws(CatalogError) {
        scratch.removeAll()
        scratch.append(commit.bytes)
        _ = try store.put(table.logPrefix, scratch)
    }

    /// The table's log was switched on or off: an old one goes, a new one begins with this transaction.
    mutating func switchLog(of table: TableConfig) throws(CatalogError) {
        _ = try store.delete(.prefix(table.logPrefix))
        if table.changeLog != nil { begunLogs.insert(table.id) } else { begunLogs.remove(table.id) }
    }
}

extension UInt64 {
    /// The position in a damaged record may be any number.
    fileprivate func addingCapped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension KeyInterval {
    /// The records of a log, without its mark.
    static func logRecords(_ prefix: [UInt8]) -> KeyInterval {
        KeyInterval(lower: prefix + [0], upper: KeyInterval.prefix(prefix).upper)
    }
}

/// Between which commits a log lies, in one state.
struct LogEnds {
    /// What is not in the log as a whole any more.
    let mark: CommitNumber?
    /// The newest commit of the log; its mark, if there is none in it.
    let last: CommitNumber?
    /// Bytes of all values since the log began.
    let end: UInt64

    init(_ snapshot: KeyValueSnapshot, _ prefix: [UInt8]) throws(CatalogError) {
        mark = try snapshot.get(prefix).flatMap { CommitNumber(logMark: $0.bytes) }
        var cursor = try snapshot.cursor(.logRecords(prefix), reversed: true)
        guard try cursor.next() else {
            last = mark
            end = 0
            return
        }
        let value = try cursor.value
        guard let head = LogHead(value.prefix(LogRecord.headByteCount)),
            let commit = CommitNumber(logKey: cursor.keyBytes[prefix.count...])
        else { throw CatalogError(.corrupt, "A record of a change log can't be read. Run `pando check`.") }
        last = commit
        end = head.position &+ UInt64(value.count)
    }
}
