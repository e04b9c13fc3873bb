import Ground

/// The part of a password that the file keeps: enough to recognise it, made slowly once (RFC 5802), and nothing it could be read from.
package struct Credential: Sendable, Hashable {
    package static let defaultIterations = 4096
    package static let saltByteCount = 16
    /// The most that an account may have: whoever connects makes the server do as many.
    package static let maximumIterations = 10_000_000

    package let salt: [UInt8]
    package let iterations: Int
    /// Tells the empty password without deriving a key; it is the only one that is not a secret.
    package let isEmptyPassword: Bool
    private let storedKey: [UInt8]
    private let serverKey: [UInt8]

    /// Derives the keys: takes as long as `iterations` of PBKDF2 do.
    package init(password: String, salt: [UInt8] = .random(saltByteCount), iterations: Int = defaultIterations) {
        let bytes = Array((PreparedString(password)?.text ?? password).utf8)
        self.init(
            saltedPassword: .derivedKey(password: bytes, salt: salt, iterations: iterations), salt: salt, iterations: iterations,
            isEmptyPassword: password.isEmpty)
    }

    private init(saltedPassword: [UInt8], salt: [UInt8], iterations: Int, isEmptyPassword: Bool) {
        self.salt = salt
        self.iterations = iterations
        self.isEmptyPassword = isEmptyPassword
        let hmac = HMAC(key: saltedPassword)
        storedKey = SHA256.hash(hmac.code(of: Array("Client Key".utf8)))
        serverKey = hmac.code(of: Array("Server Key".utf8))
    }

    /// Of PostgreSQL's text `SCRAM-SHA-256$iterations:salt$stored:server`, which clients send so that the password itself goes nowhere. Nil
    /// if it is none.
    package init?(verifier: String) {
        let parts = verifier.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "SCRAM-SHA-256" else { return nil }
        let (derivation, keys) = (parts[1].split(separator: ":"), parts[2].split(separator: ":"))
        guard derivation.count == 2, keys.count == 2, let iterations = Int(derivation[0]),
            (1...Self.maximumIterations).contains(iterations),
            let salt = Base64.decode(String(derivation[1])), !salt.isEmpty, let storedKey = Base64.decode(String(keys[0])),
            let serverKey = Base64.decode(String(keys[1])), storedKey.count == SHA256.byteCount, serverKey.count == SHA256.byteCount
        else { return nil }
        self.salt = salt
        self.iterations = iterations
        self.storedKey = storedKey
        self.serverKey = serverKey
        isEmptyPassword = false
    }

    /// A credential that no password matches, used for unknown users.
    package static func decoy(salt: [UInt8]) -> Credential {
        Credential(saltedPassword: SHA256.hash(salt), salt: salt, iterations: defaultIterations, isEmptyPassword: false)
    }

    /// Whether a SCRAM proof was made with the password.
    package func accepts(proof: [UInt8], for message: [UInt8]) -> Bool {
        guard proof.count == SHA256.byteCount else { return false }
        let clientKey = proof ^ HMAC(key: storedKey).code(of: message)
        return SHA256.hash(clientKey).equalsInConstantTime(storedKey)
    }

    /// With which the server shows that it knows the password too.
    package func signature(of message: [UInt8]) -> [UInt8] {
        HMAC(key: serverKey).code(of: message)
    }

    /// Whether this is the password itself. Slow, except where one of the two is empty.
    package func accepts(password: String) -> Bool {
        if isEmptyPassword || password.isEmpty { return isEmptyPassword && password.isEmpty }
        guard PreparedString(password) != nil else { return false }
        return Credential(password: password, salt: salt, iterations: iterations).storedKey.equalsInConstantTime(storedKey)
    }
}

// MARK: The stored form

extension Credential {
    var json: [(String, Datum?)] {
        [
            ("salt", Datum(Base64.encode(salt))), ("iterations", Datum(iterations)), ("stored_key", Datum(Base64.encode(storedKey))),
            ("server_key", Datum(Base64.encode(serverKey))), ("empty_password", isEmptyPassword ? true : nil),
        ]
    }

    init(json: Datum, at key: String) throws(CatalogError) {
        func bytes(_ field: String, count: Int?) throws(CatalogError) -> [UInt8] {
            guard let bytes = Base64.decode(try json.configString(field, at: key)), bytes.count == count ?? bytes.count else {
                throw CatalogError(.corrupt, "The account at `\(key)` has a `\(field)` that is none. Run `pando check`.")
            }
            return bytes
        }
        salt = try bytes("salt", count: nil)
        storedKey = try bytes("stored_key", count: SHA256.byteCount)
        serverKey = try bytes("server_key", count: SHA256.byteCount)
        isEmptyPassword = json[field: "empty_password"]?.bool ?? false
        let count = try json.configNumber("iterations", at: key)
        guard let iterations = Int(exactly: count), (1...Self.maximumIterations).contains(iterations) else {
            throw CatalogError(.corrupt, "The account at `\(key)` has \(count) `iterations`. Run `pando check`.")
        }
        self.iterations = iterations
    }
}

/// A name or a password as SASLprep (RFC 4013) has it, as far as names and passwords go that need no compatibility normalisation: other
/// spaces become the plain one, invisible characters go, control characters are refused.
package struct PreparedString: Sendable {
    package let text: String

    /// Nil if it holds what is prohibited.
    package init?(_ text: String) {
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
