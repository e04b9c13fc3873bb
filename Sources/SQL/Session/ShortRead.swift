import Catalog
package import ReQLish

/// A SELECT of one row by its whole key, bound: its plan, for as long as what it was bound to stays as it is.
///
/// It gives columns as they are and computes nothing, so it takes no longer than a read by key at any other door: whoever serves many
/// clients on one thread may run it there. What ``Plan/isShort`` allows beside it may know the state that it was bound in.
final class ShortRead {
    fileprivate let plan: Plan
    fileprivate let columns: [ResultColumn]
    fileprivate let slotCount: Int
    /// Whether it looks at nothing but the row, by its key.
    fileprivate let isByKey: Bool
    private let binding: Binding
    private let settingsCount: Int
    private let metadataVersion: Int

    fileprivate init(_ bound: BoundQuery, _ binder: Binder, _ session: Session, metadataVersion: Int) {
        plan = bound.plan
        isByKey = bound.plan.isOfKey
        columns = bound.columns.map { $0.resultColumn(session.types) }
        slotCount = binder.slotCount
        binding = Binding(session, binder.definitions)
        settingsCount = session.settingsStore.changeCount
        self.metadataVersion = metadataVersion
    }

    /// Whether the statement would be bound to the same things in a state.
    fileprivate func holds(_ state: ReadState, _ session: Session) -> Bool {
        binding.holds(state, session)
    }

    /// Whether nothing has been committed or set since it was bound that might have it bound otherwise.
    func isCurrent(_ session: Session) -> Bool {
        settingsCount == session.settingsStore.changeCount && metadataVersion == session.catalog.metadataVersion
    }
}

extension Session {
    /// Binds a statement as a short read; nil if it is none. What is wrong with it is for somebody else to say.
    func shortRead(_ statement: Statement, _ source: SourceText, _ types: [SQLType?]) -> ShortRead? {
        guard statement.mayBeShort, canRunShort(byKey: true) else { return nil }
        let version = catalog.metadataVersion
        guard let state = try? transaction.readState(byKey: true),
            let (bound, binder) = try? bind(statement, source, ParameterTypes(types), in: state, isHurried: true)
        else { return nil }
        return shortRead(bound, binder, metadataVersion: version)
    }

    /// - Parameter metadataVersion: the catalog's before it was bound.
    func shortRead(_ bound: BoundQuery, _ binder: Binder, metadataVersion: Int) -> ShortRead? {
        guard bound.plan.isShortRead, binder.writes.isEmpty, !binder.definitions.hasStarOfFields else { return nil }
        return ShortRead(bound, binder, self, metadataVersion: metadataVersion)
    }

    /// Whether nothing of the session could have a name mean something else from one statement to the next, or have it wait.
    ///
    /// - Parameter byKey: whether it looks at single rows by their keys, and at nothing else.
    fileprivate func canRunShort(byKey: Bool) -> Bool {
        temporaryStore == nil && arguments == nil && transaction.canReadAtOnce(byKey: byKey)
    }

    func shape(of read: ShortRead) -> QueryShape {
        canRunShort(byKey: read.isByKey) ? .shortRead : transaction.isLightBlock ? .shortWrite : .any
    }

    /// Whether a statement does nothing but begin a block.
    fileprivate func justBegins(_ statement: Statement) -> Bool {
        if case .begin = statement { transaction.status == .idle } else { false }
    }

    /// Runs a prepared statement as a short read; nil if it is none.
    func runShort(_ statement: PreparedStatement, _ tree: Statement, _ parameters: [SQLValue]) throws(SQLError) -> StatementResult? {
        guard statement.mayBeShort, canRunShort(byKey: statement.shortRead?.isByKey ?? true) else { return nil }
        if let read = statement.shortRead, let result = try run(read, parameters, told: statement.columns) { return result }
        statement.shortRead = shortRead(tree, statement.source, statement.parameterTypes)
        guard let read = statement.shortRead else { return nil }
        return try run(read, parameters, told: statement.columns)
    }

