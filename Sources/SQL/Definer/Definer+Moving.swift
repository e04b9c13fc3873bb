import Catalog

/// SET SCHEMA, and what follows a new name: texts of views and defaults that use it.
extension Definer {
    func setSchema(_ object: ObjectReference, _ ifExists: Bool, _ schema: Name) throws(SQLError) -> StatementResult {
        let tag = "ALTER \(object.kind.rawValue.uppercased())"
        if object.kind == .type || object.kind == .domain { return try moveType(object, schema, tag) }
        guard let relation = try definitions.relation(object.name) else {
            guard ifExists else { throw definitions.missing(object.name) }
            session.notice("relation \"\(object.name.last)\" does not exist, skipping")
            return done(tag)
        }
        try requireUsable(schema.text)
        func requireFree(_ name: String) throws(SQLError) {
            guard try !isTaken(name, schema.text) else {
                throw error("42P07", "relation \"\(name)\" already exists in schema \"\(schema.text)\"")
            }
            claim(name, schema.text)
        }
        switch relation {
        case .table(let table):
            guard !table.isTemporary else { throw SQLError(.featureNotSupported, "cannot move objects into or out of temporary schemas") }
            if table.schema == schema.text { return done(tag) }
            let group = try definitions.group(ofSchema: schema.text)
            if group != nil || table.hasCells || table.declaration.isCellGroup {
                throw SQLError(.featureNotSupported, "cannot move tables into or out of a cell group")
            }
            try requireFree(table.name)
            let keys = table.declaration.constraints.filter { $0.kind == .primary || $0.kind == .unique }.map(\.name)
            for name in keys + table.declaration.indexes.map(\.name) { try requireFree(name) }
            for sequence in try definitions.sequences() where Self.owns(sequence, table) { try requireFree(sequence.name) }
            try move(table, to: schema.text)
        case .view(let view):
            if view.schema == schema.text { return done(tag) }
            try requireFree(view.name)
            let readers = try renamed(view.id, to: schema.text, view.name, try dependents(of: view.id, definitions))
            try move("view", view.schema, view.name, to: schema.text)
            let rewriter = QualifiedRewriter(schema: view.schema, name: view.name, newSchema: schema.text, newName: view.name)
            let names = NewNames(id: view.id, schema: schema.text, name: view.name)
            try store(readers, shown(.view(view)), names, short: rewriter.text)
        case .sequence(let sequence):
            if sequence.schema == schema.text { return done(tag) }
            guard sequence.content[field: "owner_table"] == nil else {
                throw SQLError(.featureNotSupported, "cannot move an owned sequence into another schema")
            }
            try requireFree(sequence.name)
            try move("sequence", sequence.schema, sequence.name, to: schema.text)
            try retarget(sequence, schema.text, sequence.name)
        default: throw error("42809", "\"\(object.name.last)\" is not a \(object.kind.rawValue)")
        }
        return done(tag)
    }

    private func requireUsable(_ schema: String) throws(SQLError) {
        guard definitions.hasSchema(schema) else { throw error("3F000", "schema \"\(schema)\" does not exist") }
        if ["pg_temp", "pg_catalog", "information_schema"].contains(schema) {
            throw SQLError(.featureNotSupported, "objects cannot be moved into schema \"\(schema)\"")
        }
    }

    /// Under the same name in another schema, with the sequences of its columns.
    private func move(_ table: TableRelation, to schema: String) throws(SQLError) {
        var declaration = table.declaration
        var moved: Set<String> = []
        for sequence in try definitions.sequences() where Self.owns(sequence, table) {
            moved.insert(sequence.id)
            try move("sequence", table.schema, sequence.name, to: schema)
            try retarget(sequence, schema, sequence.name, besides: table.config.id, withTexts: false)
        }
        // Its own find those that move with it, and those that stay.
        for index in declaration.columns.indices {
            try retarget(&declaration.columns[index], of: table, in: schema) { (moved.contains($0.id) ? schema : $0.schema, $0.name) }
        }
        let readers = try renamed(table.config.id, to: schema, table.name, try dependents(of: table.config.id, definitions))
        try redeclare(table, declaration, name: Definitions.key(schema, table.name))
        let rewriter = QualifiedRewriter(schema: table.schema, name: table.name, newSchema: schema, newName: table.name)
        let names = NewNames(id: table.config.id, schema: schema, name: table.name)
        try store(readers, shown(.table(table)), names, short: rewriter.text)
        try retargetTexts { moved.contains($0.id) ? (schema, $0.name) : nil }
    }

