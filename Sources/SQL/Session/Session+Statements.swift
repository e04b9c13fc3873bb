import Catalog
import Ground
import ReQLish

/// Statements prepared, bound and run.
extension Session {
    func prepare(_ text: String, _ types: [SQLType?]) throws(SQLError) -> PreparedStatement {
        let script = try Script(text, isOfClient: true)
        guard script.statements.count <= 1 else {
            throw SQLError(.syntaxError, "cannot insert multiple commands into a prepared statement")
        }
        return try prepare(script.statements.first?.statement, script.source, types)
    }

    func prepare(_ statement: Statement?, _ source: SourceText, _ types: [SQLType?]) throws(SQLError) -> PreparedStatement {
        let prepared = PreparedStatement(statement, source: source)
        prepared.prepareTime = Self.now()
        guard let statement else { return prepared }
        try requireWorkingBlock(statement)
        let hasBegun = canceller.beginStatement()
        defer { if hasBegun { canceller.endStatement(isAwaited: true) } }
        heedStops()
        // Types of fields are told by what a table has.
        transaction.needsTree()
        if statement.isBound {
            let parameters = ParameterTypes(types, isFixed: false)
            let (bound, _) = try bind(statement, source, parameters)
            try note(parameters, in: prepared)
            prepared.columns = bound.columns.isEmpty && !statement.isQuery ? nil : bound.columns.map { $0.resultColumn(self.types) }
        } else {
            if let query = statement.plannedStatement, source.bytes.contains(UInt8(ascii: "$")) {
                let parameters = ParameterTypes(types, isFixed: false)
                _ = try bind(query, source, parameters)
                try note(parameters, in: prepared)
            } else {
                prepared.parameterTypes = types.map { $0 ?? .text }
                prepared.toldParameterTypes = prepared.parameterTypes
            }
            prepared.columns = try utilityColumns(statement)
        }
        return prepared
    }

    private func note(_ parameters: ParameterTypes, in prepared: PreparedStatement) throws(SQLError) {
        prepared.parameterTypes = try parameters.determined(types)
        prepared.toldParameterTypes = parameters.told(prepared.parameterTypes)
    }

    /// A block that has failed takes nothing but its end.
    private func requireWorkingBlock(_ statement: Statement) throws(SQLError) {
        guard transaction.isFailed, transaction.isBlock else { return }
        switch statement {
        case .commit, .rollback, .rollbackTo: return
        default:
            throw SQLError(
                SQLState(rawValue: "25P02"), "current transaction is aborted, commands ignored until end of transaction block")
        }
    }

    /// Names and types of a statement, in the state that it would read now.
    ///
    /// - Parameter isHurried: whether it must not take long; what would is refused.
    func bind(
        _ statement: Statement, _ source: SourceText, _ parameters: ParameterTypes, isHurried: Bool = false
    ) throws(SQLError) -> (BoundQuery, Binder) {
        guard let arguments else { return try bindOnce(statement, source, parameters, isHurried) }
        let bound: (BoundQuery, Binder)
        parameters.arguments = arguments
        do throws(SQLError) {
            bound = try bindOnce(statement, source, parameters, isHurried)
        } catch {
            guard error.state == .undefinedFunction, let narrowed = arguments.narrowed else { throw error }
            parameters.arguments = narrowed
            bound = try bindOnce(statement, source, parameters, isHurried)
        }
        if let count = arguments.count, count > parameters.types.count {
            throw SQLError(
                SQLState(rawValue: "08P01"), "\(count) values are given for the parameters, but the statement has \(parameters.types.count)"
            )
        }
        return bound
    }

    private func bindOnce(
        _ statement: Statement, _ source: SourceText, _ parameters: ParameterTypes, _ isHurried: Bool
    ) throws(SQLError) -> (BoundQuery, Binder) {
        try bind(statement, source, parameters, in: try transaction.readState(), isHurried: isHurried)
    }

    func bind(
        _ statement: Statement, _ source: SourceText, _ parameters: ParameterTypes, in state: ReadState, isHurried: Bool = false
    ) throws(SQLError) -> (BoundQuery, Binder) {
        let definitions = Definitions(self, state)
        definitions.isHurried = isHurried
        self.definitions = definitions
        let binder = Binder(self, definitions, source, parameters)
        let scope = Scope(parent: nil, rules: .select)
        let bound = try binder.bindChange(statement, scope)
        return (try binder.told(bound), binder)
    }

