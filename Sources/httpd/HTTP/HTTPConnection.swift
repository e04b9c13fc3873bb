import ReQLish

/// What the owner of an ``HTTPConnection`` has to do next.
enum HTTPEvent: Sendable, Hashable {
    /// The head of a request is there: look at `request` and call `admit()`, or answer at once.
    case head
    /// The request is whole: answer it.
    case request
    /// The client broke a rule or a limit: answer that; the connection then ends by itself.
    case violation(HTTPViolation)
    /// Nothing more will be sent: shut the socket's write side down, and go on reading what is thrown away, so that the client can read the answer.
    case shutDownWriting
    /// Close the socket.
    case close
}

/// An HTTP/1.1 connection, server side, without its socket: bytes go in with ``receive(_:at:)``, ``next(at:)`` says what is to be done, answers
/// go in with the methods of `HTTPConnection+Responding.swift`, and bytes for the client stand in ``output``. Time is what the caller says it is.
///
/// Requests are taken one at a time: pipelined ones wait, as bytes, until the answer before them is complete. So answers come in order, and
/// a request sees what the one before it did.
///
///     waiting ──first byte──▶ head ──▶ admitting ──admit()──▶ body ──▶ answering ──▶ waiting
///                                                                          └──▶ ending ──▶ lingering ──▶ closed
struct HTTPConnection: ~Copyable, Sendable {
    enum Phase: Sendable, Hashable {
        /// Between requests; nothing of the next one has come.
        case waiting
        case head
        /// The owner looks at the head.
        case admitting
        case body
        /// The request, or the violation, is with the owner until its answer is complete.
        case answering
        /// The last answer is complete and on its way out.
        case ending
        /// The write side is shut; what comes is dropped.
        case lingering
        case closed
    }

    let limits: HTTPLimits
    var phase = Phase.waiting
    /// When the phase began.
    var phaseStart: ContinuousClock.Instant
    /// The request being read or answered. The owner may move it out while it answers, and puts it back for its buffers.
    var request = HTTPRequest()
    /// What waits for the socket.
    var output = OutputQueue()
    /// When the socket last took bytes, or the output was last empty.
    var outputProgress: ContinuousClock.Instant

    /// Bytes received and not yet used: from `inputStart` on.
    private var input = ByteBuffer()
    private var inputStart = 0
    /// When the deadline was last looked at.
    private var looked: ContinuousClock.Instant
    /// How far the search for the head's end has come, and where its current line begins.
    private var scanned = 0
    private var lineStart = 0
    private var emptyLines = 0
    private(set) var inputEnded = false
    var hasProbed = false

    private var decoder = ChunkedDecoder()
    private var bodyRemaining = 0
    private(set) var bodyReceived = 0
    private var discardsBody = false
    private var pendingViolation: HTTPViolation?
    private var answersViolation = false
    private(set) var requestsTaken = 0

    // What the answer needs to know; see `HTTPConnection+Responding.swift`.
    var answersHead = false
    var answersOldVersion = false
    var keepsAlive = true
    /// Bytes of the current request may still come although its answer is being given.
    var requestUnread = false
    var streamFraming = StreamFraming.none
    var wasCut = false
    /// No further request is taken: the server is shutting down.
    private(set) var isDraining = false

    init(limits: HTTPLimits, now: ContinuousClock.Instant) {
        self.limits = limits
        phaseStart = now
        outputProgress = now
        looked = now
    }

    // MARK: Bytes in

    /// Whether the socket should be read. False while the client has sent further requests ahead of its answers, up to the limit.
    var wantsInput: Bool {
        switch phase {
        case .closed: false
        case .body, .lingering: !inputEnded
        case .waiting, .head, .admitting, .answering, .ending: !inputEnded && input.count - inputStart < limits.pipelinedBytes
        }
    }

    mutating func receive(_ bytes: borrowing Span<UInt8>, at now: ContinuousClock.Instant) {
        switch phase {
        case .closed, .lingering, .ending: return
        case .waiting where !bytes.isEmpty: enter(.head, at: now)
        case .body where inputStart == input.count:
            // The usual way of a large body: from the socket's buffer straight to its own.
            var position = 0
            takeBody(bytes, &position)
            if position < bytes.count { input.append(bytes.extracting(position..<bytes.count)) }
            return
        default: break
        }
        input.append(bytes)
    }