    func move(_ kind: String, _ schema: String, _ name: String, to newSchema: String, as newName: String? = nil) throws(SQLError) {
        let key = Definitions.key(schema, name)
        guard let content = try content(kind, key, isTemporary: false) else { return }
        try put(kind, key, nil, isTemporary: false)
        try put(kind, Definitions.key(newSchema, newName ?? name), content, isTemporary: false)
    }

    private func moveType(_ object: ObjectReference, _ schema: Name, _ tag: String) throws(SQLError) -> StatementResult {
        let old = object.name.parts.count > 1 ? object.name.parts[object.name.parts.count - 2].text : nil
        guard let type = definitions.type(named: object.name.last, schema: old) else {
            throw definitions.missing(object.name, "type")
        }
        try requireUsable(schema.text)
        if type.schema == schema.text { return done(tag) }
        guard definitions.type(named: type.name, schema: schema.text) == nil else {
            throw error("42710", "type \"\(type.name)\" already exists in schema \"\(schema.text)\"")
        }
        try renameTypes([type.oid: (schema.text, type.name)])
        try move("type", type.schema, type.name, to: schema.text)
        return done(tag)
    }

    // MARK: - What follows a name

    /// Defaults that take values of a sequence go on with it under its new name.
    func retarget(
        _ sequence: SequenceRelation, _ newSchema: String, _ newName: String, besides id: String? = nil, withTexts: Bool = true
    ) throws(SQLError) {
        for table in try refreshed().tables() where table.config.id != id {
            var declaration = table.declaration
            var isChanged = false
            for index in declaration.columns.indices {
                if table.schema == sequence.schema, declaration.columns[index].sequence == sequence.name {
                    declaration.columns[index].sequence = newName
                    isChanged = true
                }
                let before = declaration.columns[index].defaultText
                try retarget(&declaration.columns[index], of: table) { $0.id == sequence.id ? (newSchema, newName) : nil }
                if declaration.columns[index].defaultText != before { isChanged = true }
            }
            if isChanged { try redeclare(table, declaration) }
        }
        if withTexts { try retargetTexts { $0.id == sequence.id ? (newSchema, newName) : nil } }
    }

    /// Views, and materialized ones.
    private func queries(_ definitions: Definitions) throws(SQLError) -> [Dependent] {
        var all: [Dependent] = try definitions.views().map { Dependent.view($0) }
        for table in try definitions.tables() where table.declaration.query != nil { all.append(.table(table)) }
        return all
    }

    /// Those of them that take values of a sequence.
    func queries(using sequence: SequenceRelation, _ definitions: Definitions) throws(SQLError) -> [Dependent] {
        var using: [Dependent] = []
        for dependent in try queries(definitions) {
            guard let (text, path, isTemporary) = Self.query(of: dependent) else { continue }
            for place in SequenceNames.places(in: text) {
                let found = try definitions.sequence(place.name, in: path, hidesTemporary: !isTemporary)
                guard let found, found.id == sequence.id else { continue }
                using.append(dependent)
                break
            }
        }
        return using
    }

    /// Puts new names of sequences into views, the defaults of their columns, and those of domains.
    private func retargetTexts(_ replacement: (SequenceRelation) -> (schema: String, name: String)?) throws(SQLError) {
        let definitions = definitions
        func retargeted(_ text: String, in schema: String) throws(SQLError) -> String {
            try SequenceNames.replacing(in: text) { (name) throws(SQLError) in
                guard let found = try definitions.sequence(name, ofTablesIn: schema) else { return nil }
                return replacement(found).map { SequenceNames.qualified($0.schema, $0.name) }
            }
        }
        for view in try refreshed().views() where !view.defaults.isEmpty {
            var defaults = view.defaults
            for (place, text) in view.defaults { defaults[place] = try retargeted(text, in: view.schema) }
            guard defaults != view.defaults else { continue }
            let key = Definitions.key(view.schema, view.name)
            try changeObject("view", key, "defaults", ViewRelation.stored(defaults), isTemporary: view.isTemporary)
        }
        for dependent in try queries(try refreshed()) {
            guard let (text, path, isTemporary) = Self.query(of: dependent) else { continue }
            let changed = try SequenceNames.replacing(in: text) { (name) throws(SQLError) in
                guard let found = try definitions.sequence(name, in: path, hidesTemporary: !isTemporary) else { return nil }
                return replacement(found).map { SequenceNames.qualified($0.schema, $0.name) }
            }
            if changed != text { try rewriteViews([dependent]) { _ in changed } }
        }
        for type in definitions.declaredTypes() {
            let key = Definitions.key(type.schema, type.name)
            guard case .domain = type.kind, let text = try content("type", key, isTemporary: false)?[field: "default"]?.string else {
                continue
            }
            let changed = try retargeted(text, in: type.schema)
            if changed != text { try changeObject("type", key, "default", Datum(changed), isTemporary: false) }
        }
    }

