import Ground

extension EngineTransaction {
    /// Values up to this size are taken by every engine.
    static let harmlessByteCount = 1 << 16

    /// Refuses a value that is larger than what the engine takes, and says whose it is.
    ///
    /// - Throws: `.tooLarge` for a document, at which others need not stop; `.io` for a record that Pando makes of several, an entry of a change
    ///   log say, without which what was written before is not whole.
    func requireFitting(_ key: [UInt8], _ byteCount: Int) throws(CatalogError) {
        let limit = store.engine.largestValueByteCount
        guard byteCount > limit else { return }
        let document = Self.document(at: key)
        throw CatalogError(
            document == nil ? .io : .tooLarge,
            "\(document ?? "A record") takes \(byteCount) bytes; a value in \(store.engine.kind), which keeps it, has \(limit) at the most "
                + "(max_value in its URL).")
    }

    /// What a document is called; nil for what is none.
    private static func document(at key: [UInt8]) -> String? {
        // db:<database id>:table:<table id>:docs:<key>
        let parts = key.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, key.starts(with: CatalogKeys.contents.utf8), parts[4].elementsEqual("docs".utf8) else { return nil }
        guard let id = (try? PrimaryKey.decode(Array(parts[5])))?.json() else { return "A document" }
        return "The document \(String(decoding: id.prefix(100), as: UTF8.self))"
    }
}
