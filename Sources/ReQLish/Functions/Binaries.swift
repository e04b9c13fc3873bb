import Catalog

/// Functions of binary values.
enum Binaries {
    /// `r.binary(value)`: a string's UTF-8 bytes; binary stays.
    static func binary(_ datum: Datum) throws(ReQLError) -> Datum {
        if datum.kind == .binary { return datum }
        guard datum.kind == .string else { throw TypeCheck.mismatch(datum, expected: "a STRING or PTYPE<BINARY>") }
        return .binary(try Strings.utf8(datum))
    }

    static func slice(_ datum: Datum, _ bounds: SliceBounds) throws(ReQLError) -> Datum {
        guard let bytes = datum.binary else { throw TypeCheck.mismatch(datum, expected: "a PTYPE<BINARY>") }
        return .binary(Array(bytes[bounds.resolved(count: bytes.count)]))
    }
}
