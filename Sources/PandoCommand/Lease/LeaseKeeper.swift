import Ground
import Synchronization
import httpd

/// The keeper of the lease that says which server of several is the primary, with a thread of its own: a primary renews it, a standby looks
/// whether it is free and takes it.
///
/// The right to write that comes of it is counted from the moment at which a question was sent whose answer gave it, and ends a tenth, or a
/// second, before etcd could give the lease to somebody else. So the two clocks need not agree, only go about as fast.
final class LeaseKeeper: @unchecked Sendable {
    // Sendable: what changes is used by the thread alone, or under one of the locks.
    private let service: any LeaseService
    private let permit: WritePermit
    /// Who this server is to others.
    private let mark: LeaseMark
    private let time: Duration
    private let clock: @Sendable () -> MonotonicTime

    /// Held while the service is asked: the thread does, and whoever promotes this server.
    private let turn = Monitor()
    /// Whether the lease is ours as far as we know. Under `turn`.
    private var isHeld = false
    /// Whether it was, in this run. Under `turn`.
    private var wasHeld = false
    /// Of whom the next holder has to be the successor, if it takes the lease by itself. Under `turn`.
    private var predecessor: LeaseMark?

    private let monitor = Monitor()
    private var thread: SystemThread?
    // Under the monitor.
    private var isStopped = false
    private var reason: String?

    // Of the thread.
    private var subject: (any LeaseSubject)?
    private var following: String?
    private var goneSince: MonotonicTime?
    private var pause = firstPause
    private var complaint = ""
    private var succession: LeaseSuccession
    /// What was said last of a refusal to compare standbys.
    private var comparisonComplaint: String?

    /// How often a standby looks.
    static let look = Duration.milliseconds(250)
    private static let firstPause = Duration.milliseconds(250)
    private static let longestPause = Duration.seconds(2)
    /// How long before etcd does we take the lease to be over: a tenth of its time, and a second at least.
    static func margin(of time: Duration) -> Duration { max(.seconds(1), time / 10) }
    /// How much longer ago than the lease lasts a standby may have had everything, when it sees that its primary has lost it.
    static let allowance = Duration.seconds(5)
    /// For so long a standby lets a primary that answers take its lease again.
    static let courtesy = Duration.milliseconds(1500)

    /// - Parameters:
    ///   - address: by which others reach this server.
    ///   - time: how long the lease lasts that isn't renewed.
    init(
        _ service: any LeaseService, _ permit: WritePermit, address: String, run: String, time: Duration,
        clock: @escaping @Sendable () -> MonotonicTime = { .now }
    ) {
        self.service = service
        self.permit = permit
        mark = LeaseMark(address: address, run: run)
        self.time = time
        succession = LeaseSuccession(mark, time: time)
        self.clock = clock
        permit.limit(by: service.name)
    }

    /// What a server is when it begins.
    enum Role: Equatable {
        case primary
        /// Of whom; nil: nobody has the lease, or an earlier run of this server.
        case standby(of: String?)
        /// An earlier run of this server has the lease still.
        case wait
    }

    /// Looks once, and takes the lease if nobody has it and this is no copy.
    func begin(isCopy: Bool) throws -> Role {
        turn.lock()
        defer { turn.unlock() }
        let holding = try service.holding()
        if let holder = holding.holder, holder != mark.address {
            following = holder
            predecessor = holding.newest
            permit.note(holder: holder)
            return .standby(of: holder)
        }
        if isCopy { return .standby(of: nil) }
        if holding.holder != nil { return .wait }
        // What was written there this file may not have.
        if let last = holding.newest, last.address != mark.address {
            throw CommandError.failed(
                """
                \(last.address) had the lease \(service.name) last, and nobody has it now: start that server first, whose file has what was \
                written since. If it is gone for good, remove the key \(service.lastName), and this one begins with what its file has.
                """)
        }
        let sent = clock()
        guard try service.take(mark, after: holding.newest) == .taken else { return .wait }
        granted(sent)
        return .primary
    }

    /// Goes on in a thread.
    func start(_ subject: any LeaseSubject) throws {
        self.subject = subject
        thread = try SystemThread { [self] in
            while let rest = isOver ? nil : step(subject) { wait(rest) }
        }
    }

    private var isOver: Bool { monitor.withLock { isStopped } }

