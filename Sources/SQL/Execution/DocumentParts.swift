import Catalog
import ReQLish

/// The documents of a scan that pass its test, or may, read by several threads as long as there are cores for them: each reads a chunk, one
/// behind the other, and the chunks are taken up in their order.
final class DocumentParts {
    /// A document, and whether its bytes tell that it passes.
    typealias Found = (document: Datum, isTold: Bool)

    /// What one thread reads of a chunk.
    ///
    /// Why it is Sendable: one thread at a time has it, a helper from its start until it was joined.
    private final class Part: @unchecked Sendable {
        private let makeScan: () throws(CatalogError) -> DocumentScan
        /// Nil: all of a document.
        private let names: [String]?
        private var scan: DocumentScan?
        private var fields: ProjectedFields?
        /// Behind the last document that was looked at, and where the chunk ends.
        private var position: Int
        private var end = 0
        private var found: [Found] = []
        private var taken = 0
        private(set) var isAtEnd = false
        private var error: CatalogError?

        /// So many that were found, or so much memory that they take, end a reading before its chunk.
        private static let mostFound = 4096
        private static let mostBytes = 4 << 20

        init(_ names: [String]?, from position: Int, _ makeScan: @escaping () throws(CatalogError) -> DocumentScan) {
            self.names = names
            self.position = position
            self.makeScan = makeScan
        }

        /// Reads documents from a position on, which is not before the end of what was read last.
        func read(_ count: Int, from start: Int) {
            end = start + count
            guard error == nil else { return }
            do throws(CatalogError) {
                let scan: DocumentScan
                if let known = self.scan { scan = known } else { scan = try makeScan() }
                self.scan = scan
                try scan.skip(start - position)
                position = start
                try readOn(scan)
            } catch {
                self.error = error
            }
        }

        private func readOn(_ scan: DocumentScan) throws(CatalogError) {
            found.removeAll(keepingCapacity: true)
            taken = 0
            var fields = self.fields.take() ?? ProjectedFields(names ?? [])
            defer { self.fields = fields }
            var byteCount = 0
            while position < end, !isAtEnd, found.count < Self.mostFound, byteCount < Self.mostBytes {
                let before = scan.documentCount
                let step = names == nil ? try scan.next(of: end - position) : try scan.next(&fields, of: end - position)
                position += scan.documentCount - before
                switch step {
                case .end: isAtEnd = true
                case .pause: break
                case .document(let document, let verdict): found.append((document, verdict == .passes))
                case .row(let document): found.append((document, true))
                }
                if let (document, _) = found.last { byteCount += document.heldByteCount }
            }
        }

        /// Nil if there are no more in the chunk.
        func next() throws(CatalogError) -> Found? {
            while true {
                if taken < found.count {
                    taken += 1
                    return found[taken - 1]
                }
                if let error { throw error }
                guard position < end, !isAtEnd, let scan else { return nil }
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
        _ first: DocumentScan, _ names: [String]?, _ threads: ScanThreads,
        _ another: @escaping () throws(CatalogError) -> DocumentScan
    ) {
        self.threads = threads
        position = first.documentCount
        parts = [Part(names, from: position) { () throws(CatalogError) in first }]
        makePart = { Part(names, from: 0, another) }
    }

    /// Nil at the end.
    func next(_ run: Run) throws(SQLError) -> Found? {
        while true {
            while let index = round.first {
                let next: Found?
                do throws(CatalogError) { next = try parts[index].next() } catch { throw SQLError(error) }
                if let next { return next }
                if parts[index].isAtEnd {
                    round = 0..<0
                    return nil
                }
                round = round.dropFirst()
            }
            try run.check()
            let count = threads.read(&parts, from: position, makePart) { $0.read($1, from: $2) }
            round = 0..<count
            position += count * threads.chunkCount
        }
    }
}
