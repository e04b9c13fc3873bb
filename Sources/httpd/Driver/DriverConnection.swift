import ReQLish

/// What the owner of a ``DriverConnection`` has to do next.
enum DriverEvent {
    /// Let the query make a step, and give it back with ``DriverConnection/complete(_:at:)``.
    case run(DriverQuery)
    /// Let go of what the query holds; nobody waits for that.
    case release(DriverQuery)
    /// Check the key where that holds nobody up, and say what came of it with ``DriverConnection/proved(_:at:)``.
    case prove(KeyCheck)
    /// A name or a password was wrong: count it.
    case wasGuessed
    /// Nothing more will be sent: shut the socket's write side down, and go on reading what is thrown away.
    case shutDownWriting
    /// Close the socket.
    case close
}

/// A driver's connection, server side, without its socket: bytes go in with ``receive(_:at:)``, ``next(at:)`` says what is to be done, and
/// responses stand in ``output``. Time is what the caller says it is.
///
/// Queries run side by side, up to the session's number, and are answered as they finish. A query has the client's token from its start
/// until its last batch was answered; in between it is either running (with the owner) or resting (here, until the client asks for more).
///
///     greeting ──handshake──▶ serving ──▶ ending ──▶ lingering ──▶ closed
struct DriverConnection: ~Copyable {
    enum Phase: Sendable, Hashable {
        case greeting
        case serving
        /// The last response is on its way out.
        case ending
        /// The write side is shut; what comes is dropped.
        case lingering
        case closed
    }

    /// A query that has a token.
    private struct OpenQuery {
        let query: DriverQuery
        var isRunning = true
        /// A message asks for its next batch, and the feed has none yet.
        var isWaiting = false
        /// The feed became ready while a step was on its way back from a worker.
        var isReady = false
        /// Messages that ask for its next batch while it is still at one.
        var waiting = 0
        /// Messages that stop it, each to be answered.
        var stops = 0
    }

    /// A message that waits until the queries before it are done.
    private struct Wait {
        let token: UInt64
        var queries: Set<UInt64>
    }

    let service: DriverService
    /// Where the client is.
    let client: QueryClient?
    var limits: DriverLimits { service.limits }
    private(set) var phase = Phase.greeting
    private var phaseStart: ContinuousClock.Instant
    private(set) var session: DriverSession?
    private var handshake: Handshake
    /// What a guess is answered with, and not before this time.
    private var refusal: (text: ByteBuffer, time: ContinuousClock.Instant)?
    /// Somebody checks the client's key.
    private var isProving = false
    /// What waits for the socket.
    private(set) var output = OutputQueue()
    /// When the socket last took bytes, or the output was last empty.
    private var outputProgress: ContinuousClock.Instant

    /// Bytes received and not yet used: from `inputStart` on.
    private var input = ByteBuffer()
    private var inputStart = 0
    private var inputEnded = false
    /// The message that is coming: its token and how much of its body is missing.
    private var incoming: (token: UInt64, missing: Int, start: ContinuousClock.Instant)?
    private var body = ByteBuffer()

    private var queries: [UInt64: OpenQuery] = [:]
    /// Steps that are being made or wait for others; those that wait for a feed don't count.
    private var runningCount = 0
    /// No feed that is waited for has something at a time before this one, as far as that is known.
    private var nextWake: ContinuousClock.Instant?
    private var waits: [Wait] = []
    private var events: [DriverEvent] = []
    private var isDraining = false

    init(service: DriverService, client: QueryClient? = nil, now: ContinuousClock.Instant) {
        self.service = service
        self.client = client
        handshake = Handshake(authenticator: service.authenticator)
        phaseStart = now
        outputProgress = now
    }

    // MARK: Bytes in and out

    /// Whether the socket should be read.
    var wantsInput: Bool {
        switch phase {
        case .closed: false
        case .lingering: !inputEnded
        case .greeting, .serving, .ending:
            !inputEnded && !isDraining && refusal == nil && !isProving
                && (incoming != nil || input.count - inputStart < limits.pipelinedBytes)
        }
    }

