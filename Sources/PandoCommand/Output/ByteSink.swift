import Ground
import httpd

/// Buffered bytes on their way to a file or a pipe.
final class ByteSink {
    private static let flushByteCount = 64 * 1024

    private let destination: (ByteBuffer) throws(SystemError) -> Void
    private var encoder: GzipEncoder?
    private var compressed = ByteBuffer()
    /// What is written next. After appending, call `flushIfLarge`.
    var buffer = ByteBuffer()

    /// - Parameter compresses: with gzip; ``finish()`` must be called then.
    convenience init(file: Int32, name: String, compresses: Bool = false) {
        self.init { (bytes) throws(SystemError) in try SystemCalls.write(file, bytes.span, to: name) }
        if compresses { encoder = GzipEncoder() }
    }

    /// Bytes that somebody else sends on.
    init(_ destination: @escaping (ByteBuffer) throws(SystemError) -> Void) { self.destination = destination }

    func write(_ text: String) throws(CommandError) {
        buffer.append(text)
        try flushIfLarge()
    }

    func flushIfLarge() throws(CommandError) {
        if buffer.count >= Self.flushByteCount { try flush() }
    }

    func flush() throws(CommandError) {
        guard buffer.count > 0 else { return }
        if encoder != nil {
            encoder?.append(buffer.span, to: &compressed)
            swap(&buffer, &compressed)
            compressed.removeAll()
        }
        try send()
    }

    /// Writes what is left, and the end of what is compressed.
    func finish() throws(CommandError) {
        try flush()
        guard encoder != nil else { return }
        encoder?.finish(to: &buffer)
        encoder = nil
        try send()
    }

    private func send() throws(CommandError) {
        defer { buffer.removeAll() }
        do { try destination(buffer) } catch {
            throw error.isBrokenPipe ? .readerLeft : .failed("\(error)")
        }
    }
}
