// How a file whose place another one has taken becomes a standby of that one.

extension Catalog {
    /// The position of another file at which the contents of this one left it; nil if they did not come from there, or if this file is a
    /// standby, whose contents are another file's still.
    ///
    /// - Parameter file: its UUID.
    package func origin(of file: String) throws(CatalogError) -> FilePosition? { try isStandby ? nil : store.origin(of: file) }

    /// Whether there are contents, and they come from no other file.
    package func hasOwnContents() throws(CatalogError) -> Bool {
        if try store.appliedPosition() != nil { return false }
        return try store.hasContents()
    }

    /// Whether a standby has nothing that who left the file that it follows at a position hasn't got.
    package func isCovered(by origin: FilePosition) throws(CatalogError) -> Bool {
        try store.appliedPosition()?.isCovered(by: origin) ?? false
    }

    /// Takes all that a primary has in the place of what this file has, in one transaction: if anything fails, the file is as it was. Nobody
    /// else writes it meanwhile. Its named states stay.
    ///
    /// - Parameters:
    ///   - origin: the position of this file at which the primary left it: what this file has behind it, which nobody else has, is on the
    ///     disk as a text before anything is replaced. Nil of a standby, which has nothing of its own.
    ///   - path: what the text's name begins with, if it is not the path of the file.
    ///   - note: told of the text once it is there.
    ///   - ask: begins the message of everything.
    ///   - next: its next bytes; nil at the end.
    ///   - step: told what is going to be done with the text; what it throws ends all of it.
    /// - Throws: `.notResumable` if this file did not come by the position; whatever a write throws, and what `ask` and `next` throw.
    package func comeBack(
        behind origin: FilePosition?, beside path: String? = nil, note: (DivergedText) -> Void, ask: () throws -> Void,
        next: () throws -> [UInt8]?, before step: (DivergedText.Step) throws(CatalogError) -> Void = { _ in }
    ) throws -> FilePosition {
        // From here on nobody else writes, so that what is replaced is what the text was made of.
        let receiver = try store.receiver(replacing: true)
        if let origin {
            guard let path = path ?? store.path else { throw CatalogError(.io, "A database in memory has no place for what it alone has.") }
            let records = try receiver.records(since: origin)
            let text = try DivergedText.write(
                records, of: try snapshot(), beside: path, sealedBy: try store.archiveSealer(), before: step)
            if let text { note(text) }
        }
        try ask()
        return try receive(receiver, next)
    }
}
