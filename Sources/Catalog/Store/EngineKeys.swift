import Ground

// What is read of an engine by its keys: of what is kept here, and else in as few trips as there can be.

extension KeyValueSnapshot {
    func engineValue(_ key: [UInt8], _ view: any EngineView) throws(CatalogError) -> StoredValue? {
        if let changed = try changedValue(of: key) { return changed.undeleted }
        let kept = view.isCommitted ? counts?.keptRows : nil
        let rows: EngineRows
        if let known = kept?.rows(of: key, in: view.number) {
            rows = known
        } else {
            rows = try view.rows(of: [key])
            kept?.keep(rows, of: key, in: view.number)
        }
        return rows.count > 0 ? StoredValue(rows.value(0), among: rows) : nil
    }

    /// Appends the values of some keys, which are asked for together but for large ones.
    func engineValues(
        _ keys: ArraySlice<[UInt8]>, _ view: any EngineView, to values: inout [StoredValue?]
    ) throws(CatalogError) {
        var changed: [RecordKey: StoredValue] = [:]
        var missing: Set<RecordKey> = []
        for key in keys {
            notes?.note(key)
            if let value = try changedValue(of: key) { changed[RecordKey(key)] = value } else { missing.insert(RecordKey(key)) }
        }
        let rows = missing.isEmpty ? EngineRows.none : try view.rows(ahead: missing.map(\.bytes))
        var places: [RecordKey: Int] = [:]
        for index in 0..<rows.count { places[RecordKey(rows.key(index).copy())] = index }
        for key in keys {
            if let value = changed[RecordKey(key)] {
                values.append(value.undeleted)
            } else if rows.omitted.contains(key) {
                let own = try view.rows(of: [key])
                values.append(own.count > 0 ? StoredValue(own.value(0), among: own) : nil)
            } else {
                values.append(places[RecordKey(key)].map { StoredValue(rows.value($0), among: rows) })
            }
        }
    }

    /// What is kept of a key of which no transaction has made anything: no value inside where there is no record. Nil if nothing is kept.
    func keptValue(_ key: [UInt8]) -> StoredValue?? {
        guard let view, let rows = counts?.keptRows?.rows(of: key, in: view.number) else { return nil }
        return .some(rows.count > 0 ? StoredValue(rows.value(0), among: rows) : nil)
    }

    /// What several keys have, of which no transaction has made anything: those of which nothing is kept are asked for in one trip, and kept.
    /// No value inside where there is no record; nil where a value is too large to come with others, and where nothing is kept of any.
    func keptValues(_ keys: [[UInt8]]) throws(CatalogError) -> [StoredValue??] {
        guard let view, let kept = counts?.keptRows else { return keys.map { _ in nil } }
        var found = kept.rows(of: keys, in: view.number)
        let missing = keys.indices.filter { found[$0] == nil }
        if !missing.isEmpty {
            let rows = try view.rows(ahead: Set(missing.map { RecordKey(keys[$0]) }).map(\.bytes))
            var places: [RecordKey: Int] = [:]
            for index in 0..<rows.count { places[RecordKey(rows.key(index).copy())] = index }
            for index in missing where !rows.omitted.contains(keys[index]) {
                found[index] = places[RecordKey(keys[index])].map { EngineRows(rows.value($0)) } ?? EngineRows.none
            }
            kept.keep(missing.compactMap { index in found[index].map { (key: keys[index], rows: $0) } }, in: view.number)
        }
        return found.map { rows in rows.map { $0.count > 0 ? StoredValue($0.value(0), among: $0) : nil } }
    }
}
