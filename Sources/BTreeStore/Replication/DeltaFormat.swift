import Ground

/// The bytes of a delta: blocks, one behind the other, each of which vouches for itself and for its place.
///
///      0  checksum   8, XXH64 of all bytes of the block that follow
///      8  sequence   8: 0, 1, …
///     16  kind       1
///     17  length     4, of what follows
///     21  contents
///
/// The first block is the beginning (kind 1): `PandoDelta`, format 1 (1), whether there is a position that it is since (1), that position,
/// and the one that it leads to, 40 bytes each. Where the first of these is 2, there is one, and the delta is for a file that has other
/// contents than it within ranges for which it has asked. Then come blocks of entries (2), or blocks of changes (4), and at last the end
/// (3): the records of the state that it leads to, 8, and behind them, if ranges were asked for and it is known, their digest, 16.
///
/// Entries: a record (1: length of the key 2, length of the value 4, key, value), or what has not changed (2: length of the first key 2, of
/// the last one 2, count 8, the keys). Changes are those of the journal (`JournalRecord`).
enum DeltaBlock {
    case beginning(since: StatePosition?, isOfRanges: Bool = false, to: StatePosition)
    case entries([UInt8])
    case changes([UInt8])
    case end(records: UInt64, digest: RangeDigest? = nil)

    static let headerByteCount = 21
    static let magic = Array("PandoDelta".utf8)
    static let format: UInt8 = 1
    /// No block is longer than a record and what a block is filled up to.
    static let greatestByteCount = Page.maximumValueLength + (1 << 20)
    static let fullByteCount = 64 << 10
    /// Stands for a number of records that is not known, behind changes.
    static let uncounted = UInt64.max

    private var kind: UInt8 {
        switch self {
        case .beginning: 1
        case .entries: 2
        case .end: 3
        case .changes: 4
        }
    }

    func append(to output: inout ByteBuffer, sequence: UInt64) {
        let contents: [UInt8] =
            switch self {
            case .beginning(let since, let isOfRanges, let to):
                Self.magic + [Self.format, since == nil ? 0 : isOfRanges ? 2 : 1]
                    + (since?.encoded ?? [UInt8](repeating: 0, count: StatePosition.byteCount)) + to.encoded
            case .entries(let bytes), .changes(let bytes): bytes
            case .end(let records, let digest):
                littleEndianBytes(records, 8) + (digest.map { littleEndianBytes($0.low, 8) + littleEndianBytes($0.high, 8) } ?? [])
            }
        let head = littleEndianBytes(sequence, 8) + [kind] + littleEndianBytes(UInt64(contents.count), 4)
        let body = head + contents
        output.append(littleEndianBytes(withBytes(body) { checksum($0) }, 8))
        output.append(body)
    }

    /// - Parameter bytes: a whole block behind its header.
    init?(kind: UInt8, _ bytes: [UInt8]) {
        switch kind {
        case 1:
            let start = Self.magic.count + 2
            guard bytes.count == start + 2 * StatePosition.byteCount, bytes.starts(with: Self.magic), bytes[start - 2] == Self.format else {
                return nil
            }
            let since = bytes[start - 1] == 0 ? nil : StatePosition(bytes: bytes[start..<start + StatePosition.byteCount])
            self = .beginning(
                since: since, isOfRanges: bytes[start - 1] == 2, to: StatePosition(bytes: bytes[(start + StatePosition.byteCount)...]))
        case 2: self = .entries(bytes)
        case 3:
            guard bytes.count == 8 || bytes.count == 24 else { return nil }
            self = .end(
                records: littleEndianNumber(bytes, 0, 8),
                digest: bytes.count == 8 ? nil : RangeDigest(low: littleEndianNumber(bytes, 8, 8), high: littleEndianNumber(bytes, 16, 8)))
        case 4: self = .changes(bytes)
        default: return nil
        }
    }
}

func littleEndianBytes(_ number: UInt64, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
}

func littleEndianNumber(_ bytes: [UInt8], _ start: Int, _ width: Int) -> UInt64 {
    bytes[start..<start + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

/// A reader of blocks from bytes that come in pieces.
struct DeltaBlocks {
    private var input: [UInt8] = []
    private var position = 0
    private var sequence: UInt64 = 0

    mutating func append(_ bytes: Span<UInt8>) {
        if position > 0 {
            input.removeFirst(position)
            position = 0
        }
        bytes.withBytes { $0.append(to: &input) }
    }

    var isEmpty: Bool { position == input.count }

    /// The next block: nil if it has not come whole.
    ///
    /// - Throws: `deltaRefused` if it is damaged.
    mutating func next() throws(StoreError) -> DeltaBlock? {
        guard input.count - position >= DeltaBlock.headerByteCount else { return nil }
        let count = Int(littleEndianNumber(input, position + 17, 4))
        guard count <= DeltaBlock.greatestByteCount, littleEndianNumber(input, position + 8, 8) == sequence else {
            throw Self.damaged(sequence)
        }
        let end = position + DeltaBlock.headerByteCount + count
        guard end <= input.count else { return nil }
        let sum = withBytes(input) { checksum($0[position + 8..<end]) }
        guard sum == littleEndianNumber(input, position, 8),
            let block = DeltaBlock(kind: input[position + 16], Array(input[(position + DeltaBlock.headerByteCount)..<end]))
        else { throw Self.damaged(sequence) }
        position = end
        sequence += 1
        return block
    }

    static func damaged(_ sequence: UInt64) -> StoreError {
        .deltaRefused(
            reason: "the delta is damaged: its block \(sequence) is not what it says; get another copy of it, or take a new backup")
    }
}

/// A delta that is gone through without being applied: whether it is whole, and what it leads from and to.
package struct DeltaReading {
    private var blocks = DeltaBlocks()
    private var ends: (since: StatePosition?, to: StatePosition)?
    private var isComplete = false

    package init() {}

    /// - Throws: `deltaRefused` if it is damaged.
    package mutating func append(_ bytes: Span<UInt8>) throws(StoreError) {
        blocks.append(bytes)
        while let block = try blocks.next() {
            guard !isComplete, (ends == nil) == block.isBeginning else { throw .deltaRefused(reason: "the delta is malformed") }
            switch block {
            case .beginning(let since, _, let to): ends = (since, to)
            case .end: isComplete = true
            case .entries, .changes: break
            }
        }
    }

    /// - Throws: `deltaRefused` if the end has not come.
    package consuming func finish() throws(StoreError) -> (since: StatePosition?, to: StatePosition) {
        guard isComplete, blocks.isEmpty, let ends else {
            throw .deltaRefused(reason: "the delta is cut off before its end; get all of it")
        }
        return ends
    }
}

extension DeltaBlock {
    fileprivate var isBeginning: Bool { if case .beginning = self { true } else { false } }
}
