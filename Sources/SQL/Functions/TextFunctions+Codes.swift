import Ground

/// Characters and bytes by number: codes, hashes, encodings, single bits.
extension TextFunctions {
    static func addCodes(to bodies: inout Bodies) {
        bodies["ascii"] = .unary { .int(Int64($0.text.unicodeScalars.first?.value ?? 0)) }
        bodies["chr"] = .unary { a throws(SQLError) in
            if a.int == 0 { throw SQLError(.programLimitExceeded, "null character not permitted") }
            if a.int < 0 { throw SQLError(.invalidParameterValue, "character number must be positive") }
            guard a.int <= 0x10FFFF, let scalar = Unicode.Scalar(UInt32(a.int)) else {
                throw SQLError(
                    .programLimitExceeded,
                    "requested character \(a.int > 0x10FFFF ? "too large for encoding" : "not valid for encoding"): \(a.int)")
            }
            return .text(String(Character(scalar)))
        }
        bodies["md5"] = .unary { a in
            if case .bytes(let bytes) = a { return .text(Encodings.hexadecimal(MD5.hash(bytes))) }
            return .text(Encodings.hexadecimal(MD5.hash(Array(a.text.utf8))))
        }
        bodies["sha224"] = .unary { .bytes(Digests.sha224($0.bytes)) }
        bodies["sha256"] = .unary { .bytes(Digests.sha256($0.bytes)) }
        bodies["sha384"] = .unary { .bytes(Digests.sha384($0.bytes)) }
        bodies["sha512"] = .unary { .bytes(Digests.sha512($0.bytes)) }
        bodies["encode"] = .binary { a, b throws(SQLError) in
            switch b.text.lowercased() {
            case "hex": return .text(Encodings.hexadecimal(a.bytes))
            case "base64": return .text(Encodings.base64(a.bytes))
            case "escape": return .text(Encodings.escaped(a.bytes, highOnly: true))
            default: throw SQLError(.invalidParameterValue, "unrecognized encoding: \"\(b.text)\"")
            }
        }
        bodies["decode"] = .binary { a, b throws(SQLError) in
            switch b.text.lowercased() {
            case "hex": return .bytes(try Encodings.hexadecimalDecoded(a.text.utf8))
            case "base64": return .bytes(try Encodings.base64Decoded(a.text))
            case "escape":
                guard let bytes = Encodings.unescaped(a.text) else {
                    throw SQLError(.invalidTextRepresentation, "invalid input syntax for type bytea")
                }
                return .bytes(bytes)
            default: throw SQLError(.invalidParameterValue, "unrecognized encoding: \"\(b.text)\"")
            }
        }
        @Sendable func encoding(_ name: String, _ word: String = "") throws(SQLError) -> CharacterEncoding {
            if let encoding = CharacterEncoding(named: name) { return encoding }
            throw SQLError(.invalidParameterValue, "invalid \(word)encoding name \"\(name)\"")
        }
        bodies["length#1713"] = .binary { a, b throws(SQLError) in
            let encoding = try encoding(b.text)
            guard encoding == .utf8 || encoding.byteCount == 1 else {
                throw SQLError(.featureNotSupported, "length of text in encoding \"\(encoding.name)\" is not supported")
            }
            try encoding.check(a.bytes)
            return .int(Int64(encoding == .utf8 ? String(decoding: a.bytes, as: UTF8.self).unicodeScalars.count : a.bytes.count))
        }
        bodies["convert"] = .scalar { arguments, _ throws(SQLError) in
            let (source, target) = (try encoding(arguments[1].text, "source "), try encoding(arguments[2].text, "destination "))
            return .bytes(try CharacterEncoding.convert(arguments[0].bytes, from: source, to: target))
        }
        bodies["convert_to"] = .binary { a, b throws(SQLError) in
            .bytes(try CharacterEncoding.convert(Array(a.text.utf8), from: .utf8, to: encoding(b.text, "destination ")))
        }
        bodies["convert_from"] = .binary { a, b throws(SQLError) in
            let bytes = try CharacterEncoding.convert(a.bytes, from: encoding(b.text, "source "), to: .utf8)
            return .text(String(decoding: bytes, as: UTF8.self))
        }
        bodies["unistr"] = .unary { a throws(SQLError) in .text(try Self.unicodeEscapes(a.text)) }
        bodies["byteacat"] = .binary { .bytes($0.bytes + $1.bytes) }
        @Sendable func outside(_ place: Int64, _ count: Int) -> SQLError {
            SQLError(.arraySubscriptError, "index \(place) out of valid range, 0..\(count - 1)")
        }
        bodies["get_byte"] = .binary { a, b throws(SQLError) in
            guard b.int >= 0, b.int < a.bytes.count else { throw outside(b.int, a.bytes.count) }
            return .int(Int64(a.bytes[Int(b.int)]))
        }
        bodies["set_byte"] = .scalar { arguments, _ throws(SQLError) in
            var bytes = arguments[0].bytes
            guard arguments[1].int >= 0, arguments[1].int < bytes.count else { throw outside(arguments[1].int, bytes.count) }
            bytes[Int(arguments[1].int)] = UInt8(truncatingIfNeeded: arguments[2].int)
            return .bytes(bytes)
        }
        bodies["get_bit"] = .binary { a, b throws(SQLError) in
            guard b.int >= 0, b.int < a.bytes.count * 8 else { throw outside(b.int, a.bytes.count * 8) }
            return .int(Int64(a.bytes[Int(b.int) / 8] >> UInt8(b.int % 8) & 1))
        }
        bodies["set_bit"] = .scalar { arguments, _ throws(SQLError) in
            var bytes = arguments[0].bytes
            let place = arguments[1].int
            guard place >= 0, place < bytes.count * 8 else { throw outside(place, bytes.count * 8) }
            guard arguments[2].int == 0 || arguments[2].int == 1 else {
                throw SQLError(.invalidParameterValue, "new bit must be 0 or 1")
            }
            let mask: UInt8 = 1 << UInt8(place % 8)
            if arguments[2].int == 1 { bytes[Int(place) / 8] |= mask } else { bytes[Int(place) / 8] &= ~mask }
            return .bytes(bytes)
        }
    }