    func execute(_ statement: PreparedStatement, _ parameters: [SQLValue]) throws(SQLError) -> StatementResult {
        guard let tree = statement.statement else { return StatementResult(tag: { _ in "" }) }
        guard parameters.count == statement.parameterTypes.count || !tree.isBound else {
            throw SQLError(
                SQLState(rawValue: "08P01"),
                "bind message supplies \(parameters.count) parameters, but prepared statement requires \(statement.parameterTypes.count)")
        }
        if let result = try runShort(statement, tree, parameters) {
            statement.countPlan(isKept: true)
            return result
        }
        return try run(statement, tree, parameters)
    }

    /// Runs what was prepared, by its plan where that is kept.
    func run(_ prepared: PreparedStatement, _ tree: Statement, _ parameters: [SQLValue]) throws(SQLError) -> StatementResult {
        let result = try run(tree, prepared.source, parameterTypes: prepared.parameterTypes, parameters, prepared: prepared)
        prepared.countPlan(isKept: prepared.change != nil || !tree.isBound)
        return result
    }

    /// - Parameter prepared: the same statement, where it was bound before; `values` are those of its parameters.
    func executeInScript(
        _ statement: ScriptStatement, _ source: SourceText, isAlone: Bool, isLast: Bool, prepared: PreparedStatement? = nil,
        _ values: [SQLValue] = []
    ) throws(SQLError) -> StatementResult {
        let result = try run(
            statement.statement, source, in: statement.range, parameterTypes: prepared?.parameterTypes ?? [], values,
            isAlone: isAlone, prepared: prepared)
        // Nothing is left to be read of it: it is committed before it is told.
        if isLast, result.isComplete { try endImplicitTransaction() }
        return result
    }

    func endImplicitTransaction() throws(SQLError) {
        if !transaction.isBlock { _ = try transaction.commit() }
    }

    /// Starts the clocks of a statement, and the transaction that it is in.
    func beginStatement() {
        let isFirst = transaction.startTime == nil
        transaction.beginImplicit()
        // The first statement of a transaction begins when that does: its clocks tell the same.
        statementTime = (isFirst ? transaction.startTime : nil) ?? Self.now()
        beginTime()
        lockDeadline = transaction.lockTimeout.map { .now + $0 }
    }

    /// Runs one statement. If it comes upon what a transaction that was set aside has locked, it is undone and waits for that one; then it
    /// begins anew.
    /// - Parameters:
    ///   - range: where it stands in its text; nil: it is all of it.
    ///   - prepared: whose statement it is: a table may have got other columns since the client was told of them.
    func run(
        _ statement: Statement, _ source: SourceText, in range: Range<Int>? = nil, parameterTypes: [SQLType?], _ parameters: [SQLValue],
        isAlone: Bool = true, prepared: PreparedStatement? = nil
    ) throws(SQLError) -> StatementResult {
        try requireWorkingBlock(statement)
        let range = range ?? 0..<source.count
        running = (source, range.lowerBound)
        let result: StatementResult
        do throws(SQLError) {
            result = try runAwaited(statement, source, parameterTypes: parameterTypes, parameters, isAlone: isAlone, prepared: prepared)
        } catch {
            if wait == nil {
                if !statement.runsAnother, error.state != Self.textIsNeeded { countStatement() }
                watch(statement, source, range, nil)?.end(rowCount: nil)
            }
            throw error
        }
        if !statement.runsAnother { result.count(by: self) }
        if let watch = watch(statement, source, range, result.plan) { result.watch(by: watch) }
        return result
    }

