package import Ground

/// What opens an encrypted file, and makes a new one encrypted: a key, a passphrase, or a service that keeps its key to itself.
///
///     options.encryption = try .masterKey(bytes, name: "prod-2026")
///
/// Equal only to itself.
public struct FileEncryption: Sendable, Hashable {
    package let key: EncryptionKey

    package init(_ key: EncryptionKey) {
        self.key = key
    }

    /// A key of 32 random bytes.
    ///
    /// - Parameter name: what files and messages call it: at most 128 bytes.
    /// - Throws: `.invalidEncryption` for another number of bytes.
    public static func masterKey(_ bytes: [UInt8], name: String = "master") throws(CatalogError) -> FileEncryption {
        try make(.key, bytes, name)
    }

    /// A text that somebody can remember. To open a file with it takes a third of a second and 128 MiB.
    public static func passphrase(_ text: String, name: String = "passphrase") throws(CatalogError) -> FileEncryption {
        try make(.passphrase, Array(text.utf8), name)
    }

    /// Somebody else, such as a key management service, wraps the file's key when a file is made, and unwraps it when it is opened.
    public static func service(
        name: String, wrap: @escaping @Sendable ([UInt8]) throws -> [UInt8], unwrap: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) throws(CatalogError) -> FileEncryption {
        try service(name: name, wrap: wrap, unwrapNamed: { bytes, _ in try unwrap(bytes) })
    }

    /// The same, where who unwraps is told what the file calls the key.
    package static func service(
        name: String, wrap: @escaping @Sendable ([UInt8]) throws -> [UInt8],
        unwrapNamed: @escaping @Sendable ([UInt8], _ name: String) throws -> [UInt8]
    ) throws(CatalogError) -> FileEncryption {
        do throws(CipherError) { return FileEncryption(try EncryptionKey(name: name, wrap: wrap, unwrapNamed: unwrapNamed)) } catch {
            throw CatalogError(.invalidEncryption, error.description)
        }
    }

    private static func make(_ kind: EncryptionKey.Kind, _ bytes: [UInt8], _ name: String) throws(CatalogError) -> FileEncryption {
        var bytes = bytes
        do throws(CipherError) {
            return FileEncryption(try EncryptionKey(kind, name: name, secret: try SecretBytes(erasing: &bytes)))
        } catch {
            throw CatalogError(.invalidEncryption, error.description)
        }
    }
}
