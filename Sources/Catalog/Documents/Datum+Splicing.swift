import Ground

extension Datum {
    /// A stored document with fields of another object over its own, made from its bytes: what is not replaced is not decoded.
    ///
    /// Nil unless this is a stored document without binary values, and the other's fields are nulls, bools, numbers and strings:
    /// everything else has to be merged, or checked before it may stand in a document.
    func splicing(_ other: Datum) -> Datum? {
        guard isStoredDocument, other.node.place == .tree, other.node.count > 0 else { return nil }
        defer {
            withExtendedLifetime(owner) {}
            withExtendedLifetime(other) {}
        }
        let document = stored
        guard !document.hasBinary, other.isFlat else { return nil }
        let tree = other.rawTree
        var buffer = ByteBuffer(capacity: document.bytes.count + 64)
        var offsets: [UInt32] = []
        offsets.reserveCapacity(document.fieldCount + other.node.count)
        func begin() {
            buffer.append(UInt8(ascii: offsets.isEmpty ? "{" : ","))
            offsets.append(UInt32(truncatingIfNeeded: buffer.count))
        }
        var old = 0
        for new in 0..<other.node.count {
            let key = tree.bytes(tree[other.node.firstChild + 2 * new])
            while old < document.fieldCount {
                let order = document.compareKey(at: old, with: key)
                if order > 0 { break }
                if order < 0 {
                    begin()
                    buffer.append(document.bytes[document.fieldRange(old)])
                }
                old += 1
            }
            begin()
            JSONWriter.writeKey(key, isFirst: true, into: &buffer)
            JSONWriter.write(tree[other.node.firstChild + 2 * new + 1], tree, lineBreaks: false, into: &buffer)
        }
        while old < document.fieldCount {
            begin()
            buffer.append(document.bytes[document.fieldRange(old)])
            old += 1
        }
        buffer.append(UInt8(ascii: "}"))
        DocumentEncoder.appendTable(of: offsets, jsonCount: buffer.count, hasBinary: false, to: &buffer)
        return Datum(copyOfStoredDocument: buffer.raw)
    }

    /// Whether this object in a tree has nothing but nulls, bools, numbers and strings, and stands for itself.
    private var isFlat: Bool {
        let tree = rawTree
        for index in 0..<node.count {
            switch tree[node.firstChild + 2 * index + 1].kind {
            case .null, .bool, .number, .string: break
            default: return false
            }
            if tree.bytes(tree[node.firstChild + 2 * index]).equals("$reql_type$") { return false }
        }
        return true
    }
}
