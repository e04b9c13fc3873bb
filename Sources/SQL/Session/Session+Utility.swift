import Catalog

/// Statements that are commands, and no plans.
extension Session {
    func done(_ tag: String) -> StatementResult { StatementResult(tag: { _ in tag }) }

    func utilityColumns(_ statement: Statement) throws(SQLError) -> [ResultColumn]? {
        switch statement {
        case .show(let show):
            switch show {
            case .setting(let name, _): return [ResultColumn(name: SessionSettings.spelling(name), type: .text)]
            case .all: return ["name", "setting", "description"].map { ResultColumn(name: $0, type: .text) }
            case .databases: return Self.databaseColumns
            case .tables: return Self.tableColumns
            case .cells(let group, _): return try cellColumns(of: group)
            }
        case .explain(_, let options): return [ResultColumn(name: "QUERY PLAN", type: try ExplainOptions(options).format.type)]
        case .execute(let name, _): return preparedStatements[name.text]?.columns
        case .fetch(let fetch) where !fetch.isMove: return cursors[fetch.cursor.text]?.columns.map { $0.resultColumn(types) }
        default: return nil
        }
    }

    func runUtility(_ statement: Statement, _ source: SourceText, isAlone: Bool) throws(SQLError) -> StatementResult {
        switch statement {
        case .begin(let modes, let isStart):
            try transaction.begin(modes)
            return done(isStart ? "START TRANSACTION" : "BEGIN")
        case .commit(let isChained):
            let modes = chainedModes
            if isChained { try requireBlock("COMMIT AND CHAIN") }
            if !transaction.isBlock { notice("there is no transaction in progress", .warning, "25P01") }
            let committed = try transaction.commit()
            if isChained { try transaction.goOn(with: modes) }
            return done(committed ? "COMMIT" : "ROLLBACK")
        case .rollback(let isChained):
            let modes = chainedModes
            if isChained { try requireBlock("ROLLBACK AND CHAIN") }
            if !transaction.isBlock { notice("there is no transaction in progress", .warning, "25P01") }
            transaction.rollback()
            if isChained { try transaction.goOn(with: modes) }
            return done("ROLLBACK")
        case .savepoint(let name):
            try requireBlock("SAVEPOINT")
            try transaction.savepoint(name.text)
            return done("SAVEPOINT")
        case .release(let name):
            try requireBlock("RELEASE SAVEPOINT")
            try transaction.release(name.text)
            return done("RELEASE")
        case .rollbackTo(let name):
            try requireBlock("ROLLBACK TO SAVEPOINT")
            try transaction.rollBack(to: name.text)
            return done("ROLLBACK")
        case .setTransaction(let modes, let isSession):
            if isSession {
                for mode in modes {
                    switch mode {
                    case .isolation(let level, _): try settingsStore.set("default_transaction_isolation", level, isLocal: false)
                    case .readOnly(let flag, _):
                        try settingsStore.set("default_transaction_read_only", flag ? "on" : "off", isLocal: false)
                    case .deferrable(let flag, _):
                        try settingsStore.set("default_transaction_deferrable", flag ? "on" : "off", isLocal: false)
                    }
                }
            } else if transaction.isBlock {
                try transaction.apply(modes)
            } else {
                notice("SET TRANSACTION can only be used in transaction blocks", .warning, "25P01")
            }
            return done("SET")
        case .setConstraints(let names, let isDeferred):
            try requireDeferrable(names)
            if !transaction.isBlock { notice("SET CONSTRAINTS can only be used in transaction blocks", .warning, "25P01") }
            transaction.setDeferral(names.map(\.last), isDeferred)
            if !isDeferred { try checkDeferredKeys(Set(names.map(\.last))) }
            return done("SET CONSTRAINTS")
        case .lock(let lock): return try self.lock(lock, isAlone: isAlone)
        case .set(let change, let isLocal): return try set(change, isLocal: isLocal, isAlone: isAlone)
        case .show(.cells(let group, let filter)): return try showCells(group, filter, source)
        case .show(let show): return try self.show(show)
        case .discard(let what):
            if what == .all {
                if transaction.isBlock { throw SQLError(SQLState(rawValue: "25001"), "DISCARD ALL cannot run inside a transaction block") }
                preparedStatements = [:]
                cursors = [:]
                mailbox.unlisten(nil)
                channelWatches = [:]
                if isKnown { ServerSessions.of(catalog).unlockAll(of: .session(number)) }
                try setIdentity("session_authorization", to: nil, isLocal: false)
                settingsStore.resetAll()
            }
            if what == .all || what == .temporary { try dropTemporaryTables() }
            if what == .all || what == .sequences {
                sequenceValues = [:]
                lastSequence = nil
            }
            return done(what == .temporary ? "DISCARD TEMP" : "DISCARD \(what.rawValue.uppercased())")
        case .prepare(let name, let types, let statement): return try prepareNamed(name, types, statement, source)
        case .execute(let name, let arguments): return try executeNamed(name, arguments, source)
        case .deallocate(let name):
            guard let name else {
                preparedStatements = [:]
                return done("DEALLOCATE ALL")
            }
            guard preparedStatements.removeValue(forKey: name.text) != nil else {
                throw SQLError(SQLState(rawValue: "26000"), "prepared statement \"\(name.text)\" does not exist")
            }
            return done("DEALLOCATE")
        case .declareCursor(let cursor): return try declare(cursor, source, isAlone: isAlone)
        case .fetch(let fetch): return try self.fetch(fetch)
        case .closeCursor(let name):
            guard let name else {
                cursors = [:]
                return done("CLOSE CURSOR ALL")
            }
            guard cursors.removeValue(forKey: name.text) != nil else { throw Self.noCursor(name) }
            return done("CLOSE CURSOR")
        case .explain(let statement, let options): return try explain(statement, options, source)
        case .vacuum(let options, let relations): return try maintain("VACUUM", options, relations)
        case .analyze(let options, let relations): return try maintain("ANALYZE", options, relations)
        case .reindex(let reindex): return try self.reindex(reindex)
        case .cluster(let relation, let index): return try cluster(relation, index)
        case .checkpoint: return done("CHECKPOINT")
        case .listen(let channel):
            // The changes of a table are told whichever process makes them, what NOTIFY sends is not.
            if catalog.writesBesideOthers, try listenedTable(channel.text) == nil { try requireNoOthers("LISTEN for what is no table") }
            _ = number
            listenings.append((channel.text, true))
            return done("LISTEN")
        case .unlisten(let channel):
            listenings.append((channel?.text, false))
            return done("UNLISTEN")
        case .notify(let channel, let payload):
            try notify(channel.text, payload ?? "")
            return done("NOTIFY")
        case .copy(let copy): return try self.copy(copy, source)
        case .use(let name): return try use(name)
        default: return try define(statement, source)
        }
    }

