/// The settings of a session, and what stands behind them at its start, of its transaction and of its savepoints.
final class SessionSettings {
    private struct State {
        var values: [String: String] = [:]
        /// Values before SET LOCAL. A savepoint keeps them, too: what was local before it is local again once it is gone back to.
        var beforeLocal: [String: String?] = [:]
    }

    /// What RESET goes back to, where it is not what every session begins with: that is kept once for all of them.
    private var ownDefaults: [String: String] = [:]
    private var state = State()
    /// Of the savepoints and the block, to be gone back to.
    private var saved: [State] = []
    /// The values of ``reportedNames`` that the client knows.
    private var told: [String] = []
    var output = OutputSettings()
    var statements = StatementSettings()
    /// Whether something has changed since the transaction began, and since the client was told.
    private var hasChanged = false
    private var hasNews = true
    private var isStandby = false
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

    /// What is otherwise than in PostgreSQL, and settings that it has not.
    private static let own: [String: String] = [
        "client_encoding": "UTF8", "default_text_search_config": "pg_catalog.english", "jit": "off", "lc_messages": "C",
        "max_connections": "4096", "max_identifier_length": "128", "search_path": "\"$user\", public", "server_encoding": "UTF8",
        "server_version": "15.0 (Pando)", "server_version_num": "150000", "timezone": "UTC", "timezone_abbreviations": "Default",
        "max_stack_depth": "2MB", "debug_parallel_query": "off", "default_with_oids": "off", "is_superuser": "on",
        "pando.cross_database": "off", "role": "none", "session_authorization": "", "statement_mem": "",
    ]

    static let initial = SettingFact.all.mapValues(\.initial).merging(own) { $1 }

    /// Settings that are told where they are asked for by name alone.
    private static let unlisted: Set<String> = ["is_superuser", "role", "seed", "session_authorization"]

    private static let readOnly: Set<String> = ["is_superuser"]

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
        return merged.filter { !Self.unlisted.contains($0.key) }.map { (Self.spelled[$0.key] ?? $0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// What RESET goes back to.
    func resetValue(_ name: String) -> String? { defaultValue(name.lowercased()) }

    static func spelling(_ name: String) -> String { spelled[name.lowercased()] ?? name.lowercased() }

    /// - Parameter isSuperuser: the value of `is_superuser`, which whoever the session is just now decides.
    func reported(user: String, isSuperuser: String) -> [(name: String, value: String)] {
        let all = Self.reportedNames.map { name in
            (Self.spelling(name), name == "session_authorization" ? user : name == "is_superuser" ? isSuperuser : value(name) ?? "")
        }
        told = all.map(\.1)
        return all
    }

    func takeChanges(isSuperuser: @autoclosure () -> String) -> [(name: String, value: String)] {
        guard hasNews else { return [] }
        hasNews = false
        var changes: [(name: String, value: String)] = []
        for (index, name) in Self.reportedNames.enumerated() where name != "session_authorization" && index < told.count {
            let value = name == "is_superuser" ? isSuperuser() : value(name) ?? ""
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
        try requireKnown(name)
        switch SettingFact.all[name]?.context {
        // What SET can't change any more is to be said now.
        case .start, .administratorsStart: break
        default: try requireChangeable(name)
        }
        let checked = try check(name, value)
        if checked != Self.initial[name] { ownDefaults[name] = checked } else { ownDefaults[name] = nil }
        hasNews = true
        changeCount += 1
        refresh(name)
    }

    /// The file is the copy of a standby, where nothing is written, or has become a primary.
    func note(isStandby: Bool) {
        guard isStandby != self.isStandby else { return }
        self.isStandby = isStandby
        for name in ["in_hot_standby", "transaction_read_only"] { ownDefaults[name] = isStandby ? "on" : nil }
        hasNews = true
        changeCount += 1
    }

    /// - Parameter value: nil goes back to the default.
    func set(_ name: String, _ value: String?, isLocal: Bool) throws(SQLError) {
        let name = name.lowercased()
        try requireKnown(name)
        // A parameter of an application's own that is reset has no value, and is known.
        let value = value ?? (name.contains(".") && state.values[name] != nil && defaultValue(name) == nil ? "" : nil)
        try requireChangeable(name)
        put(name, try value.map { value throws(SQLError) in try check(name, value) }, isLocal: isLocal)
    }

    private func requireChangeable(_ name: String) throws(SQLError) {
        let refusal =
            Self.readOnly.contains(name) || Self.ofIdentity.contains(name) ? "cannot be changed" : SettingFact.all[name]?.context.refusal
        if let refusal { throw SQLError(SQLState(rawValue: "55P02"), "parameter \"\(name)\" \(refusal)") }
    }

    /// Throws as ``set(_:_:isLocal:)`` does for what sessions are to begin with.
    func requireForAll(_ name: String, _ value: String?) throws(SQLError) {
        let name = name.lowercased()
        try requireKnown(name)
        try requireChangeable(name)
        if let value { _ = try check(name, value) }
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
        if isLocal, state.beforeLocal[name] == nil { state.beforeLocal[name] = .some(state.values[name]) }
        if !isLocal { state.beforeLocal[name] = nil }
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
        if !state.beforeLocal.isEmpty { state.beforeLocal = [:] }
        saved.append(state)
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
            for (name, value) in state.beforeLocal { state.values[name] = value }
        } else if let first = saved.first {
            state = first
        }
        for name in Self.ofTransaction { state.values[name] = nil }
        saved = []
        state.beforeLocal = [:]
        refreshAll()
    }

    private func refreshAll() {
        for name in Self.refreshedNames { refresh(name) }
    }
}
