import Ground

/// Sorts more keys than are to be held in memory: each time there are many, they go in their order to a file without a name, and in the
/// end these runs are merged.
struct KeySorter {
    private var batch: KeyBatch
    /// Ranges of the file, each with keys in ascending order.
    private var runs: [Range<UInt64>] = []
    private var file: OpenFile?
    private let heldByteCount: Int
    /// A file beside which the runs may go; nil: nowhere.
    private let path: String?

    /// What is read of a run at a time, and at least of each of many.
    private static let pieceByteCounts = 1 << 12...1 << 16
    /// All pieces together.
    private static let piecesByteCount = 4 << 20

    /// - Parameters:
    ///   - prefix: what all keys begin with.
    ///   - heldByteCount: the memory that keys may take.
    ///   - path: runs go to a file in the folder of this one.
    init(prefix: [UInt8], heldByteCount: Int, path: String?) {
        batch = KeyBatch(prefix: prefix, capacity: 0)
        self.heldByteCount = heldByteCount
        self.path = path
    }

    /// Adds keys.
    /// - Returns: False if there are more than can be held, and there is nowhere else to put them.
    mutating func add(_ body: (inout KeyBatch) throws(CatalogError) -> Void) throws(CatalogError) -> Bool {
        try body(&batch)
        return batch.byteCount <= heldByteCount || writeRun()
    }

    /// Sorts what is held, for ``merge(_:)``. Returns as ``add(_:)``.
    ///
    /// - Parameter isAlone: false if it is going to be merged with others: then nothing is left in memory.
    mutating func finish(isAlone: Bool = true) -> Bool {
        guard !runs.isEmpty || !isAlone else {
            _ = batch.sort()
            return true
        }
        defer { batch = KeyBatch(prefix: batch.common, capacity: 0) }
        return writeRun()
    }

    /// Calls `body` with what is behind the prefix of each key, in their order.
    func merge(_ body: (Span<UInt8>) throws(CatalogError) -> Void) throws(CatalogError) { try Self.merge([self], body) }

    /// The same for the keys of several sorters. None of them has keys in memory if it is not the only one.
    static func merge(_ sorters: [KeySorter], _ body: (Span<UInt8>) throws(CatalogError) -> Void) throws(CatalogError) {
        var readers: [RunReader] = []
        let pieces = piecesByteCount / max(sorters.reduce(0) { $0 + $1.runs.count }, 1)
        let pieceByteCount = min(max(pieces, pieceByteCounts.lowerBound), pieceByteCounts.upperBound)
        for sorter in sorters {
            assert(sorter.batch.count == 0 || sorters.count == 1, "keys in memory are merged with no others")
            for position in 0..<sorter.batch.count { try body(sorter.batch.suffix(position)) }
            guard let file = sorter.file else { continue }
            for run in sorter.runs {
                var reader = RunReader(file, run, pieceByteCount)
                if try reader.next() { readers.append(reader) }
            }
        }
        while !readers.isEmpty {
            var least = 0
            for index in 1..<readers.count where readers[index].isBefore(readers[least]) { least = index }
            try readers[least].withKey(body)
            if try !readers[least].next() { readers.remove(at: least) }
        }
    }

    /// Writes two bytes with the length of each key, then what is behind the prefix. False if there is no room for it.
    private mutating func writeRun() -> Bool {
        guard let path else { return false }
        _ = batch.sort()
        let start = runs.last?.upperBound ?? 0
        do throws(CatalogError) {
            let file: OpenFile
            if let open = self.file { file = open } else { file = try OpenFile(temporaryBeside: path) }
            self.file = file
            runs.append(start..<start + (try write(to: file)))
        } catch {
            return false
        }
        batch.removeAll()
        return true
    }

    /// Returns how many bytes were written.
    private func write(to file: OpenFile) throws(CatalogError) -> UInt64 {
        var byteCount: UInt64 = 0
        var piece = ByteBuffer(capacity: 1 << 18)
        for position in 0..<batch.count {
            let key = batch.suffix(position)
            piece.append(UInt8(truncatingIfNeeded: key.count))
            piece.append(UInt8(truncatingIfNeeded: key.count >> 8))
            piece.append(key)
            guard piece.count >= 1 << 18 || position == batch.count - 1 else { continue }
            try file.write(piece.span)
            byteCount += UInt64(piece.count)
            piece.removeAll()
        }
        return byteCount
    }
}

/// A reader of the keys of a run, one after another.
private struct RunReader {
    private let file: OpenFile
    private var rest: Range<UInt64>
    private let pieceByteCount: Int
    private var piece: [UInt8] = []
    private var range = 0..<0
    /// The key's first eight bytes, as a number that is ordered as they are.
    private var prefix: UInt64 = 0

    init(_ file: OpenFile, _ run: Range<UInt64>, _ pieceByteCount: Int) {
        self.file = file
        rest = run
        self.pieceByteCount = pieceByteCount
    }

    func withKey(_ body: (Span<UInt8>) throws(CatalogError) -> Void) throws(CatalogError) { try body(piece.span.extracting(range)) }

    /// Moves on; false at the end.
    mutating func next() throws(CatalogError) -> Bool {
        var start = range.upperBound
        if piece.count - start < 2 || piece.count - start - 2 < length(at: start) {
            let kept = piece[start...]
            let count = min(UInt64(pieceByteCount), UInt64(rest.count))
            piece = try Array(kept) + file.read(at: rest.lowerBound, count: Int(count))
            rest = rest.lowerBound + count..<rest.upperBound
            start = 0
            if piece.isEmpty { return false }
            guard piece.count >= 2, piece.count - 2 >= length(at: 0) else {
                throw CatalogError(.io, "What was kept beside the file while an index was built is not there any more.")
            }
        }
        range = start + 2..<start + 2 + length(at: start)
        prefix = piece.span.extracting(range).withBytes { $0.orderedPrefix }
        return true
    }

    private func length(at index: Int) -> Int { Int(piece[index]) | Int(piece[index + 1]) << 8 }

    func isBefore(_ other: RunReader) -> Bool {
        if prefix != other.prefix { return prefix < other.prefix }
        return piece.span.extracting(range).withBytes { own in
            other.piece.span.extracting(other.range).withBytes { Bytes.compare(own, $0) < 0 }
        }
    }
}
