/// `db("…")`.
final class DatabaseNode: TermNode {
    var name: Node { call[0] }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        .database(try execution.database(try name.string(execution), at: site))
    }
}

extension Site {
    /// Throws for a name that no database or table can have, however names were chosen.
    func checkName(_ name: String, _ kind: NameRule.Subject) throws(ReQLError) {
        try reading(NameRule.rethinkdb.validate(name, for: kind))
    }
}

/// The database and the name that `table` and its relatives take: the database may be left out.
struct TableName {
    private let database: Node?
    let name: Node

    init(_ call: Call) {
        database = call.count > 1 ? call[0] : call.globals["db"]
        name = call[call.count - 1]
    }

    func database(_ execution: Execution, at site: Site) throws(ReQLError) -> DatabaseConfig {
        guard let database else { return try execution.database(at: site) }
        return try database.database(execution)
    }

    /// The same as a state of the past has it, by the name that it had there.
    func database(_ execution: Execution, in past: CatalogSnapshot, at site: Site) throws(ReQLError) -> DatabaseConfig {
        guard let database else { return try execution.database(in: past, at: site) }
        let name =
            if let literal = database as? DatabaseNode { try literal.name.string(execution) } else { try database.database(execution).name }
        return try execution.database(name, in: past, at: database.site)
    }
}

extension Node {
    func database(_ execution: Execution) throws(ReQLError) -> DatabaseConfig {
        let value = try evaluate(execution)
        guard case .database(let database) = value else { throw value.mismatch(expected: "a DB", at: site) }
        return database
    }
}

/// `table("…")`.
final class TableNode: TermNode {
    private let table: TableName
    /// The state of the past that it is read in.
    private let asOf: Node?
    /// What was found last, so that a table named inside a row function is looked up once for a snapshot.
    private var found: Found?

    private final class Found {
        let config: TableConfig
        let database: DatabaseConfig
        /// Not kept alive by this: a feed's function may rest for long.
        weak var snapshot: CatalogSnapshot?

        init(_ config: TableConfig, in database: DatabaseConfig, _ snapshot: CatalogSnapshot) {
            self.config = config
            self.database = database
            self.snapshot = snapshot
        }
    }

    override init(_ call: Call) {
        table = TableName(call)
        asOf = call.option("as_of")
        super.init(call)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let past = try asOf.map { asOf throws(ReQLError) in
            let state = try asOf.datum(execution)
            return try execution.snapshot(asOf: try asOf.site.locating(StateReference(state)), at: asOf.site)
        }
        let snapshot = if let past { past } else { try execution.snapshot(at: site) }
        let name = try table.name.string(execution)
        if let found, found.snapshot === snapshot, found.config.name == name {
            return .rows(TableRows(try execution.reference(to: found.config, in: found.database, snapshot, isPast: past != nil, at: site)))
        }
        let identifiers = try checkOptions(execution)
        let database =
            if let past { try table.database(execution, in: past, at: site) } else { try table.database(execution, at: site) }
        if database.isSystem {
            if past != nil { throw SystemDatabase.refusal("its tables are of the present only", at: site) }
            guard let table = SystemDatabase.table(named: name) else {
                throw site.missing("Table `\(database.name).\(name)` does not exist.", name, .table)
            }
            return .rows(TableRows(TableReference(SystemRows(table, try execution.systemView(at: site, identifiers)))))
        }
        let config = try config(name, in: database, snapshot)
        // Unless the database can be another one next time.
        if table.hasFixedDatabase { found = Found(config, in: database, snapshot) }
        return .rows(TableRows(try execution.reference(to: config, in: database, snapshot, isPast: past != nil, at: site)))
    }

    private func config(_ name: String, in database: DatabaseConfig, _ snapshot: CatalogSnapshot) throws(ReQLError) -> TableConfig {
        if let config = try site.reading(snapshot.table(name, in: database)) { return config }
        throw site.missing("Table `\(database.name).\(name)` does not exist.", name, .table)
    }

    /// - Returns: the form of names in rows of system tables.
    private func checkOptions(_ execution: Execution) throws(ReQLError) -> SystemView.Identifiers {
        if let mode = call.option("read_mode"), !["single", "majority", "outdated", "_debug_direct"].contains(try mode.string(execution)) {
            throw mode.site.error(.queryLogic, "`read_mode` is \"single\", \"majority\" or \"outdated\".")
        }
        if let outdated = call.option("use_outdated") {
            throw outdated.site.error(.queryLogic, "`use_outdated` is gone; use `read_mode`.")
        }
        guard let format = call.option("identifier_format") else { return .name }
        guard let identifiers = SystemView.Identifiers(rawValue: try format.string(execution)) else {
            throw format.site.error(.queryLogic, "`identifier_format` is \"name\" or \"uuid\".")
        }
        return identifiers
    }
}