    /// Runs a short read in the newest state; nil if it has to be bound anew there. A block
    /// that was set aside waits for the turn, unless it is a row by its key.
    func run(_ read: ShortRead, _ parameters: [SQLValue], told: [ResultColumn]? = nil) throws(SQLError) -> StatementResult? {
        guard temporaryStore == nil, arguments == nil, transaction.isLightBlock || transaction.canReadAtOnce(byKey: read.isByKey),
            told.map({ $0.elementsEqual(read.columns) { $0.type.oid == $1.type.oid } }) ?? true
        else { return nil }
        beginStatement()
        if !read.isByKey { transaction.needsTree() }
        let state = try transaction.readState(byKey: read.isByKey)
        guard read.holds(state, self) else { return nil }
        definitions = Definitions(self, state)
        let run = Run(self, state, parameters: parameters, slotCount: read.slotCount, canceller.begin())
        let rows: [Row]?
        do throws(SQLError) { rows = try read.plan.rowAtOnce(run) } catch {
            // Bound anew it tells another type.
            if error == ToldScalar.change { return nil }
            throw error
        }
        // It looks at more than the row after all, which may not be in the tree.
        if rows == nil, read.isByKey { return nil }
        let result =
            if let rows {
                StatementResult(columns: read.columns, tag: { "SELECT \($0)" }, batch: rows, isComplete: false, run: run)
            } else {
                StatementResult(
                    columns: read.columns, tag: { "SELECT \($0)" }, failsTransaction: true, rows: try read.plan.open(run), run: run)
            }
        result.count(by: self)
        return result
    }
}

extension Session {
    /// What a statement says before it runs, by the newest state; nil if that can't be told, or it has to be bound anew there.
    ///
    /// - Parameter known: a state that has the newest tables, if there is one for which nobody has to be asked.
    func lookAhead<Told>(
        _ parameters: [SQLValue], slotCount: Int, in known: CatalogSnapshot? = nil, _ holds: (ReadState) -> Bool,
        _ tell: (Run) throws(SQLError) -> Told?
    ) -> Told? {
        guard let snapshot = known ?? (try? catalog.snapshot()), let database = try? snapshot.database(database),
            case let state = ReadState(snapshot, database, temporary: nil), holds(state)
        else { return nil }
        let run = Run(self, state, parameters: parameters, slotCount: slotCount, Cancellation())
        run.tellsClient = false
        defer {
            run.end()
            runs.removeAll { $0 === run }
        }
        return try? tell(run)
    }
}

/// A document that is going to be read by its key.
package struct KeyedDocument {
    fileprivate let key: Datum
    fileprivate let table: TableConfig
}

extension SQLConnection {
    /// How much a statement does, as far as that is known without looking. A document that is read by its key is a short read, and one that
    /// is put in a block, if nobody has to be waited for; one that is put outside of one is a short write, and so is the end of a block.
    package func shape(of statement: PreparedStatement) -> QueryShape {
        if let read = statement.shortRead, read.isCurrent(session) { return session.shape(of: read) }
        if let tree = statement.statement, session.justBegins(tree) { return .shortRead }
        return session.shapeOfChange(statement)
    }

    /// Whether a statement is known to read one document by its key and nothing else, outside of a block. Asks nobody.
    package func readsByKey(_ statement: PreparedStatement) -> Bool {
        guard let read = statement.shortRead, read.isByKey, read.isCurrent(session) else { return false }
        return session.transaction.status == .idle && session.canRunShort(byKey: true)
    }

    /// The document that such a statement is going to read; nil if that can't be told before it runs.
    package func document(of statement: PreparedStatement, _ parameters: [SQLValue]) -> KeyedDocument? {
        guard readsByKey(statement), let read = statement.shortRead else { return nil }
        let document = session.lookAhead(parameters, slotCount: read.slotCount, { read.holds($0, session) }) { run throws(SQLError) in
            try read.plan.documentOfKey(run)
        }
        return document.map { KeyedDocument(key: $0.key, table: $0.table) }
    }

    /// Asks an engine for documents together, which are read next. Returns whether they are here.
    package func fetch(_ documents: [KeyedDocument]) -> Bool {
        (try? session.catalog.snapshot().keep(documents.map { ($0.key, $0.table) })) != nil
    }

    /// Says which documents a change of single rows is going to look for, for as long as what is returned lives; nil if that can't be told.
    package func expectDocuments(of statement: PreparedStatement, _ parameters: [SQLValue]) -> ExpectedDocuments? {
        let expected = statement.change.flatMap { session.expectDocuments(of: $0, parameters) }
        session.documentsAreExpected = expected != nil
        return expected
    }

