extension SQLRecord {
    /// Throws `42804` if it has not the columns that a query has declared for it.
    func requireShape(_ columns: [Field], _ types: any TypeCatalog) throws(SQLError) {
        let detail: String
        if fields.count != columns.count {
            detail = "Returned row contains \(fields.count) attribute\(fields.count == 1 ? "" : "s"), but query expects \(columns.count)."
        } else {
            guard let place = fields.indices.first(where: { fields[$0].type.oid != columns[$0].type.oid }) else { return }
            let (returned, expected) = (TypeTable.format(fields[place].type, types), TypeTable.format(columns[place].type, types))
            detail = "Returned type \(returned) at ordinal position \(place + 1), but query expects \(expected)."
        }
        throw SQLError(.datatypeMismatch, "function return row and query-specified return row do not match", detail: detail)
    }
}
