/// The settings of a session, and what stands behind them at its start, of its transaction and of its savepoints.
final class SessionSettings {
    private struct State {
        var values: [String: String] = [:]
    }

    /// What RESET goes back to, where it is not what every session begins with: that is kept once for all of them.
    private var ownDefaults: [String: String] = [:]
    private var state = State()
    /// Of the savepoints and the block, to be gone back to.
    private var saved: [State] = []
    /// Values before SET LOCAL.
    private var beforeLocal: [String: String?] = [:]
    /// The values of ``reportedNames`` that the client knows.
    private var told: [String] = []
    var output = OutputSettings()
    var statements = StatementSettings()
    /// Whether something has changed since the transaction began, and since the client was told.
    private var hasChanged = false
    private var hasNews = true
    /// How often something was set, or went back to what it was.
    private(set) var changeCount = 0

    private func defaultValue(_ name: String) -> String? { ownDefaults[name] ?? Self.initial[name] }

    /// Settings that are shown by names with capitals.
    private static let spelled: [String: String] = [
        "datestyle": "DateStyle", "intervalstyle": "IntervalStyle", "timezone": "TimeZone",
    ]

    /// Told to clients, in this order.
    static let reportedNames = [
        "application_name", "client_encoding", "datestyle", "default_transaction_read_only", "in_hot_standby", "integer_datetimes",
        "intervalstyle", "is_superuser", "server_encoding", "server_version", "session_authorization", "standard_conforming_strings",
        "timezone",
    ]

    static let initial: [String: String] = [
        "allow_system_table_mods": "off", "application_name": "", "array_nulls": "on", "backslash_quote": "safe_encoding",
        "backend_flush_after": "0", "block_size": "8192", "bytea_output": "hex", "check_function_bodies": "on", "client_encoding": "UTF8",
        "client_min_messages": "notice", "constraint_exclusion": "partition", "cpu_tuple_cost": "0.01", "cursor_tuple_fraction": "0.1",
        "datestyle": "ISO, MDY", "debug_print_plan": "off", "debug_parallel_query": "off", "default_statistics_target": "100",
        "default_table_access_method": "heap", "default_tablespace": "", "default_text_search_config": "pg_catalog.english",
        "default_toast_compression": "pglz", "default_with_oids": "off", "default_transaction_deferrable": "off",
        "default_transaction_isolation": "read committed",
        "default_transaction_read_only": "off", "enable_async_append": "on", "enable_bitmapscan": "on", "enable_gathermerge": "on",
        "enable_hashagg": "on", "enable_hashjoin": "on", "enable_incremental_sort": "on", "enable_indexonlyscan": "on",
        "enable_indexscan": "on", "enable_material": "on", "enable_memoize": "on", "enable_mergejoin": "on", "enable_nestloop": "on",
        "enable_parallel_append": "on", "enable_parallel_hash": "on", "enable_partition_pruning": "on",
        "enable_partitionwise_aggregate": "off", "enable_partitionwise_join": "off", "enable_seqscan": "on", "enable_sort": "on",
        "enable_tidscan": "on", "escape_string_warning": "on", "extra_float_digits": "1", "force_parallel_mode": "off",
        "from_collapse_limit": "8", "geqo": "on", "geqo_threshold": "12", "gin_fuzzy_search_limit": "0", "hash_mem_multiplier": "2",
        "idle_in_transaction_session_timeout": "0", "idle_session_timeout": "0", "in_hot_standby": "off", "integer_datetimes": "on",
        "intervalstyle": "postgres", "is_superuser": "on", "jit": "off", "jit_above_cost": "100000", "jit_inline_above_cost": "500000",
        "jit_optimize_above_cost": "500000", "join_collapse_limit": "8", "lc_collate": "C", "lc_ctype": "C",
        "lc_messages": "C", "lc_monetary": "C", "lc_numeric": "C", "lc_time": "C", "lock_timeout": "0", "log_min_messages": "warning",
        "log_statement": "none", "maintenance_work_mem": "64MB", "max_connections": "4096", "max_identifier_length": "128",
        "max_index_keys": "32", "max_function_args": "100",
        "max_parallel_maintenance_workers": "2", "max_parallel_workers": "8", "max_parallel_workers_per_gather": "2",
        "min_parallel_index_scan_size": "512kB", "min_parallel_table_scan_size": "8MB",
        "parallel_leader_participation": "on", "parallel_setup_cost": "1000", "parallel_tuple_cost": "0.1",
        "pando.cross_database": "off", "password_encryption": "scram-sha-256", "plan_cache_mode": "auto", "quote_all_identifiers": "off",
        "random_page_cost": "4", "role": "none", "row_security": "on", "search_path": "\"$user\", public", "seq_page_cost": "1",
        "server_encoding": "UTF8", "server_version": "15.0 (Pando)", "server_version_num": "150000", "session_authorization": "",
        "session_replication_role": "origin", "ssl": "off", "standard_conforming_strings": "on", "statement_timeout": "0",
        "synchronize_seqscans": "on", "synchronous_commit": "on", "temp_buffers": "8MB", "timezone": "UTC",
        "timezone_abbreviations": "Default", "transaction_deferrable": "off", "transaction_isolation": "read committed",
        "transaction_read_only": "off", "transform_null_equals": "off", "work_mem": "4MB", "xmlbinary": "base64", "xmloption": "content",
        "autovacuum": "on", "debug_pretty_print": "on", "effective_cache_size": "4GB", "track_activities": "on", "track_counts": "on",
        "track_functions": "none", "track_io_timing": "off", "track_wal_io_timing": "off",
        "vacuum_cost_delay": "0", "zero_damaged_pages": "off", "wal_level": "replica", "listen_addresses": "localhost", "port": "5432",
        "max_locks_per_transaction": "64", "max_stack_depth": "2MB", "restrict_nonsystem_relation_kind": "",
        "max_prepared_transactions": "0", "statement_mem": "",
    ]

