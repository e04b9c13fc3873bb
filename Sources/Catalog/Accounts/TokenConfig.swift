import Ground

/// A stand-in for an account's password in requests over HTTP until it expires or is revoked: stored as JSON at `__meta__:tokens:<id>`.
/// The file has a hash of the secret; as that has 256 random bits, a fast one will do.
public struct TokenConfig: Sendable, Hashable {
    /// 16 hexadecimal digits.
    public let id: String
    /// The account that it stands for.
    public let user: String
    /// What it is for, as whoever issued it said.
    public let note: String
    /// Seconds since 1970-01-01T00:00:00Z, to the millisecond.
    public let createdAt: Double
    public let expiresAt: Double
    private let hash: [UInt8]

    private static let mark = "pando_"

    /// Makes a token with a new secret.
    /// - Returns: what is stored, and the text that is shown once.
    package static func make(for user: String, note: String, seconds: Double) -> (token: TokenConfig, text: String) {
        let id = [UInt8].random(8).hexadecimal
        let secret = [UInt8].random(32).hexadecimal
        let now = WallClock.milliseconds
        let hash = SHA256.hash(Array(secret.utf8))
        let token = TokenConfig(id: id, user: user, note: note, createdAt: now, expiresAt: now + seconds, hash: hash)
        return (token, "\(mark)\(id)_\(secret)")
    }

    private init(id: String, user: String, note: String, createdAt: Double, expiresAt: Double, hash: [UInt8]) {
        self.id = id
        self.user = user
        self.note = note
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.hash = hash
    }

    /// The two parts of a token's text; nil if it is none.
    package static func parse(_ text: String) -> (id: String, secret: String)? {
        guard text.hasPrefix(mark), text.utf8.count == mark.utf8.count + 16 + 1 + 64 else { return nil }
        let parts = text.dropFirst(mark.count).split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 16 else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    package func accepts(secret: String) -> Bool { SHA256.hash(Array(secret.utf8)).equalsInConstantTime(hash) }

    /// Whether its time is over.
    package var isExpired: Bool { expiresAt <= WallClock.milliseconds }
}

extension TokenConfig {
    /// The stored form.
    var json: Datum {
        [
            "id": Datum(id), "user": Datum(user), "note": Datum(note), "created_at": Datum(createdAt), "expires_at": Datum(expiresAt),
            "hash": Datum(Base64.encode(hash)),
        ]
    }

    /// Reads the stored form; `key` is where it stood, for the message.
    init(json: Datum, at key: String) throws(CatalogError) {
        guard let hash = Base64.decode(try json.configString("hash", at: key)), hash.count == SHA256.byteCount else {
            throw CatalogError(.corrupt, "The token at `\(key)` has a `hash` that is none. Run `pando check`.")
        }
        self.init(
            id: try json.configString("id", at: key), user: try json.configString("user", at: key), note: json[field: "note"]?.string ?? "",
            createdAt: try json.configNumber("created_at", at: key), expiresAt: try json.configNumber("expires_at", at: key), hash: hash)
    }
}

extension CatalogSnapshot {
    /// In order of their ids, those that have expired among them.
    public func tokens() throws(CatalogError) -> [TokenConfig] {
        try collect(CatalogKeys.tokens) { key, json throws(CatalogError) in try TokenConfig(json: json, at: key) }
    }

    /// Cached.
    public func token(_ id: String) throws(CatalogError) -> TokenConfig? {
        guard id.utf8.count <= UserConfig.maximumNameByteCount else { return nil }
        if let known = configs.token(id, at: store.metadataNumber) { return known }
        let key = CatalogKeys.tokens + id
        let token = try store.get(Array(key.utf8)).map { value throws(CatalogError) in
            try TokenConfig(json: try value.config(at: key), at: key)
        }
        if let token { configs.remember(token, at: store.metadataNumber) }
        return token
    }
}

extension CatalogTransaction {
    /// Stores a token, and removes those whose time is over.
    package mutating func putToken(_ token: TokenConfig) throws(CatalogError) {
        let stored = try snapshot().tokens()
        metadataChanges()
        for old in stored where old.isExpired { _ = try store.delete(Array((CatalogKeys.tokens + old.id).utf8)) }
        try putConfig(token.json, at: Array((CatalogKeys.tokens + token.id).utf8))
        note("issued the token `\(token.id)` for `\(token.user)`")
    }

    /// Returns whether there was one.
    @discardableResult
    package mutating func deleteToken(_ id: String) throws(CatalogError) -> Bool {
        metadataChanges()
        guard try store.delete(Array((CatalogKeys.tokens + id).utf8)) else { return false }
        note("revoked the token `\(id)`")
        return true
    }

    /// Removes all that stand for an account.
    mutating func deleteTokens(of user: String) throws(CatalogError) {
        for token in try snapshot().tokens() where token.user == user { _ = try store.delete(Array((CatalogKeys.tokens + token.id).utf8)) }
    }
}