    private func runAwaited(
        _ statement: Statement, _ source: SourceText, parameterTypes: [SQLType?], _ parameters: [SQLValue], isAlone: Bool,
        prepared: PreparedStatement?
    ) throws(SQLError) -> StatementResult {
        if wait != nil {
            // It was begun before, and has waited for another transaction.
            guard try isWaitOver() else { throw SessionTransaction.lockRefusal(isNoWait: false) }
        } else if !canceller.isUnderWay {
            // What EXECUTE runs has its time, which it may have waited for a part of.
            beginStatement()
        }
        // What parses or binds for long can be cancelled, too.
        let hasBegun = canceller.beginStatement()
        defer { if hasBegun { canceller.endStatement() } }
        heedStops()
        let byKey = prepared?.change?.isShort ?? false
        transaction.beginStatement()
        if !byKey { transaction.needsTree() }
        let hadWritten = transaction.hasWritten
        var mark = mark()
        var mayComputeFirst = statement.mayComputeFirst && transaction.mayComputeFirst
        var takesTurn = statement.takesTurn
        defer { computesFirst = false }
        while true {
            lendsTurn = !takesTurn && !statement.locksTables
            computesFirst = mayComputeFirst
            var beginning = SessionTransaction.Beginning.nothing
            do throws(SQLError) {
                if !mayComputeFirst {
                    // What it reads is the state that it writes on.
                    if takesTurn || statement.locksTables && (transaction.isBlock || !isAlone) {
                        _ = canceller.begin()
                        let isExpected = exchange(&documentsAreExpected, with: false) || !catalog.expectsDocuments
                        let expected = isExpected ? nil : prepared?.change.flatMap { expectDocuments(of: $0, parameters) }
                        defer { expected?.end() }
                        try transaction.prepareToWrite(isNoWait: statement.isNoWait, isLong: statement.mayWriteMuch, byKey: byKey)
                    }
                    beginning = takesTurn || statement.locksTables ? try transaction.beginning(hadWritten: hadWritten) : .unneeded
                    if case .unneeded = beginning {} else { try markTemporaryTables(in: &mark) }
                }
                let result = try runOnce(
                    statement, source, parameterTypes: parameterTypes, parameters, isAlone: isAlone, prepared: prepared)
                transaction.forget(beginning)
                return result
            } catch {
                if error.state == Self.turnIsNeeded, mayComputeFirst || !takesTurn {
                    (mayComputeFirst, takesTurn) = (false, true)
                    try goBack(to: mark)
                    continue
                }
                if transaction.startAgainInTree() {
                    try goBack(to: mark)
                    continue
                }
                guard let blocker = try transaction.undo(to: beginning) else { throw error }
                try goBack(to: mark)
                if statement.isNoWait || !waitsForLocks || transaction.isBorrowed { throw SessionTransaction.lockRefusal(isNoWait: true) }
                try wait(for: blocker)
            }
        }
    }

    private func runOnce(
        _ statement: Statement, _ source: SourceText, parameterTypes: [SQLType?], _ parameters: [SQLValue], isAlone: Bool,
        prepared: PreparedStatement?
    ) throws(SQLError) -> StatementResult {
        guard statement.isBound else {
            commandParameters = CommandParameters(types: parameterTypes, values: parameters)
            definitionName = statement.definitionName
            defer { (commandParameters, definitionName) = (CommandParameters(), nil) }
            return try runUtility(statement, source, isAlone: isAlone)
        }
        if let kept = prepared?.change {
            let state = try transaction.readState()
            if kept.holds(state, self) {
                let definitions = Definitions(self, state)
                self.definitions = definitions
                return try start(kept.bound, definitions, slotCount: kept.slotCount, statement, parameters)
            }
            if prepared?.isOfText == true { throw SQLError(Self.textIsNeeded, "the statement means something else now") }
            // It may look at more than single rows now.
            try transaction.requireTree()
        }
        let (bound, binder) = try bind(statement, source, ParameterTypes(parameterTypes))
        if let told = prepared?.columns, told.map(\.type.oid) != bound.columns.map({ $0.resultColumn(types).type.oid }) {
            throw .columnsHaveChanged
        }
        try compute(binder.constants, binder, parameters)
        prepared?.change = change(statement, bound, binder)
        return try start(bound, binder, statement, parameters)
    }

    /// - Throws: what constants in the statement's expressions throw.
    func compute(_ constants: ConstantParts, _ binder: Binder, _ parameters: [SQLValue]) throws(SQLError) {
        guard !constants.isEmpty else { return }
        let run = Run(self, binder.definitions.state, parameters: parameters, slotCount: binder.slotCount, canceller.begin())
        defer {
            run.end()
            runs.removeAll { $0 === run }
        }
        // The client is told of what there is to tell when the statement runs.
        run.tellsClient = false
        try constants.compute(run)
    }

    /// Opens a bound statement. What writes, writes now.
    func start(
        _ bound: BoundQuery, _ binder: Binder, _ statement: Statement, _ parameters: [SQLValue]
    ) throws(SQLError) -> StatementResult {
        try start(
            bound, binder.definitions, writes: binder.writes, locking: binder.locking, slotCount: binder.slotCount, statement, parameters)
    }

