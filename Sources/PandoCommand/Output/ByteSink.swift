import httpd

/// Buffered bytes on their way to a file or a pipe.
final class ByteSink {
    private static let flushByteCount = 64 * 1024

    private let file: Int32
    private let name: String
    /// What is written next. After appending, call `flushIfLarge`.
    var buffer = ByteBuffer()

    init(file: Int32, name: String) {
        self.file = file
        self.name = name
    }

    func write(_ text: String) throws(CommandError) {
        buffer.append(text)
        try flushIfLarge()
    }

    func flushIfLarge() throws(CommandError) {
        if buffer.count >= Self.flushByteCount { try flush() }
    }

    func flush() throws(CommandError) {
        guard buffer.count > 0 else { return }
        do {
            try SystemCalls.write(file, buffer.span, to: name)
        } catch {
            buffer.removeAll()
            throw error.isBrokenPipe ? .readerLeft : .failed("\(error)")
        }
        buffer.removeAll()
    }
}
