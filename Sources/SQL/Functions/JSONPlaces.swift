import Catalog

/// Changes at a place within a jsonb, which keys and numbers lead to.
enum JSONPlaces {
    enum Change {
        case delete
        case set(Datum, creates: Bool)
        case insert(Datum, isAfter: Bool)
    }

    private static func checkDimensions(_ path: SQLArray) throws(SQLError) {
        if path.dimensions.count > 1 { throw SQLError(.arraySubscriptError, "wrong number of array subscripts") }
    }

    /// The keys of a path, nil for those that are NULL: these are errors where they are come to.
    private static func keys(_ array: SQLArray) -> [String?] {
        array.elements.map { element in if case .text(let key) = element { key } else { nil } }
    }

    static func set(_ datum: Datum, _ path: SQLArray, _ value: Datum, creates: Bool) throws(SQLError) -> SQLValue {
        try checkDimensions(path)
        guard datum.kind == .array || datum.kind == .object else {
            throw SQLError(.invalidParameterValue, "cannot set path in scalar")
        }
        let keys = keys(path)
        if keys.isEmpty || datum.count == 0 && !creates { return .json(datum) }
        return .json(try change(datum, keys[...], .set(value, creates: creates)) ?? .null)
    }

    static func delete(_ path: SQLArray, from datum: Datum) throws(SQLError) -> Datum {
        try checkDimensions(path)
        guard datum.kind == .array || datum.kind == .object else {
            throw SQLError(.invalidParameterValue, "cannot delete path in scalar")
        }
        let keys = keys(path)
        if keys.isEmpty || datum.count == 0 { return datum }
        return try change(datum, keys[...], .delete) ?? .null
    }

    static func insert(_ value: Datum, at path: SQLArray, into datum: Datum, isAfter: Bool) throws(SQLError) -> Datum {
        try checkDimensions(path)
        guard datum.kind == .array || datum.kind == .object else {
            throw SQLError(.invalidParameterValue, "cannot set path in scalar")
        }
        return try change(datum, keys(path)[...], .insert(value, isAfter: isAfter)) ?? .null
    }

    private static func change(_ datum: Datum, _ path: ArraySlice<String?>, _ change: Change) throws(SQLError) -> Datum? {
        guard let first = path.first else { return datum }
        guard let key = first else {
            throw SQLError(.nullValueNotAllowed, "path element at position \(path.startIndex + 1) is null")
        }
        let isLast = path.count == 1
        switch datum.kind {
        case .object:
            var fields = datum.fields.map { ($0.key, $0.value) }
            let place = fields.firstIndex { Ordering.equal($0.0, key) }
            if isLast {
                switch change {
                case .delete: if let place { fields.remove(at: place) }
                case .set(let value, let creates):
                    if let place { fields[place].1 = value } else if creates { fields.append((key, value)) }
                case .insert(let value, _):
                    if place != nil {
                        throw SQLError(
                            .invalidParameterValue, "cannot replace existing key",
                            hint: "Try using the function jsonb_set to replace key value.")
                    }
                    fields.append((key, value))
                }
            } else if let place, let inner = try self.change(fields[place].1, path.dropFirst(), change) {
                fields[place].1 = inner
            }
            return try JSONConversion.object(fields)
        case .array:
            var elements = Array(datum.elements)
            guard let index = Int32(key) else {
                throw SQLError(
                    .invalidTextRepresentation,
                    "path element at position \(path.startIndex + 1) is not an integer: \"\(key)\"")
            }
            let place = index < 0 ? elements.count + Int(index) : Int(index)
            let isInside = elements.indices.contains(place)
            if isLast {
                switch change {
                case .delete: if isInside { elements.remove(at: place) }
                case .set(let value, let creates):
                    if isInside { elements[place] = value } else if creates { elements.insert(value, at: place < 0 ? 0 : elements.count) }
                case .insert(let value, let isAfter):
                    if isInside {
                        elements.insert(value, at: isAfter ? place + 1 : place)
                    } else {
                        elements.insert(value, at: place < 0 ? 0 : elements.count)
                    }
                }
            } else if isInside, let inner = try self.change(elements[place], path.dropFirst(), change) {
                elements[place] = inner
            }
            return try JSONConversion.array(elements)
        default: return datum
        }
    }
}
