import Ground

/// A state of the past, as who wants to read it names it.
public enum StateReference: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The state that has this name. If there is none and the name is a number, the one of the commit of that number.
    case named(String)
    /// The newest one of the history that was made by then, in seconds since 1970.
    case time(Double)
    /// The one of a commit, as `pando state list` and `pando status` number them; if none is of it, the newest of the history that is of
    /// an earlier one.
    case commit(UInt64)

    public init(stringLiteral name: String) { self = .named(name) }

    public var description: String {
        switch self {
        case .named(let name): name
        case .time(let seconds):
            abs(seconds) < 1e11 ? CalendarTime(secondsSince1970: Int(seconds.rounded(.down))).text() : "second \(seconds) since 1970"
        case .commit(let number): "commit \(number)"
        }
    }
}

/// The states that are kept at one moment. They are kept for as long as this lives, and those that it was asked for stay open.
///
/// For one thread at a time.
package final class KeptStates {
    private let catalog: Catalog
    private let newest: KeyValueSnapshot
    private var all: [NamedState]?
    private var open: [String: CatalogSnapshot] = [:]

    package init(_ catalog: Catalog) throws(CatalogError) {
        self.catalog = catalog
        newest = try catalog.store.snapshot()
    }

    /// One object for each state, however it is referred to.
    ///
    /// - Throws: `.stateNotFound`, which says what there is.
    package func snapshot(asOf reference: StateReference) throws(CatalogError) -> CatalogSnapshot {
        guard case .named(let name) = reference else { return try snapshot(ofStateNamed: try state(reference).name) }
        do throws(CatalogError) { return try snapshot(ofStateNamed: name) } catch {
            if error.kind == .stateNotFound, let number = UInt64(name) { return try snapshot(asOf: .commit(number)) }
            // What can't be a name is none.
            guard error.kind == .invalidState else { throw error }
            throw CatalogError(.stateNotFound, error.message)
        }
    }

    private func snapshot(ofStateNamed name: String) throws(CatalogError) -> CatalogSnapshot {
        if let known = open[name] { return known }
        let found = CatalogSnapshot(
            try catalog.store.snapshot(of: name, asSeenIn: newest), fileID: catalog.fileID, configs: catalog.configs,
            indexEvaluators: catalog.indexEvaluators)
        open[name] = found
        return found
    }

    private func state(_ reference: StateReference) throws(CatalogError) -> NamedState {
        if case .commit(let number) = reference, number > newest.transaction {
            throw CatalogError(.stateNotFound, "There is no commit \(number) yet; the newest is \(newest.transaction).")
        }
        let states = try states()
        if let found = reference.choice(among: states) { return found }
        guard let oldest = states.oldestOfHistory else {
            throw CatalogError(
                .stateNotFound,
                "The file keeps no history, so no state can be found by a time or a commit (`pando serve --history`); "
                    + "`pando state FILE list` shows those that have names.")
        }
        throw CatalogError(
            .stateNotFound,
            "No state of \(reference) is kept: the history begins at \(StateReference.time(oldest.time)), with commit \(oldest.transaction)."
        )
    }

    private func states() throws(CatalogError) -> [NamedState] {
        if let all { return all }
        let found = try catalog.store.states(asSeenIn: newest)
        all = found
        return found
    }
}

extension StateReference {
    /// The state that it means. A state that somebody gave a name stands for the times after it only where the history does too: further
    /// back there would be no telling how much was written in between.
    func choice(among states: [NamedState]) -> NamedState? {
        let oldest = states.oldestOfHistory
        switch self {
        case .named(let name): return states.first { $0.name == name }
        case .time(let seconds):
            guard let oldest else { return nil }
            return states.filter { oldest.time <= $0.time && $0.time <= seconds }.max { $0.time < $1.time }
        case .commit(let number):
            if let exact = states.first(where: { $0.transaction == number }) { return exact }
            guard let oldest else { return nil }
            return states.filter { oldest.transaction <= $0.transaction && $0.transaction <= number }.max {
                $0.transaction < $1.transaction
            }
        }
    }
}
