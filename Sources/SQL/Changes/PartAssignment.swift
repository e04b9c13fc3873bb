import Catalog

// What an array or a jsonb becomes when a part of it is assigned.
extension SQLArray {
    /// Subscripts far from an array would make one of as many NULLs.
    private static let greatestCount: Int64 = 10_000_000

    private static let tooLarge = SQLError(.programLimitExceeded, "array size exceeds the maximum allowed (\(greatestCount))")
    private static let outside = SQLError(.arraySubscriptError, "array subscript out of range")
    private static let wrongCount = SQLError(.arraySubscriptError, "wrong number of array subscripts")
    private static let tooSmall = SQLError(.arraySubscriptError, "source array too small")

    /// With another element. An array of one dimension grows to have it.
    func replacing(at subscripts: [Int64], with value: SQLValue, _ elementType: SQLType) throws(SQLError) -> SQLArray {
        guard !dimensions.isEmpty else {
            let dimensions = subscripts.map { Dimension(count: 1, lowerBound: Int32(clamping: $0)) }
            try Self.requireSubscripts(dimensions)
            return SQLArray(elementType, dimensions: dimensions, elements: [value])
        }
        guard subscripts.count == dimensions.count else { throw Self.wrongCount }
        let grown = subscripts.count == 1 ? try growing(to: subscripts[0], subscripts[0]) : self
        var offset = 0
        for (index, dimension) in zip(subscripts, grown.dimensions) {
            let place = index - Int64(dimension.lowerBound)
            guard place >= 0, place < dimension.count else { throw Self.outside }
            offset = offset * dimension.count + Int(place)
        }
        var elements = grown.elements
        elements[offset] = value
        return SQLArray(grown.elementType, dimensions: grown.dimensions, elements: elements)
    }

    /// With another part, whose elements are taken from the source in its order, whatever its shape.
    func replacing(
        _ bounds: [(low: Int64?, high: Int64?)], with source: SQLArray, _ elementType: SQLType
    ) throws(SQLError) -> SQLArray {
        guard !dimensions.isEmpty else { return try Self.made(bounds, of: source, elementType) }
        guard bounds.count <= dimensions.count else { throw Self.wrongCount }
        var ranges: [(low: Int64, high: Int64)] = []
        for (place, dimension) in dimensions.enumerated() {
            let first = Int64(dimension.lowerBound)
            let last = first + Int64(dimension.count) - 1
            let range = (
                low: place < bounds.count ? bounds[place].low ?? first : first,
                high: place < bounds.count ? bounds[place].high ?? last : last
            )
            guard range.low <= range.high else {
                throw SQLError(.arraySubscriptError, "upper bound cannot be less than lower bound")
            }
            guard dimensions.count == 1 || (range.low >= first && range.high <= last) else { throw Self.outside }
            ranges.append(range)
        }
        let grown = ranges.count == 1 ? try growing(to: ranges[0].low, ranges[0].high) : self
        var offsets = [0]
        for (range, dimension) in zip(ranges, grown.dimensions) {
            let places = Int(range.low - Int64(dimension.lowerBound))...Int(range.high - Int64(dimension.lowerBound))
            offsets = offsets.flatMap { offset in places.map { offset * dimension.count + $0 } }
        }
        guard source.elements.count >= offsets.count else { throw Self.tooSmall }
        var elements = grown.elements
        for (offset, element) in zip(offsets, source.elements) { elements[offset] = element }
        return SQLArray(grown.elementType, dimensions: grown.dimensions, elements: elements)
    }

