import Catalog

/// DECLARE, FETCH, MOVE and CLOSE.
extension Session {
    static func noCursor(_ name: Name) -> SQLError {
        SQLError(SQLState(rawValue: "34000"), "cursor \"\(name.text)\" does not exist")
    }

    /// - Parameter isAlone: whether it is the only statement of its text; several are a block as long as nothing else is said.
    func declare(_ cursor: DeclareCursor, _ source: SourceText, isAlone: Bool) throws(SQLError) -> StatementResult {
        if cursor.query.makesTable { throw SQLError(.syntaxError, "DECLARE CURSOR must not contain SELECT INTO") }
        if cursor.isInsensitive == true, !cursor.query.locks.isEmpty {
            throw SQLError(
                SQLState(rawValue: "42P11"), "DECLARE INSENSITIVE CURSOR ... FOR UPDATE is not valid",
                detail: "Insensitive cursors must be READ ONLY.")
        }
        if !cursor.isHeld, isAlone { try requireBlock("DECLARE CURSOR") }
        let types = commandParameters.types
        var (bound, binder) = try bind(.query(cursor.query), source, ParameterTypes(types))
        guard binder.writes.isEmpty else {
            throw SQLError(.featureNotSupported, "DECLARE CURSOR must not contain data-modifying statements in WITH")
        }
        if !cursor.query.locks.isEmpty, cursor.isHeld || cursor.scrolls == true {
            throw SQLError(
                .featureNotSupported, "DECLARE \(cursor.isHeld ? "CURSOR WITH HOLD" : "SCROLL CURSOR") ... FOR UPDATE is not supported",
                detail: "\(cursor.isHeld ? "Holdable" : "Scrollable") cursors must be READ ONLY.")
        }
        guard cursors[cursor.name.text] == nil else {
            throw SQLError(SQLState(rawValue: "42P03"), "cursor \"\(cursor.name.text)\" already exists")
        }
        let columns = bound.columns
        var keyTables: [String] = []
        if let (keyed, tables) = try queryWithKeys(cursor.query),
            let (again, other) = try? bind(.query(keyed), source, ParameterTypes(types))
        {
            (bound, binder, keyTables) = (again, other, tables)
        }
        let run = Run(
            self, binder.definitions.state, parameters: commandParameters.values, slotCount: binder.slotCount, canceller.begin())
        let rows = KeptRows(run, width: bound.columns.count, Self.openedLate(bound.plan, run))
        if let locking = binder.locking {
            if transaction.isReadOnly {
                throw SQLError(SQLState(rawValue: "25006"), "cannot execute SELECT \(locking) in a read-only transaction")
            }
            try requireTurn(run)
        }
        // Rows are locked in the state in which they are found.
        if cursor.isHeld || binder.locking != nil { _ = try rows.all() }
        let made = SessionCursor(
            columns: columns, rows: rows, isHeld: cursor.isHeld,
            scrolls: cursor.scrolls ?? (cursor.query.locks.isEmpty && bound.plan.scansBackward),
            keyTables: keyTables)
        made.isBinary = cursor.isBinary
        made.statement = String(decoding: source.bytes.dropLast(), as: UTF8.self)
        made.savepointCount = transaction.savepointCount
        cursors[cursor.name.text] = made
        // Who cancels before the first FETCH doesn't mean the cursor.
        canceller.rest()
        return done("DECLARE CURSOR")
    }

    /// The rows of a plan that begins when the first of them is asked for.
    private static func openedLate(_ plan: Plan, _ run: Run) -> RowSource {
        var source: RowSource?
        return { () throws(SQLError) in
            if let source { return try source() }
            let opened = try plan.open(run)
            source = opened
            return try opened()
        }
    }

    /// The query with the keys of its tables as further columns; nil if its rows are not rows of tables.
    ///
    /// Of a query that locks rows of some tables alone, those.
    func queryWithKeys(_ query: Query) throws(SQLError) -> (Query, [String])? {
        let locked = query.locks.contains { $0.relations.isEmpty } ? [] : Set(query.locks.flatMap { $0.relations.map(\.last) })
        guard case .select(var select) = query.body, select.distinct == .no, select.groupBy.isEmpty, select.having == nil,
            query.with == nil, let definitions
        else { return nil }
        var tables: [String] = []
        func add(_ source: Source) throws(SQLError) -> Bool {
            switch source {
            case .relation(let relation):
                guard case .table(let table)? = try definitions.relation(relation.name) else { return true }
                let name = relation.alias?.name ?? relation.name.parts.last ?? Name("", at: query.position)
                guard locked.isEmpty || locked.contains(name.text) else { return true }
                tables.append(table.config.id)
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

    func fetch(_ fetch: Fetch) throws(SQLError) -> StatementResult {
        guard let cursor = cursors[fetch.cursor.text] else { throw Self.noCursor(fetch.cursor) }
        guard !cursor.hasFailed else {
            throw SQLError(SQLState(rawValue: "55000"), "portal \"\(fetch.cursor.text)\" cannot be run")
        }
        let rows: [Row]
        // Whatever reads for the cursor knows the cancellation that it was opened with.
        let (own, run) = (canceller.begin(), cursor.rows.run)
        canceller.goOn(with: run.cancellation)
        run.heedStops()
        defer { canceller.goOn(with: own) }
        if canceller.isOfRequest, own !== run.cancellation {
            own.onCancel { [cancellation = run.cancellation] in cancellation.cancel() }
        }
        if own.isCancelled { throw SQLError.canceled }
        do throws(SQLError) {
            rows = try cursor.fetch(fetch.direction, isMove: fetch.isMove)
            // Otherwise what came after the last row would end the next FETCH.
            if run.cancellation.isCancelled { throw SQLError.canceled }
        } catch {
            cursor.hasFailed = true
            throw error
        }
        let word = fetch.isMove ? "MOVE" : "FETCH"
        if fetch.isMove { return done("MOVE \(rows.count)") }
        let result = StatementResult(
            columns: cursor.columns.map { $0.resultColumn(types) }, tag: { _ in "\(word) \(rows.count)" },
            rows: Plan.source(cursor.keyTables.isEmpty ? rows : rows.map { Array($0.prefix(cursor.columns.count)) }), isComplete: true)
        result.isBinary = cursor.isBinary
        return result
    }
}

extension SessionCursor {
    func fetch(_ direction: Fetch.Direction, isMove: Bool = false) throws(SQLError) -> [Row] {
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
            case .forward(let count) where count < 0: throw Self.onlyForward
            case .backwardAll: throw Self.onlyForward
            case .absolute(let number) where number < 0 || (number <= position && position > 0): throw Self.onlyForward
            case .relative(let steps) where steps < 0: throw Self.onlyForward
            default: break
            }
        }
        func again() throws(SQLError) {
            guard let current = try row(position) else { return }
            // It takes a step back to read a row once more.
            if !scrolls, !isMove { throw Self.onlyForward }
            fetched.append(current)
        }
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
        case .relative(0): try again()
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

extension Plan {
    /// Whether PostgreSQL could read the rows backwards without keeping them, which a cursor that says nothing of SCROLL goes by.
    fileprivate var scansBackward: Bool {
        switch self {
        case is SortPlan: true
        case is AggregatePlan, is WindowPlan, is JoinPlan, is IndexJoinPlan, is LateralPlan, is UniquePlan, is DistinctPlan, is CombinePlan,
            is SetFunctionsPlan, is OneRowPlan, is RecursivePlan:
            false
        default: children.allSatisfy(\.scansBackward)
        }
    }
}