    /// The client has shut its write side. What it asked for is still answered.
    mutating func receiveEnd(at now: ContinuousClock.Instant) {
        inputEnded = true
    }

    /// No further request is taken; the one in flight is finished.
    mutating func drain() {
        isDraining = true
        keepsAlive = false
    }

    // MARK: What to do next

    /// The next thing to do, or nil until there is more input, output taken, an answer, or a later time.
    mutating func next(at now: ContinuousClock.Instant) -> HTTPEvent? {
        // Asked several times in a turn, in which no time passes.
        if now > looked {
            if let deadline, now >= deadline, let event = timeOut(at: now) { return event }
            looked = now
        }
        switch phase {
        case .waiting:
            if isDraining || inputEnded {
                guard output.isEmpty else { return nil }
                enter(.closed, at: now)
                return .close
            }
            return nil
        case .head:
            // A client that does not read its answers is not given further ones.
            guard output.count < OutputQueue.largeBytes else { return nil }
            return readHead(at: now)
        case .body: return readBody(at: now)
        case .admitting, .answering: return nil
        case .ending: return end(at: now)
        case .lingering:
            guard inputEnded else { return nil }
            enter(.closed, at: now)
            return .close
        case .closed: return nil
        }
    }

    private mutating func readHead(at now: ContinuousClock.Instant) -> HTTPEvent? {
        do throws(HTTPViolation) {
            guard let end = try findHeadEnd() else {
                if inputStart == input.count {
                    // Only empty lines have come.
                    consumeInput(to: inputStart)
                    enter(.waiting, at: phaseStart)
                    return inputEnded ? next(at: now) : nil
                }
                if inputEnded { throw HTTPViolation(400, "The request was cut off in its head.") }
                return nil
            }
            do {
                let input = input
                request.head.append(input.span.extracting(inputStart..<end))
            }
            consumeInput(to: end)
            answersHead = false
            try request.parseHead(limits: limits)
            beginRequest(at: now)
            return .head
        } catch {
            return violate(error, at: now)
        }
    }

    /// Looks for the empty line that ends the head, resuming where it stopped, so that a head coming byte by byte costs no more than one coming at once.
    private mutating func findHeadEnd() throws(HTTPViolation) -> Int? {
        let input = input
        let bytes = input.span
        var index = max(scanned, inputStart)
        var line = max(lineStart, inputStart)
        defer {
            scanned = index
            lineStart = line
        }
        while index < bytes.count {
            let byte = bytes[index]
            if index == inputStart, !byte.isTokenCharacter, byte != .carriageReturn, byte != .lineFeed {
                throw HTTPViolation(400, "This is not the beginning of an HTTP request.")
            }
            index += 1
            guard byte == .lineFeed else { continue }
            guard index - 2 >= line, bytes[index - 2] == .carriageReturn else {
                throw HTTPViolation(400, "A line of the request ends without a carriage return.")
            }
            if index - 2 == line {
                if line == inputStart {
                    // Some clients send an empty line after a body; it is no part of the next request.
                    emptyLines += 1
                    guard emptyLines <= 4 else { throw HTTPViolation(400, "Empty lines stand where a request should begin.") }
                    inputStart = index
                    line = index
                    continue
                }
                guard index - inputStart <= limits.headBytes else { throw headTooLarge }
                return index
            }
            if line == inputStart, index - 2 - line > limits.requestLineBytes { throw requestLineTooLong }
            line = index
        }
        guard line != inputStart || index - line <= limits.requestLineBytes + 2 else { throw requestLineTooLong }
        guard index - inputStart <= limits.headBytes else { throw headTooLarge }
        return nil
    }

    private var requestLineTooLong: HTTPViolation {
        HTTPViolation(414, "The request line may have at most \(limits.requestLineBytes) bytes.")
    }

    private var headTooLarge: HTTPViolation {
        HTTPViolation(431, "The request line and the header fields may have at most \(limits.headBytes) bytes.")
    }

    private mutating func beginRequest(at now: ContinuousClock.Instant) {
        answersHead = request.method == .head
        answersOldVersion = request.minorVersion == 0
        keepsAlive = request.keepsAlive && !isDraining
        discardsBody = false
        hasProbed = false
        bodyReceived = 0
        emptyLines = 0
        requestsTaken += 1
        switch request.framing {
        case .none:
            bodyRemaining = 0
            requestUnread = false
        case .length(let length):
            bodyRemaining = length
            requestUnread = true
        case .chunked:
            decoder = ChunkedDecoder()
            requestUnread = true
        }
        enter(.admitting, at: now)
    }

