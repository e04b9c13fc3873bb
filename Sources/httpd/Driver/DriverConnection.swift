import Ground
import ReQLish

/// A driver's connection, server side, without its socket: bytes go in with ``receive(_:)``, ``next(_:at:)`` says what is to be done, and
/// responses go to the ``Channel``. Time is what the caller says it is.
///
/// Queries run side by side, up to the session's number, and are answered as they finish. A query has the client's token from its start
/// until its last batch was answered; in between it is either running (with the owner) or resting (here, until the client asks for more).
///
///     greeting ──handshake──▶ serving ──▶ over: the channel ends
struct DriverConnection: ~Copyable {
    enum Phase: Sendable, Hashable {
        case greeting
        case serving
        /// The last response is made.
        case over
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
    var phase = Phase.greeting
    let phaseStart: MonotonicTime
    var session: DriverSession?
    /// Set with the session.
    var login: Login?
    var handshake: Handshake
    /// What a guess is answered with, and not before this time.
    var refusal: (text: ByteBuffer, time: MonotonicTime)?
    /// Another thread checks the client's key.
    var isProving = false

    var frames = DriverFrames()

    private var queries: [UInt64: OpenQuery] = [:]
    /// Steps that are being made or wait for others; those that wait for a feed don't count.
    private var runningCount = 0
    /// No feed that is waited for has something at a time before this one, as far as that is known.
    private var nextWake: MonotonicTime?
    private var waits: [Wait] = []
    var events: [DriverEvent] = []
    /// Steps that are still to be handed out, in their order, and how many of those handed out have not come back.
    private var steps: [DriverQuery] = []
    private var stepsUnderWay = 0
    /// So many are handed out at a time: what they answer waits in memory until the client reads it.
    private static let mostSteps = 64

    init(service: DriverService, client: QueryClient? = nil, now: MonotonicTime) {
        self.service = service
        self.client = client
        handshake = Handshake(authenticator: service.authenticator)
        phaseStart = now
    }

    // MARK: Bytes in

    /// Whether the socket should be read. Once the server drains nothing more is: what has come whole is still answered, and what runs is
    /// finished.
    func wantsInput(_ channel: borrowing Channel) -> Bool {
        !channel.isDraining && refusal == nil && !isProving && (frames.isInMessage || frames.input.count < limits.pipelinedBytes)
    }

    mutating func receive(_ bytes: borrowing Span<UInt8>) {
        if phase != .over { frames.append(bytes) }
    }

    /// Bytes of a message that is still coming.
    var bodyByteCount: Int { frames.isInMessage ? frames.body.count : 0 }

    /// Ends the connection with an error for the message that is coming.
    mutating func refuseBody(_ reason: String, _ channel: inout Channel) {
        guard phase == .serving, let token = frames.giveUp() else { return }
        respond(ReQLError(.resourceLimit, reason), token, &channel)
        end(&channel)
    }

    // MARK: What to do next

    /// The next thing to do, or nil until there is more input, output taken, a query given back, or a later time. A client that has shut its
    /// side gets no more responses: the connection ends with all its queries.
    mutating func next(_ channel: inout Channel, at now: MonotonicTime) -> DriverEvent? {
        if let event = nextEvent(channel) { return event }
        if phase != .over, channel.inputEnded || limit(channel).map({ now >= $0 }) ?? false {
            phase = .over
            channel.cut()
        }
        switch phase {
        case .greeting:
            if let refusal {
                guard channel.isDraining || now >= refusal.time else { return nil }
                self.refusal = nil
                channel.output.append(refusal.text)
                end(&channel)
                return nil
            }
            guard !isProving else { return nil }
            greet(&channel)
            return phase == .greeting && refusal == nil && events.isEmpty ? nil : next(&channel, at: now)
        case .serving:
            if let nextWake, now >= nextWake { wakeFeeds(at: now) }
            if let event = nextEvent(channel) { return event }
            if let event = takeMessages(&channel, at: now) { return event }
            guard channel.isDraining, phase == .serving, runningCount == 0, channel.output.count < limits.unreadBytes else { return nil }
            endFeeds(&channel)
            end(&channel)
            return next(&channel, at: now)
        case .over: return nil
        }
    }