    private func wait(_ duration: Duration) {
        let end = MonotonicTime.now + duration
        monitor.withLock {
            while !isStopped, MonotonicTime.now < end { monitor.wait(microseconds: Int((end - .now) / .microseconds(1)) + 1) }
        }
    }

    /// Ends the thread, and gives the lease back if it is ours: after nothing is written any more, and everything is on the disk.
    func stop() {
        monitor.withLock {
            isStopped = true
            monitor.broadcast()
        }
        thread?.join()
        thread = nil
        turn.lock()
        defer { turn.unlock() }
        permit.withdraw()
        guard isHeld else {
            // If nobody answered when it was asked last, the others do without it, too.
            if pause == Self.firstPause { try? succession.withdraw(service) }
            return
        }
        isHeld = false
        // If that fails it ends by itself.
        try? service.release()
    }

    /// Why the process is to end; nil if the lease has nothing against it.
    var endReason: String? { monitor.withLock { reason } }

    // MARK: What the thread does

    /// Does what there is to do now.
    ///
    /// - Returns: how long there is nothing to do; nil: for ever.
    func step(_ subject: any LeaseSubject) -> Duration? {
        do {
            let rest = try subject.isStandby && !holds ? look(subject) : keep(subject)
            pause = Self.firstPause
            return rest
        } catch {
            complain("\(CommandError(error).message)", subject)
            defer { pause = min(pause * 2, min(Self.longestPause, time / 6)) }
            return pause
        }
    }

    private var holds: Bool {
        turn.lock()
        defer { turn.unlock() }
        return isHeld
    }

    private func complain(_ message: String, _ subject: any LeaseSubject) {
        let text = "The lease \(service.name): \(message)"
        if text != complaint { subject.log("warn", text) }
        complaint = text
    }

    /// Under `turn`.
    private func granted(_ sent: MonotonicTime) {
        isHeld = true
        wasHeld = true
        predecessor = mark
        permit.note(holder: mark.address)
        permit.extend(until: sent + (time - Self.margin(of: time)))
    }

    /// A primary's part.
    private func keep(_ subject: any LeaseSubject) throws -> Duration? {
        turn.lock()
        defer { turn.unlock() }
        let wasOver = (permit.secondsLeft ?? 0) == 0
        if isHeld {
            let sent = clock()
            if try service.renew() {
                granted(sent)
                return goOn(wasOver, subject)
            }
            isHeld = false
            permit.withdraw()
            permit.note(holder: nil)
            subject.log("warn", "The lease \(service.name) is lost, and nothing is written until it is had again.")
        }
        let sent = clock()
        // One that has had it goes on only if nobody else has had it since; one that a person has promoted takes it from whoever it was.
        switch try service.take(mark, after: wasHeld ? mark : nil) {
        case .taken:
            granted(sent)
            return goOn(true, subject)
        case .held(let holder): return lose("is held by \(holder) now", holder, subject)
        case .missed(let newest):
            return lose("was held by \(newest?.address ?? "somebody else") meanwhile", nil, subject)
        }
    }

    private func goOn(_ wasOver: Bool, _ subject: any LeaseSubject) -> Duration {
        if wasOver {
            subject.log("notice", "Has the lease \(service.name), and writes.")
            subject.resumeWriting()
        }
        complaint = ""
        return time / 3
    }

    private func lose(_ what: String, _ holder: String?, _ subject: any LeaseSubject) -> Duration? {
        permit.withdraw()
        permit.note(holder: holder)
        let reason = "The lease \(service.name) \(what), so this server is the primary no more, and ends."
        monitor.withLock { self.reason = reason }
        subject.log("error", reason)
        subject.end(reason)
        return nil
    }

    /// A standby's part.
    private func look(_ subject: any LeaseSubject) throws -> Duration {
        let holding = try asking { try service.holding() }
        let now = clock()
        permit.note(holder: holding.holder)
        // Taken by this run, and the answer was lost: between who had it before and now there was nobody.
        let isOurs = holding.newest == mark
        if isOurs { asking { predecessor = mark } }
        guard let holder = holding.holder, !(isOurs && holder == mark.address) else {
            return isOurs ? promote(subject) : try succeed(holding, now, subject)
        }
        goneSince = nil
        if holder == mark.address {
            complain("an earlier run of this server has it, which ends by itself.", subject)
            return Self.look
        }
        if holder != following {
            try subject.follow(holder)
            following = holder
        } else if succession.hasCeased {
            subject.goOn()
        }
        succession.end()
        asking { predecessor = holding.newest }
        complaint = ""
        if let newest = holding.newest {
            try asking { try succession.follow(after: newest, now, service) }
            tellOfComparison(subject)
        }
        return Self.look
    }

