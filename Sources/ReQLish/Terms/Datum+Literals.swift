extension Datum {
    /// The field that makes an object stand for a time, a binary value, ….
    static let pseudoTypeKey = "$reql_type$"
}
