import Ground

/// What happens when an object is closed: its fields are put in order, and a pseudo-type becomes its value.
extension DatumBuilder {
    /// A field that is being put in its place. Most keys differ in their first eight bytes, which are compared as one number.
    private struct Field: BitwiseCopyable {
        var prefix: UInt64
        var key: DatumNode
        var value: DatumNode
    }

    /// Up to this many fields are sorted where they are.
    private static let smallCount = 16

    /// Sorts the fields that are pending from `first` on by their keys. True if one of the keys is `$reql_type$`.
    mutating func sortFields(from first: Int) throws(DatumError) -> Bool {
        let count = (pending.count - first) / 2
        if count > Self.smallCount { return try sortManyFields(from: first) }
        var hasPseudoType = false
        var prefixes = InlineArray<16, UInt64>(repeating: 0)
        for index in 0..<count {
            let field = field(at: first + 2 * index)
            if isPseudoTypeKey(field) { hasPseudoType = true }
            // An insertion sort, which does nothing where keys come in order.
            var hole = index
            while hole > 0 {
                let order = compare(field, prefixes[hole - 1], pending[first + 2 * hole - 2])
                if order > 0 { break }
                if order == 0 { throw duplicateKey(field.key) }
                hole -= 1
            }
            if hole == index {
                prefixes[index] = field.prefix
                continue
            }
            for moved in stride(from: index, to: hole, by: -1) {
                prefixes[moved] = prefixes[moved - 1]
                pending[first + 2 * moved] = pending[first + 2 * moved - 2]
                pending[first + 2 * moved + 1] = pending[first + 2 * moved - 1]
            }
            prefixes[hole] = field.prefix
            put(field, at: first + 2 * hole)
        }
        return hasPseudoType
    }

    @inline(never) private mutating func sortManyFields(from first: Int) throws(DatumError) -> Bool {
        var fields: [Field] = []
        fields.reserveCapacity((pending.count - first) / 2)
        for index in stride(from: first, to: pending.count, by: 2) { fields.append(field(at: index)) }
        if !isSorted(fields) { fields.sort { compare($0, $1) < 0 } }
        var hasPseudoType = false
        for (index, field) in fields.enumerated() {
            if index > 0, compare(fields[index - 1], field) == 0 { throw duplicateKey(field.key) }
            if isPseudoTypeKey(field) { hasPseudoType = true }
            put(field, at: first + 2 * index)
        }
        return hasPseudoType
    }

    private func isSorted(_ fields: [Field]) -> Bool {
        for index in 1..<fields.count where compare(fields[index - 1], fields[index]) > 0 { return false }
        return true
    }

    @inline(__always) private func field(at index: Int) -> Field {
        let key = pending[index]
        precondition(key.kind == .string, "a value stands in an object without its key")
        return Field(prefix: text.prefix(at: Int(key.payload), count: key.byteCount), key: key, value: pending[index + 1])
    }

    @inline(__always) private mutating func put(_ field: Field, at index: Int) {
        pending[index] = field.key
        pending[index + 1] = field.value
    }

    @inline(__always) private func compare(_ a: Field, _ b: Field) -> Int {
        compare(a, b.prefix, b.key)
    }

    @inline(__always) private func compare(_ a: Field, _ prefix: UInt64, _ key: DatumNode) -> Int {
        if a.prefix != prefix { return a.prefix < prefix ? -1 : 1 }
        return Bytes.compare(keyBytes(a.key), keyBytes(key))
    }

    @inline(__always) private func keyBytes(_ key: DatumNode) -> Bytes {
        text.bytes(from: Int(key.payload), count: key.byteCount)
    }

    @inline(__always) private func isPseudoTypeKey(_ field: Field) -> Bool {
        field.prefix == 0x2472_6571_6C5F_7479 && keyBytes(field.key).equals("$reql_type$")
    }

    private func duplicateKey(_ key: DatumNode) -> DatumError {
        DatumError(.duplicateKey, "The object has the key \(Datum(.string, bytes: keyBytes(key))) more than once.")
    }

    /// Puts the value that an object with `$reql_type$` stands for in the object's place. A geometry stays an object.
    mutating func closePseudoType(_ frame: Frame) throws(DatumError) {
        var fields = PseudoTypeFields()
        for index in stride(from: frame.firstPending, to: pending.count, by: 2) {
            try fields.note(key: keyBytes(pending[index]), value: pending[index + 1], text: text.bytes(from: 0, count: text.count))
        }
        switch try fields.resolve() {
        case .time(let node):
            discard(to: frame)
            pending.append(node)
        case .binary(let base64):
            let source = text.bytes(from: Int(base64.payload), count: base64.byteCount)
            guard let bytes = Base64.decode(source) else {
                throw DatumError(.invalidPseudoType, "The data of a BINARY object is not valid Base64.")
            }
            discard(to: frame)
            bytes.span.withBytes { appendText($0, kind: .binary) }
        case .geometry(let geometry):
            let complaint = geometry.complaint(
                bytes: { text.bytes(from: Int($0.payload), count: $0.byteCount) }, child: { nodes[$0] })
            if let complaint { throw DatumError(.invalidPseudoType, complaint) }
            try close(frame, kind: .object, count: (pending.count - frame.firstPending) / 2)
        }
    }

    private mutating func discard(to frame: Frame) {
        pending.truncate(to: frame.firstPending)
        nodes.truncate(to: frame.firstNode)
        text.truncate(to: frame.firstText)
    }
}
