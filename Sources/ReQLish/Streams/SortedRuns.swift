import Ground

/// The place for rows that don't fit into memory, and how many bytes of a query may go there.
struct Spilling: Sendable {
    let limit: Int
    let makeFile: @Sendable () throws(CatalogError) -> any TemporaryFile
}

/// Rows in a temporary file: runs of them one after the other, each in order. Rows of a run stand before equal ones of the next.
final class SortedRuns {
    fileprivate struct Run {
        let offset: Int
        let byteCount: Int
        let rowCount: Int
    }

    private let order: SortOrder
    private let execution: Execution
    private let spilling: Spilling
    private let file: any TemporaryFile
    private var runs: [Run] = []
    private var largestRecord = 0
    private var writer = DatumRecordWriter()
    private var buffer = ByteBuffer()
    /// How often rows were written, each time a longer run of them.
    private var passCount = 1

    /// - Precondition: the execution may put rows aside.
    init(_ order: SortOrder, _ execution: Execution) throws(ReQLError) {
        guard let spilling = execution.spilling else { preconditionFailure("rows can't be put aside") }
        self.order = order
        self.execution = execution
        self.spilling = spilling
        do { file = try spilling.makeFile() } catch { throw Self.failure(error) }
    }

    var rowCount: Int { runs.reduce(0) { $0 + $1.rowCount } }

    /// For the plan.
    var note: String {
        let byteCount = runs.reduce(0) { $0 + $1.byteCount }
        return "sorted in parts, which were put into a temporary file: \(rowCount) rows, \((byteCount + 1023) / 1024) KiB"
            + (passCount > 1 ? ", written \(passCount) times" : "")
    }

    // MARK: Writing

    /// Appends a run.
    func append(_ entries: [SortEntry]) throws(ReQLError) {
        var position = 0
        try append { () throws(ReQLError) in
            guard position < entries.count else { return nil }
            defer { position += 1 }
            return entries[position]
        }
    }

    private func append(_ next: () throws(ReQLError) -> SortEntry?) throws(ReQLError) {
        let start = file.byteCount
        var rowCount = 0
        while let entry = try next() {
            try execution.check()
            let before = buffer.count
            try building(writer.write(row: entry.row, values: entry.values, into: &buffer))
            largestRecord = max(largestRecord, buffer.count - before)
            rowCount += 1
            if buffer.count >= bufferByteCount { try flush() }
        }
        try flush()
        if rowCount > 0 { runs.append(Run(offset: start, byteCount: file.byteCount - start, rowCount: rowCount)) }
    }

    private func flush() throws(ReQLError) {
        guard file.byteCount + buffer.count <= spilling.limit else {
            throw ReQLError(
                .resourceLimit,
                "Sorting would have to put more than \(QueryMemory.text(spilling.limit)) into a temporary file, its limit. `orderBy` with an index, or "
                    + "with a `limit` behind it, needs none; `pluck` before makes rows smaller. The limit is `spillLimit` of PandoOptions, or "
                    + "`--spill` of `pando serve`.")
        }
        let bytes = buffer
        do { try file.append(bytes.span) } catch { throw Self.failure(error) }
        buffer.removeAll()
    }

    fileprivate static func failure(_ error: CatalogError) -> ReQLError {
        ReQLError(
            .operationFailed, "The rows to sort don't fit into the query's memory, and they can't be put aside: \(error.message)",
            cause: error.kind)
    }

    // MARK: Merging

    /// What reading and writing take of memory at most, beside a row of each run.
    private var mergeByteCount: Int { min(execution.memory.limit / 4, 16 << 20) }

    /// How many runs are merged at once.
    private var width: Int { max(2, min(64, mergeByteCount / max(16 << 10, 4 * largestRecord))) }

    private var bufferByteCount: Int { max(4 << 10, min(64 << 10, mergeByteCount / 32)) }

    /// The same rows in so few runs that they can be merged as they are read.
    func mergedUntilFew() throws(ReQLError) -> SortedRuns {
        var result = self
        while result.runs.count > result.width { result = try result.merged() }
        return result
    }

    private func merged() throws(ReQLError) -> SortedRuns {
        let target = try SortedRuns(order, execution)
        target.passCount = passCount + 1
        for start in stride(from: 0, to: runs.count, by: width) {
            let merge = try Merge(self, start..<min(start + width, runs.count))
            try target.append { () throws(ReQLError) in try merge.next() }
        }
        return target
    }

