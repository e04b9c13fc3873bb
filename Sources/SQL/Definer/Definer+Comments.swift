import Catalog

/// COMMENT: texts that are kept with what they are about.
extension Definer {
    func comment(_ object: ObjectReference, _ text: String?) throws(SQLError) -> StatementResult {
        let comment = text.flatMap { $0.isEmpty ? nil : $0 }
        switch object.kind {
        case .table, .view, .sequence, .materializedView, .column, .index: try commentRelation(object, comment)
        case .constraint: try commentConstraint(object, comment)
        case .schema:
            let name = object.name.last
            guard definitions.hasSchema(name) else { throw error("3F000", "schema \"\(name)\" does not exist") }
            if name == "public" {
                try commentPublicSchema(comment)
            } else {
                try changeObject("schema", name, "comment", comment.map { Datum($0) }, isTemporary: false)
            }
        case .type, .domain:
            let schema = object.name.parts.count > 1 ? object.name.parts[object.name.parts.count - 2].text : nil
            guard let type = definitions.type(named: object.name.last, schema: schema) else {
                throw definitions.missing(object.name, "type")
            }
            if object.kind == .domain {
                guard case .domain = type.kind else { throw error("42809", "\"\(object.name.text)\" is not a domain") }
            }
            try changeObject("type", Definitions.key(type.schema, type.name), "comment", comment.map { Datum($0) }, isTemporary: false)
        case .domainConstraint: try commentDomainConstraint(object, comment)
        case .database:
            try commentDatabase(object.name.last, comment)
        // There are none.
        case .statistics: throw error("42704", "statistics object \"\(object.name.text)\" does not exist")
        case .role:
            guard try isThere(object.name.last) else { throw noRole(object.name.last) }
        case .extension, .collation, .cell, .tablespace: break
        }
        return done("COMMENT")
    }

    /// Changes a field of what is kept of a view, sequence, schema or type.
    func changeObject(_ kind: String, _ key: String, _ field: String, _ value: Datum?, isTemporary: Bool) throws(SQLError) {
        guard let content = try content(kind, key, isTemporary: isTemporary) else { return }
        try put(kind, key, try changed(content, [(field, value)]), isTemporary: isTemporary)
    }

    func content(_ kind: String, _ key: String, isTemporary: Bool) throws(SQLError) -> Datum? {
        let definitions = try refreshed()
        guard let (snapshot, database) = definitions.state.place(isTemporary: isTemporary) else { return nil }
        return try definitions.reading { () throws(CatalogError) in try snapshot.object(kind, key, in: database) }
    }

    private func commentRelation(_ object: ObjectReference, _ comment: String?) throws(SQLError) {
        if object.kind == .index {
            guard let table = try table(ofIndexNamed: object.name, definitions) else {
                guard try definitions.relation(object.name) == nil else { throw error("42809", "\"\(object.name.last)\" is not an index") }
                throw definitions.missing(object.name)
            }
            var declaration = table.declaration
            if let index = declaration.indexes.firstIndex(where: { $0.name == object.name.last }) {
                declaration.indexes[index].comment = comment
            } else if let constraint = declaration.constraints.firstIndex(where: {
                ($0.kind == .primary || $0.kind == .unique) && $0.name == object.name.last
            }) {
                declaration.constraints[constraint].indexComment = comment
            }
            return try redeclare(table, declaration)
        }
        guard let relation = try definitions.relation(object.name) else {
            throw definitions.missing(object.name)
        }
        func wrong() -> SQLError { error("42809", "\"\(object.name.last)\" is not a \(object.kind.rawValue)") }
        switch relation {
        case .table(let table):
            var declaration = table.declaration
            if object.kind == .column {
                let column = declaration.columns.firstIndex { $0.name == object.part?.text }
                guard let column, table.config.declaration != nil else { return try commentField(object.part, of: table, comment) }
                declaration.columns[column].comment = comment
            } else {
                guard object.kind == (declaration.query == nil ? .table : .materializedView) else { throw wrong() }
                if table.config.declaration == nil { return try keep(comment, of: table) }
                declaration.comment = comment
            }
            try redeclare(table, declaration)
        case .view(let view):
            if object.kind == .column {
                guard let place = view.columns.firstIndex(where: { $0.name == object.part?.text }) else {
                    throw error("42703", "column \"\(object.part?.text ?? "")\" of relation \"\(view.name)\" does not exist")
                }
                var comments = view.columnComments
                comments[place] = comment
                return try changeObject(
                    "view", Definitions.key(view.schema, view.name), "column_comments", ViewRelation.stored(comments),
                    isTemporary: view.isTemporary)
            }
            guard object.kind == .view else { throw wrong() }
            try changeObject(
                "view", Definitions.key(view.schema, view.name), "comment", comment.map { Datum($0) }, isTemporary: view.isTemporary)
        case .sequence(let sequence):
            guard object.kind == .sequence else { throw wrong() }
            try changeObject("sequence", sequence.key, "comment", comment.map { Datum($0) }, isTemporary: sequence.isTemporary)
        default: throw wrong()
        }
    }