    /// - Parameter tables: parts of WITH that write.
    /// - Parameter locking: by which words it locks rows; nil: it doesn't.
    private func start(
        _ bound: BoundQuery, _ definitions: Definitions, writes tables: [CommonTableRows] = [], locking: String? = nil, slotCount: Int,
        _ statement: Statement, _ parameters: [SQLValue]
    ) throws(SQLError) -> StatementResult {
        let writes = statement.writes || !tables.isEmpty
        let isTemporary = writes && transaction.isReadOnly && tables.isEmpty ? try statement.writesTemporary(definitions) : false
        if writes, transaction.isReadOnly, !isTemporary {
            throw SQLError(
                SQLState(rawValue: "25006"), "cannot execute \(statement.word) in a read-only transaction")
        }
        let run = Run(self, definitions.state, parameters: parameters, slotCount: slotCount, canceller.begin())
        run.held = definitions.held
        if writes, computesFirst {
            guard tables.isEmpty, let rows = (bound.plan as? ChangePlan)?.gathered else { throw beginAnew(run) }
            try computeFirst(rows, run, definitions)
        }
        for table in tables { _ = try table.kept(run).all() }
        run.changedCount = 0
        if !writes, let locking {
            if transaction.isReadOnly {
                throw SQLError(SQLState(rawValue: "25006"), "cannot execute SELECT \(locking) in a read-only transaction")
            }
            try requireTurn(run)
            // All that it gives is locked before any of it is told.
            var rows: [Row] = []
            let source = try bound.plan.open(run)
            while let batch = try source() {
                rows += batch
                try run.keep(batch.count, width: bound.columns.count)
            }
            return StatementResult(
                columns: bound.columns.map { $0.resultColumn(types) }, tag: { "SELECT \($0)" }, rows: Plan.source(rows), isComplete: true,
                plan: bound.plan)
        }
        if writes {
            // Of COPY and EXPLAIN that is known only now.
            if !isTemporary { try requireTurn(run) }
            return try write(bound, definitions, run, statement)
        }
        return StatementResult(
            columns: bound.columns.map { $0.resultColumn(types) }, tag: { "SELECT \($0)" }, failsTransaction: true,
            rows: try bound.plan.open(run), run: run, plan: bound.plan)
    }

    /// Does what a bound statement writes, with the turn.
    private func write(
        _ bound: BoundQuery, _ definitions: Definitions, _ run: Run, _ statement: Statement
    ) throws(SQLError) -> StatementResult {
        let source = try bound.plan.open(run)
        var rows: [Row] = []
        while let batch = try source() {
            try run.keep(batch, width: bound.columns.count)
            rows += batch
        }
        let count = statement.writes ? run.changedCount : rows.count
        try transaction.restingOnReads { () throws(SQLError) in try run.writes.finish(definitions) }
        let word = statement.word
        let tag = word == "INSERT" ? "INSERT 0 \(count)" : "\(word) \(count)"
        let hasColumns = !bound.columns.isEmpty
        return StatementResult(
            columns: hasColumns ? bound.columns.map { $0.resultColumn(types) } : nil, tag: { _ in tag },
            rows: hasColumns ? Plan.source(rows) : nil, isComplete: true, plan: bound.plan)
    }
}

// MARK: - Computing before the turn

extension Session {
    /// Says that the statement has to begin anew, with the turn. Nobody is told.
    static let turnIsNeeded = SQLState(rawValue: "XXTRN")
    /// Says that a statement whose values were taken out of its text has to be read anew, with them in it. Nobody is told.
    static let textIsNeeded = SQLState(rawValue: "XXTXT")

    func beginAnew(_ run: Run) -> SQLError {
        run.end()
        runs.removeAll { $0 === run }
        return SQLError(Self.turnIsNeeded, "the statement needs the writer's turn from its beginning")
    }

    /// Throws ``turnIsNeeded`` if the statement has begun without the turn.
    func requireTurn(_ run: Run) throws(SQLError) {
        do throws(SQLError) { try transaction.requireTurn() } catch { throw error.state == Self.turnIsNeeded ? beginAnew(run) : error }
    }

    /// Computes the rows that a statement is going to write, in the state that it has found, and takes the turn. They are written to the
    /// newest state then: as READ COMMITTED has it, what they were computed of may have changed meanwhile.
    ///
    /// - Throws: ``turnIsNeeded`` if the computing writes, or if what the statement was bound to is another now.
    func computeFirst(_ rows: GatheredPlan, _ run: Run, _ definitions: Definitions) throws(SQLError) {
        computesFirst = false
        let binding = Binding(self, definitions)
        var areFew = false
        guard try transaction.withoutTurn({ () throws(SQLError) in areFew = try rows.gather(run).areFew }) else { throw beginAnew(run) }
        hasComputed?()
        try transaction.prepareToWrite(isNoWait: false, isLong: !areFew)
        // How long it may wait for others' locks counts from now on.
        lockDeadline = transaction.lockTimeout.map { .now + $0 }
        guard binding.holds(try transaction.readState(isForTypes: true), self) else { throw beginAnew(run) }
    }
}

/// Parameters of a command that has a query in it: of DECLARE, EXPLAIN, CREATE TABLE AS.
struct CommandParameters {
    var types: [SQLType?] = []
    var values: [SQLValue] = []
}
