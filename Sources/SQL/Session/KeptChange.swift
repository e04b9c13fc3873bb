/// An INSERT, UPDATE or DELETE of a prepared statement, bound: it is run as it is, for as long as what it was bound to stays.
final class KeptChange {
    let bound: BoundQuery
    let slotCount: Int
    /// Whether it changes single rows, and takes no longer than to put a document by its key.
    let isShort: Bool
    private let binding: Binding

    fileprivate init(_ statement: Statement, _ bound: BoundQuery, _ binder: Binder) {
        self.bound = bound
        slotCount = binder.slotCount
        isShort = statement.mayBeShortChange && bound.isShortChange(binder.definitions)
        binding = Binding(binder.session, binder.definitions)
    }

    /// Whether the statement would be bound to the same things in a state.
    func holds(_ state: ReadState, _ session: Session) -> Bool { session.temporaryStore == nil && binding.holds(state, session) }
}

extension Session {
    /// What there is to keep of a statement that was just bound; nil if it has to be bound each time.
    ///
    /// - Parameter isOnce: whether it is run once, so that the values of a request may be part of it.
    func change(_ statement: Statement, _ bound: BoundQuery, _ binder: Binder, isOnce: Bool = false) -> KeptChange? {
        // Nothing but the state, the settings and such values says what names mean.
        guard temporaryStore == nil, isOnce || arguments == nil, statement.mayBeKept, binder.isKeepable, binder.writes.isEmpty,
            !binder.definitions.hasStarOfFields, bound.plan.isOneChange
        else { return nil }
        return KeptChange(statement, bound, binder)
    }
}

extension Statement {
    /// Whether it is a change of one table, with no other query in it that its text shows.
    fileprivate var mayBeKept: Bool {
        switch self {
        case .insert(let insert):
            guard insert.with == nil, insert.cells == nil else { return false }
            switch insert.rows {
            case .defaultValues: return true
            case .query(let query): if case .values = query.body { return query.isBare } else { return false }
            }
        case .update(let update):
            return update.with == nil && update.from.isEmpty && update.target.cells == nil && update.filter.isCondition
        case .delete(let delete):
            return delete.with == nil && delete.using.isEmpty && delete.target.cells == nil && delete.filter.isCondition
        default: return false
        }
    }
}

extension RowFilter? {
    fileprivate var isCondition: Bool { if case .current = self { false } else { true } }
}

extension Plan {
    /// Whether it changes rows that one scan finds.
    fileprivate var isOneChange: Bool { self is ChangePlan && children.allSatisfy(\.isFiltersOfScan) }

    private var isFiltersOfScan: Bool {
        self is ScanPlan
            || (self is FilterPlan || self is GatheredPlan || self is FoundValuesPlan) && children.allSatisfy(\.isFiltersOfScan)
    }
}