    /// The text of a default that isn't a table's own, in which sequences have their schema: whoever takes it may have any path.
    func bound(_ expression: Expression) throws(SQLError) -> String {
        try SequenceNames.replacing(in: Printer.text(expression)) { (name) throws(SQLError) in
            guard case .sequence(let found)? = try definitions.relation(name), !found.isTemporary else { return nil }
            return SequenceNames.qualified(found.schema, found.name)
        }
    }

    /// Puts new names of sequences into a column's DEFAULT. What the names in it mean is looked up as it was before the statement.
    private func retarget(
        _ column: inout Declaration.Column, of table: TableRelation, in newSchema: String? = nil,
        _ replacement: (SequenceRelation) -> (schema: String, name: String)?
    ) throws(SQLError) {
        guard let text = column.defaultText else { return }
        let definitions = definitions
        column.defaultText = try SequenceNames.replacing(in: text) { (name) throws(SQLError) in
            guard let found = try definitions.sequence(name, ofTablesIn: table.schema), let (schema, name) = replacement(found) else {
                return nil
            }
            let isPlain = schema == "public" && (newSchema ?? table.schema) == "public"
            return isPlain ? Quoting.identifier(name) : SequenceNames.qualified(schema, name)
        }
    }

    /// Views and materialized views that read a relation go on reading it under its new name.
    func rewriteViews(_ dependents: [Dependent], _ rewrite: (String) -> String) throws(SQLError) {
        for dependent in dependents {
            switch dependent {
            case .view(let view):
                try changeObject(
                    "view", Definitions.key(view.schema, view.name), "query", Datum(rewrite(view.query)), isTemporary: view.isTemporary)
            case .table(let table):
                guard let current = try refreshed().table(id: table.config.id) else { continue }
                var declaration = current.declaration
                declaration.query = declaration.query.map(rewrite)
                try redeclare(current, declaration)
            }
        }
    }

    // MARK: - Schemas and types

    func renameSchema(_ name: String, _ newName: String) throws(SQLError) {
        guard definitions.hasSchema(name) else { throw error("3F000", "schema \"\(name)\" does not exist") }
        if ["public", "pg_catalog", "information_schema", "pg_temp"].contains(name) {
            throw SQLError(.featureNotSupported, "schema \"\(name)\" cannot be renamed")
        }
        try checkName(newName)
        if newName.hasPrefix("pg_") { throw error("42939", "unacceptable schema name \"\(newName)\"") }
        if definitions.hasSchema(newName) { throw error("42P06", "schema \"\(newName)\" already exists") }
        if try definitions.group(ofSchema: name) != nil {
            throw error("42809", "schema \"\(name)\" is that of a cell group", hint: "Use ALTER CELL … RENAME TO.")
        }
        try moveSchema(name, newName)
    }

