import Ground
import PostgresWire
import httpd

/// A session at a PostgreSQL server, which waits for each answer. ``PostgresHosts`` begins it.
final class PostgresClient {
    private let address: PostgresAddress
    private let place: PostgresAddress.Place
    /// How long the login may take.
    private let patience: Duration
    private let connection: ServerConnection
    private var session: ClientSession
    /// When the login has to be through; nil once it is.
    private var deadline: MonotonicTime?
    /// Called whenever the server has been silent for a while that owes an answer; it throws if the server stands still. Nil: it is waited for.
    private var whenSilent: (() throws -> Void)?
    /// Requests whose answers are read with those of the next one, and wanted by nobody.
    private var postedCount = 0
    /// Whether requests were sent whose answers are to be collected.
    private var hasAsked = false
    /// Whether the server takes rows of COPY … FROM STDIN, which whatever is sent next ends.
    private(set) var isCopying = false
    /// What the server warned of while it answered the last requests.
    private(set) var warning: ReportFields?
    /// Why what is left of their answers is not wanted.
    private var answerFailure: (any Error)?

    /// An error of a statement; the session goes on.
    struct Refusal: Error, CustomStringConvertible {
        let fields: ReportFields
        var state: String { fields["C"] ?? "" }
        /// Whether the same may succeed if it is tried again.
        var isConflict: Bool { ["40001", "40P01"].contains(state) }
        var description: String {
            let place = fields["C"].map { " (\($0))" } ?? ""
            let more = [fields["D"], fields["H"]].compactMap { $0 }.map { "\n" + $0 }.joined()
            return (fields["M"] ?? "The server gives no reason.") + place + more
        }
    }

    /// The server lets nobody in, or not us, and says why.
    struct LoginRefusal: Error {
        let state: String
        let error: CommandError
    }

    /// Returns when the login is through.
    ///
    /// - Parameter patience: how long that may take.
    /// - Throws: ``LoginRefusal`` among others.
    init(_ address: PostgresAddress, at place: PostgresAddress.Place, within patience: Duration) throws {
        self.address = address
        self.place = place
        self.patience = patience
        connection = try Self.connect(address, place, patience)
        session = ClientSession(address.options(at: place))
        deadline = .now + patience
        connection.wait(atMost: patience)
        do {
            while true { if case .ready = try nextEvent() { break } }
        } catch let error as SystemError where error.isTimeout {
            throw tooSlow
        }
        connection.wait(atMost: nil)
        connection.watch()
        deadline = nil
    }

    private static func connect(
        _ address: PostgresAddress, _ place: PostgresAddress.Place, _ patience: Duration
    ) throws -> ServerConnection {
        let socket = try ClientSocket(
            host: place.host, port: place.port, patience: patience,
            hint: "Is it running, and does it listen there (listen_addresses, port)?")
        return ServerConnection(socket, name: address.name(of: place), Stopper())
    }

    private var tooSlow: CommandError {
        .failed(
            "\(databaseName) has not answered within \(patience / .milliseconds(1)) ms; connect_timeout "
                + "(\(address.patience.components.seconds) s) is how long all hosts that are named may take together.")
    }

    /// For messages.
    var databaseName: String { address.name(of: place) }
    var hostName: String { place.name }
    /// The server's version: 15, say; 0 if it tells none.
    var majorVersion: Int { session.settings["server_version"].flatMap { Int($0.prefix { $0.isNumber }) } ?? 0 }

    /// Whose it is, as it tells by itself.
    var kind: EngineKind { EngineKind(told: session.settings) }

    /// Why nothing can be written there; nil if something can.
    ///
    /// - Parameter target: what is asked for.
    func reasonAgainst(_ target: PostgresAddress.Target) throws -> String? {
        if target == .any || !kind.hasStandbys { return nil }
        // Since version 14 the server says so by itself.
        func setting(_ name: String, _ text: String) throws -> Bool {
            try session.settings[name] ?? (rows(text).first?.first ?? nil) == "on"
        }
        if try setting("in_hot_standby", "SELECT CASE WHEN pg_is_in_recovery() THEN 'on' ELSE 'off' END") { return "is a standby" }
        guard target == .readWrite else { return nil }
        return try setting("default_transaction_read_only", "SHOW default_transaction_read_only") ? "is read-only" : nil
    }

    /// How long an answer is waited for before somebody looks whether there will be one.
    static let silentTime = Duration.seconds(4)

