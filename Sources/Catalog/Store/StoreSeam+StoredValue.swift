import BTreeStore
import Ground

/// A value where it lies in its page, or among the rows of an engine; good while the snapshot or the rows live, which it keeps alive.
struct StoredValue {
    /// Where it lies, for who keeps its owner.
    let stored: Bytes
    let owner: any AnyObject & Sendable
    /// Whether whoever keeps it keeps others with it, which take memory.
    private let isAmongOthers: Bool

    init(_ stored: StoredBytes, owner: Snapshot) {
        self.init(stored.span.withBytes { $0 }, owner: owner)
    }

    /// - Parameters:
    ///   - owner: keeps the bytes.
    ///   - isAmongOthers: whether it keeps others with them, which take memory.
    init(_ stored: Bytes, owner: any AnyObject & Sendable, isAmongOthers: Bool = false) {
        self.stored = stored
        self.owner = owner
        self.isAmongOthers = isAmongOthers
    }

    /// One of the rows of an engine.
    init(_ stored: Bytes, among rows: EngineRows) { self.init(stored, owner: rows, isAmongOthers: true) }

    /// One that lies nowhere else.
    init(copyOf bytes: [UInt8]) {
        var rows = EngineRows.Builder()
        rows.append([], bytes)
        let kept = EngineRows(rows)
        self.init(kept.value(0), owner: kept)
    }

    var count: Int { stored.count }
    var bytes: [UInt8] { stored.copy() }

    /// The first `count` bytes.
    func prefix(_ count: Int) -> [UInt8] { stored[0..<Swift.min(count, stored.count)].copy() }

    /// The first byte of what a transaction keeps as its change of a record: the rest is the value.
    var mark: UInt8 { stored.count > 0 ? stored[0] : 0 }
    var unmarked: StoredValue { StoredValue(stored.dropFirst(1), owner: owner) }

    /// As a document where it lies: good while the snapshot lives. Throws `.corrupt` if it is none.
    var storedDocument: StoredDocument {
        get throws(CatalogError) {
            guard let document = StoredDocument(checking: stored) else { throw CatalogError.unreadableDocument }
            return document
        }
    }

    /// As a document that is read lazily and keeps the snapshot alive, or, of an engine's rows and of decrypted pages, has memory of its own: who
    /// keeps one of a thousand is not to keep all of them, and what it keeps is counted. Throws `.corrupt` if it is none.
    var document: Datum {
        get throws(CatalogError) {
            let found = isAmongOthers ? Datum(copyOfStoredDocument: stored) : Datum(storedDocument: stored, owner: owner)
            guard let found else { throw CatalogError.unreadableDocument }
            return found
        }
    }
}
