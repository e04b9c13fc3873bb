/// What happens when an object is closed: its fields are put in order, and a pseudo-type becomes its value.
extension DatumBuilder {
    /// Sorts the fields that are pending from `first` on by their keys. True if one of the keys is `$reql_type$`.
    mutating func sortFields(from first: Int) throws(DatumError) -> Bool {
        var hasPseudoType = false
        var sorted = true
        var index = first
        while index < pending.count {
            let key = keyBytes(index)
            if key.count == 11, key[0] == UInt8(ascii: "$"), key.equals("$reql_type$") { hasPseudoType = true }
            if index > first {
                let order = RawBytes.compare(keyBytes(index - 2), key)
                if order == 0 { throw duplicateKey(index) }
                if order > 0 { sorted = false }
            }
            index += 2
        }
        if !sorted {
            if pending.count - first <= 2 * 16 {
                insertionSort(from: first)
            } else {
                mergeSort(from: first)
            }
            for index in stride(from: first + 2, to: pending.count, by: 2) where keyBytes(index - 2) == keyBytes(index) {
                throw duplicateKey(index)
            }
        }
        return hasPseudoType
    }

    @inline(__always) private func keyBytes(_ index: Int) -> RawBytes {
        let node = pending[index]
        return text.bytes(from: Int(node.payload), count: node.byteCount)
    }

    private func duplicateKey(_ index: Int) -> DatumError {
        DatumError(.duplicateKey, "The object has the key \(Datum(.string, bytes: keyBytes(index))) more than once.")
    }

    private mutating func insertionSort(from first: Int) {
        var index = first + 2
        while index < pending.count {
            let key = pending[index]
            let value = pending[index + 1]
            let bytes = text.bytes(from: Int(key.payload), count: key.byteCount)
            var hole = index
            while hole > first, RawBytes.compare(keyBytes(hole - 2), bytes) > 0 {
                pending[hole] = pending[hole - 2]
                pending[hole + 1] = pending[hole - 1]
                hole -= 2
            }
            pending[hole] = key
            pending[hole + 1] = value
            index += 2
        }
    }

    private mutating func mergeSort(from first: Int) {
        var fields: [(key: DatumNode, value: DatumNode)] = []
        fields.reserveCapacity((pending.count - first) / 2)
        for index in stride(from: first, to: pending.count, by: 2) { fields.append((pending[index], pending[index + 1])) }
        let bytes = text.bytes(from: 0, count: text.count)
        fields.sort { a, b in
            let keyA = bytes[Int(a.key.payload)..<Int(a.key.payload) + a.key.byteCount]
            let keyB = bytes[Int(b.key.payload)..<Int(b.key.payload) + b.key.byteCount]
            return RawBytes.compare(keyA, keyB) < 0
        }
        for (offset, field) in fields.enumerated() {
            pending[first + 2 * offset] = field.key
            pending[first + 2 * offset + 1] = field.value
        }
    }

    /// Puts the value that an object with `$reql_type$` stands for in the object's place.
    mutating func closePseudoType(_ frame: Frame) throws(DatumError) {
        var fields = PseudoTypeFields()
        for index in stride(from: frame.firstPending, to: pending.count, by: 2) {
            try fields.note(key: keyBytes(index), value: pending[index + 1], text: text.bytes(from: 0, count: text.count))
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
            bytes.span.withRawBytes { appendText($0, kind: .binary) }
        }
    }

    private mutating func discard(to frame: Frame) {
        pending.truncate(to: frame.firstPending)
        nodes.truncate(to: frame.firstNode)
        text.truncate(to: frame.firstText)
    }
}
