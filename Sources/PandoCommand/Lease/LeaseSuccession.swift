import Ground
import httpd

/// A standby's place among those of one lease, of which the one that has most is to be the next primary.
///
/// Each of them says that it follows. Who sees the lease gone receives nothing more, and says what it has: that is final, and bound to the
/// holder whose place it would take. It waits until all that follow the same one have done so, or for ``patience``. Then it is the turn of the
/// one that nobody else covers, at once; each other one waits for as many times ``turn`` as there are that go before it. Who of them gets the
/// lease is decided where it is taken, so whatever is wrong or late here costs time, or what only somebody late has, and never gives two
/// primaries.
///
/// Used by the thread of a ``LeaseKeeper``.
struct LeaseSuccession {
    private let mark: LeaseMark
    /// How often what is said is said again.
    private let renewal: Duration
    private var said: (candidate: LeaseCandidate, at: MonotonicTime)?
    /// Since when this standby receives nothing more, and since when it knows who goes before it.
    private var ceased: MonotonicTime?
    private var settled: MonotonicTime?
    /// Why the others can't be told, or asked; nil if they can.
    private(set) var refusal: String?

    /// How long others are waited for that follow still: they see the lease gone when they look next, within ``LeaseKeeper/look``, and have a
    /// second to finish the commit that is under way and to say what they have.
    static let patience = LeaseKeeper.look + .seconds(1)
    /// How long somebody who goes before may take: it may have seen the lease gone later by one look, and have waited for all of ``patience``
    /// for somebody who did not answer; what is left is for the question by which it takes the lease.
    static let turn = Duration.seconds(3)
    /// How often is looked meanwhile.
    static let look = Duration.milliseconds(100)

    /// - Parameter time: how long the lease lasts that isn't renewed.
    init(_ mark: LeaseMark, time: Duration) {
        self.mark = mark
        renewal = time / 3
    }

    /// Whether this standby receives nothing more.
    var hasCeased: Bool { ceased != nil }

    /// Somebody has the lease.
    mutating func end() { (ceased, settled) = (nil, nil) }

    /// Says that this standby follows, if that has to be said now.
    mutating func follow(after predecessor: LeaseMark, _ now: MonotonicTime, _ service: any LeaseService) throws {
        try say(LeaseCandidate(mark: mark, predecessor: predecessor, position: nil), now, service)
    }

    /// Whether another standby of the same primary has ceased to follow it.
    mutating func isCalled(after predecessor: LeaseMark, _ service: any LeaseService) throws -> Bool {
        guard refusal == nil else { return false }
        return try others(after: predecessor, service).contains { $0.position != nil }
    }

    /// Says what this standby has, once it receives nothing more.
    ///
    /// - Parameter isCovered: whether who has a position has all that this standby has.
    /// - Returns: how long to wait until this is called again; nil: it is this standby's turn.
    mutating func rest(
        having position: FilePosition, after predecessor: LeaseMark, _ now: MonotonicTime, _ service: any LeaseService,
        isCovered: (FilePosition) throws -> Bool
    ) throws -> Duration? {
        let ceased = ceased ?? now
        self.ceased = ceased
        try say(LeaseCandidate(mark: mark, predecessor: predecessor, position: position), now, service)
        // The first that sees the lease gone takes it where they can't tell each other.
        guard refusal == nil else { return nil }
        let others = try others(after: predecessor, service)
        guard refusal == nil else { return nil }
        if now - ceased < Self.patience, others.contains(where: { $0.position == nil }) { return Self.look }
        let settled = settled ?? now
        self.settled = settled
        let before = try others.count { other in
            // Of two that have the same it is the one whose address is less; of two that can't be compared either may come first.
            guard let theirs = other.position, try isCovered(theirs) else { return false }
            return theirs != position || other.mark.address < mark.address
        }
        return now - settled < Self.turn * before ? Self.look : nil
    }

    /// Nobody need wait for this standby.
    mutating func withdraw(_ service: any LeaseService) throws {
        guard said != nil else { return }
        said = nil
        try service.withdrawCandidate()
    }

    private mutating func say(_ candidate: LeaseCandidate, _ now: MonotonicTime, _ service: any LeaseService) throws {
        if let said, said.candidate == candidate, now - said.at < renewal { return }
        do {
            try service.declare(candidate)
            refusal = nil
        } catch let error as LeaseRefusal {
            refusal = error.description
        }
        said = (candidate, now)
    }

    /// The other standbys of the same primary. Of this one there may be what an earlier run has said.
    private mutating func others(after predecessor: LeaseMark, _ service: any LeaseService) throws -> [LeaseCandidate] {
        do {
            return try service.candidates().filter { $0.predecessor == predecessor && $0.mark.address != mark.address }
        } catch let error as LeaseRefusal {
            refusal = error.description
            return []
        }
    }
}
