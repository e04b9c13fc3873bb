import Ground
import ReQLish

/// The next thing for the owner of an ``HTTPConnection`` to do.
enum HTTPEvent: Sendable, Hashable {
    /// The head of a request is there: take it with `takeHead(_:)` and call `admit(_:at:)`, or answer at once.
    case head
    /// A part of a body is there that is put aside as it comes: take it with `takeBody(_:)`, and call `goOnWithBody()` when that is done.
    case bodyPart
    /// The request is whole: take its body with `takeBody(_:)` and answer it.
    case request
    /// The client broke a rule or a limit: answer that; the connection then ends by itself.
    case violation(HTTPViolation)
}

/// An HTTP/1.1 connection, server side, without its socket: bytes go in with ``receive(_:at:)``, ``next(_:at:)`` says what is to be done,
/// answers go in with the methods of `HTTPConnection+Responding.swift`, and bytes for the client go to the ``Channel``. Time is what the
/// caller says it is.
///
/// Requests are taken one at a time: pipelined ones wait, as bytes, until the answer before them is complete. So answers come in order, and
/// a request sees what the one before it did.
///
///     waiting ──first byte──▶ head ──▶ admitting ──admit()──▶ body ──▶ answering ──▶ waiting
///                                                            │  ▲         └──▶ over: the channel ends
///                                                            ▼  │
///                                                           storing
struct HTTPConnection: ~Copyable, Sendable {
    enum Phase: Sendable, Hashable {
        /// Between requests; nothing of the next one has come.
        case waiting
        case head
        /// The owner looks at the head.
        case admitting
        case body
        /// A part of the body is with the owner.
        case storing
        /// The request, or the violation, is with the owner until its answer is complete.
        case answering
        /// The last answer is complete.
        case over
    }

    let limits: HTTPLimits
    var phase = Phase.waiting
    /// When the phase began.
    var phaseStart: MonotonicTime
    /// The head being read.
    private var request = HTTPRequest()
    /// The body being read, without its framing.
    private(set) var body = ByteBuffer()

    private var input = InputQueue()
    /// When the deadline was last checked.
    private var checked: MonotonicTime
    /// How far the search for the head's end has come, and where its current line begins.
    private var scanned = 0
    private var lineStart = 0
    private var emptyLines = 0
    var hasProbed = false

    private var framing = BodyFraming.none
    private var decoder = ChunkedDecoder()
    private var bodyRemaining = 0
    /// Whether the body is handed over in parts, and how much of it was.
    private var storesBody = false
    private var storedByteCount = 0
    /// The limits of the body being read.
    private var bodyLimits: HTTPLimits
    private(set) var bodyReceived = 0
    private var discardsBody = false
    private var pendingViolation: HTTPViolation?
    private(set) var requestsTaken = 0

    // What the answer needs to know; see `HTTPConnection+Responding.swift`.
    var answersHead = false
    var answersOldVersion = false
    var keepsAlive = true
    private var expectsContinue = false
    /// Bytes of the current request may still come although its answer is being given.
    var requestUnread = false
    var streamFraming = StreamFraming.none

    init(limits: HTTPLimits, now: MonotonicTime) {
        self.limits = limits
        bodyLimits = limits
        phaseStart = now
        checked = now
    }

    // MARK: Bytes in

    /// Whether the socket should be read. False while the client has sent further requests ahead of its answers, up to the limit.
    var wantsInput: Bool {
        phase == .body || input.count < limits.pipelinedBytes
    }

    mutating func receive(_ bytes: borrowing Span<UInt8>, at now: MonotonicTime) {
        switch phase {
        case .over: return
        case .waiting where !bytes.isEmpty: enter(.head, at: now)
        case .body where input.isEmpty:
            // The usual way of a large body: from the socket's buffer straight to its own.
            var position = 0
            takeBody(bytes, &position)
            if position < bytes.count { input.append(bytes.extracting(position..<bytes.count)) }
            return
        default: break
        }
        input.append(bytes)
    }

    // MARK: What to do next