    /// LOCK: there is one lock, the writer's turn, which ACCESS SHARE does not ask for.
    private func lock(_ lock: Lock, isAlone: Bool) throws(SQLError) -> StatementResult {
        // The statements of one text are a block as long as nothing else is said.
        if isAlone { try requireBlock("LOCK TABLE") }
        let definitions = Definitions(self, try transaction.readState())
        if lock.mode != "access share" { try transaction.prepareToWrite(isNoWait: lock.isNoWait) }
        for relation in lock.relations {
            switch try definitions.relation(relation.name) {
            case nil: throw definitions.missing(relation.name)
            case .table(let table)? where table.declaration.query == nil:
                try definitions.requireLock(mode: lock.mode, table)
                if lock.mode != "access share" {
                    try transaction.rest(on: table.config, lock.isExclusive ? .update : .share)
                }
            case .view(let view)?: try definitions.requireLock(mode: lock.mode, view)
            case .table?, .rows?: break
            case .sequence?, .index?:
                throw SQLError(SQLState(rawValue: "42809"), "\"\(relation.name.last)\" is not a table or view")
            }
        }
        return done("LOCK TABLE")
    }

    /// REINDEX: entries are never out of order here, so there is nothing to do once it is known what is meant.
    private func reindex(_ reindex: Reindex) throws(SQLError) -> StatementResult {
        if reindex.isConcurrent || reindex.kind == .schema || reindex.kind == .database || reindex.kind == .system, transaction.isBlock {
            let word = reindex.isConcurrent ? "CONCURRENTLY" : reindex.kind.rawValue.uppercased()
            throw SQLError(SQLState(rawValue: "25001"), "REINDEX \(word) cannot run inside a transaction block")
        }
        let definitions = Definitions(self, try transaction.readState())
        switch reindex.kind {
        case .table:
            switch try definitions.relation(reindex.name) {
            case nil: throw definitions.missing(reindex.name)
            case .table?, .rows?: break
            default: throw SQLError(SQLState(rawValue: "42809"), "\"\(reindex.name.last)\" is not a table or materialized view")
            }
        case .index:
            let definer = Definer(self, definitions, try SourceText(""))
            guard try definer.table(ofIndexNamed: reindex.name, definitions) == nil else { break }
            if try definitions.relation(reindex.name) != nil {
                throw SQLError(SQLState(rawValue: "42809"), "\"\(reindex.name.last)\" is not an index")
            }
            throw definitions.missing(reindex.name)
        case .schema:
            guard definitions.hasSchema(reindex.name.last) else {
                throw SQLError(SQLState(rawValue: "3F000"), "schema \"\(reindex.name.last)\" does not exist")
            }
        case .system, .database: break
        }
        return done("REINDEX")
    }

