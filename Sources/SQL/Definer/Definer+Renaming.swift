import Catalog
import Ground

/// RENAME of relations, columns, constraints and indexes.
extension Definer {
    func rename(_ rename: Rename) throws(SQLError) -> StatementResult {
        let tag = "ALTER \(rename.object.kind.rawValue.uppercased())"
        let name = rename.object.name
        if rename.object.kind == .schema {
            try renameSchema(name.last, rename.newName.text)
            return done(tag)
        }
        if rename.object.kind == .type || rename.object.kind == .domain, case .object = rename.part {
            try renameType(rename.object, rename.newName)
            return done(tag)
        }
        if rename.object.kind == .role { return try renameRole(name.last, to: rename.newName.text) }
        if rename.object.kind == .domain, case .constraint(let constraint) = rename.part {
            return try renameConstraint(constraint, of: name, to: rename.newName)
        }
        if rename.object.kind == .database { return try renameDatabase(name.last, to: rename.newName.text) }
        if rename.object.kind == .type, case .attribute(let attribute) = rename.part {
            try renameAttribute(attribute, of: name, to: rename.newName)
            return done(tag)
        }
        if rename.object.kind == .type || rename.object.kind == .domain {
            throw SQLError(.featureNotSupported, "renaming a \(rename.object.kind.rawValue) is not supported yet")
        }
        // ALTER TABLE … RENAME TO takes any relation, an index among them.
        var mayBeIndex = rename.object.kind == .index
        if rename.object.kind == .table, rename.part.isObject { mayBeIndex = try definitions.relation(name) == nil }
        if mayBeIndex, let table = try table(ofIndexNamed: name, definitions) {
            try requireFree(rename.newName.text, table.schema)
            try checkLength(rename.newName.text)
            var declaration = table.declaration
            if let index = declaration.indexes.firstIndex(where: { $0.name == name.last }) {
                declaration.indexes[index].name = rename.newName.text
            }
            if let index = declaration.constraints.firstIndex(where: { $0.name == name.last }) {
                declaration.constraints[index].name = rename.newName.text
            }
            try redeclare(table, declaration)
            return done(tag)
        }
        guard let relation = try definitions.relation(name) else {
            try requireNoComposite(name)
            guard rename.ifExists else { throw definitions.missing(name) }
            session.notice("relation \"\(name.last)\" does not exist, skipping")
            return done(tag)
        }
        if rename.part.isObject, [.view, .sequence, .materializedView].contains(rename.object.kind) {
            switch (relation, rename.object.kind) {
            case (.view, .view), (.sequence, .sequence): break
            case (.table(let table), .materializedView) where table.isMaterialized: break
            default: throw error("42809", "\"\(name.last)\" is not a \(rename.object.kind.rawValue)")
            }
        }
        switch (relation, rename.part) {
        case (.table(let table), _) where rename.object.kind == .cell && !table.declaration.isCellGroup:
            throw error("42809", "\"\(table.name)\" is not a cell group")
        case (.table(let table), .object) where table.declaration.isCellGroup: try renameGroup(table, to: rename.newName)
        case (.table(let table), .object):
            try requireFree(rename.newName.text, table.schema)
            try checkName(rename.newName.text)
            try self.rename(table, to: rename.newName.text)
        case (.table(let table), .column(let column)):
            try renameColumn(table, column, rename.newName)
            if table.declaration.isCellGroup { try renameKey(of: table) }
        case (.table(let table), .constraint(let constraint)):
            var declaration = table.declaration
            guard let index = declaration.constraints.firstIndex(where: { $0.name == constraint.text }) else {
                throw error("42704", "constraint \"\(constraint.text)\" for table \"\(table.name)\" does not exist")
            }
            try checkLength(rename.newName.text)
            if declaration.constraints.contains(where: { $0.name == rename.newName.text }) {
                throw error("42710", "constraint \"\(rename.newName.text)\" for relation \"\(table.name)\" already exists")
            }
            // It is the name of an index, too.
            if [.primary, .unique].contains(declaration.constraints[index].kind) { try requireFree(rename.newName.text, table.schema) }
            declaration.constraints[index].name = rename.newName.text
            try redeclare(table, declaration)
        case (.sequence(let sequence), .object):
            try requireFree(rename.newName.text, sequence.schema)
            try checkName(rename.newName.text)
            try put("sequence", sequence.key, nil, isTemporary: sequence.isTemporary)
            try put(
                "sequence", Definitions.key(sequence.schema, rename.newName.text), sequence.content, isTemporary: sequence.isTemporary)
            try retarget(sequence, sequence.schema, rename.newName.text)
        case (.view(let view), .object):
            try requireFree(rename.newName.text, view.schema)
            try checkName(rename.newName.text)
            let key = Definitions.key(view.schema, view.name)
            guard let (snapshot, database) = definitions.state.place(isTemporary: view.isTemporary),
                let content = try definitions.reading({ () throws(CatalogError) in try snapshot.object("view", key, in: database) })
            else { return done(tag) }
            let readers = try renamed(view.id, to: view.schema, rename.newName.text, try dependents(of: view.id, definitions))
            try put("view", key, nil, isTemporary: view.isTemporary)
            try put("view", Definitions.key(view.schema, rename.newName.text), content, isTemporary: view.isTemporary)
            let rewriter = QualifiedRewriter(schema: view.schema, name: view.name, newSchema: view.schema, newName: rename.newName.text)
            let names = NewNames(id: view.id, schema: view.schema, name: rename.newName.text)
            try store(readers, shown(.view(view)), names, short: rewriter.text)
        case (.view(let view), .column(let column)):
            guard let index = view.columns.firstIndex(where: { $0.name == column.text }) else {
                throw error("42703", "column \"\(column.text)\" does not exist")
            }
            guard !view.columns.contains(where: { $0.name == rename.newName.text }) else {
                throw error("42701", "column \"\(rename.newName.text)\" of relation \"\(view.name)\" already exists")
            }
            let readers = try renamed(
                column.text, to: rename.newName.text, of: view.id, try dependents(of: view.id, definitions))
            let columns = view.columns.enumerated().map { place, field in
                Datum.fields([
                    ("name", Datum(place == index ? rename.newName.text : field.name)), ("type", Datum(Int(field.type.oid))),
                    ("modifier", Datum(Int(field.type.modifier))),
                ])
            }
            try changeObject(
                "view", Definitions.key(view.schema, view.name), "columns", Datum(elements: columns), isTemporary: view.isTemporary)
            let names = NewNames(id: view.id, schema: view.schema, name: view.name, columns: [column.text: rename.newName.text])
            try store(readers, "column \(column.text) of \(shown(.view(view)))", names)
        default: throw SQLError(.featureNotSupported, "this RENAME is not supported yet")
        }
        return done(tag)
    }

