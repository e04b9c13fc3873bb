import Ground
import Synchronization

/// What processes that write beside each other tell each other of their commits, so that feeds and whoever else watches hear of all of them.
///
/// Each process says in the engine which tables somebody watches there. Whoever commits looks, in its turn, what others watch, and puts what
/// they are to be told of the commit into the commit itself. Before a process uses its turn, and now and then, it takes in what it has not been
/// told yet, up to a state that it reads, commit by commit. So each commit is told once, in the order of commits, and where a feed begins with
/// a state, exactly those after it are told.
final class OthersNews: Sendable {
    /// Changes of one commit that are told one by one.
    static let capacity = 100_000
    /// How often it is asked for while somebody watches.
    private static let interval = Duration.milliseconds(50)
    /// How often it is asked, where this process alone writes, whether another one has taken its place.
    private static let aloneInterval = Duration.seconds(2)
    /// How often what nobody watches any more is taken back.
    private static let tidying = Duration.seconds(20)

    /// All of it changes in the turn among the threads of this process only.
    private struct State {
        /// What this process has said that it watches.
        var declared: Set<String> = []
        /// The number of the last commit whose news were taken in.
        var seen: UInt64 = 0
        /// What others watch, and as of which change of that.
        var watchNumber: UInt64?
        var elsewhere: [String: WatchRegistration] = [:]
    }

    private let state = Mutex(State())
    /// Nil: nobody watches, so nothing is asked for.
    private let asking = Monitored((isWanted: false, hasThread: false, isOver: false))

    deinit { stop() }

    /// Stands among those who watch for the other processes.
    final class Elsewhere: ChangeReceiver {
        var capacity: Int { OthersNews.capacity }
        func receive(_ event: WatchEvent, from source: Int) {}
    }

    private static let elsewhere = Elsewhere()

    static func isElsewhere(_ registration: WatchRegistration) -> Bool { registration.receiver is Elsewhere }

    // MARK: Taking in

    /// Takes in what others have committed up to a state. Called in this process's turn.
    func takeIn(upTo view: any EngineView, _ catalog: Catalog) throws(CatalogError) {
        let (known, seen, declared) = state.withLock { ($0.watchNumber, $0.seen, $0.declared) }
        if known != view.watchNumber {
            let watched = try view.watchedElsewhere()
            let registrations = state.withLock { state in
                let gone = state.elsewhere.filter { !watched.contains($0.key) }
                var new: [WatchRegistration] = []
                for name in watched where state.elsewhere[name] == nil {
                    let keys: WatchedKeys = name == Watchers.metadata ? .none : .interval(.all)
                    let registration = WatchRegistration(Self.elsewhere, source: 0, table: name, keys)
                    state.elsewhere[name] = registration
                    new.append(registration)
                }
                for name in gone.keys { state.elsewhere[name] = nil }
                state.watchNumber = view.watchNumber
                return (gone: Array(gone.values), new: new)
            }
            catalog.watchers.remove(registrations.gone)
            catalog.watchers.add(registrations.new)
        }
        guard !declared.isEmpty, seen < view.number else { return }
        var assembly = EngineNews.Assembly()
        var commit: UInt64?
        let isKnown = try view.news(after: seen, watching: declared.count) { (number, piece) throws(CatalogError) in
            if let commit, commit != number { try tellAll(&assembly, of: commit, catalog) }
            commit = number
            try assembly.append(piece)
        }
        guard isKnown else { return end(Self.forgotten, catalog) }
        try tellAll(&assembly, of: view.number, catalog)
    }

    /// Tells what a commit has told, which is the last one up to a number.
    private func tellAll(_ assembly: inout EngineNews.Assembly, of number: UInt64, _ catalog: Catalog) throws(CatalogError) {
        for event in try assembly.takeAll() { tell(event, catalog.watchers) }
        // What is told is told, though what is behind it may not be had now.
        state.withLock { $0.seen = number }
        catalog.store.engine?.engine.note(seen: number)
    }

    /// The others took this process for dead and told it nothing for a while: who watches has missed something, and is told that this is the end.
    private func end(_ reason: CatalogError, _ catalog: Catalog) {
        state.withLock { $0.declared = [] }
        catalog.watchers.close(reason)
    }

    private static let forgotten = CatalogError(
        .unavailable,
        "The other processes took this one for dead, as it showed no sign of life for a minute, and nobody knows what they have changed "
            + "meanwhile. Follow the changes anew.")

