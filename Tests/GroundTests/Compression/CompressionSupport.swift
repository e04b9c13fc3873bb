import TestSupport

@testable import Ground

/// The bytes of hexadecimal digits.
func bytes(hex text: String) -> [UInt8] {
    let digits = Array(text.utf8)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)! }
}

/// Inflates a stream that comes in pieces of the sizes given by `cut`.
func inflated(_ stream: [UInt8], cut: () -> Int = { .max }) throws(CompressionError) -> (output: [UInt8], used: Int) {
    var inflater = Inflater()
    var output: [UInt8] = []
    var (given, position) = (0, 0)
    while true {
        given = min(stream.count, given + min(stream.count, cut()))
        let isWhole = given == stream.count
        let piece = Array(stream[position..<given])
        var used = 0
        while true {
            let status = try piece.span.withBytes { bytes throws(CompressionError) in
                try inflater.inflate(bytes, from: &used, isWhole: isWhole)
            }
            output += inflater.output.copy()
            if status == .finished { return (output, position + used) }
            if status == .needsInput { break }
        }
        position += used
    }
}

extension GzipEncoder {
    /// Compresses bytes that come in pieces of the sizes given by `cut`.
    static func compressed(_ bytes: [UInt8], threads: Int = 1, cut: () -> Int = { .max }) -> [UInt8] {
        var encoder = GzipEncoder(threads: threads)
        var output = ByteBuffer()
        var position = 0
        while position < bytes.count {
            let count = min(bytes.count - position, cut())
            encoder.append(bytes[position..<position + count].span, to: &output)
            position += count
        }
        encoder.finish(to: &output)
        return output.bytes
    }
}

extension GzipDecoder {
    /// Decompresses bytes that come in pieces of the sizes given by `cut`.
    static func decompressed(
        _ bytes: [UInt8], maximumByteCount: UInt64 = .max, cut: () -> Int = { .max }
    ) throws(CompressionError) -> [UInt8] {
        var decoder = GzipDecoder(maximumByteCount: maximumByteCount)
        var output = ByteBuffer()
        var position = 0
        while position < bytes.count {
            let count = min(bytes.count - position, cut())
            decoder.append(bytes[position..<position + count].span)
            while try decoder.read(into: &output) {}
            position += count
        }
        decoder.finish()
        while try decoder.read(into: &output) {}
        return output.bytes
    }
}
