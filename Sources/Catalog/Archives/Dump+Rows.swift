import Ground

extension CatalogSnapshot {
    /// The contents of `TABLE.json`: `[`, a line feed and a document for each row with commas between, a line feed, `]`, a line feed.
    ///
    /// - Parameters:
    ///   - count: how many rows there are.
    ///   - limit: the largest size that is told when the contents are written. The header of a larger member is longer.
    func dumpRows(
        of table: TableConfig, count: Int, at path: String, _ output: inout ArchiveOutput, largest limit: UInt64 = Tar.largestOctalSize,
        _ progress: (ArchiveProgress) throws(CatalogError) -> Void, _ sink: (borrowing Span<UInt8>) throws(CatalogError) -> Void
    ) throws(CatalogError) {
        // Where each walk is many trips to an engine, there is one, if that can be.
        if store.view != nil, output.knowsSizesLater {
            let start = output.position
            output.begin(path, byteCount: 0)
            if let byteCount = try appendRows(of: table, count, &output, limit, progress, sink) {
                return try output.end(path, begunAt: start, byteCount: byteCount, to: sink)
            }
            try output.goBack(to: start, sink)
        }
        let byteCount = try rowsByteCount(of: table)
        output.begin(path, byteCount: byteCount)
        _ = try appendRows(of: table, count, &output, .max, progress, sink)
        try output.end(byteCount: byteCount, to: sink)
    }

    private func rowsByteCount(of table: TableConfig) throws(CatalogError) -> UInt64 {
        var count: UInt64 = 0
        var byteCount: UInt64 = 0
        // A cursor keeps decrypted pages for as long as it is there.
        var sizes = try store.cursor(.prefix(table.documentsPrefix), forgets: true)
        while try sizes.next() {
            byteCount += UInt64(try sizes.value.documentJSONByteCount)
            count += 1
        }
        return byteCount + (count == 0 ? 4 : 2 * count + 3)
    }

    /// - Returns: how many bytes they are; nil if they are more than `limit`: then they are not all there.
    private func appendRows(
        of table: TableConfig, _ count: Int, _ output: inout ArchiveOutput, _ limit: UInt64,
        _ progress: (ArchiveProgress) throws(CatalogError) -> Void, _ sink: (borrowing Span<UInt8>) throws(CatalogError) -> Void
    ) throws(CatalogError) -> UInt64? {
        let start = output.position
        output.buffer.append(UInt8(ascii: "["))
        var row = 0
        var cursor = try store.cursor(.prefix(table.documentsPrefix), forgets: true)
        while try cursor.next() {
            if row > 0 { output.buffer.append(UInt8(ascii: ",")) }
            output.buffer.append(UInt8(ascii: "\n"))
            try cursor.value.appendDocumentJSON(to: &output.buffer)
            row += 1
            if output.isFull {
                if output.position - start > limit { return nil }
                try output.flush(to: sink)
            }
            if row % 1024 == 0 { try progress(ArchiveProgress(table: table.qualifiedName, rows: row, totalRows: count)) }
        }
        output.buffer.append("\n]\n")
        let byteCount = output.position - start
        guard byteCount <= limit else { return nil }
        try progress(ArchiveProgress(table: table.qualifiedName, rows: count, totalRows: count))
        return byteCount
    }
}
