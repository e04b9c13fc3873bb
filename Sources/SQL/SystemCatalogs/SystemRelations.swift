/// The system catalogs: relations whose rows are made when they are read.
enum SystemRelations {
    static func relation(_ name: String, _ schema: String, _ definitions: Definitions) -> Relation? {
        guard let relation = SystemColumns.relation(name, schema) else { return nil }
        let columns = relation.columns.enumerated().map { index, column in
            OutputColumn(name: column.name, type: column.type, tableOID: relation.oid, number: Int16(truncatingIfNeeded: index + 1))
        }
        // pg_dump and psql know an object by it and its number.
        let catalog = OutputColumn(name: "tableoid", type: .oid)
        return .rows(columns, hidden: [catalog], SystemPlan(relation))
    }
}

/// Reads a relation of the system catalogs: its columns, and behind them its own number.
final class SystemPlan: Plan {
    private let relation: SystemRelation
    private let hasNumber: Bool

    init(_ relation: SystemRelation, hasNumber: Bool = true) {
        self.relation = relation
        self.hasNumber = hasNumber
        super.init()
    }

    override func computing(_ used: Set<Int>) -> Plan { SystemPlan(relation, hasNumber: used.contains(relation.columns.count)) }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let key = SystemRows(oid: relation.oid, hasNumber: hasNumber)
        if let known = run.systemRows[key] { return Plan.source(known) }
        var rows = try SystemReader(run.session, run.state).rows(of: relation)
        if hasNumber { for index in rows.indices { rows[index].append(.oid(relation.oid)) } }
        if run.hasRoom(for: Run.byteCount(of: rows, width: relation.columns.count)) { run.systemRows[key] = rows }
        return Plan.source(rows)
    }

    override var showsConditions: Bool { true }
    override var title: String { "Seq Scan on \(relation.name)" }
}

/// What a statement keeps of a relation of the system catalogs, since subqueries may read it for each row around them.
struct SystemRows: Hashable {
    let oid: UInt32
    let hasNumber: Bool
}

/// Makes the rows of system catalogs out of one state of the database.
final class SystemReader {
    let session: Session
    let state: ReadState
    let definitions: Definitions

    init(_ session: Session, _ state: ReadState) {
        self.session = session
        self.state = state
        definitions = Definitions(session, state)
    }

    /// Those of which nothing is said here have no rows.
    func rows(of relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        if relation.schema == "information_schema" { return try informationRows(of: relation) }
        switch relation.name {
        case "pg_class": return try classes(relation)
        case "pg_attribute": return try attributes(relation)
        case "pg_attrdef": return try defaults(relation)
        case "pg_index": return try indexes(relation)
        case "pg_constraint": return try constraints(relation)
        case "pg_sequence": return try sequences(relation)
        case "pg_sequences": return try sequenceView(relation)
        case "pg_depend": return try dependencies(relation)
        case "pg_rewrite": return try rules(relation)
        case "pg_description": return try descriptions(relation)
        case "pg_type": return try types(relation)
        case "pg_enum": return try enumLabels(relation)
        case "pg_namespace": return try namespaces(relation)
        case "pg_database": return try databases(relation)
        case "pg_shdescription", "pg_db_role_setting": return try databaseProperties(relation)
        case "pg_roles", "pg_authid", "pg_user", "pg_shadow", "pg_group", "pg_auth_members": return try roles(relation)
        case "pg_tables", "pg_views", "pg_matviews", "pg_indexes": return try listing(relation)
        case "pg_settings": return settings(relation)
        case "pg_prepared_statements": return preparedStatements(relation)
        case "pg_stat_activity": return try activity(relation)
        case "pg_locks": return locks(relation)
        case "pg_cursors": return cursors(relation)
        case "pg_timezone_names": return zoneNames(relation)
        case "pg_timezone_abbrevs": return zoneAbbreviations(relation)
        default: return try statistics(relation) ?? CatalogFacts.rows(of: relation)
        }
    }
}