    mutating func receive(_ bytes: borrowing Span<UInt8>, at now: ContinuousClock.Instant) {
        guard phase == .greeting || phase == .serving, !isDraining else { return }
        if inputStart == input.count, let incoming {
            // The usual way of a large query: from the socket's buffer straight to its own.
            let count = min(incoming.missing, bytes.count)
            body.append(bytes.extracting(0..<count))
            self.incoming?.missing -= count
            if count < bytes.count { input.append(bytes.extracting(count..<bytes.count)) }
        } else {
            input.append(bytes)
        }
    }

    /// Bytes of a message that is still coming.
    var bodyByteCount: Int { incoming == nil ? 0 : body.count }

    /// Ends the connection with an error for the message that is coming.
    mutating func refuseBody(_ reason: String, at now: ContinuousClock.Instant) {
        guard phase == .serving, let incoming else { return }
        respond(ReQLError(.resourceLimit, reason), incoming.token, at: now)
        self.incoming = nil
        body = ByteBuffer()
        enter(.ending, at: now)
    }

    /// The client has shut its side. Without reading responses it gets none: the connection ends with all its queries.
    mutating func receiveEnd() {
        inputEnded = true
    }

    /// Nothing more is read; what has come whole is still answered, and what runs is finished.
    mutating func drain() {
        isDraining = true
    }

    mutating func sent(_ count: Int, at now: ContinuousClock.Instant) {
        output.advance(by: count)
        outputProgress = now
    }

    /// Called before something is put out.
    private mutating func markOutput(at now: ContinuousClock.Instant) {
        if output.isEmpty { outputProgress = now }
    }

    // MARK: What to do next

    /// The next thing to do, or nil until there is more input, output taken, a query given back, or a later time.
    mutating func next(at now: ContinuousClock.Instant) -> DriverEvent? {
        if !events.isEmpty { return events.removeFirst() }
        if phase == .closed { return nil }
        if inputEnded && phase != .ending || limit.map({ now >= $0 }) ?? false { return end(.closed, at: now) }
        switch phase {
        case .greeting:
            if let refusal {
                guard isDraining || now >= refusal.time else { return nil }
                self.refusal = nil
                put(refusal.text, at: now)
                enter(.ending, at: now)
                return next(at: now)
            }
            guard !isProving else { return nil }
            greet(at: now)
            return phase == .greeting && refusal == nil && events.isEmpty ? nil : next(at: now)
        case .serving:
            if let nextWake, now >= nextWake { wakeFeeds(at: now) }
            if !events.isEmpty { return events.removeFirst() }
            if let event = takeMessages(at: now) { return event }
            guard isDraining, phase == .serving, runningCount == 0, output.count < limits.unreadBytes else { return nil }
            endFeeds(at: now)
            enter(.ending, at: now)
            return next(at: now)
        case .ending:
            guard output.isEmpty else { return nil }
            if inputEnded { return end(.closed, at: now) }
            enter(.lingering, at: now)
            return .shutDownWriting
        case .lingering, .closed: return nil
        }
    }

    /// When ``next(at:)`` has to be called although nothing else happened; nil if time does not matter now.
    var deadline: ContinuousClock.Instant? {
        if let refusal { return refusal.time }
        guard let limit, let nextWake else { return limit ?? nextWake }
        return min(limit, nextWake)
    }

    /// When the client's time is up.
    private var limit: ContinuousClock.Instant? {
        let stall = output.isEmpty ? nil : outputProgress + limits.writeStallTime
        let own: ContinuousClock.Instant? =
            switch phase {
            case .greeting where refusal != nil || isProving: nil
            case .greeting: isDraining ? phaseStart : phaseStart + limits.handshakeTime
            case .serving:
                incoming.map {
                    $0.start + limits.queryTime + .milliseconds(body.count * 1000 / max(limits.minimumQueryRate, 1))
                }
            case .lingering: phaseStart + limits.lingerTime
            case .ending, .closed: nil
            }
        guard let own, let stall else { return own ?? stall }
        return min(own, stall)
    }

