import Catalog

// What a database has, with the numbers that the catalogs give it.

/// An index as the catalogs show it: one that a statement made, one of a constraint, or one that ReQL made.
struct SystemIndex {
    let oid: UInt32
    let name: String
    let table: TableRelation
    /// SQL texts of columns and expressions, and the columns' numbers; 0 for an expression.
    let elements: [String]
    let numbers: [Int]
    var isUnique = false
    var isPrimary = false
    var nullsAreEqual = false
    var method = "btree"
    var predicate: String?
    var orders: [String] = []
    var included: [String] = []
    var comment: String?
    var isReady = true

    /// Those of INCLUDE, as far as they are columns.
    var includedColumns: [Declaration.Column?] {
        included.map { name in table.declaration.columns.first { Quoting.identifier($0.name) == name || $0.name == name } }
    }

    /// The statement that would make it.
    /// - Parameter shown: what shows its expressions; nil: there are none.
    /// - Parameter isPretty: whether parentheses around the whole of an expression are left out.
    fileprivate func definition(_ shown: ShownExpression?, isQualified: Bool, isPretty: Bool) -> String {
        var text = "CREATE \(isUnique ? "UNIQUE " : "")INDEX \(Quoting.identifier(name)) ON \(table.displayName(qualified: isQualified))"
        text += " USING \(method) ("
        text +=
            elements.indices.map { place in
                let order = place < orders.count ? orders[place] : ""
                return element(place, shown, isPretty: isPretty) + (order.isEmpty ? "" : " " + order)
            }.joined(separator: ", ") + ")"
        if !included.isEmpty { text += " INCLUDE (" + included.joined(separator: ", ") + ")" }
        if nullsAreEqual { text += " NULLS NOT DISTINCT" }
        if let predicate {
            let condition = shown?.condition(predicate) ?? "(\(predicate))"
            text += " WHERE " + (isPretty ? Self.withoutParentheses(condition) : condition)
        }
        return text
    }

    fileprivate func element(_ index: Int, _ shown: ShownExpression?, isPretty: Bool) -> String {
        guard numbers[index] == 0 else { return elements[index] }
        let text = shown?.element(elements[index]) ?? elements[index]
        return isPretty && text.hasPrefix("((") ? Self.withoutParentheses(text) : text
    }

    /// Without those that stand around the whole.
    fileprivate static func withoutParentheses(_ text: String) -> String {
        guard text.hasPrefix("("), text.hasSuffix(")") else { return text }
        var depth = 0
        var isQuoted = false
        for (place, byte) in text.utf8.enumerated() {
            if byte == UInt8(ascii: "'") { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            if depth == 0, place < text.utf8.count - 1 { return text }
        }
        return String(text.dropFirst().dropLast())
    }
}

extension TableRelation {
    func displayName(qualified: Bool) -> String {
        qualified ? "\(Quoting.identifier(schema)).\(Quoting.identifier(name))" : Quoting.identifier(name)
    }

    var rowTypeOID: UInt32 { ObjectNumbers.of(config.id + ".type") }
    var isMaterialized: Bool { declaration.query != nil }

    func columnNames(_ numbers: [Int]) -> [String] {
        numbers.map { number in declaration.columns.first { $0.number == number }?.name ?? "" }
    }

    var systemIndexes: [SystemIndex] {
        var indexes: [SystemIndex] = []
        for constraint in declaration.constraints where constraint.kind == .primary || constraint.kind == .unique {
            indexes.append(
                SystemIndex(
                    oid: constraint.indexOID, name: constraint.name, table: self,
                    elements: columnNames(constraint.columns).map(Quoting.identifier), numbers: constraint.columns, isUnique: true,
                    isPrimary: constraint.kind == .primary, nullsAreEqual: constraint.nullsAreEqual,
                    included: columnNames(constraint.included).map(Quoting.identifier), comment: constraint.indexComment))
        }
        if config.declaration == nil {
            indexes.append(
                SystemIndex(
                    oid: ObjectNumbers.of(config.id + ".key"), name: name + "_pkey", table: self,
                    elements: [Quoting.identifier(config.primaryKey)], numbers: [1], isUnique: true, isPrimary: true))
        }
        for index in declaration.indexes {
            let numbers = index.elements.map { element in
                declaration.columns.first { Quoting.identifier($0.name) == element || $0.name == element }?.number ?? 0
            }
            indexes.append(
                SystemIndex(
                    oid: ObjectNumbers.of(index.id), name: index.name, table: self, elements: index.elements, numbers: numbers,
                    isUnique: index.isUnique, nullsAreEqual: index.nullsAreEqual, method: index.method, predicate: index.predicate,
                    orders: index.orders, included: index.included, comment: index.comment))
        }
        if config.declaration == nil {
            for index in config.indexes {
                let element = if case .field(let field) = index.source { field } else { index.name }
                indexes.append(
                    SystemIndex(
                        oid: ObjectNumbers.of(index.id), name: index.name, table: self, elements: [Quoting.identifier(element)],
                        numbers: [0],
                        isReady: index.state == .ready))
            }
        }
        return indexes
    }
}

extension Declaration.Constraint {
    var oid: UInt32 { ObjectNumbers.of(id) }
    /// That of the index that holds a primary key or UNIQUE.
    var indexOID: UInt32 { ObjectNumbers.of(id + ".index") }

