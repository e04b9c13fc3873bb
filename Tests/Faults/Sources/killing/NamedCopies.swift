import BTreeStore

/// States that have names, of which each must stay what it was. Number `n` is called `copy-n`, and what it held is known from the threads'
/// counters in it; so it is enough that the slots are those of the counters, and that no name that was acknowledged is missing.
enum NamedCopies {
    private static let limit = 3
    /// The newest number that was given, and the newest that was taken away, stand behind those of the threads.
    private static let given = Load.threads
    private static let taken = Load.threads + 1

    private static func name(_ number: UInt64) -> String { "copy-\(number)" }

    /// Gives a state a name, or takes the oldest name away.
    static func goOn(_ store: Store, _ noted: Acknowledgements, _ random: inout SystemRandomNumberGenerator) throws {
        let names = try numbers(store)
        if names.count < limit, Bool.random(using: &random) {
            let number = noted.number(thread: given) + 1
            // It may have come before a kill that kept it from being noted.
            if !names.contains(number) { try store.createState(name(number)) }
            noted.note(number, thread: given)
        } else if names.count == limit, let oldest = names.min() {
            noted.note(oldest, thread: taken)
            try store.dropState(name(oldest))
        }
    }

    private static func numbers(_ store: Store) throws -> [UInt64] {
        try store.states().map { state in
            guard let number = UInt64(state.name.dropFirst(5)), state.name == name(number) else {
                throw Loss("a state is called \(state.name)")
            }
            return number
        }
    }

    /// - Throws: `Loss` if a state is missing, there though it was never given, or not what its counters say.
    static func verify(_ store: Store, _ noted: Acknowledgements) throws {
        let names = try numbers(store)
        let (given, taken) = (noted.number(thread: given), noted.number(thread: taken))
        if taken < given {
            for number in taken + 1...given where !names.contains(number) { throw Loss("state \(number) is missing") }
        }
        for number in names {
            guard number >= taken, number <= given + 1 else { throw Loss("state \(number) is there, and \(taken) to \(given) were") }
            let snapshot = try store.snapshot(of: name(number))
            for thread in 0..<Load.threads { _ = try Load(thread: thread).look(at: snapshot) }
        }
    }
}
