import Ground

@testable import Catalog
@testable import PandoCommand

/// A lease in memory with a clock that goes on when it is told to, and a server that notes what it is told. One thread uses them.
final class LeaseScene: LeaseService, LeaseSubject, @unchecked Sendable {
    let start = MonotonicTime.now
    var passed = Duration.zero
    var now: MonotonicTime { start + passed }

    // The service.
    let name = "etcd://host/app"
    let lastName = "app.last"
    var holder: String?
    var newest: LeaseMark?
    var isOurs = false
    var isDown = false
    /// What is asked for is done, but nobody hears of it.
    var isMute = false
    /// What passes before an answer comes.
    var delay = Duration.zero

    struct Silence: Error {}

    private func answer() throws {
        passed += delay
        if isDown { throw Silence() }
    }

    func holding() throws -> LeaseHolding {
        try answer()
        return LeaseHolding(holder: holder, newest: newest)
    }

    func take(_ mark: LeaseMark, after newest: LeaseMark?) throws -> LeaseTaking {
        try answer()
        if isOurs { return .taken }
        if let holder { return .held(by: holder) }
        if let newest, newest != self.newest { return .missed(self.newest) }
        (holder, self.newest, isOurs) = (mark.address, mark, true)
        if isMute { throw Silence() }
        return .taken
    }

    func renew() throws -> Bool {
        try answer()
        return isOurs
    }

    func release() throws {
        try answer()
        if isOurs { expire() }
    }

    // One standby alone: what several say to each other is in LeaseSuccessionTests.
    let candidatesName = "app.standbys/"
    var declared: LeaseCandidate?
    var refusesCandidates = false

    func declare(_ candidate: LeaseCandidate) throws {
        try answer()
        if refusesCandidates { throw LeaseRefusal(description: "permission denied") }
        declared = candidate
    }

    func candidates() throws -> [LeaseCandidate] {
        try answer()
        if refusesCandidates { throw LeaseRefusal(description: "permission denied") }
        return declared.map { [$0] } ?? []
    }

    func withdrawCandidate() throws {
        try answer()
        declared = nil
    }

    func expire() { (holder, isOurs) = (nil, false) }

    func hold(_ address: String, _ run: String = "r") { (holder, newest, isOurs) = (address, LeaseMark(address: address, run: run), false) }

    // The server.
    var isStandby = false
    var isConnected = false
    var lagSeconds: Double?
    var followed: [String] = []
    var promotions = 0
    var failsToPromote = false
    var resumptions = 0
    var lines: [String] = []
    var ends: [String] = []
    var keeper: LeaseKeeper?

    let position = FilePosition("f81d4fae-7dec-41d0-a765-00a0c91e6bf6.1.a.7")
    var hasCeased = false

    func follow(_ address: String) throws { (hasCeased, followed) = (false, followed + [address]) }
    func cease() throws -> FilePosition {
        hasCeased = true
        return position
    }
    func isCovered(by position: FilePosition) throws -> Bool { position == self.position }
    func goOn() { hasCeased = false }

    func promote() throws {
        if let refusal = keeper?.takeForPromotion() { throw refusal }
        if failsToPromote {
            keeper?.giveBackAfterPromotion()
            throw CatalogError(.diskFull, "There is no space left.")
        }
        promotions += 1
        isStandby = false
    }

    func resumeWriting() { resumptions += 1 }
    func log(_ level: String, _ message: String) { lines.append(message) }
    func end(_ reason: String) { ends.append(reason) }
}
