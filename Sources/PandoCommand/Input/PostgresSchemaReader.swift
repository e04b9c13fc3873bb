/// Reads from the system catalogs of a PostgreSQL server what a database has, in one transaction that the caller has begun.
struct PostgresSchemaReader {
    private let client: PostgresClient
    private let choice: PostgresSchema.Choice
    private var schema = PostgresSchema()
    /// Where a table stands in the schema, by its OID; and the OIDs of the views that are taken.
    private var places: [String: Int] = [:]
    private var viewNumbers: Set<String> = []

    static func read(_ client: PostgresClient, _ choice: PostgresSchema.Choice) throws -> PostgresSchema {
        var reader = PostgresSchemaReader(client, choice)
        try reader.readTables()
        try reader.readSchemas()
        try reader.readTypes()
        try reader.readSequences()
        try reader.readColumns()
        try reader.readConstraints()
        try reader.readViews()
        try reader.readIndexes()
        try reader.readRest()
        return reader.schema
    }

    private init(_ client: PostgresClient, _ choice: PostgresSchema.Choice) {
        self.client = client
        self.choice = choice
    }

    /// Schemas of people, not of the system; what belongs to an extension is the extension's.
    private static let own = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

    private static func isOwn(_ number: String, _ catalog: String) -> String {
        "NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = \(number) AND e.classid = '\(catalog)'::regclass AND e.deptype = 'e')"
    }

    // MARK: Tables

    private mutating func readTables() throws {
        let rows = try client.rows(
            """
            SELECT c.oid, n.nspname, c.relname, format('%I.%I', n.nspname, c.relname), c.relkind, c.relispartition,
                EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid), obj_description(c.oid, 'pg_class'), c.reltuples
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND \(Self.own) AND \(Self.isOwn("c.oid", "pg_class"))
            ORDER BY n.nspname, c.relname
            """)
        for row in rows where choice.has(schema: row.text(1), table: row.text(2)) {
            let name = row.text(3)
            // Its rows are those of the whole.
            if row.isTrue(5), row.text(4) != "f" { continue }
            guard row.text(4) != "f" else {
                schema.leftOut.append(("foreign table", name, "its rows are elsewhere"))
                continue
            }
            guard try lock(name) else { continue }
            if row.isTrue(6) { schema.leftOut.append(("inheritance", name, "a table has no parents here; its own rows are taken")) }
            places[row.text(0)] = schema.tables.count
            schema.tables.append(
                .init(
                    number: row.text(0), name: name, isPartitioned: row.text(4) == "p", comment: row[7],
                    estimate: max(Double(row.text(8)) ?? 0, 0)))
        }
        guard let wanted = choice.tables else { return }
        let found = Set(rows.map { "\($0.text(1)).\($0.text(2))" })
        if let missing = wanted.subtracting(found).min() {
            let near = suggestion(for: missing, among: Array(found))
            throw CommandError.failed("There is no table \(missing) in \(client.databaseName).\(near)")
        }
    }

    /// From here on nobody changes or drops it.
    private mutating func lock(_ table: String) throws -> Bool {
        try client.run("SAVEPOINT pando")
        do {
            try client.run("LOCK TABLE \(table) IN ACCESS SHARE MODE")
            try client.run("RELEASE SAVEPOINT pando")
            return true
        } catch let refusal as PostgresClient.Refusal {
            try client.run("ROLLBACK TO SAVEPOINT pando")
            schema.leftOut.append(("table", table, refusal.description))
            return false
        }
    }

    private static let sequenceOptions = """
        format(' AS %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s', format_type(q.seqtypid, NULL), q.seqstart,
            q.seqincrement, q.seqmin, q.seqmax, q.seqcache) || CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END
        """

