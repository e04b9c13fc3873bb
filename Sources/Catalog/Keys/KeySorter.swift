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

    /// Sorts what is held, for ``merge(_:_:)``. Returns as ``add(_:)``.
    mutating func finish() -> Bool {
        guard !runs.isEmpty else {
            _ = batch.sort()
            return true
        }
        defer { batch = KeyBatch(prefix: batch.common, capacity: 0) }
        return writeRun()
    }

    /// Calls `body` with what is behind the prefix of each key of the sorters, in the order of all. Of many keys a thread of its own brings
    /// those that come next into their order meanwhile.
    static func merge(_ sorters: [KeySorter], _ body: (Span<UInt8>) throws(CatalogError) -> Void) throws(CatalogError) {
        if sorters.count == 1, sorters[0].runs.isEmpty {
            let batch = sorters[0].batch
            for position in 0..<batch.count { try body(batch.suffix(position)) }
            return
        }
        let byteCount = sorters.reduce(0) { $0 + $1.batch.byteCount + Int($1.runs.last?.upperBound ?? 0) }
        guard byteCount > KeysAhead.leastByteCount, SystemFacts.processorCount > 1,
            let ahead = KeysAhead({ keys throws(CatalogError) in try mergeHere(sorters, keys) })
        else { return try mergeHere(sorters, body) }
        try ahead.forEach(body)
    }

    private static func mergeHere(_ sorters: [KeySorter], _ body: (Span<UInt8>) throws(CatalogError) -> Void) throws(CatalogError) {
        let pieces = piecesByteCount / max(sorters.reduce(0) { $0 + $1.runs.count }, 1)
        let pieceByteCount = min(max(pieces, pieceByteCounts.lowerBound), pieceByteCounts.upperBound)
        var readers: [RunReader] = []
        for sorter in sorters {
            if sorter.batch.count > 0 { readers.append(RunReader(sorter.batch)) }
            guard let file = sorter.file else { continue }
            for run in sorter.runs { readers.append(RunReader(file, run, pieceByteCount)) }
        }
        var heap = try RunHeap(readers)
        while !heap.isEmpty {
            try heap.withLeast(body)
            try heap.moveOn()
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

/// Readers of runs, the one with the least key first.
private struct RunHeap {
    private var readers: [RunReader]
    /// The readers that have a key: none of a later place 2·n + 1 or 2·n + 2 comes before that of place n.
    private var order: [Place] = []

    private struct Place: BitwiseCopyable {
        /// The first eight bytes of the reader's key, as a number that is ordered as they are.
        var prefix: UInt64
        var reader: Int
    }

    init(_ readers: [RunReader]) throws(CatalogError) {
        self.readers = readers
        for reader in readers.indices where try self.readers[reader].next() {
            order.append(Place(prefix: self.readers[reader].prefix, reader: reader))
        }
        for place in stride(from: order.count / 2 - 1, through: 0, by: -1) { sink(place) }
    }

    var isEmpty: Bool { order.isEmpty }

    func withLeast(_ body: (Span<UInt8>) throws(CatalogError) -> Void) throws(CatalogError) { try readers[order[0].reader].withKey(body) }

    /// Has the first reader go on to its next key.
    mutating func moveOn() throws(CatalogError) {
        let reader = order[0].reader
        if try readers[reader].next() {
            order[0].prefix = readers[reader].prefix
        } else {
            let last = order.removeLast()
            if order.isEmpty { return }
            order[0] = last
        }
        sink(0)
    }

    /// Moves a reader behind those that come before it.
    private mutating func sink(_ start: Int) {
        let moved = order[start]
        var place = start
        while true {
            var child = 2 * place + 1
            if child + 1 < order.count, isBefore(order[child + 1], order[child]) { child += 1 }
            guard child < order.count, isBefore(order[child], moved) else { break }
            order[place] = order[child]
            place = child
        }
        order[place] = moved
    }

    private func isBefore(_ a: Place, _ b: Place) -> Bool {
        if a.prefix != b.prefix { return a.prefix < b.prefix }
        return readers[a.reader].isBefore(readers[b.reader])
    }
}

/// A reader of the keys of a run, one after another: of a range of a file, or of a batch that is still in memory.
private struct RunReader {
    private let batch: KeyBatch?
    private let file: OpenFile?
    private var rest: Range<UInt64> = 0..<0
    private var pieceByteCount = 0
    private var piece: [UInt8] = []
    /// The key in the piece, or in a batch the positions before the next one.
    private var range = 0..<0
    /// The key's first eight bytes, as a number that is ordered as they are.
    private(set) var prefix: UInt64 = 0

    init(_ file: OpenFile, _ run: Range<UInt64>, _ pieceByteCount: Int) {
        batch = nil
        self.file = file
        rest = run
        self.pieceByteCount = pieceByteCount
    }

    init(_ batch: KeyBatch) {
        self.batch = batch
        file = nil
    }

    func withKey<R>(_ body: (Span<UInt8>) throws(CatalogError) -> R) throws(CatalogError) -> R {
        if let batch { return try body(batch.suffix(range.upperBound - 1)) }
        return try body(piece.span.extracting(range))
    }

    /// Moves on; false at the end.
    mutating func next() throws(CatalogError) -> Bool {
        if let batch {
            guard range.upperBound < batch.count else { return false }
            range = 0..<range.upperBound + 1
            prefix = batch.suffix(range.upperBound - 1).withBytes { $0.orderedPrefix }
            return true
        }
        guard let file else { return false }
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

    /// Whether this one's key is less than another's that begins alike.
    func isBefore(_ other: RunReader) -> Bool {
        let order = try? withKey { own throws(CatalogError) in
            try other.withKey { key throws(CatalogError) in own.withBytes { own in key.withBytes { Bytes.compare(own, $0) } } }
        }
        return (order ?? 0) < 0
    }
}
