// Pages of a snapshot as they are in the file, many at once.

extension Mapping {
    /// Writes pages to the same places in another file. They must be ones that somebody's snapshot keeps as they are.
    func copy(_ run: PageRun, to file: any StorageFile) throws(StoreError) {
        let most = UInt64(max(1, (1 << 20) >> pageShift))
        var page = run.start
        while page < run.end {
            let count = min(most, run.end - page)
            let bytes = unsafe UnsafeRawBufferPointer(start: address(page), count: Int(count) << pageShift)
            unsafe try file.write(bytes, at: page << UInt64(pageShift))
            page += count
        }
    }
}
