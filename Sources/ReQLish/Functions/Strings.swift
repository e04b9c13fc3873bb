import Catalog

/// Functions of strings. Positions and counts are in code points unless stated otherwise.
enum Strings {
    /// Upper case for the letters a to z; every other byte stays.
    static func upcase(_ datum: Datum) throws(ReQLError) -> Datum {
        try mapBytes(datum) { $0 &- 0x61 < 26 ? $0 &- 0x20 : $0 }
    }

    /// Lower case for the letters A to Z; every other byte stays.
    static func downcase(_ datum: Datum) throws(ReQLError) -> Datum {
        try mapBytes(datum) { $0 &- 0x41 < 26 ? $0 &+ 0x20 : $0 }
    }

    private static func mapBytes(_ datum: Datum, _ transform: (UInt8) -> UInt8) throws(ReQLError) -> Datum {
        var bytes = try utf8(datum)
        for index in bytes.indices { bytes[index] = transform(bytes[index]) }
        return Datum(utf8: bytes.span)
    }

    /// The number of code points.
    static func count(_ datum: Datum) throws(ReQLError) -> Int {
        let count = datum.withStringUTF8 { utf8 in
            var count = 0
            for index in utf8.indices where utf8[index] & 0xC0 != 0x80 { count += 1 }
            return count
        }
        guard let count else { throw TypeCheck.mismatch(datum, expected: "a STRING") }
        return count
    }

    static func slice(_ datum: Datum, _ bounds: SliceBounds) throws(ReQLError) -> Datum {
        let bytes = try utf8(datum)
        let range = bounds.resolved(count: try count(datum))
        var codePoint = -1
        var kept: [UInt8] = []
        for byte in bytes {
            if byte & 0xC0 != 0x80 { codePoint += 1 }
            if codePoint >= range.upperBound { break }
            if codePoint >= range.lowerBound { kept.append(byte) }
        }
        return Datum(utf8: kept.span)
    }

    /// Throws if nobody waits for the query any more.
    static func requireRunning() throws(ReQLError) {
        if QueryMemory.isThreadStopped { throw Cancellation.ofQuery }
    }

    // MARK: - Match

    /// `text.match(expression)`: null, or where the leftmost match and its groups stand, in bytes.
    static func match(_ text: Datum, _ expression: RegularExpression) throws(ReQLError) -> Datum {
        let searched = text.withStringUTF8 { (utf8: Span<UInt8>) -> [Int] in expression.firstMatch(in: utf8) ?? [] }
        guard let captures = searched else { throw TypeCheck.mismatch(text, expected: "a STRING") }
        if captures.isEmpty {
            try requireRunning()
            return .null
        }
        let bytes = try utf8(text)
        func span(_ index: Int) -> (start: Int, end: Int)? {
            let start = captures[2 * index]
            let end = captures[2 * index + 1]
            return start < 0 || end < 0 ? nil : (start, end)
        }
        func fields(_ span: (start: Int, end: Int)) -> [(String, Datum)] {
            [
                ("end", Datum(span.end)),
                ("start", Datum(span.start)),
                ("str", Datum(utf8: bytes[span.start..<span.end].span)),
            ]
        }
        var groups: [Datum] = []
        for index in 0..<expression.groupCount {
            guard let group = span(index + 1) else { groups.append(.null); continue }
            groups.append(try Datum.building(fields(group)))
        }
        guard let whole = span(0) else { return .null }
        return try Datum.building(fields(whole) + [("groups", try Datum.building(groups))])
    }

    // MARK: - Format

    /// `r.format(template, object)`: each `{name}` gives way to the field of that name, as a string.
    static func format(_ template: Datum, _ object: Datum) throws(ReQLError) -> Datum {
        let bytes = try utf8(template)
        try TypeCheck.object(object)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var tagStart: Int?
        for (index, byte) in bytes.enumerated() {
            switch (byte, tagStart) {
            case (UInt8(ascii: "{"), nil):
                tagStart = index + 1
            case (UInt8(ascii: "{"), _?):
                throw formatError("a `{` inside a tag", at: index)
            case (UInt8(ascii: "}"), nil):
                throw formatError("a `}` that closes no tag", at: index)
            case (UInt8(ascii: "}"), let start?):
                let name = String(decoding: bytes[start..<index], as: UTF8.self)
                guard let value = object[field: name] else {
                    throw ReQLError(.nonExistence, "The template names the field `\(name)`, which is not in \(object.shortText).")
                }
                let text = try utf8(try Coercion.string(value))
                try TypeCheck.checkSize(result.count + text.count)
                result.append(contentsOf: text)
                tagStart = nil
            case (UInt8(ascii: ","), _?), (UInt8(ascii: "\\"), _?):
                throw formatError("a `\(Character(Unicode.Scalar(byte)))` inside a tag", at: index)
            case (_, nil):
                result.append(byte)
            default:
                break
            }
        }
        if let start = tagStart { throw formatError("a tag that is never closed", at: start - 1) }
        return Datum(utf8: result.span)
    }

    private static func formatError(_ what: String, at offset: Int) -> ReQLError {
        ReQLError(.queryLogic, "The template has \(what), at byte \(offset).")
    }

    // MARK: - Bytes

    static func utf8(_ datum: Datum) throws(ReQLError) -> [UInt8] {
        guard let bytes = datum.withStringUTF8({ [UInt8](copying: $0) }) else {
            throw TypeCheck.mismatch(datum, expected: "a STRING")
        }
        return bytes
    }
}
