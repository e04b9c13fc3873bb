import Ground

/// What a transaction that loads a table sends to an engine before the commit, so that the engine works while the rest is read and made: records
/// that are new, in ascending order of their keys. They stand in the transaction's tree as well, for the case that they are changed, or that the
/// engine loses them.
struct RecordsAhead {
    /// So much is sent at a time.
    private static let byteCount = 1 << 20

    /// From the first one that was sent to the last one; nil if none was.
    private(set) var sent: KeyInterval?
    private var waiting = EngineRows.Builder()
    private var isActive = false

    /// A second time nothing is sent: what was sent would not be one interval.
    mutating func begin() { isActive = sent == nil }

    mutating func add(_ key: [UInt8], _ value: Span<UInt8>, to engine: any KeyValueEngine) {
        guard isActive else { return }
        waiting.append(key.span, value)
        guard waiting.byteCount >= Self.byteCount else { return }
        let records = EngineRows(waiting)
        waiting = .init(byteCount: Self.byteCount + Self.byteCount / 8)
        isActive = engine.send(ahead: records)
        if isActive { sent = KeyInterval(lower: sent?.lower ?? records.key(0).copy(), upper: key + [0]) }
    }
}
