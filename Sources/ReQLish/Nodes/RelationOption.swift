/// The option `over`: the relations that a walk goes through. Each is the name of one that a table declares, a table of edges, or an object
/// that says what the edges are; several stand in an array.
struct RelationOption {
    /// A part of the option: a term, or what stands in a literal.
    private enum Part {
        case node(Node)
        case datum(Datum)
    }

    private let node: Node
    private let call: Call

    init(_ call: Call) throws(ReQLError) {
        guard let node = call.ownOption("over") else {
            throw call.site.error(
                .queryLogic, "`\(call.type.name)` needs the option `over`: the name of a relation, a table of edges, or {field: …, to: …}.")
        }
        self.node = node
        self.call = call
    }

    /// - Parameter declaring: a term whose options say what the relation is.
    init(declaring call: Call) {
        node = call[0]
        self.call = call
    }

    /// The relation that the options declare of a table.
    func declared(_ execution: Execution, _ table: TableReference) throws(ReQLError) -> GraphRelation {
        let fields = call.options.filter { $0.name != "reverse" }.map { ($0.name, Part.node($0.node)) }
        if call.ownOption("field") != nil { return try relation(fields, execution, table) }
        return try edges(in: table, fields, execution, table)
    }

    private var site: Site { node.site }

    /// - Parameter start: the table whose rows the walk begins at.
    func relations(_ execution: Execution, start: TableReference?) throws(ReQLError) -> [GraphRelation] {
        let relations = try read(.node(node), execution, start, isNested: false)
        guard !relations.isEmpty else { throw site.error(.queryLogic, "`over` names at least one relation.") }
        return relations
    }

    private func read(
        _ part: Part, _ execution: Execution, _ start: TableReference?, isNested: Bool
    ) throws(ReQLError) -> [GraphRelation] {
        var elements: [Part]?
        switch part {
        case .node(let node as MakeArrayNode): elements = node.elements.map { .node($0) }
        case .node(let node as MakeObjectNode):
            return [try relation(node.fields.map { ($0.name, .node($0.node)) }, execution, start)]
        case .node(let node):
            let value = try node.evaluate(execution)
            if case .rows(let rows as TableRows) = value, rows.kind == .table {
                return [try edges(in: rows.reference, [], execution, start)]
            }
            return try read(.datum(try value.datum(execution, at: node.site)), execution, start, isNested: isNested)
        case .datum(let datum) where datum.kind == .array: elements = datum.elements.map { .datum($0) }
        case .datum(let datum):
            if let name = datum.string { return [try relation(named: name, execution, start)] }
            guard datum.isPlainObject else { throw site.mismatch(datum, expected: "the name of a relation, a table or an OBJECT") }
            return [try relation(datum.fields.map { ($0.key, .datum($0.value)) }, execution, start)]
        }
        guard !isNested else { throw site.error(.queryLogic, "`over` has an array inside an array.") }
        var relations: [GraphRelation] = []
        for element in elements ?? [] { relations += try read(element, execution, start, isNested: true) }
        return relations
    }

    // MARK: Relations given in the query

    private func relation(
        _ fields: [(String, Part)], _ execution: Execution, _ start: TableReference?
    ) throws(ReQLError) -> GraphRelation {
        let known = ["edges", "field", "from", "kind", "nodes", "table", "to", "weight"]
        for field in fields where !known.contains(field.0) {
            throw site.error(.queryLogic, "A relation has no `\(field.0)`; it knows \(known.joined(separator: ", ")).")
        }
        func part(_ name: String) -> Part? { fields.first { $0.0 == name }?.1 }
        if let edges = part("edges") { return try self.edges(in: try table(edges, execution, start), fields, execution, start) }
        guard let field = try part("field").map({ part throws(ReQLError) in try string(part, execution) }) else {
            throw site.error(.queryLogic, "A relation in `over` has a `field` with keys, or `edges`, the table of them.")
        }
        guard let to = part("to") else {
            throw site.error(.queryLogic, "The relation of `\(field)` needs `to`, the table that its keys are of.")
        }
        guard let way = FieldWay(field) else { throw site.error(.queryLogic, "`\(field)` is no way to a field.") }
        guard let from = try part("table").map({ part throws(ReQLError) in try table(part, execution, start) }) ?? start else {
            throw site.error(.queryLogic, "The relation of `\(field)` needs `table`, the table with that field.")
        }
        return GraphRelation(name: field, edges: .field(way), from: from, to: try table(to, execution, start))
    }

    private func edges(
        in edges: TableReference, _ fields: [(String, Part)], _ execution: Execution, _ start: TableReference?
    ) throws(ReQLError) -> GraphRelation {
        if edges.system != nil { throw SystemDatabase.refusal("its tables are no edges", at: site) }
        func part(_ name: String) -> Part? { fields.first { $0.0 == name }?.1 }
        func text(_ name: String) throws(ReQLError) -> String? {
            try part(name).map { part throws(ReQLError) in try string(part, execution) }
        }
        let nodes = try part("nodes").map { part throws(ReQLError) in try table(part, execution, start) }
        func end(_ name: String) throws(ReQLError) -> (field: String, table: TableReference?) {
            guard let part = part(name) else { return (name, nodes) }
            var inner: [(String, Part)]?
            var literal: Datum?
            switch part {
            case .node(let node as MakeObjectNode): inner = node.fields.map { ($0.name, .node($0.node)) }
            case .node(let node): literal = node.constant
            case .datum(let datum): literal = datum
            }
            if let literal, literal.isPlainObject { inner = literal.fields.map { ($0.key, .datum($0.value)) } }
            guard let inner else { return (try string(part, execution), nodes) }
            guard let field = inner.first(where: { $0.0 == "field" })?.1 else {
                throw site.error(.queryLogic, "`\(name)` of a relation is a field's name, or {field: …, table: …}.")
            }
            let own = try inner.first(where: { $0.0 == "table" }).map { part throws(ReQLError) in try table(part.1, execution, start) }
            return (try string(field, execution), own ?? nodes)
        }
        let (from, to) = (try end("from"), try end("to"))
        return GraphRelation(
            name: edges.config.name, edges: .documents(edges, from: from.field, to: to.field), from: from.table, to: to.table,
            kind: try text("kind"), weight: try text("weight"))
    }

