import Ground

/// Puts rows in the order of their keys, equal ones as they came: in memory as long as they may be there, and beyond in runs that are
/// merged. With a limit it keeps few more rows than are wanted.
///
/// ReQL's `Sorter` orders values of documents by functions; these keys are bytes, so that neither sorting nor merging looks at values.
final class RowSorter {
    private struct Entry {
        /// The first eight bytes of the key, as a number that is ordered as they are.
        var prefix: UInt64
        var start: Int
        var keyCount: Int32
        var rowCount: Int32
    }

    private let run: Run
    private let limit: Int?
    private let codec: RowCodec
    private let held: HeldBytes
    /// Of each row its key, then the row itself.
    private var bytes = ByteBuffer()
    private var entries: [Entry] = []
    /// The last of the rows that are wanted, as far as is known: what comes behind it is not wanted.
    private var last: [UInt8]?
    private var file: SpillFile?
    private var runs: [RowList] = []

    /// How many runs are merged at once.
    private static let width = 64

    init(_ run: Run, limit: Int? = nil) {
        self.run = run
        self.limit = limit
        codec = run.codec
        held = HeldBytes(run)
    }

    func add(_ row: Row, key: Bytes) throws(SQLError) {
        if limit == 0 { return }
        if let last, last.span.withBytes({ Bytes.compare(key, $0) >= 0 }) { return }
        let start = bytes.count
        bytes.append(key)
        try codec.append(row, to: &bytes)
        entries.append(
            Entry(
                prefix: key.orderedPrefix, start: start, keyCount: Int32(truncatingIfNeeded: key.count),
                rowCount: Int32(truncatingIfNeeded: bytes.count - start - key.count)))
        if let limit, entries.count >= 2 * limit + 64 { cut(limit) }
        // Buffers have room for more than is in them, and sorting needs some beside.
        if try !held.set((bytes.count + entries.count * MemoryLayout<Entry>.stride) * 3 / 2) { try spill() }
    }

    private func sort() {
        let bytes = bytes.raw
        entries.sort { a, b in
            if a.prefix != b.prefix { return a.prefix < b.prefix }
            let order = Bytes.compare(
                bytes[a.start..<a.start + Int(a.keyCount)], bytes[b.start..<b.start + Int(b.keyCount)])
            return order != 0 ? order < 0 : a.start < b.start
        }
    }

    private func key(_ entry: Entry) -> Bytes { bytes.raw[entry.start..<entry.start + Int(entry.keyCount)] }
    private func row(_ entry: Entry) -> Bytes {
        let start = entry.start + Int(entry.keyCount)
        return bytes.raw[start..<start + Int(entry.rowCount)]
    }

    /// Keeps only what is wanted, in its order.
    private func cut(_ limit: Int) {
        sort()
        entries.removeLast(entries.count - limit)
        var kept = ByteBuffer(capacity: bytes.count / 2)
        for index in entries.indices {
            let start = kept.count
            kept.append(key(entries[index]))
            kept.append(row(entries[index]))
            entries[index].start = start
        }
        bytes = kept
        last = entries.last.map { key($0).copy() }
    }

    private func spill() throws(SQLError) {
        sort()
        let file = if let file { file } else { try SpillFile(run) }
        self.file = file
        let list = RowList(run, file)
        for entry in entries { try list.append(key: key(entry), row: row(entry)) }
        try list.finish()
        runs.append(list)
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll()
        _ = try held.set(0)
    }

    /// The rows in order, each with so many columns.
    func finish(width: Int) throws(SQLError) -> RowSource {
        guard !runs.isEmpty else {
            sort()
            if let limit, entries.count > limit { entries.removeLast(entries.count - limit) }
            var position = 0
            return { () throws(SQLError) in
                guard position < self.entries.count else { return nil }
                try self.run.check()
                var end = position
                var byteCount = 0
                while end < self.entries.count, end - position < Plan.batchCount, byteCount < Plan.batchByteCount {
                    byteCount += Int(self.entries[end].rowCount)
                    end += 1
                }
                let rows = self.entries[position..<end].map { entry in
                    var reader = RowReader(self.row(entry))
                    return reader.row(capacity: width)
                }
                position = end
                return rows
            }
        }
        if !entries.isEmpty { try spill() }
        entries = []
        bytes = ByteBuffer()
        while runs.count > Self.width { try mergeOnce() }
        let merge = try Merge(runs[...])
        var left = limit ?? .max
        return { () throws(SQLError) in
            try self.run.check()
            var rows: [Row] = []
            var byteCount = 0
            while rows.count < Plan.batchCount, byteCount < Plan.batchByteCount, left > 0, let reader = merge.first {
                byteCount += reader.rowByteCount
                rows.append(reader.row(capacity: width))
                left -= 1
                try merge.advance()
            }
            return rows.isEmpty ? nil : rows
        }
    }

