import Ground
package import Catalog

/// `table(…).insert({…})` of one literal document and nothing else, read from its JSON form: what applications write most. It is done without
/// making terms and a plan of it.
///
/// Like a ``PointRead`` it knows only the way on which nothing is special. Whenever something is (others have the writer's turn for longer than
/// a moment; the key is taken; the table has a write hook, or SQL has declared it; the document is none that can be stored), it has done nothing
/// and answers nil, and the query has to be run as any other.
package struct PlainInsert: Sendable {
    private let table: LiteralTable
    private let document: Datum
    private let term: Datum

    /// For so long the writer's turn is waited for, where nobody can see in the list of queries who waits.
    private static let patience = Duration.milliseconds(20)

    /// - Parameter options: those of the query.
    package init?(_ term: Datum, options: Datum) {
        guard let arguments = term.termArguments(.insert), arguments.count == 2, let document = Self.document(arguments[1]),
            let table = LiteralTable(arguments[0], options: options)
        else { return nil }
        (self.table, self.document, self.term) = (table, document, term)
    }

    private static func document(_ term: Datum) -> Datum? {
        if term.kind == .object, term.isFlat { return term }
        // A literal is written as an object, or as one behind 1.
        guard term.kind == .object || term.kind == .array && term.count == 2 && term[0] == 1 else { return nil }
        guard let tree = try? TermTree(datum: term), tree.root.type == .datum, tree.root.datum.isPlainObject else { return nil }
        return tree.root.datum
    }

    /// As ``PointWrite/expectDocuments(in:_:)``.
    package func expectDocuments(in pando: Pando) -> ExpectedDocuments? {
        guard let (table, _) = place(in: pando) else { return nil }
        let key = document[field: table.primaryKey]
        return pando.catalog.expect({ key.map { [$0] } ?? [] }, newCount: key == nil ? 1 : 0, in: table)
    }

    private func place(in pando: Pando) -> (table: TableConfig, catalog: Catalog)? {
        let catalog = pando.catalog
        guard let snapshot = try? catalog.snapshotOfWrites ?? catalog.snapshot(), let table = table.config(in: snapshot, pando) else {
            return nil
        }
        return (table, catalog)
    }

    /// Inserts the document, and answers as the query does; nil if it has to be run as any other.
    ///
    /// - Parameter flush: what waits for the disk in place of the query.
    /// - Throws: if it can't be committed.
    package func answer(
        in pando: Pando, user: String, _ flush: DeferredFlush, door: QueryDoor, stoppedBy cancellation: Cancellation
    ) throws(ReQLError) -> Datum? {
        let started = MonotonicTime.now
        guard user == UserConfig.administrator, !pando.limits.concernDatabases, let (table, catalog) = place(in: pando),
            table.declaration == nil, table.writeHook == nil
        else { return nil }
        let known = document[field: table.primaryKey]
        let key = known ?? Datum(UUID.random().description)
        guard let new = known == nil ? try? document.setting(table.primaryKey, to: key) : document,
            var transaction = try? catalog.beginWrite(waiting: Self.patience, shares: true, in: flush.commits)
        else { return nil }
        transaction.user = user
        transaction.cancellation = cancellation
        let changeMark = transaction.changeMark
        do throws(CatalogError) {
            if known == nil { transaction.expectNew(key, in: table) } else { try transaction.prefetch({ [key] }, in: table) }
            let found = try transaction.find(key, in: table)
            var stored: Datum? = new
            guard found.document == nil, try transaction.replace(found, by: &stored, in: table) else {
                transaction.giveUp(since: changeMark, in: flush.commits)
                return nil
            }
        } catch {
            transaction.giveUp(since: changeMark, in: flush.commits)
            return nil
        }
        let isHard = table.durability == .hard
        do { try transaction.commit(isHard ? .none : table.durability, deferring: flush.commits) } catch { throw ReQLError(error) }
        if isHard { flush.isWanted(of: catalog) }
        count(in: pando, table, user, door, .now - started)
        return known == nil ? Self.answer(generatedKey: key) : Self.inserted
    }

    private func count(in pando: Pando, _ table: TableConfig, _ user: String, _ door: QueryDoor, _ time: Duration) {
        let server = pando.server
        server.counters.addQuery()
        server.counters.addWritten(1, ofTable: table.id)
        server.counters.queryTimes(door).add(time)
        guard let limit = server.slowQueryTime, time > limit, let tree = try? TermTree(datum: term) else { return }
        server.noteSlow(tree.textWithoutSecrets(), of: user, took: time, plan: nil)
    }

    private static let inserted = answer(generatedKey: nil)

    private static func answer(generatedKey: Datum?) -> Datum {
        var result = WriteResult(returnChanges: .none, arrayLimit: 1)
        result.add(.inserted, old: .null, new: .null)
        if let generatedKey { result.add(generatedKey: generatedKey) }
        return (try? result.datum()) ?? .null
    }
}

extension Datum {
    /// Whether an object in the JSON form of a query is just what it says: no part of it is a term, or stands for another value.
    fileprivate var isFlat: Bool {
        elements.allSatisfy { $0.kind != .array && $0.kind != .object } && self[field: Self.pseudoTypeKey] == nil
    }
}
