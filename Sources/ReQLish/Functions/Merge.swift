import Catalog

/// The deep merge of `merge`, `update` and `insert` with conflict "update", and the marker that `r.literal` stands for.
///
/// Objects merge field by field, at every depth; anything else on the right, arrays and pseudo-types included, replaces
/// what is on the left. A literal on the right replaces without merging or, without a value, removes the field.
enum Merge {
    // MARK: - Literals

    /// The marker: an object of the pseudo-type LITERAL, with the value if there is one. It lives inside a query only.
    static func literal(_ value: Datum?) throws(ReQLError) -> Datum {
        var fields: [(String, Datum)] = [(Datum.pseudoTypeKey, "LITERAL")]
        if let value { fields.append(("value", value)) }
        return try Datum.building(fields)
    }

    static func isLiteral(_ datum: Datum) -> Bool {
        datum.kind == .object && datum[Datum.pseudoTypeKey]?.string == "LITERAL"
    }

    /// Whether a literal stands anywhere in the datum. It must not when a value is stored, returned or put into an array.
    static func holdsLiteral(_ datum: Datum) -> Bool {
        switch datum.kind {
        case .object:
            if isLiteral(datum) { return true }
            for (_, value) in datum.fields where holdsLiteral(value) { return true }
            return false
        case .array:
            for element in datum.elements where holdsLiteral(element) { return true }
            return false
        default:
            return false
        }
    }

    static let strayLiteral = ReQLError(
        .queryLogic, "A literal can stand only as the value of a field in the object given to merge, update or filter.")

    // MARK: - Merging

    /// `left.merge(right)`, two objects.
    static func merge(_ left: Datum, _ right: Datum) throws(ReQLError) -> Datum {
        try TypeCheck.object(left)
        if isLiteral(right) { throw strayLiteral }
        try TypeCheck.object(right)
        return try objects(left, right)
    }

    private static func objects(_ left: Datum, _ right: Datum) throws(ReQLError) -> Datum {
        if right.count == 0 { return left }
        var fields: [(String, Datum)] = []
        fields.reserveCapacity(left.count + right.count)
        // Both sides are in key order: one walk over the two.
        var l = 0
        var r = 0
        let leftCount = left.count
        let rightCount = right.count
        while l < leftCount || r < rightCount {
            let order: Int
            if l == leftCount { order = 1 } else if r == rightCount { order = -1 } else { order = compareKeys(left.key(at: l), right.key(at: r)) }
            if order < 0 {
                fields.append((left.key(at: l), left[l]))
                l += 1
                continue
            }
            let key = right.key(at: r)
            let old = order == 0 ? left[l] : nil
            if let value = try merged(old, right[r]) { fields.append((key, value)) }
            if order == 0 { l += 1 }
            r += 1
        }
        return try Datum.building(fields)
    }

    /// The field's new value; nil removes it.
    private static func merged(_ old: Datum?, _ new: Datum) throws(ReQLError) -> Datum? {
        guard new.kind == .object else {
            if new.kind == .array, holdsLiteral(new) { throw strayLiteral }
            return new
        }
        if isLiteral(new) {
            guard let value = new["value"] else { return nil }
            if holdsLiteral(value) { throw strayLiteral }
            return value
        }
        guard new.isPlainObject else { return new }
        if let old, old.isPlainObject { return try objects(old, new) }
        // Nothing to merge with, but literals further down still mean their values.
        return holdsLiteral(new) ? try objects(.emptyObject, new) : new
    }

    private static func compareKeys(_ a: String, _ b: String) -> Int {
        if a.utf8.elementsEqual(b.utf8) { return 0 }
        return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
    }

    // MARK: - Matching

    /// Whether a row fits the object given to `filter`: each of its fields is in the row and fits, objects field by field
    /// at every depth, anything else and what stands in a literal by equality.
    ///
    /// A field that is not there throws `nonExistence`, so that `filter` decides it by its `default`.
    static func matches(_ row: Datum, predicate: Datum) throws(ReQLError) -> Bool {
        guard row.isPlainObject else { throw TypeCheck.mismatch(row, expected: "an OBJECT") }
        for (name, wanted) in predicate.fields {
            guard let value = row[name] else {
                throw ReQLError(.nonExistence, "There is no field `\(name)` in \(row.shortText).")
            }
            if isLiteral(wanted) {
                guard let exact = wanted["value"] else { throw strayLiteral }
                if value != exact { return false }
            } else if wanted.isPlainObject, value.isPlainObject {
                if try !matches(value, predicate: wanted) { return false }
            } else if value != wanted {
                return false
            }
        }
        return true
    }
}
