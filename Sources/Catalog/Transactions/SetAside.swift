import Ground

/// What a transaction has done, while it waits for its client and somebody else has the writer's turn.
struct SetAside {
    /// A record that the transaction has changed; nil stands for none.
    struct Change {
        var key: [UInt8]
        var old: [UInt8]?
        var new: [UInt8]?

        var byteCount: Int { 64 + key.count + (old?.count ?? 0) + (new?.count ?? 0) }
    }

    /// What it told the floor beside its changes.
    struct Told {
        var changesMetadata: Bool
        var beginsExpiry: Bool
        var begunLogs: Set<String>
        var notes: [String]
        var endings: [(event: WatchEvent, table: String)]
    }

    /// From the beginning to the first savepoint, from each to the next one, and from the last one to the end.
    var layers: [[Change]]
    /// The state that the transaction was on; nil if it rests on nothing but what it has written.
    var base: KeyValueSnapshot?
    var told: Told

    /// The keys that were written, each once.
    var keys: [[UInt8]] {
        layers.count == 1 ? layers[0].map(\.key) : Array(Set(layers.joined().lazy.map(\.key)))
    }
}

extension CatalogTransaction {
    /// Takes out what the transaction has done. Nothing is undone yet.
    ///
    /// - Parameters:
    ///   - savepoints: states of this transaction, in their order.
    ///   - limit: how many bytes the changes may take.
    /// - Throws: `.tooLarge`.
    mutating func differences(
        to savepoints: [KeyValueSnapshot], from base: KeyValueSnapshot, limit: Int
    ) throws(CatalogError) -> [[SetAside.Change]] {
        var layers: [[SetAside.Change]] = []
        var byteCount = 0
        var before = base
        for state in savepoints + [try store.snapshot()] {
            var layer: [SetAside.Change] = []
            var differences = state.differences(from: before)
            while let (key, old, new) = try differences.next() {
                let change = SetAside.Change(key: key, old: old?.bytes, new: new?.bytes)
                byteCount += change.byteCount
                guard byteCount <= limit else {
                    throw CatalogError(
                        .tooLarge,
                        "The transaction has changed more than \(limit) bytes and waits for its client, while others want to write; it was "
                            + "rolled back.")
                }
                layer.append(change)
            }
            layers.append(layer)
            before = state
        }
        return layers
    }

    /// Does again what a transaction had done when it was set aside.
    ///
    /// - Returns: the states of its savepoints.
    /// - Throws: `.serializationFailure` if what it read or wrote has changed.
    mutating func putBack(_ aside: SetAside, _ notes: ReadNotes) throws(CatalogError) -> [CatalogSnapshot] {
        if let base = aside.base { try catalog.requireUnchanged(notes, since: base) }
        var seen: Set<[UInt8]> = []
        var savepoints: [CatalogSnapshot] = []
        for (number, layer) in aside.layers.enumerated() {
            for change in layer {
                if seen.insert(change.key).inserted, try store.get(change.key) != change.old { throw CatalogError.notSerializable }
                scratch.removeAll()
                do throws(CatalogError) {
                    if let new = change.new {
                        scratch.append(new.span)
                        _ = try store.put(change.key, scratch)
                    } else {
                        _ = try store.delete(change.key)
                    }
                } catch {
                    // Somebody else, who was set aside meanwhile, has written it before.
                    throw error.kind == .locked ? CatalogError.notSerializable : error
                }
            }
            if number < aside.layers.count - 1 { savepoints.append(try snapshot()) }
        }
        restore(aside.told)
        try tellChanges(aside)
        return savepoints
    }

    /// Notes for those who watch what documents have changed.
    private mutating func tellChanges(_ aside: SetAside) throws(CatalogError) {
        var known: (id: String, interest: ChangeRecorder.Interest)?
        for change in aside.layers.joined() {
            guard let (table, part) = CatalogKeys.document(change.key) else { continue }
            if known?.id != table { known = (table, try interest(inTable: table)) }
            guard let interest = known?.interest, !interest.isNone, interest.includes(part) else { continue }
            changes().record(part, from: change.old, to: change.new, ofTable: table, interest)
        }
    }

    /// Nobody's, if the table is gone.
    private func interest(inTable id: String) throws(CatalogError) -> ChangeRecorder.Interest {
        guard let table = try table(id: id) else { return ChangeRecorder.Interest() }
        return ChangeRecorder.Interest(watchers: catalog.watchers.watchers(ofTable: id), log: table.changeLog)
    }
}

extension Catalog {
    /// Throws `.serializationFailure` if something that was noted has changed since a state.
    func requireUnchanged(_ notes: ReadNotes, since base: KeyValueSnapshot) throws(CatalogError) {
        let newest = try store.snapshot()
        guard newest.transaction != base.transaction else { return }
        let ranges = notes.sorted
        if !ranges.isEmpty, try newest.differs(from: base, in: ranges) { throw CatalogError.notSerializable }
    }
}

extension CatalogError {
    static var notSerializable: CatalogError {
        CatalogError(.serializationFailure, "could not serialize access due to concurrent update")
    }
}

extension CatalogKeys {
    /// The table of a document's key, and what stands behind `docs:` in it; nil if it is none.
    fileprivate static func document(_ key: [UInt8]) -> (table: String, part: [UInt8])? {
        guard key.starts(with: contents.utf8) else { return nil }
        let parts = key.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[4].elementsEqual("docs".utf8) else { return nil }
        return (String(decoding: parts[3], as: UTF8.self), Array(parts[5]))
    }
}
