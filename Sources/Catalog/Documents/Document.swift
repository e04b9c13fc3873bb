package import Ground

/// The stored form of a document: its canonical JSON, then a small table of its top-level fields.
///
///     offset          size        meaning
///     0               n           the document as canonical JSON (see below), beginning with `{` and ending with `}`
///     n               count × w   for each field, in key order, where its key's opening quote is; little-endian
///     n + count × w   w           count, the number of fields; little-endian
///     end − 1         1           flags: bits 0–1 the width w (0: 1 byte, 1: 2 bytes, 2: 4 bytes);
///                                 bit 2: there is a BINARY value somewhere; bits 3–7: 0 in this version
///
/// w is the least width that can hold n. A document has no more fields than bytes, so `count` fits too.
///
/// Canonical JSON: UTF-8 on one line without spaces; keys unique and in ascending order of their unescaped bytes; the escapes
/// `\b \t \n \f \r \" \\`, `\u00XX` (upper-case) for the other characters below U+0020, and no other escapes; integers within
/// ±2^53 without point or exponent, −0 as `-0.0`, other numbers as the shortest decimal that reads back as the same double
/// (`.0` at integral ones below 1e21; an exponent from 1e21 on and below 1e-6, written like `1.5e21` and `1e-7`), and one whose value
/// that is not with all its digits; times as
/// `{"$reql_type$":"TIME","epoch_time":…,"timezone":"±HH:MM"}`; geometry as the object it is,
/// `{"$reql_type$":"GEOMETRY","coordinates":…,"type":…}`; binary as `{"$reql_type$":"BINARY","data":"…"}` in padded
/// standard Base64 without line breaks.
///
/// So a whole document is returned by one copy of its first n bytes, one field is found by binary search without parsing what
/// stands before it, and both can be read by eye in the file.
public enum Document {
    static let binaryFlag: UInt8 = 0b100
    static let widthMask: UInt8 = 0b11

    /// Bytes of an offset into `jsonCount` bytes of JSON.
    static func offsetWidth(jsonCount: Int) -> Int { jsonCount <= 0xFF ? 1 : jsonCount <= 0xFFFF ? 2 : 4 }

    /// The longest array that may stand in a document.
    public static let maximumArrayCount = 100_000

    /// Appends the stored form of an object.
    ///
    /// - Throws: ``DatumError/Kind/notStorable`` if the value is not an object, or has `minval`, `maxval`, an array of more than
    ///   ``maximumArrayCount`` elements, or an object with `$reql_type$` in it that is not a geometry; ``DatumError/Kind/tooDeep``.
    package static func encode(_ datum: Datum, into buffer: inout ByteBuffer) throws(DatumError) {
        guard datum.kind == .object else {
            throw DatumError(.notStorable, "A document is an object; this is \(datum.typeName).")
        }
        if datum.node.place == .stored {
            defer { withExtendedLifetime(datum) {} }
            return buffer.append(datum.stored.bytes)
        }
        defer { withExtendedLifetime(datum) {} }
        var encoder = DocumentEncoder(tree: datum.rawTree)
        try encoder.encode(datum.node, into: &buffer)
    }

    /// What is wrong with bytes that should be a document in its stored form; nil if they are exactly what ``encode(_:into:)``
    /// makes of the value they stand for.
    public static func check(_ bytes: Span<UInt8>) -> String? {
        bytes.withBytes { bytes in
            guard let stored = StoredDocument(checking: bytes) else { return "Its table of fields contradicts itself." }
            var again = ByteBuffer(capacity: bytes.count)
            do throws(JSONError) {
                let datum = try Datum(json: stored.json, options: JSONOptions())
                do throws(DatumError) { try encode(datum, into: &again) } catch { return error.message }
            } catch {
                return "It is not valid JSON: \(error)"
            }
            if again.raw == bytes { return nil }
            return "Its JSON is not in canonical form, or its table of fields is wrong."
        }
    }

    /// The stored form of an object.
    public static func encode(_ datum: Datum) throws(DatumError) -> [UInt8] {
        var buffer = ByteBuffer()
        try encode(datum, into: &buffer)
        return buffer.bytes
    }
}

/// Writes one document.
struct DocumentEncoder {
    let tree: RawTree
    private var hasBinary = false