    /// What stands behind CONSTRAINT and the name.
    /// - Parameter isPretty: whether parentheses around the whole of a condition are left out.
    func definition(_ table: TableRelation, _ reader: SystemReader, isPretty: Bool = false) throws(SQLError) -> String {
        func list(_ numbers: [Int], _ table: TableRelation) -> String {
            "(" + table.columnNames(numbers).map(Quoting.identifier).joined(separator: ", ") + ")"
        }
        var text: String
        switch kind {
        case .primary: text = "PRIMARY KEY " + list(columns, table)
        case .unique: text = "UNIQUE " + (nullsAreEqual ? "NULLS NOT DISTINCT " : "") + list(columns, table)
        case .check:
            let condition = expression ?? ""
            if let shown = try ShownExpression(table, reader.session, reader.definitions).condition(condition) {
                text = "CHECK (\(isPretty ? SystemIndex.withoutParentheses(shown) : shown))"
                break
            }
            text = condition.hasPrefix("(") && condition.hasSuffix(")") ? "CHECK (\(condition))" : "CHECK ((\(condition)))"
        case .foreign:
            guard let references, let target = try reader.definitions.table(id: references) else { return "" }
            let isQualified = try !reader.isVisible(target.schema, target.name)
            text = "FOREIGN KEY \(list(columns, table)) REFERENCES \(target.displayName(qualified: isQualified))"
            text += list(referenced, target)
            if isFull { text += " MATCH FULL" }
            if onUpdate != "no action" { text += " ON UPDATE " + onUpdate.uppercased() }
            if onDelete != "no action" { text += " ON DELETE " + onDelete.uppercased() }
            if !onDeleteColumns.isEmpty { text += " " + list(onDeleteColumns, table) }
        }
        if !included.isEmpty { text += " INCLUDE " + list(included, table) }
        if isDeferrable { text += " DEFERRABLE" }
        if isDeferred { text += " INITIALLY DEFERRED" }
        if isNoInherit { text += " NO INHERIT" }
        if !isValidated { text += " NOT VALID" }
        return text
    }

    /// The letter of an action of a foreign key.
    static func letter(_ action: String) -> String {
        switch action {
        case "cascade": "c"
        case "restrict": "r"
        case "set null": "n"
        case "set default": "d"
        default: "a"
        }
    }
}

extension SystemReader {
    func definition(of index: SystemIndex, isPretty: Bool = false) throws(SQLError) -> String {
        let isVisible = isPretty ? try isVisible(index.table.schema, index.table.name) : false
        return index.definition(try shown(of: index), isQualified: !isVisible, isPretty: isPretty)
    }

    /// One of its columns or expressions, from 0.
    func element(_ place: Int, of index: SystemIndex, isPretty: Bool) throws(SQLError) -> String {
        guard place < index.elements.count else { return index.included[place - index.elements.count] }
        return index.element(place, try shown(of: index), isPretty: isPretty)
    }

    private func shown(of index: SystemIndex) throws(SQLError) -> ShownExpression? {
        guard index.numbers.contains(0) || index.predicate != nil else { return nil }
        return try ShownExpression(index.table, session, definitions)
    }

    /// The numbers of PostgreSQL's schemas, and of ours by their UUIDs.
    static let catalogSchema: UInt32 = 11
    static let publicSchema: UInt32 = 2200
    static let informationSchema: UInt32 = 13_000

    func schemas() throws(SQLError) -> [(oid: UInt32, name: String, comment: String?)] {
        var schemas: [(oid: UInt32, name: String, comment: String?)] = [
            (Self.catalogSchema, "pg_catalog", "system catalog schema"), (99, "pg_toast", "reserved schema for TOAST tables"),
            (Self.publicSchema, "public", DatabaseProperties().publicComment), (Self.informationSchema, "information_schema", nil),
        ]
        if state.temporary != nil { schemas.append((ObjectNumbers.of("pg_temp"), "pg_temp", nil)) }
        guard let database = state.database else { return schemas }
        do throws(CatalogError) {
            if let place = schemas.firstIndex(where: { $0.oid == Self.publicSchema }) {
                schemas[place].comment = try DatabaseProperties(of: database, in: state.snapshot).publicComment
            }
            for (name, content) in try state.snapshot.objects("schema", in: database) {
                schemas.append((ObjectNumbers.of(content.text("id")), name, content[field: "comment"]?.string))
            }
        } catch {
            throw SQLError(error)
        }
        return schemas
    }

    func schemaNumbers() throws(SQLError) -> [String: UInt32] {
        Dictionary(try schemas().map { ($0.name, $0.oid) }, uniquingKeysWith: { first, _ in first })
    }

    static func roleOID(_ name: String) -> UInt32 { name == UserConfig.administrator ? 10 : ObjectNumbers.of("role " + name) }

    func roleNames() throws(SQLError) -> [(name: String, canLogIn: Bool)] {
        do throws(CatalogError) {
            let accounts = try state.snapshot.accounts().map(\.name)
            let roles = try state.snapshot.roles().map(\.name)
            return [(UserConfig.administrator, true)] + accounts.filter { $0 != UserConfig.administrator }.map { ($0, true) }
                + roles.map { ($0, false) }
        } catch {
            throw SQLError(error)
        }
    }

    /// The types that the database declares.
    func declaredTypes() throws(SQLError) -> [DeclaredType] {
        do throws(CatalogError) {
            var types: [DeclaredType] = []
            for isTemporary in [false, true] {
                guard let (snapshot, database) = state.place(isTemporary: isTemporary) else { continue }
                types += try snapshot.objects("type", in: database).map { DeclaredType($0.name, $0.content) }
            }
            return types
        } catch {
            throw SQLError(error)
        }
    }
}

extension SystemReader {
    /// What a CHECK of a domain asks, in parentheses.
    func shownCheck(_ text: String, of type: DeclaredType) throws(SQLError) -> String {
        guard case .domain(let base, _)? = type.userTypes.first?.kind else { return "(\(text))" }
        return try ShownExpression(domainOver: base, session, definitions).condition(text) ?? "(\(text))"
    }
}