    private mutating func enter(_ phase: Phase, at now: ContinuousClock.Instant) {
        self.phase = phase
        phaseStart = now
    }

    private mutating func end(_ phase: Phase, at now: ContinuousClock.Instant) -> DriverEvent {
        enter(phase, at: now)
        return .close
    }

    /// The queries that the connection still has: to be cancelled and released when it is gone.
    mutating func abandon() -> [DriverQuery] {
        let all = queries.values.map { open in
            open.query.cancellation.cancel()
            return (open.isRunning, open.query)
        }
        queries = [:]
        // Those that run are released when they come back.
        return all.filter { !$0.0 }.map(\.1)
    }

    // MARK: The handshake

    private mutating func greet(at now: ContinuousClock.Instant) {
        var answer = ByteBuffer()
        var outcome = Handshake.Outcome.needsMore
        while inputStart < input.count, outcome == .needsMore {
            outcome = handshake.receive(input[inputStart], into: &answer)
            inputStart += 1
        }
        discardUsedInput()
        settle(outcome, answer, at: now)
    }

    private mutating func settle(_ outcome: Handshake.Outcome, _ answer: ByteBuffer, at now: ContinuousClock.Instant) {
        switch outcome {
        case .refused where handshake.wasGuessed:
            events.append(.wasGuessed)
            refusal = (answer, phaseStart + limits.failedHandshakeTime)
            return
        case .needsMore: break
        case .unproved(let check):
            isProving = true
            events.append(.prove(check))
        case .done(let session):
            self.session = session
            enter(.serving, at: now)
        case .refused: enter(.ending, at: now)
        }
        put(answer, at: now)
    }

    /// Takes what came of the check of the key.
    mutating func proved(_ isRight: Bool, at now: ContinuousClock.Instant) {
        guard isProving, phase == .greeting else { return }
        isProving = false
        var answer = ByteBuffer()
        let outcome = handshake.prove(isRight, into: &answer)
        settle(outcome, answer, at: now)
    }

    /// Ends the connection with a text instead of a handshake.
    mutating func refuse(_ text: String, at now: ContinuousClock.Instant) {
        var answer = ByteBuffer()
        Handshake.refuse(text, into: &answer)
        isProving = false
        put(answer, at: now)
        enter(.ending, at: now)
    }

    private mutating func put(_ bytes: ByteBuffer, at now: ContinuousClock.Instant) {
        guard !bytes.isEmpty else { return }
        markOutput(at: now)
        output.append(bytes)
    }

    // MARK: Messages

    private mutating func takeMessages(at now: ContinuousClock.Instant) -> DriverEvent? {
        while runningCount + waits.count < session?.parallelQueries ?? 1, output.count < limits.unreadBytes, takeMessage(at: now) {
            if !events.isEmpty { return events.removeFirst() }
            if phase != .serving { return next(at: now) }
        }
        return nil
    }

    /// Takes the next message if it is whole.
    private mutating func takeMessage(at now: ContinuousClock.Instant) -> Bool {
        if incoming == nil {
            guard input.count - inputStart >= DriverResponse.headerByteCount else { return false }
            var token: UInt64 = 0
            for index in 0..<8 { token |= UInt64(input[inputStart + index]) << UInt64(8 * index) }
            var length = 0
            for index in 0..<4 { length |= Int(input[inputStart + 8 + index]) << (8 * index) }
            inputStart += DriverResponse.headerByteCount
            guard length < limits.queryBytes else {
                respond(ReQLError(.client, "The query has \(length) bytes; it must have less than \(limits.queryBytes)."), token, at: now)
                enter(.ending, at: now)
                return true
            }
            incoming = (token, length, now)
            body.reserve(min(length, 64 * 1024))
        }
        guard let incoming else { return false }
        let count = min(incoming.missing, input.count - inputStart)
        if count > 0 {
            do {
                let input = input
                body.append(input.span.extracting(inputStart..<inputStart + count))
            }
            inputStart += count
            self.incoming?.missing -= count
        }
        discardUsedInput()
        guard count == incoming.missing else { return false }
        self.incoming = nil
        take(incoming.token, at: now)
        body.removeAll(keepingAtMost: 64 * 1024)
        return true
    }

