/// A durable state of a file, named for good: by the file's UUID, the number of its opening with random bits of it, and the transaction. What a
/// backup, a delta or a standby has is told by it.
public struct FilePosition: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// The position that a text tells, as ``description`` writes it. Whether it is one, those say that it is given to.
    package init(_ text: String) {
        description = text
    }

    /// The UUID of the file.
    package var fileID: String { String(description.prefix { $0 != "." }) }
}

extension Catalog {
    /// The position of the newest state, which is durable when this returns. From the first time on the file keeps a record of each of its
    /// openings, so that its positions are known later.
    public func position() throws(CatalogError) -> FilePosition { try store.position() }

    /// The position that the contents are at of the file that they come from; nil if they come from no other.
    public func appliedPosition() throws(CatalogError) -> FilePosition? { try store.appliedPosition() }

    /// Has the file keep a record of this opening if it commits anything, and of each that follows. Without such records a position is known only
    /// for as long as its opening lasts.
    public func keepPositions() { if !waitsForEngine { store.keepPositions() } }

    /// Whether there is such a record of the opening that wrote last.
    public func keepsPosition() throws(CatalogError) -> Bool { try store.keepsPosition() }
}
