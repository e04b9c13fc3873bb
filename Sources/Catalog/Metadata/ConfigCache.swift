import Ground
import Synchronization

/// The configs that were read lately, so that finding a table costs a dictionary lookup and not a descent of the tree.
///
/// Correct by transaction numbers. What is cached holds for every snapshot from `since` on: nothing has changed the metadata after it.
/// A commit that changes metadata suspends the cache before the new root can be seen and resumes it, empty, at a transaction that sees
/// the change; older snapshots then read the tree. A file that another process writes can change at any transaction, so there the
/// cache holds for one transaction only (`exact`). In an engine, which several processes may write, each state says which commit was the last
/// to change metadata, and what is cached holds for all states with the same one: transactions are told apart by that number there.
///
/// All threads ask it several times for each query. Behind one lock they would queue, and go on queueing once one of them has lost its
/// processor with the lock; so each has a shelf near to it, which takes what it lacks from the one that all share.
final class ConfigCache: Sendable {
    private struct State {
        var since: UInt64
        /// Commits that change metadata and are under way. The next one may begin before the last one is back here.
        var changes = 0
        var databases: [String: DatabaseConfig] = [:]
        var tables: [String: TableConfig] = [:]
        var users: [String: UserConfig] = [:]
        /// With what roles give, by account.
        var permissions: [String: Permissions] = [:]
        var tokens: [String: TokenConfig] = [:]
        /// Whether `admin` is known to have no stored account.
        var isWithoutAdministrator = false
        /// What floors above made of the configs, by its type.
        var derived: [ObjectIdentifier: any AnyObject & Sendable] = [:]
        /// Whether something has come to it since it was made.
        var hasLearned = false

        init(since: UInt64) { self.since = since }

        /// - Parameter known: what has the accounts that stay known.
        init(since: UInt64, changes: Int, users known: State?) {
            (self.since, self.changes) = (since, changes)
            guard let known else { return }
            (users, isWithoutAdministrator) = (known.users, known.isWithoutAdministrator)
        }
    }

    /// A cache of its own, which is right whatever the others hold: what one has of another it admits by its own numbers.
    private final class Shelf: Sendable {
        let state: Mutex<State>

        init(_ state: State) { self.state = Mutex(state) }
    }

    /// What has all that is known.
    private let shared: Shelf
    /// Those near to the threads, as many as a power of two; none in the cache of one transaction.
    private let shelves: [Shelf]
    private let exact: Bool
    /// ``CatalogOptions/onlyDatabase``.
    let onlyDatabase: String?

    init(since: UInt64, exact: Bool, onlyDatabase: String? = nil) {
        shared = Shelf(State(since: since))
        shelves = (0..<16).map { _ in Shelf(State(since: since)) }
        self.exact = exact
        self.onlyDatabase = onlyDatabase
    }

    /// For the states of a transaction that has changed no metadata, and is the only one that could: it begins with what is known of the
    /// newest state.
    init(of newest: ConfigCache, at transaction: UInt64) {
        var known = newest.shared.state.withLock { newest.holds($0, at: transaction) ? $0 : State(since: 0) }
        known.since = 0
        known.hasLearned = false
        shared = Shelf(known)
        shelves = []
        exact = false
        onlyDatabase = newest.onlyDatabase
    }

    /// Takes over what a transaction has learned that has changed no metadata. Only in its turn: then it holds for the newest state.
    func learn(from other: ConfigCache, at transaction: UInt64) {
        guard let learned = other.shared.state.withLock({ $0.hasLearned ? $0 : nil }) else { return }
        shared.state.withLock { state in
            guard admits(&state, transaction) else { return }
            state.databases.merge(learned.databases) { known, _ in known }
            state.tables.merge(learned.tables) { known, _ in known }
            state.users.merge(learned.users) { known, _ in known }
            state.permissions.merge(learned.permissions) { known, _ in known }
            state.tokens.merge(learned.tokens) { known, _ in known }
            state.derived.merge(learned.derived) { known, _ in known }
            state.isWithoutAdministrator = state.isWithoutAdministrator || learned.isWithoutAdministrator
        }
    }

    /// Before the commit of a transaction that changed metadata.
    ///
    /// - Parameter transaction: the state that it was made on, if it changes no account: what is known of those is known afterwards, too. Who asks
    ///   while an engine is away can't be found out any more.
    func suspend(keepingUsersOf transaction: UInt64? = nil) {
        onAllShelves { state in
            let isKept = transaction.map { holds(state, at: $0) } ?? false
            state = State(since: state.since, changes: state.changes + 1, users: isKept ? state : nil)
        }
    }

    /// After that commit, whether or not it succeeded. `transaction` is that of a snapshot taken after it.
    func resume(since transaction: UInt64) {
        onAllShelves { $0 = State(since: max($0.since, transaction), changes: $0.changes - 1, users: $0) }
    }

