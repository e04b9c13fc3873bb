import Catalog
import Synchronization

/// What one thread reads of chunks of a scan, of later and later ones; the finds of a chunk are taken up before it reads the next one.
///
/// Why it is Sendable: one thread at a time has it, a helper from its start until it was joined.
class ScanChunkPart: ChunkPart, @unchecked Sendable {
    private let makeScan: () throws(CatalogError) -> DocumentScan
    /// Made by the thread that reads the first chunk: what two threads write for each document must not lie side by side in memory.
    private var scan: DocumentScan?
    /// Behind the last document that was looked at, and where the chunk ends.
    private var position: Int
    private var end = 0
    private(set) final var isAtEnd = false
    private(set) final var error: CatalogError?
    private let isStopped = Atomic(false)

    init(from position: Int, _ makeScan: @escaping () throws(CatalogError) -> DocumentScan) {
        self.position = position
        self.makeScan = makeScan
    }

    /// Looks at documents from a position on, which is not before the end of what was looked at last.
    final func read(_ count: Int, from start: Int) {
        end = start + count
        guard error == nil else { return }
        do throws(CatalogError) {
            let scan: DocumentScan
            if let known = self.scan { scan = known } else { scan = try makeScan() }
            self.scan = scan
            try scan.skip(start - position)
            position = start
        } catch {
            self.error = error
        }
        goOn()
    }

    /// Whether what was found ended the reading before its chunk.
    final var hasMore: Bool { error == nil && !isAtEnd && position < end }

    /// Reads on in the chunk, without what was found before.
    final func goOn() {
        forget()
        guard error == nil, let scan else { return }
        do throws(CatalogError) {
            while hasMore, !isFull, !isStopped.load(ordering: .relaxed) {
                let before = scan.documentCount
                let step = try step(scan, of: end - position)
                position += scan.documentCount - before
                if case .end = step { isAtEnd = true }
            }
        } catch {
            self.error = error
        }
    }

    /// Nobody waits for what is being read. From any thread.
    final func stop() { isStopped.store(true, ordering: .relaxed) }

    // MARK: For subclasses

    /// Nothing of what was found is wanted any more.
    func forget() {}

    /// Whether what was found takes so much memory that it is to be taken up before more is read.
    var isFull: Bool { false }

    /// Reads on, of at most `count` documents, and keeps what is found.
    func step(_ scan: DocumentScan, of count: Int) throws(CatalogError) -> DocumentScan.Step {
        preconditionFailure("\(Swift.type(of: self)) reads nothing")
    }
}
