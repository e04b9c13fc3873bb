import Catalog

/// Where the parts of a value would stand in the bytes in which PostgreSQL stores a jsonb: the numbers that `.keyvalue()` of a jsonpath gives
/// objects are these places.
///
/// A container begins with four bytes and four more for each key, value or element. Keys, values and elements follow; numbers and containers at
/// multiples of four.
enum StoredJSONLayout {
    static func offset(ofElement place: Int, in array: Datum, at start: Int) -> Int {
        var end = start + 4 + 4 * array.count
        for before in 0..<place { end = self.end(of: array[before], from: end) }
        return aligned(end, array[place]) - start
    }

    static func offset(ofField place: Int, in object: Datum, at start: Int) -> Int {
        let order = JSONText.fieldOrder(object)
        var end = start + 4 + 8 * object.count
        for field in order { end += object.key(at: field).utf8.count }
        for field in order {
            if field == place { break }
            end = self.end(of: object[field], from: end)
        }
        return aligned(end, object[place]) - start
    }

    private static func aligned(_ place: Int, _ datum: Datum) -> Int {
        switch datum.kind {
        case .number, .array, .object: (place + 3) & ~3
        default: place
        }
    }

    private static func end(of datum: Datum, from place: Int) -> Int {
        let start = aligned(place, datum)
        switch datum.kind {
        case .string: return start + (datum.string?.utf8.count ?? 0)
        case .number: return start + byteCount(Numeric(json: datum))
        case .array:
            var end = start + 4 + 4 * datum.count
            for element in datum.elements { end = self.end(of: element, from: end) }
            return end
        case .object:
            var end = start + 4 + 8 * datum.count
            let order = JSONText.fieldOrder(datum)
            for field in order { end += datum.key(at: field).utf8.count }
            for field in order { end = self.end(of: datum[field], from: end) }
            return end
        default: return start
        }
    }

    /// A length, a head, and two bytes for each four decimal digits.
    private static func byteCount(_ number: Numeric) -> Int {
        let parts = number.absolute.description.split(separator: ".")
        let whole = parts.first.map { $0 == "0" ? "" : String($0) } ?? ""
        var groups = Array(String(repeating: "0", count: (4 - whole.count % 4) % 4) + whole)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        groups += Array(fraction + String(repeating: "0", count: (4 - fraction.count % 4) % 4))
        var values = stride(from: 0, to: groups.count, by: 4).map { String(groups[$0..<$0 + 4]) }
        while values.first == "0000" { values.removeFirst() }
        while values.last == "0000" { values.removeLast() }
        return 6 + 2 * values.count
    }
}
