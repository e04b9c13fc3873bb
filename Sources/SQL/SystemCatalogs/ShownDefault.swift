/// A column's default as the system catalogs show it: constants with the type of their column, operators in parentheses.
enum ShownDefault {
    /// - Parameter type: of the column or domain; nil: the text stands for itself, as that of a generated column.
    static func text(_ stored: String, _ type: SQLType?, _ types: any TypeCatalog) -> String {
        guard let expression = try? Parser.expression(stored) else { return stored }
        switch expression {
        case .literal(let literal):
            guard let type else { return stored }
            switch literal.value {
            case .string(let text): return constant(text, type, types)
            case .bits(let digits): return constant(digits, .bit, types)
            case .hexadecimal(let digits):
                return (try? BitString(hexadecimal: digits.utf8)).map { constant($0.description, .bit, types) } ?? stored
            case .integer, .decimal: return stored.hasPrefix("-") ? constant(stored, type, types) : stored
            default: return stored
            }
        case .chain(let chain):
            guard chain.steps.count == 1, case .cast(let name, _) = chain.steps[0] else { return "(\(stored))" }
            guard case .literal(let literal) = chain.first, case .string(let text) = literal.value, name.modifiers.isEmpty,
                name.dimensions.isEmpty
            else { return stored }
            if let entry = TypeTable.entry(named: name.name.last.lowercased()) { return constant(text, SQLType(entry.oid), types) }
            let schema = name.name.parts.dropLast().last?.text
            guard let user = types.type(named: name.name.last, schema: schema) else { return stored }
            return Quoting.literal(text) + "::" + TypeTable.format(SQLType(user.oid), types)
        case .prefix, .and, .or, .not: return "(\(stored))"
        default: return stored
        }
    }

    /// Whether it is a call, or has operators: more than a constant with its type. Calls with the name of a relation are stored as they are
    /// shown.
    static func isComputed(_ stored: String) -> Bool {
        if stored.contains("'::regclass") { return false }
        switch try? Parser.expression(stored) {
        case .call: return true
        case .chain(let chain):
            guard case .literal = chain.first, chain.steps.count == 1, case .cast = chain.steps[0] else { return true }
            return false
        default: return false
        }
    }

    private static func constant(_ text: String, _ type: SQLType, _ types: any TypeCatalog) -> String {
        let base = TypeTable.base(of: type, types)
        if type == .open || base == .open { return Quoting.literal(text) }
        if base.oid == SQLType.bool.oid, let value = TextInput.bool(text) { return value ? "true" : "false" }
        // A number that begins with a digit is one without its type.
        if TypeTable.category(of: base.oid, types) == "N", text.utf8.allSatisfy(ASCII.isDigit) { return text }
        return Quoting.literal(text) + "::" + TypeTable.format(SQLType(type.oid), types)
    }
}

extension Definitions {
    /// The text of an expression in which names of relations have their schemas where the search path doesn't lead to them:
    /// `nextval('app.t_id_seq'::regclass)`.
    func showingRelations(in expression: String) throws(SQLError) -> String {
        let end = "'::regclass"
        var done = ""
        var rest = expression[...]
        while let found = rest.firstRange(of: end) {
            let before = rest[..<found.lowerBound]
            let start = before.lastIndex(of: "'").map { rest.index(after: $0) } ?? before.startIndex
            done += rest[..<start] + (try shown(String(rest[start..<found.lowerBound]))) + end
            rest = rest[found.upperBound...]
        }
        return done + rest
    }

    /// The name of a relation as it is found by the search path.
    private func shown(_ written: String) throws(SQLError) -> String {
        let name = QualifiedName(written: written)
        if name.parts.count == 1, try relation(named: name.last, schema: "pg_temp") != nil { return written }
        let schema = name.parts.count > 1 ? name.parts[name.parts.count - 2].text : "public"
        for first in searchPath where try relation(named: name.last, schema: first) != nil {
            return first == schema ? Quoting.identifier(name.last) : Quoting.identifier(schema) + "." + Quoting.identifier(name.last)
        }
        return Quoting.identifier(schema) + "." + Quoting.identifier(name.last)
    }
}
