import Ground

/// The bytes of an archive in their order, decompressed if they are compressed.
struct ArchiveStream: ~Copyable {
    private let input: ArchiveInput
    /// Of `input`, what has been read.
    private var inputPosition: UInt64 = 0
    /// `nil` for an archive that is not compressed.
    private var decoder: GzipDecoder?
    private var buffer = ByteBuffer()
    /// What comes next stands in `buffer` from here on.
    private var start = 0
    /// The position of the next byte, decompressed.
    private(set) var position: UInt64 = 0

    private static let pieceByteCount = 256 << 10
    /// The factor of expansion beyond which an archive is not believed. What people store comes to a fiftieth at the best;
    /// the most that deflate can do is a thousandth.
    private static let bombFactor: UInt64 = 300

    /// Throws `.malformedArchive` if it is compressed in a way that can't be read here.
    init(_ input: ArchiveInput) throws(CatalogError) {
        self.input = input
        let start = try input.read(at: 0, count: 6)
        if GzipDecoder.isGzip(start.span) { decoder = GzipDecoder() }
        let others: [(magic: [UInt8], name: String, command: String)] = [
            ([0x42, 0x5A, 0x68], "bzip2", "bunzip2 --keep"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz", "unxz --keep"),
            ([0x28, 0xB5, 0x2F, 0xFD], "zstd", "unzstd --keep"),
        ]
        if let format = others.first(where: { start.starts(with: $0.magic) }) {
            throw Self.malformed("It is compressed with \(format.name); decompress it first: `\(format.command) ARCHIVE`.")
        }
    }

    var isCompressed: Bool { decoder != nil }

    /// The next bytes: `count`, or fewer at the end. Good until the next call.
    mutating func peek(_ count: Int) throws(CatalogError) -> Bytes {
        while buffer.count - start < count, try readMore() {}
        let bytes = buffer.raw.dropFirst(start)
        return bytes[0..<min(count, bytes.count)]
    }

    /// Some of the next bytes, `count` at most; none at the end. Good until the next call.
    mutating func peekPiece(upTo count: UInt64) throws(CatalogError) -> Bytes {
        let bytes = try peek(1).count == 0 ? .empty : buffer.raw.dropFirst(start)
        return bytes[0..<Int(clamping: min(count, UInt64(bytes.count)))]
    }

    /// Goes on behind bytes that were looked at.
    mutating func pass(_ count: Int) {
        precondition(count <= buffer.count - start)
        start += count
        position += UInt64(count)
    }

    /// Passes over `count` bytes; false if there are fewer. What isn't compressed is not read.
    mutating func skip(_ count: UInt64) throws(CatalogError) -> Bool {
        var rest = count
        if decoder == nil, rest > UInt64(buffer.count - start) {
            rest -= UInt64(buffer.count - start)
            guard rest <= input.byteCount - inputPosition else { return false }
            buffer.removeAll()
            (start, inputPosition) = (0, inputPosition + rest)
            position += count
            return true
        }
        while rest > 0 {
            let piece = try peekPiece(upTo: rest)
            guard piece.count > 0 else { return false }
            pass(piece.count)
            rest -= UInt64(piece.count)
        }
        return true
    }

    /// Reads what is left, which tells whether the whole is undamaged.
    mutating func finish() throws(CatalogError) {
        guard decoder != nil else { return }
        while case let piece = try peekPiece(upTo: .max), piece.count > 0 { pass(piece.count) }
    }

    /// Brings more into the buffer; false at the end.
    private mutating func readMore() throws(CatalogError) -> Bool {
        buffer.removeFirst(start)
        start = 0
        guard decoder != nil else {
            let piece = try input.read(at: inputPosition, count: Self.pieceByteCount)
            inputPosition += UInt64(piece.count)
            buffer.append(piece)
            return !piece.isEmpty
        }
        while try !decompress() {
            guard inputPosition < input.byteCount else { return false }
            let piece = try input.read(at: inputPosition, count: Self.pieceByteCount)
            inputPosition += UInt64(piece.count)
            decoder?.append(piece.span)
            if inputPosition == input.byteCount || piece.isEmpty { decoder?.finish() }
            if piece.isEmpty { throw Self.malformed("It became shorter while it was read.") }
        }
        return true
    }

    /// False if more input is needed.
    private mutating func decompress() throws(CatalogError) -> Bool {
        let isDone: Bool
        do throws(CompressionError) { isDone = try decoder?.read(into: &buffer) ?? false } catch {
            throw Self.malformed(error.kind == .cutOff ? "It is cut off. \(error.message)" : error.message)
        }
        let byteCount = decoder?.outputByteCount ?? 0
        if byteCount > input.unsuspectedByteCount, byteCount / Self.bombFactor > decoder?.inputByteCount ?? 0 {
            throw Self.malformed(
                "It expands to more than \(Self.bombFactor) times its size, as no dump does. If it is meant, decompress it first.")
        }
        return isDone
    }

    static func malformed(_ what: String) -> CatalogError {
        CatalogError(.malformedArchive, "The archive can't be restored. \(what)")
    }
}
