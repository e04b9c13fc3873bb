import Catalog
import ReQLish

// pg_class, pg_attribute and what belongs to a table.
extension SystemReader {
    func classes(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        let schemas = try schemaNumbers()
        var rows = Self.systemClasses
        func add(
            _ oid: UInt32, _ name: String, _ schema: String, _ kind: String, isTemporary: Bool, _ more: [String: SQLValue] = [:]
        ) {
            var values: [String: SQLValue] = [
                "oid": .oid(oid), "relname": .text(name), "relnamespace": .oid(schemas[schema] ?? 0), "relowner": .int(10),
                "relkind": .text(kind), "relpersistence": .text(isTemporary ? "t" : "p"), "relispopulated": .bool(true),
                "relreplident": .text(kind == "r" || kind == "m" ? "d" : "n"), "relfilenode": .oid(kind == "v" ? 0 : oid),
                "reltuples": .double(-1),
            ]
            values.merge(more) { $1 }
            rows.append(relation.row(values))
        }
        let tables = try definitions.tables()
        // A foreign key has triggers on both of its tables.
        let referenced = Set(tables.flatMap { $0.declaration.constraints.compactMap(\.references) })
        for table in tables {
            let declaration = table.declaration
            let indexes = table.systemIndexes
            let count = try documentCount(table)
            add(
                table.oid, table.name, table.schema, table.isMaterialized ? "m" : "r", isTemporary: table.isTemporary,
                [
                    "reltype": .oid(table.rowTypeOID), "relam": .int(2),
                    "relnatts": .int(Int64(declaration.lastNumber + definitions.shownFields(of: table).count)),
                    "relhasindex": .bool(!indexes.isEmpty), "reltuples": count.map { .double(Double($0)) } ?? .double(-1),
                    "relpages": .int(Int64((count ?? 0) / 64 + 1)), "relispopulated": .bool(declaration.isPopulated),
                    "relchecks": .int(Int64(declaration.constraints.filter { $0.kind == .check }.count)),
                    "relhastriggers": .bool(
                        referenced.contains(table.config.id) || declaration.constraints.contains { $0.kind == .foreign }),
                    "reloptions": table.shownOptions,
                ])
            for index in indexes {
                add(
                    index.oid, index.name, table.schema, "i", isTemporary: table.isTemporary,
                    [
                        "relam": .int(index.method == "hash" ? 405 : index.method == "gin" ? 2742 : index.method == "gist" ? 783 : 403),
                        "relnatts": .int(Int64(index.elements.count + index.included.count)),
                        "reltuples": count.map { .double(Double($0)) } ?? .double(-1), "relpages": .int(1),
                    ])
            }
        }
        for view in try definitions.views() {
            add(
                view.oid, view.name, view.schema, "v", isTemporary: view.isTemporary,
                [
                    "relnatts": .int(Int64(view.columns.count)), "relhasrules": .bool(true), "reltuples": .double(-1),
                    "reltype": .oid(ObjectNumbers.of(view.id + ".type")), "reloptions": view.shownOptions,
                ])
        }
        for declared in try declaredTypes() {
            guard let type = declared.userTypes.first, case .composite(let fields) = type.kind else { continue }
            add(
                declared.classOID, type.name, type.schema, "c", isTemporary: false,
                ["relnatts": .int(Int64(fields.count)), "reltype": .oid(type.oid), "relfilenode": .int(0)])
        }
        for sequence in try definitions.sequences() {
            add(
                sequence.oid, sequence.name, sequence.schema, "S", isTemporary: sequence.isTemporary,
                ["relnatts": .int(3), "relpages": .int(1), "reltuples": .double(1)])
        }
        return rows
    }

    /// Nil for who may not read the table.
    func documentCount(_ table: TableRelation) throws(SQLError) -> Int? {
        guard (try? definitions.require(.read, table)) != nil else { return nil }
        do throws(CatalogError) {
            guard let (snapshot, _) = state.place(isTemporary: table.isTemporary) else { return nil }
            return try snapshot.documentCount(in: table.config)
        } catch {
            throw SQLError(error)
        }
    }

