import Catalog
import Ground

/// Rows in a temporary file, each with a key, one after the other in blocks.
final class RowList {
    fileprivate struct Block {
        let offset: Int
        let byteCount: Int
        let checksum: UInt32
    }

    private let run: Run
    private let codec: RowCodec
    private let file: SpillFile
    private let blockByteCount: Int
    private var buffer = ByteBuffer(capacity: 16)
    private var blocks: [Block] = []
    private(set) var count = 0

    /// - Parameter file: several lists may stand in one.
    init(_ run: Run, _ file: SpillFile, blockByteCount: Int = 32 << 10) {
        self.run = run
        self.file = file
        self.blockByteCount = blockByteCount
        codec = run.codec
    }

    func append(_ row: Row, key: Bytes) throws(SQLError) {
        let start = buffer.count
        buffer.append(littleEndian: 0)
        buffer.append(littleEndian: key.count)
        buffer.append(key)
        try codec.append(row, to: &buffer)
        buffer.set(littleEndian: buffer.count - start - 4, at: start)
        try didAppend()
    }

    /// A row whose bytes are known.
    func append(key: Bytes, row: Bytes) throws(SQLError) {
        buffer.append(littleEndian: 4 + key.count + row.count)
        buffer.append(littleEndian: key.count)
        buffer.append(key)
        buffer.append(row)
        try didAppend()
    }

    private func didAppend() throws(SQLError) {
        count += 1
        if buffer.count >= blockByteCount { try flush() }
    }

    private func flush() throws(SQLError) {
        guard !buffer.isEmpty else { return }
        let offset = try file.append(buffer)
        blocks.append(Block(offset: offset, byteCount: buffer.count, checksum: Self.checksum(of: buffer)))
        buffer.removeAll()
    }

    private static func checksum(of block: borrowing ByteBuffer) -> UInt32 { CRC32.checksum(block.span) }

    /// Nothing is appended any more.
    func finish() throws(SQLError) {
        try flush()
        buffer = ByteBuffer(capacity: 16)
    }

    func reader() -> Reader { Reader(self) }

    /// Reads the rows from the first to the last; may be made again.
    final class Reader {
        private let list: RowList
        private var nextBlock = 0
        private var bytes: [UInt8] = []
        private var record = 0..<0
        private var keyCount = 0

        fileprivate init(_ list: RowList) {
            self.list = list
        }

        /// Moves to the next row; false behind the last.
        func next() throws(SQLError) -> Bool {
            if record.upperBound == bytes.count {
                guard nextBlock < list.blocks.count else { return false }
                try list.run.check()
                let block = list.blocks[nextBlock]
                nextBlock += 1
                let read = try list.file.read(block.offset, block.byteCount)
                guard CRC32.checksum(read.span) == block.checksum else {
                    throw SQLError(SQLState(rawValue: "58030"), "A temporary file doesn't have the bytes that were written to it.")
                }
                bytes = read
                record = 0..<0
            }
            let start = record.upperBound
            let bytes = bytes
            let count = bytes.span.withBytes { $0.littleEndian(at: start, width: 4) }
            keyCount = bytes.span.withBytes { $0.littleEndian(at: start + 4, width: 4) }
            record = start + 8..<start + 4 + count
            return true
        }

        func withKey<R>(_ body: (Bytes) throws(SQLError) -> R) throws(SQLError) -> R {
            let range = record.lowerBound..<record.lowerBound + keyCount
            let bytes = bytes
            return try bytes.span.withBytes { bytes throws(SQLError) in try body(bytes[range]) }
        }

        func withRow<R>(_ body: (Bytes) throws(SQLError) -> R) throws(SQLError) -> R {
            let range = record.lowerBound + keyCount..<record.upperBound
            let bytes = bytes
            return try bytes.span.withBytes { bytes throws(SQLError) in try body(bytes[range]) }
        }

        var rowByteCount: Int { record.count - keyCount }

        func row(capacity: Int) -> Row {
            let range = record.lowerBound + keyCount..<record.upperBound
            let bytes = bytes
            return bytes.span.withBytes { bytes in
                var reader = RowReader(bytes[range])
                return reader.row(capacity: capacity)
            }
        }
    }
}

/// A temporary file of a statement, counted against what all of its files may take.
final class SpillFile {
    private let run: Run
    private let file: any TemporaryFile
    private let measure: PlanMeasures.Measure?

