import Ground

/// A key that opens a file, as the file tells of it to everybody.
public struct FileKey: Sendable, Hashable {
    public let name: String
    /// `key`, `passphrase` or `service`.
    public let kind: String
}

extension Catalog {
    /// The keys that open a file: nil if it isn't encrypted. None of them is needed for that.
    public static func keys(ofFileAt path: String) throws(CatalogError) -> [FileKey]? { try KeyValueStore.keys(ofFileAt: path) }

    /// The keys of an encrypted file, each under another one, to be kept elsewhere: without one of those they open nothing.
    public static func exportKeys(ofFileAt path: String) throws(CatalogError) -> [UInt8] { try KeyValueStore.exportKeys(ofFileAt: path) }

    /// Gives a file that has lost its keys, in both of its first pages, those that were exported. Nobody may have it open for writing.
    ///
    /// - Parameter key: opens one of them.
    public static func importKeys(_ bytes: [UInt8], toFileAt path: String, _ key: FileEncryption) throws(CatalogError) {
        try KeyValueStore.importKeys(bytes, path, key)
    }

    /// Gives a file another key in the place of the one that opens it. Nobody may have it open for writing.
    public static func replaceKey(
        ofFileAt path: String, _ old: FileEncryption, with new: FileEncryption
    ) throws(CatalogError) { try KeyValueStore.replaceKey(path, old, new) }

    /// Gives a file one more key.
    public static func addKey(toFileAt path: String, _ key: FileEncryption, adding new: FileEncryption) throws(CatalogError) {
        try KeyValueStore.addKey(path, key, new)
    }

    /// Takes a key away from a file, by its name: not the last one.
    public static func removeKey(fromFileAt path: String, _ key: FileEncryption, name: String) throws(CatalogError) {
        try KeyValueStore.removeKey(path, key, name)
    }

    /// Writes every page anew, under keys that nobody had before: the file is replaced by one that only the new key opens, and this
    /// catalog is to be closed then. A crash leaves the old file or the new one.
    ///
    /// - Parameters:
    ///   - dropsStates: whether states that have names, which stay behind, may be lost.
    ///   - progress: told now and then how many records of the store are written, of how many.
    /// - Returns: the number of records of the store.
    @discardableResult
    public func renewDataKey(
        _ key: FileEncryption, replacing old: FileEncryption, dropsStates: Bool = false,
        progress: (_ records: Int, _ all: Int) -> Void = { _, _ in }
    ) throws(CatalogError) -> Int {
        try store.renewDataKey(key, replacing: old, dropsStates: dropsStates, progress: progress)
    }

    /// Puts everything into a new file, encrypted or not. States that have names are not taken along.
    ///
    /// - Parameters:
    ///   - replacing: whether a file at `path` may be replaced.
    ///   - progress: told now and then how many records of the store are written, of how many.
    /// - Returns: the number of records of the store.
    @discardableResult
    public func copy(
        to path: String, encryption: FileEncryption?, replacing: Bool = false,
        progress: (_ records: Int, _ all: Int) -> Void = { _, _ in }
    ) throws(CatalogError) -> Int {
        try store.copy(to: path, encryption: encryption, replacing: replacing, progress: progress)
    }

    /// Seals an archive of the contents under the file's own keys: nil if it isn't encrypted.
    public func archiveSealer() throws(CatalogError) -> ArchiveSealer? { try store.archiveSealer() }

    /// What stands for a text where it must not be read: nil if the file isn't encrypted. Equal texts have equal ones, at each opening; which text
    /// it was finds out by trying only who has a key of the file.
    package func digest(of text: String) -> String? {
        store.digest(of: Array(text.utf8)).map { "#" + Array($0.prefix(6)).hexadecimal }
    }

    /// Whether the file is encrypted.
    public var isEncrypted: Bool { options.encryption != nil }
}
