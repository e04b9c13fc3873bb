import Catalog

/// Arrays changed by position. Receivers must be arrays, positions integers; the originals stay as they are.
enum Arrays {
    static func append(_ array: Datum, _ value: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        try TypeCheck.array(array)
        return try replacing(array, array.count..<array.count, with: CollectionOfOne(value), arrayLimit: arrayLimit)
    }

    static func prepend(_ array: Datum, _ value: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        try TypeCheck.array(array)
        return try replacing(array, 0..<0, with: CollectionOfOne(value), arrayLimit: arrayLimit)
    }

    /// Positions are gaps: 0 is before the first element, the count or −1 after the last.
    static func insert(_ array: Datum, at position: Datum, _ value: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        let gap = try gap(position, in: array)
        return try replacing(array, gap..<gap, with: CollectionOfOne(value), arrayLimit: arrayLimit)
    }

    static func splice(_ array: Datum, at position: Datum, _ values: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        let gap = try gap(position, in: array)
        try TypeCheck.array(values)
        return try replacing(array, gap..<gap, with: values.elements, arrayLimit: arrayLimit)
    }

    static func change(_ array: Datum, at position: Datum, _ value: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        let index = try element(position, in: array)
        return try replacing(array, index..<index + 1, with: CollectionOfOne(value), arrayLimit: arrayLimit)
    }

    /// Without `end` the one element at `position`, with it those from `position` up to, not including, `end`.
    static func delete(_ array: Datum, at position: Datum, end: Datum? = nil) throws(ReQLError) -> Datum {
        guard let end else {
            let index = try element(position, in: array)
            return try replacing(array, index..<index + 1, with: EmptyCollection(), arrayLimit: .max)
        }
        let lower = try bound(position, in: array)
        let upper = try bound(end, in: array)
        guard lower <= upper else {
            throw ReQLError(.queryLogic, "The range to delete starts at \(lower) and ends before it, at \(upper).")
        }
        return try replacing(array, lower..<upper, with: EmptyCollection(), arrayLimit: .max)
    }

    static func concatenating(_ a: Datum, _ b: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        if b.count == 0 { return a }
        if a.count == 0 { return b }
        return try replacing(a, a.count..<a.count, with: b.elements, arrayLimit: arrayLimit)
    }

    /// The elements between two positions; see `SliceBounds`.
    static func slice(_ array: Datum, _ bounds: SliceBounds) throws(ReQLError) -> Datum {
        try TypeCheck.array(array)
        let range = bounds.resolved(count: array.count)
        if range.count == array.count { return array }
        return try Datum.building(array.elements[range])
    }

    // MARK: - Positions

    private static func element(_ position: Datum, in array: Datum) throws(ReQLError) -> Int {
        try TypeCheck.array(array)
        let index = try TypeCheck.integer(position)
        let resolved = index < 0 ? index + array.count : index
        guard resolved >= 0, resolved < array.count else { throw outOfBounds(index, array) }
        return resolved
    }

    private static func gap(_ position: Datum, in array: Datum) throws(ReQLError) -> Int {
        try TypeCheck.array(array)
        let index = try TypeCheck.integer(position)
        let resolved = index < 0 ? index + array.count + 1 : index
        guard resolved >= 0, resolved <= array.count else { throw outOfBounds(index, array) }
        return resolved
    }

    /// A bound of a range of elements: 0 to the count, negative ones counted from the end.
    private static func bound(_ position: Datum, in array: Datum) throws(ReQLError) -> Int {
        try TypeCheck.array(array)
        let index = try TypeCheck.integer(position)
        let resolved = index < 0 ? index + array.count : index
        guard resolved >= 0, resolved <= array.count else { throw outOfBounds(index, array) }
        return resolved
    }

    private static func outOfBounds(_ index: Int, _ array: Datum) -> ReQLError {
        // RethinkDB's words, which `default` can show.
        ReQLError(
            .nonExistence,
            index < 0 ? "Index out of bounds: \(index)" : "Index `\(index)` out of bounds for array of size: `\(array.count)`.")
    }

    private static func replacing(
        _ array: Datum, _ range: Range<Int>, with values: some Collection<Datum>, arrayLimit: Int
    ) throws(ReQLError) -> Datum {
        try TypeCheck.checkArray(count: array.count - range.count + values.count, limit: arrayLimit)
        return try Datum.building { (builder) throws(DatumError) in
            try builder.beginArray()
            for index in 0..<range.lowerBound { try builder.append(array[index]) }
            for value in values { try builder.append(value) }
            for index in range.upperBound..<array.count { try builder.append(array[index]) }
            try builder.endArray()
        }
    }
}

/// The bounds of `slice`, for arrays, strings and binary. Negative positions count from the end, and what lies outside
/// is clamped, so resolving them never fails.
struct SliceBounds: Hashable, Sendable {
    var from: Int
    /// nil runs to the end.
    var to: Int?
    var isLeftOpen = false
    var isRightClosed = false

    /// The half-open range of positions that the bounds mean among `count` elements.
    func resolved(count: Int) -> Range<Int> {
        // A lower bound before the beginning is the beginning itself, whichever way the bound is closed; the same
        // position as an upper bound means that nothing is left.
        var lower = from < 0 ? from + count : from
        if lower < 0 { lower = 0 } else if isLeftOpen { lower += 1 }
        guard let to else { return min(lower, count)..<count }
        var upper = to < 0 ? to + count : to
        if upper < 0 { return 0..<0 }
        if isRightClosed { upper += 1 }
        upper = min(upper, count)
        return lower < upper ? lower..<upper : 0..<0
    }
}