    private mutating func discardUsedInput() {
        if inputStart == input.count {
            input.removeAll(keepingAtMost: 16 * 1024)
            inputStart = 0
        } else if inputStart >= 16 * 1024 {
            input.removeFirst(inputStart)
            inputStart = 0
        }
    }

    /// Takes the message in `body`.
    private mutating func take(_ token: UInt64, at now: ContinuousClock.Instant) {
        do throws(ReQLError) {
            switch try DriverMessage(body) {
            case .start: try start(token)
            case .next: try runNext(token)
            case .stop: try stop(token, at: now)
            case .noreplyWait: try waitForNoreply(token, at: now)
            case .serverInfo: respond(at: now) { [service] in DriverResponse.writeServerInfo(service.serverInfo, token: token, into: &$0) }
            }
        } catch {
            respond(error, token, at: now)
        }
    }

    private mutating func start(_ token: UInt64) throws(ReQLError) {
        guard queries[token] == nil, !waits.contains(where: { $0.token == token }) else {
            throw ReQLError(.client, "A query with the token \(token) is still open.")
        }
        guard queries.count < limits.openQueries else {
            throw ReQLError(
                .resourceLimit, "The connection has \(queries.count) open queries, as many as it may; read some to their end, or stop them."
            )
        }
        let query: DriverQuery
        let asker = DriverQuery.Asker(user: session?.user ?? "", client: client)
        if body.count <= limits.shortQueryBytes {
            query = try DriverQuery(try DriverMessage.json(body), token: token, asker, service: service)
        } else {
            var message = ByteBuffer()
            swap(&message, &body)
            query = DriverQuery(unread: message, token: token, asker, service: service)
        }
        if let seconds = service.limiter.take(for: asker.user) {
            throw ReQLError(
                .resourceLimit,
                "The account `\(asker.user)` has sent as many queries as it may; try again in \(Int(min(seconds, 86_400).rounded(.up))) s.")
        }
        queries[token] = OpenQuery(query: query)
        runningCount += 1
        events.append(.run(query))
    }

    private mutating func runNext(_ token: UInt64) throws(ReQLError) {
        guard var open = queries[token] else { throw Self.noQuery(token) }
        if open.isRunning || open.isWaiting {
            open.waiting += 1
        } else {
            open.isRunning = true
            events.append(.run(open.query))
        }
        runningCount += 1
        queries[token] = open
    }

    private mutating func stop(_ token: UInt64, at now: ContinuousClock.Instant) throws(ReQLError) {
        guard var open = queries[token] else { throw Self.noQuery(token) }
        if open.isRunning {
            open.query.cancellation.cancel()
            open.stops += 1
            queries[token] = open
        } else {
            queries[token] = nil
            events.append(.release(open.query))
            // Those that wait for a batch, and this message.
            for _ in 0..<(open.isWaiting ? 1 + open.waiting : 0) + 1 { respondEmpty(.sequence, token, at: now) }
            runningCount -= open.waiting
        }
    }

    private mutating func waitForNoreply(_ token: UInt64, at now: ContinuousClock.Instant) throws(ReQLError) {
        guard queries[token] == nil, !waits.contains(where: { $0.token == token }) else {
            throw ReQLError(.client, "A query with the token \(token) is still open.")
        }
        // A query too large to have been read here may turn out to be one.
        let wait = Wait(token: token, queries: Set(queries.filter { $0.value.isRunning && $0.value.query.isNoreply ?? true }.keys))
        if wait.queries.isEmpty {
            respondEmpty(.waitComplete, token, at: now)
        } else {
            waits.append(wait)
        }
    }

