import Catalog
import Ground
import ReQLish

/// Functions that tell of the session, of the server, and of other sessions.
enum SessionFunctions {
    static let bodies: [String: SQLFunction.Body] = {
        var bodies: [String: SQLFunction.Body] = [:]
        addSettings(to: &bodies)
        addServer(to: &bodies)
        addTransactions(to: &bodies)
        addOthers(to: &bodies)
        addLocks(to: &bodies)
        addSizes(to: &bodies)
        return bodies
    }()

    private static func session(_ context: CallContext) throws(SQLError) -> Session {
        if let session = context.session as? Session { return session }
        throw SQLError(.featureNotSupported, "this function needs a session")
    }

    // MARK: Settings

    private static func addSettings(to bodies: inout [String: SQLFunction.Body]) {
        bodies["current_setting"] = .scalar { (arguments, context) throws(SQLError) in
            let name = arguments[0].text
            let session = try session(context)
            if let value = session.shownSetting(name) { return .text(value) }
            if arguments.count > 1, case .bool(true) = arguments[1] { return .null }
            throw SQLError(SQLState(rawValue: "42704"), "unrecognized configuration parameter \"\(name)\"")
        }
        bodies["set_config"] = .scalar { (arguments, context) throws(SQLError) in
            let session = try session(context)
            guard !arguments[0].isNull else {
                throw SQLError(SQLState(rawValue: "22004"), "SET requires parameter name")
            }
            let name = arguments[0].text
            let isLocal = if case .bool(let flag) = arguments[2] { flag } else { false }
            if SessionSettings.ofIdentity.contains(name.lowercased()) {
                try session.setIdentity(name.lowercased(), to: arguments[1].isNull ? nil : arguments[1].text, isLocal: isLocal)
                return .text(session.shownSetting(name) ?? "")
            }
            try session.set(name, to: arguments[1].isNull ? nil : arguments[1].text, isLocal: isLocal)
            return .text(session.shownSetting(name) ?? "")
        }
        bodies["current_schemas"] = .scalar { (arguments, context) throws(SQLError) in
            let definitions = try session(context).definitions
            var names = definitions?.searchPath.filter { definitions?.hasSchema($0) ?? false } ?? ["public"]
            if case .bool(true) = arguments[0] { if !names.contains("pg_catalog") { names.insert("pg_catalog", at: 0) } }
            return .array(SQLArray(.name, names.map { .text($0) }))
        }
    }

    // MARK: The server