    /// All rows in order. May be called again, and while others are read.
    func merge() throws(ReQLError) -> Merge { try Merge(self, runs.indices) }

    /// Several runs as one.
    final class Merge {
        private var readers: Heap<Reader>

        fileprivate init(_ runs: SortedRuns, _ range: Range<Int>) throws(ReQLError) {
            let order = runs.order
            readers = Heap { left, right in
                guard let one = left.entry, let other = right.entry else { return left.entry != nil }
                let result = order.compare(one, other)
                return result != 0 ? result < 0 : left.position < right.position
            }
            for position in range {
                let reader = Reader(runs, runs.runs[position], position)
                try reader.advance()
                if reader.entry != nil { readers.insert(reader) }
            }
        }

        func next() throws(ReQLError) -> SortEntry? {
            guard let reader = readers.popFirst(), let entry = reader.entry else { return nil }
            try reader.advance()
            if reader.entry != nil { readers.insert(reader) }
            return entry
        }
    }

    /// A reader of a run, from its first row to its last.
    fileprivate final class Reader {
        /// Among runs that are merged.
        let position: Int
        /// The row that comes next; nil at the end.
        private(set) var entry: SortEntry?

        private let file: any TemporaryFile
        private let chunkByteCount: Int
        private let held: HeldMemory
        private var chunk: [UInt8] = []
        /// Where in the chunk the next record begins.
        private var index = 0
        /// What of the run is not in the chunk yet.
        private var unread: Range<Int>

        init(_ runs: SortedRuns, _ run: Run, _ position: Int) {
            self.position = position
            file = runs.file
            chunkByteCount = runs.bufferByteCount
            held = HeldMemory(runs.execution.memory)
            unread = run.offset..<run.offset + run.byteCount
        }

        func advance() throws(ReQLError) {
            entry = nil
            guard index < chunk.count || !unread.isEmpty else { return }
            let headerCount = DatumRecord.headerByteCount
            var bytes = try filled(headerCount)
            let byteCount = DatumRecord.byteCount(afterHeader: bytes.span.extracting(index..<index + headerCount))
            bytes = try filled(headerCount + byteCount)
            let bodyStart = index + headerCount
            guard
                let record = DatumRecord(
                    header: bytes.span.extracting(index..<bodyStart), bytes.span.extracting(bodyStart..<bodyStart + byteCount))
            else { throw SortedRuns.failure(CatalogError(.io, "A temporary file doesn't have the bytes that were written to it.")) }
            index = bodyStart + byteCount
            held.removeAll()
            try held.add(byteCount: bytes.count + byteCount)
            entry = SortEntry(row: record.row, first: record.values[0], others: Array(record.values[1...]))
        }

        /// The chunk, of which `byteCount` bytes from the index on are read.
        private func filled(_ byteCount: Int) throws(ReQLError) -> [UInt8] {
            let left = chunk.count - index
            guard left < byteCount else { return chunk }
            let wanted = min(unread.count, max(byteCount, chunkByteCount) - left)
            do throws(CatalogError) {
                guard left + wanted >= byteCount else { throw CatalogError(.io, "A temporary file ends within a row.") }
                let more = try file.read(at: unread.lowerBound, count: wanted)
                chunk = chunk[index...] + more
            } catch {
                throw SortedRuns.failure(error)
            }
            unread = unread.lowerBound + wanted..<unread.upperBound
            index = 0
            return chunk
        }
    }
}

/// Rows that were sorted in parts, merged as they are read.
final class SortedRunsRows: Rows {
    private let runs: SortedRuns
    private let source: TableReference?
    private let count: Int

    init(_ runs: SortedRuns, limit: Int?, kind: Kind, table: TableReference?) {
        self.runs = runs
        source = table
        count = min(limit ?? .max, runs.rowCount)
        super.init(kind)
    }

    override var table: TableReference? { source }
    override func binding(_ slots: [Slot]) -> Rows { self }
    override func knownCount(at site: Site) throws(ReQLError) -> Int? { count }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        let merge = try runs.merge()
        let sorted = PulledStream { () throws(ReQLError) in
            try execution.check()
            return Pulled(try merge.next()?.row)
        }
        return LimitStream(sorted, limit: count)
    }
}
