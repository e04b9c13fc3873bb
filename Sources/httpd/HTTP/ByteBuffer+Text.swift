import Ground
import ReQLish

extension ByteBuffer {
    /// Forgets what was written. Memory that one large use made is given back.
    mutating func removeAll(keepingAtMost bytes: Int) {
        if count > bytes { self = ByteBuffer() } else { removeAll() }
    }

    /// The bytes in a range as text; what is not UTF-8 is repaired.
    func string(in range: Range<Int>) -> String {
        span.extracting(range).text
    }

    func bytes(in range: Range<Int>) -> [UInt8] {
        let span = span
        return range.map { span[$0] }
    }
}

extension Span<UInt8> {
    /// The bytes as text; what is not UTF-8 is repaired.
    var text: String {
        validText ?? String(decoding: indices.map { self[$0] }, as: UTF8.self)
    }

    /// The bytes as text; nil if they are not UTF-8.
    var validText: String? {
        guard let valid = try? UTF8Span(validating: self) else { return nil }
        return String(copying: valid)
    }
}