    private static let systemClasses: [[SQLValue]] = {
        guard let relation = SystemColumns.relation("pg_class", "pg_catalog") else { return [] }
        return SystemColumns.all.map { system in
            relation.row([
                "oid": .oid(system.oid), "relname": .text(system.name),
                "relnamespace": .oid(system.schema == "pg_catalog" ? catalogSchema : informationSchema), "relowner": .int(10),
                "relkind": .text(system.isView ? "v" : "r"), "relpersistence": .text("p"), "relispopulated": .bool(true),
                "relreplident": .text("n"), "relnatts": .int(Int64(system.columns.count)), "relam": .int(system.isView ? 0 : 2),
                "relhasrules": .bool(system.isView), "reltuples": .double(-1),
            ])
        }
    }()

    // MARK: Columns

    private static func attribute(
        _ relation: SystemRelation, _ owner: UInt32, _ name: String, _ type: SQLType, number: Int, _ session: Session,
        _ more: [String: SQLValue] = [:]
    ) -> [SQLValue] {
        // A domain is stored as what it is of.
        let base = TypeTable.base(of: type, session.types).oid
        let entry = TypeTable.entry(base)
        let isText = [18, 19, 25, 1042, 1043].contains(base)
        let isEnum = entry == nil && TypeTable.isEnum(base, session.types)
        var values: [String: SQLValue] = [
            "attrelid": .oid(owner), "attname": .text(name), "atttypid": .oid(type.oid == SQLType.open.oid ? SQLType.jsonb.oid : type.oid),
            "attlen": .int(Int64(entry?.length ?? (isEnum ? 4 : -1))), "attnum": .int(Int64(number)),
            "atttypmod": .int(Int64(type.modifier)),
            "attbyval": .bool(entry?.isByValue ?? isEnum), "attalign": .text(entry.map { String($0.alignment) } ?? "i"),
            "attstorage": .text(entry.map { String($0.storage) } ?? (isEnum ? "p" : "x")), "attislocal": .bool(true),
            "attcollation": .int(base == 19 ? 950 : isText && base != 18 ? 100 : 0), "attcacheoff": .int(-1),
            "attstattarget": .int(-1), "attndims": .int(base == type.oid && entry?.isArray ?? false ? 1 : 0),
        ]
        values.merge(more) { $1 }
        return relation.row(values)
    }

    func attributes(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for system in SystemColumns.all {
            for (index, column) in system.columns.enumerated() {
                rows.append(Self.attribute(relation, system.oid, column.name, column.type, number: index + 1, session))
            }
        }
        for table in try definitions.tables() {
            for column in table.declaration.columns {
                let identity = column.identity.map { $0 == "always" ? "a" : "d" } ?? ""
                rows.append(
                    Self.attribute(
                        relation, table.oid, column.name, definitions.shownType(column, of: table), number: column.number, session,
                        [
                            "attnotnull": .bool(table.takesNoNULL(column)),
                            "atthasdef": .bool(column.defaultText != nil || column.generated != nil), "attidentity": .text(identity),
                            "attgenerated": .text(column.generated == nil ? "" : "s"),
                        ]))
            }
            for (place, field) in definitions.shownFields(of: table).enumerated() {
                rows.append(
                    Self.attribute(
                        relation, table.oid, field.name, field.type, number: table.declaration.lastNumber + place + 1, session,
                        ["attnotnull": .bool(field.name == table.config.primaryKey)]))
            }
            for index in table.systemIndexes {
                let keys = index.numbers.map { number in table.declaration.columns.first { $0.number == number } }
                let columns = keys + index.includedColumns
                let elements = index.elements + index.included
                let names = OutputNames.distinct(zip(columns, elements).map { $0?.name ?? OutputNames.name(ofElement: $1) })
                for (place, (column, name)) in zip(columns, names).enumerated() {
                    rows.append(
                        Self.attribute(relation, index.oid, name, column?.type ?? .text, number: place + 1, session))
                }
            }
        }
        for view in try definitions.views() {
            for (index, column) in view.columns.enumerated() {
                rows.append(Self.attribute(relation, view.oid, column.name, column.type, number: index + 1, session))
            }
        }
        for declared in try declaredTypes() {
            guard case .composite(let fields)? = declared.userTypes.first?.kind else { continue }
            for (index, field) in fields.enumerated() {
                rows.append(Self.attribute(relation, declared.classOID, field.name, field.type, number: index + 1, session))
            }
        }
        for sequence in try definitions.sequences() {
            for (index, (name, type)) in [("last_value", SQLType.int8), ("log_cnt", .int8), ("is_called", .bool)].enumerated() {
                rows.append(
                    Self.attribute(relation, sequence.oid, name, type, number: index + 1, session, ["attnotnull": .bool(true)]))
            }
        }
        return rows
    }

