extension Datum {
    /// The field that makes an object stand for a time, a binary value, ….
    static let pseudoTypeKey = "$reql_type$"

    /// An array of scalars.
    static func scalars(_ values: [Datum]) -> Datum {
        // Only depth can make it fail, and scalars have none.
        (try? Datum.array(values)) ?? .emptyArray
    }
}
