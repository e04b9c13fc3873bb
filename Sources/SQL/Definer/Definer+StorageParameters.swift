import Catalog

/// A parameter of WITH (…), as PostgreSQL has it.
private struct StorageParameter {
    enum Kind {
        case flag
        case integer(ClosedRange<Int>)
        case real(ClosedRange<Double>)
        /// One of these words.
        case word([String])
    }

    private static let switchWords = ["auto", "on", "off"]
    private static let greatest = Int(Int32.max)

    /// Those of PostgreSQL do nothing here, but for `oids`, which is refused.
    static let ofTables: [String: Kind] = [
        "fillfactor": .integer(10...100), "parallel_workers": .integer(0...1024), "toast_tuple_target": .integer(128...8160),
        "user_catalog_table": .flag, "open": .flag, "change_log": .flag, "durability": .word(["hard", "soft"]), "key": .word(["hidden"]),
    ].merging(ofToast) { $1 }

    static let ofToast: [String: Kind] = [
        "vacuum_truncate": .flag, "vacuum_index_cleanup": .word(switchWords), "log_autovacuum_min_duration": .integer(-1...greatest),
        "autovacuum_enabled": .flag, "autovacuum_vacuum_threshold": .integer(0...greatest),
        "autovacuum_vacuum_insert_threshold": .integer(-1...greatest), "autovacuum_analyze_threshold": .integer(0...greatest),
        "autovacuum_vacuum_cost_limit": .integer(1...10_000), "autovacuum_freeze_min_age": .integer(0...1_000_000_000),
        "autovacuum_multixact_freeze_min_age": .integer(0...1_000_000_000), "autovacuum_freeze_max_age": .integer(100_000...2_000_000_000),
        "autovacuum_multixact_freeze_max_age": .integer(10_000...2_000_000_000),
        "autovacuum_freeze_table_age": .integer(0...2_000_000_000),
        "autovacuum_multixact_freeze_table_age": .integer(0...2_000_000_000), "autovacuum_vacuum_cost_delay": .real(0...100),
        "autovacuum_vacuum_scale_factor": .real(0...100), "autovacuum_vacuum_insert_scale_factor": .real(0...100),
        "autovacuum_analyze_scale_factor": .real(0...100),
    ]

    static let ofIndexes: [String: [String: Kind]] = [
        "btree": ["fillfactor": .integer(10...100), "deduplicate_items": .flag], "hash": ["fillfactor": .integer(10...100)],
        "gin": ["fastupdate": .flag, "gin_pending_list_limit": .integer(64...greatest)],
    ]

    /// Throws `22023` for a value that a parameter can't have.
    static func check(_ name: String, _ value: String, _ kind: Kind) throws(SQLError) {
        func invalid(_ word: String, detail: String? = nil) -> SQLError {
            SQLError(.invalidParameterValue, "invalid value for \(word) option \"\(name)\": \(value)", detail: detail)
        }
        func outside(_ least: String, _ greatest: String) -> SQLError {
            SQLError(
                .invalidParameterValue, "value \(value) out of bounds for option \"\(name)\"",
                detail: "Valid values are between \"\(least)\" and \"\(greatest)\".")
        }
        switch kind {
        case .flag: guard SessionSettings.flag(value) != nil else { throw invalid("boolean") }
        case .integer(let range):
            guard let number = Double(value)?.rounded(.toNearestOrEven), number.magnitude <= Double(greatest) else {
                throw invalid("integer")
            }
            guard range.contains(Int(number)) else { throw outside(String(range.lowerBound), String(range.upperBound)) }
        case .real(let range):
            guard let number = Double(value), !number.isNaN else { throw invalid("floating point") }
            guard range.contains(number) else { throw outside("\(range.lowerBound)", "\(range.upperBound)") }
        case .word(let words):
            guard words.contains(value.lowercased()) || words == switchWords && SessionSettings.flag(value) != nil else {
                let listed = words.map { "\"\($0)\"" }.joined(separator: ", ")
                throw invalid("enum", detail: words.count > 1 ? "Valid values are \(listed)." : "The valid value is \(listed).")
            }
        }
    }
}

// WITH (…) of tables and indexes, and their SET and RESET.
extension Definer {
    /// Throws `22023` for storage parameters that there are not, and for values that they can't have.
    /// - Parameter method: the access method of an index; nil: of a table.
    func checkOptions(_ options: [Option], ofIndex method: String? = nil, isNew: Bool = true) throws(SQLError) {
        var names: Set<String> = []
        for option in options {
            let name = option.name.text
            var known = method.map { StorageParameter.ofIndexes[$0] ?? [:] } ?? StorageParameter.ofTables
            if let space = option.namespace?.text {
                guard space == "toast", method == nil else { throw error("22023", "unrecognized parameter namespace \"\(space)\"") }
                known = StorageParameter.ofToast
            }
            guard names.insert((option.namespace?.text ?? "") + "." + name).inserted else {
                throw error("22023", "parameter \"\(name)\" specified more than once")
            }
            let value = Self.text(of: option)
            if method == nil, isNew, name == "oids", option.namespace == nil {
                guard let flag = SessionSettings.flag(value) else { throw error("42601", "oids requires a Boolean value") }
                if flag { throw error("0A000", "tables declared WITH OIDS are not supported") }
                continue
            }
            if method == nil, name == "expiry_field", option.namespace == nil { continue }
            guard let kind = known[name] else { throw error("22023", "unrecognized parameter \"\(name)\"") }
            try StorageParameter.check(name, value, kind)
        }
    }

