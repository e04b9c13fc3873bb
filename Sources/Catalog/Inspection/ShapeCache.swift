import Ground
import Synchronization

/// The shapes of tables that somebody has asked for lately.
///
/// The first time all documents are read. From then on a shape is widened when it is asked for, by the pages that were born since, so
/// nobody who writes pays for it. It never becomes narrower until it is forgotten: it may have fields that no document has any more.
final class ShapeCache: Sendable {
    private struct Entry {
        var shape: DocumentShape
        /// The state of which all documents were read, and the one up to which all that was written since was.
        let made: UInt64
        var since: UInt64
        let readTime = MonotonicTime.now
        var lastUse = MonotonicTime.now
    }

    private let entries = Mutex<[String: Entry]>([:])

    private static let idleTime = Duration.seconds(300)
    /// Nothing tells what has changed of an engine's table: so many documents are read, and after that time again.
    private static let mostOfEngine = 10_000
    private static let engineTime = Duration.seconds(10)

    /// - Parameters:
    ///   - learns: whether the state is one that others see, too.
    ///   - most: how many documents are read at most.
    /// - Returns: nil if there are more.
    func shape(
        of table: TableConfig, in store: KeyValueSnapshot, learns: Bool, atMost most: Int
    ) throws(CatalogError) -> DocumentShape? {
        let number = store.transaction
        let known = known(table)
        if store.view != nil { return try engineShape(known, table, store, atMost: most) }
        if let known, learns, known.since == number { return known.shape }
        guard let known, known.made <= number else {
            if most != .max, try store.count(try table.interval(of: .all)) > most { return nil }
            let shape = try Self.all(table, store)
            if learns { keep(Entry(shape: shape, made: number, since: number), of: table.id) }
            return shape
        }
        // What an older state has is among what was there at first and what was written up to then.
        let isNewer = known.since <= number
        guard let shape = try Self.widened(known.shape, table, store, since: isNewer ? known.since : known.made, atMost: most) else {
            return nil
        }
        if learns, isNewer { keep(Entry(shape: shape, made: known.made, since: number), of: table.id) }
        return shape
    }

    private func engineShape(
        _ known: Entry?, _ table: TableConfig, _ store: KeyValueSnapshot, atMost most: Int
    ) throws(CatalogError) -> DocumentShape? {
        if let known, most != .max || known.readTime + Self.engineTime > .now { return known.shape }
        guard most == .max else { return nil }
        let found = try Self.all(table, store)
        let shape = known?.shape.union(found) ?? found
        keep(Entry(shape: shape, made: 0, since: 0), of: table.id)
        return shape
    }

    private func known(_ table: TableConfig) -> Entry? {
        entries.withLock { entries in
            let now = MonotonicTime.now
            entries[table.id]?.lastUse = now
            if entries.contains(where: { $0.value.lastUse + Self.idleTime < now }) {
                entries = entries.filter { $0.value.lastUse + Self.idleTime >= now }
            }
            return entries[table.id]
        }
    }

    func forget(_ table: String) { _ = entries.withLock { $0.removeValue(forKey: table) } }

    private func keep(_ entry: Entry, of table: String) {
        entries.withLock { entries in
            if let other = entries[table], other.made == entry.made, other.since > entry.since { return }
            entries[table] = entry
        }
    }

    private static func all(_ table: TableConfig, _ store: KeyValueSnapshot) throws(CatalogError) -> DocumentShape {
        var reader = ShapeReader()
        var cursor = try store.cursor(try table.interval(of: .all), forgets: true)
        var count = 0
        while let document = try cursor.nextDocument() {
            reader.add(document)
            count += 1
            try Self.goOn(count)
            if store.view != nil, count == mostOfEngine { break }
        }
        return reader.finish()
    }

    private static func goOn(_ count: Int) throws(CatalogError) {
        if count & 0x3FF == 0, QueryMemory.isThreadStopped { throw Cancellation.error }
    }

    private static func widened(
        _ shape: DocumentShape, _ table: TableConfig, _ store: KeyValueSnapshot, since: UInt64, atMost most: Int
    ) throws(CatalogError) -> DocumentShape? {
        var reader = ShapeReader(shape)
        var documents = store.documents(try table.interval(of: .all), since: since)
        var count = 0
        while let document = try documents.next() {
            if count == most { return nil }
            reader.add(document)
            count += 1
            try Self.goOn(count)
        }
        return reader.finish()
    }
}

extension Catalog {
    /// Which fields the documents of a table have. The first time they are all read, after that what was written since.
    ///
    /// - Parameter most: how many documents are read at most.
    /// - Returns: nil if there are more.
    package func shape(
        of table: TableConfig, in snapshot: CatalogSnapshot, atMost most: Int = .max
    ) throws(CatalogError) -> DocumentShape? {
        let learns = snapshot.configs === configs
        return try companion(ShapeCache.init).shape(of: table, in: snapshot.unnoted.store, learns: learns, atMost: most)
    }

    /// Whether one of a table's first documents has a field at the top. Most fields are in the first one, and who asks for nothing else
    /// need not wait for the shape.
    package func hasEarlyField(
        _ name: String, _ table: TableConfig, in snapshot: CatalogSnapshot
    ) throws(CatalogError) -> Bool {
        var cursor = try snapshot.unnoted.store.cursor(try table.interval(of: .all), forgets: true)
        for _ in 0..<100 {
            guard let document = try cursor.nextDocument() else { return false }
            if document[field: name] != nil { return true }
        }
        return false
    }

    /// Whether a shape has what all documents have: of an engine's table only some are read.
    package var knowsShapes: Bool { store.engine == nil }

    /// Forgets what is known of that, so that it has no fields any more that no document has.
    package func forgetShape(of table: TableConfig) { companion(ShapeCache.init).forget(table.id) }
}
