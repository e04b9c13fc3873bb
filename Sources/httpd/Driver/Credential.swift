import ReQLish

/// What the server keeps of a password: enough to recognise it, made slowly once (RFC 5802).
struct Credential: Sendable {
    static let defaultIterations = 4096
    static let saltByteCount = 16

    let salt: [UInt8]
    let iterations: Int
    /// Tells the empty password without deriving a key; it is the only one that is no secret.
    let isEmptyPassword: Bool
    private let saltedPassword: [UInt8]
    private let storedKey: [UInt8]
    private let serverKey: HMAC

    /// Derives the keys: takes as long as `iterations` of PBKDF2 do.
    init(password: String, salt: [UInt8], iterations: Int = defaultIterations) {
        let bytes = Array((PreparedString(password)?.text ?? password).utf8)
        self.init(
            saltedPassword: .derivedKey(password: bytes, salt: salt, iterations: iterations), salt: salt, iterations: iterations,
            isEmptyPassword: password.isEmpty)
    }

    private init(saltedPassword: [UInt8], salt: [UInt8], iterations: Int, isEmptyPassword: Bool) {
        self.salt = salt
        self.iterations = iterations
        self.isEmptyPassword = isEmptyPassword
        self.saltedPassword = saltedPassword
        let hmac = HMAC(key: saltedPassword)
        storedKey = SHA256.hash(hmac.code(of: Array("Client Key".utf8)))
        serverKey = HMAC(key: hmac.code(of: Array("Server Key".utf8)))
    }

    /// What nobody's password fits, to go on with for a user who is not there.
    static func decoy(salt: [UInt8]) -> Credential {
        Credential(saltedPassword: SHA256.hash(salt), salt: salt, iterations: defaultIterations, isEmptyPassword: false)
    }

    /// Whether a SCRAM proof was made with the password.
    func accepts(proof: [UInt8], for message: [UInt8]) -> Bool {
        guard proof.count == SHA256.byteCount else { return false }
        let clientKey = proof ^ HMAC(key: storedKey).code(of: message)
        return SHA256.hash(clientKey).equalsInConstantTime(storedKey)
    }

    /// With which the server shows that it knows the password too.
    func signature(of message: [UInt8]) -> [UInt8] {
        serverKey.code(of: message)
    }

    /// Whether this is the password itself. Slow, except where one of the two is empty.
    func accepts(password: String) -> Bool {
        if isEmptyPassword || password.isEmpty { return isEmptyPassword && password.isEmpty }
        guard let password = PreparedString(password)?.text else { return false }
        return [UInt8].derivedKey(password: Array(password.utf8), salt: salt, iterations: iterations).equalsInConstantTime(saltedPassword)
    }
}

/// A name or a password as SASLprep (RFC 4013) has it, as far as names and passwords go that need no compatibility normalisation: other
/// spaces become the plain one, invisible characters go, control characters are refused.
struct PreparedString: Sendable {
    let text: String

    /// Nil if it holds what is prohibited.
    init?(_ text: String) {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xAD, 0x34F, 0x1806, 0x180B...0x180D, 0x200B...0x200D, 0x2060, 0xFE00...0xFE0F, 0xFEFF: continue
            case 0xA0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: result.append(" ")
            default:
                switch scalar.properties.generalCategory {
                case .control, .privateUse, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator, .format: return nil
                default: result.append(scalar)
                }
            }
        }
        self.text = String(result)
    }
}

/// Who may connect. Knows one account so far: `admin`, whose password is empty.
struct Authenticator: Sendable {
    static let administrator = "admin"

    private let credentials: [String: Credential]
    /// Makes the salts of users who are not there, always the same for each, so that salts don't tell who is.
    private let decoys: HMAC

    init(credentials: [String: Credential]) {
        self.credentials = credentials
        decoys = HMAC(key: .random(SHA256.byteCount))
    }

    /// `admin` with the empty password. Made once a process.
    static let open = Authenticator(credentials: [
        administrator: Credential(password: "", salt: .random(Credential.saltByteCount))
    ])

    func credential(of user: String) -> Credential? { credentials[user] }

    func decoy(for user: String) -> Credential {
        .decoy(salt: Array(decoys.code(of: Array(user.utf8)).prefix(Credential.saltByteCount)))
    }
}

extension [UInt8] {
    /// Bytes that nobody can foresee.
    static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        // Each number is a system call, so all eight bytes of it are used.
        let numbers = (0..<(count + 7) / 8).map { _ in generator.next() }
        return (0..<count).map { UInt8(truncatingIfNeeded: numbers[$0 / 8] >> UInt64($0 % 8 * 8)) }
    }
}
