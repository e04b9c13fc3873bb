import Ground
import ReQLish

/// The session that a driver has agreed on with the server.
struct DriverSession: Sendable, Hashable {
    enum Version: Sendable, Hashable {
        case v0_3, v0_4, v1_0
    }

    let version: Version
    /// The account that was proved.
    let user: String

    /// Queries of one connection that may run at the same time.
    var parallelQueries: Int { version == .v0_3 ? 1 : 1024 }
}

/// The beginning of a driver's connection, byte in and bytes out: which version of the protocol, and which account.
///
/// V0_3 and V0_4: magic, length and text of a key, the magic of JSON; answered with `SUCCESS` and NUL. To compare a key with a password
/// takes thousands of hashes: the owner does that on another thread, and reports the result with ``prove(_:into:)``. V1_0: magic, then JSON
/// messages that end with NUL, of SCRAM-SHA-256 (RFC 7677):
///
///     client                                    server
///     magic                                  →
///                                            ←  the versions it speaks
///     n=USER,r=CLIENTNONCE                   →
///                                            ←  r=CLIENTNONCE+SERVERNONCE,s=SALT,i=ITERATIONS
///     c=biws,r=…,p=PROOF                     →
///                                            ←  v=SIGNATURE
///
/// What fails is answered with a text (before the first JSON message) or an error object, and ends the connection.
struct Handshake: Sendable {
    enum Outcome: Sendable, Hashable {
        case needsMore
        case done(DriverSession)
        /// Nothing is taken until the key was checked.
        case unproved(KeyCheck)
        /// The refusal is written; nothing more is read.
        case refused
    }

    private enum Step {
        case magic
        case keyLength(DriverSession.Version)
        case key(DriverSession.Version, byteCount: Int)
        case encoding(DriverSession.Version, key: [UInt8])
        case proof(DriverSession.Version)
        case firstMessage
        case finalMessage(Scram)
        case over
    }

    /// The most bytes of a key, and of a message with its NUL.
    static let maximumMessageBytes = 2048
    /// The RethinkDB whose protocols and language this server speaks; drivers ask for it.
    static let serverVersion = "2.4.4"

    private let authenticator: Authenticator
    private let serverNonce: String
    private var step = Step.magic
    private var message: [UInt8] = []
    /// What the account was proved with.
    private(set) var credential: Credential?
    /// It was refused for a wrong name or password: the answer to a guess is held back.
    private(set) var wasGuessed = false

    init(authenticator: Authenticator, serverNonce: String = Base64.encode(.random(18))) {
        self.authenticator = authenticator
        self.serverNonce = serverNonce
    }

    /// Takes the next byte, and writes what is to be answered.
    mutating func receive(_ byte: UInt8, into output: inout ByteBuffer) -> Outcome {
        do throws(LoginError) {
            return try take(byte, &output)
        } catch {
            return refuse(error, &output)
        }
    }

    private mutating func refuse(_ failure: LoginError, _ output: inout ByteBuffer) -> Outcome {
        step = .over
        wasGuessed = failure.isGuess
        if let code = failure.code {
            Self.write(["error": Datum(failure.message), "error_code": Datum(code), "success": false], into: &output)
        } else {
            Self.refuse(failure.message, into: &output)
        }
        return .refused
    }

    /// Goes on after ``Outcome/unproved(_:)``.
    mutating func prove(_ isRight: Bool, into output: inout ByteBuffer) -> Outcome {
        guard case .proof(let version) = step else { return .refused }
        guard isRight else { return refuse(Self.wrongKey, &output) }
        return welcome(version, &output)
    }

    private mutating func take(_ byte: UInt8, _ output: inout ByteBuffer) throws(LoginError) -> Outcome {
        let isWhole: Bool
        switch step {
        case .over, .proof: return .refused
        case .firstMessage, .finalMessage:
            isWhole = byte == 0
            if !isWhole { message.append(byte) }
            guard isWhole || message.count < Self.maximumMessageBytes else {
                throw LoginError(7, "A message has at most \(Self.maximumMessageBytes) bytes.")
            }
        case .key(_, let byteCount):
            message.append(byte)
            isWhole = message.count == byteCount
        case .magic, .keyLength, .encoding:
            message.append(byte)
            isWhole = message.count == 4
        }
        guard isWhole else { return .needsMore }
        defer { message.removeAll(keepingCapacity: true) }
        return try takeWhole(&output)
    }

    /// A refusal whose reason lies elsewhere.
    static func refuse(_ text: String, into output: inout ByteBuffer) {
        output.append("ERROR: \(text)\n")
        output.append(UInt8(0))
    }

    private static func write(_ object: Datum, into output: inout ByteBuffer) {
        object.writeJSON(into: &output)
        output.append(UInt8(0))
    }

