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
            case .cells: return nil
            }
        case .explain: return [ResultColumn(name: "QUERY PLAN", type: .text)]
        case .execute(let name, _): return preparedStatements[name.text]?.columns
        case .fetch(let fetch) where !fetch.isMove: return cursors[fetch.cursor.text]?.columns.map(\.resultColumn)
        default: return nil
        }
    }

    func runUtility(_ statement: Statement, _ source: SourceText, isAlone: Bool) throws(SQLError) -> StatementResult {
        switch statement {
        case .begin(let modes, let isStart):
            try transaction.begin(modes)
            return done(isStart ? "START TRANSACTION" : "BEGIN")
        case .commit(let isChained):
            let (isolation, isReadOnly) = (transaction.isolation, transaction.isReadOnly)
            if isChained { try requireBlock("COMMIT AND CHAIN") }
            if !transaction.isBlock { notice("there is no transaction in progress", .warning, "25P01") }
            let committed = try transaction.commit()
            if isChained { try chain(isolation, isReadOnly) }
            return done(committed ? "COMMIT" : "ROLLBACK")
        case .rollback(let isChained):
            let (isolation, isReadOnly) = (transaction.isolation, transaction.isReadOnly)
            if isChained { try requireBlock("ROLLBACK AND CHAIN") }
            if !transaction.isBlock { notice("there is no transaction in progress", .warning, "25P01") }
            transaction.rollback()
            if isChained { try chain(isolation, isReadOnly) }
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
            transaction.setDeferral(names.map(\.last), isDeferred)
            if !isDeferred { try checkDeferredKeys() }
            return done("SET CONSTRAINTS")
        case .lock(let lock): return try self.lock(lock)
        case .set(let change, let isLocal): return try set(change, isLocal: isLocal, isAlone: isAlone)
        case .show(let show): return try self.show(show)
        case .discard(let what):
            if what == .all {
                if transaction.isBlock { throw SQLError(SQLState(rawValue: "25001"), "DISCARD ALL cannot run inside a transaction block") }
                preparedStatements = [:]
                cursors = [:]
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
        case .declareCursor(let cursor): return try declare(cursor, source)
        case .fetch(let fetch): return try self.fetch(fetch)
        case .closeCursor(let name):
            guard let name else {
                cursors = [:]
                return done("CLOSE CURSOR ALL")
            }
            guard cursors.removeValue(forKey: name.text) != nil else { throw Self.noCursor(name) }
            return done("CLOSE CURSOR")
        case .explain(let statement, let options): return try explain(statement, options, source)
        case .vacuum:
            if transaction.isBlock { throw SQLError(SQLState(rawValue: "25001"), "VACUUM cannot run inside a transaction block") }
            return done("VACUUM")
        case .analyze: return done("ANALYZE")
        case .reindex(let reindex): return try self.reindex(reindex)
        case .cluster: return done("CLUSTER")
        case .checkpoint: return done("CHECKPOINT")
        case .listen(let channel):
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
    private func lock(_ lock: Lock) throws(SQLError) -> StatementResult {
        try requireBlock("LOCK TABLE")
        let definitions = Definitions(self, try transaction.readState())
        for relation in lock.relations {
            switch try definitions.relation(relation.name) {
            case nil: throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(relation.name.text)\" does not exist")
            case .table(let table)?:
                guard table.declaration.query == nil else { fallthrough }
                try definitions.requireLock(isReading: lock.mode == "access share", table)
            case .view?, .rows?: break
            case .sequence?, .index?:
                throw SQLError(SQLState(rawValue: "42809"), "\"\(relation.name.last)\" is not a table or view")
            }
        }
        if lock.mode != "access share" { try transaction.prepareToWrite(isNoWait: lock.isNoWait) }
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
            case nil: throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(reindex.name.text)\" does not exist")
            case .table?, .rows?: break
            default: throw SQLError(SQLState(rawValue: "42809"), "\"\(reindex.name.last)\" is not a table or materialized view")
            }
        case .index:
            let definer = Definer(self, definitions, try SourceText(""))
            guard try definer.table(ofIndexNamed: reindex.name, definitions) == nil else { break }
            if try definitions.relation(reindex.name) != nil {
                throw SQLError(SQLState(rawValue: "42809"), "\"\(reindex.name.last)\" is not an index")
            }
            throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(reindex.name.text)\" does not exist")
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
        let tables = try Definitions(self, try transaction.readState()).tables()
        for name in names {
            let found = tables.flatMap { table in table.declaration.constraints.filter { $0.name == name.last } }
            if found.isEmpty { throw SQLError(SQLState(rawValue: "42704"), "constraint \"\(name.text)\" does not exist") }
            guard found.contains(where: \.isDeferrable) else {
                throw SQLError(SQLState(rawValue: "42809"), "constraint \"\(name.text)\" is not deferrable")
            }
        }
    }

    private func chain(_ isolation: String, _ isReadOnly: Bool) throws(SQLError) {
        try transaction.begin([])
        try transaction.apply([.isolation(isolation, Position(0)), .readOnly(isReadOnly, Position(0))])
    }

    func requireBlock(_ word: String) throws(SQLError) {
        guard transaction.isBlock else {
            throw SQLError(SQLState(rawValue: "25P01"), "\(word) can only be used in transaction blocks")
        }
    }

    // MARK: - Settings

    private func set(_ change: SettingChange, isLocal: Bool, isAlone: Bool) throws(SQLError) -> StatementResult {
        if isLocal, !transaction.isBlock, isAlone {
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
        case .values(let values):
            var texts: [String] = []
            for value in values {
                switch value {
                case .string(let text): texts.append(change.name == "search_path" ? Quoting.identifier(text) : text)
                case .number(let text): texts.append(text)
                case .interval: throw SQLError(.featureNotSupported, "SET TIME ZONE INTERVAL is not supported")
                }
            }
            if isIdentity {
                try setIdentity(name, to: texts.first ?? "", isLocal: isLocal)
                return done("SET")
            }
            try settingsStore.set(change.name, texts.joined(separator: ", "), isLocal: isLocal)
        }
        return done("SET")
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
        case .cells: throw SQLError(.featureNotSupported, "SHOW CELLS is not supported yet")
        }
    }

    // MARK: - Prepared statements

    private func prepareNamed(
        _ name: Name, _ types: [TypeName], _ statement: Statement, _ source: SourceText
    ) throws(SQLError) -> StatementResult {
        guard preparedStatements[name.text] == nil else {
            throw SQLError(SQLState(rawValue: "42P05"), "prepared statement \"\(name.text)\" already exists")
        }
        let state = try transaction.readState()
        let binder = Binder(self, Definitions(self, state), source, ParameterTypes([]))
        var given: [SQLType?] = []
        for type in types { given.append(try TypeNames.resolve(type, binder)) }
        preparedStatements[name.text] = try prepare(statement, source, given)
        return done("PREPARE")
    }

    private func executeNamed(_ name: Name, _ arguments: [Expression], _ source: SourceText) throws(SQLError) -> StatementResult {
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
        for (argument, type) in zip(arguments, prepared.parameterTypes) {
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
        guard let statement = prepared.statement else { return done("") }
        if statement.isBound {
            let (bound, _) = try bind(statement, prepared.source, ParameterTypes(prepared.parameterTypes))
            if let columns = prepared.columns, columns.map(\.type.oid) != bound.columns.map(\.type.oid) {
                throw SQLError(.featureNotSupported, "cached plan must not change result type")
            }
        }
        return try self.run(statement, prepared.source, parameterTypes: prepared.parameterTypes, values)
    }

    // MARK: - Cursors

    static func noCursor(_ name: Name) -> SQLError {
        SQLError(SQLState(rawValue: "34000"), "cursor \"\(name.text)\" does not exist")
    }

    private func declare(_ cursor: DeclareCursor, _ source: SourceText) throws(SQLError) -> StatementResult {
        if cursor.query.makesTable { throw SQLError(.syntaxError, "DECLARE CURSOR must not contain SELECT INTO") }
        if !cursor.isHeld { try requireBlock("DECLARE CURSOR") }
        guard cursors[cursor.name.text] == nil else {
            throw SQLError(SQLState(rawValue: "42P03"), "cursor \"\(cursor.name.text)\" already exists")
        }
        var (bound, binder) = try bind(.query(cursor.query), source, ParameterTypes([]))
        guard binder.writes.isEmpty else {
            throw SQLError(.featureNotSupported, "DECLARE CURSOR must not contain data-modifying statements in WITH")
        }
        if !cursor.query.locks.isEmpty, cursor.isHeld || cursor.scrolls == true {
            throw SQLError(
                .featureNotSupported, "DECLARE \(cursor.isHeld ? "CURSOR WITH HOLD" : "SCROLL CURSOR") ... FOR UPDATE is not supported")
        }
        let columns = bound.columns
        var keyTables: [String] = []
        if let (keyed, tables) = try queryWithKeys(cursor.query), let (again, other) = try? bind(.query(keyed), source, ParameterTypes([]))
        {
            (bound, binder, keyTables) = (again, other, tables)
        }
        let run = Run(self, binder.definitions.state, parameters: [], slotCount: binder.slotCount, canceller.begin())
        let rows = KeptRows(run, width: bound.columns.count, try bound.plan.open(run))
        if cursor.isHeld { _ = try rows.all() }
        let made = SessionCursor(
            columns: columns, rows: rows, isHeld: cursor.isHeld, scrolls: cursor.scrolls ?? cursor.query.locks.isEmpty, keyTables: keyTables
        )
        made.savepointCount = transaction.savepointCount
        cursors[cursor.name.text] = made
        return done("DECLARE CURSOR")
    }

    /// The query with the keys of its tables as further columns; nil if its rows are not rows of tables.
    private func queryWithKeys(_ query: Query) throws(SQLError) -> (Query, [String])? {
        guard case .select(var select) = query.body, select.distinct == .no, select.groupBy.isEmpty, select.having == nil,
            query.with == nil, let definitions
        else { return nil }
        var tables: [String] = []
        func add(_ source: Source) throws(SQLError) -> Bool {
            switch source {
            case .relation(let relation):
                guard case .table(let table)? = try definitions.relation(relation.name) else { return true }
                tables.append(table.config.id)
                let name = relation.alias?.name ?? relation.name.parts.last ?? Name("", at: query.position)
                select.items.append(
                    SelectItem(
                        value: .column(ColumnReference(parts: [name, Name("_key", at: query.position)], position: query.position)),
                        label: nil,
                        position: query.position))
                return true
            case .joined(let joined):
                guard joined.alias == nil, try add(joined.first) else { return joined.alias == nil }
                for join in joined.joins { _ = try add(join.source) }
                return true
            default: return true
            }
        }
        for source in select.from { _ = try add(source) }
        guard !tables.isEmpty else { return nil }
        var keyed = query
        keyed.body = .select(select)
        return (keyed, tables)
    }

    private func fetch(_ fetch: Fetch) throws(SQLError) -> StatementResult {
        guard let cursor = cursors[fetch.cursor.text] else { throw Self.noCursor(fetch.cursor) }
        let rows = try cursor.fetch(fetch.direction)
        let word = fetch.isMove ? "MOVE" : "FETCH"
        if fetch.isMove { return done("MOVE \(rows.count)") }
        return StatementResult(
            columns: cursor.columns.map(\.resultColumn), tag: { _ in "\(word) \(rows.count)" },
            rows: Plan.source(cursor.keyTables.isEmpty ? rows : rows.map { Array($0.prefix(cursor.columns.count)) }), isComplete: true)
    }

    // MARK: - EXPLAIN

    private func explain(_ statement: Statement, _ options: [Option], _ source: SourceText) throws(SQLError) -> StatementResult {
        var showsCosts = true
        var analyzes = false
        for option in options {
            let isOn: Bool
            switch option.value {
            case .word(let word), .string(let word): isOn = SessionSettings.flag(word) ?? true
            case .number(let digits): isOn = digits != "0"
            default: isOn = true
            }
            switch option.name.text {
            case "costs": showsCosts = isOn
            case "analyze": analyzes = isOn
            case "format":
                if case .word(let word) = option.value, word.lowercased() != "text" {
                    throw SQLError(.featureNotSupported, "EXPLAIN (FORMAT \(word.uppercased())) is not supported yet")
                }
            case "verbose", "buffers", "timing", "summary", "settings", "wal": break
            default: throw SQLError(.syntaxError, "unrecognized EXPLAIN option \"\(option.name.text)\"")
            }
        }
        var inner = statement
        if case .execute(let name, _) = statement {
            guard let prepared = preparedStatements[name.text]?.statement else {
                throw SQLError(SQLState(rawValue: "26000"), "prepared statement \"\(name.text)\" does not exist")
            }
            inner = prepared
        }
        guard inner.isBound else { throw SQLError(.featureNotSupported, "EXPLAIN of this statement is not supported yet") }
        let (bound, binder) = try bind(inner, source, ParameterTypes([]))
        if analyzes {
            let result = try start(bound, binder, inner, [])
            while try result.next() != nil {}
        }
        var lines: [Row] = []
        func describe(_ plan: Plan, _ depth: Int) {
            let indent = depth == 0 ? "" : String(repeating: " ", count: depth * 6 - 4) + "->  "
            let cost = showsCosts ? "  (cost=0.00..\(plan.estimate).00 rows=\(plan.estimate) width=8)" : ""
            lines.append([.text(indent + plan.title + cost)])
            for detail in plan.details { lines.append([.text(String(repeating: " ", count: depth * 6 + 2) + detail)]) }
            for child in plan.children { describe(child, depth + 1) }
        }
        describe(bound.plan, 0)
        return StatementResult(
            columns: [ResultColumn(name: "QUERY PLAN", type: .text)], tag: { _ in "EXPLAIN" }, rows: Plan.source(lines), isComplete: true)
    }
}