    /// The next thing to do, or nil until there is more input, output taken, an answer, or a later time. What the client asked for before
    /// it shut its write side is still answered; once the server drains, no further request is taken.
    mutating func next(_ channel: inout Channel, at now: MonotonicTime) -> HTTPEvent? {
        // Asked several times in a turn, in which no time passes; but a client that leaves in it may be one to ask after.
        if now > checked || canProbe(channel) {
            if let deadline = deadline(channel), now >= deadline, let event = timeOut(&channel, at: now) { return event }
            checked = now
        }
        switch phase {
        case .waiting:
            if channel.isDraining || channel.inputEnded { channel.end(lingering: false) }
            return nil
        case .head:
            // A client that does not read its answers is not given further ones.
            guard channel.output.count < OutputQueue.largeBytes else { return nil }
            return readHead(&channel, at: now)
        case .body: return readBody(channel, at: now)
        case .admitting, .storing, .answering, .over: return nil
        }
    }

    private mutating func readHead(_ channel: inout Channel, at now: MonotonicTime) -> HTTPEvent? {
        do throws(HTTPViolation) {
            guard let end = try findHeadEnd() else {
                if input.isEmpty {
                    // Only empty lines have come.
                    consumeInput(to: input.start)
                    enter(.waiting, at: phaseStart)
                    return channel.inputEnded ? next(&channel, at: now) : nil
                }
                if channel.inputEnded { throw HTTPViolation(400, "The request was cut off in its head.") }
                return nil
            }
            do {
                let bytes = input.bytes
                request.head.append(bytes.span.extracting(input.start..<end))
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

    /// Hands over the head that was read, also one that broke a rule; does nothing if it was handed over before. The other request's
    /// buffers are used for the next one.
    mutating func takeHead(_ other: inout HTTPRequest) {
        guard !request.head.isEmpty else { return }
        swap(&request, &other)
        request.reset()
    }

    /// Hands over the body that was read, in exchange for a buffer for the next one.
    mutating func takeBody(_ other: inout ByteBuffer) {
        swap(&body, &other)
        body.removeAll(keepingAtMost: 64 * 1024)
    }

    /// Looks for the empty line that ends the head, resuming where it stopped, so that a head coming byte by byte costs no more than one
    /// coming at once.
    private mutating func findHeadEnd() throws(HTTPViolation) -> Int? {
        // A reference of its own: the rest of the queue is changed below.
        let buffer = input.bytes
        let bytes = buffer.span
        var start = input.start
        var index = max(scanned, start)
        var line = max(lineStart, start)
        defer {
            input.skip(to: start)
            scanned = index
            lineStart = line
        }
        while index < bytes.count {
            let byte = bytes[index]
            if index == start, !byte.isTokenCharacter, byte != .carriageReturn, byte != .lineFeed {
                throw HTTPViolation(400, "This is not the beginning of an HTTP request.")
            }
            index += 1
            guard byte == .lineFeed else { continue }
            guard index - 2 >= line, bytes[index - 2] == .carriageReturn else {
                throw HTTPViolation(400, "A line of the request ends without a carriage return.")
            }
            if index - 2 == line {
                if line == start {
                    // Some clients send an empty line after a body; it is not a part of the next request.
                    emptyLines += 1
                    guard emptyLines <= 4 else { throw HTTPViolation(400, "Empty lines stand where a request should begin.") }
                    start = index
                    line = index
                    continue
                }
                guard index - start <= limits.headBytes else { throw headTooLarge }
                return index
            }
            if line == start, index - 2 - line > limits.requestLineBytes { throw requestLineTooLong }
            line = index
        }
        guard line != start || index - line <= limits.requestLineBytes + 2 else { throw requestLineTooLong }
        guard index - start <= limits.headBytes else { throw headTooLarge }
        return nil
    }

    private var requestLineTooLong: HTTPViolation {
        HTTPViolation(414, "The request line may have at most \(limits.requestLineBytes) bytes.")
    }

    private var headTooLarge: HTTPViolation {
        HTTPViolation(431, "The request line and the header fields may have at most \(limits.headBytes) bytes.")
    }

    private mutating func beginRequest(at now: MonotonicTime) {
        answersHead = request.method == .head
        answersOldVersion = request.minorVersion == 0
        keepsAlive = request.keepsAlive
        expectsContinue = request.expectsContinue
        framing = request.framing
        discardsBody = false
        storesBody = false
        storedByteCount = 0
        hasProbed = false
        bodyReceived = 0
        emptyLines = 0
        requestsTaken += 1
        switch framing {
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

    /// So much of a body is handed over at once.
    static let partByteCount = 1 << 20

    /// Lets the body of the request come.
    /// - Parameter storesBody: whether it is handed over in parts, and may have more bytes than memory is given to one.
    mutating func admit(_ channel: inout Channel, storingBody storesBody: Bool = false, at now: MonotonicTime) {
        precondition(phase == .admitting, "a request is admitted once, after its head")
        self.storesBody = storesBody
        bodyLimits.bodyBytes = limits.bodyBytes(ofTable: storesBody)
        if case .length(let length) = framing, length > bodyLimits.bodyBytes {
            pendingViolation = limits.bodyTooLarge(bodyLimits.bodyBytes, length)
            return enter(.body, at: now)
        }
        if expectsContinue, input.isEmpty { channel.output.append("HTTP/1.1 100 Continue\r\n\r\n") }
        if case .length(let length) = framing, !discardsBody { body.reserve(min(length, 64 * 1024)) }
        enter(.body, at: now)
    }

    /// Lets the body come and throws it away, so that the connection can go on after a refusal.
    /// - Returns: false if that is not worth it: answer at once then, and the connection ends.
    mutating func admitDiscardingBody(_ channel: inout Channel, at now: MonotonicTime) -> Bool {
        switch framing {
        case .none: break
        case .length(let length) where length <= limits.discardedBodyBytes && !expectsContinue: break
        default: return false
        }
        discardsBody = true
        admit(&channel, at: now)
        return true
    }

    /// Gives up on a body that is coming; the next event is the violation.
    mutating func refuseBody(_ violation: HTTPViolation) {
        guard phase == .body else { return }
        pendingViolation = violation
        body.removeAll(keepingAtMost: 64 * 1024)
    }

    /// The part of the body that was handed over is put aside.
    mutating func goOnWithBody() {
        precondition(phase == .storing, "a part was handed over before")
        phase = .body
    }

    private mutating func readBody(_ channel: borrowing Channel, at now: MonotonicTime) -> HTTPEvent? {
        if requestUnread, pendingViolation == nil, !input.isEmpty {
            var position = input.start
            do {
                let buffer = input.bytes
                takeBody(buffer.span, &position)
            }
            consumeInput(to: position)
        }
        if let violation = pendingViolation { return violate(violation, at: now) }
        if storesBody, requestUnread, body.count >= Self.partByteCount {
            phase = .storing
            storedByteCount += body.count
            return .bodyPart
        }
        if !requestUnread {
            enter(.answering, at: now)
            return .request
        }
        if channel.inputEnded { return violate(HTTPViolation(400, "The request was cut off in its body."), at: now) }
        return nil
    }

    private mutating func takeBody(_ bytes: borrowing Span<UInt8>, _ position: inout Int) {
        let start = position
        defer { bodyReceived += position - start }
        guard requestUnread, pendingViolation == nil else { return }
        if case .chunked = framing {
            do throws(HTTPViolation) {
                if try decoder.decode(bytes, &position, into: &body, taken: storedByteCount, limits: bodyLimits) { requestUnread = false }
            } catch {
                pendingViolation = error
                position = bytes.count
            }
        } else {
            let count = min(bodyRemaining, bytes.count - position)
            if !discardsBody {
                // To move what has come takes time that others wait for: so it is done seldom, but never to many times what has come.
                if body.room < count { body.reserve(min(bodyRemaining, max(3 * body.count, 1 << 20))) }
                body.append(bytes.extracting(position..<position + count))
            }
            position += count
            bodyRemaining -= count
            requestUnread = bodyRemaining > 0
        }
    }

    private mutating func consumeInput(to position: Int) {
        input.consume(to: position)
        scanned = input.start
        lineStart = input.start
    }

    // MARK: Ends

    mutating func violate(_ violation: HTTPViolation, at now: MonotonicTime) -> HTTPEvent {
        pendingViolation = nil
        keepsAlive = false
        requestUnread = true
        streamFraming = .none
        enter(.answering, at: now)
        return .violation(violation)
    }

    /// The answer is complete: on to the next request, or to the end.
    mutating func finishAnswer(_ channel: inout Channel, wasCut: Bool = false, at now: MonotonicTime) {
        streamFraming = .none
        if keepsAlive, !requestUnread, !channel.isDraining {
            enter(input.isEmpty ? .waiting : .head, at: now)
        } else {
            enter(.over, at: now)
            channel.end(lingering: !wasCut && (requestUnread || !input.isEmpty || channel.isDraining))
        }
    }

    mutating func enter(_ phase: Phase, at now: MonotonicTime) {
        self.phase = phase
        phaseStart = now
    }
}