    /// Throws `42704` and `42809` for constraints that SET CONSTRAINTS can't be about.
    private func requireDeferrable(_ names: [QualifiedName]) throws(SQLError) {
        guard !names.isEmpty else { return }
        let definitions = Definitions(self, try transaction.readState())
        let tables = try definitions.tables()
        for name in names {
            let found = tables.flatMap { table in table.declaration.constraints.filter { $0.name == name.last } }
            if found.isEmpty {
                throw definitions.missingSchema(of: name)
                    ?? SQLError(SQLState(rawValue: "42704"), "constraint \"\(name.text)\" does not exist")
            }
            guard found.contains(where: \.isDeferrable) else {
                throw SQLError(SQLState(rawValue: "42809"), "constraint \"\(name.text)\" is not deferrable")
            }
        }
    }

    /// What the transaction that follows takes over from this one. What was said in a transaction that has failed is undone with it, up to its
    /// last savepoint or to what it took over itself.
    private var chainedModes: [TransactionMode] {
        var isReadOnly = transaction.isReadOnly || catalog.isStandby
        if transaction.isFailed {
            guard let savepoint = transaction.savepoints.last else { return transaction.modesTakenOver }
            isReadOnly = savepoint.isReadOnly || catalog.isStandby
        }
        return [
            .isolation(transaction.isolation, Position(0)), .readOnly(isReadOnly, Position(0)),
            .deferrable(setting("transaction_deferrable") == "on", Position(0)),
        ]
    }

    func requireBlock(_ word: String) throws(SQLError) {
        guard transaction.isBlock else {
            throw SQLError(SQLState(rawValue: "25P01"), "\(word) can only be used in transaction blocks")
        }
    }

    // MARK: - Settings

