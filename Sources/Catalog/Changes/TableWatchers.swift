import Synchronization

/// The watchers of one table, so that a write finds those that it concerns without asking the others.
///
/// They come only in the writer's turn, so a transaction that found nobody need not look again; they may go at any time.
final class TableWatchers: Sendable {
    private struct State {
        var all: [ObjectIdentifier: (registration: WatchRegistration, number: Int)] = [:]
        var byKey: [[UInt8]: [WatchRegistration]] = [:]
        /// Those that watch every document: they are told of the same array.
        var whole: [WatchRegistration] = []
        let intervals = IntervalIndex<WatchRegistration>()
        /// How many watchers have each capacity, in changes.
        var capacities: [Int: Int] = [:]
        var nextNumber = 0
    }

    // Sendable: the index in it is used under the lock only.
    private let state = Mutex(State())

    var isEmpty: Bool { state.withLock { $0.all.isEmpty } }

    /// The most changes that one of them keeps.
    var capacity: Int { state.withLock { $0.capacities.keys.max() ?? 0 } }

    var all: [WatchRegistration] {
        state.withLock { $0.all.values.sorted { $0.number < $1.number }.map(\.registration) }
    }

    func add(_ registration: WatchRegistration) {
        state.withLock { state in
            let number = state.nextNumber
            state.nextNumber += 1
            state.all[ObjectIdentifier(registration)] = (registration, number)
            state.capacities[registration.receiver.capacity, default: 0] += 1
            switch registration.keys {
            case .one(let key): state.byKey[key, default: []].append(registration)
            case .interval(.all): state.whole.append(registration)
            case .interval(let interval): state.intervals.insert(registration, interval, number: number)
            case .none: break
            }
        }
    }

    func remove(_ registration: WatchRegistration) {
        state.withLock { state in
            guard let number = state.all.removeValue(forKey: ObjectIdentifier(registration))?.number else { return }
            let capacity = registration.receiver.capacity
            state.capacities[capacity] = state.capacities[capacity].flatMap { $0 > 1 ? $0 - 1 : nil }
            switch registration.keys {
            case .one(let key):
                state.byKey[key]?.removeAll { $0 === registration }
                if state.byKey[key]?.isEmpty == true { state.byKey[key] = nil }
            case .interval(.all): state.whole.removeAll { $0 === registration }
            case .interval(let interval): state.intervals.remove(interval, number: number)
            case .none: break
            }
        }
    }

    /// Whether somebody wants to hear of this document.
    func watch(_ key: [UInt8]) -> Bool {
        state.withLock { state in
            if !state.whole.isEmpty || state.byKey[key] != nil { return true }
            var isWatched = false
            state.intervals.forEach(holding: key) { _ in
                isWatched = true
                return false
            }
            return isWatched
        }
    }

    /// The changes that each watcher is told.
    func told(_ changes: [DocumentChange]) -> [(registration: WatchRegistration, changes: [DocumentChange])] {
        guard !changes.isEmpty else { return [] }
        return state.withLock { state in
            var told = state.whole.map { (registration: $0, changes: changes) }
            var positions: [ObjectIdentifier: Int] = [:]
            for change in changes {
                func tell(_ registration: WatchRegistration) {
                    if let position = positions[ObjectIdentifier(registration)] {
                        told[position].changes.append(change)
                    } else {
                        positions[ObjectIdentifier(registration)] = told.count
                        told.append((registration, [change]))
                    }
                }
                for registration in state.byKey[change.key] ?? [] { tell(registration) }
                state.intervals.forEach(holding: change.key) {
                    tell($0)
                    return true
                }
            }
            return told
        }
    }
}
