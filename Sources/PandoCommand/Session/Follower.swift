import Ground
import httpd

/// The thread of a standby: asks the primary for what is behind the position that this file has, applies it, and asks again. What it asks
/// for says what it has on its disk. When the primary doesn't answer it tries again, after a quarter of a second at first and ten at last.
///
/// Why this is safe: what changes is used under the monitor, or by the thread alone.
final class Follower: @unchecked Sendable {
    let pando: Pando
    let address: ServerAddress
    let token: String
    /// Whether somebody has said that the copy of an encrypted file may be a plain one.
    private let isPlainWanted: Bool
    /// Whether somebody has said that contents which did not come from the primary may be replaced.
    let isResyncWanted: Bool
    /// Another one each time that it begins to follow; changed while there is no thread.
    private(set) var stopper = Stopper()
    private let monitor = Monitor()
    private var thread: SystemThread?

    private static let firstPause = 0.25
    private static let longestPause = 10.0
    /// A sign of life is asked for at least so often.
    private static let waitSeconds = 1

    init(_ pando: Pando, _ address: ServerAddress, token: String, isPlainWanted: Bool, isResyncWanted: Bool = false) throws {
        self.pando = pando
        self.address = address
        self.token = token
        self.isPlainWanted = isPlainWanted
        self.isResyncWanted = isResyncWanted
        try pando.catalog.followPrimary(address.name, comesBack: true)
    }

    /// Copies everything, if nothing is here yet or what is here is an old primary's, and goes on in a thread of its own.
    ///
    /// - Parameter tell: shows a sentence to whoever has begun to serve, as there is no log yet.
    /// - Throws: why there is no copy.
    func begin(_ tell: (String) -> Void) throws {
        if try pando.catalog.appliedPosition() == nil {
            let connection = try PrimaryConnection(address, token: token, stopper)
            if try pando.catalog.hasOwnContents() { try comeBack(connection, tell) } else { try follow(connection) }
        }
        thread = try SystemThread { [self] in work() }
        pando.server.log("notice", "Follows \(words: address.name).")
    }

    /// Returns when the thread has ended: what was received in part is forgotten.
    func stop() {
        stopper.stop()
        monitor.withLock { monitor.broadcast() }
        thread?.join()
        thread = nil
    }

    /// Goes on after ``stop()``.
    func resume() {
        stopper = Stopper()
        do {
            thread = try SystemThread { [self] in work() }
            pando.server.log("notice", "Goes on to follow \(words: address.name).")
        } catch {
            pando.server.log("error", "Can't go on to follow \(words: address.name): \(error: "\(error)")")
        }
    }

    private func work() {
        var pause = Self.firstPause
        while !stopper.isStopped {
            do {
                let connection = try PrimaryConnection(address, token: token, stopper)
                var goesOn = true
                while goesOn, !stopper.isStopped {
                    goesOn = try follow(connection)
                    pause = Self.firstPause
                }
            } catch {
                if stopper.isStopped { return }
                let message = (error as? CommandError)?.message ?? "\(error)"
                if pando.catalog.standby.noteFailure(message) {
                    pando.server.log("warn", "Can't follow \(words: address.name): \(error: message)")
                }
                rest(pause * Double.random(in: 0.75...1.25))
                pause = min(2 * pause, Self.longestPause)
            }
        }
    }

    private func rest(_ seconds: Double) {
        monitor.withLock {
            if !stopper.isStopped { monitor.wait(microseconds: Int(seconds * 1_000_000)) }
        }
    }

    /// Asks once.
    ///
    /// - Returns: whether the connection can be asked again. If another one was made meanwhile, that is the one which ends when this is stopped.
    @discardableResult private func follow(_ connection: PrimaryConnection) throws -> Bool {
        let catalog = pando.catalog
        let since = try catalog.appliedPosition()
        let asked = MonotonicTime.now
        do {
            try connection.ask(
                "GET", "/_replica?wait=\(Self.waitSeconds)&standby=\(catalog.fileID)" + (since.map { "&since=\($0)" } ?? ""))
        } catch let refusal as PrimaryConnection.Refusal {
            // Another file may have taken the place of the one that was followed.
            guard refusal.status == 410, let since else { throw refusal }
            try changeOver(from: since, connection, refusal)
            return false
        }
        if since == nil { try requireKey(isFileEncrypted: connection.isFileEncrypted) }
        // No transaction is open while there is nothing to receive.
        var first = try connection.next()
        guard first != nil else {
            catalog.standby.noteCaughtUp(at: .now)
            return true
        }
        _ = try catalog.receive {
            if let piece = first {
                first = nil
                return piece
            }
            return try connection.next()
        }
        if connection.hasMore { return true }
        catalog.standby.noteCaughtUp(at: asked)
        if connection.pause > 0 { rest(connection.pause) }
        return true
    }

    /// - Throws: if the copy of an encrypted file would be a plain one, and nobody has said that it may.
    func requireKey(isFileEncrypted: Bool) throws {
        if isFileEncrypted, !pando.catalog.isEncrypted, !isPlainWanted {
            throw CommandError.usage(
                "The primary's file is encrypted, and this copy would not be: say where its key is (\(KeyOptions.wanted())), or --plain.")
        }
    }
}
