package import Ground

/// The distance that a commit goes before it returns. Each is atomic, and visible to snapshots begun afterwards.
public enum Durability: Sendable, Hashable {
    /// On the disk when the commit returns.
    case hard
    /// On the disk after the next hard commit, `Store.sync()` or `Store.close()`, and at the latest a sync after
    /// `StoreOptions.softCommitMilliseconds`.
    case soft
    /// Like `soft`, but without that limit: for loads that end in one sync.
    case none
}

/// Options for opening a store.
public struct StoreOptions: Sendable {
    /// Bytes in a page of a new file: a power of two from 512 to 65,536. An existing file keeps its own.
    public var pageSize: Int = 4096
    /// Never writes, takes no writer's lock, and works on files and directories that may not be written. Another process may
    /// write the file meanwhile; each snapshot then shows what that one has written, which may be a moment before it is durable.
    public var readOnly: Bool = false
    /// Makes the file if there is none. Without effect when `readOnly`.
    public var create: Bool = true
    /// Bytes of changed pages that are held in memory before they are written to their places in the file. With more memory, large loads
    /// in random order are quicker: fewer pages are written twice. In an encrypted file up to a quarter of `decryptedByteLimit` more.
    public var dirtyByteLimit: Int = 56 << 20
    /// How long a `.soft` commit may wait before it is written and synced, by a thread of the store's own. Sooner if half of
    /// `dirtyByteLimit` has changed.
    public var softCommitMilliseconds: Int = 500

    /// The key of an encrypted file. A new file is encrypted if there is one.
    package var encryption: EncryptionKey?
    /// Has a new file be encrypted with a key of 32 bytes, or opens one that is.
    ///
    /// - Parameter name: what the file and messages call the key.
    public mutating func encrypt(with key: [UInt8], name: String) throws(StoreError) {
        do throws(CipherError) {
            var bytes = key
            encryption = try EncryptionKey(.key, name: name, secret: try SecretBytes(erasing: &bytes))
        } catch {
            throw StoreError(error)
        }
    }
    /// What no two messages of an encrypted file may have in common: the key that they are under, nonce, associated data.
    struct Sealing: Hashable, Sendable {
        enum Key: Sendable { case pages, journal, meta }
        let key: Key
        let nonce: MessageCipher.Nonce
        let associated: [UInt8]
    }
    typealias SealWitness = @Sendable (Sealing, _ contentHash: UInt64) -> Void
    /// Is told of everything that is sealed. For tests.
    var sealWitness: SealWitness?
    /// Bytes of decrypted pages from which on those that nobody looks at are forgotten. A snapshot keeps what it has seen.
    public var decryptedByteLimit = 512 << 20
    /// A new file goes on numbering behind another one, whose UUID it has.
    struct Successor {
        var opening: UInt64
        var transaction: TransactionID
    }
    var successor: Successor?
    /// Whether small commits go to the disk by way of the journal. Tests of flushes turn it off.
    package var usesJournal = true
    /// The format of a new file. An existing file keeps its own.
    package var formatVersion: UInt32 = 2
    /// Whether the branches of a new file have digests, where its format has them. An existing file stays as it is. They make loads and
    /// updates of many records an eighth slower, so a file gets them when somebody asks for it (`Store.upgradeFormat`).
    package var keepsDigests = false
    /// The salt of this opening: a random one if there is none. Golden files have one that is known.
    package var salt: UInt64?

    public init() {}
}
