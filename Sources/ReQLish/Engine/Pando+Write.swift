public import Catalog
import Ground

extension Pando {
    /// Runs several queries as one write: all of what they change becomes visible, and durable, at once, or none of it.
    ///
    ///     try await pando.write { tx in
    ///         try tx.run(accounts.get("a").update { ["balance": $0["balance"] - 10] })
    ///         try tx.run(accounts.get("b").update { ["balance": $0["balance"] + 10] })
    ///     }
    ///
    /// Each query reads what the ones before it wrote. If the closure throws, nothing was written; a write that fails for one of its
    /// documents throws inside it (see ``ReQLError/writes``), so it undoes the others unless the closure catches the error. There is one
    /// writer at a time, and it waits while the closure runs: keep it short. The closure is synchronous for that reason. Everything it
    /// writes goes through `tx`: a write through `pando` itself would wait for the closure that waits for it.
    ///
    /// - Parameter durability: `hard` returns when the disk has it; the queries' own `durability` options mean nothing here.
    @discardableResult
    public func write<Result: Sendable>(
        durability: Durability = .hard, _ body: @escaping @Sendable (PandoTransaction) throws -> Result
    ) async throws -> Result {
        try await pool.run { Swift.Result { try self.writeHere(durability, body) } }.get()
    }

    /// ``write(durability:_:)`` on the calling thread, which waits for other writers and the disk.
    func writeHere<Result>(_ durability: Durability, _ body: (PandoTransaction) throws -> Result) throws -> Result {
        let writer: TransactionWriter
        do { writer = TransactionWriter(try catalog.beginWrite()) } catch { throw ReQLError(error) }
        // Whatever is kept of the transaction after the closure must not keep the writer's turn.
        defer { writer.rollback() }
        let result = try body(PandoTransaction(self, writer))
        do { try writer.commit(durability) } catch { throw ReQLError(error) }
        if writer.hasNewIndexes { indexBuilder.wake() }
        return result
    }
}

/// Several queries that become one write. Good inside the closure it was given to, and on its thread.
public final class PandoTransaction {
    package let pando: Pando
    private let writer: Writer

    init(_ pando: Pando, _ writer: Writer) {
        self.pando = pando
        self.writer = writer
    }

    /// Lends the transaction to a floor above. It is nil once the closure has ended.
    package func lend<Result>(_ body: (OpenTransaction?) throws -> Result) throws -> Result { try writer.lend(body) }

    /// Runs a query and answers its value, or all its rows as an array.
    ///
    /// A query that throws, because a document could not be written or for another reason, may have written others before; let the error
    /// out of the closure to undo all.
    @discardableResult
    public func run(_ query: Query, options: QueryOptions = QueryOptions()) throws(ReQLError) -> Datum {
        try run(try query.tree(), options: options)
    }

    /// Runs a query and decodes what it answers.
    public func run<Result: Decodable>(
        _ query: Query, as type: Result.Type = Result.self, options: QueryOptions = QueryOptions()
    ) throws -> Result {
        try DatumDecoder().decode(type, from: try run(query, options: options))
    }

    /// Runs a query that was read from text or JSON.
    @discardableResult
    public func run(_ tree: TermTree, options: QueryOptions = QueryOptions()) throws(ReQLError) -> Datum {
        // Views of the transaction's pages end with it.
        try pando.run(tree, options, writer: writer).collected().owned.withoutFailures(of: tree, options)
    }
}
