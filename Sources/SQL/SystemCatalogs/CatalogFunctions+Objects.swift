import Catalog

/// Functions that say what an object of a catalog is called, and what information_schema tells of types.
extension CatalogFunctions {
    static func addObjects(to bodies: inout [String: SQLFunction.Body]) {
        bodies["pg_describe_object"] = .scalar { (arguments, context) throws(SQLError) in
            let found = try reader(context)?.identity(number(arguments[0]), number(arguments[1]), column: Int(arguments[2].int))
            return .optional(found?.description)
        }
        bodies["pg_identify_object"] = .set { (arguments, context) throws(SQLError) in
            let found = try reader(context)?.identity(number(arguments[0]), number(arguments[1]), column: Int(arguments[2].int))
            let fields = ["type", "schema", "name", "identity"].map { SQLRecord.Field($0, .text) }
            let values = [found?.kind, found?.schema, found?.name, found?.identity].map { SQLValue.optional($0) }
            return [.record(SQLRecord(fields: fields, values: values))]
        }
    }

    // MARK: Types

    static func addTypeMeasures(to bodies: inout [String: SQLFunction.Body]) {
        for (function, column) in [
            ("_pg_char_max_length", "character_maximum_length"), ("_pg_char_octet_length", "character_octet_length"),
            ("_pg_numeric_precision", "numeric_precision"), ("_pg_numeric_precision_radix", "numeric_precision_radix"),
            ("_pg_numeric_scale", "numeric_scale"), ("_pg_datetime_precision", "datetime_precision"),
        ] {
            bodies[function] = .scalar { arguments, _ in
                let type = SQLType(number(arguments[0]), modifier: Int32(truncatingIfNeeded: arguments[1].int))
                return SystemReader.measures(type)[column] ?? .null
            }
        }
        bodies["_pg_interval_type"] = .scalar { arguments, context in
            let type = SQLType(number(arguments[0]), modifier: Int32(truncatingIfNeeded: arguments[1].int))
            let words = TypeTable.format(type, context.session.types).split(separator: " ", maxSplits: 1)
            guard type.oid == SQLType.interval.oid, words.count == 2 else { return .null }
            return .text(words[1].split(separator: "(")[0].uppercased())
        }
    }
}

/// What an object is called where its catalog and its number are known.
struct ObjectIdentity {
    /// `table`, `index`, `type` and so on.
    let kind: String
    var schema: String?
    /// The name, if it is enough with the schema to tell the object from others of its kind.
    var name: String?
    /// The name with all that it takes to find it, the schema among it.
    var identity: String?
    /// For people: the kind, and the name as it has to be written here.
    var description: String?
}

extension SystemReader {
    /// - Parameter column: 0 for the object itself.
    func identity(_ catalog: UInt32, _ oid: UInt32, column: Int) throws(SQLError) -> ObjectIdentity? {
        switch catalog {
        case 1259: return try relationIdentity(oid, column: column)
        case 1247: return typeIdentity(oid)
        case 1255: return functionIdentity(oid)
        case 2606: return try constraintIdentity(oid)
        case 2615:
            return plain("schema", try schemas().first { $0.oid == oid }?.name)
        case 1260:
            return plain("role", try roleNames().first { Self.roleOID($0.name) == oid }?.name)
        case 1262:
            do throws(CatalogError) {
                return plain("database", try state.snapshot.databases().first { ObjectNumbers.of($0.id) == oid }?.name)
            } catch {
                throw SQLError(error)
            }
        default: return nil
        }
    }

    /// That of an object that is in no schema.
    private func plain(_ kind: String, _ name: String?) -> ObjectIdentity {
        guard let written = name.map(Quoting.identifier) else { return ObjectIdentity(kind: kind) }
        return ObjectIdentity(kind: kind, name: written, identity: written, description: "\(kind) \(written)")
    }

