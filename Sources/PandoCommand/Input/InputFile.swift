import Ground
import httpd

/// Nothing comes at the moment; reading may go on as if nothing had been.
struct InputPause: Error {}

/// Bytes of a file or of standard input, in pieces; decompressed if they are compressed with gzip.
final class InputFile {
    let name: String
    /// Length if it is known beforehand.
    let byteCount: Int?
    private(set) var position = 0
    /// What has been handed out; more than has been read if that was compressed.
    private(set) var deliveredByteCount = 0
    private let file: Int32
    private var piece = [UInt8](repeating: 0, count: 1 << 18)
    /// For what begins as gzip does.
    private var decoder: GzipDecoder?
    private var expanded = ByteBuffer()
    /// Whether reading throws ``InputPause`` where nothing more comes for a second: what has come can be dealt with meanwhile.
    var tellsPauses = false
    private var isBeforePause = false
    /// What is in a sealed file; read in place of the file itself.
    private var sealed: ArchiveInput?

    /// - Parameter path: `-` is standard input.
    init(_ path: String) throws(CommandError) {
        if path == "-" {
            name = "standard input"
            byteCount = nil
            file = SystemCalls.standardInput
            return
        }
        name = path
        byteCount = SystemCalls.byteCount(path)
        if SystemCalls.isDirectory(path) { throw .failed("\(path) is a directory, not a file") }
        do { file = try SystemCalls.openForReading(path) } catch { throw .failed("\(error)") }
    }

    /// A sealed file, as one is that was made of an encrypted file's documents.
    ///
    /// - Parameter key: one of its keys.
    init(sealed path: String, _ key: FileEncryption?) throws {
        let input = try ArchiveInput(path: path).opened(with: key, name: path, isSealWanted: true)
        name = path
        byteCount = Int(clamping: input.byteCount)
        file = SystemCalls.standardInput
        sealed = input
    }

    /// Whether a file's name and its beginning say that it is sealed.
    static func isSealed(_ path: String) throws -> Bool {
        try path.hasSuffix(".sealed") && SystemCalls.exists(path) && !SystemCalls.isDirectory(path) && ArchiveInput(path: path).isSealed
    }

    /// A folder, whose files others read.
    init(folder path: String) {
        name = path
        byteCount = nil
        file = SystemCalls.standardInput
    }

    /// Notes what another has read.
    func noteDelivered(_ count: Int) { deliveredByteCount += count }

    deinit {
        if file != SystemCalls.standardInput { SystemCalls.close(file) }
    }

    /// The part that has been read, `nil` if the length is not known.
    var fraction: Double? { byteCount.map { $0 == 0 ? 1 : Double(position) / Double($0) } }

    /// Adds the next bytes; false at the end.
    func appendPiece(to bytes: inout [UInt8]) throws -> Bool {
        let before = bytes.count
        defer {
            deliveredByteCount += bytes.count - before
            isBeforePause = tellsPauses && byteCount == nil && bytes.count > before
        }
        if decoder != nil { return try appendExpanded(to: &bytes) }
        guard position == 0 else {
            let count = try readPiece()
            bytes += piece[..<count]
            return count > 0
        }
        // What the first two bytes are says how it is to be read; a pipe may give one alone.
        var start: [UInt8] = []
        while start.count < 2, case let count = try readPiece(), count > 0 { start += piece[..<count] }
        if GzipDecoder.isGzip(start.span) {
            decoder = GzipDecoder()
            decoder?.append(start.span)
            return try appendExpanded(to: &bytes)
        }
        bytes += start
        return !start.isEmpty
    }

    private func readPiece() throws -> Int {
        if let sealed {
            let bytes = try sealed.read(at: UInt64(position), count: piece.count)
            piece.replaceSubrange(0..<bytes.count, with: bytes)
            position += bytes.count
            return bytes.count
        }
        if isBeforePause, !SystemCalls.waitReadable([file], milliseconds: 1000)[0] { throw InputPause() }
        let count = try SystemCalls.read(file, into: &piece, of: name)
        position += count
        return count
    }

    private var isFinished = false

    private func appendExpanded(to bytes: inout [UInt8]) throws -> Bool {
        do {
            while try decoder?.read(into: &expanded) == false {
                if isFinished { return false }
                let count = try readPiece()
                isFinished = count == 0
                if isFinished { decoder?.finish() } else { decoder?.append(piece.span.extracting(0..<count)) }
            }
        } catch let error as CompressionError {
            throw CommandError.failed("\(name): \(error.message)")
        }
        bytes += expanded.bytes
        expanded.removeAll()
        return true
    }

    /// What some programs begin a text with.
    static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// All as text, without a mark at the beginning.
    func readText(limit: Int = 64 << 20) throws -> String {
        var bytes: [UInt8] = []
        while try appendPiece(to: &bytes) {
            guard bytes.count <= limit else { throw CommandError.failed("\(name) is longer than \(byteSize(limit))") }
        }
        if bytes.starts(with: Self.mark) { bytes.removeFirst(Self.mark.count) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandError.failed("\(name) is not UTF-8") }
        return text
    }
}