extension TableName {
    fileprivate var hasFixedDatabase: Bool { database.map { $0 is DatabaseNode && ($0 as? DatabaseNode)?.isLiteral == true } ?? true }
}

extension DatabaseNode {
    fileprivate var isLiteral: Bool { name.constant != nil }
}

/// `get(key)`.
final class GetNode: TermNode {
    private let table: Node
    private let key: Node

    override init(_ call: Call) {
        table = call[0]
        key = call[1]
        super.init(call)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let table = try table.table(execution)
        let key = try key.datum(execution)
        try self.key.checkKey(key, of: table.reference)
        return .row(RowSelection(table: table.reference, key: key))
    }
}

extension Node {
    /// Throws for a datum that can't be a primary key. Most system tables have no such rule: no row has such a key.
    func checkKey(_ key: Datum, of table: TableReference) throws(ReQLError) {
        if let system = table.system { try site.reading(system.table.check(key)) } else { _ = try site.reading(PrimaryKey.encode(key)) }
    }

    /// Throws for a datum that can't be a value of an index, nor a bound of one.
    func checkBound(_ value: Datum) throws(ReQLError) {
        _ = try site.reading(IndexKey.range(of: value))
    }
}

/// `getAll(key, …)`.
final class GetAllNode: TermNode {
    private var table: Node { call[0] }
    private var keys: ArraySlice<Node> { call.arguments.dropFirst() }
    private var index: Node? { call.option("index") }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let table = try table.table(execution)
        var chosen: IndexConfig?
        if let index {
            let name = try index.string(execution)
            if table.reference.config.index(named: name)?.isText == true { return try search(table, name, at: index.site, execution) }
            chosen = try table.reference.index(name, at: index.site)
        }
        try SearchOptions.checkAbsent(call)
        var datums: [Datum] = []
        for key in keys {
            let datum = try key.datum(execution)
            // Bounds match nothing, and are not an error.
            if datum.kind == .minval || datum.kind == .maxval { continue }
            if chosen == nil { try key.checkKey(datum, of: table.reference) } else { try key.checkBound(datum) }
            datums.append(datum)
        }
        return .rows(KeyedRows(table.reference, keys: datums, index: chosen))
    }

    /// By a text index keys are texts to search for: so drivers search that know no term for it.
    private func search(
        _ table: TableRows, _ name: String, at site: Site, _ execution: Execution
    ) throws(ReQLError) -> Value {
        var texts: [String] = []
        for key in keys { texts.append(try key.string(execution)) }
        let index = try table.reference.textIndex(name, at: site)
        return .rows(try TextSearchRows(table.reference, index, texts, SearchOptions(call, execution), at: self.site))
    }
}

/// `between(lower, upper)`.
final class BetweenNode: TermNode {
    private var lower: Node { call[1] }
    private var upper: Node { call[2] }
    private var index: Node? { call.option("index") }
    private var options: BoundOptions { BoundOptions(call) }
    /// The old form takes null for "no bound".
    private var allowsNull: Bool { call.type == .betweenDeprecated }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try receiver.evaluate(execution)
        guard case .rows(let rows) = value, let table = rows as? TableRows else {
            throw value.mismatch(expected: "a TABLE or TABLE_SLICE", at: receiver.site)
        }
        guard !table.isBounded else { throw site.error(.queryLogic, "`between` can be used once on a table, not again on its slice.") }
        let lower = try bound(lower, execution)
        let upper = try bound(upper, execution)
        let chosen = if let index { try table.using(try index.string(execution), at: index.site, lazily: true) } else { table }
        let isLeftOpen = try options.isLeftOpen(execution)
        let isRightClosed = try options.isRightClosed(execution)
        for (bound, node) in [(lower, self.lower), (upper, self.upper)] {
            if let bound, table.reference.system == nil { try node.checkBound(bound, isPrimary: chosen.index == nil) }
        }
        let bounds = KeyBounds(lower: lower, lowerInclusive: !isLeftOpen, upper: upper, upperInclusive: isRightClosed)
        let isUnachievable = lower?.kind == .maxval || upper?.kind == .minval
        return .rows(chosen.bounded(by: bounds, isUnachievable: isUnachievable))
    }

    private func bound(_ node: Node, _ execution: Execution) throws(ReQLError) -> Datum? {
        let datum = try node.datum(execution)
        if datum.isNull {
            if allowsNull { return nil }
            throw node.site.error(.queryLogic, "null is not a bound; use `r.minval` or `r.maxval`.")
        }
        return datum
    }
}

extension Node {
    fileprivate func checkBound(_ bound: Datum, isPrimary: Bool) throws(ReQLError) {
        if bound.kind == .minval || bound.kind == .maxval { return }
        guard isPrimary else { return try checkBound(bound) }
        _ = try site.reading(PrimaryKey.encode(bound: bound))
    }
}
