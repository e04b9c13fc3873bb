import Catalog
import ReQLish

/// The documents of a scan, read as columns by several threads as long as there are cores for them.
final class ColumnParts {
    /// Columns that were read, and the document behind their rows that has to be looked at as a whole.
    private struct Piece {
        var columns: StoredColumns
        var document: Datum?
    }

    private final class Part: ScanChunkPart, @unchecked Sendable {
        private let empty: StoredColumns
        private var pieces: [Piece] = []
        private var count = 0
        private var taken = 0
        private var textBytes = 0

        /// Texts of so many bytes are taken up before more is read.
        private static let mostTextBytes = 4 << 20

        init(_ empty: StoredColumns, from position: Int, _ makeScan: @escaping () throws(CatalogError) -> DocumentScan) {
            self.empty = empty
            super.init(from: position, makeScan)
        }

        override func forget() { (count, taken, textBytes) = (0, 0, 0) }

        override var isFull: Bool { textBytes >= Self.mostTextBytes }

        override func step(_ scan: DocumentScan, of most: Int) throws(CatalogError) -> DocumentScan.Step {
            // Memory that was used before is used again.
            if count == pieces.count { pieces.append(Piece(columns: empty)) }
            pieces[count].columns.removeAll()
            pieces[count].document = nil
            let step = try scan.read(&pieces[count].columns, of: min(Plan.batchCount, most))
            textBytes += pieces[count].columns.textByteCount
            switch step {
            case .end, .pause: break
            case .document(let document, _), .row(let document): pieces[count].document = document
            }
            count += 1
            return step
        }

        /// Exchanges the columns, which are empty, for the next ones; nil if there are no more in the chunk.
        func next(_ columns: inout StoredColumns) throws(CatalogError) -> (found: Bool, document: Datum?) {
            while true {
                while taken < count {
                    swap(&columns, &pieces[taken].columns)
                    let document = pieces[taken].document
                    taken += 1
                    if columns.count > 0 || document != nil { return (true, document) }
                }
                if let error { throw error }
                guard hasMore else { return (false, nil) }
                goOn()
            }
        }
    }

    private let chunks: Chunks<Part>
    private var part: Part?
    var threadCount: Int { chunks.parts.count }

    /// - Parameter first: a scan that has looked at some documents already.
    init(
        _ first: DocumentScan, _ empty: StoredColumns, _ threads: ScanThreads, _ another: @escaping () throws(CatalogError) -> DocumentScan
    ) {
        let position = first.documentCount
        chunks = Chunks([Part(empty, from: position) { () throws(CatalogError) in first }], from: position, threads) {
            Part(empty, from: 0, another)
        }
    }

    /// The next columns, which are exchanged for empty ones, and the document behind them; nil at the end.
    func next(_ columns: inout StoredColumns, _ run: Run) throws(SQLError) -> (found: Bool, document: Datum?) {
        while true {
            if let part {
                let next: (found: Bool, document: Datum?)
                do throws(CatalogError) { next = try part.next(&columns) } catch { throw SQLError(error) }
                if next.found { return next }
            }
            try run.check()
            part = chunks.next()
            if part == nil { return (false, nil) }
        }
    }
}
