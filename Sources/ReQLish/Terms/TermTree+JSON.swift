package import Ground

/// The JSON form of terms, as RethinkDB's drivers send it.
///
/// - `[id]`, `[id, [arguments]]`, `[id, [arguments], {options}]`, `[id, {options}]`: a term.
/// - An object: an object literal, whose values are terms. With `$reql_type$` it is a time, binary value, ….
/// - A string, number, bool or null: itself.
/// - `[1, value]`: any JSON value as it is, arrays included.
///
/// So a bare array is always a term, and a literal array is `[2, [elements]]`.
extension TermTree {
    /// Reads a query in JSON form and checks it (see ``validate()``).
    ///
    /// Throws `.client` if the text is not JSON, `.compile` with the path to the term if it is not a query.
    public init(json: Span<UInt8>) throws(ReQLError) {
        let datum: Datum
        do {
            datum = try Datum(json: json, options: .query)
        } catch {
            throw ReQLError(.client, "The query is not valid JSON: \(error)")
        }
        try self.init(datum: datum)
    }

    /// Reads a query in JSON form from a value that was read with `JSONOptions.query`, and checks it.
    public init(datum: Datum) throws(ReQLError) {
        let tree = try TermReader.read(datum)
        try tree.validate()
        self = tree.renumbered()
    }

    /// Appends the JSON form. Not recursive.
    package func writeJSON(into buffer: inout ByteBuffer) {
        TermWriter.write(self, into: &buffer)
    }

    /// The JSON form as a string.
    public var json: String {
        var buffer = ByteBuffer()
        writeJSON(into: &buffer)
        return buffer.string
    }
}
