/// The types of ReQL's values, in ReQL's order of types.
public enum DatumKind: UInt8, Sendable, Comparable, CaseIterable, BitwiseCopyable {
    /// Below every value; only as a bound of a range.
    case minval
    case array
    case bool
    case null
    case number
    case object
    case binary
    case time
    case string
    /// Above every value; only as a bound of a range.
    case maxval

    @inlinable public static func < (a: DatumKind, b: DatumKind) -> Bool { a.rawValue < b.rawValue }

    /// What `typeOf` answers: `NUMBER`, `PTYPE<TIME>`, …
    public var typeName: String {
        switch self {
        case .minval: "MINVAL"
        case .array: "ARRAY"
        case .bool: "BOOL"
        case .null: "NULL"
        case .number: "NUMBER"
        case .object: "OBJECT"
        case .binary: "PTYPE<BINARY>"
        case .time: "PTYPE<TIME>"
        case .string: "STRING"
        case .maxval: "MAXVAL"
        }
    }
}