    private func string(_ part: Part, _ execution: Execution) throws(ReQLError) -> String {
        switch part {
        case .node(let node): return try node.string(execution)
        case .datum(let datum):
            guard let string = datum.string else { throw site.mismatch(datum, expected: "a STRING") }
            return string
        }
    }

    /// A table by a term, or by its name: `people`, `app.people`.
    private func table(_ part: Part, _ execution: Execution, _ start: TableReference?) throws(ReQLError) -> TableReference {
        if case .node(let node) = part {
            let value = try node.evaluate(execution)
            if case .rows(let rows as TableRows) = value, rows.kind == .table {
                if rows.reference.system != nil { throw SystemDatabase.refusal("its tables are no graph", at: site) }
                return rows.reference
            }
            guard case .datum(let datum) = value, datum.string != nil else {
                throw value.mismatch(expected: "a TABLE or its name", at: node.site)
            }
            return try table(.datum(datum), execution, start)
        }
        return try call.table(named: try string(part, execution), execution, start, at: site)
    }

    // MARK: Declared relations

    private func relation(named name: String, _ execution: Execution, _ start: TableReference?) throws(ReQLError) -> GraphRelation {
        let snapshot = try execution.snapshot(of: start, at: site)
        var tables = start.map { [$0.config] } ?? []
        let database: DatabaseConfig
        if let start { database = start.database } else { database = try call.database(execution, at: site) }
        if !database.isSystem { tables += try site.reading(snapshot.tables(in: database)).filter { $0.id != start?.config.id } }
        func found(_ relation: RelationConfig, of table: TableConfig) throws(ReQLError) -> GraphRelation {
            let reference = try execution.reference(to: table, in: database, snapshot, isPast: start?.isPast ?? false, at: site)
            try reference.checkRead(at: site)
            return try GraphRelation(relation, of: reference, isReversed: relation.name != name, execution, at: site)
        }
        for table in tables {
            for relation in table.relations where relation.name == name || relation.reverse == name {
                return try found(relation, of: table)
            }
        }
        for table in tables where table.declaration != nil {
            for relation in try site.reading(snapshot.relations(of: table)) where relation.name == name {
                return try found(relation, of: table)
            }
        }
        throw site.error(
            .queryLogic,
            "No table of `\(database.name)` declares the relation `\(name)`. `relationCreate` does; {field: …, to: …} and {edges: …} need none."
        )
    }
}

extension GraphRelation {
    /// A relation that a table declares.
    init(
        _ relation: RelationConfig, of table: TableReference, isReversed: Bool = false, _ execution: Execution, at site: Site
    ) throws(ReQLError) {
        func find(_ place: RelationConfig.Place) throws(ReQLError) -> TableReference {
            guard let config = try site.reading(table.snapshot.table(of: place)),
                let database = try site.reading(table.snapshot.database(id: config.databaseID))
            else {
                throw site.error(
                    .queryLogic,
                    "The relation `\(relation.name)` of `\(table.qualifiedName)` leads to the table `\(place.name)`, which is gone.")
            }
            return try execution.reference(to: config, in: database, table.snapshot, isPast: table.isPast, at: site)
        }
        name = relation.name
        kind = relation.kind
        weight = relation.weight
        self.isReversed = isReversed
        switch relation.edges {
        case .field(let field, let to):
            guard let way = FieldWay(field) else { throw site.error(.queryLogic, "`\(field)` is no way to a field.") }
            edges = .field(way)
            from = table
            self.to = try find(to)
        case .documents(let first, let second):
            edges = .documents(table, from: first.field, to: second.field)
            from = try first.table.map(find)
            to = try second.table.map(find)
        }
    }
}

extension Call {
    /// The database for names that name none: the query's.
    func database(_ execution: Execution, at site: Site) throws(ReQLError) -> DatabaseConfig {
        guard let given = globals["db"] else { return try execution.database(at: site) }
        return try given.database(execution)
    }

    /// A table by its name, `people` or `app.people`; without a database that of another table, or the query's.
    func table(
        named name: String, _ execution: Execution, _ other: TableReference?, at site: Site
    ) throws(ReQLError) -> TableReference {
        let snapshot = try execution.snapshot(of: other, at: site)
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        let database: DatabaseConfig
        if parts.count == 2 {
            database = try execution.database(parts[0], in: snapshot, at: site)
        } else if let other {
            database = other.database
        } else {
            database = try self.database(execution, at: site)
        }
        guard !database.isSystem else { throw SystemDatabase.refusal("its tables are no graph", at: site) }
        guard let config = try site.reading(snapshot.table(parts.last ?? name, in: database)) else {
            throw site.missing("Table `\(database.name).\(parts.last ?? name)` does not exist.", parts.last ?? name, .table)
        }
        return try execution.reference(to: config, in: database, snapshot, isPast: other?.isPast ?? false, at: site)
    }
}

extension Execution {
    /// The state that tables are read from beside another one: the past one of that, or the newest.
    fileprivate func snapshot(of other: TableReference?, at site: Site) throws(ReQLError) -> CatalogSnapshot {
        if let other, other.isPast { return other.snapshot }
        return try snapshot(at: site)
    }
}
