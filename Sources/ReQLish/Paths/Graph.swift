import Ground

/// What a walk goes through: the tables whose documents are nodes, and the edges between them.
///
/// Tables are numbered in the order of their names, so that nodes are in the order of their tables and keys. Number 0 stands for keys that
/// are nodes by themselves, if there are such.
final class Graph {
    enum Direction: String {
        case out, `in`, both
    }

    /// What becomes of a key without a document.
    enum Missing: String {
        case skip, keep, error
    }

    let tables: [TableReference?]
    let sources: [EdgeSource]
    let missing: Missing
    let execution: Execution
    let site: Site
    /// Whether a key alone doesn't say which node it is.
    let namesTables: Bool
    private let tableNames: [Datum]

    /// - Parameter starts: further tables whose documents are nodes.
    init(
        _ relations: [GraphRelation], _ direction: Direction, missing: Missing = .skip, starts: [TableReference?] = [],
        _ execution: Execution, at site: Site
    ) throws(ReQLError) {
        self.execution = execution
        self.site = site
        self.missing = missing
        var known: [TableReference?] = []
        for table in relations.flatMap({ [$0.from, $0.to] }) + starts where !known.contains(where: { $0?.config.id == table?.config.id }) {
            known.append(table)
        }
        known.sort { left, right in
            guard let left, let right else { return left == nil && right != nil }
            return left.qualifiedName < right.qualifiedName
        }
        guard known.count < 256 else { throw site.error(.queryLogic, "A walk goes through at most 255 tables.") }
        tables = known
        namesTables = known.count > 1
        let databases = Set(known.compactMap { $0?.config.databaseID })
        tableNames = known.map { table in
            guard let table else { return .null }
            return Datum(databases.count > 1 ? table.qualifiedName : table.config.name)
        }
        for relation in relations {
            for table in [relation.from, relation.to, relation.table] { try table?.checkRead(at: site) }
        }
        func number(_ table: TableReference?) -> UInt8 {
            UInt8(truncatingIfNeeded: known.firstIndex { $0?.config.id == table?.config.id } ?? 0)
        }
        var sources: [EdgeSource] = []
        for relation in relations {
            let (from, to) = (number(relation.from), number(relation.to))
            for isForward in [true, false] where direction == .both || (direction == .out) != (isForward == relation.isReversed) {
                sources.append(
                    try EdgeSource(
                        relation, isForward: isForward, from: isForward ? from : to, to: isForward ? to : from, at: site))
            }
        }
        self.sources = sources
    }

    func number(of table: TableReference?) -> UInt8 {
        UInt8(truncatingIfNeeded: tables.firstIndex { $0?.config.id == table?.config.id } ?? 0)
    }

    // MARK: Nodes

    /// Whether a node may be entered, as far as its document goes.
    func mayEnter(_ number: Int, _ nodes: borrowing NodeNumbers) throws(ReQLError) -> Bool {
        guard missing != .keep, let table = tables[Int(nodes.table(of: number))] else { return true }
        let isThere = try nodes.withKey(of: number) { key throws(ReQLError) in
            try site.reading(table.snapshot.hasDocument(ofNode: key, in: table.config))
        }
        guard !isThere, missing == .error else { return isThere }
        throw site.error(
            .operationFailed, "An edge leads to `\(try key(of: number, nodes))`, and `\(table.qualifiedName)` has no such document.")
    }

    func key(of number: Int, _ nodes: borrowing NodeNumbers) throws(ReQLError) -> Datum {
        try nodes.withKey(of: number) { key throws(ReQLError) in try site.reading(NodeKey.decode(key)) }
    }

    /// A node as answers name it: its key, and the table where that says more.
    func node(_ number: Int, _ nodes: borrowing NodeNumbers) throws(ReQLError) -> Datum {
        try named(try key(of: number, nodes), nodes.table(of: number))
    }

    func node(_ key: [UInt8], table: UInt8) throws(ReQLError) -> Datum {
        try named(try key.span.withBytes { key throws(ReQLError) in try site.reading(NodeKey.decode(key)) }, table)
    }

    private func named(_ key: Datum, _ table: UInt8) throws(ReQLError) -> Datum {
        namesTables ? try site.object([("table", tableNames[Int(table)]), ("id", key)]) : key
    }

    func tableName(of number: Int, _ nodes: borrowing NodeNumbers) -> Datum { tableNames[Int(nodes.table(of: number))] }

    /// The document of a node; where there is none, `{id, missing: true}`, and of a node that is only a key, the key.
    func document(_ number: Int, _ nodes: borrowing NodeNumbers) throws(ReQLError) -> Datum {
        guard let table = tables[Int(nodes.table(of: number))] else { return try key(of: number, nodes) }
        let document = try nodes.withKey(of: number) { key throws(ReQLError) in
            try table.counting(table.snapshot.document(ofNode: key, in: table.config))
        }
        if let document { return document }
        return try site.object([(table.config.primaryKey, try key(of: number, nodes)), ("missing", .true)])
    }

    // MARK: Edges

    /// An edge as answers tell it: with its ends in its own direction, whichever way the walk went.
    func edge(_ source: EdgeSource, from: Datum, to: Datum, document: [UInt8]?) throws(ReQLError) -> Datum {
        let (first, second) = source.isForward ? (from, to) : (to, from)
        var fields: [(String, Datum)] = [("relation", Datum(source.relation.name)), ("from", first), ("to", second)]
        if let document, let table = source.edgeTable {
            fields.append(("id", try document.span.withBytes { key throws(ReQLError) in try site.reading(NodeKey.decode(key)) }))
            let names = [source.relation.kind, source.relation.weight].compactMap { $0 }
            if !names.isEmpty, let stored = try table.document(ofNode: document) {
                for name in names where !fields.contains(where: { $0.0 == name }) {
                    if let value = stored[field: name] { fields.append((name, value)) }
                }
            }
        }
        return try site.object(fields)
    }

    /// What functions of a query are given for an edge: its document, or what answers tell of it.
    func edgeValue(_ source: EdgeSource, from: Datum, to: Datum, document: [UInt8]?) throws(ReQLError) -> Datum {
        if let document, let table = source.edgeTable, let stored = try table.document(ofNode: document) { return stored }
        return try edge(source, from: from, to: to, document: document)
    }

    var notes: [String] { sources.map { "edges by \($0.note)" } }
}
