import Catalog
import ReQLish

/// The documents of a scan, read as columns by several threads as long as there are cores for them: each reads a chunk, one behind the other,
/// and the chunks are taken up in their order.
final class ColumnParts {
    /// Columns that were read, and the document behind their rows that has to be looked at as a whole.
    private struct Piece {
        var columns: StoredColumns
        var document: Datum?
    }

    /// What one thread reads of a chunk.
    ///
    /// Why it is Sendable: one thread at a time has it, a helper from its start until it was joined.
    private final class Part: @unchecked Sendable {
        private let makeScan: () throws(CatalogError) -> DocumentScan
        private let empty: StoredColumns
        private var scan: DocumentScan?
        /// Behind the last document that was looked at, and where the chunk ends.
        private var position: Int
        private var end = 0
        private var pieces: [Piece] = []
        private var taken = 0
        private(set) var isAtEnd = false
        private var error: CatalogError?

        /// Texts of so many bytes end a reading before its chunk.
        private static let mostTextBytes = 4 << 20

        init(_ empty: StoredColumns, from position: Int, _ makeScan: @escaping () throws(CatalogError) -> DocumentScan) {
            self.empty = empty
            self.position = position
            self.makeScan = makeScan
        }

        /// Reads documents from a position on, which is not before the end of what was read last.
        func read(_ count: Int, from start: Int) {
            end = start + count
            guard error == nil else { return }
            do throws(CatalogError) {
                let scan = try opened()
                try scan.skip(start - position)
                position = start
                try readOn(scan)
            } catch {
                self.error = error
            }
        }

        private func opened() throws(CatalogError) -> DocumentScan {
            if let scan { return scan }
            let made = try makeScan()
            scan = made
            return made
        }

        private func readOn(_ scan: DocumentScan) throws(CatalogError) {
            var used = 0
            var textBytes = 0
            taken = 0
            while position < end, !isAtEnd, textBytes < Self.mostTextBytes {
                // Memory that was used before is used again.
                if used == pieces.count { pieces.append(Piece(columns: empty)) }
                pieces[used].columns.removeAll()
                pieces[used].document = nil
                let before = scan.documentCount
                let step = try scan.read(&pieces[used].columns, of: min(Plan.batchCount, end - position))
                position += scan.documentCount - before
                textBytes += pieces[used].columns.textByteCount
                switch step {
                case .end: isAtEnd = true
                case .pause: break
                case .document(let document, _), .row(let document): pieces[used].document = document
                }
                used += 1
            }
            pieces.removeLast(pieces.count - used)
        }

        /// Exchanges the columns, which are empty, for the next ones; nil if there are no more in the chunk.
        func next(_ columns: inout StoredColumns) throws(CatalogError) -> (found: Bool, document: Datum?) {
            while true {
                while taken < pieces.count {
                    swap(&columns, &pieces[taken].columns)
                    let document = pieces[taken].document
                    taken += 1
                    if columns.count > 0 || document != nil { return (true, document) }
                }
                if let error { throw error }
                guard position < end, !isAtEnd, let scan else { return (false, nil) }
                try readOn(scan)
            }
        }
    }

    private let threads: ScanThreads
    private let makePart: () -> Part
    private var parts: [Part]
    /// The parts that read the chunks at hand, and which of them is being taken up.
    private var round = 0..<0
    private var position: Int

    /// - Parameter first: a scan that has looked at some documents already.
    init(
        _ first: DocumentScan, _ empty: StoredColumns, _ threads: ScanThreads, _ another: @escaping () throws(CatalogError) -> DocumentScan
    ) {
        self.threads = threads
        position = first.documentCount
        parts = [Part(empty, from: position) { () throws(CatalogError) in first }]
        makePart = { Part(empty, from: 0, another) }
    }

    /// The next columns, which are exchanged for empty ones, and the document behind them; nil at the end.
    func next(_ columns: inout StoredColumns, _ run: Run) throws(SQLError) -> (found: Bool, document: Datum?) {
        while true {
            while let index = round.first {
                let next: (found: Bool, document: Datum?)
                do throws(CatalogError) { next = try parts[index].next(&columns) } catch { throw SQLError(error) }
                if next.found { return next }
                if parts[index].isAtEnd {
                    round = 0..<0
                    return next
                }
                round = round.dropFirst()
            }
            try run.check()
            read()
        }
    }

    /// Reads the next chunks.
    private func read() {
        let count = threads.read(&parts, from: position, makePart) { $0.read($1, from: $2) }
        round = 0..<count
        position += count * threads.chunkCount
    }
}
