import Ground

@testable import Catalog
@testable import PandoCommand

/// Several standbys of a primary that is dead, with a lease in memory and one clock. One thread uses all of it: the standbys take their steps when
/// these are due, and before a question of one of them others may take theirs.
final class LeaseWorld: @unchecked Sendable {
    let start = MonotonicTime.now
    var passed = Duration.zero
    var now: MonotonicTime { start + passed }
    static let primary = LeaseMark(address: "http://p:1", run: "p")
    static let time = Duration.seconds(10)

    var holder: String? = primary.address
    var newest: LeaseMark? = primary
    var said: [String: (candidate: LeaseCandidate, until: Duration)] = [:]
    var standbys: [LeaseStandby] = []
    /// Called before each question.
    var between: (LeaseStandby) -> Void = { _ in }

    func add(_ name: String, has position: Int) -> LeaseStandby {
        let standby = LeaseStandby(self, name, position)
        standbys.append(standby)
        return standby
    }

    /// All of them have seen the primary with the lease, and said so.
    func begin() throws {
        for standby in standbys {
            _ = try standby.keeper.begin(isCopy: true)
            step(standby)
        }
    }

    /// The primary is dead, and its lease over.
    func expire() { holder = nil }

    func step(_ standby: LeaseStandby) {
        guard !standby.isBusy, !standby.isDead else { return }
        standby.isBusy = true
        let rest = standby.keeper.step(standby)
        standby.isBusy = false
        standby.due = passed + (rest ?? .seconds(1_000_000))
    }

    func run(for duration: Duration, until isOver: () -> Bool = { false }) {
        let end = passed + duration
        while !isOver(), let next = standbys.filter({ !$0.isDead }).min(by: { $0.due < $1.due }), next.due < end {
            passed = max(passed, next.due)
            step(next)
        }
        if !isOver() { passed = max(passed, end) }
    }

    var primaries: [LeaseStandby] { standbys.filter { !$0.isStandby } }
}

/// One of the standbys, and the lease as it sees it.
final class LeaseStandby: LeaseService, LeaseSubject, @unchecked Sendable {
    unowned let world: LeaseWorld
    let address: String
    private(set) var keeper: LeaseKeeper!
    /// The transaction that it is at.
    var transaction: Int
    var due = Duration.zero
    var isBusy = false
    var isDead = false
    /// Nobody answers it.
    var isCutOff = false
    /// Questions until one is not answered, and whether it has its effect all the same; nil: all are answered.
    var loss: (questions: Int, isDone: Bool)?
    /// It dies once it has said what it has.
    var diesWithItsWord = false
    var refusal: LeaseRefusal?

    var isStandby = true
    var isConnected = false
    var lagSeconds: Double? = 0.5
    var hasCeased = false
    var followed: [String] = []
    var lines: [String] = []

    struct Silence: Error {}

    init(_ world: LeaseWorld, _ name: String, _ transaction: Int) {
        self.world = world
        self.transaction = transaction
        address = "http://\(name):1"
        let permit = WritePermit { [unowned world] in world.now }
        keeper = LeaseKeeper(self, permit, address: address, run: name, time: LeaseWorld.time) { [unowned world] in world.now }
    }

    /// Whether something of the primary may come still that was on its way.
    var receives: Bool { isStandby && !hasCeased && !isDead && followed.isEmpty }

    // MARK: The lease

    let name = "etcd://host/app"
    let lastName = "app.last"
    let candidatesName = "app.standbys/"

    private func asked<Answer>(_ answer: () throws -> Answer) throws -> Answer {
        world.between(self)
        if isDead || isCutOff { throw Silence() }
        world.passed += .milliseconds(2)
        guard let loss else { return try answer() }
        self.loss = loss.questions > 0 ? (loss.questions - 1, loss.isDone) : nil
        if loss.questions > 0 { return try answer() }
        if loss.isDone { _ = try answer() }
        throw Silence()
    }

    func holding() throws -> LeaseHolding { try asked { LeaseHolding(holder: world.holder, newest: world.newest) } }

    func take(_ mark: LeaseMark, after newest: LeaseMark?) throws -> LeaseTaking {
        try asked {
            if let holder = world.holder { return holder == address ? .taken : .held(by: holder) }
            if let newest, newest != world.newest { return .missed(world.newest) }
            (world.holder, world.newest) = (address, mark)
            return .taken
        }
    }

    func renew() throws -> Bool { try asked { world.holder == address } }

    func release() throws {}

    func declare(_ candidate: LeaseCandidate) throws {
        try asked {
            if let refusal { throw refusal }
            world.said[address] = (candidate, world.passed + LeaseWorld.time + .seconds(5))
        }
        if diesWithItsWord, candidate.position != nil { isDead = true }
    }

    func candidates() throws -> [LeaseCandidate] {
        try asked {
            if let refusal { throw refusal }
            return world.said.values.filter { $0.until > world.passed }.map(\.candidate)
        }
    }

    func withdrawCandidate() throws { try asked { world.said[address] = nil } }

    // MARK: The server

    private static func text(_ transaction: Int) -> FilePosition { FilePosition("f81d4fae-7dec-41d0-a765-00a0c91e6bf6.1.a.\(transaction)") }

    var position: FilePosition { Self.text(transaction) }

    func cease() throws -> FilePosition {
        hasCeased = true
        (isConnected, lagSeconds) = (false, lagSeconds ?? 0)
        return position
    }

    func isCovered(by position: FilePosition) throws -> Bool {
        guard let other = position.description.split(separator: ".").last.flatMap({ Int($0) }) else { return false }
        return transaction <= other
    }

    func goOn() { hasCeased = false }
    func follow(_ address: String) throws { (hasCeased, followed, isConnected) = (false, followed + [address], true) }

    func promote() throws {
        if let refusal = keeper.takeForPromotion() { throw refusal }
        isStandby = false
    }

    func resumeWriting() {}
    func log(_ level: String, _ message: String) { lines.append(message) }
    func end(_ reason: String) { lines.append(reason) }
}