    private func relationIdentity(_ oid: UInt32, column: Int) throws(SQLError) -> ObjectIdentity {
        guard let relation = try shownRelation(oid) else { return ObjectIdentity(kind: "relation") }
        let schema = Quoting.identifier(relation.schema)
        let name = Quoting.identifier(relation.name)
        let isVisible = relation.schema != "pg_catalog" ? try isVisible(relation.schema, relation.name) : true
        let description = "\(relation.kind) " + (isVisible ? name : "\(schema).\(name)")
        guard column != 0 else {
            return ObjectIdentity(
                kind: relation.kind, schema: schema, name: name, identity: "\(schema).\(name)", description: description)
        }
        guard let text = relation.columns[column].map(Quoting.identifier) else { return ObjectIdentity(kind: relation.kind + " column") }
        return ObjectIdentity(
            kind: relation.kind + " column", schema: schema, name: name, identity: "\(schema).\(name).\(text)",
            description: "column \(text) of \(description)")
    }

    /// A relation with the names of its columns by their numbers.
    private func shownRelation(
        _ oid: UInt32
    ) throws(SQLError) -> (kind: String, schema: String, name: String, columns: [Int: String])? {
        func numbered(_ names: [String]) -> [Int: String] {
            Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.offset + 1, $0.element) })
        }
        if let system = SystemColumns.all.first(where: { $0.oid == oid }) {
            return (system.isView ? "view" : "table", system.schema, system.name, numbered(system.columns.map(\.name)))
        }
        for table in try definitions.tables() {
            if table.oid == oid {
                let columns = Dictionary(uniqueKeysWithValues: table.declaration.columns.map { ($0.number, $0.name) })
                return (table.isMaterialized ? "materialized view" : "table", table.schema, table.name, columns)
            }
            if let index = table.systemIndexes.first(where: { $0.oid == oid }) { return ("index", table.schema, index.name, [:]) }
        }
        if let view = try definitions.views().first(where: { $0.oid == oid }) {
            return ("view", view.schema, view.name, numbered(view.columns.map(\.name)))
        }
        guard let sequence = try definitions.sequences().first(where: { $0.oid == oid }) else { return nil }
        return ("sequence", sequence.schema, sequence.name, [:])
    }

    private func typeIdentity(_ oid: UInt32) -> ObjectIdentity {
        let type = SQLType(oid, modifier: -2)
        let shown = TypeTable.format(type, definitions)
        if let entry = TypeTable.entry(oid) {
            // The names that the grammar has for types are found in every schema.
            let element = SQLType(entry.isArray ? entry.elementOID : oid, modifier: -2)
            let word = TypeTable.format(element, definitions)
            let isWord = TypeTable.entry(element.oid)?.name != word || ["interval", "numeric"].contains(word)
            return ObjectIdentity(
                kind: "type", schema: "pg_catalog", name: Quoting.identifier(entry.name), identity: isWord ? shown : "pg_catalog." + shown,
                description: "type \(shown)")
        }
        guard let user = definitions.type(oid) else { return ObjectIdentity(kind: "type") }
        let (schema, name) = (Quoting.identifier(user.schema), Quoting.identifier(user.name))
        return ObjectIdentity(kind: "type", schema: schema, name: name, identity: "\(schema).\(name)", description: "type \(shown)")
    }

    private func functionIdentity(_ oid: UInt32) -> ObjectIdentity {
        guard let function = FunctionTable.function(oid), let written = ObjectNames.name(oid, as: .regprocedure, session) else {
            return ObjectIdentity(kind: "routine")
        }
        return ObjectIdentity(
            kind: function.isAggregate ? "aggregate" : "function", schema: "pg_catalog", identity: "pg_catalog." + written,
            description: "function \(written)")
    }

    private func constraintIdentity(_ oid: UInt32) throws(SQLError) -> ObjectIdentity {
        for table in try definitions.tables() {
            guard let constraint = table.declaration.constraints.first(where: { $0.oid == oid }) else { continue }
            let name = Quoting.identifier(constraint.name)
            let relation = try relationIdentity(table.oid, column: 0)
            return ObjectIdentity(
                kind: "table constraint", schema: relation.schema, identity: "\(name) on \(relation.identity ?? "")",
                description: "constraint \(name) on \(relation.description ?? "")")
        }
        return ObjectIdentity(kind: "constraint")
    }
}
