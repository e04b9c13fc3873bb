import Ground
import ReQLish
import Synchronization
import Testing

@testable import httpd

/// A ``DriverConnection`` without a socket, with a client that reads or not, and queries that run at once or when the test says.
final class DriverHarness {
    /// Holds the noncopyable machine.
    final class Driver {
        var connection: DriverConnection
        var channel: Channel
        init(_ connection: consuming DriverConnection) {
            channel = Channel(stallTime: connection.limits.writeStallTime, lingerTime: connection.limits.lingerTime)
            self.connection = connection
        }
    }

    let pando: Pando
    let driver: Driver
    private(set) var now = MonotonicTime.now
    /// Whether the client takes what is sent.
    var reads = true
    var holdsQueries = false
    private(set) var held: [DriverQuery] = []
    private(set) var sent: [UInt8] = []
    private(set) var released = 0
    /// Keys that are being checked, until the test says what came of it.
    private(set) var checks: [KeyCheck] = []
    private(set) var guesses = 0
    /// Queries whose feed may have something.
    private let ready = ReadyQueries()

    private final class ReadyQueries: Sendable {
        let list = Mutex<[DriverQuery]>([])
    }
    private(set) var hasShutDown = false
    private(set) var isClosed = false

    /// - Parameter version: The session that is there already; nil before the handshake.
    init(
        version: DriverSession.Version? = .v0_4, accounts: Authenticator = HandshakeTests.accounts, rate: Double = 0, memory: Int? = nil,
        limits change: (inout DriverLimits) -> Void = { _ in }
    ) throws {
        var options = PandoOptions()
        if let memory { options.queryMemoryLimit = memory }
        pando = try Pando.inMemory(options: options)
        var limits = DriverLimits()
        change(&limits)
        let service = DriverService(pando: pando, authenticator: accounts, limits: limits, limiter: RateLimiter(rate: rate))
        driver = Driver(DriverConnection(service: service, now: now))
        guard let version else { return }
        feed((version == .v0_3 ? HandshakeTests.magicV03 : HandshakeTests.magicV04) + [0, 0, 0, 0] + HandshakeTests.json)
        try #require(String(decoding: sent, as: UTF8.self) == "SUCCESS\0")
        sent = []
    }

    static func header(_ token: UInt64, _ length: UInt32) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: token >> UInt64(8 * $0)) }
            + (0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(8 * $0)) }
    }

    static func frame(_ token: UInt64, _ text: String) -> [UInt8] {
        header(token, UInt32(text.utf8.count)) + Array(text.utf8)
    }

    func feed(_ bytes: [UInt8], inPiecesOf size: Int = .max) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            if driver.channel.isOpen, !driver.channel.isDraining { driver.connection.receive(piece.span) }
            turn()
        }
    }

    func advance(_ duration: Duration) {
        now += duration
        turn()
    }

    var wantsInput: Bool { !driver.channel.inputEnded && driver.connection.wantsInput(driver.channel) }
    var unreadCount: Int { driver.channel.output.count }
    var deadline: MonotonicTime? { driver.connection.deadline(driver.channel) }
    func drain() { driver.channel.drain() }
    func receiveEnd() { driver.channel.receiveEnd() }
    func refuse(_ text: String) { driver.connection.refuse(text, &driver.channel) }

    /// What the loop does in a turn.
    func turn() {
        while true {
            while let query = ready.list.withLock({ $0.popLast() }) { driver.connection.wake(query) }
            if let event = driver.connection.next(&driver.channel, at: now) {
                handle(event)
            } else if reads, !driver.channel.output.isEmpty {
                take()
            } else {
                switch driver.channel.next(at: now) {
                case .shutDownWriting: hasShutDown = true
                case .close:
                    isClosed = true
                    for query in driver.connection.abandon() { handle(.release(query)) }
                case nil:
                    // As a loop does after each turn.
                    _ = driver.channel.deadline(at: now)
                    return
                }
            }
        }
    }

    private func handle(_ event: DriverEvent) {
        switch event {
        case .run(let query) where holdsQueries: held.append(query)
        case .run(let query):
            query.onReady = { [ready, weak query] in
                if let query { ready.list.withLock { $0.append(query) } }
            }
            query.perform(nil)
            driver.connection.complete(query, &driver.channel)
        case .release(let query):
            released += 1
            query.close()
        case .prove(let check): checks.append(check)
        case .wasGuessed: guesses += 1
        }
    }

    private func take() {
        let count = unreadCount
        sent += driver.channel.output.staged.bytes.dropFirst(driver.channel.output.stagedSent)
        sent += driver.channel.output.large.bytes.dropFirst(driver.channel.output.largeSent)
        driver.channel.sent(count, at: now)
    }

    /// Checks the key.
    func prove() {
        for check in checks { proved(check.isRight()) }
        checks = []
        turn()
    }

    /// Runs a query that was held.
    func finish(_ token: UInt64) {
        guard let index = held.firstIndex(where: { $0.token == token }) else { return }
        let query = held.remove(at: index)
        query.perform(nil)
        driver.connection.complete(query, &driver.channel)
        turn()
    }

    func proved(_ isRight: Bool) { driver.connection.proved(isRight, &driver.channel) }

    /// The responses since the last call, each as its token and its JSON.
    func responses() -> [String] {
        var texts: [String] = []
        while sent.count >= 12 {
            let token = (0..<8).reduce(UInt64(0)) { $0 | UInt64(sent[$1]) << UInt64(8 * $1) }
            let length = (0..<4).reduce(0) { $0 | Int(sent[8 + $1]) << (8 * $1) }
            guard sent.count >= 12 + length else { break }
            texts.append("\(token) " + String(decoding: sent[12..<12 + length], as: UTF8.self))
            sent.removeFirst(12 + length)
        }
        return texts
    }
}
