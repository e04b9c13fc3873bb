import Catalog

extension Statement {
    /// Whether it goes through the binder: what is planned, and not a command.
    var isBound: Bool {
        switch self {
        case .query(let query): !query.makesTable
        case .insert, .update, .delete, .merge: true
        default: false
        }
    }

    /// The query that a command runs or shows, which may have parameters.
    var plannedStatement: Statement? {
        switch self {
        case .declareCursor(let cursor): return .query(cursor.query)
        case .explain(let statement, _): return statement.isBound ? statement : statement.plannedStatement
        case .createTableAs(let table):
            if case .query(let query) = table.content, !table.isMaterializedView { return .query(query) }
            return nil
        default: return nil
        }
    }

    /// Whether what it changes is a temporary table, which a read-only transaction may do.
    func writesTemporary(_ definitions: Definitions) throws(SQLError) -> Bool {
        let name: QualifiedName
        switch self {
        case .insert(let insert): name = insert.relation
        case .update(let update): name = update.target.name
        case .delete(let delete): name = delete.target.name
        case .merge(let merge): name = merge.target.name
        default: return false
        }
        if case .table(let table)? = try definitions.relation(name) { return table.isTemporary }
        return false
    }

    /// Whether it fails rather than wait for the writer's turn.
    var isNoWait: Bool {
        if case .lock(let lock) = self { lock.isNoWait } else { false }
    }

    var locksTables: Bool {
        if case .lock(let lock) = self { lock.mode != "access share" } else { false }
    }

    /// Whether it writes, or may: it waits for the writer's turn before it reads anything.
    var takesTurn: Bool {
        switch self {
        case .insert, .update, .delete, .merge, .truncate, .createTable, .createTableAs, .createIndex, .createView, .createSequence,
            .createSchema, .createCell, .dropCell, .createType, .createDomain, .alterTable, .alterSequence, .alterEnum, .alterDomain,
            .rename, .setSchema, .drop,
            .refreshView, .comment, .setOwner, .createRole, .alterRole, .dropRole, .grant, .grantRoles:
            return true
        case .copy(let copy): return copy.isFrom
        case .query(let query):
            return query.makesTable || !query.locks.isEmpty
                || query.with?.tables.contains {
                    if case .query = $0.statement { false } else { true }
                } ?? false
        default: return false
        }
    }

    /// Whether it may write many rows, as far as its form tells: those of a query, or all that nothing is asked to be equal to.
    var mayWriteMuch: Bool {
        switch self {
        case .insert(let insert):
            guard case .query(let query) = insert.rows else { return false }
            guard case .values(let values) = query.body else { return true }
            return values.rows.count >= CatalogTransaction.longCount
        case .update(let update): return !(update.filter?.comparesForEquality ?? false)
        case .delete(let delete): return !(delete.filter?.comparesForEquality ?? false)
        case .merge, .createTableAs, .createIndex, .alterTable, .refreshView, .copy: return true
        case .query(let query): return query.makesTable
        default: return false
        }
    }

    /// Whether it writes rows that may be computed before it has the turn, as far as its form tells: not where they are likely to be few that
    /// are found by a key.
    var mayComputeFirst: Bool {
        switch self {
        case .insert(let insert):
            guard case .query(let query) = insert.rows else { return false }
            if case .values = query.body, query.isBare { return false }
            return true
        case .update(let update): return mayWriteMuch || !update.from.isEmpty
        case .delete(let delete): return mayWriteMuch || !delete.using.isEmpty
        case .merge: return true
        case .createTableAs(let table): return table.withData
        case .refreshView(_, _, let withData): return withData
        case .query(let query): return query.makesTable
        default: return false
        }
    }

    var isQuery: Bool {
        if case .query = self { true } else { false }
    }

    var writes: Bool {
        switch self {
        case .insert, .update, .delete, .merge: true
        default: false
        }
    }

    /// What a statement that defines something is called in messages; nil of others.
    var definitionName: String? {
        switch self {
        case .truncate: "TRUNCATE TABLE"
        case .createTable: "CREATE TABLE"
        case .createTableAs(let table): table.isMaterializedView ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS"
        case .createIndex: "CREATE INDEX"
        case .createView: "CREATE VIEW"
        case .createSequence: "CREATE SEQUENCE"
        case .createSchema: "CREATE SCHEMA"
        case .createDatabase: "CREATE DATABASE"
        case .createRole: "CREATE ROLE"
        case .createType: "CREATE TYPE"
        case .createDomain: "CREATE DOMAIN"
        case .createCell: "CREATE CELL"
        case .alterTable(let table): "ALTER " + table.kind.rawValue.uppercased()
        case .alterSequence: "ALTER SEQUENCE"
        case .alterDatabase, .alterDatabaseSetting: "ALTER DATABASE"
        case .alterRole: "ALTER ROLE"
        case .alterEnum: "ALTER TYPE"
        case .alterDomain: "ALTER DOMAIN"
        case .rename(let rename): "ALTER " + rename.object.kind.rawValue.uppercased()
        case .setSchema(let object, _, _), .setOwner(let object, _): "ALTER " + object.kind.rawValue.uppercased()
        case .drop(let drop): "DROP " + drop.kind.rawValue.uppercased()
        case .dropDatabase: "DROP DATABASE"
        case .dropRole: "DROP ROLE"
        case .dropCell: "DROP CELL"
        case .refreshView: "REFRESH MATERIALIZED VIEW"
        case .comment: "COMMENT"
        case .grant(let grant): grant.isGrant ? "GRANT" : "REVOKE"
        case .grantRoles(let grant): grant.isGrant ? "GRANT ROLE" : "REVOKE ROLE"
        case .reindex: "REINDEX"
        default: nil
        }
    }

    var word: String {
        switch self {
        case .insert: "INSERT"
        case .update: "UPDATE"
        case .delete: "DELETE"
        case .merge: "MERGE"
        default: "SELECT"
        }
    }
}

extension Lock {
    /// Whether nobody else may lock the tables as well.
    var isExclusive: Bool { mode.hasSuffix("exclusive") && mode != "row exclusive" }
}

extension Query {
    /// SELECT … INTO.
    var makesTable: Bool {
        if case .select(let select) = body { select.into != nil } else { false }
    }
}

extension RowFilter {
    /// Whether something has to be equal to something else, as a key is, for a row to be chosen.
    fileprivate var comparesForEquality: Bool {
        switch self {
        case .condition(let condition): condition.comparesForEquality
        case .current: true
        }
    }
}

extension Expression {
    fileprivate var comparesForEquality: Bool {
        switch self {
        case .and(let operands, _): operands.contains { $0.comparesForEquality }
        case .chain(let chain):
            chain.steps.contains { step in
                if case .binary(let name, _) = step { name.symbol == "=" } else { false }
            }
        default: false
        }
    }
}
