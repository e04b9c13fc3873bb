/// Numbers about a file. Pages are counted in pages, sizes in bytes.
public struct FileStatistics: Sendable, Hashable {
    public var pageSize: Int
    public var formatVersion: Int
    /// The newest commit that snapshots see.
    public var transaction: UInt64
    /// What the file takes; in memory, what stands in for it.
    public var fileBytes: UInt64
    /// Pages in use or free, without the room that the file holds ready behind them.
    public var pages: UInt64
    public var freePages: UInt64
    /// Pages that are out of use but that a snapshot or the state on the disk still holds.
    public var pinnedPages: UInt64
    /// Dropped parts of the tree whose pages have not been counted yet.
    public var cutSubtrees: Int
    /// Keys of all kinds.
    public var records: UInt64
    /// Levels of the tree: 0 if it is empty, 1 if it is one leaf.
    public var depth: Int
    /// Changed pages in memory, not yet in the file.
    public var dirtyBytes: Int
    public var liveSnapshots: Int
    /// What keeps pages from being used again, oldest first.
    public var pins: [Pin]
    /// Nil if the file isn't encrypted.
    public var encryption: Encryption?

    /// How a file is encrypted. Nothing of it is secret.
    public struct Encryption: Sendable, Hashable {
        /// Such as `AES-256-GCM-SIV`.
        public var cipher: String
        /// The processor's instructions that are used: `software`, `aesni`, `vaes256`, `vaes` or `arm`.
        public var instructions: String
        /// The keys that open the file.
        public var keys: [FileKey]
        /// Memory that decrypted pages take now.
        public var decryptedBytes: Int
    }

    /// One thing that keeps pages from being used again.
    public struct Pin: Sendable, Hashable {
        public enum Holder: String, Sendable {
            /// A snapshot of this process.
            case snapshot
            case otherProcess
            /// A state that has a name.
            case state
            /// The state that a crash would fall back to.
            case durableState
        }

        public var holder: Holder
        public var transaction: UInt64
        /// Pages that nothing newer holds.
        public var pages: UInt64
        /// How long ago a snapshot was taken, where that is known.
        public var ageSeconds: Double?
        /// The name of a state that has one.
        public var state: String?
    }
}

/// One level of the tree.
public struct TreeLevel: Sendable, Hashable {
    /// 0 for leaves.
    public var level: Int
    public var pages: UInt64
    /// Records in leaves, children in branches.
    public var entries: UInt64
    /// Bytes in use, headers included.
    public var usedBytes: UInt64
    /// What keys would take more if pages did not keep their common prefix once.
    public var savedByPrefixBytes: UInt64
}

/// One page taken apart.
public struct PageDescription: Sendable, Hashable {
    public var number: UInt64
    /// `meta`, `leaf`, `branch`, `space`, `overflow` or `free`.
    public var kind: String
    /// The fields of its header, in their order.
    public var fields: [Field]
    public var cells: [Cell]

    public struct Field: Sendable, Hashable {
        public var name: String
        public var value: String
    }

    public struct Cell: Sendable, Hashable {
        /// As ``ReadableKey`` has it; in a branch the least key below the child, cut where it still tells, and empty for the first.
        public var key: String
        /// In a leaf.
        public var valueByteCount: UInt64?
        /// A branch's child, or the first page of a leaf's large value.
        public var page: UInt64?
        /// The commit that wrote that page, and the page's checksum.
        public var birth: UInt64?
        public var checksum: UInt64?
        /// Records below a branch's child.
        public var count: UInt64?
    }
}

// As `pando inspect --json`, `/_status` and the routes below `/_admin/pages` answer them.
extension FileStatistics.Encryption {
    package var datum: Datum {
        let keys = keys.map { key -> Datum in ["name": Datum(key.name), "kind": Datum(key.kind)] }
        return [
            "cipher": Datum(cipher), "instructions": Datum(instructions), "keys": Datum(elements: keys),
            "decrypted_bytes": Datum(decryptedBytes),
        ]
    }
}

extension TreeLevel {
    public var datum: Datum {
        [
            "level": Datum(level), "pages": Datum(Int(pages)), "entries": Datum(Int(entries)), "used_bytes": Datum(Int(usedBytes)),
            "saved_by_prefix_bytes": Datum(Int(savedByPrefixBytes)),
        ]
    }
}

extension PageDescription {
    public var datum: Datum {
        get throws(DatumError) {
            let fields = try Datum.object(fields.map { ($0.name, Datum($0.value)) })
            let cells = try cells.map { cell throws(DatumError) in try cell.datum }
            return try .object([
                ("number", Datum(Int(number))), ("kind", Datum(kind)), ("fields", fields), ("cells", try .array(cells)),
            ])
        }
    }
}

extension PageDescription.Cell {
    fileprivate var datum: Datum {
        get throws(DatumError) {
            var pairs: [(String, Datum)] = [("key", Datum(key))]
            if let count = valueByteCount { pairs.append(("value_bytes", Datum(Int(count)))) }
            if let page { pairs.append(("page", Datum(Int(page)))) }
            if let birth { pairs.append(("birth", Datum(Int(birth)))) }
            if let checksum { pairs.append(("checksum", Datum(String(checksum, radix: 16)))) }
            if let count { pairs.append(("records", Datum(Int(count)))) }
            return try .object(pairs)
        }
    }
}

extension Catalog {
    public func statistics() throws(CatalogError) -> FileStatistics { try store.statistics() }

    /// The levels of the tree, root first. Reads every page.
    public func treeLevels() throws(CatalogError) -> [TreeLevel] { try store.treeLevels() }

    /// A page by its number. Throws `.corrupt` if there is none or it can't be read.
    public func page(_ number: UInt64) throws(CatalogError) -> PageDescription { try store.page(number) }
}