    func rename(_ table: TableRelation, to newName: String) throws(SQLError) {
        let readers = try renamed(table.config.id, to: table.schema, newName, try dependents(of: table.config.id, definitions))
        try redeclare(table, table.declaration, name: Definitions.key(table.schema, newName))
        let rewriter = QualifiedRewriter(schema: table.schema, name: table.name, newSchema: table.schema, newName: newName)
        let names = NewNames(id: table.config.id, schema: table.schema, name: newName)
        try store(readers, shown(.table(table)), names, short: rewriter.text)
    }

    private func renameColumn(_ table: TableRelation, _ column: Name, _ newName: Name) throws(SQLError) {
        var declaration = table.declaration
        guard let index = declaration.columns.firstIndex(where: { $0.name == column.text }) else {
            throw error("42703", "column \"\(column.text)\" does not exist")
        }
        guard declaration.column(named: newName.text) == nil else {
            throw error("42701", "column \"\(newName.text)\" of relation \"\(table.name)\" already exists")
        }
        try checkLength(newName.text)
        declaration.columns[index].name = newName.text
        let rewrite = { (text: String) in self.renamed(column.text, to: newName.text, in: text, of: table) }
        for place in declaration.constraints.indices {
            declaration.constraints[place].expression = declaration.constraints[place].expression.map(rewrite)
        }
        for place in declaration.columns.indices {
            declaration.columns[place].generated = declaration.columns[place].generated.map(rewrite)
        }
        for place in declaration.indexes.indices {
            declaration.indexes[place].elements = declaration.indexes[place].elements.map(rewrite)
            declaration.indexes[place].included = declaration.indexes[place].included.map(rewrite)
            declaration.indexes[place].predicate = declaration.indexes[place].predicate.map(rewrite)
        }
        let readers = try renamed(
            column.text, to: newName.text, of: table.config.id, try dependents(of: table.config.id, definitions))
        try restore(table, declaration) { (row) throws(SQLError) in row.map { Optional($0) } }
        let names = NewNames(id: table.config.id, schema: table.schema, name: table.name, columns: [column.text: newName.text])
        try store(readers, "column \(column.text) of \(shown(.table(table)))", names)
    }
}

/// A column's new name in the texts of a declaration.
struct ColumnRenamer {
    let from: String
    let to: String

    func text(_ text: String) -> String {
        guard var parser = try? Parser(SourceText(text)) else { return text }
        var result: [UInt8] = []
        var end = 0
        while !parser.at(.endOfInput) {
            let range = parser.token.range
            result += parser.source.bytes[end..<range.lowerBound]
            let word = Array(parser.source.bytes[range])
            let name = String(decoding: word, as: UTF8.self)
            let isName = parser.token.isColumnName && (name.hasPrefix("\"") ? String(name.dropFirst().dropLast()) : name) == from
            result += isName ? Array(Quoting.identifier(to).utf8) : word
            end = range.upperBound
            guard (try? parser.advance()) != nil else { return text }
        }
        result += parser.source.bytes[end..<parser.source.count]
        return String(decoding: result, as: UTF8.self)
    }
}
