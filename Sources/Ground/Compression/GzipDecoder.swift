/// A decoder of the gzip format (RFC 1952) from bytes that come in pieces, in memory of a fixed size. It checks what it reads.
///
///     var decoder = GzipDecoder()
///     decoder.append(compressed)                          // as often as there is something
///     while try decoder.read(into: &output) { … }         // up to some 64 KiB at a time
///     decoder.finish()                                    // nothing more will come
///     while try decoder.read(into: &output) { … }
///
/// Members one behind the other are read as one; zeros behind the last are passed over.
package struct GzipDecoder: ~Copyable {
    private enum State {
        case header
        case body
        case trailer
        case padding
    }

    private var inflater = Inflater()
    private var input = ByteBuffer()
    private var position = 0
    private var isFinished = false
    private var state = State.header
    private var members = 0
    private var checksum = CRC32()
    /// What has come out of this member, and of all.
    private var memberByteCount: UInt64 = 0
    package private(set) var outputByteCount: UInt64 = 0
    package private(set) var inputByteCount: UInt64 = 0
    private let maximumByteCount: UInt64

    /// Names and comments in a header are not limited by the format; nobody needs more.
    private static let maximumHeaderByteCount = 256 << 10

    /// - Parameter maximumByteCount: more than that may not come out: a few bytes can stand for very many.
    package init(maximumByteCount: UInt64 = .max) {
        self.maximumByteCount = maximumByteCount
    }

    /// Whether bytes begin as the format does.
    package static func isGzip(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 2 && bytes[0] == GzipFormat.magic[0] && bytes[1] == GzipFormat.magic[1]
    }

    /// All at once. Throws `.tooLarge` above `maximumByteCount`.
    package static func decompress(_ bytes: Span<UInt8>, maximumByteCount: Int) throws(CompressionError) -> ByteBuffer {
        var decoder = GzipDecoder(maximumByteCount: UInt64(max(0, maximumByteCount)))
        decoder.append(bytes)
        decoder.finish()
        var output = ByteBuffer()
        while try decoder.read(into: &output) {}
        return output
    }

    /// Takes compressed bytes in.
    package mutating func append(_ bytes: Span<UInt8>) {
        precondition(!isFinished, "nothing comes after the end")
        input.removeFirst(position)
        position = 0
        input.append(bytes)
        inputByteCount += UInt64(bytes.count)
    }

    /// Says that no more will come.
    package mutating func finish() {
        isFinished = true
    }

    /// Adds what comes out next to `output`; false if more input is needed, or all is done after ``finish()``.
    ///
    /// Throws `.malformed`, `.cutOff` or `.tooLarge`; what came out before is not to be relied on then.
    package mutating func read(into output: inout ByteBuffer) throws(CompressionError) -> Bool {
        while true {
            switch state {
            case .header:
                guard try readHeader() else { return false }
            case .body:
                guard let piece = try inflate() else { return false }
                guard piece.count > 0 else { continue }
                output.append(piece)
                return true
            case .trailer:
                guard try readTrailer() else { return false }
            case .padding:
                guard try passPadding() else { return false }
            }
        }
    }

    /// What comes out of the body next, empty at its end; `nil` if more input is needed.
    private mutating func inflate() throws(CompressionError) -> Bytes? {
        let status = try inflater.inflate(input.raw, from: &position, isWhole: isFinished)
        let piece = inflater.output
        checksum.update(piece)
        memberByteCount += UInt64(piece.count)
        outputByteCount += UInt64(piece.count)
        guard outputByteCount <= maximumByteCount else {
            throw CompressionError(.tooLarge, "More than the \(maximumByteCount) bytes that are allowed come out of the compressed ones.")
        }
        switch status {
        case .finished: state = .trailer
        case .needsInput where piece.count == 0: return nil
        case .needsInput, .hasOutput: break
        }
        return piece
    }

    // MARK: The frame

    /// False if more input is needed for it.
    private mutating func readHeader() throws(CompressionError) -> Bool {
        let bytes = input.raw.dropFirst(position)
        guard let count = try Self.headerByteCount(bytes) else {
            guard !isFinished else {
                throw bytes.count == 0 && members == 0
                    ? CompressionError(.cutOff, "There is nothing to decompress.")
                    : CompressionError(.cutOff, "The compressed bytes end inside a header.")
            }
            guard bytes.count <= Self.maximumHeaderByteCount else { throw Self.malformed("A header has more bytes than any needs.") }
            return false
        }
        position += count
        inflater.reset()
        checksum = CRC32()
        memberByteCount = 0
        state = .body
        return true
    }

    /// The length of the header that the bytes begin with; `nil` if they end before it does.
    private static func headerByteCount(_ bytes: Bytes) throws(CompressionError) -> Int? {
        for index in 0..<min(2, bytes.count) where bytes[index] != GzipFormat.magic[index] {
            throw CompressionError(.malformed, "This is not gzip.")
        }
        guard bytes.count >= GzipFormat.fixedHeaderByteCount else { return nil }
        guard bytes[2] == GzipFormat.deflateMethod else { throw malformed("They use an unknown method.") }
        let flags = bytes[3]
        guard flags & GzipFormat.Flag.reserved == 0 else { throw malformed("A header has unknown flags.") }
        var end = GzipFormat.fixedHeaderByteCount
        if flags & GzipFormat.Flag.extra != 0 {
            guard bytes.count >= end + 2 else { return nil }
            end += 2 + bytes.littleEndian(at: end, width: 2)
        }
        for flag in [GzipFormat.Flag.name, GzipFormat.Flag.comment] where flags & flag != 0 {
            while end < bytes.count, bytes[end] != 0 { end += 1 }
            end += 1
        }
        guard flags & GzipFormat.Flag.headerChecksum != 0 else { return end <= bytes.count ? end : nil }
        guard end + 2 <= bytes.count else { return nil }
        var checksum = CRC32()
        checksum.update(bytes[0..<end])
        guard Int(checksum.value & 0xFFFF) == bytes.littleEndian(at: end, width: 2) else {
            throw malformed("A header's checksum is wrong.")
        }
        return end + 2
    }

    private mutating func readTrailer() throws(CompressionError) -> Bool {
        let bytes = input.raw.dropFirst(position)
        guard bytes.count >= GzipFormat.trailerByteCount else {
            if isFinished { throw CompressionError(.cutOff, "The compressed bytes end before their checksum.") }
            return false
        }
        guard bytes.littleEndian(at: 0, width: 4) == Int(checksum.value) else {
            throw Self.malformed("The checksum of what comes out is wrong.")
        }
        guard bytes.littleEndian(at: 4, width: 4) == Int(truncatingIfNeeded: memberByteCount & 0xFFFF_FFFF) else {
            throw Self.malformed("What comes out has another length than it says.")
        }
        position += GzipFormat.trailerByteCount
        members += 1
        state = .padding
        return true
    }

    /// Zeros, as tapes leave them, up to the next member or the end. False if there is no member yet.
    private mutating func passPadding() throws(CompressionError) -> Bool {
        let bytes = input.raw
        while position < bytes.count, bytes[position] == 0 { position += 1 }
        guard position < bytes.count else { return false }
        state = .header
        return true
    }

    private static func malformed(_ message: String) -> CompressionError {
        CompressionError(.malformed, "The compressed bytes are damaged. " + message)
    }
}
