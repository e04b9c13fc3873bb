import Synchronization
import httpd

/// A reader of the documents of a source, a batch at a time, with as many threads as call ``fill()``.
///
/// Lines are read by one thread at a time and made into documents by all; what comes in another form is made so by one at a time.
final class BatchReader {
    /// The documents that are put in one transaction.
    struct Batch {
        /// Each with the line in front of its first one.
        var blocks: [(block: DocumentBlock, line: Int)]
        /// What kept the source from being read on.
        var stop: (any Error)?
        var isLast: Bool
        /// What is known of the table's XML with these documents.
        var shape: XMLShape?
        /// How much of the source has been read, if that is known.
        var fraction: Double?
    }

    /// The larger a batch is, the more its documents share the pages that they go to; but one is read while another is put, and an import
    /// is to take no more than 128 MiB. With 64 MiB a batch it is a seventh faster where keys come in no order, and slower elsewhere.
    private static let batchByteCount = 24 << 20
    private static let batchCount = 300_000
    /// What comes slowly is not waited for longer than that.
    private static let batchDuration = Duration.seconds(1)
    /// What a thread takes at a time.
    private static let pieceByteCount = 1 << 20

    private let source: any DocumentSource
    private let table: TableConfig
    private let stopsAtProblem: Bool

    /// Held by whoever reads from the source or looks at what stands below.
    private let lock = Mutex(())
    /// The pieces of the batch in their order; nil where a thread is still at it.
    private var pieces: [(block: DocumentBlock, lineCount: Int)?] = []
    private var documentCount = 0
    private var firstByte = 0
    private var begin = ContinuousClock.now
    private var stop: (any Error)?
    private var isAtEnd = false
    /// Nothing comes at the moment, and what has come is put meanwhile.
    private var isPaused = false
    /// Lines of the batches before.
    private var line = 0

    init(_ source: any DocumentSource, for table: TableConfig, stopsAtProblem: Bool) {
        self.source = source
        self.table = table
        self.stopsAtProblem = stopsAtProblem
        source.input.tellsPauses = true
    }

    /// Reads until the batch is full or the source at its end.
    func fill() {
        var text: [UInt8] = []
        while let number = lock.withLock({ _ in takePiece(&text) }) {
            if text.isEmpty { continue }
            let block = DocumentBlock(for: table, byteCount: text.count)
            let lineCount = NDJSONSource.add(text, to: block)
            lock.withLock { _ in note(block, lineCount, at: number) }
        }
    }

    /// Nothing more is read.
    func cancel() { lock.withLock { _ in isAtEnd = true } }

    /// The batch, when nobody is filling it any more; the next call of ``fill()`` begins another one.
    func takeBatch() -> Batch {
        lock.withLock { _ in
            var batch = Batch(
                blocks: [], stop: stop, isLast: isAtEnd, shape: (source as? XMLSource)?.shape, fraction: source.input.fraction)
            for case let (block, lineCount)? in pieces {
                batch.blocks.append((block, line))
                line += lineCount
            }
            pieces = []
            documentCount = 0
            isPaused = false
            firstByte = source.input.deliveredByteCount
            begin = .now
            return batch
        }
    }

    // MARK: With the lock held

    private var isFull: Bool {
        if source.input.deliveredByteCount - firstByte >= Self.batchByteCount || documentCount >= Self.batchCount { return true }
        if isPaused { return true }
        return source.input.byteCount == nil && !pieces.isEmpty && ContinuousClock.now - begin > Self.batchDuration
    }

    /// The next piece: its lines in `text`, or its documents noted already. Nil if there is none for this batch.
    private func takePiece(_ text: inout [UInt8]) -> Int? {
        guard !isAtEnd, !isFull else { return nil }
        do {
            guard let lines = source as? NDJSONSource else {
                try takeDocuments()
                return pieces.count
            }
            guard try lines.readLines(into: &text, byteCount: Self.pieceByteCount) else {
                isAtEnd = true
                return nil
            }
            pieces.append(nil)
            return pieces.count - 1
        } catch is InputPause {
            isPaused = true
            // A source that is not read by lines has noted the documents that have come.
            guard source is NDJSONSource, !text.isEmpty else { return nil }
            pieces.append(nil)
            return pieces.count - 1
        } catch {
            stop = error
            isAtEnd = true
            return nil
        }
    }

    private func takeDocuments() throws {
        let block = DocumentBlock(for: table, byteCount: Self.pieceByteCount)
        let end = source.input.deliveredByteCount + Self.pieceByteCount
        pieces.append((block, 0))
        defer { note(block, 0, at: pieces.count - 1) }
        while source.input.deliveredByteCount < end || block.count == 0, !isAtEnd {
            switch try source.next() {
            case .document(let document, let line): block.add(document, line: line)
            case .bad(let line, let message): block.note(message, line: line)
            case nil: isAtEnd = true
            }
        }
    }

    private func note(_ block: DocumentBlock, _ lineCount: Int, at number: Int) {
        pieces[number] = (block, lineCount)
        documentCount += block.count
        if stopsAtProblem, !block.problems.isEmpty { isAtEnd = true }
    }
}
