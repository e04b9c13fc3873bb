/// Compresses to the gzip format (RFC 1952): one member, whose chunks are compressed side by side.
///
///     var encoder = GzipEncoder()
///     encoder.append(bytes, to: &output)      // as often as there is something; output grows now and then
///     encoder.finish(to: &output)
package struct GzipEncoder: ~Copyable {
    /// Large enough that beginning anew costs little, small enough that a few of them fit in a cache.
    static let chunkByteCount = 256 << 10

    private let window: RawArea<UInt8>
    private let deflaters: [Worker]
    /// What has been compressed and may be referred to stands before `start`.
    private var start = 0
    private var end = 0
    private let limit: Int
    private var checksum = CRC32()
    private var byteCount: UInt32 = 0
    private var hasBegun = false

    private final class Worker {
        var deflater = Deflater()
        var output = ByteBuffer()
    }

    /// - Parameter threads: how many chunks are compressed at a time, this thread's included.
    package init(threads: Int = 2) {
        let threads = max(1, threads)
        deflaters = (0..<threads).map { _ in Worker() }
        limit = DeflateFormat.windowByteCount + threads * Self.chunkByteCount
        window = RawArea(count: limit + RawAreaView.slack)
    }

    /// Takes bytes in. When there is enough for every thread it is compressed and added to `output`.
    package mutating func append(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
        bytes.withBytes { append($0, to: &output) }
    }

    package mutating func append(_ bytes: Bytes, to output: inout ByteBuffer) {
        var rest = bytes
        while rest.count > 0 {
            let count = min(rest.count, limit - end)
            window.view.copy(rest[0..<count], to: end)
            end += count
            rest = rest.dropFirst(count)
            if end == limit { compress(isLast: false, to: &output) }
        }
        checksum.update(bytes)
        byteCount &+= UInt32(truncatingIfNeeded: bytes.count)
    }

    /// Writes what is left and the end. The encoder has done its work then.
    package mutating func finish(to output: inout ByteBuffer) {
        compress(isLast: true, to: &output)
        for word in [checksum.value, byteCount] {
            for byte in 0..<4 { output.append(UInt8(truncatingIfNeeded: word >> UInt32(8 * byte))) }
        }
    }

    /// All at once, in this thread.
    package static func compress(_ bytes: Span<UInt8>) -> ByteBuffer {
        var output = ByteBuffer()
        var encoder = GzipEncoder(threads: 1)
        encoder.append(bytes, to: &output)
        encoder.finish(to: &output)
        return output
    }

    private mutating func compress(isLast: Bool, to output: inout ByteBuffer) {
        if !hasBegun { output.append(GzipFormat.header) }
        hasBegun = true
        let chunks = Self.chunks(start..<end, among: deflaters.count)
        let view = window.view
        var threads: [ForkedWork] = []
        for (index, chunk) in chunks.enumerated() {
            let worker = deflaters[index]
            let isLast = isLast && index == chunks.count - 1
            let work = { worker.deflater.compress(view, chunk, isLast: isLast, into: &worker.output) }
            if index < chunks.count - 1 { threads.append(ForkedWork(work)) } else { work() }
        }
        for thread in threads { thread.join() }
        for worker in deflaters {
            output.append(worker.output)
            worker.output.removeAll()
        }
        let kept = min(end, DeflateFormat.windowByteCount)
        view.moveToStart(end - kept..<end)
        (start, end) = (kept, kept)
    }

    /// Equal parts, fewer if they would be small; one at least.
    private static func chunks(_ range: Range<Int>, among count: Int) -> [Range<Int>] {
        let parts = max(1, min(count, range.count / (chunkByteCount / 4)))
        return (0..<parts).map { part in
            range.lowerBound + range.count * part / parts..<range.lowerBound + range.count * (part + 1) / parts
        }
    }
}
