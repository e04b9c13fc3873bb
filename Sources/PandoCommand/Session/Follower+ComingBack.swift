import Ground
import httpd

// How a file comes to follow one that has taken the place of its primary, or its own. Only what differs is asked for.

extension Follower {
    /// Takes what the primary has in the place of what this file has of its own: as an old primary, or because somebody has said so. What it
    /// alone has is written beside it first.
    ///
    /// - Parameter tell: shows a sentence where there is no log yet.
    /// - Throws: also why it can't be known what that is; then nothing has changed.
    func comeBack(_ connection: PrimaryConnection, _ tell: (String) -> Void) throws {
        let reason: String
        do {
            return try replace(.left(at: origin(of: pando.catalog.fileID, connection)), tell)
        } catch let error as PrimaryConnection.Refusal where error.status == 404 {
            reason = error.description
        } catch let error as CatalogError where error.kind == .notResumable {
            reason = "It left this file at a position that is not in the file's history: \(error.message)"
        }
        if isResyncWanted { return try replace(compared(isOwn: true), tell) }
        throw CommandError.failed(
            "The file has contents of its own, which following \(address.name) would replace, and which of them only this file has is not known. "
                + "\(reason) Say --resync to have all that differs written beside it and then replaced; or name a file that is not there yet, and "
                + "keep this one until you know that you don't need it (pando diff).")
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
            guard isResyncWanted else {
                throw PrimaryConnection.Refusal(
                    status: refusal.status,
                    description: "\(refusal.description) --resync has all that differs written beside the file and replaced.")
            }
            return try replace(compared(isOwn: true)) { _ in }
        }
        // What it has of its own is nothing: all of it is the old primary's, and the new one has seen that.
        if try pando.catalog.isCovered(by: origin) { return try replace(compared(isOwn: false)) { _ in } }
        if isResyncWanted { return try replace(compared(isOwn: true)) { _ in } }
        throw CommandError.failed(
            "\(address.name) left the old primary at \(origin), and this standby is at \(position): it has what that one has not. Say --resync to "
                + "have all that differs written beside the file and then replaced; or begin with a new file, and keep this one until you know that "
                + "you don't need it (pando diff).")
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

    /// Contents of which nothing is known but what their digests tell.
    private func compared(isOwn: Bool) -> ReplacedContents {
        .compared(isOwn: isOwn) { [self] snapshot in
            let questions = PatientConnection(address, token, stopper)
            // Before the first digest: what changes there meanwhile has been born since.
            let answer = try questions.ask("GET", "/_replica/position")
            guard let position = answer[field: "position"]?.string else {
                throw CommandError.failed("\(address.name) doesn't answer as this version of pando expects.")
            }
            try requireKey(isFileEncrypted: answer[field: "encrypted"] == true)
            let own = FileSide(snapshot: snapshot, cancellation: stopper.cancellation)
            let other = ServerSide { path, body in try questions.ask("POST", path, body, "application/json") }
            return (FilePosition(position), try DifferingRanges(own: own, other: other).find())
        }
    }

    private func replace(_ contents: ReplacedContents, _ tell: (String) -> Void) throws {
        let catalog = pando.catalog
        var asked = MonotonicTime.now
        var connection: PrimaryConnection?
        func say(_ sentence: String) {
            // Neither numbers nor the file's place are its contents.
            pando.server.log("notice", "\(words: sentence)")
            tell(sentence)
        }
        let (_, byteCount) = try catalog.comeBack(with: contents) { text in
            say(
                "Wrote \(text.documents) documents and \(text.records) other records, among which is all that only this file has, "
                    + "to \(text.path).")
        } ask: { request in
            asked = .now
            // To write what only this file has may take longer than a server waits for another request.
            let next = try PrimaryConnection(address, token: token, stopper)
            try next.ask("POST", "/_replica?standby=\(catalog.fileID)&since=\(request.since)", body: request.ranges.bytes)
            try requireKey(isFileEncrypted: next.isFileEncrypted)
            connection = next
        } next: {
            try connection?.next()
        }
        catalog.standby.noteCaughtUp(at: asked)
        say("Has what \(address.name) has, in the place of what was here: what differed came in \(byteCount) bytes.")
    }
}

/// Questions to a primary between which there may be longer than a server waits for the next one: one that gets no answer is asked once more, over
/// another connection.
private final class PatientConnection {
    private let address: ServerAddress
    private let token: String
    private let stopper: Stopper
    private var connection: PrimaryConnection?

    init(_ address: ServerAddress, _ token: String, _ stopper: Stopper) {
        self.address = address
        self.token = token
        self.stopper = stopper
    }

    func ask(_ method: String, _ path: String, _ body: [UInt8] = [], _ type: String = "") throws -> Datum {
        if let connection {
            do { return try Self.ask(connection, method, path, body, type) } catch let refusal as PrimaryConnection.Refusal {
                throw refusal
            } catch {
                self.connection = nil
            }
        }
        let connection = try PrimaryConnection(address, token: token, stopper)
        self.connection = connection
        return try Self.ask(connection, method, path, body, type)
    }

    private static func ask(
        _ connection: PrimaryConnection, _ method: String, _ path: String, _ body: [UInt8], _ type: String
    ) throws -> Datum {
        try connection.ask(method, path, body: body, type: type)
        return try connection.answered()
    }
}