    init(tree: RawTree) {
        self.tree = tree
    }

    mutating func encode(_ root: DatumNode, into buffer: inout ByteBuffer) throws(DatumError) {
        let start = buffer.count
        try check(root)
        var offsets: [UInt32] = []
        offsets.reserveCapacity(root.count)
        buffer.append(UInt8(ascii: "{"))
        for index in 0..<root.count {
            let offset = buffer.count - start + (index > 0 ? 1 : 0)
            guard offset <= UInt32.max else { throw DatumError.tooLarge }
            offsets.append(UInt32(offset))
            JSONWriter.writeKey(tree.bytes(tree[root.firstChild + 2 * index]), isFirst: index == 0, into: &buffer)
            JSONWriter.write(tree[root.firstChild + 2 * index + 1], tree, lineBreaks: false, into: &buffer)
        }
        buffer.append(UInt8(ascii: "}"))
        let length = buffer.count - start
        guard length <= UInt32.max else { throw DatumError.tooLarge }
        Self.appendTable(of: offsets, jsonCount: length, hasBinary: hasBinary, to: &buffer)
    }

    /// Appends what stands behind the JSON: where its fields begin.
    static func appendTable(of offsets: [UInt32], jsonCount: Int, hasBinary: Bool, to buffer: inout ByteBuffer) {
        let width = Document.offsetWidth(jsonCount: jsonCount)
        for offset in offsets { buffer.append(littleEndian: offset, width: width) }
        buffer.append(littleEndian: UInt32(offsets.count), width: width)
        buffer.append(UInt8(width / 2) | (hasBinary ? Document.binaryFlag : 0))
    }

    /// Looks for what can't be stored, and for binary values.
    private mutating func check(_ root: DatumNode) throws(DatumError) {
        guard root.height <= Datum.maximumDepth else { throw DatumError.tooDeep }
        guard root.count > 0 else { return }
        if let tag = pseudoType(root) { throw refusal(tag) }
        // All descendants of a node are one range of the tree.
        for index in root.lowestDescendant..<root.firstChild + root.childCount {
            switch tree[index].kind {
            case .binary: hasBinary = true
            case .minval, .maxval: throw DatumError(.notStorable, "`r.minval` and `r.maxval` cannot be written to disk.")
            case .array where tree[index].count > Document.maximumArrayCount:
                throw DatumError(.notStorable, "Array too large for disk writes (limit 100,000 elements).")
            case .object:
                if let tag = pseudoType(tree[index]) { try checkGeometry(tree[index], tag) }
            default: break
            }
        }
    }

    /// The node of an object's `$reql_type$`. Times and binary values are kinds of their own and have none here.
    private func pseudoType(_ object: DatumNode) -> DatumNode? {
        for index in 0..<object.count where tree.bytes(tree[object.firstChild + 2 * index]).equals("$reql_type$") {
            return tree[object.firstChild + 2 * index + 1]
        }
        return nil
    }

    /// A geometry can stand in a document, though not be one. What else is still an object with `$reql_type$` (a literal, or
    /// something that is not a geometry after all) would not be read back.
    private func checkGeometry(_ object: DatumNode, _ tag: DatumNode) throws(DatumError) {
        guard tag.kind == .string, tree.bytes(tag).equals("GEOMETRY") else { throw refusal(tag) }
        var geometry = GeometryObject()
        var known = 1
        for index in 0..<object.count {
            let key = tree.bytes(tree[object.firstChild + 2 * index])
            if geometry.note(key: key, value: tree[object.firstChild + 2 * index + 1]) { known += 1 }
        }
        guard known == object.count else { throw refusal(tag) }
        let complaint = geometry.complaint(bytes: { tree.bytes($0) }, child: { tree[$0] })
        if let complaint { throw DatumError(.notStorable, complaint) }
    }

    private func refusal(_ tag: DatumNode) -> DatumError {
        let name = tag.kind == .string ? tree.bytes(tag).string : "\(tag.kind)"
        return DatumError(.notStorable, "An object whose `$reql_type$` is `\(name)` can't be stored.")
    }
}

extension ByteBuffer {
    @inline(__always) mutating func append(littleEndian value: UInt32, width: Int) {
        reserve(8)
        putWord(UInt64(value), counting: width)
    }
}
