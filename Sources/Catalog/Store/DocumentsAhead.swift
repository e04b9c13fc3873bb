import Ground

/// Documents that an engine is asked for before somebody wants them, together with the one that is wanted: a trip for many, not for each. What
/// is noted as read is what was wanted.
///
/// Holds one batch at a time, and the first one is small: most that is begun wants few documents. For one thread at a time.
package final class DocumentsAhead {
    /// As many keys as are asked for at once, and as many bytes as they are expected to bring.
    private static let largestCount = 1024
    private static let batchByteCount = 1 << 20

    private let view: any EngineView
    private var rows = EngineRows.none
    /// Where the rows of the keys are that were asked for; nil inside: there is none.
    private var places: [RecordKey: Int?] = [:]
    private var limit = 1

    fileprivate init(_ view: any EngineView) { self.view = view }

    /// - Parameter following: keys that will be asked for next, at most so many.
    fileprivate func value(
        _ key: [UInt8], _ following: (Int) throws(CatalogError) -> [[UInt8]]
    ) throws(CatalogError) -> StoredValue? {
        if let place = places[RecordKey(key)] { return place.map { StoredValue(rows.value($0), among: rows) } }
        var keys = [key]
        if limit > 1 { keys += try following(limit - 1) }
        places = [:]
        for key in keys { places.updateValue(nil, forKey: RecordKey(key)) }
        rows = try view.rows(ahead: places.keys.map(\.bytes))
        for index in 0..<rows.count { places[RecordKey(rows.key(index).copy())] = index }
        // Each of these is asked for when it is wanted.
        for key in rows.omitted { places[RecordKey(key)] = nil }
        if rows.omitted.contains(key) {
            limit = 1
            let own = try view.rows(of: [key])
            return own.count > 0 ? StoredValue(own.value(0), among: own) : nil
        }
        let byteCount = max(1, rows.byteCount / max(1, rows.count))
        limit = max(1, min(limit * 4, Self.largestCount, Self.batchByteCount / byteCount))
        return (places[RecordKey(key)] ?? nil).map { StoredValue(rows.value($0), among: rows) }
    }
}

extension KeyValueSnapshot {
    /// Nil with a file, where a document is at hand.
    var documentsAhead: DocumentsAhead? { view.map { DocumentsAhead($0) } }

    /// The value of a key, with those of keys that will be asked for next.
    func get(
        _ key: [UInt8], _ ahead: DocumentsAhead?, _ following: (Int) throws(CatalogError) -> [[UInt8]]
    ) throws(CatalogError) -> StoredValue? {
        guard let ahead else { return try get(key) }
        notes?.note(key)
        if let changed = try changedValue(of: key) { return changed.undeleted }
        return try ahead.value(key, following)
    }
}

extension EngineCursor {
    /// Keys of the rows that come next, as far as they are here: at most so many.
    func following(_ count: Int) -> [[UInt8]] {
        let first = merge.isBaseKnown && merge.hasBase ? position : position + 1
        guard first >= 0, first < rows.count else { return [] }
        return (first..<min(first + count, rows.count)).map { rows.key($0).copy() }
    }
}