    /// What is said of a field that is no column.
    private func commentField(_ name: Name?, of table: TableRelation, _ comment: String?) throws(SQLError) {
        let field = name?.written ?? name?.text ?? ""
        let hidden = table.rangeColumns.dropFirst(table.declaration.columns.count)
        guard table.declaration.isOpen, !hidden.contains(where: { $0.name == field }) else {
            throw error("42703", "column \"\(field)\" of relation \"\(table.name)\" does not exist")
        }
        if comment != nil { try definitions.warn(of: field, in: table) }
        try keep(comment, of: table, field)
    }

    /// Keeps what is said of a table that declares nothing, or of a field, beside what is declared.
    func keep(_ comment: String?, of table: TableRelation, _ field: String? = nil) throws(SQLError) {
        var comments = table.config.comments ?? .emptyObject
        let text = comment.map { Datum($0) }
        if let field {
            let fields = try changed(comments[field: "fields"] ?? .emptyObject, [(field, text)])
            comments = try changed(comments, [("fields", fields.count == 0 ? nil : fields)])
        } else {
            comments = try changed(comments, [("table", text)])
        }
        var change = TableChange()
        change.comments = .some(comments.count == 0 ? nil : comments)
        try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            _ = try transaction.change(table.config, change)
        }
    }

    private func commentConstraint(_ object: ObjectReference, _ comment: String?) throws(SQLError) {
        guard case .table(let table)? = try definitions.relation(object.name) else {
            throw definitions.missing(object.name)
        }
        var declaration = table.declaration
        guard let index = declaration.constraints.firstIndex(where: { $0.name == object.part?.text }) else {
            throw error("42704", "constraint \"\(object.part?.text ?? "")\" for table \"\(table.name)\" does not exist")
        }
        declaration.constraints[index].comment = comment
        try redeclare(table, declaration)
    }

    private func commentDomainConstraint(_ object: ObjectReference, _ comment: String?) throws(SQLError) {
        let schema = object.name.parts.count > 1 ? object.name.parts[object.name.parts.count - 2].text : nil
        guard let type = definitions.type(named: object.name.last, schema: schema) else {
            throw definitions.missing(object.name, "type")
        }
        let key = Definitions.key(type.schema, type.name)
        var constraints = try content("type", key, isTemporary: false)?.array("constraints") ?? []
        guard let index = constraints.firstIndex(where: { $0.text("name") == object.part?.text }) else {
            throw error("42704", "constraint \"\(object.part?.text ?? "")\" for domain \(type.name) does not exist")
        }
        constraints[index] = try changed(constraints[index], [("comment", comment.map { Datum($0) })])
        try changeObject("type", key, "constraints", Datum(elements: constraints), isTemporary: false)
    }

    /// The table of an index, which is looked for in the schemas of the path unless one is named.
    func table(ofIndexNamed name: QualifiedName, _ definitions: Definitions) throws(SQLError) -> TableRelation? {
        if name.parts.count > 1 { return try definitions.table(ofIndex: name.last, schema: name.parts[name.parts.count - 2].text) }
        for schema in ["pg_temp"] + definitions.searchPath {
            if let table = try definitions.table(ofIndex: name.last, schema: schema) { return table }
        }
        return nil
    }
}