    /// The expression of a generated column, or a default: a constant has its column's type, and what is computed the casts that it takes.
    func shownDefault(_ text: String, of column: Declaration.Column, in table: TableRelation) throws(SQLError) -> String {
        let isComputed = column.generated != nil || ShownDefault.isComputed(text)
        if isComputed, let shown = try ShownExpression(table, session, definitions).condition(text) { return shown }
        return ShownDefault.text(text, column.generated == nil ? column.type : nil, definitions)
    }

    func defaults(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for table in try definitions.tables() {
            for column in table.declaration.columns {
                guard let text = column.generated ?? column.defaultText else { continue }
                let shown = try shownDefault(text, of: column, in: table)
                rows.append(
                    relation.row([
                        "oid": .oid(Self.defaultOID(table, column)), "adrelid": .oid(table.oid),
                        "adnum": .int(Int64(column.number)), "adbin": .text(shown),
                    ]))
            }
        }
        return rows
    }

    // MARK: Indexes and constraints

    func indexes(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for table in try definitions.tables() {
            for index in table.systemIndexes {
                let included = index.includedColumns.map { Int64($0?.number ?? 0) }
                let classes = index.numbers.map { number in
                    let type = table.declaration.columns.first { $0.number == number }?.type ?? .text
                    return CatalogFacts.defaultClasses[type.oid] ?? 0
                }
                let options = index.elements.indices.map { place -> Int64 in
                    let order = place < index.orders.count ? index.orders[place].uppercased() : ""
                    let isDescending = order.contains("DESC")
                    let nullsFirst = order.contains("NULLS FIRST") || (isDescending && !order.contains("NULLS LAST"))
                    return (isDescending ? 1 : 0) | (nullsFirst ? 2 : 0)
                }
                let hasExpressions = index.numbers.contains(0) || index.predicate != nil
                let shown = hasExpressions ? try ShownExpression(table, session, definitions) : nil
                let expressions = zip(index.elements, index.numbers).filter { $0.1 == 0 }.map { shown?.condition($0.0) ?? $0.0 }
                rows.append(
                    relation.row([
                        "indexrelid": .oid(index.oid), "indrelid": .oid(table.oid),
                        "indnatts": .int(Int64(index.elements.count + included.count)), "indnkeyatts": .int(Int64(index.elements.count)),
                        "indisunique": .bool(index.isUnique), "indnullsnotdistinct": .bool(index.nullsAreEqual),
                        "indisprimary": .bool(index.isPrimary), "indimmediate": .bool(true), "indisvalid": .bool(index.isReady),
                        "indisready": .bool(index.isReady), "indislive": .bool(true),
                        "indkey": .vector(index.numbers.map { Int64($0) } + included, .int2),
                        "indcollation": .vector(index.numbers.map { _ in 0 }, .oid), "indclass": .vector(classes, .oid),
                        "indoption": .vector(options, .int2),
                        "indexprs": expressions.isEmpty ? .null : .text(expressions.joined(separator: ", ")),
                        "indpred": .optional(index.predicate.map { shown?.condition($0) ?? $0 }),
                    ]))
            }
        }
        return rows
    }

