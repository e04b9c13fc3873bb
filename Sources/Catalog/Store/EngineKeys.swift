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
        var changed: [[UInt8]: StoredValue] = [:]
        var missing: Set<[UInt8]> = []
        for key in keys {
            notes?.note(key)
            if let value = try changedValue(of: key) { changed[key] = value } else { missing.insert(key) }
        }
        let rows = missing.isEmpty ? EngineRows.none : try view.rows(ahead: Array(missing))
        var places: [[UInt8]: Int] = [:]
        for index in 0..<rows.count { places[rows.key(index).copy()] = index }
        for key in keys {
            if let value = changed[key] {
                values.append(value.undeleted)
            } else if rows.omitted.contains(key) {
                let own = try view.rows(of: [key])
                values.append(own.count > 0 ? StoredValue(own.value(0), among: own) : nil)
            } else {
                values.append(places[key].map { StoredValue(rows.value($0), among: rows) })
            }
        }
    }

    /// What is kept of a key of which no transaction has made anything: no value inside where there is no record. Nil if nothing is kept.
    func keptValue(_ key: [UInt8]) -> StoredValue?? {
        guard let view, let rows = counts?.keptRows?.rows(of: key, in: view.number) else { return nil }
        return .some(rows.count > 0 ? StoredValue(rows.value(0), among: rows) : nil)
    }

    /// Has rows be kept, by one trip for all that are not; does nothing where none are.
    func keepRows(of keys: [[UInt8]]) throws(CatalogError) {
        guard let view, let kept = counts?.keptRows else { return }
        let missing = Set(keys).filter { kept.rows(of: $0, in: view.number) == nil }
        guard !missing.isEmpty else { return }
        let all = Array(missing)
        let rows = try view.rows(ahead: all)
        for (key, own) in zip(all, rows.parts(all.map { [$0] })) { kept.keep(own, of: key, in: view.number) }
    }
}
