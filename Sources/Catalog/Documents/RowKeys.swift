import Ground

// Keys of rows, of what is written of them.
extension PrimaryKey {
    /// Appends the bytes of a number's key.
    static func append(number: Int, to key: inout [UInt8]) throws(CatalogError) {
        guard number.magnitude < 1 << 53 else { return try append(Datum(number), to: &key) }
        KeyEncoding.append(number: Double(number), to: &key)
    }

    /// Appends the bytes of a key, from its canonical JSON. Throws as ``encode(_:)``.
    static func append(json: Bytes, to key: inout [UInt8]) throws(CatalogError) {
        if let number = KeyEncoding.plainInteger(json) { return KeyEncoding.append(number: Double(number), to: &key) }
        if let text = KeyEncoding.plainText(json), text.count <= maximumStringByteCount {
            if text.count == 0 || text[0] < 0x10 { key.append(KeyEncoding.string) }
            return text.append(to: &key)
        }
        if try append(plainArray: json, to: &key) { return }
        try append(StoredDocument.value(json, owner: nil), to: &key)
    }

    /// Appends the bytes of an array of integers and strings without escapes. False, and nothing appended, for others.
    private static func append(plainArray json: Bytes, to key: inout [UInt8]) throws(CatalogError) -> Bool {
        let last = json.count - 1
        guard last > 1, json[0] == UInt8(ascii: "["), json[last] == UInt8(ascii: "]") else { return false }
        let start = key.count
        key.append(KeyEncoding.array)
        var index = 1
        while index < json.count {
            var end = index
            if json[index] == UInt8(ascii: "\"") {
                // A comma in a text ends no element. One with an escape is none of these.
                repeat { end += 1 } while end < last && json[end] != UInt8(ascii: "\"")
            }
            while end < last && json[end] != UInt8(ascii: ",") { end += 1 }
            guard KeyEncoding.append(plain: json[index..<end], to: &key) else { break }
            index = end + 1
        }
        if index == json.count { key.append(KeyEncoding.end) }
        guard index == json.count, key.count - start <= maximumByteCount else {
            key.removeSubrange(start...)
            return false
        }
        return true
    }

    /// Appends the bytes of the array of fields of a row. Throws as ``encode(_:)``.
    static func append(fields: [Int], of row: borrowing RowEncoder, to key: inout [UInt8]) throws(CatalogError) {
        let start = key.count
        key.append(KeyEncoding.array)
        for field in fields {
            guard KeyEncoding.append(plain: row.json(field), to: &key) else { return try appendArray(fields, of: row, start, to: &key) }
        }
        key.append(KeyEncoding.end)
        if key.count - start > maximumByteCount { try appendArray(fields, of: row, start, to: &key) }
    }

    private static func appendArray(
        _ fields: [Int], of row: borrowing RowEncoder, _ start: Int, to key: inout [UInt8]
    ) throws(CatalogError) {
        key.removeSubrange(start...)
        var elements: [Datum] = []
        for field in fields { elements.append(StoredDocument.value(row.json(field), owner: nil).owned) }
        try append(Datum(elements: elements), to: &key)
    }
}