    /// What an empty array becomes: an array of just the part.
    private static func made(
        _ bounds: [(low: Int64?, high: Int64?)], of source: SQLArray, _ elementType: SQLType
    ) throws(SQLError) -> SQLArray {
        var dimensions: [Dimension] = []
        var total: Int64 = 1
        for bound in bounds {
            guard let low = bound.low, let high = bound.high else {
                throw SQLError(
                    .arraySubscriptError, "array slice subscript must provide both boundaries",
                    detail: "When assigning to a slice of an empty array value, slice boundaries must be fully specified.")
            }
            let count = high - low + 1
            guard count >= 0, count <= greatestCount, total * count <= greatestCount else { throw tooLarge }
            total *= count
            dimensions.append(.init(count: Int(count), lowerBound: Int32(clamping: low)))
        }
        guard source.elements.count >= total else { throw tooSmall }
        if total == 0 { return SQLArray(elementType, []) }
        try requireSubscripts(dimensions)
        return SQLArray(elementType, dimensions: dimensions, elements: Array(source.elements.prefix(Int(total))))
    }

    /// With NULLs before and behind, so that it reaches from one subscript to the other.
    private func growing(to low: Int64, _ high: Int64) throws(SQLError) -> SQLArray {
        let first = Int64(dimensions[0].lowerBound)
        let last = first + Int64(dimensions[0].count) - 1
        let (newFirst, newLast) = (min(first, low), max(last, high))
        if newFirst == first, newLast == last { return self }
        guard newLast - newFirst < Self.greatestCount else { throw Self.tooLarge }
        let before = Array(repeating: SQLValue.null, count: Int(first - newFirst))
        let behind = Array(repeating: SQLValue.null, count: Int(newLast - last))
        let dimensions = [Dimension(count: Int(newLast - newFirst) + 1, lowerBound: Int32(clamping: newFirst))]
        try Self.requireSubscripts(dimensions)
        return SQLArray(elementType, dimensions: dimensions, elements: before + elements + behind)
    }
}

enum JSONAssignment {
    private static let greatestCount = 10_000_000

    /// A container in which a path leads to a value. What is missing on the way is made, and arrays are filled with nulls up to an index.
    static func put(_ value: Datum, at path: ArraySlice<String>, in container: Datum) throws(SQLError) -> Datum {
        guard let key = path.first else { return value }
        let rest = path.dropFirst()
        switch container.kind {
        case .object:
            var fields = container.fields.map { ($0.key, $0.value) }
            if let place = fields.firstIndex(where: { Ordering.equal($0.0, key) }) {
                fields[place].1 = try put(value, at: rest, in: fields[place].1)
            } else {
                fields.append((key, try made(value, at: rest)))
            }
            return try JSONConversion.object(fields)
        case .array:
            guard let index = Int32(key) else {
                throw SQLError(
                    .invalidTextRepresentation, "path element at position \(path.startIndex + 1) is not an integer: \"\(key)\"")
            }
            var elements = Array(container.elements)
            let place = index < 0 ? elements.count + Int(index) : Int(index)
            guard place >= 0 else {
                throw SQLError(
                    .invalidParameterValue, "path element at position \(path.startIndex + 1) is out of range: \(index)")
            }
            if place < elements.count {
                elements[place] = try put(value, at: rest, in: elements[place])
            } else {
                try fill(&elements, to: place)
                elements.append(try made(value, at: rest))
            }
            return try JSONConversion.array(elements)
        default:
            throw SQLError(
                .invalidParameterValue, "cannot replace existing key",
                detail: "The path assumes key is a composite object, but it is a scalar value.")
        }
    }

    private static func fill(_ elements: inout [Datum], to count: Int) throws(SQLError) {
        guard count < greatestCount else {
            throw SQLError(.programLimitExceeded, "number of jsonb array elements exceeds the maximum allowed (\(greatestCount))")
        }
        while elements.count < count { elements.append(.null) }
    }

    /// Containers around a value, one for each step of the path: arrays for integers, objects for other keys.
    private static func made(_ value: Datum, at path: ArraySlice<String>) throws(SQLError) -> Datum {
        var made = value
        for key in path.reversed() {
            if let index = Int32(key) {
                var elements: [Datum] = []
                try fill(&elements, to: max(0, Int(index)))
                made = try JSONConversion.array(elements + [made])
            } else {
                made = try JSONConversion.object([(key, made)])
            }
        }
        return made
    }
}
