/// The file's length, and by how much it grows.
struct FileLength {
    /// Bytes of the file, of which those behind the high-water mark were written as zeros: nil until they are asked for.
    private var known: UInt64?
    /// Bytes of it for which there is room on the disk.
    private(set) var reserved: UInt64 = 0
    /// The most pages of zeros that are added at once; doubles each time.
    private var growthPages: UInt64 = 16
    /// The flush whose meta page made the file shorter, while the file itself isn't yet.
    var shrunkAt: TransactionID?

    private mutating func byteCount(_ file: any StorageFile) throws(StoreError) -> UInt64 {
        if let known { return known }
        let byteCount = try file.byteCount()
        known = byteCount
        return byteCount
    }

    /// Has the disk keep room up to `end`.
    mutating func reserve(_ file: any StorageFile, upTo end: UInt64) throws(StoreError) {
        try file.reserve(end)
        reserved = end
    }

    /// Has the disk keep room up to `needed`, and by a step more.
    mutating func reserve(_ file: any StorageFile, beyond needed: UInt64, pageSize: Int) throws(StoreError) {
        let current = try byteCount(file)
        reserved = max(reserved, current)
        if needed <= reserved { return }
        try reserve(file, upTo: needed + min(max(current / 8, 16 * UInt64(pageSize)), 4 << 20))
    }

    /// Has the file reach up to `end` with zeros, if it is shorter.
    mutating func extend(_ file: any StorageFile, to end: UInt64, with buffer: FlushBuffer) throws(StoreError) {
        let current = try byteCount(file)
        guard end > current else { return }
        try buffer.writeZeros(from: current, to: end)
        known = end
    }

    /// Has the file reach beyond `needed`, by a step, if it is shorter than that.
    mutating func grow(_ file: any StorageFile, beyond needed: UInt64, pageSize: Int, with buffer: FlushBuffer) throws(StoreError) {
        let current = try byteCount(file)
        guard needed > current else { return }
        let pageSize = UInt64(pageSize)
        // The first steps after opening are small: a commit of few pages should not pay for the growth of many.
        let step = min(max(current / 8, 16 * pageSize), growthPages * pageSize, 4 << 20)
        growthPages = min(2 * growthPages, 1 << 20)
        var end = (needed + step) / pageSize * pageSize
        // What is written ahead may not fail.
        if end > reserved {
            do throws(StoreError) { try reserve(file, upTo: end) } catch { end = needed }
        }
        try extend(file, to: end, with: buffer)
    }

    /// Notes that pages were written up to `end`.
    mutating func noteWritten(upTo end: UInt64) {
        known = known.map { max($0, end) }
    }

    /// Cuts off what lies behind `end`.
    mutating func cut(_ file: any StorageFile, at end: UInt64) throws(StoreError) {
        // What was kept ready behind the end goes back too.
        if try file.byteCount() > end || reserved > end { try file.resize(end) }
        known = end
        reserved = end
        shrunkAt = nil
    }
}