    private mutating func nextEvent(_ channel: borrowing Channel) -> DriverEvent? {
        if !events.isEmpty { return events.removeFirst() }
        guard !steps.isEmpty, stepsUnderWay < Self.mostSteps, channel.output.count < limits.unreadBytes, phase != .over else { return nil }
        stepsUnderWay += 1
        return .run(steps.removeFirst())
    }

    /// When ``next(_:at:)`` has to be called although nothing else happened; nil if time does not matter now.
    func deadline(_ channel: borrowing Channel) -> MonotonicTime? {
        if let refusal { return refusal.time }
        guard let limit = limit(channel), let nextWake else { return limit(channel) ?? nextWake }
        return min(limit, nextWake)
    }

    /// When the client's time is up. How long output may stay unread is for the channel to say.
    private func limit(_ channel: borrowing Channel) -> MonotonicTime? {
        switch phase {
        case .greeting where refusal != nil || isProving: nil
        case .greeting: channel.isDraining ? phaseStart : phaseStart + limits.handshakeTime
        case .serving:
            frames.messageStart.map {
                $0 + limits.queryTime + .milliseconds(frames.body.count * 1000 / max(limits.minimumQueryRate, 1))
            }
        case .over: nil
        }
    }

    /// The last response is made.
    mutating func end(_ channel: inout Channel) {
        phase = .over
        channel.end()
    }

    /// The queries that the connection still has: to be cancelled and released when it is gone.
    mutating func abandon() -> [DriverQuery] {
        let waiting = Set(steps.map(\.token))
        steps = []
        let all = queries.values.map { open in
            open.query.cancellation.cancel()
            return (isUnderWay: open.isRunning && !waiting.contains(open.query.token), query: open.query)
        }
        queries = [:]
        // Those that run are released when they come back.
        return all.filter { !$0.isUnderWay }.map(\.query)
    }

    // MARK: Messages

    private mutating func takeMessages(_ channel: inout Channel, at now: MonotonicTime) -> DriverEvent? {
        while runningCount + waits.count < session?.parallelQueries ?? 1, channel.output.count < limits.unreadBytes,
            takeMessage(&channel, at: now)
        {
            if let event = nextEvent(channel) { return event }
            if phase != .serving { return next(&channel, at: now) }
        }
        return nil
    }

    /// Takes the next message if it is whole.
    private mutating func takeMessage(_ channel: inout Channel, at now: MonotonicTime) -> Bool {
        switch frames.next(limit: limits.queryBytes, at: now) {
        case .incomplete: return false
        case .tooLong(let token, let length):
            respond(ReQLError(.client, "The query has \(length) bytes; it must have less than \(limits.queryBytes)."), token, &channel)
            end(&channel)
        case .whole(let token):
            take(token, &channel)
            frames.release()
        }
        return true
    }