    // MARK: The body

    /// Lets the body of the request come. After ``HTTPEvent/request`` it is in `request.body`.
    mutating func admit(at now: ContinuousClock.Instant) {
        precondition(phase == .admitting, "a request is admitted once, after its head")
        if request.expectsContinue, inputStart == input.count {
            markOutput(at: now)
            output.append("HTTP/1.1 100 Continue\r\n\r\n")
        }
        if case .length(let length) = request.framing, !discardsBody { request.body.reserve(min(length, 64 * 1024)) }
        enter(.body, at: now)
    }

    /// Lets the body come and throws it away, so that the connection can go on after a refusal.
    /// - Returns: false if that is not worth it: answer at once then, and the connection ends.
    mutating func admitDiscardingBody(at now: ContinuousClock.Instant) -> Bool {
        switch request.framing {
        case .none: break
        case .length(let length) where length <= limits.discardedBodyBytes && !request.expectsContinue: break
        default: return false
        }
        discardsBody = true
        admit(at: now)
        return true
    }

    /// Gives up on a body that is coming; the next event is the violation.
    mutating func refuseBody(_ violation: HTTPViolation) {
        guard phase == .body else { return }
        pendingViolation = violation
        request.body.removeAll(keepingAtMost: 64 * 1024)
    }

    private mutating func readBody(at now: ContinuousClock.Instant) -> HTTPEvent? {
        if requestUnread, pendingViolation == nil, inputStart < input.count {
            var position = inputStart
            do {
                let input = input
                takeBody(input.span, &position)
            }
            consumeInput(to: position)
        }
        if let violation = pendingViolation { return violate(violation, at: now) }
        if !requestUnread {
            enter(.answering, at: now)
            return .request
        }
        if inputEnded { return violate(HTTPViolation(400, "The request was cut off in its body."), at: now) }
        return nil
    }

    private mutating func takeBody(_ bytes: borrowing Span<UInt8>, _ position: inout Int) {
        let start = position
        defer { bodyReceived += position - start }
        guard requestUnread, pendingViolation == nil else { return }
        if case .chunked = request.framing {
            do throws(HTTPViolation) {
                if try decoder.decode(bytes, &position, into: &request.body, limits: limits) { requestUnread = false }
            } catch {
                pendingViolation = error
                position = bytes.count
            }
        } else {
            let count = min(bodyRemaining, bytes.count - position)
            if !discardsBody {
                // To move what has come takes time that others wait for: so it is done seldom, but never to many times what has come.
                if request.body.room < count { request.body.reserve(min(bodyRemaining, max(3 * request.body.count, 1 << 20))) }
                request.body.append(bytes.extracting(position..<position + count))
            }
            position += count
            bodyRemaining -= count
            requestUnread = bodyRemaining > 0
        }
    }

    private mutating func consumeInput(to position: Int) {
        inputStart = position
        if inputStart == input.count {
            input.removeAll(keepingAtMost: 16 * 1024)
            inputStart = 0
        } else if inputStart >= 16 * 1024 {
            input.removeFirst(inputStart)
            inputStart = 0
        }
        scanned = inputStart
        lineStart = inputStart
    }

    // MARK: Ends

    mutating func violate(_ violation: HTTPViolation, at now: ContinuousClock.Instant) -> HTTPEvent {
        pendingViolation = nil
        keepsAlive = false
        requestUnread = true
        streamFraming = .none
        enter(.answering, at: now)
        return .violation(violation)
    }

    private mutating func end(at now: ContinuousClock.Instant) -> HTTPEvent? {
        guard output.isEmpty else { return nil }
        if wasCut || inputEnded || !requestUnread && inputStart == input.count && !isDraining {
            enter(.closed, at: now)
            return .close
        }
        enter(.lingering, at: now)
        return .shutDownWriting
    }

    /// The answer is complete: on to the next request, or to the end.
    mutating func finishAnswer(at now: ContinuousClock.Instant) {
        streamFraming = .none
        request.reset()
        if keepsAlive, !requestUnread, !isDraining {
            enter(inputStart < input.count ? .head : .waiting, at: now)
        } else {
            enter(.ending, at: now)
        }
    }

    mutating func enter(_ phase: Phase, at now: ContinuousClock.Instant) {
        self.phase = phase
        phaseStart = now
    }
}
