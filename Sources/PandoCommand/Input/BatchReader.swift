import Ground
import httpd

/// A reader of the documents of a source, a batch at a time, with as many threads as call ``fill()``.
///
/// Lines are read by one thread at a time and made into documents by all; what comes in another form is made so by one at a time. All
/// threads make documents into records.
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

    /// Held by whoever reads a piece from the source, which takes milliseconds, or looks at what stands below.
    private let lock = Monitor()
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
        var piece = Piece()
        while let number = lock.withLock({ takePiece(&piece) }) {
            let block = DocumentBlock(for: table, byteCount: piece.text.isEmpty ? Self.pieceByteCount : piece.text.count)
            let lineCount = NDJSONSource.add(piece.text, to: block)
            for item in piece.items {
                switch item {
                case .document(let document, let line): block.add(document, line: line)
                case .bad(let line, let message): block.note(message, line: line)
                }
            }
            lock.withLock { note(block, lineCount, at: number) }
        }
    }

    /// Nothing more is read.
    func cancel() { lock.withLock { isAtEnd = true } }

    /// The batch, when nobody is filling it any more; the next call of ``fill()`` begins another one.
    func takeBatch() -> Batch {
        lock.withLock {
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

    /// What a thread has taken: lines, or documents.
    private struct Piece {
        var text: [UInt8] = []
        var items: [SourceItem] = []

        var isEmpty: Bool { text.isEmpty && items.isEmpty }
    }

    /// Takes the next piece, and says which it is; nil if there is none for this batch.
    private func takePiece(_ piece: inout Piece) -> Int? {
        piece.items.removeAll(keepingCapacity: true)
        guard !isAtEnd, !isFull else { return nil }
        do {
            if let lines = source as? NDJSONSource {
                isAtEnd = try !lines.readLines(into: &piece.text, byteCount: Self.pieceByteCount)
            } else {
                try takeItems(&piece.items)
            }
        } catch is InputPause {
            // What has come is in the piece.
            isPaused = true
        } catch {
            stop = error
            isAtEnd = true
            // Its last line may not have come to its end.
            piece.text.removeAll()
        }
        if piece.isEmpty { return nil }
        pieces.append(nil)
        return pieces.count - 1
    }

    private func takeItems(_ items: inout [SourceItem]) throws {
        let end = source.input.deliveredByteCount + Self.pieceByteCount
        while source.input.deliveredByteCount < end || items.isEmpty {
            guard let item = try source.next() else {
                isAtEnd = true
                return
            }
            items.append(item)
        }
    }

    private func note(_ block: DocumentBlock, _ lineCount: Int, at number: Int) {
        pieces[number] = (block, lineCount)
        documentCount += block.count
        if stopsAtProblem, !block.problems.isEmpty { isAtEnd = true }
    }
}