    private static func noQuery(_ token: UInt64) -> ReQLError {
        ReQLError(.client, "No query with the token \(token) is open.")
    }

    // MARK: Answers

    /// Takes back a query that has made its step.
    mutating func complete(_ query: DriverQuery, at now: ContinuousClock.Instant) {
        let token = query.token
        guard var open = queries[token], open.query === query else {
            events.append(.release(query))
            return
        }
        runningCount -= 1
        if open.stops > 0 {
            // The step that was interrupted, those that waited for theirs, and the messages that stopped it.
            for _ in 0..<1 + open.waiting + open.stops { respondEmpty(.sequence, token, at: now) }
            query.response.removeAll()
            runningCount -= open.waiting
            queries[token] = nil
            events.append(.release(query))
        } else if query.isWaiting {
            open.isRunning = false
            open.isWaiting = true
            if let time = query.wakeTime { nextWake = nextWake.map { min($0, time) } ?? time }
            let isReady = open.isReady
            open.isReady = false
            queries[token] = open
            if isReady { wake(query) }
        } else {
            markOutput(at: now)
            output.take(&query.response)
            if query.hasMore {
                if open.waiting > 0 {
                    open.waiting -= 1
                    events.append(.run(query))
                } else {
                    open.isRunning = false
                }
                queries[token] = open
            } else {
                queries[token] = nil
                runningCount -= open.waiting
                for _ in 0..<open.waiting { respond(Self.noQuery(token), token, at: now) }
            }
        }
        endWaits(for: token, at: now)
    }

    // MARK: Feeds

    /// Makes the next step of a query whose feed may have something.
    mutating func wake(_ query: DriverQuery) {
        guard var open = queries[query.token], open.query === query else { return }
        if open.isRunning {
            open.isReady = true
        } else if open.isWaiting {
            open.isWaiting = false
            open.isRunning = true
            runningCount += 1
            events.append(.run(query))
        }
        queries[query.token] = open
    }

    /// Wakes the queries whose time has come.
    private mutating func wakeFeeds(at now: ContinuousClock.Instant) {
        nextWake = nil
        for open in queries.values where open.isWaiting {
            guard let time = open.query.wakeTime else { continue }
            if time <= now { wake(open.query) } else { nextWake = nextWake.map { min($0, time) } ?? time }
        }
    }

    /// Answers those who wait for a feed that they will wait in vain.
    private mutating func endFeeds(at now: ContinuousClock.Instant) {
        for (token, open) in queries where open.isWaiting {
            queries[token] = nil
            events.append(.release(open.query))
            respond(ReQLError(.operationIndeterminate, "The server is shutting down, and the feed ends."), token, at: now)
        }
    }

    private mutating func endWaits(for token: UInt64, at now: ContinuousClock.Instant) {
        guard !waits.isEmpty else { return }
        for index in waits.indices { waits[index].queries.remove(token) }
        for wait in waits where wait.queries.isEmpty { respondEmpty(.waitComplete, wait.token, at: now) }
        waits.removeAll { $0.queries.isEmpty }
    }

    private mutating func respondEmpty(_ kind: DriverResponse.Kind, _ token: UInt64, at now: ContinuousClock.Instant) {
        respond(at: now) { DriverResponse.writeEmpty(kind, token: token, into: &$0) }
    }

    private mutating func respond(_ error: ReQLError, _ token: UInt64, at now: ContinuousClock.Instant) {
        respond(at: now) { DriverResponse.write(error, token: token, into: &$0) }
    }

    private mutating func respond(at now: ContinuousClock.Instant, _ write: (inout ByteBuffer) -> Void) {
        var response = ByteBuffer()
        write(&response)
        put(response, at: now)
    }
}