    private static func addServer(to bodies: inout [String: SQLFunction.Body]) {
        for name in ["current_database", "current_schema", "current_user", "session_user"] {
            bodies[name] = .scalar { (_, context) throws(SQLError) in try session(context).sessionText(name) }
        }
        bodies["version"] = .scalar { _, context in
            let version = context.session.setting("server_version") ?? "15.0"
            return .text("PostgreSQL \(version) on \(Self.platform)")
        }
        bodies["pg_postmaster_start_time"] = .scalar { (_, context) throws(SQLError) in
            .timestamptz(ServerSessions.of(try session(context).catalog).startTime)
        }
        bodies["pg_conf_load_time"] = bodies["pg_postmaster_start_time"]
        bodies["pg_is_in_recovery"] = .scalar { (_, context) throws(SQLError) in .bool(try session(context).catalog.isStandby) }
        // There is nothing of these, or nothing that others could see.
        for name in ["pg_is_other_temp_schema", "pg_jit_available"] { bodies[name] = .scalar { _, _ in .bool(false) } }
        bodies["pg_notification_queue_usage"] = .scalar { _, _ in .double(0) }
        bodies["pg_trigger_depth"] = .scalar { _, _ in .int(0) }
        bodies["pg_reload_conf"] = .scalar { (_, _) throws(SQLError) in
            throw SQLError(
                SQLState(rawValue: "42501"), "permission denied for function pg_reload_conf",
                hint: "Settings of the server are read when it starts.")
        }
        for name in ["client", "server"] {
            let end: @Sendable (CallContext) throws(SQLError) -> QueryClient? = { (context) throws(SQLError) in
                let session = try session(context)
                return name == "client" ? session.client : session.server
            }
            bodies["inet_\(name)_addr"] = .scalar { (_, context) throws(SQLError) in
                guard let address = try end(context)?.address else { return .null }
                return .inet(try NetworkAddress(address, isCIDR: false))
            }
            bodies["inet_\(name)_port"] = .scalar { (_, context) throws(SQLError) in
                try end(context).map { .int(Int64($0.port)) } ?? .null
            }
        }
        bodies["pg_encoding_max_length"] = .scalar { arguments, _ in
            CharacterEncoding(arguments[0].int).map { .int(Int64($0.byteCount)) } ?? .null
        }
        bodies["oidvectortypes"] = .scalar { arguments, context in
            guard case .array(let vector) = arguments[0] else { return .text("") }
            let names = vector.elements.map { TypeTable.format(SQLType(UInt32(truncatingIfNeeded: $0.int)), context.session.types) }
            return .text(names.joined(separator: ", "))
        }
        bodies["pg_get_keywords"] = .set { _, _ in
            let fields = [
                SQLRecord.Field("word", .text), .init("catcode", .char), .init("barelabel", .bool), .init("catdesc", .text),
                .init("baredesc", .text),
            ]
            return Keyword.allCases.filter { $0 != .notKeyword && $0.rawValue < Keyword.notBefore.rawValue }.map { keyword in
                let (code, name) =
                    switch keyword.category {
                    case .unreserved: ("U", "unreserved")
                    case .columnName: ("C", "unreserved (cannot be function or type name)")
                    case .typeOrFunctionName: ("T", "reserved (can be function or type name)")
                    case .reserved: ("R", "reserved")
                    }
                let isBare = keyword.isBareLabel
                return .record(
                    SQLRecord(
                        fields: fields,
                        values: [
                            .text(keyword.spelling), .text(code), .bool(isBare), .text(name),
                            .text(isBare ? "can be bare label" : "requires AS"),
                        ]))
            }
        }
    }

    private static var platform: String {
        #if arch(x86_64)
            let processor = "x86_64"
        #else
            let processor = "aarch64"
        #endif
        #if canImport(Darwin)
            return "\(processor)-apple-darwin"
        #else
            return "\(processor)-pc-linux-gnu"
        #endif
    }

    // MARK: Transactions

    private static func addTransactions(to bodies: inout [String: SQLFunction.Body]) {
        @Sendable func committed(_ session: Session) -> UInt64 { session.definitions?.state.snapshot.transaction ?? 0 }
        for name in ["txid_current", "pg_current_xact_id"] {
            bodies[name] = .scalar { (_, context) throws(SQLError) in
                let session = try session(context)
                return .int(Int64(bitPattern: session.transactionNumber(above: committed(session))))
            }
        }
        for name in ["txid_current_if_assigned", "pg_current_xact_id_if_assigned"] {
            bodies[name] = .scalar { (_, context) throws(SQLError) in
                let session = try session(context)
                let number = ServerSessions.of(session.catalog).knownTransactionNumber(of: session.number)
                return number.map { .int(Int64(bitPattern: $0)) } ?? .null
            }
        }
        for name in ["txid_status", "pg_xact_status"] {
            bodies[name] = .scalar { (arguments, context) throws(SQLError) in
                let session = try session(context)
                let number = UInt64(bitPattern: arguments[0].int)
                let sessions = ServerSessions.of(session.catalog)
                let snapshot = sessions.transactionSnapshot(at: committed(session))
                guard number < snapshot.next else {
                    throw SQLError(.invalidParameterValue, "transaction ID \(number) is in the future")
                }
                if let wasCommitted = sessions.wasCommitted(transaction: number) {
                    return .text(wasCommitted ? "committed" : "aborted")
                }
                return snapshot.running.contains(number) ? .text("in progress") : .null
            }
        }
        bodies["age#1181"] = .scalar { (arguments, context) throws(SQLError) in
            guard arguments[0].int >= 3 else { return .int(Int64(Int32.max)) }
            let session = try session(context)
            let next = ServerSessions.of(session.catalog).transactionSnapshot(at: committed(session)).next
            return .int(Int64(Int32(truncatingIfNeeded: Int64(bitPattern: next) &- arguments[0].int)))
        }
        for prefix in ["pg", "txid"] {
            @Sendable func snapshot(_ value: SQLValue) throws(SQLError) -> TransactionSnapshot {
                if let snapshot = TransactionSnapshot(value.text) { return snapshot }
                throw SQLError(.invalidTextRepresentation, "invalid input syntax for type pg_snapshot: \"\(value.text)\"")
            }
            bodies[prefix == "pg" ? "pg_current_snapshot" : "txid_current_snapshot"] = .scalar { (_, context) throws(SQLError) in
                let session = try session(context)
                return .text(ServerSessions.of(session.catalog).transactionSnapshot(at: committed(session)).description)
            }
            bodies["\(prefix)_snapshot_xmin"] = .scalar { (arguments, _) throws(SQLError) in
                .int(Int64(bitPattern: try snapshot(arguments[0]).first))
            }
            bodies["\(prefix)_snapshot_xmax"] = .scalar { (arguments, _) throws(SQLError) in
                .int(Int64(bitPattern: try snapshot(arguments[0]).next))
            }
            bodies["\(prefix)_snapshot_xip"] = .set { (arguments, _) throws(SQLError) in
                try snapshot(arguments[0]).running.map { .int(Int64(bitPattern: $0)) }
            }
            bodies["\(prefix)_visible_in_snapshot"] = .scalar { (arguments, _) throws(SQLError) in
                .bool(try snapshot(arguments[1]).shows(UInt64(bitPattern: arguments[0].int)))
            }
        }
    }