    /// Takes the message whose body ``frames`` has.
    private mutating func take(_ token: UInt64, _ channel: inout Channel) {
        do throws(ReQLError) {
            switch try DriverMessage(frames.body) {
            case .start: try start(token)
            case .next: try runNext(token)
            case .stop: try stop(token, &channel)
            case .noreplyWait: try waitForNoreply(token, &channel)
            case .serverInfo: respond(&channel) { [service] in DriverResponse.writeServerInfo(service.serverInfo, token: token, into: &$0) }
            }
        } catch {
            respond(error, token, &channel)
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
        let asker = DriverQuery.Asker(user: session?.user ?? "", client: client, login: login)
        if frames.body.count <= limits.shortQueryBytes {
            query = try DriverQuery(try DriverMessage.json(frames.body), token: token, asker, service: service)
        } else {
            query = DriverQuery(unread: frames.takeBody(), token: token, asker, service: service)
        }
        if let seconds = service.limiter.take(for: asker.user) {
            throw ReQLError(
                .resourceLimit,
                "The account `\(asker.user)` has sent as many queries as it may; try again in \(Int(min(seconds, 86_400).rounded(.up))) s.")
        }
        if let refusal = service.pando.limits.takeRequest(of: asker.user) { throw ReQLError(.resourceLimit, refusal.message) }
        queries[token] = OpenQuery(query: query)
        runningCount += 1
        steps.append(query)
    }

    private mutating func runNext(_ token: UInt64) throws(ReQLError) {
        guard var open = queries[token] else { throw Self.noQuery(token) }
        if open.isRunning || open.isWaiting {
            open.waiting += 1
        } else {
            open.isRunning = true
            steps.append(open.query)
        }
        runningCount += 1
        queries[token] = open
    }

    private mutating func stop(_ token: UInt64, _ channel: inout Channel) throws(ReQLError) {
        guard var open = queries[token] else { throw Self.noQuery(token) }
        if open.isRunning {
            open.query.cancellation.cancel()
            open.stops += 1
            queries[token] = open
        } else {
            queries[token] = nil
            events.append(.release(open.query))
            // Those that wait for a batch, and this message.
            for _ in 0..<(open.isWaiting ? 1 + open.waiting : 0) + 1 { respondEmpty(.sequence, token, &channel) }
            runningCount -= open.waiting
        }
    }

    private mutating func waitForNoreply(_ token: UInt64, _ channel: inout Channel) throws(ReQLError) {
        guard queries[token] == nil, !waits.contains(where: { $0.token == token }) else {
            throw ReQLError(.client, "A query with the token \(token) is still open.")
        }
        // A query too large to have been read here may turn out to be one.
        let wait = Wait(token: token, queries: Set(queries.filter { $0.value.isRunning && $0.value.query.isNoreply ?? true }.keys))
        if wait.queries.isEmpty {
            respondEmpty(.waitComplete, token, &channel)
        } else {
            waits.append(wait)
        }
    }

    private static func noQuery(_ token: UInt64) -> ReQLError {
        ReQLError(.client, "No query with the token \(token) is open.")
    }

    // MARK: Answers

    /// Takes back a query that has made its step.
    mutating func complete(_ query: DriverQuery, _ channel: inout Channel) {
        let token = query.token
        stepsUnderWay -= 1
        guard var open = queries[token], open.query === query else {
            events.append(.release(query))
            return
        }
        runningCount -= 1
        if open.stops > 0 {
            // The step that was interrupted, those that waited for theirs, and the messages that stopped it.
            for _ in 0..<1 + open.waiting + open.stops { respondEmpty(.sequence, token, &channel) }
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
            channel.output.take(&query.response)
            if query.hasMore {
                if open.waiting > 0 {
                    open.waiting -= 1
                    steps.append(query)
                } else {
                    open.isRunning = false
                }
                queries[token] = open
            } else {
                queries[token] = nil
                runningCount -= open.waiting
                for _ in 0..<open.waiting { respond(Self.noQuery(token), token, &channel) }
            }
        }
        endWaits(for: token, &channel)
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
            steps.append(query)
        }
        queries[query.token] = open
    }

    /// Wakes the queries whose time has come.
    private mutating func wakeFeeds(at now: MonotonicTime) {
        nextWake = nil
        for open in queries.values where open.isWaiting {
            guard let time = open.query.wakeTime else { continue }
            if time <= now { wake(open.query) } else { nextWake = nextWake.map { min($0, time) } ?? time }
        }
    }

    /// Answers those who wait for a feed that they will wait in vain.
    private mutating func endFeeds(_ channel: inout Channel) {
        for (token, open) in queries where open.isWaiting {
            queries[token] = nil
            events.append(.release(open.query))
            respond(ReQLError(.operationIndeterminate, "The server is shutting down, and the feed ends."), token, &channel)
        }
    }

    private mutating func endWaits(for token: UInt64, _ channel: inout Channel) {
        guard !waits.isEmpty else { return }
        for index in waits.indices { waits[index].queries.remove(token) }
        for wait in waits where wait.queries.isEmpty { respondEmpty(.waitComplete, wait.token, &channel) }
        waits.removeAll { $0.queries.isEmpty }
    }

    private func respondEmpty(_ kind: DriverResponse.Kind, _ token: UInt64, _ channel: inout Channel) {
        respond(&channel) { DriverResponse.writeEmpty(kind, token: token, into: &$0) }
    }

    private func respond(_ error: ReQLError, _ token: UInt64, _ channel: inout Channel) {
        respond(&channel) { DriverResponse.write(error, token: token, into: &$0) }
    }

    private func respond(_ channel: inout Channel, _ write: (inout ByteBuffer) -> Void) {
        var response = ByteBuffer()
        write(&response)
        channel.output.append(response)
    }
}
