/// The change of one document by one commit, however often its transaction wrote it.
public struct DocumentChange: Sendable {
    /// The same for changes of the same document.
    public let key: [UInt8]
    /// The stored form before and after; nil where there was, or is, no document.
    let oldBytes: [UInt8]?
    let newBytes: [UInt8]?

    /// Whether anything is different after it.
    var isChange: Bool { oldBytes != newBytes }

    /// Bytes that it keeps in memory.
    public var byteCount: Int { (oldBytes?.count ?? 0) + (newBytes?.count ?? 0) }

    /// The document before the commit, read anew with each call. Throws `.corrupt`.
    public func old() throws(CatalogError) -> Datum? {
        try oldBytes.map(Datum.init(document:))
    }

    /// The document after the commit, read anew with each call. Throws `.corrupt`.
    public func new() throws(CatalogError) -> Datum? {
        try newBytes.map(Datum.init(document:))
    }

    /// This change and a later one of the same document as one; nil if they take each other back.
    public func followed(by later: DocumentChange) -> DocumentChange? {
        oldBytes == later.newBytes ? nil : DocumentChange(key: key, oldBytes: oldBytes, newBytes: later.newBytes)
    }
}

/// An event that a receiver hears of.
public enum WatchEvent: Sendable {
    /// What one commit did to documents that are watched, in the order in which they were first written.
    case changed([DocumentChange], CommitNumber)
    /// One commit changed more documents than any receiver keeps; this many, and they are not told.
    case overran(Int)
    /// The table is gone, and with it all that could be told.
    case tableDropped
    /// The documents of the table are the same, and each has got another key.
    case tableRekeyed
    /// An index of the table, by its id, is gone, or another one has its name.
    case indexDropped(String)
    /// Everything before is in the snapshot that ``Watch/renew()`` answers, and nothing after.
    case renewed
    /// Databases, tables, indexes, accounts or settings have changed. Told to ``Catalog/watchMetadata(_:)`` only.
    case metadataChanged
    /// Nothing is told any more: the file was closed, or another process has taken the place of this one, say.
    case closed(CatalogError)
}

/// A listener that hears of commits.
///
/// Called on the threads that write, after the commit can be seen: keep it short, and don't call the catalog.
public protocol ChangeReceiver: AnyObject, Sendable {
    /// How many changes it keeps at most. A commit with more is not told document by document.
    var capacity: Int { get }

    /// - Parameter source: which of the watch's requests this answers, by position.
    func receive(_ event: WatchEvent, from source: Int)
}
