import Ground

/// What a transaction has done, while it waits for its client and somebody else has the writer's turn.
struct SetAside {
    /// What it told the floor beside its changes.
    struct Told {
        var changesMetadata: Bool
        var beginsExpiry: Bool
        var begunLogs: Set<String>
        var notes: [LoggedText]
        var endings: [(event: WatchEvent, table: String)]

        var isNothing: Bool { !changesMetadata && !beginsExpiry && begunLogs.isEmpty && notes.isEmpty && endings.isEmpty }
    }

    /// From the beginning to the first savepoint, from each to the next one, and from the last one to the end.
    var layers: [[RecordChange]]
    /// The state that the transaction was on; nil if it rests on nothing but what it has written.
    var base: KeyValueSnapshot?
    var told: Told
    /// Text indexes that were there before the transaction and still are: their keys are not among the changes, for the words of documents
    /// are made again.
    var textIndexes: Set<String> = []

    /// The keys that were written, each once.
    var keys: [[UInt8]] {
        layers.count == 1 ? layers[0].map(\.key) : Array(Set(layers.joined().lazy.map(\.key)))
    }

    /// The same, if they may be kept beside the tree while the transaction goes on.
    var changesBeside: [RecordChange]? {
        layers.count == 1 && textIndexes.isEmpty && told.isNothing && ChangesBeside.holds(layers[0]) ? layers[0] : nil
    }

    /// The same, by what became of the records.
    var written: WriteLocks.Written {
        var written = WriteLocks.Written()
        guard layers.count > 1 else {
            for change in layers[0] {
                if change.old != nil, change.new != nil { written.changed.append(change.key) } else { written.others.append(change.key) }
            }
            return written
        }
        // To go back to a savepoint may bring a record back that is gone.
        let others = Set(layers.joined().lazy.filter { $0.old == nil || $0.new == nil }.map(\.key))
        written.others = Array(others)
        written.changed = keys.filter { !others.contains($0) }
        return written
    }
}

extension CatalogTransaction {
    /// Whether it has changed a few documents and nothing else.
    mutating func isLight() -> Bool {
        store.engine == nil && !changesMetadata && store.changedByteCount <= Self.lightByteCount
    }

    private static let lightByteCount = ChangesBeside.maximumByteCount

    /// Whether it may have changed more than can be set aside: that counts the old records, too.
    mutating func isHeavy() -> Bool { store.changedByteCount > catalog.options.setAsideByteCount / 2 }

