import Catalog

// pg_depend, and pg_rewrite, whose rules stand between a view and what it reads.
extension SystemReader {
    private enum Number {
        static let classes: Int64 = 1259
        static let constraints: Int64 = 2606
        static let defaults: Int64 = 2604
        static let rules: Int64 = 2618
    }

    private static func rule(of id: String) -> UInt32 { ObjectNumbers.of(id + ".rule") }

    /// Views and materialized views: their ids, numbers, queries, and the schemas in which names of these are looked for.
    private func queries() throws(SQLError) -> [(id: String, oid: UInt32, query: String, path: [String]?)] {
        var queries: [(id: String, oid: UInt32, query: String, path: [String]?)] = []
        for view in try definitions.views() { queries.append((view.id, view.oid, view.query, view.path)) }
        for table in try definitions.tables() {
            if let query = table.declaration.query { queries.append((table.config.id, table.oid, query, table.declaration.queryPath)) }
        }
        return queries
    }

    func rules(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        try queries().map { view in
            relation.row([
                "oid": .oid(Self.rule(of: view.id)), "rulename": .text("_RETURN"), "ev_class": .oid(view.oid), "ev_type": .text("1"),
                "ev_enabled": .text("O"), "is_instead": .bool(true), "ev_qual": .text("<>"), "ev_action": .text(view.query),
            ])
        }
    }

    /// The rule of a view as the statement that would make it.
    /// - Parameter isPretty: whether the view's schema stands there only where its name alone doesn't find it.
    func ruleDefinition(_ oid: UInt32, isPretty: Bool) throws(SQLError) -> String? {
        func text(_ schema: String, _ name: String, _ query: String) throws(SQLError) -> String {
            let isPlain = isPretty ? try isVisible(schema, name) : false
            let relation = (isPlain ? "" : Quoting.identifier(schema) + ".") + Quoting.identifier(name)
            return "CREATE RULE \"_RETURN\" AS\n    ON SELECT TO \(relation) DO INSTEAD \(query)"
        }
        for view in try definitions.views() where Self.rule(of: view.id) == oid {
            return try text(view.schema, view.name, view.definition)
        }
        for table in try definitions.tables() where Self.rule(of: table.config.id) == oid {
            if let definition = table.definition { return try text(table.schema, table.name, definition) }
        }
        return nil
    }

    func dependencies(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        let sequences = try definitions.sequences()
        var rows: [[SQLValue]] = []
        func add(_ catalog: Int64, _ object: UInt32, on other: Int64, _ target: UInt32, column: Int = 0, _ kind: String) {
            rows.append(
                relation.row([
                    "classid": .int(catalog), "objid": .oid(object), "refclassid": .int(other), "refobjid": .oid(target),
                    "refobjsubid": .int(Int64(column)), "deptype": .text(kind),
                ]))
        }
        for table in try definitions.tables() {
            for column in table.declaration.columns {
                if let sequence = table.sequence(of: column, among: sequences) {
                    add(
                        Number.classes, sequence.oid, on: Number.classes, table.oid, column: column.number,
                        column.identity == nil ? "a" : "i")
                }
                guard let text = column.generated ?? column.defaultText else { continue }
                let number = Self.defaultOID(table, column)
                add(Number.defaults, number, on: Number.classes, table.oid, column: column.number, "a")
                for sequence in sequences where sequence.isNamed(in: text) {
                    add(Number.defaults, number, on: Number.classes, sequence.oid, "n")
                }
            }
            for constraint in table.declaration.constraints {
                for column in constraint.columns {
                    add(Number.constraints, constraint.oid, on: Number.classes, table.oid, column: column, "a")
                }
                if constraint.kind == .primary || constraint.kind == .unique {
                    add(Number.classes, constraint.indexOID, on: Number.constraints, constraint.oid, "i")
                }
            }
            for index in table.declaration.indexes {
                add(Number.classes, ObjectNumbers.of(index.id), on: Number.classes, table.oid, "a")
            }
        }
        for view in try queries() {
            let rule = Self.rule(of: view.id)
            add(Number.rules, rule, on: Number.classes, view.oid, "i")
            let read = try session.columnsRead(by: view.query, view.path, definitions)
            for (id, columns) in read.sorted(by: { $0.key < $1.key }) {
                for column in columns.isEmpty ? [0] : columns.sorted() {
                    add(Number.rules, rule, on: Number.classes, ObjectNumbers.of(id), column: column, "n")
                }
            }
        }
        return rows
    }

    static func defaultOID(_ table: TableRelation, _ column: Declaration.Column) -> UInt32 {
        ObjectNumbers.of("\(table.config.id).\(column.number).default")
    }
}

extension TableRelation {
    /// The sequence that a column owns, by its declaration or by OWNED BY, which is in the table's schema.
    func sequence(of column: Declaration.Column, among sequences: [SequenceRelation]) -> SequenceRelation? {
        guard let name = column.sequence else {
            return sequences.first {
                $0.content.text("owner_table") == config.id && $0.content[field: "owner_column"] == Datum(column.number)
            }
        }
        return sequences.first { $0.name == name && $0.schema == schema && $0.isTemporary == isTemporary }
    }
}

extension SequenceRelation {
    /// Whether a default's text takes the sequence's next value.
    fileprivate func isNamed(in text: String) -> Bool {
        let name = Quoting.identifier(name)
        return ["'\(name)'", "'\(Quoting.identifier(schema)).\(name)'"].contains { text.contains("nextval(" + $0) }
    }
}