    /// `\XXXX`, `\+XXXXXX`, `\uXXXX`, `\UXXXXXXXX`.
    private static func unicodeEscapes(_ text: String) throws(SQLError) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var place = 0
        var high: UInt32?
        let wrong = SQLError(
            .syntaxError, "invalid Unicode escape", hint: "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.")
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "\\") else {
                if high != nil { throw SQLError(.syntaxError, "invalid Unicode surrogate pair") }
                result.append(bytes[place])
                place += 1
                continue
            }
            if place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "\\") {
                result.append(UInt8(ascii: "\\"))
                place += 2
                continue
            }
            guard place + 1 < bytes.count else { throw wrong }
            var start = place + 1
            var count = 4
            switch bytes[start] {
            case UInt8(ascii: "+"): (start, count) = (start + 1, 6)
            case UInt8(ascii: "u"): start += 1
            case UInt8(ascii: "U"): (start, count) = (start + 1, 8)
            default: break
            }
            guard start + count <= bytes.count else { throw wrong }
            var code: UInt32 = 0
            for byte in bytes[start..<start + count] {
                guard let digit = ASCII.hexadecimal(byte) else { throw wrong }
                code = code << 4 | UInt32(digit)
            }
            place = start + count
            if let first = high {
                guard (0xDC00..<0xE000).contains(code) else { throw SQLError(.syntaxError, "invalid Unicode surrogate pair") }
                code = 0x10000 + (first - 0xD800) << 10 + (code - 0xDC00)
                high = nil
            } else if (0xD800..<0xDC00).contains(code) {
                high = code
                continue
            }
            guard let scalar = Unicode.Scalar(code), code != 0 else {
                throw SQLError(.invalidParameterValue, "invalid Unicode code point: \(String(code, radix: 16))")
            }
            result.append(contentsOf: String(Character(scalar)).utf8)
        }
        if high != nil { throw SQLError(.syntaxError, "invalid Unicode surrogate pair") }
        return String(decoding: result, as: UTF8.self)
    }
}
