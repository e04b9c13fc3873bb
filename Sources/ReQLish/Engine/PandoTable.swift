public import Catalog

/// A table whose documents are values of a Swift type.
///
///     struct Order: Codable { var id: String?, customer: String, total: Double }
///
///     let orders = pando.table("shop", "orders", of: Order.self)
///     let order = try await orders.insert(Order(customer: "Ada", total: 9.5))     // has the key that was made for it
///     let large = try await orders.fetchAll { $0["total"] > 100 }
///     try await orders.delete(order.id)
///
/// A document may have fields that `Row` does not have: they are not read, and ``update(_:)`` and ``upsert(_:)``, which put the row
/// in the document's place, remove them; ``update(_:_:)`` keeps them. A row without a key (a property that is nil) gets one when it is
/// inserted.
///
/// Everything here is a query of ``Query``; ``query`` begins any other one, and ``Pando/run(_:as:options:)`` reads its rows:
///
///     let first = try await pando.run(orders.query.orderBy(index: "id").limit(10), as: [Order].self)
///
/// All methods throw ``ReQLError`` for what the database refuses, `DecodingError` for a document that is not a `Row`, and
/// `CancellationError` if the task is cancelled. In ``Pando/write(durability:_:)`` the same table is `tx.table(orders)`.
public struct PandoTable<Row: Codable>: Sendable {
    /// The table, to build other queries on.
    public let query: Query
    /// The field that is the documents' key.
    public let primaryKey: String
    private let pando: Pando

    fileprivate init(_ query: Query, primaryKey: String, _ pando: Pando) {
        self.query = query
        self.primaryKey = primaryKey
        self.pando = pando
    }

    /// Puts in a row and answers it as it is stored. O(log n).
    ///
    /// Throws if there is a document with its key: ``upsert(_:)`` takes its place.
    @discardableResult
    public func insert(_ row: Row) async throws -> Row { try await run(insertion(of: row, .error)) }

    /// Puts in many rows, which become visible in batches. O(m log n).
    ///
    /// Throws if some of them could not be put in, with ``ReQLError/writes``; the others are in the table then. Inside
    /// ``Pando/write(durability:_:)`` it is all of them or none.
    @discardableResult
    public func insert(contentsOf rows: [Row]) async throws -> WriteCounts { try await run(insertion(of: rows, .error)) }

    /// Puts in a row, or puts it in the place of the document with its key, and answers it as it is stored. O(log n).
    @discardableResult
    public func upsert(_ row: Row) async throws -> Row { try await run(insertion(of: row, .replace)) }

    /// ``upsert(_:)`` for many rows. O(m log n).
    @discardableResult
    public func upsert(contentsOf rows: [Row]) async throws -> WriteCounts { try await run(insertion(of: rows, .replace)) }

    /// The row with a key; nil if there is none. O(log n).
    public func get(_ key: some QueryConvertible) async throws -> Row? { try await run(lookup(of: key.query)) }

    /// The rows for which a condition holds, all rows without one, in no particular order.
    ///
    ///     try await orders.fetchAll { $0["customer"] == "Ada" && $0["total"] > 100 }
    ///
    /// O(n), unless an index has the rows that can pass.
    public func fetchAll(where condition: ((Query) -> Query)? = nil) async throws -> [Row] { try await run(selection(condition)) }

    /// Puts a row in the place of the document with its key, and answers it as it is stored. O(log n).
    ///
    /// Throws ``ReQLError`` of the kind `nonExistence` if there is no document with its key.
    @discardableResult
    public func update(_ row: Row) async throws -> Row { try await run(replacement(by: row)) }

    /// Changes some fields of the document with a key, and answers the row that it is then. O(log n).
    ///
    ///     try await orders.update("o1", ["state": "sent", "parcels": r.row["parcels"] + 1])
    ///
    /// Throws ``ReQLError`` of the kind `nonExistence` if there is no document with the key.
    @discardableResult
    public func update(_ key: some QueryConvertible, _ changes: Query) async throws -> Row { try await run(change(of: key.query, changes)) }

    /// Removes the document with a key. O(log n).
    /// - Returns: false if there was none.
    @discardableResult
    public func delete(_ key: some QueryConvertible) async throws -> Bool { try await run(deletion(of: query.get(key))) > 0 }

    /// Removes the documents for which a condition holds, all without one.
    /// - Returns: how many there were.
    @discardableResult
    public func deleteAll(where condition: ((Query) -> Query)? = nil) async throws -> Int {
        try await run(deletion(of: rows(condition)))
    }

    /// What happens to the rows for which a condition holds, from now on: see ``Pando/changes(_:as:includeInitial:squash:since:options:)``.
    ///
    ///     for try await change in orders.changes(where: { $0["total"] > 100 }, includeInitial: true) { … }
    public func changes(
        where condition: ((Query) -> Query)? = nil, includeInitial: Bool = false, since: CommitPoint? = nil
    ) -> QueryRows<Change<Row>> {
        pando.changes(rows(condition), as: Row.self, includeInitial: includeInitial, since: since)
    }

    private func run<Answer>(_ request: TableRequest<Answer>) async throws -> Answer {
        try request.read(try await pando.run(request.query))
    }
}

extension PandoTable {
    /// The table inside ``Pando/write(durability:_:)``: the same methods, which read what the transaction has written so far.
    ///
    ///     try await pando.write { tx in
    ///         let orders = tx.table(orders), stock = tx.table(stock)
    ///         try orders.insert(order)
    ///         try stock.update(order.item, ["count": r.row["count"] - 1])
    ///     }
    ///
    /// Whatever throws undoes all of it once it leaves the closure.
    public struct InTransaction {
        fileprivate let table: PandoTable
        fileprivate let transaction: PandoTransaction