    func constraints(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        let schemas = try schemaNumbers()
        var rows: [[SQLValue]] = []
        func numbers(_ numbers: [Int]) -> SQLValue { numbers.isEmpty ? .null : .array(SQLArray(.int2, numbers.map { .int(Int64($0)) })) }
        for table in try definitions.tables() {
            for constraint in table.declaration.constraints {
                let target = try constraint.references.flatMap { id throws(SQLError) in try definitions.table(id: id) }
                let isForeign = constraint.kind == .foreign
                let index =
                    switch constraint.kind {
                    case .primary, .unique: constraint.indexOID
                    case .foreign:
                        target?.declaration.constraints.first {
                            ($0.kind == .primary || $0.kind == .unique) && Set($0.columns) == Set(constraint.referenced)
                        }?.indexOID ?? 0
                    case .check: 0 as UInt32
                    }
                let letter = ["primary": "p", "unique": "u", "check": "c", "foreign": "f"][constraint.kind.rawValue] ?? ""
                rows.append(
                    relation.row([
                        "oid": .oid(constraint.oid), "conname": .text(constraint.name), "connamespace": .oid(schemas[table.schema] ?? 0),
                        "contype": .text(letter), "condeferrable": .bool(constraint.isDeferrable),
                        "condeferred": .bool(constraint.isDeferred),
                        "convalidated": .bool(constraint.isValidated), "conrelid": .oid(table.oid), "conindid": .oid(index),
                        "confrelid": .oid(target?.oid ?? 0),
                        "confupdtype": .text(isForeign ? Declaration.Constraint.letter(constraint.onUpdate) : " "),
                        "confdeltype": .text(isForeign ? Declaration.Constraint.letter(constraint.onDelete) : " "),
                        "confmatchtype": .text(isForeign ? (constraint.isFull ? "f" : "s") : " "), "conislocal": .bool(true),
                        "connoinherit": .bool(constraint.kind != .check || constraint.isNoInherit), "conkey": numbers(constraint.columns),
                        "confkey": numbers(constraint.referenced), "conbin": .optional(try shown(constraint, of: table)),
                    ]))
            }
        }
        for type in try declaredTypes() {
            for item in type.content.array("constraints") {
                rows.append(
                    relation.row([
                        "oid": .oid(ObjectNumbers.of(type.content.text("id") + item.text("name"))), "conname": .text(item.text("name")),
                        "connamespace": .oid(schemas[type.schema] ?? 0), "contype": .text("c"),
                        "convalidated": .bool(item[field: "validated"]?.bool ?? true),
                        "contypid": .oid(type.userTypes[0].oid), "conislocal": .bool(true), "conbin": .text(item.text("expression")),
                        "confupdtype": .text(" "), "confdeltype": .text(" "), "confmatchtype": .text(" "),
                    ]))
            }
        }
        return rows
    }

    private func shown(_ constraint: Declaration.Constraint, of table: TableRelation) throws(SQLError) -> String? {
        guard let condition = constraint.expression else { return nil }
        return try ShownExpression(table, session, definitions).condition(condition) ?? condition
    }

    // MARK: Sequences, dependencies, comments

    func sequences(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        try definitions.sequences().map { sequence in
            relation.row([
                "seqrelid": .oid(sequence.oid), "seqtypid": .oid(sequence.type.oid), "seqstart": .int(sequence.start),
                "seqincrement": .int(sequence.increment), "seqmax": .int(sequence.maximum), "seqmin": .int(sequence.minimum),
                "seqcache": .int(sequence.cache), "seqcycle": .bool(sequence.cycles),
            ])
        }
    }

    func sequenceView(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        let states = SequenceStates.of(session.pando.catalog)
        return try definitions.sequences().map { sequence in
            let state = states.state(sequence)
            return relation.row([
                "schemaname": .text(sequence.schema), "sequencename": .text(sequence.name),
                "sequenceowner": .text(UserConfig.administrator),
                "data_type": .oid(sequence.type.oid), "start_value": .int(sequence.start), "min_value": .int(sequence.minimum),
                "max_value": .int(sequence.maximum), "increment_by": .int(sequence.increment), "cycle": .bool(sequence.cycles),
                "cache_size": .int(sequence.cache), "last_value": state.isCalled ? .int(state.last) : .null,
            ])
        }
    }

