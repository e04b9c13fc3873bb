import Catalog
import Ground

// JSON and gzip.

/// What the input tells to make comes back from being compressed, at once and in pieces. Steps of four bytes: bytes of chance, bytes from before, the beginnings
/// of a series each longer than the one before, and one byte many times; so that a few of them fill blocks, windows and chunks.
@Sendable func fuzzDeflate(_ input: [UInt8]) {
    var bytes: [UInt8] = []
    var state: UInt64 = 1
    func chance() -> UInt8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
    }
    var position = 0
    while position + 4 <= input.count, bytes.count < 600_000 {
        let (a, b) = (Int(input[position + 1]) << 8 | Int(input[position + 2]), Int(input[position + 3]))
        switch input[position] % 4 {
        case 0: for _ in 0..<a { bytes.append(chance() % UInt8(max(b, 1))) }
        case 1 where !bytes.isEmpty:
            let distance = min(a + 1, bytes.count)
            for _ in 0..<3 * b { bytes.append(bytes[bytes.count - distance]) }
        case 2:
            let series = (0..<b + 3).map { _ in chance() }
            for count in stride(from: 3, through: b + 3, by: a % 5 + 1) { bytes += series[..<count] + [chance()] }
            bytes += series
        default: bytes += [UInt8](repeating: UInt8(b), count: a)
        }
        position += 4
    }
    let compressed = GzipEncoder.compress(bytes.span)
    expect(
        (try? GzipDecoder.decompress(compressed.span, maximumByteCount: bytes.count))?.bytes == bytes,
        "compressed and not the same: \(bytes.count) bytes")
    var encoder = GzipEncoder(threads: 1 + input.count % 3)
    var output = ByteBuffer()
    var rest = bytes[...]
    while !rest.isEmpty {
        let piece = Array(rest.prefix(Int(rest.first ?? 0) * 1000 + 1))
        encoder.append(piece.span, to: &output)
        rest = rest.dropFirst(piece.count)
    }
    encoder.finish(to: &output)
    expect(
        (try? GzipDecoder.decompress(output.span, maximumByteCount: bytes.count))?.bytes == bytes,
        "compressed in pieces and not the same: \(bytes.count) bytes")
}

/// What can be read can be written, and read again as the same; whole and in pieces.
@Sendable func fuzzJSON(_ input: [UInt8]) {
    if let datum = try? Datum(json: input) {
        var text = ByteBuffer()
        datum.writeJSON(into: &text)
        guard let again = try? Datum(json: text.span) else { fatalError("written and not read: \(text.string)") }
        expect(again == datum, "written and read as another: \(text.string)")
        var second = ByteBuffer()
        again.writeJSON(into: &second)
        expect(second.bytes == text.bytes, "written in two ways: \(text.string), \(second.string)")
    }
    expect(split([input]) == split(input.pieces), "in pieces it is another sequence of values")
}

private func split(_ pieces: [[UInt8]]) -> [String] {
    var splitter = JSONValueSplitter(maximumByteCount: 1 << 16)
    var seen: [String] = []
    func take() {
        while true {
            do throws(JSONError) {
                guard let value = try splitter.next() else { return }
                seen.append(value.description)
            } catch {
                seen.append("\(error.message) at \(error.offset)")
            }
        }
    }
    for piece in pieces {
        splitter.append(piece.span)
        take()
    }
    splitter.finish()
    take()
    return seen
}

/// Whole and in pieces the same comes out, or the same is wrong; and what is compressed comes back.
@Sendable func fuzzGzip(_ input: [UInt8]) {
    let limit = 1 << 20
    var whole: [UInt8]?
    var kind: CompressionError.Kind?
    do throws(CompressionError) {
        whole = try GzipDecoder.decompress(input.span, maximumByteCount: limit).bytes
    } catch {
        kind = error.kind
    }
    var decoder = GzipDecoder(maximumByteCount: UInt64(limit))
    var output = ByteBuffer()
    do throws(CompressionError) {
        for piece in input.pieces {
            decoder.append(piece.span)
            while try decoder.read(into: &output) {}
        }
        decoder.finish()
        while try decoder.read(into: &output) {}
        expect(whole == output.bytes, "in pieces something else comes out, or \(String(describing: kind))")
    } catch {
        expect(kind == error.kind, "in pieces it is \(error.kind), whole \(String(describing: kind))")
    }
    let back = try? GzipDecoder.decompress(GzipEncoder.compress(input.span).span, maximumByteCount: input.count)
    expect(back?.bytes == input, "what was compressed does not come back")
}
