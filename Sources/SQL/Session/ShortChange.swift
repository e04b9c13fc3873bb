import Catalog
import ReQLish

// Changes of single rows, which take no longer than a document that is put by its key.
extension Session {
    /// Binds a change that is a transaction by itself; nil if it is none, or something is wrong with it.
    func change(alone statement: Statement, _ source: SourceText) -> PreparedStatement? {
        guard statement.mayBeShortChange, transaction.status == .idle, temporaryStore == nil else { return nil }
        return boundChange(statement, source)
    }

    /// Binds a change of a block that can write at once; nil if something is wrong with the statement, which is for somebody else to say.
    func boundChange(_ statement: Statement, _ source: SourceText) -> PreparedStatement? {
        guard let (bound, binder) = try? bind(statement, source, ParameterTypes([]), isHurried: true),
            let change = change(statement, bound, binder, isOnce: true)
        else { return nil }
        let prepared = PreparedStatement(statement, source: source)
        prepared.change = change
        return prepared
    }

    /// How much a prepared statement does that is such a change, or ends a block of a few: where it is a transaction, or the end of one, it
    /// is a short write, which others may wait for the disk with.
    func shapeOfChange(_ statement: PreparedStatement) -> QueryShape {
        if let change = statement.change, change.isShort {
            if transaction.status == .idle { return temporaryStore == nil ? .shortWrite : .any }
            return transaction.canWriteAtOnce(byKey: true) ? .shortRead : transaction.isLightBlock ? .shortWrite : .any
        }
        return statement.statement.map(justCommits) ?? false ? .shortWrite : .any
    }

    /// Says which documents a change of single rows will look for once it has the writer's turn: an engine is asked for those of all who wait
    /// for it together. Nil with a file, where nobody waits, and where that can't be told.
    func expectDocuments(of change: KeptChange, _ parameters: [SQLValue]) -> ExpectedDocuments? {
        guard change.isShort, !transaction.hasTurn, let plan = change.bound.plan as? ChangePlan,
            let table = plan.target?.table.config
        else { return nil }
        let known = catalog.snapshotOfWrites
        let keys = lookAhead(parameters, slotCount: change.slotCount, in: known, { change.holds($0, self) }) { run throws(SQLError) in
            try plan.keysAhead(run)
        }
        return keys.flatMap { keys in catalog.expect({ keys }, in: table) }
    }

    /// Whether a statement does nothing but end a block that has changed little. The block has the writer's turn again then, if nobody else
    /// has it.
    func justCommits(_ statement: Statement) -> Bool {
        guard case .commit(isChained: false) = statement, temporaryStore == nil, listenings.isEmpty, transaction.isLightBlock else {
            return false
        }
        if transaction.hasWritten { _ = transaction.canWriteAtOnce(byKey: true) }
        return true
    }
}

// MARK: - What the text says

extension Statement {
    /// Whether its text may be that of a change of single rows, of values for which next to nothing is computed.
    var mayBeShortChange: Bool {
        switch self {
        case .insert(let insert):
            guard insert.with == nil, insert.cells == nil, insert.conflict == nil, insert.returning.areColumns,
                insert.columns.allSatisfy(\.steps.isEmpty), case .query(let query) = insert.rows, query.isBare,
                case .values(let values) = query.body, values.rows.count <= Self.mostRows
            else { return false }
            return values.rows.allSatisfy { $0.allSatisfy(\.isQuick) }
        case .update(let update):
            guard update.with == nil, update.from.isEmpty, update.target.cells == nil, update.returning.areColumns,
                update.filter.areEqualities
            else { return false }
            return update.assignments.allSatisfy { assignment in
                if case .single(let target, let value) = assignment { target.steps.isEmpty && value.isQuick } else { false }
            }
        case .delete(let delete):
            return delete.with == nil && delete.using.isEmpty && delete.target.cells == nil && delete.returning.areColumns
                && delete.filter.areEqualities
        default: return false
        }
    }

    private static let mostRows = 16
}

extension RowFilter? {
    fileprivate var areEqualities: Bool {
        if case .condition(let condition) = self { condition.areEqualities } else { false }
    }
}

extension [SelectItem] {
    fileprivate var areColumns: Bool { allSatisfy { if case .column = $0.value { true } else { false } } }
}

extension Expression {
    /// Whether it is something given, a column, or a sum of those.
    fileprivate var isQuick: Bool {
        switch self {
        case .column, .literal, .parameter, .namedParameter, .special, .default: true
        case .prefix(let name, .literal): name.symbol == "-"
        case .chain(let chain):
            chain.first.isQuick
                && chain.steps.allSatisfy { step in
                    switch step {
                    case .cast: true
                    case .binary(let name, let other): ["+", "-"].contains(name.symbol) && other.isQuick
                    default: false
                    }
                }
        default: false
        }
    }
}

// MARK: - What it was bound to

extension BoundQuery {
    /// Whether it changes the rows of VALUES, or one that its key says, in a table for whose rows next to nothing is computed.
    func isShortChange(_ definitions: Definitions) -> Bool {
        guard let change = plan as? ChangePlan, let target = change.target, target.view == nil, target.table.isQuick(definitions) else {
            return false
        }
        return change.children.allSatisfy(\.isOfOneRow)
    }
}

extension Plan {
    fileprivate var isOfOneRow: Bool {
        switch self {
        case let scan as ScanPlan: scan.readsOneDocument && scan.condition?.isPlain ?? true
        case is GatheredPlan, is FoundValuesPlan: children.allSatisfy(\.isOfOneRow)
        default: false
        }
    }
}

extension TableRelation {
    /// Whether a row is changed by looking at little else: no other table refers to the table or is referred to, and no expression or
    /// function belongs to it that might take long.
    fileprivate func isQuick(_ definitions: Definitions) -> Bool {
        guard !isTemporary, !hasCells, !isWrittenOpen, !definitions.session.catalog.hasStoredFunctions,
            declaration.constraints.allSatisfy({ $0.kind != .foreign }), config.indexes.allSatisfy(\.isOfColumns),
            let referring = try? definitions.referringTables(),
            !referring.contains(where: { $0.declaration.constraints.contains { $0.references == config.id } })
        else { return false }
        return (try? definitions.session.rules(of: self, definitions).areQuick) ?? false
    }
}

extension IndexConfig {
    fileprivate var isOfColumns: Bool {
        switch source {
        case .field, .columns: !isMulti && !isGeo
        case .function, .text, .unknown: false
        }
    }
}

extension TableRules {
    fileprivate var areQuick: Bool {
        generated.isEmpty && defaults.allSatisfy { $0?.isQuickDefault ?? true } && checks.allSatisfy(\.scalar.isPlain)
            && uniques.allSatisfy { unique in
                unique.predicate == nil && !unique.isDeferrable && unique.scalars.allSatisfy { $0 is ColumnScalar }
            }
    }
}

extension Scalar {
    /// Whether it is a constant, the time, or the next number of a sequence.
    fileprivate var isQuickDefault: Bool {
        switch self {
        case is ConstantScalar, is SequenceScalar, is SessionScalar: true
        case is CastScalar, is RelabeledScalar: operands.allSatisfy(\.isQuickDefault)
        case let call as CallScalar: ["now", "gen_random_uuid"].contains(call.function.name)
        default: false
        }
    }
}
