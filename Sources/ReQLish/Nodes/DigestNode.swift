/// `digest()` of a table, or of the part of one that `between` leaves by primary key: 32 hexadecimal digits, the same in every copy of the
/// file with the same documents.
final class DigestNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let rows = try receiver.receivedValue(execution).rows(execution, at: receiver.site)
        guard let table = rows as? TableRows, table.index == nil, table.reference.system == nil else {
            throw site.error(
                .queryLogic,
                "`digest` is of a table, or of the part of one that `between` leaves by primary key, found \(rows.kind.rawValue).")
        }
        try table.checkRead(at: site)
        let bounds = table.isUnachievable ? KeyBounds(lower: .maxval, upper: .minval) : table.bounds
        let reference = table.reference
        let snapshot = reference.snapshot
        if try !site.reading(snapshot.hasDigests) { execution.note("the file keeps no digests, so the documents are read", at: site) }
        return Datum(try site.reading(snapshot.digest(in: reference.config, bounds, stoppedBy: execution.cancellation)))
    }
}