    /// What the step waited for is there.
    private mutating func takeWhole(_ output: inout ByteBuffer) throws(LoginError) -> Outcome {
        switch step {
        case .magic:
            switch message.littleEndian {
            case Magic.v0_3: step = .keyLength(.v0_3)
            case Magic.v0_4: step = .keyLength(.v0_4)
            case Magic.v1_0:
                step = .firstMessage
                Self.write(
                    [
                        "max_protocol_version": 0, "min_protocol_version": 0, "server_version": Datum(Self.serverVersion),
                        "success": true,
                    ], into: &output)
            case Magic.v0_1, Magic.v0_2:
                throw LoginError(nil, "The protocol versions V0_1 and V0_2 are no longer spoken; use a newer driver.")
            default:
                throw LoginError(nil, "This is the driver port, and what came is not the beginning of a driver's connection.")
            }
        case .keyLength(let version):
            let length = Int(message.littleEndian)
            guard length <= Self.maximumMessageBytes else {
                throw LoginError(nil, "The authorization key has \(length) bytes; it may have \(Self.maximumMessageBytes).")
            }
            step = length == 0 ? .encoding(version, key: []) : .key(version, byteCount: length)
        case .key(let version, _): step = .encoding(version, key: message)
        case .encoding(let version, let key): return try begin(version, key, &output)
        case .firstMessage:
            let object = try object()
            try Self.check(object)
            let scram = try Scram(clientFirst: try Self.authentication(object), authenticator, serverNonce: serverNonce)
            Self.write(["authentication": Datum(scram.serverFirst), "success": true], into: &output)
            step = .finalMessage(scram)
        case .finalMessage(let scram):
            let signature = try scram.finish(clientFinal: try Self.authentication(try object()))
            Self.write(["authentication": Datum("v=" + Base64.encode(signature)), "success": true], into: &output)
            step = .over
            credential = scram.credential
            return .done(DriverSession(version: .v1_0, user: scram.user))
        case .over, .proof: return .refused
        }
        return .needsMore
    }

    private mutating func begin(
        _ version: DriverSession.Version, _ key: [UInt8], _ output: inout ByteBuffer
    ) throws(LoginError) -> Outcome {
        switch message.littleEndian {
        case Magic.json: break
        case Magic.protobuf: throw LoginError(nil, "Queries in protocol buffers are no longer taken; use a driver that speaks JSON.")
        default: throw LoginError(nil, "The encoding of queries is none that is known; it must be JSON.")
        }
        guard let credential = try authenticator.credential(of: UserConfig.administrator), let key = String(validating: key, as: UTF8.self)
        else { throw Self.wrongKey }
        let check = KeyCheck(key: key, credential: credential)
        self.credential = credential
        if check.isQuick {
            guard check.isRight() else { throw Self.wrongKey }
            return welcome(version, &output)
        }
        step = .proof(version)
        return .unproved(check)
    }

    private static let wrongKey = LoginError(
        nil, "The authorization key is not the password of `\(UserConfig.administrator)`.", isGuess: true)

    private mutating func welcome(_ version: DriverSession.Version, _ output: inout ByteBuffer) -> Outcome {
        output.append("SUCCESS")
        output.append(UInt8(0))
        step = .over
        return .done(DriverSession(version: version, user: UserConfig.administrator))
    }

    // MARK: JSON messages

    private func object() throws(LoginError) -> Datum {
        let object: Datum
        do {
            object = try Datum(json: message.span, options: JSONOptions(pseudoTypes: false))
        } catch {
            throw LoginError(8, "The message is not valid JSON: \(error)")
        }
        guard object.kind == .object else { throw LoginError(9, "The message is not a JSON object.") }
        return object
    }

    private static func check(_ object: Datum) throws(LoginError) {
        guard let version = object[field: "protocol_version"]?.number else {
            throw LoginError(1, "The message has no number `protocol_version`.")
        }
        guard version == 0 else { throw LoginError(2, "The protocol version \(version) is not spoken here; 0 is.") }
        guard let method = object[field: "authentication_method"]?.string else {
            throw LoginError(3, "The message has no string `authentication_method`.")
        }
        guard method == "SCRAM-SHA-256" else {
            throw LoginError(4, "The authentication method is not known; use SCRAM-SHA-256.")
        }
    }

    private static func authentication(_ object: Datum) throws(LoginError) -> String {
        guard let text = object[field: "authentication"]?.string else {
            throw LoginError(5, "The message has no string `authentication`.")
        }
        return text
    }
}

/// The first words of a connection.
private enum Magic {
    static let v0_1: UInt32 = 0x3f61_ba36
    static let v0_2: UInt32 = 0x7230_81e1
    static let v0_3: UInt32 = 0x5f75_e83e
    static let v0_4: UInt32 = 0x400c_2d20
    static let v1_0: UInt32 = 0x34c2_bdc3
    static let protobuf: UInt32 = 0x271f_fc41
    static let json: UInt32 = 0x7e69_70c7
}

extension [UInt8] {
    /// The first four bytes as a number, lowest first.
    fileprivate var littleEndian: UInt32 {
        UInt32(self[0]) | UInt32(self[1]) << 8 | UInt32(self[2]) << 16 | UInt32(self[3]) << 24
    }
}