    /// Does not wait without end for a server that stands still. A slow one is waited for: statements may take long, and commits wait for standbys.
    func lookAfter(_ whenSilent: @escaping () throws -> Void) {
        self.whenSilent = whenSilent
        connection.wait(atMost: Self.silentTime)
    }

    // MARK: Statements

    /// The rows of a statement, its values and those of its parameters as texts.
    func rows(_ text: String, _ parameters: [String?] = []) throws -> [[String?]] {
        forgetAsked()
        session.send(text, parameters.map { $0.map { Array($0.utf8) } })
        var rows: [[String?]] = []
        try answers { event in
            if case .row(let values) = event { rows.append(values.map { $0.map { String(decoding: $0, as: UTF8.self) } }) }
        }
        return rows
    }

    /// Runs statements that have no parameters, and whose rows nobody wants.
    func run(_ text: String) throws {
        forgetAsked()
        session.send(.query(text))
        try answers { _ in }
    }

    /// Sends requests, the last of which is a Sync, as one message, and takes what is answered.
    func exchange(_ requests: [FrontendMessage], _ take: (ClientEvent) throws -> Void) throws {
        forgetAsked()
        for request in requests { session.send(request) }
        try answers(take)
    }

    /// The same in two steps: sends the requests. If something else is sent before ``collect(_:)``, nobody wants the answers.
    func ask(_ requests: [FrontendMessage]) throws {
        forgetAsked()
        for request in requests { session.send(request) }
        hasAsked = true
        try sendOutgoing()
    }

    /// The same for requests that `make` makes one after the other, and gives on: many bytes leave as they are made, so that they don't stand
    /// here all at once, and the server begins meanwhile. What it answers before the last of them has to be little.
    func ask(inTurn make: (_ send: ([FrontendMessage]) throws -> Void) throws -> Void) throws {
        forgetAsked()
        hasAsked = true
        try make { requests in
            for request in requests { session.send(request) }
            if session.outgoing.count >= Self.sentByteCount { try sendOutgoing() }
        }
        try sendOutgoing()
    }

    /// So many bytes are not kept until there are more.
    private static let sentByteCount = 1 << 20

    private func sendOutgoing() throws {
        // Whatever becomes of them, nothing is sent twice.
        defer { session.sentOutgoing() }
        let bytes = session.outgoing
        try knowing { try connection.send(bytes.span) }
    }

    /// Takes what is answered to ``ask(_:)``.
    func collect(_ take: (ClientEvent) throws -> Void) throws {
        hasAsked = false
        try answers(take)
    }

    /// The same as far as it has come, without waiting for more.
    ///
    /// - Returns: whether nothing is left to collect.
    func collectArrived(_ take: (ClientEvent) throws -> Void) throws -> Bool { try answers(waits: false, take) }

    private func forgetAsked() {
        (warning, answerFailure) = (nil, nil)
        if isCopying { session.send(.copyDone) }
        if hasAsked { postedCount += 1 }
        (hasAsked, isCopying) = (false, false)
    }

    /// Sends requests without waiting for the answer, which nobody wants.
    func post(_ requests: [FrontendMessage]) throws {
        forgetAsked()
        for request in requests { session.send(request) }
        try sendOutgoing()
        postedCount += 1
    }

    /// COPY … FROM STDIN, without waiting for the answer, which nobody wants.
    func beginToCopy(_ text: String) throws {
        try post([.query(text)])
        isCopying = true
    }

    /// Sends rows as `write` writes them.
    func copy(_ write: (inout ByteBuffer) -> Void) throws {
        session.sendCopyData(write)
        try sendOutgoing()
    }

    /// COPY … TO STDOUT: each piece is a row.
    func copy(_ text: String, _ take: ([UInt8]) throws -> Void) throws {
        forgetAsked()
        session.send(.query(text))
        try answers { event in if case .copyData(let row) = event { try take(row) } }
    }

    /// Takes events up to the end of a request. An error of `take` comes after the answers have been read.
    ///
    /// - Returns: whether the end has come, which is not the case if nobody waits for it.
    @discardableResult
    private func answers(waits: Bool = true, _ take: (ClientEvent) throws -> Void) throws -> Bool {
        while let event = try nextEvent(waits: waits) {
            switch event {
            case .ready where postedCount > 0:
                postedCount -= 1
                answerFailure = nil
            case _ where postedCount > 0: continue
            case .ready:
                hasAsked = false
                session.releaseMemory()
                if let failure = answerFailure.take() { throw failure }
                return true
            case .failed(let fields): answerFailure = answerFailure ?? Refusal(fields: fields)
            case let event:
                guard answerFailure == nil else { continue }
                do { try take(event) } catch {
                    answerFailure = error
                    // What is left is not waited for where it may be much.
                    cancel()
                }
            }
        }
        return false
    }

