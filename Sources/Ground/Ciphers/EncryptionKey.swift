/// What opens encrypted files: a key, a passphrase, or a service that keeps the key to itself.
package final class EncryptionKey: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        /// 32 bytes.
        case key = 1
        /// Bytes that somebody can remember, made a key by scrypt.
        case passphrase = 2
        /// Somebody else wraps and unwraps.
        case service = 3
    }

    /// Wraps bytes, or unwraps what was wrapped before; the text of what it throws is shown.
    package typealias Exchange = @Sendable ([UInt8]) throws -> [UInt8]
    /// The same, with what a file calls the key.
    package typealias NamedExchange = @Sendable ([UInt8], _ name: String) throws -> [UInt8]

    package let kind: Kind
    /// What files and messages call the key: at most 128 bytes.
    package let name: String
    /// What a passphrase costs in a file to which it is added.
    package let scrypt: Scrypt
    private let secret: SecretBytes
    private let exchange: (wrap: Exchange, unwrap: NamedExchange)?
    package static let longestName = 128

    /// - Throws: `wrongKeyLength` if a key hasn't 32 bytes, or a passphrase none.
    package init(_ kind: Kind, name: String, secret: consuming SecretBytes, scrypt: Scrypt = .standard) throws(CipherError) {
        let count = secret.count
        self.kind = kind
        self.name = name
        self.scrypt = scrypt
        self.secret = secret
        exchange = nil
        if kind == .key && count != MessageCipher.keyByteCount || count == 0 {
            throw .wrongKeyLength(byteCount: count, expected: MessageCipher.keyByteCount)
        }
    }

    package convenience init(name: String, wrap: @escaping Exchange, unwrap: @escaping Exchange) throws(CipherError) {
        try self.init(name: name, wrap: wrap, unwrapNamed: { bytes, _ in try unwrap(bytes) })
    }

    package init(name: String, wrap: @escaping Exchange, unwrapNamed: @escaping NamedExchange) throws(CipherError) {
        kind = .service
        self.name = name
        scrypt = .standard
        secret = try SecretBytes.random(count: 0)
        exchange = (wrap, unwrapNamed)
    }

    /// The cipher that wraps a file's key.
    ///
    /// - Parameter salt: of a passphrase.
    package func cipher(_ scrypt: Scrypt, salt: [UInt8]) throws(CipherError) -> MessageCipher {
        if kind == .key { return try MessageCipher(key: secret) }
        return try MessageCipher(key: try scrypt.key(passphrase: secret, salt: salt))
    }

    package static func == (left: EncryptionKey, right: EncryptionKey) -> Bool { left === right }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

    package func wrap(_ bytes: [UInt8]) throws -> [UInt8] { try exchange?.wrap(bytes) ?? [] }

    /// - Parameter name: what the file that has the wrapped bytes calls the key.
    package func unwrap(_ bytes: [UInt8], name: String) throws -> [UInt8] { try exchange?.unwrap(bytes, name) ?? [] }
}
