package import Ground

extension Datum {
    /// Writes the value as canonical JSON: on one line without spaces, keys in byte order, numbers in their shortest form.
    ///
    /// - Parameter binaryLineBreaks: whether Base64 has a line break after each 76 characters, as ReQL shows it. Stored documents
    ///   have none.
    ///
    /// `minval` and `maxval`, which are not JSON values, are written as objects with a `$reql_type$` of that name.
    package func writeJSON(into buffer: inout ByteBuffer, binaryLineBreaks: Bool = true) {
        if isStoredDocument {
            let stored = stored
            if !stored.hasBinary || !binaryLineBreaks {
                // The end of a line often follows, for which a large document would be moved.
                buffer.reserve(stored.json.count + 1)
                return buffer.append(stored.json)
            }
            return decoded.writeJSON(into: &buffer, binaryLineBreaks: true)
        }
        if node.place == .stored { return decoded.writeJSON(into: &buffer, binaryLineBreaks: binaryLineBreaks) }
        defer { withExtendedLifetime(owner) {} }
        JSONWriter.write(node, rawTree, lineBreaks: binaryLineBreaks, into: &buffer)
    }

    /// The value as canonical JSON; see ``writeJSON(into:binaryLineBreaks:)``.
    public func json(binaryLineBreaks: Bool = true) -> [UInt8] {
        var buffer = ByteBuffer()
        writeJSON(into: &buffer, binaryLineBreaks: binaryLineBreaks)
        return buffer.bytes
    }

    /// About how many bytes the value takes as JSON; exact for a stored document. O(parts), without a look at any text.
    public var approximateJSONByteCount: Int {
        switch kind {
        case .string: return node.byteCount + 2
        case .binary: return node.byteCount / 3 * 4 + 40
        case .array, .object:
            if let documentList { return documentList.reduce(2) { $0 + $1.approximateJSONByteCount + 1 } }
            if node.place == .stored { return stored.json.count }
            guard node.count > 0 else { return 2 }
            defer { withExtendedLifetime(owner) {} }
            let tree = rawTree
            var total = 2
            for index in node.lowestDescendant..<node.firstChild + node.childCount {
                switch tree[index].kind {
                case .string: total += tree[index].byteCount + 3
                case .binary: total += tree[index].byteCount / 3 * 4 + 40
                case .time: total += 70
                default: total += 6
                }
            }
            return total
        case .time: return 70
        default: return 6
        }
    }
}

/// Canonical JSON from the nodes of a tree.
enum JSONWriter {
    /// Whoever writes something of bounded length (a number, a word, punctuation) has this much room, and whoever reserves
    /// room for more leaves it behind.
    private static let slack = 64

    /// Recursion is bounded by ``Datum/maximumDepth``.
    static func write(_ node: DatumNode, _ tree: RawTree, lineBreaks: Bool, into buffer: inout ByteBuffer) {
        switch node.kind {
        case .string: writeString(tree.bytes(node), into: &buffer)
        case .number:
            if node.hasDigits { buffer.append(tree.digits(node)) } else { writeNumber(node.number, into: &buffer) }
        case .null: buffer.append("null")
        case .bool: buffer.append(node.payload != 0 ? "true" : "false")
        case .array:
            buffer.append(UInt8(ascii: "["))
            for index in 0..<node.count {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                write(tree[node.firstChild + index], tree, lineBreaks: lineBreaks, into: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        case .object:
            buffer.append(UInt8(ascii: "{"))
            for index in 0..<node.count {
                writeKey(tree.bytes(tree[node.firstChild + 2 * index]), isFirst: index == 0, into: &buffer)
                write(tree[node.firstChild + 2 * index + 1], tree, lineBreaks: lineBreaks, into: &buffer)
            }
            buffer.append(UInt8(ascii: "}"))
        case .time: writeTime(node, into: &buffer)
        case .binary:
            buffer.append("{\"$reql_type$\":\"BINARY\",\"data\":\"")
            Base64.encode(tree.bytes(node), lineBreaks: lineBreaks, into: &buffer)
            buffer.append("\"}")
        case .minval: buffer.append("{\"$reql_type$\":\"MINVAL\"}")
        case .maxval: buffer.append("{\"$reql_type$\":\"MAXVAL\"}")
        }
    }

    private static func writeTime(_ node: DatumNode, into buffer: inout ByteBuffer) {
        buffer.append("{\"$reql_type$\":\"TIME\",\"epoch_time\":")
        writeNumber(node.number, into: &buffer)
        buffer.append(",\"timezone\":\"")
        TimeZoneText.write(node.offsetMinutes, into: &buffer)
        buffer.append("\"}")
    }

    /// A key, with the comma before it and the colon after it.
    @inline(__always) static func writeKey(_ bytes: Bytes, isFirst: Bool, into buffer: inout ByteBuffer) {
        buffer.reserve(bytes.count + slack)
        if !isFirst { buffer.put(UInt8(ascii: ",")) }
        putString(bytes, into: &buffer)
        buffer.put(UInt8(ascii: ":"))
    }

    /// A string in quotes: `\b \t \n \f \r \" \\` and `\u00XX` for the other controls; everything else as it is.
    @inline(__always) static func writeString(_ bytes: Bytes, into buffer: inout ByteBuffer) {
        buffer.reserve(bytes.count + slack)
        putString(bytes, into: &buffer)
    }

    @inline(__always) private static func putString(_ bytes: Bytes, into buffer: inout ByteBuffer) {
        buffer.put(UInt8(ascii: "\""))
        var index = 0
        // Eight bytes at once up to the first that needs an escape.
        while index + 8 <= bytes.count {
            let word = bytes.word(at: index)
            let special = WordScan.escapedBytes(word)
            if special != 0 { break }
            buffer.putWord(word, counting: 8)
            index += 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                writeEscape(byte, into: &buffer)
                buffer.reserve(bytes.count - index + slack)
            } else {
                buffer.put(byte)
            }
            index += 1
        }
        buffer.put(UInt8(ascii: "\""))
    }

    private static func writeEscape(_ byte: UInt8, into buffer: inout ByteBuffer) {
        switch byte {
        case 0x08: buffer.append("\\b")
        case 0x09: buffer.append("\\t")
        case 0x0A: buffer.append("\\n")
        case 0x0C: buffer.append("\\f")
        case 0x0D: buffer.append("\\r")
        case UInt8(ascii: "\""): buffer.append("\\\"")
        case UInt8(ascii: "\\"): buffer.append("\\\\")
        default:
            buffer.append("\\u00")
            buffer.append(byte < 0x10 ? 0x30 : 0x31)
            let low = byte & 15
            buffer.append(low < 10 ? 0x30 + low : 0x41 - 10 + low)
        }
    }
}
