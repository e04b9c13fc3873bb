import Ground
import ReQLish
import Synchronization

/// What one thread reads of chunks, of later and later ones; what it finds in one is taken up before it reads the next one.
protocol ChunkPart: AnyObject, Sendable {
    /// Reads so many from a position on, which is not before the end of what was read last.
    func read(_ count: Int, from start: Int)

    /// Whether nothing comes behind what it has read.
    var isAtEnd: Bool { get }

    /// Nobody waits for what is being read. From any thread.
    func stop()
}

/// Chunks of what is read, taken up in their order: while this thread works on what was found in one, helpers read the next ones, as long as
/// there are cores for them.
final class Chunks<Part: ChunkPart> {
    private final class Chunk {
        let part: Part
        let start: Int
        var work: ForkedWork?
        let isRead = Atomic(false)

        init(_ part: Part, from start: Int) {
            self.part = part
            self.start = start
        }

        func read(_ count: Int) {
            part.read(count, from: start)
            isRead.store(true, ordering: .releasing)
        }
    }

    private let threads: ScanThreads
    private let chunkCount: Int
    private let makePart: () -> Part
    private let mayHelp: Bool
    /// All that there are, and those that wait for a chunk.
    private(set) var parts: [Part]
    private var idle: [Part]
    /// Begun chunks that are still to be taken up, and the part that has read the one that is.
    private var chunks: [Chunk] = []
    private var current: Part?
    private var position: Int
    private let end: Int

    /// - Parameters:
    ///   - parts: some that are not behind the position.
    ///   - end: where there is nothing any more, if that is known.
    ///   - chunkCount: how many make a chunk; nil: as many documents as scans read in a row.
    ///   - mayHelp: whether there may be so much that a helper is worth it.
    init(
        _ parts: [Part], from position: Int, to end: Int = .max, _ threads: ScanThreads, of chunkCount: Int? = nil,
        mayHelp: Bool = true, _ makePart: @escaping () -> Part
    ) {
        self.threads = threads
        self.chunkCount = chunkCount ?? threads.chunkCount
        self.makePart = makePart
        self.mayHelp = mayHelp && threads.mayHelp
        self.position = position
        self.end = end
        self.parts = parts
        idle = parts.reversed()
    }

    deinit { finish() }

    private func finish() {
        for chunk in chunks { chunk.part.stop() }
        for chunk in chunks { chunk.work?.join() }
        chunks = []
    }

    /// The part that has read the next chunk, for who takes up what it found before the next call; nil behind the last one: then no thread
    /// has any of the parts.
    func next() -> Part? {
        if let done = current.take() {
            if done.isAtEnd {
                current = done
                finish()
                return nil
            }
            idle.append(done)
        }
        // Rather than wait for a helper, this thread reads a chunk, too.
        let isMissing = chunks.first.map { !$0.isRead.load(ordering: .acquiring) } ?? true
        let own = isMissing && canBegin ? begin() : nil
        if mayHelp, canBegin {
            threads.begin()
            while canBegin, threads.take() { help(begin()) }
            threads.end()
        }
        own?.read(chunkCount)
        let chunk = chunks.removeFirst()
        chunk.work?.join()
        current = chunk.part
        return chunk.part
    }

    private var canBegin: Bool { chunks.count <= threads.helperCount && position < end }

    private func begin() -> Chunk {
        if idle.isEmpty {
            idle.append(makePart())
            parts.append(idle[0])
        }
        let chunk = Chunk(idle.removeLast(), from: position)
        position += chunkCount
        chunks.append(chunk)
        return chunk
    }

    private func help(_ chunk: Chunk) {
        let (threads, count) = (threads, chunkCount)
        chunk.work = ForkedWork { [unowned chunk] in
            chunk.read(count)
            threads.end()
        }
    }
}