    // MARK: Other sessions

    private static func addOthers(to bodies: inout [String: SQLFunction.Body]) {
        bodies["pg_backend_pid"] = .scalar { (_, context) throws(SQLError) in .int(Int64(try session(context).number)) }
        for (name, isForGood) in [("pg_cancel_backend", false), ("pg_terminate_backend", true)] {
            bodies[name] = .scalar { (arguments, context) throws(SQLError) in
                let session = try session(context)
                let number = Int32(truncatingIfNeeded: arguments[0].int)
                let sessions = ServerSessions.of(session.catalog)
                guard let other = sessions.all.first(where: { $0.number == number }) else {
                    session.notice("PID \(number) is not a PostgreSQL backend process", .warning, "01000")
                    return .bool(false)
                }
                guard session.user == UserConfig.administrator || other.user == session.user else {
                    throw SQLError(
                        SQLState(rawValue: "42501"),
                        "must be a member of the role whose query is being canceled or member of pg_signal_backend")
                }
                return .bool(sessions.stop(number, forGood: isForGood))
            }
        }
        bodies["pg_blocking_pids"] = .scalar { (arguments, context) throws(SQLError) in
            let waiter = OpenTransactions.User.session(Int32(truncatingIfNeeded: arguments[0].int))
            let blockers = try session(context).catalog.openTransactions.waits.compactMap { wait -> SQLValue? in
                guard wait.waiter == waiter, case .session(let number) = wait.blocker else { return nil }
                return .int(Int64(number))
            }
            return .array(SQLArray(.int4, blockers))
        }
        bodies["pg_notify"] = .scalar { (arguments, context) throws(SQLError) in
            try session(context).notify(arguments[0].isNull ? "" : arguments[0].text, arguments[1].isNull ? "" : arguments[1].text)
            return .text("")
        }
        bodies["pg_listening_channels"] = .set { (_, context) throws(SQLError) in
            try session(context).mailbox.channels.map { .text($0) }
        }
        bodies["pg_sleep"] = .scalar { (arguments, context) throws(SQLError) in
            let seconds = if case .double(let seconds) = arguments[0] { seconds } else { 0.0 }
            try sleep(microseconds: seconds * 1_000_000, try session(context))
            return .text("")
        }
        bodies["pg_sleep_for"] = .scalar { (arguments, context) throws(SQLError) in
            guard case .interval(let interval) = arguments[0] else { return .null }
            let days = Double(interval.months) * 30 + Double(interval.days)
            try sleep(microseconds: days * 86_400_000_000 + Double(interval.microseconds), try session(context))
            return .text("")
        }
        bodies["pg_sleep_until"] = .scalar { (arguments, context) throws(SQLError) in
            guard case .timestamptz(let moment) = arguments[0] else { return .null }
            try sleep(microseconds: Double(moment) - Double(Session.now()), try session(context))
            return .text("")
        }
    }

