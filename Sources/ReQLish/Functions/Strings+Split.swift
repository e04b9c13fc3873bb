import Catalog

extension Strings {
    /// `text.split(separator, limit)`.
    ///
    /// Without a separator the text falls apart at runs of white space and no piece is empty; at an empty one into
    /// its characters (a code point with the combining marks after it); else at each separator, empty pieces included.
    ///
    /// - Parameter limit: how many times to split at most, −1 or nil for no limit.
    static func split(_ text: Datum, _ separator: Datum?, limit: Datum?, arrayLimit: Int) throws(ReQLError) -> Datum {
        let bytes = try utf8(text)
        var splits = Int.max
        if let limit {
            let count = try TypeCheck.integer(limit)
            guard count >= -1 else { throw ReQLError(.queryLogic, "split takes -1 or the number of splits, found \(count).") }
            guard count < arrayLimit else {
                throw ReQLError(.queryLogic, "split can't make \(count) splits: an array may have at most \(arrayLimit) elements here.")
            }
            if count >= 0 { splits = count }
        }
        // Pieces go into the array as they are found, since there may be as many as the text has bytes.
        var pieces = DatumBuilder()
        var count = 0
        func add(_ range: Range<Int>) throws(ReQLError) {
            guard count < arrayLimit else { throw TypeCheck.arrayLimit(arrayLimit) }
            count += 1
            if count & 0xFFFF == 0 { try requireRunning() }
            do throws(DatumError) { try pieces.append(counted: bytes.span.extracting(range)) } catch { throw ReQLError(error) }
        }
        do throws(DatumError) { try pieces.beginArray() } catch { throw ReQLError(error) }
        if let separator, !separator.isNull {
            let separator = try utf8(separator)
            if separator.isEmpty {
                try characters(of: bytes, atMost: splits, add)
            } else {
                try parts(of: bytes, between: separator, atMost: splits, add)
            }
        } else {
            try words(of: bytes, atMost: splits, add)
        }
        do throws(DatumError) { try pieces.endArray() } catch { throw ReQLError(error) }
        return pieces.finish()
    }

    private typealias Taker = (Range<Int>) throws(ReQLError) -> Void

    private static func words(of bytes: [UInt8], atMost splits: Int, _ take: Taker) throws(ReQLError) {
        var count = 0
        var start: Int?
        var position = 0
        while position < bytes.count {
            let (scalar, length) = UTF8Decoding.scalar(in: bytes.span, at: position)
            if scalar.properties.isWhitespace {
                if let begun = start {
                    try take(begun..<position)
                    count += 1
                }
                start = nil
            } else if start == nil {
                if count == splits { return try take(position..<bytes.count) }
                start = position
            }
            position += length
        }
        if let start { try take(start..<bytes.count) }
    }

    private static func characters(of bytes: [UInt8], atMost splits: Int, _ take: Taker) throws(ReQLError) {
        var count = 0
        var start = 0
        var position = 0
        while position < bytes.count {
            let (scalar, length) = UTF8Decoding.scalar(in: bytes.span, at: position)
            if position > start, !scalar.isCombiningMark {
                if count == splits { break }
                try take(start..<position)
                count += 1
                start = position
            }
            position += length
        }
        if start < bytes.count { try take(start..<bytes.count) }
    }

    private static func parts(
        of bytes: [UInt8], between separator: [UInt8], atMost splits: Int, _ take: Taker
    ) throws(ReQLError) {
        var count = 0
        var start = 0
        var position = 0
        var compared = 0
        while position + separator.count <= bytes.count, count < splits {
            compared += bytes[position] == separator[0] ? separator.count : 1
            if compared >= 1 << 20 {
                try requireRunning()
                compared = 0
            }
            if bytes[position] == separator[0], bytes[position..<position + separator.count].elementsEqual(separator) {
                try take(start..<position)
                count += 1
                position += separator.count
                start = position
            } else {
                position += 1
            }
        }
        try take(start..<bytes.count)
    }
}

extension Unicode.Scalar {
    fileprivate var isCombiningMark: Bool {
        if value < 0x300 { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return false
        }
    }
}

/// Code points out of bytes that are known to be valid UTF-8.
enum UTF8Decoding {
    /// The code point that begins at a position, and its length in bytes.
    static func scalar(in bytes: borrowing Span<UInt8>, at position: Int) -> (Unicode.Scalar, length: Int) {
        let lead = bytes[position]
        if lead < 0x80 { return (Unicode.Scalar(lead), 1) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            guard position + offset < bytes.count else { return ("\u{FFFD}", offset) }
            value = value << 6 | UInt32(bytes[position + offset] & 0x3F)
        }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
    }

    /// The code point that ends at a position: nil where the bytes begin.
    static func scalar(before position: Int, in bytes: borrowing Span<UInt8>) -> UInt32? {
        guard position > 0 else { return nil }
        var start = position - 1
        while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return scalar(in: bytes, at: start).0.value
    }

    /// The code point that begins at a position, as a number: nil where the bytes end.
    static func next(in bytes: borrowing Span<UInt8>, at position: Int) -> (UInt32?, length: Int) {
        guard position < bytes.count else { return (nil, 0) }
        let (found, length) = scalar(in: bytes, at: position)
        return (found.value, length)
    }
}
