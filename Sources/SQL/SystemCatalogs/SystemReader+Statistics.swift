import Catalog

// pg_stat_… and pg_statio_…: of what PostgreSQL counts, the rows that there are stand here, and nothing else is counted.
extension SystemReader {
    /// Nil if the relation is none of these.
    func statistics(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]]? {
        switch relation.name {
        case "pg_stat_user_tables", "pg_stat_all_tables", "pg_stat_xact_user_tables", "pg_stat_xact_all_tables",
            "pg_statio_user_tables", "pg_statio_all_tables":
            return try definitions.tables().map { (table) throws(SQLError) in
                let count = try documentCount(table)
                return relation.row([
                    "relid": .oid(table.oid), "schemaname": .text(table.schema), "relname": .text(table.name),
                    "n_live_tup": count.map { .int(Int64($0)) } ?? .null,
                    "toast_blks_read": .null, "toast_blks_hit": .null, "tidx_blks_read": .null, "tidx_blks_hit": .null,
                ])
            }
        case "pg_stat_user_indexes", "pg_stat_all_indexes", "pg_statio_user_indexes", "pg_statio_all_indexes":
            return try definitions.tables().flatMap { table in
                table.systemIndexes.map { index in
                    relation.row([
                        "relid": .oid(table.oid), "indexrelid": .oid(index.oid), "schemaname": .text(table.schema),
                        "relname": .text(table.name), "indexrelname": .text(index.name),
                    ])
                }
            }
        case "pg_statio_user_sequences", "pg_statio_all_sequences":
            return try definitions.sequences().map { sequence in
                relation.row([
                    "relid": .oid(sequence.oid), "schemaname": .text(sequence.schema), "relname": .text(sequence.name),
                ])
            }
        case "pg_stat_bgwriter", "pg_stat_archiver", "pg_stat_wal":
            var values: [String: SQLValue] = ["stats_reset": .timestamptz(ServerSessions.of(session.catalog).startTime)]
            for name in ["last_archived_wal", "last_archived_time", "last_failed_wal", "last_failed_time"] { values[name] = .null }
            return [relation.row(values)]
        case "pg_stat_gssapi":
            return ServerSessions.of(session.catalog).all.map { member in
                relation.row(["pid": .int(Int64(member.number)), "principal": .null])
            }
        case "pg_stat_database", "pg_stat_database_conflicts": return try databaseActivity(relation)
        default: return nil
        }
    }
}
