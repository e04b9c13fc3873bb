import Catalog

// WITH (…) of tables and indexes, and their SET and RESET: PostgreSQL's parameters do nothing here, but they are its own.
extension Definer {
    private static let ofTables: Set<String> = [
        "open", "key", "durability", "change_log", "expiry_field", "fillfactor", "parallel_workers", "toast_tuple_target",
        "user_catalog_table", "vacuum_truncate", "vacuum_index_cleanup", "log_autovacuum_min_duration", "oids",
    ]
    private static let ofIndexes: Set<String> = [
        "fillfactor", "deduplicate_items", "fastupdate", "gin_pending_list_limit", "buffering", "pages_per_range", "autosummarize",
    ]

    /// Throws `22023` for storage parameters that there are not, and for values that they can't have.
    func checkOptions(_ options: [Option], ofIndex isIndex: Bool = false) throws(SQLError) {
        for option in options where option.namespace == nil {
            let name = option.name.text
            guard isIndex ? Self.ofIndexes.contains(name) : Self.ofTables.contains(name) || name.hasPrefix("autovacuum_") else {
                throw error("22023", "unrecognized parameter \"\(name)\"")
            }
            guard name == "fillfactor" else { continue }
            switch option.value {
            case .number(let digits), .string(let digits):
                guard let number = Int(digits) else {
                    throw error("22023", "invalid value for integer option \"fillfactor\": \(digits)")
                }
                guard (10...100).contains(number) else {
                    throw error(
                        "22023", "value \(digits) out of bounds for option \"fillfactor\"",
                        hint: "Valid values are between 10 and 100.")
                }
            case .word(let word): throw error("22023", "invalid value for integer option \"fillfactor\": \(word)")
            default: break
            }
        }
    }
}
