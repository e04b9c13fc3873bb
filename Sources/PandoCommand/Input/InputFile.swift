/// Bytes of a file or of standard input, in pieces.
final class InputFile {
    let name: String
    /// Length if it is known beforehand.
    let byteCount: Int?
    private(set) var position = 0
    private let file: Int32
    private var piece = [UInt8](repeating: 0, count: 1 << 18)

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

    deinit {
        if file != SystemCalls.standardInput { SystemCalls.close(file) }
    }

    /// The part that has been read, `nil` if the length is not known.
    var fraction: Double? { byteCount.map { $0 == 0 ? 1 : Double(position) / Double($0) } }

    /// Adds the next bytes; false at the end.
    func appendPiece(to bytes: inout [UInt8]) throws -> Bool {
        let count = try SystemCalls.read(file, into: &piece, of: name)
        bytes += piece[..<count]
        position += count
        return count > 0
    }

    /// All the rest as text.
    func readText(limit: Int = 64 << 20) throws -> String {
        var bytes: [UInt8] = []
        while try appendPiece(to: &bytes) {
            guard bytes.count <= limit else { throw CommandError.failed("\(name) is longer than \(byteSize(limit))") }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandError.failed("\(name) is not UTF-8") }
        return text
    }
}