    /// A comment: the catalog that its object is in, the object, the column.
    func comments() throws(SQLError) -> [(catalog: Int64, oid: UInt32, column: Int64, text: String)] {
        var comments: [(catalog: Int64, oid: UInt32, column: Int64, text: String)] = []
        for schema in try schemas() { if let text = schema.comment { comments.append((2615, schema.oid, 0, text)) } }
        for table in try definitions.tables() {
            let declaration = table.declaration
            if let text = declaration.comment { comments.append((1259, table.oid, 0, text)) }
            for column in declaration.columns {
                if let text = column.comment { comments.append((1259, table.oid, Int64(column.number), text)) }
            }
            // The numbers of fields are those of the day, for which documents may have to be read.
            if let said = table.config.comments?[field: "fields"], said.count > 0 {
                for (place, field) in definitions.shownFields(of: table).enumerated() {
                    guard let text = said[field: field.name]?.string else { continue }
                    comments.append((1259, table.oid, Int64(declaration.lastNumber + place + 1), text))
                }
            }
            for constraint in declaration.constraints {
                if let text = constraint.comment { comments.append((2606, constraint.oid, 0, text)) }
            }
            for index in table.systemIndexes { if let text = index.comment { comments.append((1259, index.oid, 0, text)) } }
        }
        for view in try definitions.views() {
            if let text = view.comment { comments.append((1259, view.oid, 0, text)) }
            for (place, text) in view.columnComments.sorted(by: { $0.key < $1.key }) {
                comments.append((1259, view.oid, Int64(place + 1), text))
            }
        }
        for sequence in try definitions.sequences() {
            if let text = sequence.content[field: "comment"]?.string { comments.append((1259, sequence.oid, 0, text)) }
        }
        for type in try declaredTypes() {
            let id = type.content.text("id")
            if let text = type.content[field: "comment"]?.string { comments.append((1247, ObjectNumbers.of(id), 0, text)) }
            for constraint in type.content.array("constraints") {
                guard let text = constraint[field: "comment"]?.string else { continue }
                comments.append((2606, ObjectNumbers.of(id + constraint.text("name")), 0, text))
            }
        }
        return comments
    }

    func descriptions(_ relation: SystemRelation) throws(SQLError) -> [[SQLValue]] {
        try comments().map { comment in
            relation.row([
                "objoid": .oid(comment.oid), "classoid": .int(comment.catalog), "objsubid": .int(comment.column),
                "description": .text(comment.text),
            ])
        }
    }
}

extension TableRelation {
    /// What WITH (…) says of it in the table's declaration; NULL if that is nothing.
    fileprivate var shownOptions: SQLValue {
        guard config.declaration != nil else { return .null }
        return .options((declaration.isOpen ? ["open=true"] : []) + (declaration.hidesKey ? ["key=hidden"] : []))
    }
}

extension ViewRelation {
    /// What pg_dump makes WITH CHECK OPTION and WITH (…) of.
    fileprivate var shownOptions: SQLValue {
        let check: [String] =
            switch check {
            case .none: []
            case .local: ["check_option=local"]
            case .cascaded: ["check_option=cascaded"]
            }
        return .options(check + (isInvoker ? ["security_invoker=true"] : []))
    }
}

extension SQLValue {
    fileprivate static func options(_ options: [String]) -> SQLValue {
        options.isEmpty ? .null : .array(SQLArray(.text, options.map { .text($0) }))
    }
}

extension TableRelation {
    /// Whether a column has a value in every row: it is declared so, or of the primary key, or the key of documents.
    func takesNoNULL(_ column: Declaration.Column) -> Bool {
        column.isNotNull || declaration.primaryKey?.columns.contains(column.number) ?? false || column.name == config.primaryKey
    }
}
