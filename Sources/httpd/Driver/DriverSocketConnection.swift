import Ground
import ReQLish
import Synchronization

extension SocketProtocol {
    static let driverScheme = "rethinkdb"

    static func driver(_ service: DriverService, port: UInt16, encryption: PortEncryption? = nil) -> SocketProtocol {
        SocketProtocol(
            scheme: driverScheme, audience: "drivers", port: port, encryption: encryption,
            plainAnswer: #"{"success":false,"error_code":21,"error":"This port speaks TLS: give the driver its ssl option."}"# + "\0"
        ) { DriverSocketConnection($0, service, now: $1) }
    }
}

/// A connection of a driver: its queries make their steps here or on a worker.
final class DriverSocketConnection: SocketConnection {
    private var driver: DriverConnection
    private let service: DriverService

    init(_ accepted: AcceptedSocket, _ service: DriverService, now: MonotonicTime) {
        let limits = service.limits
        self.service = service
        driver = DriverConnection(service: service, client: accepted.origin.client, now: now)
        super.init(accepted, channel: Channel(stallTime: limits.writeStallTime, lingerTime: limits.lingerTime))
        if accepted.isRefused { driver.refuse("The server has as many connections as it takes; try again later.", &channel) }
    }

    override var wantsMore: Bool { driver.wantsInput(channel) }
    override var isAtRest: Bool { driver.phase == .greeting }
    override var bodyByteCount: Int? { driver.bodyByteCount }
    override var deadline: MonotonicTime? { driver.deadline(channel) }
    override func refuseBody(_ reason: String, at now: MonotonicTime) { driver.refuseBody(reason, &channel) }
    override func receive(_ bytes: borrowing Span<UInt8>, at now: MonotonicTime) { driver.receive(bytes) }

    override func step(on loop: EventLoop) -> Bool {
        defer { noteProof(on: loop) }
        switch driver.next(&channel, at: loop.now) {
        case .run(let query): run(query, on: loop)
        case .release(let query): loop.release(query, token)
        case .prove(let check):
            let job = RequestWorkers.Job(work: KeyProof(check), loop: loop, token: token)
            if !loop.shared.logins.submit(job, of: driver.client) {
                driver.refuse("Too many passwords wait to be checked; try again later.", &channel)
            }
        case .wasGuessed:
            loop.shared.counters.refusedLogins.add(1, ordering: .relaxed)
            driver.holdBack { start, time in loop.shared.shares.answerTime(of: client, after: start, heldBack: time) }
        case nil: return false
        }
        return true
    }

    private func noteProof(on loop: EventLoop) {
        guard !isProved, let user = driver.session?.user, driver.phase != .over, !loop.noteProof(of: self, account: user) else { return }
        driver.refuse("The account `\(user)` has as many connections as it may.", &channel)
    }

    private func run(_ query: DriverQuery, on loop: EventLoop) {
        loop.shared.counters.requests.add(1, ordering: .relaxed)
        // A short query has no feed.
        if query.weight == .any, query.onReady == nil {
            query.onReady = { [loop, weak query, token] in
                if let query { loop.send(.ready(token, query)) }
            }
        }
        if loop.shared.waitsForEngine, query.isPointRead, service.pando.catalog.keepsRows {
            query.readKept()
            if !query.asksNobody { return loop.readTogether(query, for: self) }
        }
        loop.perform(query, query.hasMore ? .any : query.weight, for: self)
    }

    override func finished(_ work: any Work, on loop: EventLoop) {
        switch work {
        case let query as DriverQuery: driver.complete(query, &channel)
        case let proof as KeyProof: driver.proved(proof.isRight, &channel)
        default: break
        }
    }

    override func refused(_ work: any Work, on loop: EventLoop) {
        guard let query = work as? DriverQuery else { return }
        query.refuseForWorkers()
        driver.complete(query, &channel)
    }

    override func ready(_ work: any Work) {
        if let query = work as? DriverQuery { driver.wake(query) }
    }

    override func abandon(on loop: EventLoop) {
        for query in driver.abandon() { loop.release(query, token) }
    }
}