    private static func sleep(microseconds: Double, _ session: Session) throws(SQLError) {
        guard microseconds > 0 else { return }
        try session.sleep(until: .now + .microseconds(Int64(min(microseconds, 1e15))))
    }

    // MARK: Advisory locks

    private static func addLocks(to bodies: inout [String: SQLFunction.Body]) {
        @Sendable func lock(_ arguments: [SQLValue], _ session: Session, isShared: Bool) -> AdvisoryLock {
            let key =
                arguments.count > 1
                ? Int64(Int32(truncatingIfNeeded: arguments[0].int)) << 32 | Int64(UInt32(truncatingIfNeeded: arguments[1].int))
                : arguments[0].int
            return AdvisoryLock(database: session.database, key: key, isPair: arguments.count > 1, isShared: isShared)
        }
        for (suffix, isShared) in [("", false), ("_shared", true)] {
            for (scope, isOfTransaction) in [("", false), ("xact_", true)] {
                bodies["pg_try_advisory_\(scope)lock\(suffix)"] = .scalar { (arguments, context) throws(SQLError) in
                    let session = try session(context)
                    return .bool(try session.tryLock(lock(arguments, session, isShared: isShared), isOfTransaction: isOfTransaction))
                }
                bodies["pg_advisory_\(scope)lock\(suffix)"] = .scalar { (arguments, context) throws(SQLError) in
                    let session = try session(context)
                    try session.waitToLock(lock(arguments, session, isShared: isShared), isOfTransaction: isOfTransaction)
                    return .text("")
                }
            }
            bodies["pg_advisory_unlock\(suffix)"] = .scalar { (arguments, context) throws(SQLError) in
                let session = try session(context)
                let held = session.unlock(lock(arguments, session, isShared: isShared))
                if !held {
                    session.notice("you don't own a lock of type \(isShared ? "ShareLock" : "ExclusiveLock")", .warning, "01000")
                }
                return .bool(held)
            }
        }
        bodies["pg_advisory_unlock_all"] = .scalar { (_, context) throws(SQLError) in
            let session = try session(context)
            for (lock, holder) in ServerSessions.of(session.catalog).locks.held where holder == session.lockHolder {
                while session.unlock(lock) {}
            }
            return .text("")
        }
    }

    // MARK: Sizes

    /// About the bytes of what a relation or a database holds: documents are counted exactly, and taken to have 100 bytes each.
    private static func addSizes(to bodies: inout [String: SQLFunction.Body]) {
        for name in ["pg_relation_size", "pg_table_size", "pg_total_relation_size", "pg_indexes_size"] {
            bodies[name] = .scalar { (arguments, context) throws(SQLError) in
                let session = try session(context)
                guard let definitions = session.definitions else { return .null }
                let oid = UInt32(truncatingIfNeeded: arguments[0].int)
                let reader = SystemReader(session, definitions.state)
                guard let table = try definitions.tables().first(where: { $0.oid == oid }) else {
                    return try reader.relationName(oid) == nil && SystemColumns.all.first(where: { $0.oid == oid }) == nil ? .null : .int(0)
                }
                guard name != "pg_indexes_size" else { return .int(Int64(table.systemIndexes.count) * 8192) }
                return .int(Int64(try reader.pageCount(table)) * 8192)
            }
        }
        bodies["pg_tablespace_size"] = .scalar { (arguments, context) throws(SQLError) in
            var oid = UInt32(1663)
            switch arguments[0] {
            case .text("pg_default"): break
            case .text("pg_global"): oid = 1664
            case .text(let name): throw SQLError(SQLState(rawValue: "42704"), "tablespace \"\(name)\" does not exist")
            default: oid = UInt32(truncatingIfNeeded: arguments[0].int)
            }
            guard oid == 1663, let definitions = try session(context).definitions else { return oid == 1664 ? .int(0) : .null }
            let reader = SystemReader(try session(context), definitions.state)
            var size: Int64 = 0
            for database in try definitions.reading({ () throws(CatalogError) in try definitions.state.snapshot.databases() }) {
                size += try reader.byteCount(of: database)
            }
            return .int(size)
        }
        bodies["pg_database_size"] = .scalar { (arguments, context) throws(SQLError) in
            let session = try session(context)
            guard let definitions = session.definitions else { return .null }
            let reader = SystemReader(session, definitions.state)
            let all = try definitions.reading { () throws(CatalogError) in try definitions.state.snapshot.databases() }
            let found: DatabaseConfig?
            if case .text(let name) = arguments[0] {
                found = all.first { $0.name == name }
                guard found != nil else { throw Session.noDatabase(name) }
            } else {
                let oid = UInt32(truncatingIfNeeded: arguments[0].int)
                found = all.first { ObjectNumbers.of($0.id) == oid }
            }
            return try found.map { database throws(SQLError) in .int(try reader.byteCount(of: database)) } ?? .null
        }
    }
}

