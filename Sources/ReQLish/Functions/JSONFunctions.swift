import Catalog
import Ground

/// Values from and to JSON text inside a query.
enum JSONFunctions {
    /// `r.json(text)`. Pseudo-types in the text become what they stand for.
    static func parse(_ text: Datum) throws(ReQLError) -> Datum {
        let bytes = try Strings.utf8(text)
        do {
            return try Datum(json: bytes.span)
        } catch {
            throw ReQLError(.queryLogic, "The string is not JSON: \(error).")
        }
    }

    /// The same where literals may stand: in what `merge` is given.
    static func parseWithLiterals(_ text: Datum) throws(ReQLError) -> Datum {
        do {
            return try parse(text)
        } catch {
            let bytes = try Strings.utf8(text)
            guard let raw = try? Datum(json: bytes.span, options: JSONOptions(pseudoTypes: false)), Merge.holdsLiteral(raw) else {
                throw error
            }
            return try resolvingLiterals(raw)
        }
    }

    private static func resolvingLiterals(_ datum: Datum) throws(ReQLError) -> Datum {
        guard Merge.holdsLiteral(datum) else {
            do { return try datum.resolvingPseudoTypes() } catch { throw ReQLError(error) }
        }
        if Merge.isLiteral(datum) {
            return try Merge.literal(datum[field: "value"].map { value throws(ReQLError) in try resolvingLiterals(value) })
        }
        guard datum.kind == .object else { throw Merge.strayLiteral }
        var fields: [(String, Datum)] = []
        for (name, value) in datum.fields { fields.append((name, try resolvingLiterals(value))) }
        return try Datum.building(fields)
    }

    /// `value.toJsonString()`: compact, keys in order.
    static func text(_ datum: Datum) throws(ReQLError) -> Datum {
        if holdsBound(datum) {
            throw ReQLError(.queryLogic, "r.minval and r.maxval are not values: they have no JSON text.")
        }
        var buffer = ByteBuffer()
        datum.writeJSON(into: &buffer)
        return Datum(utf8: buffer.span)
    }

    /// Whether minval or maxval stands anywhere in the datum.
    static func holdsBound(_ datum: Datum) -> Bool {
        switch datum.kind {
        case .minval, .maxval:
            return true
        case .array:
            for element in datum.elements where holdsBound(element) { return true }
            return false
        case .object:
            for (_, value) in datum.fields where holdsBound(value) { return true }
            return false
        default:
            return false
        }
    }
}