    private static let readOnly: Set<String> = [
        "server_version", "server_version_num", "server_encoding", "is_superuser", "integer_datetimes", "max_connections",
        "max_identifier_length", "max_index_keys", "max_function_args", "lc_collate", "lc_ctype", "block_size", "in_hot_standby", "ssl",
        "wal_level", "port",
        "listen_addresses", "max_locks_per_transaction", "max_prepared_transactions",
    ]

    static let flags: Set<String> = Set(initial.filter { $0.value == "on" || $0.value == "off" }.keys)

    /// Settings of a size or a time.
    static let quantities: Set<String> = Set(
        initial.filter { Double($0.value) == nil && $0.value.utf8.first.map(ASCII.isDigit) == true }
            .filter { kilobytes($0.value) != nil || milliseconds($0.value) != nil }.keys)
    static let numbers: Set<String> = Set(initial.filter { Double($0.value) != nil }.keys)

    // MARK: Reading

    func value(_ name: String) -> String? {
        let isLowered = name.utf8.allSatisfy { $0 < 0x80 && !(UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0) }
        let name = isLowered ? name : name.lowercased()
        return state.values[name] ?? defaultValue(name)
    }

    /// All, by their names.
    var all: [(name: String, value: String)] {
        var merged = Self.initial
        for values in [ownDefaults, state.values] { merged.merge(values) { $1 } }
        return merged.map { (Self.spelled[$0.key] ?? $0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    static func spelling(_ name: String) -> String { spelled[name.lowercased()] ?? name.lowercased() }

    func reported(user: String) -> [(name: String, value: String)] {
        let all = Self.reportedNames.map { name in
            (Self.spelling(name), name == "session_authorization" ? user : value(name) ?? "")
        }
        told = all.map(\.1)
        return all
    }

    func takeChanges(user: String) -> [(name: String, value: String)] {
        guard hasNews else { return [] }
        hasNews = false
        var changes: [(name: String, value: String)] = []
        for (index, name) in Self.reportedNames.enumerated() where name != "session_authorization" && index < told.count {
            let value = value(name) ?? ""
            if told[index] != value {
                told[index] = value
                changes.append((Self.spelling(name), value))
            }
        }
        return changes
    }

    // MARK: Changing

    func setAtStart(_ name: String, _ value: String) throws(SQLError) {
        let name = name.lowercased()
        if Self.ofIdentity.contains(name) { throw SQLError(.featureNotSupported, "\(name) cannot be set at the start of a connection") }
        let checked = try check(name, value)
        if checked != Self.initial[name] { ownDefaults[name] = checked } else { ownDefaults[name] = nil }
        hasNews = true
        changeCount += 1
        refresh(name)
    }

    /// - Parameter value: nil goes back to the default.
    func set(_ name: String, _ value: String?, isLocal: Bool) throws(SQLError) {
        let name = name.lowercased()
        try requireKnown(name)
        // A parameter of an application's own that is reset has no value, and is known.
        let value = value ?? (name.contains(".") && state.values[name] != nil && defaultValue(name) == nil ? "" : nil)
        guard !Self.readOnly.contains(name), !Self.ofIdentity.contains(name) else {
            throw SQLError(SQLState(rawValue: "55P02"), "parameter \"\(name)\" cannot be changed")
        }
        put(name, try value.map { value throws(SQLError) in try check(name, value) }, isLocal: isLocal)
    }

    /// Throws `42704` if there is no setting of a name in small letters, and `42602` if it can't be an application's own.
    func requireKnown(_ name: String) throws(SQLError) {
        guard defaultValue(name) != nil || state.values[name] != nil || name.contains(".") else {
            throw SQLError(SQLState(rawValue: "42704"), "unrecognized configuration parameter \"\(name)\"")
        }
        guard defaultValue(name) != nil || Self.isCustomName(name) else {
            throw SQLError(
                SQLState(rawValue: "42602"), "invalid configuration parameter name \"\(name)\"",
                detail: "Custom parameter names must be two or more simple identifiers separated by dots.")
        }
    }

    /// Whether a name may be that of a parameter of an application's own: `name.name`.
    private static func isCustomName(_ name: String) -> Bool {
        name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, ASCII.isLetter(first) || first == UInt8(ascii: "_") || first >= 0x80 else { return false }
            return part.utf8.allSatisfy {
                ASCII.isLetter($0) || ASCII.isDigit($0) || $0 >= 0x80 || [UInt8(ascii: "_"), UInt8(ascii: "$")].contains($0)
            }
        }
    }

    /// Whose permissions hold: `Session.setIdentity` has found that the session may take them.
    static let ofIdentity: Set<String> = ["role", "session_authorization"]

    func setIdentity(_ name: String, _ value: String?, isLocal: Bool) { put(name, value, isLocal: isLocal) }

    private func put(_ name: String, _ value: String?, isLocal: Bool) {
        if isLocal, beforeLocal[name] == nil { beforeLocal[name] = .some(state.values[name]) }
        if !isLocal { beforeLocal[name] = nil }
        state.values[name] = value
        noteChange()
        refresh(name)
    }

    private func noteChange() {
        changeCount += 1
        hasChanged = true
        hasNews = true
    }

    func resetAll() {
        noteChange()
        let names = Array(state.values.keys)
        state.values = state.values.filter { Self.ofTransaction.contains($0.key) || Self.ofIdentity.contains($0.key) }
        for name in names { refresh(name) }
    }

    /// Set by the transaction itself.
    static let ofTransaction: Set<String> = ["transaction_isolation", "transaction_read_only", "transaction_deferrable"]

    // MARK: Transactions

    func begin() {
        saved.removeAll(keepingCapacity: true)
        saved.append(state)
        if !beforeLocal.isEmpty { beforeLocal = [:] }
    }

    func savepoint() { saved.append(state) }

    func release(to depth: Int) { if saved.count > depth { saved.removeLast(saved.count - depth) } }

    func rollBack(to depth: Int) {
        guard depth < saved.count else { return }
        state = saved[depth]
        noteChange()
        saved.removeLast(saved.count - depth - 1)
        refreshAll()
    }

    func end(committed: Bool) {
        guard hasChanged else { return saved.removeAll(keepingCapacity: true) }
        hasChanged = false
        hasNews = true
        changeCount += 1
        if committed {
            for (name, value) in beforeLocal { state.values[name] = value }
        } else if let first = saved.first {
            state = first
        }
        for name in Self.ofTransaction { state.values[name] = nil }
        saved = []
        beforeLocal = [:]
        refreshAll()
    }

    private func refreshAll() {
        for name in Self.refreshedNames { refresh(name) }
    }
}
