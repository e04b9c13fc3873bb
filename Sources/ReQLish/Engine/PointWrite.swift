package import Catalog

/// A short write (``QueryShape/shortWrite``) that looks at no rows but those that it changes, whose keys its text has: `insert` of literals,
/// and `update`, `replace` and `delete` of a row by its key. Which documents it is going to look for can be told before it runs.
package struct PointWrite: Sendable {
    private let table: Term
    /// The key, or the documents, which have theirs.
    private let rows: Datum
    private let hasKey: Bool

    /// - Parameter tree: of that shape.
    package init?(_ tree: TermTree) {
        let root = tree.root
        guard root.argumentCount > 0 else { return nil }
        hasKey = root.type != .insert
        if hasKey {
            guard root.argument(0).type == .get, root.argument(0).argumentCount == 2 else { return nil }
            table = root.argument(0).argument(0)
            rows = root.argument(0).argument(1).datum
        } else {
            guard root.argumentCount == 2, root.argument(1).type == .datum else { return nil }
            table = root.argument(0)
            rows = root.argument(1).datum
        }
        guard table.type == .table, root.arguments.dropFirst().allSatisfy(\.looksAtNoRows) else { return nil }
    }

    /// Has an engine be asked for the documents together with others', as long as what is returned lives.
    package func expectDocuments(in pando: Pando, _ options: QueryOptions) -> ExpectedDocuments? {
        let catalog = pando.catalog
        guard let name = table.arguments.last?.datum.string, let snapshot = try? catalog.snapshotOfWrites ?? catalog.snapshot() else {
            return nil
        }
        let named = table.argumentCount == 2 ? table.argument(0).onlyArgument?.string : nil
        let database = named ?? options.database ?? pando.options.defaultDatabase
        guard let config = snapshot.knownTable(name, inDatabaseNamed: database) else { return nil }
        let keys = keys(named: config.primaryKey)
        return catalog.expect({ keys }, newCount: count - keys.count, in: config)
    }

    private func keys(named primaryKey: String) -> [Datum] {
        if hasKey { return [rows] }
        guard rows.kind == .array else { return rows[field: primaryKey].map { [$0] } ?? [] }
        return (0..<rows.count).compactMap { rows[$0][field: primaryKey] }
    }

    private var count: Int { !hasKey && rows.kind == .array ? rows.count : 1 }
}

extension Term {
    fileprivate var looksAtNoRows: Bool {
        type != .table && arguments.allSatisfy(\.looksAtNoRows) && optionalArguments.allSatisfy { $0.term.looksAtNoRows }
    }
}