    private func set(_ change: SettingChange, isLocal: Bool, isAlone: Bool) throws(SQLError) -> StatementResult {
        if isLocal, !transaction.isBlock, isAlone {
            try settingsStore.requireKnown(change.name.lowercased())
            notice("SET LOCAL can only be used in transaction blocks", .warning, "25P01")
            return done("SET")
        }
        let name = change.name.lowercased()
        let isIdentity = SessionSettings.ofIdentity.contains(name)
        switch change.value {
        case .resetAll:
            settingsStore.resetAll()
            return done("RESET")
        case .default, .reset:
            if isIdentity {
                try setIdentity(name, to: nil, isLocal: isLocal)
            } else {
                try settingsStore.set(change.name, nil, isLocal: isLocal)
            }
            if case .reset = change.value { return done("RESET") }
        case .current: break
        case .values:
            let value = try value(of: change) ?? ""
            if isIdentity {
                try setIdentity(name, to: value, isLocal: isLocal)
                return done("SET")
            }
            try set(change.name, to: value, isLocal: isLocal)
        }
        return done("SET")
    }

    /// What a setting is to be; nil: its default.
    func value(of change: SettingChange) throws(SQLError) -> String? {
        switch change.value {
        case .default, .reset, .resetAll: return nil
        case .current: return setting(change.name)
        case .values(let values):
            var texts: [String] = []
            for value in values {
                switch value {
                case .string(let text): texts.append(change.name == "search_path" ? Quoting.identifier(text) : text)
                case .number(let text): texts.append(text)
                case .interval(let expression): texts.append(try zoneName(expression))
                }
            }
            return texts.joined(separator: ", ")
        }
    }

    /// Sets a setting, and what the open block is by it.
    func set(_ name: String, to value: String?, isLocal: Bool) throws(SQLError) {
        guard transaction.isBlock, let value, let mode = Self.mode(name.lowercased(), value) else {
            return try settingsStore.set(name, value, isLocal: isLocal)
        }
        try transaction.apply([mode])
    }

    /// What SET TRANSACTION says of a setting's value; nil if it is none of a transaction, or no such value.
    private static func mode(_ name: String, _ value: String) -> TransactionMode? {
        switch name {
        case "transaction_isolation":
            let levels = ["serializable", "repeatable read", "read committed", "read uncommitted"]
            return levels.first { $0 == value.lowercased() }.map { .isolation($0, Position(0)) }
        case "transaction_read_only": return SessionSettings.flag(value).map { .readOnly($0, Position(0)) }
        case "transaction_deferrable": return SessionSettings.flag(value).map { .deferrable($0, Position(0)) }
        default: return nil
        }
    }

    /// The zone that SET TIME ZONE INTERVAL means.
    private func zoneName(_ expression: Expression) throws(SQLError) -> String {
        let state = try transaction.readState()
        let binder = Binder(self, Definitions(self, state), try SourceText(""), ParameterTypes([]))
        let bound = try binder.bind(expression, Scope(parent: nil, rules: .defaults))
        let scalar = try binder.coerce(bound, to: .interval, .explicit, at: nil)
        let run = Run(self, state, parameters: [], slotCount: binder.slotCount, canceller.begin())
        guard case .interval(let interval) = try scalar.value([], run) else { return "UTC" }
        let seconds = interval.microseconds / 1_000_000
        guard interval.months == 0, interval.days == 0, seconds.magnitude < 168 * 3600 else {
            throw SQLError(.invalidParameterValue, "invalid interval value for time zone: it must be of hours and minutes alone")
        }
        return SQLTimeZone(secondsEast: Int32(seconds)).name
    }

    private func show(_ show: Show) throws(SQLError) -> StatementResult {
        switch show {
        case .setting(let name, _):
            guard let value = shownSetting(name) else {
                throw SQLError(SQLState(rawValue: "42704"), "unrecognized configuration parameter \"\(name)\"")
            }
            return StatementResult(
                columns: [ResultColumn(name: SessionSettings.spelling(name), type: .text)], tag: { _ in "SHOW" },
                rows: Plan.source([[.text(value)]]), isComplete: true)
        case .all:
            return StatementResult(
                columns: ["name", "setting", "description"].map { ResultColumn(name: $0, type: .text) }, tag: { _ in "SHOW" },
                rows: Plan.source(settingsStore.all.map { [.text($0.name), .text($0.value), .text("")] }), isComplete: true)
        case .databases: return try showDatabases()
        case .tables(let schema): return try showTables(schema)
        case .cells(let group, let filter): return try showCells(group, filter, try SourceText(""))
        }
    }

