import Catalog

// Settings of tables that RethinkDB doesn't have, as queries write them.

/// What a query says of a table's change log: `true`, `false`, or `{max_age: seconds, max_bytes: bytes}`, of which what is left out is as
/// usual.
enum ChangeLogOption {
    /// Nil: there is to be none.
    static func read(_ value: Datum?) throws(ReQLError) -> ChangeLogConfig? {
        guard let value, !value.isNull else { return nil }
        if let isWanted = value.bool { return isWanted ? .standard : nil }
        guard value.isPlainObject, value.fields.allSatisfy({ ["max_age", "max_bytes"].contains($0.key) }),
            value[field: "max_age"].map({ $0.number != nil }) ?? true, value[field: "max_bytes"].map({ $0.integer != nil }) ?? true
        else {
            throw SystemRow.refused(
                "`change_log` is true, false, or an object {max_age: seconds, max_bytes: bytes}, found \(value.shortText)")
        }
        guard let config = ChangeLogConfig(value) else {
            throw SystemRow.refused(
                "Of a change log `max_age` is above 0 and at most \(Int(ChangeLogConfig.longestAge)) seconds, `max_bytes` at least 1 and at most "
                    + "\(ChangeLogConfig.largestByteCount)")
        }
        return config
    }
}

/// What a query says of the field with the time after which documents are removed: its name, or null or false for none.
enum ExpiryOption {
    static func read(_ value: Datum?) throws(ReQLError) -> String? {
        guard let value, !value.isNull, value.bool != false else { return nil }
        guard let field = value.string, !field.isEmpty else {
            throw SystemRow.refused("`expiry_field` is the name of a field, or null, found \(value.shortText)")
        }
        return field
    }
}