extension SystemReader {
    /// Pages of 8 KiB as PostgreSQL would count them, of documents of 100 bytes.
    func pageCount(_ table: TableRelation) throws(SQLError) -> Int { Self.pageCount(of: try documentCount(table) ?? 0) }

    private static func pageCount(of documents: Int) -> Int { (documents * 100 + 8191) / 8192 }

    /// The bytes of a database, at least those of a page, as far as its tables may be read.
    func byteCount(of database: DatabaseConfig) throws(SQLError) -> Int64 {
        var pages = 0
        for table in try definitions.reading({ () throws(CatalogError) in try state.snapshot.tables(in: database) }) {
            guard try definitions.may(.read, PermissionScope(table)) else { continue }
            let count = try definitions.reading { () throws(CatalogError) in try state.snapshot.documentCount(in: table) }
            pages += Self.pageCount(of: count)
        }
        return Int64(max(pages, 1)) * 8192
    }
}

extension Session {
    /// A setting as SHOW gives it.
    func shownSetting(_ name: String) -> String? {
        switch name.lowercased() {
        case "transaction_isolation": transaction.isolation
        case "session_authorization": authorization
        case "is_superuser": user == UserConfig.administrator ? "on" : "off"
        case "seed": "unavailable"
        default: setting(name)
        }
    }

    /// Waits for a time. Others may write meanwhile. Throws if the statement was cancelled, or has taken too long.
    func sleep(until end: MonotonicTime) throws(SQLError) {
        if end - .now < Self.lookInterval { return try pause(for: end - .now) }
        lendTurn()
        try ThreadRelief.waiting { (isRelieved) throws(SQLError) in
            if !isRelieved { throw Self.tooManyWait }
            while case let now = MonotonicTime.now, now < end { try pause(for: min(end - now, Self.lookInterval)) }
        }
    }

    /// Throws if the statement was cancelled, or has taken too long.
    func pause(for time: Duration = .milliseconds(10)) throws(SQLError) {
        let _: Int? = Monitored(0).wait(until: .now + time) { _ in nil }
        try checkStopped()
    }

    // MARK: LISTEN and NOTIFY

    func notify(_ channel: String, _ payload: String) throws(SQLError) {
        try requireNoOthers("NOTIFY")
        if channel.isEmpty { throw SQLError(.invalidParameterValue, "channel name cannot be empty") }
        if channel.utf8.count >= 64 { throw SQLError(.invalidParameterValue, "channel name too long") }
        if payload.utf8.count >= SessionNotification.payloadLimit { throw SQLError(.invalidParameterValue, "payload string too long") }
        notifications.append(SessionNotification(number: number, database: database, channel: channel, payload: payload))
        if notifications.byteCount > Mailbox.byteLimit { throw Mailbox.full }
    }
}
