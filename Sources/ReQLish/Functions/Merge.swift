import Catalog

/// The deep merge of `merge`, `update` and `insert` with conflict "update", and the marker that `r.literal` stands for.
///
/// Objects merge field by field, at every depth; anything else on the right, arrays and pseudo-types included, replaces
/// what is on the left. A literal on the right replaces without merging or, without a value, removes the field.
enum Merge {
    // MARK: - Literals

    /// The marker: an object of the pseudo-type LITERAL, with the value if there is one. It lives inside a query only.
    static func literal(_ value: Datum?) throws(ReQLError) -> Datum {
        try Datum.building(pseudoTypes: false) { (builder) throws(DatumError) in
            try builder.beginObject()
            builder.key(Datum.pseudoTypeKey)
            builder.append(string: "LITERAL")
            if let value {
                builder.key("value")
                try builder.append(value)
            }
            try builder.endObject()
        }
    }

    static func isLiteral(_ datum: Datum) -> Bool { datum.isLiteralMarker }

    /// Whether a literal stands anywhere in the datum. It must not when a value is stored, returned or put into an array.
    static func holdsLiteral(_ datum: Datum) -> Bool {
        guard datum.kind == .object || datum.kind == .array else { return false }
        return isLiteral(datum) || datum.elements.contains(where: holdsLiteral)
    }

    static let strayLiteral = ReQLError(
        .queryLogic, "A literal can stand only as the value of a field in the object given to merge, update or filter.")

    // MARK: - Merging

    /// `left.merge(right)`. What is not an object takes the place of what it is merged into.
    static func merge(_ left: Datum, _ right: Datum) throws(ReQLError) -> Datum {
        if isLiteral(right) { throw strayLiteral }
        if right.kind == .time || right.isPseudoTypeObject { throw TypeCheck.mismatch(right, expected: "an OBJECT") }
        guard right.kind == .object else {
            if holdsLiteral(right) { throw strayLiteral }
            return right
        }
        guard left.isPlainObject else { return try merge(.emptyObject, right) }
        if right.count == 0 { return left }
        if holdsLiteral(right) { return try mergingLiterals(left, right) }
        do { return try left.merging(right) } catch { throw ReQLError(error) }
    }

    /// The merge of objects of which the right one may hold literals.
    private static func mergingLiterals(_ left: Datum, _ right: Datum) throws(ReQLError) -> Datum {
        var fields: [(String, Datum)] = []
        for (name, value) in left.fields where right[field: name] == nil { fields.append((name, value)) }
        for (name, value) in right.fields {
            if let value = try merging(left[field: name], value) { fields.append((name, value)) }
        }
        return try Datum.building(fields)
    }

    /// The field's new value; nil removes it.
    private static func merging(_ old: Datum?, _ new: Datum) throws(ReQLError) -> Datum? {
        guard holdsLiteral(new) else {
            guard let old, old.isPlainObject, new.isPlainObject else { return new }
            return try merge(old, new)
        }
        // A literal in an array or below another literal replaces nothing.
        guard new.kind == .object else { throw strayLiteral }
        guard isLiteral(new) else {
            // Where nothing is to merge with, literals further down still mean their values.
            return try mergingLiterals(old?.isPlainObject == true ? old ?? .emptyObject : .emptyObject, new)
        }
        guard let value = new[field: "value"] else { return nil }
        if holdsLiteral(value) { throw strayLiteral }
        return value
    }

    // MARK: - Matching

    /// Whether a row fits the object given to `filter`: each of its fields is in the row and fits, objects field by field
    /// at every depth, anything else and what stands in a literal by equality.
    ///
    /// A field that is not there throws `nonExistence`, so that `filter` decides it by its `default`.
    static func matches(_ row: Datum, predicate: Datum) throws(ReQLError) -> Bool {
        guard row.isPlainObject else { throw TypeCheck.mismatch(row, expected: "an OBJECT") }
        for (name, wanted) in predicate.fields {
            guard let value = row[field: name] else {
                throw ReQLError(.nonExistence, "There is no field `\(name)` in \(row.shortText).")
            }
            if isLiteral(wanted) {
                guard let exact = wanted[field: "value"] else { throw strayLiteral }
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
