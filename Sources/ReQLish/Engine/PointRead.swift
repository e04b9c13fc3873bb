import Catalog

/// `table(…).get(key)` and nothing else, all of it literals, read from its JSON form: what applications ask for most. It is answered
/// without making terms and a plan of it.
///
/// It knows only the way on which nothing is special. Whenever something is (the table isn't one that was read lately, or is one of the
/// system database; the user isn't the administrator; the key can't be one), it answers nil, and the query has to be run as any other,
/// which is where all rules and errors are.
package struct PointRead: Sendable {
    private let table: LiteralTable
    private let key: Datum

    /// - Parameter options: those of the query.
    package init?(_ term: Datum, options: Datum) {
        guard let arguments = term.termArguments(.get), arguments.count == 2 else { return nil }
        key = arguments[1]
        guard key.kind == .string || key.kind == .number, let table = LiteralTable(arguments[0], options: options) else { return nil }
        self.table = table
    }

    /// The row, or null if there is none; nil if the query has to be run as any other.
    package func row(in pando: Pando, user: String) -> Datum? {
        row(in: pando, user: user) { () throws(CatalogError) in
            try pando.catalog.snapshot()
        } read: { (snapshot, table) throws(CatalogError) in
            try snapshot.get(key, in: table) ?? .null
        }
    }

    /// The same where an engine has the records, if it need not be asked; else nil.
    package func keptRow(in pando: Pando, user: String) -> Datum? {
        row(in: pando, user: user) { () throws(CatalogError) in
            pando.catalog.snapshotAtHand
        } read: { (snapshot, table) throws(CatalogError) in
            try snapshot.kept(key, in: table)
        }
    }

    /// The rows of several, for the administrator, by one trip to the engine for all that are not kept; nil where the query has to be run as
    /// any other.
    package static func fetch(_ reads: [PointRead], in pando: Pando) -> [Datum?] {
        var rows: [Datum?] = reads.map { _ in nil }
        guard let snapshot = try? pando.catalog.snapshot() else { return rows }
        var places: [Int] = []
        var documents: [(key: Datum, table: TableConfig)] = []
        for (place, read) in reads.enumerated() {
            guard let table = read.table.config(in: snapshot, pando) else { continue }
            places.append(place)
            documents.append((read.key, table))
        }
        guard let found = try? snapshot.fetched(documents) else { return rows }
        for (index, row) in found.enumerated() {
            guard let row else { continue }
            rows[places[index]] = row
            documents[index].table.count(in: pando)
        }
        return rows
    }

    @inline(__always) private func row(
        in pando: Pando, user: String, state: () throws(CatalogError) -> CatalogSnapshot?,
        read: (CatalogSnapshot, TableConfig) throws(CatalogError) -> Datum?
    ) -> Datum? {
        guard user == UserConfig.administrator else { return nil }
        do throws(CatalogError) {
            guard let snapshot = try state(), let table = table.config(in: snapshot, pando), let row = try read(snapshot, table) else {
                return nil
            }
            table.count(in: pando)
            return row
        } catch {
            return nil
        }
    }
}

extension TableConfig {
    /// Counts a query that has read one row.
    fileprivate func count(in pando: Pando) {
        pando.server.counters.addQuery()
        pando.server.counters.addRead(1, ofTable: id)
    }
}
