import Ground
import TLS
import httpd

/// A server whose role a lease decides: it has a follower while it is a standby.
final class LeasedServer: LeaseSubject, @unchecked Sendable {
    // Sendable: what changes is used under the monitor.
    private let pando: Pando
    private let settings: LeaseSettings
    let keeper: LeaseKeeper
    private let monitor = Monitor()
    private var follower: Follower?
    /// A promotion is under way, or the server is being stopped: nobody is followed any more.
    private var isHeldBack = false
    /// Nobody has the lease, so what this file has of its primary is what it will have.
    private var hasCeased = false

    init(_ pando: Pando, _ settings: LeaseSettings) {
        self.pando = pando
        self.settings = settings
        keeper = LeaseKeeper(
            EtcdClient(settings.address, seconds: settings.seconds), pando.catalog.permit, address: settings.advertised,
            run: UUID.random().description, time: .seconds(settings.seconds))
    }

    enum Role {
        case primary, standby
    }

    /// Returns when it is clear who this server is, and has begun to be that: a standby has its first copy then.
    ///
    /// - Parameters:
    ///   - history: that is kept once it is a primary.
    ///   - isNew: whether the file is removed again if there is no copy.
    ///   - tell: shows a sentence to whoever has begun to serve, as there is no log yet.
    func begin(_ history: Duration?, isNew: Bool, tell: (String) -> Void) throws -> Role {
        do {
            let isCopy = try pando.catalog.appliedPosition() != nil
            pando.keepHistoryOncePromoted(history)
            var isWaiting = false
            while true {
                switch try keeper.begin(isCopy: isCopy) {
                case .primary:
                    log("notice", "Has the lease \(settings.address.name), and is the primary.")
                    pando.resumeWriting()
                    try keeper.start(self)
                    return .primary
                case .standby(let primary):
                    pando.beforePromotion {
                        self.keeper.takeForPromotion()
                    } _: {
                        self.stopFollowing()
                    } orElse: {
                        self.keeper.giveBackAfterPromotion()
                        self.goOnFollowing()
                    }
                    if let primary { try follow(primary, tell) }
                    try keeper.start(self)
                    return .standby
                case .wait:
                    if !isWaiting {
                        log("notice", "Waits for the lease \(settings.address.name), which an earlier run of this server has.")
                    }
                    isWaiting = true
                    SystemCalls.pause(milliseconds: 250)
                    if SystemCalls.isStopPending { throw CommandError.failed("Was stopped while it waited for its lease.") }
                }
            }
        } catch {
            let path = pando.catalog.path
            if isNew, let path { SystemCalls.remove(path) }
            try? pando.close()
            throw error
        }
    }

    /// Before the server is stopped. A standby takes no place any more; a primary takes no writes, but has standbys get those that it has.
    func prepareToStop() {
        if isStandby { keeper.stop() }
        guard !isStandby else { return }
        pando.catalog.permit.endWrites()
        guard keeper.endReason == nil else {
            // None of those who wait for a standby is told of success any more.
            pando.catalog.requireStandbys(0, patience: nil)
            return pando.catalog.endWaitsOfStandbys()
        }
        letStandbysCatchUp()
        pando.catalog.endWaitsOfStandbys()
    }

    var isStandby: Bool { pando.catalog.isStandby }
    var isConnected: Bool { pando.catalog.standby.isConnected }
    var lagSeconds: Double? { pando.catalog.standby.lagSeconds }

    func follow(_ address: String) throws { try follow(address) { _ in } }

    private func follow(_ address: String, _ tell: (String) -> Void) throws {
        monitor.lock()
        defer { monitor.unlock() }
        guard !isHeldBack else { return }
        let server = try ServerAddress(
            address, trust: address.hasPrefix("https://") ? settings.authorities.map { .authorities($0) } : nil)
        follower?.stop()
        follower = nil
        hasCeased = false
        let next = try Follower(pando, server, token: settings.token, isPlainWanted: settings.isPlainWanted)
        try next.begin(tell)
        follower = next
    }

    func cease() throws -> FilePosition {
        monitor.lock()
        defer { monitor.unlock() }
        if !hasCeased {
            hasCeased = true
            follower?.stop()
            _ = pando.catalog.standby.noteFailure(
                "Nobody has the lease \(settings.address.name), so nothing is received until it is clear who is the primary.")
        }
        guard let position = try pando.catalog.appliedPosition() else { throw CommandError.failed("The file is no standby any more.") }
        return position
    }

    func isCovered(by position: FilePosition) throws -> Bool {
        do throws(CatalogError) { return try pando.catalog.isCovered(by: position) } catch {
            // Whoever wrote that, it is no position.
            if error.kind == .notResumable { return false }
            throw error
        }
    }

    func goOn() {
        monitor.lock()
        defer { monitor.unlock() }
        guard hasCeased else { return }
        hasCeased = false
        if !isHeldBack { follower?.resume() }
    }

    func promote() throws { try pando.promote() }

    func resumeWriting() { pando.resumeWriting() }

    func log(_ level: String, _ message: String) { pando.server.log(level, "\(error: message)") }

    func end(_ reason: String) { SystemCalls.requestStop() }

    /// Before a promotion, and when the server is stopped.
    func stopFollowing() {
        monitor.lock()
        defer { monitor.unlock() }
        isHeldBack = true
        follower?.stop()
    }

    /// A promotion has failed.
    func goOnFollowing() {
        monitor.lock()
        defer { monitor.unlock() }
        isHeldBack = false
        if !hasCeased { follower?.resume() }
    }

    /// Waits a moment, so that the standbys that are there get what was written last: the next primary is one of them.
    private func letStandbysCatchUp() {
        let catalog = pando.catalog
        guard !catalog.isStandby, (try? catalog.sync(waitsForStandbys: false, acknowledges: false)) != nil else { return }
        let end = MonotonicTime.now + .milliseconds(500)
        while MonotonicTime.now < end {
            let report = catalog.standbys
            let those = report.standbys.filter { $0.silentSeconds < 3 }
            if those.allSatisfy({ $0.transaction >= report.transaction }) { return }
            SystemCalls.pause(milliseconds: 5)
        }
    }
}