    /// Nil if none has come and nobody waits for it.
    private func nextEvent(waits: Bool = true) throws -> ClientEvent? {
        while true {
            let event: ClientEvent?
            do throws(ClientError) { event = try session.nextEvent() } catch { throw failure(error) }
            switch event {
            case .encrypt?:
                guard let encryption = place.encryption else { throw failure(.ended) }
                try connection.encrypt(encryption, host: place.host)
                do throws(ClientError) { try session.encrypted(endPoint: connection.endPoint) } catch { throw failure(error) }
            case .notice(let fields)?: if (fields["V"] ?? fields["S"]) == "WARNING" { warning = fields }
            case .setting?, .notification?: continue
            case let event?: return event
            case nil: guard try exchange(waits: waits) else { return nil }
            }
        }
    }

    /// Sends what is to be sent, and waits for some bytes.
    ///
    /// - Returns: false if none have come and nobody waits for them.
    private func exchange(waits: Bool) throws -> Bool {
        if !session.outgoing.isEmpty { try sendOutgoing() }
        // One that sends a little now and then could keep it for ever.
        if let deadline, deadline < .now { throw tooSlow }
        var bytes = ByteBuffer()
        guard try receive(into: &bytes, waits: waits) else {
            guard waits else { return false }
            do throws(ClientError) { try session.end() } catch { throw failure(error) }
            // The server had said why before. Whoever asks then waits for an answer that does not come.
            throw failure(.ended)
        }
        session.receive(bytes.span)
        return true
    }

    private func receive(into bytes: inout ByteBuffer, waits: Bool = true) throws -> Bool {
        while true {
            do {
                return try knowing { try connection.receive(into: &bytes, waits: waits) }
            } catch let error as SystemError where error.isTimeout {
                guard deadline == nil, let whenSilent else { throw error }
                do { try whenSilent() } catch {
                    // Nobody who asks over it again is to wait as long.
                    connection.shutDown()
                    throw error
                }
            }
        }
    }

    /// However a connection ends, it is said in the same words.
    private func knowing<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as SystemError where !error.isTimeout {
            throw CommandError.failed("\(databaseName) has ended the connection: \(error).")
        }
    }

    private func failure(_ error: ClientError) -> any Error {
        switch error {
        case .protocolBroken(let error):
            return CommandError.failed("\(databaseName) does not keep to PostgreSQL's protocol: \(error.message).")
        case .refused(let fields):
            let refusal = Refusal(fields: fields)
            // Once a client is logged in, this is a server that stops, or that was told to end the session.
            guard deadline != nil else { return CommandError.failed("\(databaseName) has ended the connection: \(refusal)") }
            return LoginRefusal(state: refusal.state, error: .failed("\(databaseName): \(refusal)"))
        case .declined(let message):
            return LoginRefusal(state: "28000", error: .failed("\(databaseName): \(message)"))
        case .ended: return CommandError.failed("\(databaseName) has ended the connection.")
        }
    }

    // MARK: Ending

    /// Stops the statement that runs, if one does. From any thread; it is asked for over a connection of its own, and not waited for.
    func cancel() {
        guard let key = session.key, let other = try? Self.connect(address, place, address.patience) else { return }
        other.wait(atMost: address.patience)
        if let encryption = place.encryption {
            var asking = ClientSession(address.options(at: place))
            var answer = ByteBuffer()
            guard (try? other.send(asking.takeOutgoing())) != nil, (try? other.receive(into: &answer)) == true else { return }
            asking.receive(answer.span)
            guard case .encrypt? = try? asking.nextEvent(), (try? other.encrypt(encryption, host: place.host)) != nil else { return }
        }
        var request = ByteBuffer()
        StartupMessage.cancelRequest(process: key.process, secret: key.secret).write(into: &request)
        try? other.send(request.span)
        // The server ends the connection when it has done so.
        _ = try? other.receive()
    }

    /// Says good-bye.
    func close() {
        session.terminate()
        try? connection.send(session.takeOutgoing())
        connection.shutDown()
    }
}
