import TestSupport

@testable import Catalog

/// The bytes of hexadecimal digits.
func bytes(hex text: String) -> [UInt8] {
    let digits = Array(text.utf8)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)! }
}

/// Bytes to compress, of all kinds between noise and one long run.
func compressibleBytes(_ count: Int, using generator: inout SeededGenerator) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count + 300)
    let kind = generator.below(6)
    while result.count < count {
        switch kind {
        case 0: result.append(UInt8(generator.below(256)))
        case 1: result.append(UInt8(ascii: "a") + UInt8(generator.below(4)))
        case 2: result += [UInt8](repeating: UInt8(generator.below(256)), count: 1 + generator.below(2000))
        case 3: result += Array("{\"id\":\(generator.below(100_000)),\"name\":\"user \(generator.below(50))\",\"active\":true},\n".utf8)
        case 4 where result.count > 3:
            // What stood at any distance, also beyond the window.
            let start = generator.below(result.count)
            result += result[start..<min(result.count, start + 3 + generator.below(300))]
            result.append(UInt8(generator.below(256)))
        default: result.append(UInt8(min(generator.below(256), generator.below(256), generator.below(256))))
        }
    }
    result.removeLast(result.count - count)
    return result
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
            let status = try piece.span.withRawBytes { bytes throws(CompressionError) in
                try inflater.inflate(bytes, from: &used, isWhole: isWhole)
            }
            output += inflater.output.array
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
