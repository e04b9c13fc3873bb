import Ground
import PostgresWire
import ReQLish
import Testing

@testable import httpd

/// A blocking client of PostgreSQL's protocol over one socket, that may be wrong on purpose.
final class PostgresTestClient {
    let client: TestClient
    private var frames = MessageFrames()
    private(set) var process: Int32 = 0
    private(set) var secret: Int32 = 0
    /// What the server has told of its settings.
    private(set) var settings: [StartupMessage.Startup.Parameter] = []

    init(port: UInt16, receiveBufferBytes: Int32? = nil) throws {
        client = try TestClient(port: port, receiveBufferBytes: receiveBufferBytes)
    }

    /// Logs in as an account without a password.
    convenience init(_ server: HTTPServer, user: String = "admin", _ parameters: [(String, String)] = [("database", "test")]) throws {
        try self.init(port: server.postgresPort)
        try start(user: user, parameters)
        let answers = try answers()
        guard case .readyForQuery(.idle)? = answers.last else {
            throw TestClient.Failure(description: "no login: \(answers)")
        }
    }

    func start(user: String, _ parameters: [(String, String)] = [("database", "test")]) throws {
        try send(
            start: .startup(.init(parameters: [.init("user", user)] + parameters.map { .init($0.0, $0.1) })))
    }

    func send(start message: StartupMessage) throws {
        var output = ByteBuffer()
        message.write(into: &output)
        try client.send(output.bytes)
    }

    func send(_ messages: FrontendMessage...) throws {
        var output = ByteBuffer()
        for message in messages { message.write(into: &output) }
        try client.send(output.bytes)
    }

    /// The next message; nil at the end of the connection.
    func next() throws -> BackendMessage? {
        while true {
            if let frame = try frames.next(limit: 1 << 28) {
                let kind = try #require(BackendMessage.Kind(rawValue: frame.type), "type \(frame.type)")
                var reader = MessageReader(frames.bytes, in: frame.body)
                let message = try BackendMessage(kind, &reader)
                frames.release()
                switch message {
                case .backendKeyData(let process, let secret): (self.process, self.secret) = (process, secret)
                case .parameterStatus(let name, let value): settings.append(.init(name, value))
                default: break
                }
                return message
            }
            guard let bytes = try client.receiveSome() else { return nil }
            frames.append(bytes.span)
        }
    }

    /// All messages up to ReadyForQuery or the end.
    func answers() throws -> [BackendMessage] {
        var answers: [BackendMessage] = []
        while let message = try next() {
            answers.append(message)
            if case .readyForQuery = message { break }
        }
        return answers
    }

    func query(_ text: String) throws -> [BackendMessage] {
        try send(.query(text))
        return try answers()
    }
}

extension [BackendMessage] {
    /// The SQLSTATEs of errors among them.
    var states: [String] {
        compactMap { message in
            guard case .errorResponse(let fields) = message else { return nil }
            return fields["C"]
        }
    }

    /// Rows in text form.
    var rows: [[String?]] {
        compactMap { message in
            guard case .dataRow(let values) = message else { return nil }
            return values.map { $0.map { String(decoding: $0, as: UTF8.self) } }
        }
    }

    var tags: [String] {
        compactMap { message in
            guard case .commandComplete(let tag) = message else { return nil }
            return tag
        }
    }
}

/// A server of a database in memory for PostgreSQL clients.
struct PostgresFixture {
    let pando: Pando
    let server: HTTPServer

    init(_ change: (inout HTTPConfiguration) -> Void = { _ in }) throws {
        pando = try Pando.inMemory()
        _ = try pando.start(try TermTree(text: "r.dbCreate('test')"))
        var configuration = HTTPConfiguration()
        configuration.addresses = ["127.0.0.1"]
        (configuration.port, configuration.postgresPort) = (0, 0)
        configuration.workers = 2
        change(&configuration)
        server = HTTPServer(pando: pando, configuration: configuration)
        try server.start()
    }

    func stop() { server.stop() }
}
