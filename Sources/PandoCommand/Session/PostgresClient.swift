import Ground
import PostgresWire
import httpd

/// A session at a PostgreSQL server, which waits for each answer.
final class PostgresClient {
    private let address: PostgresAddress
    private let connection: ServerConnection
    private var session: ClientSession
    /// When the login has to be through; nil once it is.
    private var deadline: MonotonicTime?
    /// Requests whose answers are read with those of the next one.
    private var postedCount = 0
    /// What the server warned of while it answered the last requests.
    private(set) var warning: ReportFields?

    /// An error of a statement; the session goes on.
    struct Refusal: Error, CustomStringConvertible {
        let fields: ReportFields
        var state: String { fields["C"] ?? "" }
        var description: String {
            let place = fields["C"].map { " (\($0))" } ?? ""
            let more = [fields["D"], fields["H"]].compactMap { $0 }.map { "\n" + $0 }.joined()
            return (fields["M"] ?? "The server gives no reason.") + place + more
        }
    }

    /// Returns when the login is through.
    init(_ address: PostgresAddress, _ stopper: Stopper = Stopper()) throws {
        self.address = address
        connection = try Self.connect(address, stopper)
        session = ClientSession(address.options)
        deadline = .now + address.patience
        connection.wait(atMost: address.patience)
        do {
            while true { if case .ready = try nextEvent() { break } }
        } catch let error as SystemError where error.isTimeout {
            throw tooSlow
        }
        connection.wait(atMost: nil)
        deadline = nil
    }

    private static func connect(_ address: PostgresAddress, _ stopper: Stopper) throws -> ServerConnection {
        let socket = try ClientSocket(
            host: address.host, port: address.port, patience: address.patience,
            hint: "Is it running, and does it listen there (listen_addresses, port)?")
        return ServerConnection(socket, name: address.name, stopper)
    }

    private var tooSlow: CommandError {
        .failed("\(address.name) has not answered for \(address.patience.components.seconds) s; connect_timeout is how long it may take.")
    }

    /// For messages.
    var databaseName: String { address.name }
    /// The server's version: 15, say; 0 if it tells none.
    var majorVersion: Int { session.settings["server_version"].flatMap { Int($0.prefix { $0.isNumber }) } ?? 0 }

    // MARK: Statements

    /// The rows of a statement, its values and those of its parameters as texts.
    func rows(_ text: String, _ parameters: [String?] = []) throws -> [[String?]] {
        session.send(text, parameters.map { $0.map { Array($0.utf8) } })
        var rows: [[String?]] = []
        try answers { event in
            if case .row(let values) = event { rows.append(values.map { $0.map { String(decoding: $0, as: UTF8.self) } }) }
        }
        return rows
    }

    /// Runs statements that have no parameters, and whose rows nobody wants.
    func run(_ text: String) throws {
        session.send(.query(text))
        try answers { _ in }
    }

    /// Sends requests, the last of which is a Sync, as one message, and takes what is answered.
    func exchange(_ requests: [FrontendMessage], _ take: (ClientEvent) throws -> Void) throws {
        for request in requests { session.send(request) }
        try answers(take)
    }

    /// The same without waiting for the answer, which nobody wants.
    func post(_ requests: [FrontendMessage]) throws {
        for request in requests { session.send(request) }
        try connection.send(session.takeOutgoing())
        postedCount += 1
    }

    /// COPY … TO STDOUT: each piece is a row.
    func copy(_ text: String, _ take: ([UInt8]) throws -> Void) throws {
        session.send(.query(text))
        try answers { event in if case .copyData(let row) = event { try take(row) } }
    }

    /// Takes events up to the end of a request. An error of `take` comes after the answers have been read.
    private func answers(_ take: (ClientEvent) throws -> Void) throws {
        var failure: (any Error)?
        warning = nil
        while true {
            switch try nextEvent() {
            case .ready where postedCount > 0:
                postedCount -= 1
                failure = nil
            case _ where postedCount > 0: continue
            case .ready:
                if let failure { throw failure }
                return
            case .failed(let fields): failure = failure ?? Refusal(fields: fields)
            case let event:
                guard failure == nil else { continue }
                do { try take(event) } catch {
                    failure = error
                    // What is left is not waited for where it may be much.
                    cancel()
                }
            }
        }
    }

    private func nextEvent() throws -> ClientEvent {
        while true {
            let event: ClientEvent?
            do throws(ClientError) { event = try session.nextEvent() } catch { throw failure(error) }
            switch event {
            case .encrypt?:
                guard let encryption = address.encryption else { throw failure(.ended) }
                try connection.encrypt(encryption, host: address.host)
                do throws(ClientError) { try session.encrypted(endPoint: connection.endPoint) } catch { throw failure(error) }
            case .notice(let fields)?: if (fields["V"] ?? fields["S"]) == "WARNING" { warning = fields }
            case .setting?, .notification?: continue
            case let event?: return event
            case nil: try exchange()
            }
        }
    }

    /// Sends what is to be sent, and waits for some bytes.
    private func exchange() throws {
        if !session.outgoing.isEmpty { try connection.send(session.takeOutgoing()) }
        // One that sends a little now and then could keep it for ever.
        if let deadline, deadline < .now { throw tooSlow }
        var bytes: [UInt8] = []
        guard try connection.receive(into: &bytes) else {
            do throws(ClientError) { try session.end() } catch { throw failure(error) }
            // The server had said why before. Whoever asks then waits for an answer that does not come.
            throw failure(.ended)
        }
        session.receive(bytes.span)
    }

    private func failure(_ error: ClientError) -> CommandError {
        switch error {
        case .protocolBroken(let error): .failed("\(address.name) does not keep to PostgreSQL's protocol: \(error.message).")
        case .refused(let fields): .failed("\(address.name): \(Refusal(fields: fields))")
        case .declined(let message): .failed("\(address.name): \(message)")
        case .ended: .failed("\(address.name) has ended the connection.")
        }
    }

    // MARK: Ending

    /// Stops the statement that runs, if one does. From any thread; it is asked for over a connection of its own, and not waited for.
    func cancel() {
        guard let key = session.key, let other = try? Self.connect(address, Stopper()) else { return }
        other.wait(atMost: address.patience)
        if let encryption = address.encryption {
            var asking = ClientSession(address.options)
            var answer: [UInt8] = []
            guard (try? other.send(asking.takeOutgoing())) != nil, (try? other.receive(into: &answer)) == true else { return }
            asking.receive(answer.span)
            guard case .encrypt? = try? asking.nextEvent(), (try? other.encrypt(encryption, host: address.host)) != nil else { return }
        }
        var request = ByteBuffer()
        StartupMessage.cancelRequest(process: key.process, secret: key.secret).write(into: &request)
        try? other.send(request.bytes)
        // The server ends the connection when it has done so.
        var rest: [UInt8] = []
        _ = try? other.receive(into: &rest)
    }

    /// Says good-bye.
    func close() {
        session.terminate()
        try? connection.send(session.takeOutgoing())
        connection.shutDown()
    }
}