    /// Says once that standbys can't be compared, until they can.
    private func tellOfComparison(_ subject: any LeaseSubject) {
        defer { comparisonComplaint = succession.refusal }
        guard let refusal = succession.refusal, refusal != comparisonComplaint else { return }
        subject.log(
            "warn",
            """
            The lease \(service.name): standbys can't tell each other what they have, so if its holder is gone the first that sees it takes \
            the lease, not the one that has most. The account needs to read and write the keys that begin with \(service.candidatesName). \(refusal)
            """)
    }

    private func asking<Result>(_ body: () throws -> Result) rethrows -> Result {
        turn.lock()
        defer { turn.unlock() }
        return try body()
    }

    /// Nobody has the lease: takes it, if this file has everything that its primary had, and it is the turn of this standby.
    private func succeed(_ holding: LeaseHolding, _ now: MonotonicTime, _ subject: any LeaseSubject) throws -> Duration {
        let gone = goneSince ?? now
        goneSince = gone
        guard following != nil, let lag = subject.lagSeconds else {
            try stepBack()
            complain("nobody has it. This standby has not had all of a primary's in this run, so it takes no place: promote one.", subject)
            return Self.look
        }
        // Seconds at which it had everything, before it saw that nobody has the lease.
        let behind = .seconds(lag) - (now - gone)
        guard behind <= time + Self.allowance else {
            try stepBack()
            complain(
                """
                nobody has it. This standby last had all of its primary's \(Int(behind / .seconds(1))) s before, which is too long ago \
                to take its place: promote one.
                """, subject)
            return Self.look
        }
        guard let predecessor = asking({ predecessor }), holding.newest == predecessor else {
            try stepBack()
            complain("another server than this one's primary has had it meanwhile. So it takes no place: promote one.", subject)
            return Self.look
        }
        // A primary that etcd has not answered for a while is there, and goes on when it does.
        let isPatient = !succession.hasCeased && subject.isConnected && lag < Self.courtesy / .seconds(1) && now - gone < Self.courtesy
        // A standby that is cut off from it does not wait, and has to hear of this one.
        if isPatient, try !asking({ try succession.isCalled(after: predecessor, service) }) { return LeaseSuccession.look }
        let position = try subject.cease()
        let rest = try asking {
            try succession.rest(having: position, after: predecessor, clock(), service) { try subject.isCovered(by: $0) }
        }
        tellOfComparison(subject)
        return rest ?? promote(subject)
    }

    /// This standby takes no place, and the others need not wait for it.
    private func stepBack() throws { try asking { try succession.withdraw(service) } }

    private func promote(_ subject: any LeaseSubject) -> Duration {
        asking { isBySelf = true }
        defer { asking { isBySelf = false } }
        do { try subject.promote() } catch {
            complain("this standby does not take the place of its primary: \(CommandError(error).message)", subject)
            return Self.longestPause
        }
        goneSince = nil
        succession.end()
        return time / 3
    }

    /// Whether it is the thread that promotes. Under `turn`.
    private var isBySelf = false

    // MARK: Promotion

    /// Before a promotion, whoever wants it. Takes the lease.
    ///
    /// - Returns: what speaks against it.
    func takeForPromotion() -> CatalogError? {
        turn.lock()
        defer { turn.unlock() }
        do {
            let sent = clock()
            switch try service.take(mark, after: isBySelf ? predecessor : nil) {
            case .taken:
                granted(sent)
                return nil
            case .held(let holder):
                return CatalogError(.readOnly, "The lease \(service.name) is held by \(holder), which is the primary. Stop that first.")
            case .missed:
                return CatalogError(.readOnly, "Another server has had the lease \(service.name) meanwhile.")
            }
        } catch {
            return CatalogError(.unavailable, "The lease \(service.name) could not be taken: \(CommandError(error).message)")
        }
    }

    /// The promotion has failed: others may have the lease.
    func giveBackAfterPromotion() {
        turn.lock()
        defer { turn.unlock() }
        isHeld = false
        wasHeld = false
        permit.withdraw()
        try? service.release()
    }
}