    /// Makes fewer runs of many.
    private func mergeOnce() throws(SQLError) {
        let file = try SpillFile(run)
        var merged: [RowList] = []
        for start in stride(from: 0, to: runs.count, by: Self.width) {
            let merge = try Merge(runs[start..<min(start + Self.width, runs.count)])
            let list = RowList(run, file)
            while let reader = merge.first {
                try reader.withKey { key throws(SQLError) in
                    try reader.withRow { row throws(SQLError) in try list.append(key: key, row: row) }
                }
                try merge.advance()
            }
            try list.finish()
            merged.append(list)
        }
        runs = merged
        self.file = file
    }

    /// Several runs as one: the run with the least key is the root of a heap.
    private final class Merge {
        private struct Item {
            var prefix: UInt64
            var number: Int
            var reader: RowList.Reader
        }

        private var heap: [Item] = []

        init(_ runs: ArraySlice<RowList>) throws(SQLError) {
            for (number, run) in runs.enumerated() {
                let reader = run.reader()
                guard try reader.next() else { continue }
                heap.append(try Item(prefix: Self.prefix(reader), number: number, reader: reader))
            }
            for index in (0..<heap.count / 2).reversed() { try sink(index) }
        }

        var first: RowList.Reader? { heap.first?.reader }

        func advance() throws(SQLError) {
            if try heap[0].reader.next() {
                heap[0].prefix = try Self.prefix(heap[0].reader)
            } else {
                heap.swapAt(0, heap.count - 1)
                heap.removeLast()
            }
            try sink(0)
        }

        private static func prefix(_ reader: RowList.Reader) throws(SQLError) -> UInt64 {
            try reader.withKey { key throws(SQLError) in key.orderedPrefix }
        }

        private func sink(_ start: Int) throws(SQLError) {
            var index = start
            while true {
                var least = index
                for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                    if try isBefore(heap[child], heap[least]) { least = child }
                }
                if least == index { return }
                heap.swapAt(index, least)
                index = least
            }
        }

        private func isBefore(_ a: Item, _ b: Item) throws(SQLError) -> Bool {
            if a.prefix != b.prefix { return a.prefix < b.prefix }
            let order = try a.reader.withKey { one throws(SQLError) in
                try b.reader.withKey { other throws(SQLError) in Bytes.compare(one, other) }
            }
            return order != 0 ? order < 0 : a.number < b.number
        }
    }
}

/// The keys of rows by several expressions.
struct RowKeys {
    private let scalars: [Scalar]
    private let columns: [ValueKey]
    /// Where integers stand that are taken as they are, −1 for what is computed.
    private let integers: [Int]

    init(_ scalars: [Scalar], _ run: Run) {
        self.scalars = scalars
        columns = scalars.map { ValueKey($0.type, run) }
        integers = scalars.map { scalar in
            guard let column = scalar as? ColumnScalar, ColumnPlaces.isInteger(column.type) else { return -1 }
            return column.position
        }
    }

    /// For columns of a row, from the first one on.
    init(columns types: [SQLType], _ run: Run) {
        self.init(types.enumerated().map { ColumnScalar($0.offset, $0.element) }, run)
    }

    /// The key of a row, where NULL is like NULL.
    func make(_ row: Row, _ run: Run, _ key: inout ByteBuffer) throws(SQLError) {
        key.removeAll()
        for index in scalars.indices { columns[index].append(try scalars[index].value(row, run), to: &key) }
    }

    /// The same, but false and nothing if a value is NULL, which equals nothing.
    func makeIfKnown(_ row: Row, _ run: Run, _ key: inout ByteBuffer) throws(SQLError) -> Bool {
        key.removeAll()
        for index in scalars.indices {
            if integers[index] >= 0, case .int(let number) = row[integers[index]] {
                ValueKey.append(integer: number, to: &key)
                continue
            }
            let value = try scalars[index].value(row, run)
            if value.isNull {
                key.removeAll()
                return false
            }
            columns[index].append(value, to: &key)
        }
        return true
    }
}