    // MARK: - Prepared statements

    private func prepareNamed(
        _ name: Name, _ types: [TypeName], _ statement: Statement, _ source: SourceText
    ) throws(SQLError) -> StatementResult {
        try requireRoom(toPrepare: source)
        let state = try transaction.readState()
        let binder = Binder(self, Definitions(self, state), source, ParameterTypes([]))
        var given: [SQLType?] = []
        for type in types { given.append(try TypeNames.resolve(type, binder)) }
        let prepared = try prepare(statement, source, given)
        guard preparedStatements[name.text] == nil else {
            throw SQLError(SQLState(rawValue: "42P05"), "prepared statement \"\(name.text)\" already exists")
        }
        prepared.isOfSQL = true
        preparedStatements[name.text] = prepared
        return done("PREPARE")
    }

    private func requireRoom(toPrepare source: SourceText) throws(SQLError) {
        guard let limits = statementLimits else { return }
        guard preparedStatements.count < limits.count else {
            throw SQLError(.programLimitExceeded, "a session may have \(limits.count) prepared statements")
        }
        preparedByteCount += source.count
        guard preparedByteCount > limits.bytes else { return }
        // Some may be gone, and those of one text keep it together.
        var texts: Set<ObjectIdentifier> = []
        preparedByteCount = ([source] + preparedStatements.values.map(\.source)).reduce(0) { sum, other in
            if let told = other.told, !texts.insert(ObjectIdentifier(told)).inserted { return sum }
            return sum + other.count
        }
        guard preparedByteCount > limits.bytes else { return }
        throw SQLError(SQLState(rawValue: "53200"), "the prepared statements of a session may have \(limits.bytes) bytes")
    }

    func executeNamed(_ name: Name, _ arguments: [Expression], _ source: SourceText) throws(SQLError) -> StatementResult {
        let (prepared, values) = try preparedCall(name, arguments, source)
        guard let statement = prepared.statement else { return done("") }
        return try run(prepared, statement, values)
    }

    /// The statement of that name, and the values of EXECUTE's arguments.
    func preparedCall(
        _ name: Name, _ arguments: [Expression], _ source: SourceText
    ) throws(SQLError) -> (statement: PreparedStatement, values: [SQLValue]) {
        guard let prepared = preparedStatements[name.text] else {
            throw SQLError(SQLState(rawValue: "26000"), "prepared statement \"\(name.text)\" does not exist")
        }
        guard arguments.count == prepared.parameterTypes.count else {
            throw SQLError(
                .syntaxError, "wrong number of parameters for prepared statement \"\(name.text)\"",
                detail: "Expected \(prepared.parameterTypes.count) parameters but got \(arguments.count).")
        }
        let state = try transaction.readState()
        let definitions = Definitions(self, state)
        self.definitions = definitions
        let binder = Binder(self, definitions, source, ParameterTypes([]))
        let scope = Scope(parent: nil, rules: .execute)
        var scalars: [Scalar] = []
        for (argument, type) in zip(arguments, prepared.parameterTypes.map { $0 == .unknown ? .text : $0 }) {
            let scalar = try binder.bind(argument, scope)
            guard let coerced = try binder.coerceIfPossible(scalar, to: type, .assignment, at: argument.position) else {
                throw SQLError(
                    SQLState(rawValue: "42804"),
                    "parameter of type \(binder.typeName(scalar.type)) cannot be coerced to the expected type \(binder.typeName(type))")
            }
            scalars.append(coerced)
        }
        let run = Run(self, state, parameters: [], slotCount: binder.slotCount, canceller.begin())
        var values: [SQLValue] = []
        for scalar in scalars { values.append(try scalar.value([], run)) }
        return (prepared, values)
    }
}