extension SessionCursor {
    func fetch(_ direction: Fetch.Direction) throws(SQLError) -> [Row] {
        var fetched: [Row] = []
        func row(_ number: Int) throws(SQLError) -> Row? {
            guard number >= 1, try rows.has(number - 1) else { return nil }
            return rows.rows[number - 1]
        }
        func forward(_ count: Int) throws(SQLError) {
            for _ in 0..<count {
                position += 1
                guard let next = try row(position) else {
                    position = rows.rows.count + 1
                    return
                }
                fetched.append(next)
            }
        }
        func backward(_ count: Int) throws(SQLError) {
            for _ in 0..<count {
                position = max(0, position - 1)
                guard let next = try row(position) else { return }
                fetched.append(next)
            }
        }
        if !scrolls {
            switch direction {
            case .backward(let count) where count > 0: throw Self.onlyForward
            case .backwardAll: throw Self.onlyForward
            case .absolute(let number) where number < 0 || (number <= position && position > 0): throw Self.onlyForward
            case .relative(let steps) where steps < 0: throw Self.onlyForward
            default: break
            }
        }
        func again() throws(SQLError) { if let current = try row(position) { fetched.append(current) } }
        switch direction {
        case .forward(let count):
            if count == 0 { try again() } else if count > 0 { try forward(count) } else { try backward(Int(clamping: count.magnitude)) }
        case .backward(let count):
            if count == 0 { try again() } else if count > 0 { try backward(count) } else { try forward(Int(clamping: count.magnitude)) }
        case .forwardAll: try forward(.max)
        case .backwardAll: try backward(position)
        case .absolute(let number):
            var place = number
            if number < 0 { place = max(0, try rows.all().count + 1 + number) }
            position = place
            if let found = try row(place) { fetched.append(found) } else if place > rows.rows.count { position = rows.rows.count + 1 }
        case .relative(let steps):
            let (sum, overflow) = position.addingReportingOverflow(steps)
            position = overflow ? .max : max(0, sum)
            if let found = try row(position) { fetched.append(found) } else if position > rows.rows.count { position = rows.rows.count + 1 }
        }
        return fetched
    }

    private static let onlyForward = SQLError(
        SQLState(rawValue: "55000"), "cursor can only scan forward", hint: "Declare it with SCROLL option to enable backward scan.")
}
