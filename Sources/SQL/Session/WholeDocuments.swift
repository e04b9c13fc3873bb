// `SELECT *` of one open table as doors of documents answer it: with the documents as they are. A field is no column, so `*` as columns would be
// what its documents happen to have.
extension Statement {
    /// The statement with `_doc` in place of `*`; nil if its select list, or RETURNING, is not the `*` of one open table.
    func answeringDocuments(_ isOpen: (QualifiedName) throws(SQLError) -> Bool) throws(SQLError) -> Statement? {
        switch self {
        case .query(var query):
            guard case .select(var select) = query.body, select.groupBy.isEmpty, select.having == nil, select.into == nil,
                select.from.count == 1, case .relation(let relation) = select.from[0],
                let star = Self.star(select.items, of: relation.alias?.name ?? relation.name.parts.last),
                !(relation.name.parts.count == 1 && Self.hasTable(query.with, relation.name.last)), try isOpen(relation.name)
            else { return nil }
            select.items = [star]
            query.body = .select(select)
            return .query(query)
        case .insert(var insert):
            guard let star = Self.star(insert.returning, of: insert.alias ?? insert.relation.parts.last), try isOpen(insert.relation) else {
                return nil
            }
            insert.returning = [star]
            return .insert(insert)
        case .update(var update):
            guard update.from.isEmpty, let star = Self.star(update.returning, update.target), try isOpen(update.target.name) else {
                return nil
            }
            update.returning = [star]
            return .update(update)
        case .delete(var delete):
            guard delete.using.isEmpty, let star = Self.star(delete.returning, delete.target), try isOpen(delete.target.name) else {
                return nil
            }
            delete.returning = [star]
            return .delete(delete)
        default: return nil
        }
    }

    private static func hasTable(_ with: With?, _ name: String) -> Bool { with?.tables.contains { $0.name.text == name } ?? false }

    private static func star(_ items: [SelectItem], _ relation: RelationSource) -> SelectItem? {
        star(items, of: relation.alias?.name ?? relation.name.parts.last)
    }

    /// `_doc`, if the list is `*` or `name.*` and nothing else.
    private static func star(_ items: [SelectItem], of name: Name?) -> SelectItem? {
        guard items.count == 1, case .column(var reference) = items[0].value, reference.isStar,
            reference.parts.isEmpty || reference.parts.count == 1 && reference.parts[0].text == name?.text
        else { return nil }
        reference.isStar = false
        reference.parts.append(Name("_doc", at: reference.position))
        return SelectItem(value: .column(reference), label: nil, position: items[0].position)
    }
}
