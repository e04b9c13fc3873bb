/// Reading what was written to a system table: exactly the fields that the table has, each of its type.
struct SystemRow {
    private let row: Datum

    /// - Parameter optional: fields that may be left out.
    /// - Throws: a refusal for a missing or an unknown field.
    init(_ row: Datum, of table: SystemTable, required: [String], optional: [String] = []) throws(ReQLError) {
        self.row = row
        for field in required where row[field: field] == nil {
            throw Self.refused("The row lacks the field `\(field)`")
        }
        for field in row.fields where !required.contains(field.key) && !optional.contains(field.key) {
            throw Self.refused("A row of `\(table.config.qualifiedName)` has no field `\(field.key)`")
        }
    }

    subscript(field: String) -> Datum? { row[field: field] }

    func string(_ field: String) throws(ReQLError) -> String {
        guard let value = row[field: field]?.string else { throw wrong(field, "a string") }
        return value
    }

    func strings(_ field: String) throws(ReQLError) -> [String] {
        guard let value = row[field: field], value.kind == .array else { throw wrong(field, "an array of strings") }
        var strings: [String] = []
        for element in value.elements {
            guard let string = element.string else { throw wrong(field, "an array of strings") }
            strings.append(string)
        }
        return strings
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ field: String, of type: Choice.Type) throws(ReQLError) -> Choice {
        if let choice = row[field: field]?.string.flatMap(Choice.init(rawValue:)) { return choice }
        throw wrong(field, type.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "))
    }

    func wrong(_ field: String, _ expected: String) -> ReQLError {
        Self.refused("`\(field)` is \(expected), found \(row[field: field]?.shortText ?? "nothing")")
    }

    /// Throws unless a field is as it was: it can't be changed.
    func requireUnchanged(_ field: String, since old: Datum) throws(ReQLError) {
        guard row[field: field] == old[field: field] else { throw Self.refused("The field `\(field)` is read-only and can't be changed") }
    }

    static func refused(_ message: String) -> ReQLError { ReQLError(.operationFailed, message + ".") }
}

extension ReQLError {
    /// Whether the row is refused, and not the whole query.
    var isRefusal: Bool {
        switch kind {
        case .permission, .operationIndeterminate, .internal: return false
        default: break
        }
        switch cause {
        case .corrupt, .io, .diskFull, .writesStopped, .unavailable, .closed, .readOnly, .busy, .newerFormat, .serializationFailure,
            .indeterminate:
            return false
        default: return true
        }
    }
}
