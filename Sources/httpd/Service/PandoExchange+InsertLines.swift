import Ground
import ReQLish

extension PandoExchange {
    /// Lines that can't be put as blocks.
    private struct NotInBlocks: Error {}

    /// Inserts the documents of a body, one a line, if all of them are new. They go from the text into blocks in their stored form while
    /// nobody waits, and these are put in the order of their keys.
    ///
    /// - Returns: what was done, and how many documents came; nil if they have to be read and inserted one by one, which tells what is wrong
    ///   with which.
    func insertLines(
        _ path: TablePath, needing needed: [Permission], _ durability: Durability?
    ) throws -> (report: InsertReport, count: Int)? {
        guard transaction == nil, let table = try? catalog.snapshot().existingTable(path) else { return nil }
        var charge = ValueCharge()
        let body = request.body
        guard let blocks = try blocks(of: body.span, for: table, &charge) else { return nil }
        let count = blocks.reduce(0) { $0 + $1.count }
        guard count >= Self.leastOfBlock else { return nil }
        try require(needed, on: path)
        do {
            let report = try write(isLong: true) { transaction in
                let now = try transaction.existingTable(path)
                // Somebody may have made another table of it meanwhile.
                guard now.id == table.id, now.primaryKey == table.primaryKey, try transaction.takesBlocks(now) else { throw NotInBlocks() }
                var report = InsertReport(place: "line")
                for block in blocks {
                    try checkClient()
                    try insert(block, of: count, into: now, &transaction, &report)
                }
                pando.server.countWritten(report.inserted, of: now)
                return (report, durability ?? now.durability)
            }
            return (report, count)
        } catch is NotInBlocks {
            return nil
        }
    }

    /// The lines as blocks; nil if one of them is no document, or not by itself.
    private func blocks(of text: Span<UInt8>, for table: TableConfig, _ charge: inout ValueCharge) throws -> [DocumentBlock]? {
        var blocks: [DocumentBlock] = []
        var count = 0
        var start = 0
        while start < text.count {
            let end = text.firstIndex(of: UInt8.lineFeed, from: start)
            let line = text.extracting(start..<end)
            start = end + 1
            if line.withBytes({ $0.isBlank }) { continue }
            try checkClient()
            let block: DocumentBlock
            if let last = blocks.last, last.byteCount < Self.blockByteCount {
                block = last
            } else {
                block = DocumentBlock(for: table, byteCount: min(Self.blockByteCount, text.count - start))
                blocks.append(block)
            }
            try charge.add(2 * line.count + Self.placeByteCount)
            count += 1
            block.add(json: line, line: count)
            guard block.problems.isEmpty else { return nil }
            try requireRoom(for: count)
        }
        return blocks
    }

    /// What a document takes in a block beside its bytes and its key.
    private static let placeByteCount = 64
}