    func database(_ name: String, at transaction: UInt64) -> DatabaseConfig? {
        find(at: transaction) {
            $0.databases[name]
        } keeping: {
            $0.databases[name] = $1
        }
    }

    /// `name` is the qualified one, `<database>.<table>`.
    func table(_ name: String, at transaction: UInt64) -> TableConfig? {
        find(at: transaction) {
            $0.tables[name]
        } keeping: {
            $0.tables[name] = $1
        }
    }

    /// nil: not known; a nil inside: known not to be there.
    func user(_ name: String, at transaction: UInt64) -> UserConfig?? {
        find(at: transaction) { state -> UserConfig?? in
            if let user = state.users[name] { return .some(user) }
            return state.isWithoutAdministrator && name == UserConfig.administrator ? .some(nil) : nil
        } keeping: {
            Self.keep($1, named: name, in: &$0)
        }
    }

    /// Of names that are not there only that of `admin` is kept: the others are as many as strangers can think of.
    func remember(_ user: UserConfig?, named name: String, at transaction: UInt64) {
        shared.state.withLock { if admits(&$0, transaction) { Self.keep(user, named: name, in: &$0) } }
    }

    private static func keep(_ user: UserConfig?, named name: String, in state: inout State) {
        if let user {
            state.users[name] = user
        } else if name == UserConfig.administrator {
            state.isWithoutAdministrator = true
        }
    }

    func permissions(ofUser name: String, at transaction: UInt64) -> Permissions? {
        find(at: transaction) {
            $0.permissions[name]
        } keeping: {
            $0.permissions[name] = $1
        }
    }

    func remember(_ permissions: Permissions, ofUser name: String, at transaction: UInt64) {
        shared.state.withLock { if admits(&$0, transaction) { $0.permissions[name] = permissions } }
    }

    func token(_ id: String, at transaction: UInt64) -> TokenConfig? {
        find(at: transaction) {
            $0.tokens[id]
        } keeping: {
            $0.tokens[id] = $1
        }
    }

    func remember(_ token: TokenConfig, at transaction: UInt64) {
        shared.state.withLock { if admits(&$0, transaction) { $0.tokens[token.id] = token } }
    }

    func remember(_ database: DatabaseConfig, at transaction: UInt64) {
        shared.state.withLock { if admits(&$0, transaction) { $0.databases[database.name] = database } }
    }

    func remember(_ table: TableConfig, at transaction: UInt64) {
        shared.state.withLock { if admits(&$0, transaction) { $0.tables[table.qualifiedName] = table } }
    }

    /// What a floor above keeps beside the configs, for as long as they hold: one of each type. Where they aren't kept it is made anew.
    func derived<Kind: AnyObject & Sendable>(at transaction: UInt64, _ make: () -> Kind) -> Kind {
        let kind = ObjectIdentifier(Kind.self)
        let known = find(at: transaction) {
            $0.derived[kind]
        } keeping: {
            $0.derived[kind] = $1
        }
        if let known = known as? Kind { return known }
        return shared.state.withLock { state in
            guard admits(&state, transaction) else { return make() }
            if let known = state.derived[kind] as? Kind { return known }
            let made = make()
            state.derived[kind] = made
            return made
        }
    }

    // MARK: Shelves

    /// What the thread's shelf has, or else the shared one, of which the thread's keeps it.
    private func find<Value>(
        at transaction: UInt64, _ read: (borrowing State) -> Value?, keeping keep: (inout State, Value) -> Void
    ) -> Value? {
        guard !shelves.isEmpty else { return shared.state.withLock { holds($0, at: transaction) ? read($0) : nil } }
        let near = shelves[SystemFacts.threadHash & (shelves.count - 1)]
        if let known = near.state.withLock({ holds($0, at: transaction) ? read($0) : nil }) { return known }
        guard let known = shared.state.withLock({ holds($0, at: transaction) ? read($0) : nil }) else { return nil }
        near.state.withLock { if admits(&$0, transaction) { keep(&$0, known) } }
        return known
    }

    /// One after the other: while they differ, one says less than it could, and none says what doesn't hold.
    private func onAllShelves(_ change: (inout State) -> Void) {
        shared.state.withLock { change(&$0) }
        for shelf in shelves { shelf.state.withLock { change(&$0) } }
    }

    private func holds(_ state: borrowing State, at transaction: UInt64) -> Bool {
        state.changes == 0 && (exact ? transaction == state.since : transaction >= state.since)
    }

    private func admits(_ state: inout State, _ transaction: UInt64) -> Bool {
        if exact && transaction > state.since { state = State(since: transaction, changes: state.changes, users: nil) }
        guard holds(state, at: transaction) else { return false }
        state.hasLearned = true
        return true
    }
}
