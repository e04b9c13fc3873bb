import Ground
import Synchronization

/// What is made of all documents of a table, and by whom: one of several threads, each of which has one.
protocol DocumentWork {
    /// Begins a chunk of neighbouring documents, before the first of which stand as many.
    mutating func begin(_ first: Int)
    /// Takes the document at a cursor. Returns false if there is no room for what is made of it.
    mutating func add(_ cursor: borrowing KeyValueCursor) throws(CatalogError) -> Bool
    /// Ends a chunk. Returns as ``add(_:)``.
    mutating func endChunk() throws(CatalogError) -> Bool
    /// Ends the last chunk. Returns as ``add(_:)``.
    mutating func finish() throws(CatalogError) -> Bool
}

extension DocumentWork {
    mutating func begin(_ first: Int) {}
    mutating func endChunk() throws(CatalogError) -> Bool { true }
}

extension Catalog {
    /// How many documents a table has, for those who build an index of it; more than any has where nobody but one thread builds it.
    func documentCount(of table: TableConfig, _ snapshot: CatalogSnapshot) throws(CatalogError) -> Int {
        // An engine would have to count them.
        path == nil ? .max : try snapshot.store.count(.prefix(table.documentsPrefix))
    }

    /// How many threads build an index of so many documents.
    ///
    /// - Parameter least: how many documents a thread should have that is worth its beginning.
    func threadCount(_ documentCount: Int, least: Int) -> Int {
        // An engine is asked by one, and what several have may be more than memory holds.
        guard path != nil else { return 1 }
        let wanted = options.buildThreadCount ?? min(SystemFacts.processorCount, 4, documentCount / least)
        return max(1, min(wanted, documentCount))
    }

    /// Has all documents of a table in a state worked on, by as many threads as there are works: each takes chunk after chunk.
    ///
    /// - Parameter documentCount: how many documents there are.
    /// - Returns: The works, finished; nil if there was no room for one.
    func perform<Work: DocumentWork>(
        _ works: [Work], on documentCount: Int, of table: TableConfig, _ snapshot: CatalogSnapshot, _ cancellation: Cancellation?
    ) throws(CatalogError) -> [Work]? {
        let chunks = DocumentChunks(documentCount, forThreads: works.count)
        let workers = works.map { DocumentWorker($0) }
        let read: (DocumentWorker<Work>) -> Void = { $0.read(chunks, table, snapshot, cancellation) }
        // Helpers step back behind who answers queries, and leave what they don't come to for this one.
        let helpers = workers.dropFirst().map { worker in ForkedWork(turns: .last) { read(worker) } }
        read(workers[0])
        for helper in helpers { helper.join() }
        if let cancellation, cancellation.isCancelled { throw Cancellation.error }
        for case .failure(let error)? in workers.map(\.trouble) { throw error }
        return workers.contains { $0.trouble != nil } ? nil : workers.map(\.work)
    }
}

/// A table's documents in chunks, each for the thread that asks next.
private final class DocumentChunks: Sendable {
    private let documentCount: Int
    private let chunkCount: Int
    private let taken = Atomic(0)

    init(_ documentCount: Int, forThreads threadCount: Int) {
        self.documentCount = documentCount
        // The more there are, the nearer to each other the threads end; but what is made of a chunk may be sorted by itself, which costs more
        // for fewer documents.
        chunkCount = threadCount == 1 ? 1 : min(8 * threadCount, documentCount)
    }

    /// By how many documents stand before each; nil if all are taken.
    func next() -> Range<Int>? {
        let chunk = taken.add(1, ordering: .relaxed).oldValue
        guard chunk < chunkCount else { return nil }
        return documentCount * chunk / chunkCount..<documentCount * (chunk + 1) / chunkCount
    }

    /// Gives none any more.
    func stop() { taken.store(chunkCount, ordering: .relaxed) }
}

/// A thread's part of the work on a table's documents.
private final class DocumentWorker<Work: DocumentWork> {
    private(set) var work: Work
    /// nil if there was none; `.success` if there is no room.
    private(set) var trouble: Result<Void, CatalogError>?

    init(_ work: Work) { self.work = work }

    func read(_ chunks: DocumentChunks, _ table: TableConfig, _ snapshot: CatalogSnapshot, _ cancellation: Cancellation?) {
        do throws(CatalogError) {
            var cursor = try snapshot.store.cursor(.prefix(table.documentsPrefix))
            var position = 0
            var hasRoom = true
            while hasRoom, let chunk = chunks.next() {
                if chunk.lowerBound > position { try cursor.skip(chunk.lowerBound - position) }
                position = chunk.upperBound
                work.begin(chunk.lowerBound)
                for _ in chunk {
                    guard hasRoom, try cursor.next() else { break }
                    if let cancellation, cancellation.isCancelled { return chunks.stop() }
                    hasRoom = try work.add(cursor)
                }
                if hasRoom { hasRoom = try work.endChunk() }
            }
            if hasRoom { hasRoom = try work.finish() }
            if !hasRoom { trouble = .success(()) }
        } catch {
            trouble = .failure(error)
        }
        if trouble != nil { chunks.stop() }
    }
}