    /// Takes out what the transaction has done. Nothing is undone yet.
    ///
    /// - Parameters:
    ///   - savepoints: states of this transaction, in their order.
    ///   - limit: how many bytes the changes may take.
    /// - Returns: The changes, and the text indexes whose keys are not among them.
    /// - Throws: `.tooLarge`.
    mutating func differences(
        to savepoints: [KeyValueSnapshot], from base: KeyValueSnapshot, limit: Int
    ) throws(CatalogError) -> (layers: [[RecordChange]], textIndexes: Set<String>) {
        var layers: [[RecordChange]] = []
        var textIndexes = DerivedTextIndexes(before: try catalog.snapshot(), after: try snapshot())
        var byteCount = 0
        var before = base
        for state in savepoints + [try store.snapshot()] {
            var layer: [RecordChange] = []
            var differences = state.differences(from: before)
            while let (key, old, new) = try differences.next() {
                if try textIndexes.have(key) { continue }
                let change = RecordChange(key: key, old: old?.bytes, new: new?.bytes)
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
        return (layers, textIndexes.found)
    }

    /// Does again what a transaction had done when it was set aside.
    ///
    /// - Returns: the states of its savepoints.
    /// - Throws: `.serializationFailure` if what it read or wrote has changed.
    mutating func putBack(_ aside: SetAside, _ notes: ReadNotes) throws(CatalogError) -> [CatalogSnapshot] {
        if let base = aside.base { try catalog.requireUnchanged(notes, since: base) }
        try store.prefetch { aside.keys }
        let before = aside.textIndexes.isEmpty ? nil : try catalog.snapshot()
        var seen: Set<[UInt8]> = []
        var savepoints: [CatalogSnapshot] = []
        for (number, layer) in aside.layers.enumerated() {
            for change in layer {
                try repeatChange(change, isFirst: seen.insert(change.key).inserted)
                if let before, let (id, _) = CatalogKeys.document(change.key), let table = try before.table(id: id) {
                    try writeWordsAgain(ofDocumentAt: change.key, from: change.old, to: change.new, in: table, aside.textIndexes)
                }
            }
            if number < aside.layers.count - 1 { savepoints.append(try snapshot()) }
        }
        restore(aside.told)
        for layer in aside.layers { try tell(layer) }
        return savepoints
    }

    /// Puts into the tree what was kept beside it.
    ///
    /// - Throws: `.serializationFailure` if somebody else has changed one of the records.
    mutating func putIntoTree() throws(CatalogError) {
        guard let changes = store.beside.take()?.changes else { return }
        for change in changes { try repeatChange(change, isFirst: true) }
        // What statements have told before was forgotten with their turns.
        forgetTold()
        try tell(changes)
    }

    /// - Parameter isFirst: whether nothing has been done to the record before.
    private mutating func repeatChange(_ change: RecordChange, isFirst: Bool) throws(CatalogError) {
        if isFirst, try store.get(change.key) != change.old { throw CatalogError.notSerializable }
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

    /// Notes for those who watch what documents have changed.
    mutating func tell(_ written: [RecordChange]) throws(CatalogError) {
        var known: (id: String, interest: ChangeRecorder.Interest)?
        for change in written {
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

/// Text indexes that are there before and after what a transaction does, at the same keys: what it has moved to another database is moved
/// again as it is, for there are no words at the new keys that others go on with.
private struct DerivedTextIndexes {
    private let before: CatalogSnapshot
    private let after: CatalogSnapshot
    private(set) var found: Set<String> = []
    /// The index of the key that was asked for last, as its prefix.
    private var last: (prefix: [UInt8], isFound: Bool) = ([], false)

    init(before: CatalogSnapshot, after: CatalogSnapshot) {
        self.before = before
        self.after = after
    }

    /// Whether the key belongs to one.
    mutating func have(_ key: [UInt8]) throws(CatalogError) -> Bool {
        if !last.prefix.isEmpty, key.starts(with: last.prefix) { return last.isFound }
        guard let (table, index, prefix) = CatalogKeys.index(key) else { return false }
        var isFound = try Self.isText(index, of: table, at: prefix, before)
        if isFound { isFound = try Self.isText(index, of: table, at: prefix, after) }
        if isFound { found.insert(index) }
        last = (prefix, isFound)
        return isFound
    }

    private static func isText(
        _ index: String, of table: String, at prefix: [UInt8], _ snapshot: CatalogSnapshot
    ) throws(CatalogError) -> Bool {
        guard let table = try snapshot.table(id: table) else { return false }
        return table.indexes.contains { $0.id == index && $0.isText && table.indexPrefix(of: $0) == prefix }
    }
}

extension Catalog {
    /// Throws `.serializationFailure` if something that was noted has changed since a state.
    func requireUnchanged(_ notes: ReadNotes, since base: KeyValueSnapshot) throws(CatalogError) {
        let newest = try store.snapshot()
        guard newest.transaction != base.transaction else { return }
        var intervals = notes.unchanged
        let (keys, ranges) = notes.kept(.keyShare)
        // Others in this process have been kept from removing them, which nobody could compare of whole ranges.
        if writesBesideOthers { intervals += ranges }
        if !intervals.isEmpty, try newest.differs(from: base, in: intervals) { throw CatalogError.notSerializable }
        for key in keys where try (newest.get(key) == nil) != (base.get(key) == nil) { throw CatalogError.notSerializable }
    }
}

extension CatalogError {
    static var notSerializable: CatalogError {
        CatalogError(.serializationFailure, "could not serialize access due to concurrent update")
    }
}

extension CatalogKeys {
    /// The table of a document's key, and what stands behind `docs:` in it; nil if it is none.
    static func document(_ key: [UInt8]) -> (table: String, part: [UInt8])? {
        guard key.starts(with: contents.utf8) else { return nil }
        let parts = key.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[4].elementsEqual("docs".utf8) else { return nil }
        return (String(decoding: parts[3], as: UTF8.self), Array(parts[5]))
    }

    /// The table and the index of an entry's key, and what all keys of the index begin with; nil if it is none.
    fileprivate static func index(_ key: [UInt8]) -> (table: String, index: String, prefix: [UInt8])? {
        guard key.starts(with: contents.utf8) else { return nil }
        let parts = key.split(separator: UInt8(ascii: ":"), maxSplits: 6, omittingEmptySubsequences: false)
        guard parts.count == 7, parts[4].elementsEqual("index".utf8) else { return nil }
        return (String(decoding: parts[3], as: UTF8.self), String(decoding: parts[5], as: UTF8.self), Array(key[..<parts[6].startIndex]))
    }
}