    private mutating func readColumns() throws {
        let rows = try client.rows(
            """
            SELECT a.attrelid, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
                a.attgenerated, a.attidentity, CASE WHEN a.attcollation <> t.typcollation THEN
                    (SELECT format('%I.%I', n.nspname, l.collname) FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
                    WHERE l.oid = a.attcollation) END,
                col_description(a.attrelid, a.attnum), s.name, s.options
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
                LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                LEFT JOIN LATERAL (
                    SELECT format('%I.%I', m.nspname, o.relname) AS name, \(Self.sequenceOptions) AS options
                    FROM pg_depend p JOIN pg_class o ON o.oid = p.objid AND o.relkind = 'S' JOIN pg_namespace m ON m.oid = o.relnamespace
                        JOIN pg_sequence q ON q.seqrelid = o.oid
                    WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass AND p.refobjid = a.attrelid
                        AND p.refobjsubid = a.attnum AND p.deptype = 'i') s ON a.attidentity <> ''
            WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
            ORDER BY a.attrelid, a.attnum
            """)
        for row in rows {
            guard let place = places[row.text(0)] else { continue }
            let identity: String? = row.text(6) == "a" ? "ALWAYS" : row.text(6) == "d" ? "BY DEFAULT" : nil
            schema.tables[place].columns.append(
                .init(
                    name: row.text(1), type: row.text(2), isRequired: row.isTrue(3), value: row[4], isGenerated: row.text(5) != "",
                    identity: identity, sequence: row[9].map { .init(name: $0, options: row.text(10)) }, collation: row[7], comment: row[8])
            )
        }
    }

    private mutating func readConstraints() throws {
        let rows = try client.rows(
            """
            SELECT k.conrelid, k.contype, quote_ident(k.conname), pg_get_constraintdef(k.oid), k.confrelid, k.convalidated
            FROM pg_constraint k WHERE k.conrelid <> 0 AND k.conparentid = 0 AND k.contype IN ('p', 'u', 'c', 'f', 'x')
            ORDER BY array_position('{p,c,u,x,f}', k.contype::text), k.conname
            """)
        for row in rows {
            guard let place = places[row.text(0)] else { continue }
            let constraint = PostgresSchema.Constraint(name: row.text(2), definition: row.text(3))
            if row.text(1) == "p" || (row.text(1) == "c" && row.isTrue(5)) {
                schema.tables[place].constraints.append(constraint)
            } else if row.text(1) == "f", places[row.text(4)] == nil {
                schema.leftOut.append(("foreign key", "\(row.text(2)) on \(schema.tables[place].name)", "the other table is not taken"))
            } else {
                schema.tables[place].lateConstraints.append(constraint)
            }
        }
    }

    private mutating func readIndexes() throws {
        let rows = try client.rows(
            """
            SELECT i.indrelid, format('%I.%I', n.nspname, c.relname), CASE c.relkind
                WHEN 'I' THEN regexp_replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') ELSE pg_get_indexdef(i.indexrelid) END,
                obj_description(c.oid, 'pg_class')
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE NOT c.relispartition
                AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
            ORDER BY 2
            """)
        for row in rows where places[row.text(0)] != nil || viewNumbers.contains(row.text(0)) {
            schema.indexes.append(.init(kind: "index", name: row.text(1), statement: row.text(2), comment: row[3]))
        }
    }

    // MARK: What stands beside them

    private mutating func readSchemas() throws {
        let rows = try client.rows(
            """
            SELECT n.nspname, quote_ident(n.nspname), obj_description(n.oid, 'pg_namespace')
            FROM pg_namespace n WHERE \(Self.own) AND \(Self.isOwn("n.oid", "pg_namespace")) ORDER BY 1
            """)
        if let missing = choice.schemas?.subtracting(rows.map { $0.text(0) }).min() {
            let near = suggestion(for: missing, among: rows.map { $0.text(0) })
            throw CommandError.failed("There is no schema \(missing) in \(client.databaseName).\(near)")
        }
        for row in rows where row.text(0) != "public" && choice.has(schema: row.text(0)) {
            if let tables = choice.tables, !tables.contains(where: { $0.hasPrefix("\(row.text(0)).") }) { continue }
            schema.schemas.append(
                .init(kind: "schema", name: row.text(1), statement: "CREATE SCHEMA IF NOT EXISTS \(row.text(1))", comment: row[2]))
        }
    }