    private func tell(_ event: EngineNews.Event, _ watchers: Watchers) {
        guard let table = watchers.watchers(ofTable: event.table) else { return }
        var deliveries: [Watchers.Delivery] = []
        switch event.event {
        case .changed(let changes, let commit):
            for (registration, changes) in table.told(changes) {
                deliveries.append(.init(registration: registration, event: .changed(changes, commit)))
            }
        case .overran:
            for registration in table.all {
                if case .none = registration.keys { continue }
                deliveries.append(.init(registration: registration, event: event.event))
            }
        default: deliveries = table.all.map { .init(registration: $0, event: event.event) }
        }
        deliveries = deliveries.filter { !Self.isElsewhere($0.registration) }.sorted { $0.registration.source < $1.registration.source }
        watchers.publish(watchers.announce(deliveries))
    }

    // MARK: Watching

    /// Whether the others know that these are watched here.
    func hasDeclared(_ names: Set<String>) -> Bool { state.withLock { names.isSubset(of: $0.declared) } }

    /// Says to the others what is watched here, beside what is already.
    func declare(_ names: Set<String>, _ catalog: Catalog) throws(CatalogError) {
        try catalog.store.withTurnHere { () throws(CatalogError) in
            guard !hasDeclared(names) else { return }
            try change(to: state.withLock { $0.declared }.union(names), catalog)
        }
        ask(catalog)
    }

    private func change(to names: Set<String>, _ catalog: Catalog) throws(CatalogError) {
        guard let engine = catalog.store.engine?.engine else { return }
        let old = state.withLock { $0.declared }
        guard let number = try engine.watch(names, before: old.count) else {
            end(Self.forgotten, catalog)
            return try change(to: names, catalog)
        }
        state.withLock { state in
            if old.isEmpty { state.seen = number }
            state.declared = names
        }
    }

    /// Takes back what nobody watches any more.
    private func tidy(_ catalog: Catalog) throws(CatalogError) {
        guard catalog.writesBesideOthers else { return }
        try catalog.store.withTurnHere { () throws(CatalogError) in
            let declared = state.withLock { $0.declared }
            let used = declared.filter { name in
                catalog.watchers.watchers(ofTable: name)?.all.contains { !Self.isElsewhere($0) } ?? false
            }
            if used.count < declared.count { try change(to: used, catalog) }
        }
    }

    // MARK: Asking

    /// Looks from now on, for as long as somebody watches, what others have committed, and whether this process still may write: nobody else
    /// would tell those who watch that it may not.
    func ask(_ catalog: Catalog) {
        let needsThread = asking.update { asking in
            asking.isWanted = true
            defer { asking.hasThread = true }
            return !asking.hasThread
        }
        guard needsThread else { return }
        let interval = catalog.writesBesideOthers ? Self.interval : Self.aloneInterval
        let thread = try? SystemThread(stackByteCount: 512 << 10) { [asking, weak catalog, weak self] in
            var nextTidying = MonotonicTime.now + Self.tidying
            while true {
                let isOver = asking.wait { $0.isOver ? true : $0.isWanted ? false : nil }
                if isOver { return }
                asking.wait(until: .now + interval) { $0.isOver ? () : nil }
                guard let catalog, let self else { return }
                do throws(CatalogError) { try self.look(catalog) } catch {
                    // What else fails now is tried again.
                    guard error.kind == .writesStopped else { continue }
                    asking.update { ($0.isWanted, $0.hasThread) = (false, false) }
                    return catalog.watchers.close(error)
                }
                guard .now > nextTidying else { continue }
                nextTidying = .now + Self.tidying
                try? self.tidy(catalog)
                asking.update { $0.isWanted = self.isWanted(catalog) }
            }
        }
        if thread == nil { asking.update { $0.hasThread = false } }
    }

    private func isWanted(_ catalog: Catalog) -> Bool {
        catalog.writesBesideOthers ? state.withLock { !$0.declared.isEmpty } : !catalog.watchers.isEmpty
    }

    private func look(_ catalog: Catalog) throws(CatalogError) {
        guard let engine = catalog.store.engine else { return }
        let newest = try engine.engine.newestNumber()
        guard engine.engine.isShared, newest > state.withLock({ $0.seen }) else { return }
        try catalog.store.withTurnHere { () throws(CatalogError) in
            try takeIn(upTo: try engine.view(), catalog)
        }
    }

    func stop() { asking.update { $0.isOver = true } }
}
