package import Ground

/// The client's side of a conversation with a PostgreSQL server, without a socket: bytes come in, events and bytes go out. It waits for nothing.
///
///     asking for TLS ──▶ encrypting ──▶ logging in ──▶ starting ──▶ open
///          (where it is wanted)                 └──────────┴──────────┴──▶ over
///
/// Requests may be sent ahead of the answers to others (a pipeline): each answer is held against the request that it has to be for.
package struct ClientSession: ~Copyable {
    private enum Phase {
        case askingForEncryption, encrypting, loggingIn, starting, open, over
    }

    /// What the server has to answer next.
    private enum Expected: Equatable {
        case query, parse, bind, describeStatement, describePortal, execute, close, sync
    }

    private let options: ClientOptions
    private let nonce: String
    private var phase: Phase
    private var input = MessageFrames()
    private var expected: [Expected] = []
    /// Where the next one stands.
    private var next = 0
    /// Up to the next Sync nothing is answered any more.
    private var isSkipping = false
    /// A COPY is under way.
    private var isCopyingOut = false
    private var scram: ClientScram?
    private var isScramVerified = false
    private var wasAsked = false
    private var endPoint: [UInt8]?
    private var startMessageCount = 0
    /// The bytes for the server.
    package private(set) var outgoing = ByteBuffer()
    /// By which a statement of this session can be cancelled.
    package private(set) var key: (process: Int32, secret: Int32)?
    /// What the server has told of its settings.
    package private(set) var settings: [String: String] = [:]

    /// Messages of the start have their own bounds: nobody has shown who they are yet.
    private static let startByteCount = 64 << 10
    private static let startMessageLimit = 1_000
    private static let settingLimit = 200
    /// More memory is not kept for what is to be sent.
    private static let keptByteCount = 64 << 10

    /// - Parameter nonce: a text that nobody can foresee.
    package init(_ options: ClientOptions, nonce: String = Base64.encode(.random(18))) {
        self.options = options
        self.nonce = nonce
        phase = options.isEncrypted ? .askingForEncryption : .loggingIn
        if options.isEncrypted { StartupMessage.encryptionRequest.write(into: &outgoing) } else { start() }
    }

    /// The outgoing bytes, which are the socket's now.
    package mutating func takeOutgoing() -> [UInt8] {
        defer { outgoing.removeAll() }
        return outgoing.bytes
    }

    /// The outgoing bytes were sent. Their memory stays for those to come.
    package mutating func sentOutgoing() { outgoing.removeAll() }

    /// Gives up memory that many outgoing bytes have taken.
    package mutating func releaseMemory() { if outgoing.isEmpty, outgoing.room > Self.keptByteCount { outgoing = ByteBuffer() } }

    private mutating func start() {
        phase = .loggingIn
        let own: [StartupMessage.Startup.Parameter] = [
            .init("user", options.user), .init("database", options.database), .init("client_encoding", "UTF8"),
        ]
        StartupMessage.startup(.init(parameters: own + options.settings)).write(into: &outgoing)
    }

    // MARK: In

    package mutating func receive(_ bytes: borrowing Span<UInt8>) { input.append(bytes) }

    /// The connection has ended. Throws if that was not the end of the conversation.
    package mutating func end() throws(ClientError) {
        defer { phase = .over }
        if phase != .over { throw .ended }
    }

    /// The handshake of TLS is through.
    /// - Parameter endPoint: what the login can be bound to.
    package mutating func encrypted(endPoint: [UInt8]?) throws(ClientError) {
        guard phase == .encrypting else { return }
        self.endPoint = endPoint
        start()
    }

    /// The next event; nil where more bytes are needed for it.
    package mutating func nextEvent() throws(ClientError) -> ClientEvent? {
        do throws(WireError) {
            while true {
                switch phase {
                case .over, .encrypting: return nil
                case .askingForEncryption:
                    guard let answer = try encryptionAnswer() else { return nil }
                    return answer
                case .loggingIn, .starting, .open: break
                }
                guard let message = try message() else { return nil }
                if let event = try take(message) { return event }
            }
        } catch {
            phase = .over
            throw stopped ?? .protocolBroken(error)
        }
    }

    /// What ended the session in place of a broken protocol.
    private var stopped: ClientError?

    private mutating func stop(_ error: ClientError) -> WireError {
        stopped = error
        return WireError("")
    }

    /// One byte. Nothing may come behind it: whoever stands in between could have put it there, to be taken for what came encrypted.
    private mutating func encryptionAnswer() throws(WireError) -> ClientEvent? {
        guard let byte = input.takeByte() else { return nil }
        switch byte {
        case UInt8(ascii: "S"):
            guard input.count == 0 else { throw WireError("the server sends more than its answer before TLS begins") }
            phase = .encrypting
            return .encrypt
        case UInt8(ascii: "N"): throw stop(.declined("The server has no TLS, without which nothing is sent to it."))
        default: throw WireError("the server does not answer whether it has TLS")
        }
    }

    private mutating func message() throws(WireError) -> BackendMessage? {
        let limit = phase == .open ? options.messageByteCount : Self.startByteCount
        guard let frame = try input.next(limit: limit) else {
            input.release()
            return nil
        }
        guard let kind = BackendMessage.Kind(rawValue: frame.type) else {
            throw WireError("there is no message of a server of the type \(frame.type)")
        }
        var reader = MessageReader(input.bytes, in: frame.body)
        return try BackendMessage(kind, &reader)
    }

    private mutating func take(_ message: BackendMessage) throws(WireError) -> ClientEvent? {
        switch message {
        case .noticeResponse(let fields):
            try countStart()
            return .notice(fields)
        case .parameterStatus(let name, let value):
            try countStart()
            guard settings[name] != nil || settings.count < Self.settingLimit else {
                throw WireError("the server tells of too many settings")
            }
            settings[name] = value
            return phase == .open ? .setting(name: name, value: value) : nil
        case .notification(let process, let channel, let payload) where phase == .open:
            return .notification(process: process, channel: channel, payload: payload)
        case .errorResponse(let fields) where phase != .open || ["FATAL", "PANIC"].contains(fields["V"] ?? fields["S"]):
            throw stop(.refused(fields))
        default: return phase == .open ? try answer(message) : try startAnswer(message)
        }
    }

    private mutating func countStart() throws(WireError) {
        guard phase != .open else { return }
        startMessageCount += 1
        guard startMessageCount <= Self.startMessageLimit else { throw WireError("the server goes on and does not begin the session") }
    }

    // MARK: Login

    private mutating func startAnswer(_ message: BackendMessage) throws(WireError) -> ClientEvent? {
        try countStart()
        switch (phase, message) {
        case (.loggingIn, .authentication(let question)): try logIn(question)
        case (_, .negotiateProtocolVersion): break
        case (.starting, .backendKeyData(let process, let secret)): key = (process, secret)
        case (.starting, .readyForQuery(let status)):
            phase = .open
            return .ready(status)
        default: throw WireError("the server sends \(message.kind) where its session has not begun")
        }
        return nil
    }

    private mutating func logIn(_ question: BackendMessage.Authentication) throws(WireError) {
        switch question {
        case .ok:
            // Who passes by the end of SCRAM would be believed without its signature.
            guard scram == nil || isScramVerified else { throw WireError("the server lets us in without having shown its signature") }
            phase = .starting
        case .cleartextPassword:
            try require(.password, "in the clear")
            send(password: options.password)
        case .md5Password(let salt):
            try require(.md5, "hashed by MD5")
            let inner = MD5.hash(options.password + Array(options.user.utf8)).hexadecimal
            send(password: Array("md5\(MD5.hash(Array(inner.utf8) + salt).hexadecimal)".utf8))
        case .sasl(let mechanisms):
            guard !wasAsked else { throw WireError("the server asks for the password twice") }
            guard !options.password.isEmpty else { throw stop(.declined("The server asks for a password, and none is given.")) }
            let scram = try ClientScram(mechanisms: mechanisms, endPoint: endPoint, password: options.password, nonce: nonce)
            var fields = ByteBuffer()
            fields.append(terminated: scram.mechanismName)
            fields.append(int32: Int32(scram.clientFirst.utf8.count))
            fields.append(scram.clientFirst)
            FrontendMessage.password(fields.bytes).write(into: &outgoing)
            self.scram = scram
            wasAsked = true
        case .saslContinue(let bytes):
            guard var exchange = scram else { throw WireError("the server goes on with SCRAM before it has begun it") }
            let final = try exchange.answer(serverFirst: bytes)
            scram = exchange
            FrontendMessage.password(Array(final.utf8)).write(into: &outgoing)
        case .saslFinal(let bytes):
            guard let scram else { throw WireError("the server ends SCRAM before it has begun it") }
            try scram.verify(serverFinal: bytes)
            isScramVerified = true
        case .other(let number): throw stop(.declined("The server asks for a login of kind \(number), which is not spoken here."))
        }
    }

    private mutating func require(_ way: ClientOptions.WeakLogin, _ how: String) throws(WireError) {
        guard !wasAsked else { throw WireError("the server asks for the password twice") }
        wasAsked = true
        guard options.allowed.contains(way) else {
            throw stop(
                .declined(
                    "The server asks for the password \(how), which it is not told: "
                        + "let it have SCRAM-SHA-256 (password_encryption, pg_hba.conf), or allow it by require_auth=\(way.rawValue)."))
        }
        guard !options.password.isEmpty else { throw stop(.declined("The server asks for a password, and none is given.")) }
    }

    private mutating func send(password: [UInt8]) { FrontendMessage.password(password + [0]).write(into: &outgoing) }

    // MARK: Answers

    private mutating func done(_ step: Expected) {
        next += 1
        if next == expected.count { (expected, next) = ([], 0) }
        if step == .sync || step == .query { (isSkipping, isCopyingOut) = (false, false) }
    }

    private mutating func answer(_ message: BackendMessage) throws(WireError) -> ClientEvent? {
        guard next < expected.count else {
            throw WireError("the server sends \(message.kind) where it was asked for nothing")
        }
        let step = expected[next]
        if isCopyingOut {
            switch message {
            case .copyData(let bytes): return .copyData(bytes)
            case .copyDone:
                isCopyingOut = false
                return .copyDone
            case .errorResponse: break
            default: throw WireError("the server sends \(message.kind) within COPY")
            }
        }
        switch (step, message) {
        case (_, .errorResponse(let fields)):
            guard !isSkipping else { throw WireError("the server sends a second error") }
            isCopyingOut = false
            // A query's own ReadyForQuery comes still.
            if step != .query {
                while next < expected.count, expected[next] != .sync { next += 1 }
                if next == expected.count { (expected, next) = ([], 0) }
                isSkipping = true
            }
            return .failed(fields)
        case (.parse, .parseComplete), (.bind, .bindComplete), (.close, .closeComplete):
            done(step)
            return nil
        case (.describeStatement, .parameterDescription(let types)): return .parameters(types)
        case (.describeStatement, .rowDescription(let columns)), (.describePortal, .rowDescription(let columns)):
            done(step)
            return .columns(columns)
        case (.describeStatement, .noData), (.describePortal, .noData):
            done(step)
            return .columns(nil)
        case (.query, .rowDescription(let columns)): return .columns(columns)
        case (.query, .dataRow(let values)), (.execute, .dataRow(let values)): return .row(values)
        case (.query, .commandComplete(let tag)): return .done(tag)
        case (.query, .emptyQueryResponse): return .done("")
        case (.execute, .commandComplete), (.execute, .emptyQueryResponse), (.execute, .portalSuspended):
            done(step)
            switch message {
            case .commandComplete(let tag): return .done(tag)
            case .portalSuspended: return .suspended
            default: return .done("")
            }
        case (.query, .copyOutResponse(let format)), (.execute, .copyOutResponse(let format)):
            isCopyingOut = true
            return .copyOut(format)
        case (.query, .copyInResponse(let format)), (.execute, .copyInResponse(let format)): return .copyIn(format)
        case (.query, .readyForQuery(let status)), (.sync, .readyForQuery(let status)):
            done(step)
            return .ready(status)
        default: throw WireError("the server answers \(step) by \(message.kind)")
        }
    }

    // MARK: Requests

    /// Puts a request among the outgoing bytes. Only where the session is open.
    package mutating func send(_ request: FrontendMessage) {
        let step: Expected? =
            switch request {
            case .query: .query
            case .parse: .parse
            case .bind: .bind
            case .describe(.statement): .describeStatement
            case .describe(.portal): .describePortal
            case .execute: .execute
            case .close: .close
            case .sync: .sync
            default: nil
            }
        // After an error the server passes over all but Sync.
        if let step, !(isSkipping && expected.isEmpty) || step == .sync { expected.append(step) }
        request.write(into: &outgoing)
    }

    /// Sends a statement with values for its parameters, to be described and run at once, as a group of its own.
    package mutating func send(
        _ text: String, _ parameters: [[UInt8]?], types: [UInt32] = [], formats: [ValueFormat] = [], results: [ValueFormat] = []
    ) {
        send(.parse(.init(name: "", text: text, types: types)))
        send(.bind(.init(portal: "", statement: "", parameterFormats: formats, parameters: parameters, resultFormats: results)))
        send(.describe(.portal("")))
        send(.execute(portal: "", rowLimit: 0))
        send(.sync)
    }

    /// Puts rows of COPY … FROM STDIN among the outgoing bytes, as `write` writes them there.
    package mutating func sendCopyData(_ write: (inout ByteBuffer) -> Void) {
        let start = outgoing.beginMessage(FrontendMessage.Kind.copyData.rawValue)
        write(&outgoing)
        outgoing.endMessage(start)
    }

    /// Says good-bye.
    package mutating func terminate() {
        guard phase == .open else { return }
        FrontendMessage.terminate.write(into: &outgoing)
        phase = .over
    }
}