    private mutating func readTypes() throws {
        let rows = try client.rows(
            """
            SELECT n.nspname, format('%I.%I', n.nspname, t.typname), t.typtype, CASE t.typtype
                WHEN 'e' THEN format('AS ENUM (%s)',
                    (SELECT string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = t.oid))
                WHEN 'c' THEN format('AS (%s)', (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', '
                    ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
                WHEN 'r' THEN format('AS RANGE (SUBTYPE = %s)', (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid))
                WHEN 'd' THEN format('AS %s', format_type(t.typbasetype, t.typtypmod))
                    || coalesce(' DEFAULT ' || t.typdefault, '') || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
                    || coalesce((SELECT string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.conname)
                        FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '') END,
                obj_description(t.oid, 'pg_type')
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
            WHERE (t.typtype IN ('e', 'd', 'r', 'b') OR c.relkind = 'c') AND t.typelem = 0 AND \(Self.own) AND \(Self.isOwn("t.oid", "pg_type"))
            ORDER BY t.oid
            """)
        for row in rows where choice.has(schema: row.text(0)) {
            let kind = row.text(2) == "d" ? "domain" : "type"
            guard let definition = row[3] else {
                schema.leftOut.append((kind, row.text(1), "its functions are written in C"))
                continue
            }
            schema.types.append(
                .init(kind: kind, name: row.text(1), statement: "CREATE \(kind.uppercased()) \(row.text(1)) \(definition)", comment: row[4])
            )
        }
    }

    private mutating func readSequences() throws {
        let rows = try client.rows(
            """
            SELECT n.nspname, format('%I.%I', n.nspname, c.relname), \(Self.sequenceOptions), obj_description(c.oid, 'pg_class'), o.refobjid,
                (SELECT format('%I.%I.%I', m.nspname, r.relname, a.attname) FROM pg_class r JOIN pg_namespace m ON m.oid = r.relnamespace
                    JOIN pg_attribute a ON a.attrelid = r.oid WHERE r.oid = o.refobjid AND a.attnum = o.refobjsubid),
                (SELECT string_agg(d.adrelid::text, ' ') FROM pg_depend u JOIN pg_attrdef d ON d.oid = u.objid
                    WHERE u.classid = 'pg_attrdef'::regclass AND u.refclassid = 'pg_class'::regclass AND u.refobjid = c.oid)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence q ON q.seqrelid = c.oid
                LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.refclassid = 'pg_class'::regclass
                    AND o.deptype IN ('a', 'i')
            WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND o.deptype IS DISTINCT FROM 'i'
                AND \(Self.own) AND \(Self.isOwn("c.oid", "pg_class"))
            ORDER BY 2
            """)
        for row in rows {
            // Of tables that are taken, or, where all are, of any.
            let users = row.text(6).split(separator: " ").map(String.init) + [row[4]].compactMap { $0 }
            guard users.contains(where: { places[$0] != nil }) || (choice.tables == nil && choice.has(schema: row.text(0))) else {
                continue
            }
            let hasOwner = row[4].map { places[$0] != nil } ?? false
            schema.sequences.append(.init(name: row.text(1), options: row.text(2), owner: hasOwner ? row[5] : nil, comment: row[3]))
        }
    }

    private mutating func readViews() throws {
        guard choice.tables == nil else { return }
        let rows = try client.rows(
            """
            SELECT c.oid, n.nspname, format('%I.%I', n.nspname, c.relname), c.relkind, pg_get_viewdef(c.oid), c.relispopulated,
                obj_description(c.oid, 'pg_class')
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND \(Self.own) AND \(Self.isOwn("c.oid", "pg_class"))
            ORDER BY c.oid
            """)
        for row in rows where choice.has(schema: row.text(1)) {
            let kind = row.text(3) == "v" ? "view" : "materialized view"
            // It ends with a semicolon.
            let query = row.text(4).hasSuffix(";") ? String(row.text(4).dropLast()) : row.text(4)
            let end = row.text(3) == "m" && !row.isTrue(5) ? "\nWITH NO DATA" : ""
            schema.views.append(
                .init(
                    kind: kind, name: row.text(2), statement: "CREATE \(kind.uppercased()) \(row.text(2)) AS\n\(query)\(end)",
                    comment: row[6]))
            viewNumbers.insert(row.text(0))
        }
    }

    /// What nothing here can take the place of: it is named, so that nobody misses it without knowing.
    private mutating func readRest() throws {
        for (kind, reason, query) in PostgresRest.queries {
            for row in try client.rows(query) {
                if let table = row[2] {
                    guard places[table] != nil || viewNumbers.contains(table) else { continue }
                } else if choice.tables != nil {
                    continue
                }
                if let name = row[1], !choice.has(schema: name) { continue }
                if row[1] == nil, row[2] == nil, choice.schemas != nil { continue }
                schema.leftOut.append((kind, row.text(0), reason))
            }
        }
    }
}

extension [String?] {
    fileprivate func text(_ place: Int) -> String { self[place] ?? "" }
    fileprivate func isTrue(_ place: Int) -> Bool { self[place] == "t" }
}
