public import Catalog

extension Pando {
    /// What happens to the rows of a query from now on.
    ///
    ///     for try await change in pando.changes(users.filter { $0["age"] > 30 }, as: User.self) {
    ///         print(change.old?.name ?? "-", "→", change.new?.name ?? "-")
    ///     }
    ///
    /// `query` is what can stand before `changes`: a table, a part of one, a row, the first rows of an order. Nothing is missing between
    /// what is there at the beginning and the first change. The sequence ends when the task is cancelled, and by an error:
    /// `operationFailed` when the table is dropped, `resourceLimit` when the loop was so slow that changes had to be dropped; begin anew
    /// then, with `includeInitial`, or go on from the last change.
    ///
    /// If the tables keep a change log, each change has its place among the commits, and another sequence can go on from there:
    ///
    ///     for try await change in pando.changes(users, as: User.self, includeInitial: true, since: saved) {
    ///         show(change)
    ///         saved = change.commit
    ///     }
    ///
    /// - Parameters:
    ///   - includeInitial: begins with the rows that are there. Means nothing with a point to go on from.
    ///   - since: where an earlier feed of this query stood: the sequence begins with what happened after. It throws an error whose
    ///     `cause` is `notResumable` if the log doesn't reach back as far, or the point is none of this file; begin anew then.
    ///   - squash: tells what came while the loop was busy as one change for each row.
    public func changes<Row: Decodable>(
        _ query: Query, as type: Row.Type, includeInitial: Bool = false, squash: Bool = false, since: CommitPoint? = nil,
        options: QueryOptions = QueryOptions()
    ) -> QueryRows<Change<Row>> {
        let decoder = DatumDecoder()
        return feed(query, includeInitial, squash, since, options) { try decoder.decode(type, from: $0) }
    }

    /// ``changes(_:as:includeInitial:squash:since:options:)``, rows as they are.
    public func changes(
        _ query: Query, includeInitial: Bool = false, squash: Bool = false, since: CommitPoint? = nil,
        options: QueryOptions = QueryOptions()
    ) -> QueryRows<Change<Datum>> {
        feed(query, includeInitial, squash, since, options) { $0 }
    }

    private func feed<Row>(
        _ query: Query, _ includeInitial: Bool, _ squash: Bool, _ since: CommitPoint?, _ options: QueryOptions,
        _ read: @escaping (Datum) throws -> Row
    ) -> QueryRows<Change<Row>> {
        let feed = query.changes(
            squash: squash ? true : nil, includeInitial: includeInitial, includeTypes: true, since: since, includeCommit: true)
        return QueryRows(pando: self, query: feed, options: options) { try Change($0, read) }
    }
}

/// A change of a row.
public struct Change<Row> {
    public enum Kind: String, Sendable, Hashable {
        /// The row was there at the beginning.
        case initial
        case added = "add"
        case changed = "change"
        case removed = "remove"
    }

    public let kind: Kind
    /// The row before; nil for one that was added or there at the beginning.
    public let old: Row?
    /// The row now; nil for one that was removed, and where there is none at the beginning.
    public let new: Row?
    /// Where the feed stands among the commits with this change; nil for rows that were there at the beginning, where a table keeps no
    /// change log, and, with `squash`, for all but the last of the changes that are told together.
    public let commit: CommitPoint?

    fileprivate init(_ notice: Datum, _ read: (Datum) throws -> Row) throws {
        if let text = notice[field: "error"]?.string { throw ReQLError(.resourceLimit, text) }
        guard let kind = notice[field: "type"]?.string.flatMap(Kind.init) else {
            throw ReQLError(.internal, "A feed told something that is not a change.")
        }
        self.kind = kind
        commit = notice[field: "commit"]?.string.flatMap { CommitPoint($0) }
        func side(_ name: String) throws -> Row? {
            guard let row = notice[field: name], !row.isNull else { return nil }
            return try read(row)
        }
        old = try side("old_val")
        new = try side("new_val")
    }
}

extension Change: Sendable where Row: Sendable {}
extension Change: Equatable where Row: Equatable {}