    init(_ run: Run) throws(SQLError) {
        self.run = run
        measure = run.measures?.current
        do throws(CatalogError) { file = try run.catalog.temporaryFile() } catch { throw SQLError(error) }
    }

    deinit { run.spilledBytes -= file.byteCount }

    /// Returns where the bytes begin.
    fileprivate func append(_ bytes: ByteBuffer) throws(SQLError) -> Int {
        guard run.spilledBytes + bytes.count <= run.spillLimit else {
            throw SQLError(
                SQLState(rawValue: "53200"), "out of memory",
                detail: "The statement puts more than \(run.spillLimit) bytes into temporary files.")
        }
        let offset = file.byteCount
        do throws(CatalogError) { try file.append(bytes.span) } catch { throw SQLError(error) }
        run.spilledBytes += bytes.count
        measure?.spill(bytes.count)
        return offset
    }

    fileprivate func read(_ offset: Int, _ count: Int) throws(SQLError) -> [UInt8] {
        do throws(CatalogError) { return try file.read(at: offset, count: count) } catch { throw SQLError(error) }
    }
}

/// Rows divided by the hash of their keys, so that equal ones are in one part.
final class RowPartitions {
    static let count = 16
    /// Behind so many divisions of one and the same rows there is nothing left to be gained.
    static let deepest = 6

    private let level: Int
    let lists: [RowList]

    /// - Parameter level: how often the rows were divided already.
    init(_ run: Run, _ file: SpillFile, level: Int) {
        self.level = level
        lists = (0..<Self.count).map { _ in RowList(run, file) }
    }

    func append(_ row: Row, key: Bytes) throws(SQLError) { try lists[part(key)].append(row, key: key) }
    func append(key: Bytes, row: Bytes) throws(SQLError) { try lists[part(key)].append(key: key, row: row) }
    func finish() throws(SQLError) { for list in lists { try list.finish() } }

    /// By bits that the hash table doesn't use.
    private func part(_ key: Bytes) -> Int { Int(KeyTable.hash(key) >> UInt64(60 - 4 * level)) & (Self.count - 1) }
}

/// What an operator holds in memory, counted with what all queries do, in steps.
final class HeldBytes {
    private let run: Run
    private(set) var count = 0
    private var countedByteCount = 0
    /// Why there was no room for what it holds.
    private var refusal: SQLError?

    private static let step = 16 << 10
    /// Of the step that holds it, where somebody wants to know.
    private let measure: PlanMeasures.Measure?

    init(_ run: Run) {
        self.run = run
        measure = run.measures?.current
    }

    deinit {
        run.giveBack(countedByteCount)
        measure?.hold(-countedByteCount)
    }

    /// Notes that it is so much now. False if that is more than it may be, and rows should go to a file. Throws if there are no files.
    func set(_ newCount: Int) throws(SQLError) -> Bool {
        count = newCount
        countAgain()
        // A little is always granted, or else rows would go to the file one by one.
        if newCount <= Run.leastShare || refusal == nil && newCount <= run.operatorShare { return true }
        if run.spillLimit > 0 { return false }
        try require()
        return true
    }

    private func countAgain() {
        let byteCount = (count + Self.step - 1) / Self.step * Self.step
        if byteCount < countedByteCount {
            run.giveBack(countedByteCount - byteCount)
            refusal = nil
        } else if byteCount > countedByteCount {
            refusal = run.hold(byteCount - countedByteCount)
        }
        if byteCount != countedByteCount { measure?.hold(byteCount - countedByteCount) }
        countedByteCount = byteCount
    }

    /// Throws if there was no room for what it holds.
    func require() throws(SQLError) {
        if let refusal { throw refusal }
    }

    /// Whether rows that were divided so often should be divided again. If it is no use, they need room in memory.
    func canDivide(_ level: Int) throws(SQLError) -> Bool {
        if level < RowPartitions.deepest { return true }
        try require()
        return false
    }
}

extension ByteBuffer {
    fileprivate mutating func append(littleEndian number: Int) {
        reserve(8)
        putWord(UInt64(UInt32(truncatingIfNeeded: number)), counting: 4)
    }

    fileprivate mutating func set(littleEndian number: Int, at index: Int) {
        for byte in 0..<4 { self[index + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
    }
}
