import Ground
import ReQLish
import Synchronization

@testable import httpd

/// Answers without a database, so that the server's own behaviour can be held still: `/block` waits until the test opens the gate,
/// `/rows/N` streams N rows, `/waiting` streams what the test tells it to, `/echo` returns the body.
final class TestService: HTTPService {
    /// How often a batch was ordered.
    let batches = Atomic<Int>(0)
    let closedStreams = Atomic<Int>(0)
    /// How many passwords were checked.
    let guesses = Atomic<Int>(0)
    /// How often a stream had nothing, and its connection began to wait.
    let waits = Atomic<Int>(0)
    fileprivate let told = Mutex(Told())
    let blocked = Atomic<Int>(0)
    let cancelled = Atomic<Int>(0)
    private let gate = Monitor()
    private let isOpen = Mutex(false)

    func open() {
        isOpen.withLock { $0 = true }
        gate.lock()
        gate.broadcast()
        gate.unlock()
    }

    fileprivate func waitForGate(_ cancellation: Cancellation?) {
        blocked.add(1, ordering: .sequentiallyConsistent)
        gate.lock()
        while !isOpen.withLock({ $0 }), cancellation?.isCancelled != true { gate.wait() }
        gate.unlock()
        if cancellation?.isCancelled == true { cancelled.add(1, ordering: .relaxed) }
    }

    /// Lets those who wait see that they were cancelled.
    func nudge() {
        gate.lock()
        gate.broadcast()
        gate.unlock()
    }

    /// Gives the stream of `/waiting` a line.
    func tell(_ line: String) {
        let wake = told.withLock { told in
            told.lines.append(line)
            defer { told.wake = nil }
            return told.wake
        }
        wake?()
    }

    func exchange(_ counters: ServerCounters) -> Exchange { TestExchange(self, counters) }
}

private final class TestExchange: Exchange, @unchecked Sendable {
    private let service: TestService

    init(_ service: TestService, _ counters: ServerCounters) {
        self.service = service
        super.init(counters)
    }

    override var isProved: Bool { true }

    private var path: String { request.text(request.path) }

    override func admit() -> Admission {
        switch path {
        case "/refused":
            response.status = 404
            response.body.append("refused")
            return .refused
        case let path where path.hasPrefix("/guess/"): return .unproved
        default: return .admitted
        }
    }

    /// `/guess/right` is right, and `/guess/long` waits for the gate before it is wrong.
    override func identify() -> Bool {
        service.guesses.add(1, ordering: .sequentiallyConsistent)
        if path == "/guess/long" { service.waitForGate(nil) }
        if path == "/guess/right" { return true }
        response.status = 401
        response.body.append("wrong")
        return false
    }

    override func weigh() -> QueryShape { path == "/short" ? .shortRead : .any }

    override func fail(_ error: CatalogError) { response.status = 500 }

    override func answer() -> (any ResponseStream)? {
        switch path {
        case "/block":
            service.waitForGate(cancellation)
            response.body.append("unblocked")
        case "/large": response.body.append(String(repeating: "x", count: 1 << 20))
        case let path where path.hasPrefix("/rows/"):
            let stream = CountingStream(service: service, count: Int(path.dropFirst(6)) ?? 0, failsAt: nil)
            _ = stream.produce(into: &response.body)
            return stream
        case "/waiting": return WaitingStream(service: service)
        case let path where path.hasPrefix("/failing/"):
            let stream = CountingStream(service: service, count: .max, failsAt: Int(path.dropFirst(9)) ?? 0)
            _ = stream.produce(into: &response.body)
            return stream
        default:
            response.body.append("\(request.method.rawValue) \(path) ")
            response.body.append(request.body)
        }
        return nil
    }

    override func refuse(_ violation: HTTPViolation) {
        response.status = violation.status
        response.body.append(violation.detail)
    }
}

private final class CountingStream: ResponseStream {
    private let service: TestService
    private let count: Int
    private let failsAt: Int?
    private let next = Mutex(0)

    init(service: TestService, count: Int, failsAt: Int?) {
        self.service = service
        self.count = count
        self.failsAt = failsAt
    }

    func produce(into part: inout ByteBuffer) -> StreamStep {
        service.batches.add(1, ordering: .sequentiallyConsistent)
        var row = next.withLock { $0 }
        defer { next.withLock { $0 = row } }
        while part.count < 64 * 1024 {
            if row == count { return .end }
            if row == failsAt { return .cut }
            part.append("\(row)\n")
            row += 1
        }
        return .more
    }

    func close() { service.closedStreams.add(1, ordering: .sequentiallyConsistent) }
}

/// What `/waiting` has to say, and whom to wake when there is more.
private struct Told: Sendable {
    var lines: [String] = []
    var wake: (@Sendable () -> Void)?
}

private final class WaitingStream: ResponseStream {
    private let service: TestService

    init(service: TestService) { self.service = service }

    func produce(into part: inout ByteBuffer) -> StreamStep {
        service.batches.add(1, ordering: .sequentiallyConsistent)
        let lines = service.told.withLock { told in
            defer { told.lines = [] }
            return told.lines
        }
        for line in lines { part.append("\(line)\n") }
        return lines.last == "end" ? .end : .wait(until: nil)
    }

    func whenReady(_ body: @escaping @Sendable () -> Void) {
        let isReady = service.told.withLock { told in
            if told.lines.isEmpty { told.wake = body }
            return !told.lines.isEmpty
        }
        if isReady { body() }
        service.waits.add(1, ordering: .sequentiallyConsistent)
    }

    var heartbeat: StaticString? { "beat\n" }

    func close() { service.closedStreams.add(1, ordering: .sequentiallyConsistent) }
}

/// A clock that stands still unless a test moves it: whatever a server bounds by time, a busy machine doesn't reach the bound. From when the
/// server stops time goes by, so that connections which linger come to their end.
final class ManualClock: Sendable {
    private struct State {
        var offset = Duration.zero
        var counters: ServerCounters?
        var stopped: MonotonicTime?
    }

    private let start = MonotonicTime.now
    private let state = Mutex(State())

    var now: MonotonicTime {
        let real = MonotonicTime.now
        return state.withLock { state in
            if state.stopped == nil, state.counters?.isStopping.load(ordering: .relaxed) == true { state.stopped = real }
            return start + state.offset + (state.stopped.map { real - $0 } ?? .zero)
        }
    }

    func advance(_ duration: Duration) { state.withLock { $0.offset += duration } }

    func goOn(whenStopped server: HTTPServer) { state.withLock { $0.counters = server.shared.counters } }
}

extension HTTPServer {
    /// A server over a database, whose clock stands still.
    static func withoutTime(pando: Pando, configuration: HTTPConfiguration) -> HTTPServer {
        let clock = ManualClock()
        let server = HTTPServer(pando: pando, configuration: configuration) { clock.now }
        clock.goOn(whenStopped: server)
        return server
    }
}
