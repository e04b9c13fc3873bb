import Catalog
import Ground

/// Enums.
extension Definer {
    /// Throws `42710` if there is a type of the name, or a relation, which has a type of its name.
    func requireFreeType(_ name: String, _ schema: String) throws(SQLError) {
        let relation = try definitions.relation(named: name, schema: schema)
        guard definitions.type(named: name, schema: schema) == nil, relation.map({ Definitions.rowTypes(of: $0).isEmpty }) ?? true else {
            throw error("42710", "type \"\(name)\" already exists")
        }
    }

    func create(_ name: QualifiedName, _ type: CreateType) throws(SQLError) -> StatementResult {
        let labels: [String]
        switch type {
        case .enumeration(let given): labels = given
        case .composite(let columns): return try create(name, columns)
        case .shell: throw SQLError(.featureNotSupported, "types that are yet to be defined are not supported")
        }
        let (schema, key, _) = try place(name, .permanent)
        try requireFreeType(name.last, schema)
        var seen: Set<String> = []
        for label in labels {
            guard label.utf8.count <= 63 else { throw error("42602", "invalid enum label \"\(label)\"") }
            guard seen.insert(label).inserted else {
                throw error("23505", "duplicate key value violates unique constraint \"pg_enum_typid_label_index\"")
            }
        }
        try put(
            "type", key, Datum.fields([("id", Datum(UUID.random().description)), ("kind", "enum"), ("labels", .strings(labels))]),
            isTemporary: false)
        return done("CREATE TYPE")
    }

    func alter(_ change: AlterEnum) throws(SQLError) -> StatementResult {
        let schema = change.name.parts.count > 1 ? change.name.parts[change.name.parts.count - 2].text : nil
        guard let type = definitions.type(named: change.name.last, schema: schema) else {
            throw definitions.missing(change.name, "type")
        }
        guard case .enum(var labels) = type.kind, let (snapshot, database) = definitions.state.place(isTemporary: false) else {
            throw error("42809", "\(change.name.last) is not an enum")
        }
        let key = Definitions.key(type.schema, type.name)
        guard let content = try definitions.reading({ () throws(CatalogError) in try snapshot.object("type", key, in: database) }) else {
            return done("ALTER TYPE")
        }
        var orders = Definitions.enumOrders(of: content, count: labels.count)
        var relabelling: Relabelling?
        func insert(_ label: String, _ ifNotExists: Bool, _ place: (neighbour: String, offset: Int)?) throws(SQLError) {
            guard label.utf8.count <= 63 else { throw error("42602", "invalid enum label \"\(label)\"") }
            guard !labels.contains(label) else {
                guard ifNotExists else { throw error("42710", "enum label \"\(label)\" already exists") }
                session.notice("enum label \"\(label)\" already exists, skipping")
                return
            }
            if session.transaction.isBlock { session.addedLabels[type.oid, default: []].insert(label) }
            guard let place else {
                orders.append((orders.last ?? 0).rounded(.down) + 1)
                return labels.append(label)
            }
            guard let index = labels.firstIndex(of: place.neighbour) else {
                throw error("22023", "\"\(place.neighbour)\" is not an existing enum label")
            }
            let position = index + place.offset
            let before = position > 0 ? orders[position - 1] : nil
            let after = position < orders.count ? orders[position] : nil
            orders.insert(before.map { before in after.map { (before + $0) / 2 } ?? before + 1 } ?? (after ?? 2) - 1, at: position)
            labels.insert(label, at: position)
        }
        switch change.change {
        case .add(let label, let ifNotExists): try insert(label, ifNotExists, nil)
        case .addBefore(let label, let other, let ifNotExists): try insert(label, ifNotExists, (other, 0))
        case .addAfter(let label, let other, let ifNotExists): try insert(label, ifNotExists, (other, 1))
        case .rename(let old, let new):
            guard let index = labels.firstIndex(of: old) else { throw error("22023", "\"\(old)\" is not an existing enum label") }
            guard !labels.contains(new) else { throw error("42710", "enum label \"\(new)\" already exists") }
            labels[index] = new
            relabelling = try Relabelling(.label(old: old, new: new, of: type.oid), self)
        }
        let isPlain = orders.enumerated().allSatisfy { $0.element == Double($0.offset + 1) }
        let numbers = isPlain ? nil : Datum(elements: orders.map { Datum($0) })
        try put("type", key, try changed(content, [("labels", .strings(labels)), ("orders", numbers)]), isTemporary: false)
        try relabelling?.store()
        return done("ALTER TYPE")
    }

    func changed(_ datum: Datum, _ changes: [(String, Datum?)]) throws(SQLError) -> Datum {
        do throws(CatalogError) { return try datumChanging(datum, changes) } catch { throw SQLError(error) }
    }
}
