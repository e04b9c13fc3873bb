import Ground
import httpd

/// Who has a lease, and who had it last.
struct LeaseHolding: Equatable {
    /// The address that the holder has said; nil: nobody has it.
    var holder: String?
    /// The mark of the newest one who took it, which stays when the lease is over; nil: nobody ever had it.
    var newest: LeaseMark?
}

/// One taking of a lease: by whom, and in which run of that process.
struct LeaseMark: Equatable, CustomStringConvertible {
    let address: String
    let run: String

    init(address: String, run: String) {
        self.address = address
        self.run = run
    }

    /// - Returns: nil if somebody else has written it.
    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2 else { return nil }
        self.init(address: String(parts[0]), run: String(parts[1]))
    }

    var description: String { "\(address) \(run)" }
}

/// What became of an attempt to take a lease.
enum LeaseTaking: Equatable {
    case taken
    /// Somebody has it: the address that he has said.
    case held(by: String)
    /// It is free, but another one has had it than whom this one was to come after; nil: the mark is gone.
    case missed(LeaseMark?)
}

/// What a standby says of itself to the others of the lease.
struct LeaseCandidate: Equatable, CustomStringConvertible {
    let mark: LeaseMark
    /// The holder that it has followed, in whose place it would come.
    let predecessor: LeaseMark
    /// What it has of that one, and receives no more; nil: it follows still.
    let position: FilePosition?

    init(mark: LeaseMark, predecessor: LeaseMark, position: FilePosition?) {
        self.mark = mark
        self.predecessor = predecessor
        self.position = position
    }

    /// - Returns: nil if somebody else has written it.
    init?(_ text: String) {
        let parts = text.split(separator: " ").map(String.init)
        guard (4...5).contains(parts.count) else { return nil }
        self.init(
            mark: LeaseMark(address: parts[0], run: parts[1]), predecessor: LeaseMark(address: parts[2], run: parts[3]),
            position: parts.count == 5 ? FilePosition(parts[4]) : nil)
    }

    var description: String { "\(mark) \(predecessor)" + (position.map { " \($0)" } ?? "") }
}

/// What a service answers that can't be helped by asking it again.
struct LeaseRefusal: Error, CustomStringConvertible {
    let description: String
    /// Whether a new login may help.
    var isOfLogin = false
}

/// A service in which one process at a time holds a name, for a while that it has to renew. Asked by one thread at a time.
protocol LeaseService: AnyObject, Sendable {
    /// The name, as messages have it.
    var name: String { get }
    /// Where the mark of the newest one who took it is.
    var lastName: String { get }

    func holding() throws -> LeaseHolding

    /// Takes the lease for as long as was agreed, from the moment of the call on at least, if nobody has it.
    ///
    /// - Parameter newest: who must have had it before; nil: that doesn't matter.
    func take(_ mark: LeaseMark, after newest: LeaseMark?) throws -> LeaseTaking

    /// Has the lease last for as long again, from the moment of the call on at least.
    ///
    /// - Returns: false if it is over. What is thrown says that nobody knows.
    func renew() throws -> Bool

    /// Gives it back, so that others need not wait for its end.
    func release() throws

    // What standbys say of themselves. The lease does not depend on it.

    /// What the names begin with under which it stands.
    var candidatesName: String { get }

    /// Has others know of a standby for a while, which this has to be called in again; in place of what the same server has said before.
    func declare(_ candidate: LeaseCandidate) throws

    /// All that is said at this moment.
    func candidates() throws -> [LeaseCandidate]

    /// Takes back what this process has declared, so that nobody waits for it.
    func withdrawCandidate() throws
}

/// What a lease decides about: the server of one file.
protocol LeaseSubject: AnyObject, Sendable {
    var isStandby: Bool { get }
    /// Whether the primary answers.
    var isConnected: Bool { get }
    /// Seconds since the file had everything that its primary had; nil: it hasn't had in this run.
    var lagSeconds: Double? { get }

    /// Follows that primary from now on.
    func follow(_ address: String) throws
    /// Receives nothing more of the primary, and says what the file has of it. Does nothing but that if it has ceased already.
    func cease() throws -> FilePosition
    /// Whether who has that has all that this file has.
    func isCovered(by position: FilePosition) throws -> Bool
    /// Follows the same primary again, after ``cease()``.
    func goOn()
    /// Asks for the lease again (``LeaseKeeper/takeForPromotion()``), and makes the file a primary if it is had.
    func promote() throws
    /// Something can be written again.
    func resumeWriting()
    func log(_ level: String, _ message: String)
    /// Ends the process in order: somebody else is the primary.
    func end(_ reason: String)
}