    /// Whether the open block has the writer's turn.
    package var hasTurn: Bool { session.transaction.hasTurn }

    /// What waits for the disk in place of commits, if there is something: nobody must be told of them before.
    package var flush: DeferredFlush? {
        get { session.flush }
        set { session.flush = newValue }
    }

    /// The statements of a short text, which tell whether they are short; nil if something is wrong with it.
    ///
    /// - Parameter newTexts: how many texts may still be bound that have not been read yet; of more it is not found out.
    package func readScript(_ text: String, _ newTexts: inout Int) -> SQLScript? {
        if let known = session.shortTexts.statement(text, session, &newTexts) {
            return SQLScript(self, known.script, .prepared(known.prepared, known.values), text: text)
        }
        guard newTexts > 0 else { return nil }
        guard let script = try? Script(text, isOfClient: true) else { return nil }
        guard script.statements.count == 1, let statement = script.statements.first?.statement else { return SQLScript(self, script) }
        if let read = session.shortRead(statement, script.source, []) { return SQLScript(self, script, .read(read)) }
        if session.justBegins(statement) { return SQLScript(self, script, .beginning) }
        if session.justCommits(statement) { return SQLScript(self, script, .ending) }
        if let change = session.change(alone: statement, script.source) { return SQLScript(self, script, .change(change)) }
        guard session.transaction.isLightBlock, statement.mayBeShortChange || statement.mayBeShort else { return SQLScript(self, script) }
        // It has to be put back first, or others have the turn for a moment.
        let canRun =
            statement.mayBeShortChange ? session.transaction.canWriteAtOnce(byKey: true) : session.transaction.canReadAtOnce(byKey: false)
        guard canRun else {
            return SQLScript(self, script, .later)
        }
        return SQLScript(self, script, session.boundChange(statement, script.source).map { .change($0) })
    }
}

// MARK: - What the text says

extension Statement {
    /// Whether its text may be that of a short read: columns of one relation, where columns equal something that is given.
    var mayBeShort: Bool {
        guard case .query(let query) = self, query.isBare, case .select(let select) = query.body, case .no = select.distinct,
            select.into == nil, select.from.count == 1, case .relation(let relation) = select.from[0], relation.sample == nil,
            relation.cells == nil, select.groupBy.isEmpty, select.having == nil, select.windows.isEmpty, let filter = select.filter
        else { return false }
        return select.items.allSatisfy { if case .column = $0.value { true } else { false } } && filter.areEqualities
    }
}

extension Expression {
    var areEqualities: Bool {
        switch self {
        case .and(let parts, _): parts.allSatisfy(\.areEqualities)
        case .chain(let chain):
            if chain.steps.count == 1, case .binary(let name, let other) = chain.steps[0], name.symbol == "=" {
                chain.first.isGivenOrColumn && other.isGivenOrColumn
            } else {
                false
            }
        default: false
        }
    }

    private var isGivenOrColumn: Bool {
        switch self {
        case .column, .literal, .parameter, .namedParameter: true
        case .prefix(let name, .literal): name.symbol == "-"
        case .chain(let chain): chain.first.isGivenOrColumn && chain.steps.allSatisfy { if case .cast = $0 { true } else { false } }
        default: false
        }
    }
}

// MARK: - What it was bound to

extension Plan {
    /// Whether it reads one row by its key, and computes nothing that could take long. A view may have put something else there.
    fileprivate var isShortRead: Bool {
        switch self {
        case let project as ProjectPlan: project.children[0].isShortRead && project.scalars.allSatisfy(\.isPlain)
        case let scan as ScanPlan: scan.readsOneDocument && scan.condition?.isPlain ?? true
        default: false
        }
    }
}

extension Scalar {
    var isPlain: Bool {
        switch self {
        case is ConstantScalar, is ColumnScalar, is ParameterScalar: true
        case is RelabeledScalar, is CompareScalar, is OpenCompareScalar, is ToldScalar, is AndScalar: operands.allSatisfy(\.isPlain)
        // One that depends on the session knows the state that it was bound in.
        case is CastScalar: isImmutableItself && operands.allSatisfy(\.isPlain)
        default: false
        }
    }
}
