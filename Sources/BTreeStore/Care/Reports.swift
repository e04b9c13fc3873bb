/// Numbers about a store. Pages are counted in pages, sizes in bytes.
public struct StoreStatistics: Sendable, Equatable {
    public var pageSize = 0
    public var formatVersion = 0
    /// The newest state that snapshots see.
    public var transaction = TransactionID(rawValue: 0)
    /// Size of the file; of the memory used like one, for a store in memory.
    public var fileBytes: UInt64 = 0
    /// Pages up to the high-water mark, the two meta pages included.
    public var pages: UInt64 = 0
    /// Pages that the next flush may use.
    public var freePages: UInt64 = 0
    /// Pages that are no longer part of the newest state but that a snapshot or the durable state still holds.
    public var pinnedPages: UInt64 = 0
    /// Subtrees cut off by range deletes that have not been gone through yet.
    public var cutSubtrees: Int = 0
    public var records: UInt64 = 0
    /// Levels of the tree: 0 if it is empty, 1 if it is one leaf.
    public var depth: Int = 0
    /// Bytes of changed pages in memory, not yet in the file.
    public var dirtyBytes: Int = 0
    public var liveSnapshots: Int = 0
    /// The states that hold pages, oldest first.
    public var pins: [PinReport] = []
    /// Nil if the file isn't encrypted.
    public var encryption: EncryptionReport?

    public init() {}
}

/// How an open file is encrypted. Nothing of it is secret.
public struct EncryptionReport: Sendable, Equatable {
    public var cipher = "AES-256-GCM-SIV"
    /// The processor's instructions that are used: software, aesni, vaes256, vaes or arm.
    public var instructions: String
    public var keys: KeyReport
    /// Memory that decrypted pages take now.
    public var decryptedBytes: Int
}

/// The result of a walk over everything.
public struct CheckReport: Sendable, Equatable {
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        public var page: PageNumber?
        public var message: String

        public init(page: PageNumber?, message: String) {
            self.page = page
            self.message = message
        }

        public var description: String {
            page.map { "page \($0): \(message)" } ?? message
        }
    }

    public var problems: [Problem] = []
    /// What should be seen to, though nothing that the file holds is the worse for it.
    public var warnings: [String] = []
    public var records: UInt64 = 0
    public var branchPages: UInt64 = 0
    public var leafPages: UInt64 = 0
    public var overflowPages: UInt64 = 0
    /// Pages of the free-space log.
    public var spacePages: UInt64 = 0
    /// Pages that are free, pinned, or part of cut subtrees.
    public var freePages: UInt64 = 0

    public init() {}

    public var isClean: Bool { problems.isEmpty }
}

/// One level of the tree, for `pando inspect --tree`.
public struct TreeLevelReport: Sendable, Equatable {
    /// 0 for leaves.
    public var level: Int
    public var pages: UInt64 = 0
    /// Records in leaves, children in branches.
    public var entries: UInt64 = 0
    /// Bytes in use, headers included.
    public var usedBytes: UInt64 = 0
    /// Bytes that keys would take in addition if pages didn't store their common prefix once.
    public var savedByPrefixBytes: UInt64 = 0

    public init(level: Int) {
        self.level = level
    }
}

/// The parts of one page, for `pando inspect --page`.
public struct PageReport: Sendable, Equatable {
    public enum Kind: String, Sendable { case meta, leaf, branch, space, overflow, free }

    public struct Cell: Sendable, Equatable {
        /// The whole key; empty for the first child of a branch.
        public var key: [UInt8]
        /// Bytes of the value, for a leaf.
        public var valueByteCount: UInt64?
        /// The child of a branch, or the first page of the run that holds a leaf's large value.
        public var page: PageNumber?
        public var birth: TransactionID?
        public var checksum: UInt64?
        /// Records below a branch's child.
        public var count: UInt64?

        public init(key: [UInt8]) {
            self.key = key
        }
    }

    public var number: PageNumber
    public var kind: Kind
    /// Names and values of the header's fields, in their order.
    public var fields: [(name: String, value: String)] = []
    public var cells: [Cell] = []

    public init(number: PageNumber, kind: Kind) {
        self.number = number
        self.kind = kind
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.number == right.number && left.kind == right.kind && left.cells == right.cells
            && left.fields.elementsEqual(right.fields) { $0 == $1 }
    }
}