    /// What stands behind a parameter's name; nothing is `true`.
    private static func text(of option: Option) -> String {
        switch option.value {
        case .number(let text), .string(let text), .word(let text): text
        case .none: "true"
        default: ""
        }
    }

    func openness(_ options: [Option]) -> Bool? {
        options.last { $0.name.text == "open" && $0.namespace == nil }.flatMap { SessionSettings.flag(Self.text(of: $0)) }
    }

    /// Whether documents are to have a key that is no column; nil if nothing is said.
    func keyIsHidden(_ options: [Option]) -> Bool? {
        options.last { $0.name.text == "key" && $0.namespace == nil }.map { Self.text(of: $0).lowercased() == "hidden" }
    }

    /// What a table's own parameters change of its config; nil if there are none among the options.
    func tableChange(_ options: [Option]) -> TableChange? {
        var change = TableChange()
        var isNeeded = false
        for option in options where option.namespace == nil {
            let value = Self.text(of: option)
            switch option.name.text {
            case "durability": change.durability = value.lowercased() == "soft" ? .soft : .hard
            case "change_log": change.changeLog = .some(SessionSettings.flag(value) == true ? .standard : nil)
            case "expiry_field": change.expiryField = .some(value.isEmpty ? nil : value)
            default: continue
            }
            isNeeded = true
        }
        return isNeeded ? change : nil
    }

    /// Gives a table the parameters that are its own.
    func setOptions(_ options: [Option], _ table: TableRelation) throws(SQLError) {
        if let isOpen = openness(options) { try setOpen(isOpen, table) }
        if let isHidden = keyIsHidden(options), let current = try refreshed().table(id: table.config.id) {
            guard current.config.declaration != nil, !current.isWrittenOpen else {
                throw SQLError(.featureNotSupported, "the key of an open table is a field of its documents, and can't be hidden")
            }
            var declaration = current.declaration
            declaration.hidesKey = isHidden
            try restore(current, declaration)
        }
        guard let change = tableChange(options) else { return }
        let config = table.config
        try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            _ = try transaction.change(config, change)
        }
    }

    /// RESET: what a table is made with.
    func resetOptions(_ options: [Option], _ table: TableRelation) throws(SQLError) {
        for option in options where option.value != .none { throw error("42601", "RESET must not include values for parameters") }
        let initial = ["open": "false", "key": "shown", "durability": "hard", "change_log": "false", "expiry_field": ""]
        var changes: [Option] = []
        for option in options where option.namespace == nil {
            if let value = initial[option.name.text] { changes.append(Option(name: option.name, value: .string(value))) }
        }
        try setOptions(changes, table)
    }

    /// Whether documents may have fields that are no columns. Throws `42703` if that is to end and one of them has such a field.
    private func setOpen(_ isOpen: Bool, _ table: TableRelation) throws(SQLError) {
        var declaration = table.declaration
        guard declaration.isOpen != isOpen else { return }
        if !isOpen {
            try definitions.require(.read, table)
            let config = table.config
            let names = Set(declaration.columns.map(\.name) + [config.primaryKey])
            if !table.isTemporary { try session.transaction.rest(on: config) }
            let snapshot = try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
                try transaction.snapshot()
            }
            let other = try definitions.reading { () throws(CatalogError) -> (field: String, key: Datum)? in
                let cursor = try snapshot.documents(in: config)
                while let document = try cursor.next() {
                    for index in 0..<document.count where !names.contains(document.key(at: index)) {
                        return (document.key(at: index), document[field: config.primaryKey]?.owned ?? .null)
                    }
                }
                return nil
            }
            if let other {
                throw SQLError(
                    SQLState(rawValue: "42703"), "column \"\(other.field)\" of relation \"\(table.name)\" does not exist",
                    detail: "The row with the key \(JSONText.text(other.key)) has a field of that name.")
            }
        }
        declaration.isOpen = isOpen
        try redeclare(table, declaration)
    }

    // MARK: Accepted, and nothing done

    func requireTablespace(_ name: Name?) throws(SQLError) {
        guard let name, name.text != "pg_default" else { return }
        if name.text == "pg_global" { throw error("22023", "only shared relations can be placed in pg_global tablespace") }
        throw error("42704", "tablespace \"\(name.text)\" does not exist")
    }

    func requireTableMethod(_ name: Name?) throws(SQLError) {
        guard let name, name.text != "heap" else { return }
        if ["btree", "hash", "gin", "gist", "spgist", "brin"].contains(name.text) {
            throw error("55000", "access method \"\(name.text)\" is not of type TABLE")
        }
        throw error("42704", "access method \"\(name.text)\" does not exist")
    }

    /// - Parameter isIdentity: of REPLICA IDENTITY, whose columns are never NULL.
    func requireIndex(_ name: Name, of table: TableRelation, isIdentity: Bool) throws(SQLError) {
        guard let index = table.systemIndexes.first(where: { $0.name == name.text }) else {
            throw error("42704", "index \"\(name.text)\" for table \"\(table.name)\" does not exist")
        }
        guard isIdentity else { return }
        let nullable = table.declaration.columns.first { index.numbers.contains($0.number) && !$0.isNotNull }
        if let nullable {
            throw error(
                "42809",
                "index \"\(name.text)\" cannot be used as replica identity because column \"\(nullable.name)\" is nullable")
        }
    }
}
