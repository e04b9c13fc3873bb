import Catalog
import ReQLish

/// The documents of a scan that pass its test, or may, read by several threads as long as there are cores for them.
final class DocumentParts {
    /// A document, and whether its bytes tell that it passes.
    typealias Found = (document: Datum, isTold: Bool)

    private final class Part: ScanChunkPart, @unchecked Sendable {
        /// Nil: all of a document.
        private let names: [String]?
        private var fields: ProjectedFields?
        private var found: [Found] = []
        private var taken = 0
        private var byteCount = 0

        /// So many that were found, or so much memory that they take, are taken up before more is read.
        private static let mostFound = 4096
        private static let mostBytes = 4 << 20

        init(_ names: [String]?, from position: Int, _ makeScan: @escaping () throws(CatalogError) -> DocumentScan) {
            self.names = names
            super.init(from: position, makeScan)
        }

        override func forget() {
            found.removeAll(keepingCapacity: true)
            (taken, byteCount) = (0, 0)
        }

        override var isFull: Bool { found.count >= Self.mostFound || byteCount >= Self.mostBytes }

        override func step(_ scan: DocumentScan, of most: Int) throws(CatalogError) -> DocumentScan.Step {
            var fields = self.fields.take() ?? ProjectedFields(names ?? [])
            defer { self.fields = fields }
            let step = names == nil ? try scan.next(of: most) : try scan.next(&fields, of: most)
            switch step {
            case .end, .pause: break
            case .document(let document, let verdict): add((document, verdict == .passes))
            case .row(let document): add((document, true))
            }
            return step
        }

        private func add(_ one: Found) {
            found.append(one)
            byteCount += one.document.heldByteCount
        }

        /// Nil if there are no more in the chunk.
        func next() throws(CatalogError) -> Found? {
            while true {
                if taken < found.count {
                    taken += 1
                    return found[taken - 1]
                }
                if let error { throw error }
                guard hasMore else { return nil }
                goOn()
            }
        }
    }

    private let chunks: Chunks<Part>
    private var part: Part?
    var threadCount: Int { chunks.parts.count }

    /// - Parameter first: a scan that has looked at some documents already.
    init(
        _ first: DocumentScan, _ names: [String]?, _ threads: ScanThreads,
        _ another: @escaping () throws(CatalogError) -> DocumentScan
    ) {
        let position = first.documentCount
        chunks = Chunks([Part(names, from: position) { () throws(CatalogError) in first }], from: position, threads) {
            Part(names, from: 0, another)
        }
    }

    /// Nil at the end.
    func next(_ run: Run) throws(SQLError) -> Found? {
        while true {
            if let part {
                let next: Found?
                do throws(CatalogError) { next = try part.next() } catch { throw SQLError(error) }
                if let next { return next }
            }
            try run.check()
            part = chunks.next()
            if part == nil { return nil }
        }
    }
}
