import Synchronization

/// All watches of a catalog, and the events on their way to them.
///
/// Two things make a watch's series of events exact. Watches come and commits are announced only in the writer's turn, so
/// a commit is told to exactly those who were there before it. And events are handed out in the order of their announcement, once
/// the commit can be seen: one that waits for the disk holds back those that came after it.
final class Watchers: Sendable {
    /// A commit that is announced and has not been told yet.
    private struct Announcement {
        enum State { case waiting, committed, withdrawn }

        var deliveries: [Delivery]
        var state = State.waiting
    }

    struct Delivery {
        let registration: WatchRegistration
        let event: WatchEvent
    }

    /// The name of an announcement.
    struct Ticket {
        fileprivate let number: Int
    }

    /// Stands for what is not a table: nothing has an empty id.
    static let metadata = ""

    private struct State {
        var tables: [String: TableWatchers] = [:]
        var announcements: [Announcement] = []
        /// The number of the first one that is still there.
        var first = 0
        /// Somebody is handing out events, and will go on until none is left.
        var isTelling = false
    }

    private let state = Mutex(State())
    /// Watched tables, to be looked at by every transaction.
    private let tableCount = Atomic<Int>(0)

    // MARK: Coming and going

    func add(_ registrations: [WatchRegistration]) {
        state.withLock { state in
            for registration in registrations {
                let watchers = state.tables[registration.table] ?? TableWatchers()
                state.tables[registration.table] = watchers
                watchers.add(registration)
            }
            tableCount.store(state.tables.count, ordering: .releasing)
        }
    }

    func remove(_ registrations: [WatchRegistration]) {
        state.withLock { state in
            for registration in registrations {
                state.tables[registration.table]?.remove(registration)
                if state.tables[registration.table]?.isEmpty == true { state.tables[registration.table] = nil }
            }
            tableCount.store(state.tables.count, ordering: .releasing)
        }
    }

    /// Whether nobody watches anything.
    var isEmpty: Bool { tableCount.load(ordering: .acquiring) == 0 }

    /// The watchers of a table; nil if there are none. Called in the writer's turn.
    func watchers(ofTable id: String) -> TableWatchers? {
        guard tableCount.load(ordering: .acquiring) > 0 else { return nil }
        return state.withLock { $0.tables[id] }
    }

    /// How many receivers hear of some tables.
    func receiverCount(ofTables ids: [String]) -> Int {
        let watchers = state.withLock { state in ids.compactMap { state.tables[$0] } }
        return Set(watchers.flatMap(\.all).map { ObjectIdentifier($0.receiver) }).count
    }

    // MARK: Commits

    /// Notes what a commit that is about to happen will be telling. Called in the writer's turn.
    func announce(_ deliveries: [Delivery]) -> Ticket? {
        guard !deliveries.isEmpty else { return nil }
        return state.withLock { state in
            state.announcements.append(Announcement(deliveries: deliveries))
            return Ticket(number: state.first + state.announcements.count - 1)
        }
    }

    /// Tells of a commit that can be seen, or has it told as soon as those before it can.
    func publish(_ ticket: Ticket?) {
        guard let ticket else { return }
        settle(ticket, .committed)
    }

    /// Forgets a commit that failed.
    func withdraw(_ ticket: Ticket?) {
        guard let ticket else { return }
        settle(ticket, .withdrawn)
    }

    /// Puts ``WatchEvent/renewed`` in its place among the commits. Called in the writer's turn.
    func announceRenewal(to registration: WatchRegistration) {
        publish(announce([Delivery(registration: registration, event: .renewed)]))
    }

    /// - Parameter reason: why nothing is told any more.
    func close(_ reason: CatalogError) {
        let all = state.withLock { state in state.tables.values.flatMap(\.all) }
        for registration in all { registration.receiver.receive(.closed(reason), from: registration.source) }
    }

    private func settle(_ ticket: Ticket, _ outcome: Announcement.State) {
        let tells = state.withLock { state in
            state.announcements[ticket.number - state.first].state = outcome
            defer { state.isTelling = true }
            return !state.isTelling
        }
        guard tells else { return }
        while let announcement = nextToTell() {
            guard announcement.state == .committed else { continue }
            for delivery in announcement.deliveries {
                delivery.registration.receiver.receive(delivery.event, from: delivery.registration.source)
            }
        }
    }

    private func nextToTell() -> Announcement? {
        state.withLock { state in
            guard let first = state.announcements.first, first.state != .waiting else {
                state.isTelling = false
                return nil
            }
            state.first += 1
            return state.announcements.removeFirst()
        }
    }
}

extension WatchedKeys {
    func include(_ key: [UInt8]) -> Bool {
        switch self {
        case .one(let own): own == key
        case .interval(let interval): interval.contains(key)
        case .none: false
        }
    }
}
