import Ground

/// The contents of a meta page: where everything is, as of one flush.
///
/// There are two, in pages 0 and 1. A flush writes the one that isn't the newest durable one, so a flush that was cut off
/// leaves the other in place. Fields, by offset; all are little-endian:
///
///      0  magic                 8 bytes "PandoBT\0"
///      8  format version        4
///     12  page size             4
///     16  file UUID             16, as a UUID is written
///     32  opening number        8
///     40  transaction           8, of the flush
///     48  previous transaction  8, of the flush before, which was durable when this one began
///     56  root                  32: page 8, birth 8, records (and overflow bit 47) 8, checksum 8
///     88  depth                 4, levels of pages: 0 for an empty tree
///     92  flags                 4, bit 0: whole
///     96  free-space log        24: last page 8, birth 8, checksum 8; page 0 if there is none
///    120  high-water mark       8, pages from here on were never used
///    128  journal               16: first page 8, pages 8; zero if there is none
///    144  encryption            32: nonce 12, tag 16, algorithm 2, number of the data key 2; zero in a plain file
///    176  salt                  8, random, of the opening that wrote it; zero in format 1
///    184  features              8: those to know for reading 4, and for writing 4; zero in format 1
///    192  reserved              24, zero
///    216  digest                16, of all records, if the root has digests of its children or is a leaf; else zero
///    232  reserved              16, zero
///    248  checksum              8, XXH64 of bytes 0..<248
///    256  writer's note         in page 0 only, 4: process that has, or last had, the file open for writing. Not part of the
///                               meta page: not covered by the checksum.
///    260  closing note          in page 0 only, 8: the newest transaction when the file was last closed, after everything was
///                               synced. Not part of the meta page either.
struct MetaPage: Equatable {
    var version: UInt32 = MetaPage.currentVersion
    var pageSize: Int
    var uuid: UUID
    var opening: UInt64
    var transaction: TransactionID
    var previous: TransactionID
    var root: Root
    var isWhole: Bool
    var space = PageReference()
    /// The first page that was never used.
    var highWater: PageNumber
    /// Where the changes since this flush are.
    var journal: PageRun?
    /// Random bits of the opening that wrote it: so that two states of one number have different journals.
    var salt: UInt64 = 0
    /// What an opening must know of to read the file.
    var readFeatures: UInt32 = 0
    /// What an opening must know of to write the file. This release knows none of it.
    var writeFeatures: UInt32 = 0
    /// The digest of all records, where it is known without reading them.
    var digest = RangeDigest.zero

    /// In `readFeatures`: branches may have digests.
    static let digestFeature: UInt32 = 1
    var hasDigests: Bool { readFeatures & Self.digestFeature != 0 }

    static let currentVersion: UInt32 = 2
    /// The format from which on a file has named states, and a salt.
    static let stateVersion: UInt32 = 2
    static let magic: [UInt8] = Array("PandoBT\0".utf8)
    static let byteCount = 256
    /// Keys have their place in the first 4,096 bytes.
    static let leastEncryptedPageSize = 4096
    static let pageTooSmall = "A file can only be encrypted if its pages have at least 4,096 bytes and its format is 2."
    /// Opening a file reads each page of the journal, so only a crafted file has a longer one than any version makes.
    static let plausibleJournalByteCount: UInt64 = 64 << 20

    static func randomSalt() -> UInt64 { .random(in: 1...UInt64.max) }

    /// Gives it the salt of an opening, if its format has one.
    mutating func setSalt(_ salt: UInt64) { self.salt = version >= Self.stateVersion ? salt : 0 }

    /// The result of reading a meta page.
    enum Reading: Equatable {
        case good(MetaPage)
        /// A page of a later version. `isSound` if its checksum is right, which every version has in the same place.
        case newerFormat(Int, isSound: Bool)
        /// Of a version that is known, with something that isn't.
        case newerFeatures(String)
        /// No magic number.
        case foreign
        /// The magic number, but a wrong checksum or impossible values: torn, or damaged.
        case damaged
    }
}