        /// See ``PandoTable/insert(_:)``.
        @discardableResult
        public func insert(_ row: Row) throws -> Row { try run(table.insertion(of: row, .error)) }

        /// See ``PandoTable/insert(contentsOf:)``.
        @discardableResult
        public func insert(contentsOf rows: [Row]) throws -> WriteCounts { try run(table.insertion(of: rows, .error)) }

        /// See ``PandoTable/upsert(_:)``.
        @discardableResult
        public func upsert(_ row: Row) throws -> Row { try run(table.insertion(of: row, .replace)) }

        /// See ``PandoTable/upsert(contentsOf:)``.
        @discardableResult
        public func upsert(contentsOf rows: [Row]) throws -> WriteCounts { try run(table.insertion(of: rows, .replace)) }

        /// See ``PandoTable/get(_:)``.
        public func get(_ key: some QueryConvertible) throws -> Row? { try run(table.lookup(of: key.query)) }

        /// See ``PandoTable/fetchAll(where:)``.
        public func fetchAll(where condition: ((Query) -> Query)? = nil) throws -> [Row] { try run(table.selection(condition)) }

        /// See ``PandoTable/update(_:)``.
        @discardableResult
        public func update(_ row: Row) throws -> Row { try run(table.replacement(by: row)) }

        /// See ``PandoTable/update(_:_:)``.
        @discardableResult
        public func update(_ key: some QueryConvertible, _ changes: Query) throws -> Row { try run(table.change(of: key.query, changes)) }

        /// See ``PandoTable/delete(_:)``.
        @discardableResult
        public func delete(_ key: some QueryConvertible) throws -> Bool { try run(table.deletion(of: table.query.get(key))) > 0 }

        /// See ``PandoTable/deleteAll(where:)``.
        @discardableResult
        public func deleteAll(where condition: ((Query) -> Query)? = nil) throws -> Int {
            try run(table.deletion(of: table.rows(condition)))
        }

        private func run<Answer>(_ request: TableRequest<Answer>) throws -> Answer {
            try request.read(try transaction.run(request.query))
        }
    }
}

extension Pando {
    /// A table whose documents are values of a Swift type: see ``PandoTable``. It need not be there yet.
    ///
    ///     let orders = pando.table("shop", "orders", of: Order.self)
    ///
    /// - Parameter primaryKey: the field that is the documents' key, as the table was created with.
    public func table<Row: Codable>(
        _ database: String, _ name: String, of type: Row.Type, primaryKey: String = "id"
    ) -> PandoTable<Row> {
        PandoTable(r.db(database).table(name), primaryKey: primaryKey, self)
    }
}

extension PandoTransaction {
    /// A table inside this transaction: see ``PandoTable/InTransaction``.
    public func table<Row>(_ table: PandoTable<Row>) -> PandoTable<Row>.InTransaction {
        PandoTable.InTransaction(table: table, transaction: self)
    }
}

// MARK: Requests

/// One request to a table: its query, and how the answer is read.
private struct TableRequest<Answer> {
    let query: Query
    let read: (Datum) throws -> Answer
}

extension PandoTable {
    fileprivate func rows(_ condition: ((Query) -> Query)?) -> Query { condition.map { query.filter($0) } ?? query }

    private func decode<Value: Decodable>(_ datum: Datum, as type: Value.Type = Value.self) throws -> Value {
        try DatumDecoder().decode(type, from: datum)
    }

    fileprivate func insertion(of row: Row, _ conflict: Query.Conflict) -> TableRequest<Row> {
        TableRequest(query: query.insert(row, conflict: conflict, returnChanges: .always)) { try changedRow($0) }
    }

    fileprivate func insertion(of rows: [Row], _ conflict: Query.Conflict) -> TableRequest<WriteCounts> {
        TableRequest(query: query.insert(rows, conflict: conflict)) { try decode($0) }
    }

    fileprivate func lookup(of key: Query) -> TableRequest<Row?> {
        TableRequest(query: query.get(key)) { $0.isNull ? nil : try decode($0) }
    }

    fileprivate func selection(_ condition: ((Query) -> Query)?) -> TableRequest<[Row]> {
        TableRequest(query: rows(condition)) { try decode($0) }
    }

    fileprivate func replacement(by row: Row) throws -> TableRequest<Row> {
        let document = try DatumEncoder().encode(row)
        guard let key = document[field: primaryKey], !key.isNull else {
            throw ReQLError(.queryLogic, "The row has no `\(primaryKey)`, so there is no document that it could take the place of.")
        }
        // Unlike `get`, this makes no document where none is.
        return TableRequest(query: query.getAll(Query(key)).replace(Query(document), returnChanges: .always)) { try changedRow($0) }
    }

    fileprivate func change(of key: Query, _ changes: Query) -> TableRequest<Row> {
        TableRequest(query: query.get(key).update(changes, returnChanges: .always)) { try changedRow($0) }
    }

    fileprivate func deletion(of rows: Query) -> TableRequest<Int> {
        TableRequest(query: rows.delete()) { try decode($0, as: WriteCounts.self).deleted }
    }

    /// The row that a write of one document made.
    private func changedRow(_ answer: Datum) throws -> Row {
        guard let changes = answer[field: "changes"], changes.count > 0, let row = changes[0][field: "new_val"], !row.isNull else {
            throw ReQLError(.nonExistence, "There is no document with this key.")
        }
        return try decode(row)
    }
}
