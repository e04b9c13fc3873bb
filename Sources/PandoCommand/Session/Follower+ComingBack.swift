import Ground
import httpd

// How a file comes to follow one that has taken the place of its primary, or its own.

extension Follower {
    /// Takes what the primary has in the place of what this file has of its own, as an old primary. What it alone has is written beside it
    /// first.
    ///
    /// - Parameter tell: shows a sentence where there is no log yet.
    /// - Throws: also why it can't be known what that is; then nothing has changed.
    func comeBack(_ connection: PrimaryConnection, _ tell: (String) -> Void) throws {
        do {
            try replaceContents(behind: origin(of: pando.catalog.fileID, connection), tell)
        } catch let error as PrimaryConnection.Refusal where error.status == 404 {
            throw refusal(error.description)
        } catch let error as CatalogError where error.kind == .notResumable {
            throw refusal("It left this file at a position that is not in the file's history: \(error.message)")
        }
    }

    private func refusal(_ reason: String) -> CommandError {
        .failed(
            "The file has contents of its own, which following \(address.name) would replace, and which of them only this file has is not known. "
                + "\(reason) Name a file that is not there yet, and keep this one until you know that you don't need it (pando diff).")
    }

    /// Goes on with the primary where that is not the one that was followed, but has taken its place.
    ///
    /// - Parameters:
    ///   - position: what this file has of the old one.
    ///   - refusal: what the primary says of that.
    func changeOver(from position: FilePosition, _ connection: PrimaryConnection, _ refusal: PrimaryConnection.Refusal) throws {
        let origin: FilePosition
        do {
            origin = try self.origin(of: position.fileID, connection)
        } catch let error as PrimaryConnection.Refusal where error.status == 404 {
            throw refusal
        }
        guard try pando.catalog.isCovered(by: origin) else {
            throw CommandError.failed(
                "\(address.name) left the old primary at \(origin), and this standby is at \(position): it has what that one has not, and can't "
                    + "tell what. Begin with a new file, and keep this one until you know that you don't need it (pando diff).")
        }
        // Nothing is written before it, so the connection is asked again at once; and whoever stops the thread ends this one.
        try replaceContents(behind: nil, over: connection) { _ in }
    }

    /// Where the primary left a file. Throws a refusal, 404, if it doesn't know that.
    private func origin(of file: String, _ connection: PrimaryConnection) throws -> FilePosition {
        try connection.ask("GET", "/_replica/origin?file=\(file)")
        let answer = try connection.answered()
        guard let position = answer[field: "position"]?.string else {
            throw PrimaryConnection.Refusal(status: 404, description: "It does not say where it left the file.")
        }
        try requireKey(isFileEncrypted: answer[field: "encrypted"] == true)
        return FilePosition(position)
    }

    /// - Parameter used: the connection that goes on; nil: another one is made.
    private func replaceContents(
        behind origin: FilePosition?, over used: PrimaryConnection? = nil, _ tell: (String) -> Void
    ) throws {
        let catalog = pando.catalog
        var asked = MonotonicTime.now
        var connection: PrimaryConnection?
        _ = try catalog.comeBack(behind: origin) { text in
            // Neither numbers nor the file's place are its contents.
            let sentence =
                "Wrote \(text.documents) documents and \(text.records) other records, among which is all that only this file has, "
                + "to \(text.path)."
            pando.server.log("notice", "\(words: sentence)")
            tell(sentence)
        } ask: {
            asked = .now
            // To write what only this file has may take longer than a server waits for another request.
            let own = try used ?? PrimaryConnection(address, token: token, stopper)
            try own.ask("GET", "/_replica?standby=\(catalog.fileID)")
            try requireKey(isFileEncrypted: own.isFileEncrypted)
            connection = own
        } next: {
            try connection?.next()
        }
        catalog.standby.noteCaughtUp(at: asked)
        pando.server.log("notice", "Has a copy of what \(words: address.name) has, in the place of what was here.")
    }
}
