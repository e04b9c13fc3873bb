import Ground
import PostgresWire
import ReQLish

@testable import httpd

// What comes over sockets, with no socket.

// MARK: HTTP

/// The machine says the same however its bytes are split.
@Sendable func fuzzRequests(_ input: [UInt8]) {
    let whole = ConnectionHarness()
    whole.receive(input)
    whole.end()
    let split = ConnectionHarness()
    for piece in input.pieces { split.receive(piece) }
    split.end()
    expect(whole.requests == split.requests, "requests: \(whole.requests) and in pieces \(split.requests)")
    expect(whole.violations == split.violations, "violations: \(whole.violations) and in pieces \(split.violations)")
}

/// Requests that go all the way, into a database in memory. Whatever is answered is an HTTP answer, and the database is sound.
@Sendable func fuzzRoutes(_ input: [UInt8]) {
    let world = World.current
    let exchange = PandoExchange(PandoService(pando: world.pando, configuration: HTTPConfiguration(), counters: ServerCounters()))
    let limits = HTTPLimits()
    var connection = HTTPConnection(limits: limits, now: .now)
    var channel = Channel(stallTime: limits.writeStallTime, lingerTime: limits.lingerTime)
    connection.receive(input.span, at: .now)
    channel.receiveEnd()
    func respond() {
        connection.respond(&exchange.response, date: "", &channel, at: .now)
        exchange.reset()
    }
    while true {
        if !channel.output.isEmpty { channel.sent(channel.output.count, at: .now) }
        switch connection.next(&channel, at: .now) {
        case .head:
            connection.takeHead(&exchange.request)
            // Passwords are checked elsewhere.
            guard exchange.admit() == .admitted else { return respond() }
            connection.admit(&channel, storingBody: exchange.storesBody, at: .now)
        case .request:
            connection.takeBody(&exchange.request.body)
            exchange.stage = .answer
            _ = exchange.weigh()
            world.limited { cancellation in
                exchange.cancellation = cancellation
                exchange.perform(nil)
                expect((200...599).contains(exchange.response.status.code), "the status \(exchange.response.status.code)")
                exchange.stage = .produce
                for _ in 0..<20 where exchange.stream != nil {
                    exchange.response.body.removeAll()
                    exchange.perform(nil)
                    guard exchange.step == .more else { break }
                }
            }
            guard exchange.stream == nil else { return exchange.close() }
            respond()
        case .bodyPart:
            connection.takeBody(&exchange.request.body)
            exchange.stage = .store
            exchange.perform(nil)
            connection.goOnWithBody()
            if let failure = exchange.storingFailure.take() { connection.refuseBody(failure) }
        case .violation(let violation):
            connection.takeHead(&exchange.request)
            exchange.refuse(violation)
            respond()
        case nil: if channel.next(at: .now) != .shutDownWriting { return }
        }
    }
}

// MARK: The driver port

private let administrator = Credential(password: "", salt: Array("0123456789abcdef".utf8), iterations: 1)
private let accounts = Authenticator { .success($0 == "admin" ? administrator : nil) }
private let secret = Credential(password: "key", salt: Array("0123456789abcdef".utf8), iterations: 1)
private let guardedAccounts = Authenticator { .success($0 == "admin" ? secret : nil) }

/// Feeds a connection, and lets its queries run. Ends with the client gone; nothing may be left.
private func drive(_ pieces: [[UInt8]], _ accounts: Authenticator = accounts) -> [UInt8] {
    let world = World.current
    var limits = DriverLimits()
    limits.queryBytes = 1 << 20
    limits.openQueries = 8
    let service = DriverService(pando: world.pando, authenticator: accounts, limits: limits, limiter: RateLimiter(rate: 0))
    let start = MonotonicTime.now
    var connection = DriverConnection(service: service, now: start)
    var channel = Channel(stallTime: limits.writeStallTime, lingerTime: limits.lingerTime)
    var sent: [UInt8] = []
    var isClosed = false
    func turn(_ now: MonotonicTime) {
        while !isClosed {
            if !channel.output.isEmpty {
                sent += channel.output.staged.bytes.dropFirst(channel.output.stagedSent)
                sent += channel.output.large.bytes.dropFirst(channel.output.largeSent)
                channel.sent(channel.output.count, at: now)
            }
            if let event = connection.next(&channel, at: now) {
                switch event {
                case .run(let query):
                    query.onReady = {}
                    Watchdog.shared.watch(query.cancellation)
                    query.perform(nil)
                    Watchdog.shared.watch(nil)
                    connection.complete(query, &channel)
                case .release(let query): query.close()
                case .prove(let check): connection.proved(check.isRight(), &channel)
                case .wasGuessed: break
                }
                continue
            }
            guard channel.output.isEmpty else { continue }
            switch channel.next(at: now) {
            case .close: isClosed = true
            case .shutDownWriting: break
            case nil: return
            }
        }
    }
    for piece in pieces {
        guard !isClosed, channel.isOpen, connection.wantsInput(channel) else { break }
        connection.receive(piece.span)
        turn(start)
    }
    channel.receiveEnd()
    turn(start)
    turn(start + .seconds(1_000_000))
    for query in connection.abandon() { query.close() }
    expect(isClosed, "the client is gone, and the connection is not closed")
    return sent
}

@Sendable func fuzzHandshake(_ input: [UInt8]) {
    _ = drive([input])
    _ = drive(input.pieces)
    _ = drive(input.pieces, guardedAccounts)
}

/// Frames of the protocol after a good handshake: each response is a token, a length and JSON.
@Sendable func fuzzFrames(_ input: [UInt8]) {
    let hello: [UInt8] = [0x20, 0x2d, 0x0c, 0x40, 0, 0, 0, 0, 0xc7, 0x70, 0x69, 0x7e]
    let sent = drive([hello] + input.pieces)
    let greeting = Array("SUCCESS\0".utf8)
    expect(sent.starts(with: greeting), "no greeting")
    var position = greeting.count
    while position < sent.count {
        expect(sent.count - position >= 12, "half a header")
        let length = (0..<4).reduce(0) { $0 | Int(sent[position + 8 + $1]) << (8 * $1) }
        expect(sent.count - position - 12 >= length, "half a response")
        let body = Array(sent[position + 12..<position + 12 + length])
        let json = try? Datum(json: body, options: JSONOptions(pseudoTypes: false))
        expect(json != nil, "no JSON: \(String(decoding: body, as: UTF8.self))")
        position += 12 + length
    }
}

// MARK: PostgreSQL's port

/// Messages of a client that has begun a session: all that comes back are messages, whole and in pieces.
@Sendable func fuzzPostgres(_ input: [UInt8]) {
    var start = ByteBuffer()
    let parameters = [("user", "admin"), ("database", "test"), ("statement_timeout", "1s")]
    StartupMessage.startup(.init(parameters: parameters.map { .init($0.0, $0.1) })).write(into: &start)
    let harness = PostgresHarness(World.current.pando)
    harness.receive(start.bytes)
    for piece in input.pieces { harness.receive(piece) }
    harness.end()
    harness.advance(.seconds(1_000_000))
    do { _ = try harness.answers() } catch { fatalError("no messages: \(error)") }
    harness.abandon()
}