    /// Gives a schema, and with it all that is in it, another name.
    func moveSchema(_ name: String, _ newName: String) throws(SQLError) {
        guard let schema = try content("schema", name, isTemporary: false) else { return }
        try put("schema", newName, schema, isTemporary: false)
        var types: [UInt32: (schema: String, name: String)] = [:]
        for type in definitions.declaredTypes() where type.schema == name { types[type.oid] = (newName, type.name) }
        try renameTypes(types)
        for table in try refreshed().tables() {
            var declaration = table.declaration
            for index in declaration.columns.indices {
                try retarget(&declaration.columns[index], of: table) { $0.schema == name ? (newName, $0.name) : nil }
            }
            let isWithin = table.schema == name
            guard isWithin || declaration.datum != table.declaration.datum else { continue }
            try redeclare(table, declaration, name: isWithin ? Definitions.key(newName, table.name) : nil)
        }
        try retargetTexts { $0.schema == name ? (newName, $0.name) : nil }
        for view in try definitions.views() where view.schema == name { try move("view", name, view.name, to: newName) }
        for sequence in try definitions.sequences() where sequence.schema == name { try move("sequence", name, sequence.name, to: newName) }
        for type in definitions.declaredTypes() where type.schema == name { try move("type", name, type.name, to: newName) }
        try put("schema", name, nil, isTemporary: false)
        // Texts that name the schema, and paths that have it.
        let rewriter = QualifiedRewriter(schema: name, name: nil, newSchema: newName, newName: nil)
        for view in try refreshed().views() {
            let key = Definitions.key(view.schema, view.name)
            try changeObject("view", key, "query", Datum(rewriter.text(view.query)), isTemporary: view.isTemporary)
            if let path = view.path {
                try changeObject("view", key, "path", .strings(path.map { $0 == name ? newName : $0 }), isTemporary: view.isTemporary)
            }
        }
        for table in try refreshed().tables() {
            guard let query = table.declaration.query else { continue }
            var declaration = table.declaration
            declaration.query = rewriter.text(query)
            declaration.queryPath = declaration.queryPath?.map { $0 == name ? newName : $0 }
            try redeclare(table, declaration)
        }
    }

    func renameType(_ object: ObjectReference, _ newName: Name) throws(SQLError) {
        let schema = object.name.parts.count > 1 ? object.name.parts[object.name.parts.count - 2].text : nil
        guard let type = definitions.type(named: object.name.last, schema: schema) else {
            if try isRowType(object.name) {
                let isDomain = object.kind == .domain
                throw error("42809", isDomain ? "\(object.name.last) is not a domain" : "\(object.name.last) is a table's row type")
            }
            throw definitions.missing(object.name, "type")
        }
        if object.kind == .domain {
            guard case .domain = type.kind else { throw error("42809", "\(object.name.last) is not a domain") }
        }
        guard definitions.type(named: newName.text, schema: type.schema) == nil else {
            throw error("42710", "type \"\(newName.text)\" already exists")
        }
        try renameTypes([type.oid: (type.schema, newName.text)])
        try move("type", type.schema, type.name, to: type.schema, as: newName.text)
    }
}

/// The new name of a relation, or of a schema, in SQL texts.
struct QualifiedRewriter {
    let schema: String
    /// Nil: every name of the schema.
    let name: String?
    let newSchema: String
    let newName: String?

    func text(_ text: String) -> String {
        guard var parser = try? Parser(SourceText(text)) else { return text }
        var words: [(text: String, name: String?, gap: String)] = []
        var end = 0
        while !parser.at(.endOfInput) {
            let range = parser.token.range
            let word = String(decoding: parser.source.bytes[range], as: UTF8.self)
            let isName = parser.token.isColumnName
            let plain = word.hasPrefix("\"") ? String(word.dropFirst().dropLast()) : word
            words.append((word, isName ? plain : nil, String(decoding: parser.source.bytes[end..<range.lowerBound], as: UTF8.self)))
            end = range.upperBound
            guard (try? parser.advance()) != nil else { return text }
        }
        var result = ""
        var index = 0
        while index < words.count {
            let word = words[index]
            result += word.gap
            let isQualifier = index + 1 < words.count && words[index + 1].text == "."
            let isQualified = index > 0 && words[index - 1].text == "."
            if word.name == schema, isQualifier, !isQualified, name == nil || (index + 2 < words.count && words[index + 2].name == name) {
                result += Quoting.identifier(newSchema)
                if let newName {
                    result += "." + Quoting.identifier(newName)
                    index += 2
                }
            } else if let name, word.name == name, !isQualified {
                // `t.a` keeps the name alone; in FROM it has its schema now.
                result +=
                    (newSchema == schema || isQualifier ? "" : Quoting.identifier(newSchema) + ".") + Quoting.identifier(newName ?? name)
            } else {
                result += word.text
            }
            index += 1
        }
        return result + String(decoding: parser.source.bytes[end..<parser.source.count], as: UTF8.self)
    }
}
