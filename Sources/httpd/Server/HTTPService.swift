import ReQLish

/// What answers requests. The event loops know nothing else of what stands behind them.
protocol HTTPService: Sendable {
    /// Looks at the head of a request before its body is read. Called on a loop's thread: must not block.
    /// If it is refused, the refusal was written to `response`.
    func admit(_ request: inout HTTPRequest, _ response: inout HTTPResponse) -> Admission

    /// Finds out who asks, where that takes time. Called on the thread that checks passwords.
    /// - Returns: false after a refusal was written to `response`.
    func identify(_ request: inout HTTPRequest, _ response: inout HTTPResponse) -> Bool

    /// Where a request may be answered: on a loop's thread if that needs no waiting and bounded time. May note in the request what it found out.
    func weight(_ request: inout HTTPRequest) -> QueryShape

    /// Whether a write would have had to wait for another one, a moment ago.
    var wasWriting: Bool { get }

    /// Answers a request. Called on a worker's thread, or on a loop's if it is a short read. If the request has somebody who waits for the disk in
    /// its place (``HTTPRequest/flush``), the answer must not be sent before.
    /// - Returns: a stream if there is more than what was written to `response`.
    func answer(_ request: inout HTTPRequest, _ response: inout HTTPResponse, cancellation: Cancellation?) -> (any ResponseStream)?

    /// Writes the answer to a request whose write did not reach the disk.
    func fail(_ error: CatalogError, _ response: inout HTTPResponse)

    /// Writes the answer to a broken rule or limit of HTTP. Called on a loop's thread.
    func refuse(_ violation: HTTPViolation, _ response: inout HTTPResponse)
}

/// What becomes of a request by its head.
enum Admission: Sendable, Hashable {
    case admitted
    case refused
    /// A password has to be checked before anything else, which takes time.
    case unproved
}

/// The rest of an answer that did not fit into one batch. Used by one thread at a time.
protocol ResponseStream: AnyObject, Sendable {
    /// Writes the next batch. Called on a worker's thread, and only when the socket has taken all that was written before.
    func produce(into part: inout ByteBuffer) -> StreamStep

    /// Calls `body` once, on any thread, as soon as there may be something after a step that said to wait.
    func whenReady(_ body: @escaping @Sendable () -> Void)

    /// Whether what it tells happens while it goes on.
    var isLive: Bool { get }

    /// What is sent when there was nothing for a while, so that nobody on the way takes the connection for dead.
    var heartbeat: StaticString? { get }

    /// Releases what the stream holds. Called once, in the end or when the client is gone.
    func close()
}

// For streams that never wait.
extension ResponseStream {
    func whenReady(_ body: @escaping @Sendable () -> Void) { body() }
    var isLive: Bool { false }
    var heartbeat: StaticString? { nil }
}

enum StreamStep: Sendable, Hashable {
    case more
    /// There is nothing now; the stream says when there is, and at this time it has to be asked.
    case wait(until: ContinuousClock.Instant?)
    case end
    /// It failed; what was written up to here goes out, and the connection closes without the end of the body.
    case cut
}

/// One answer on its way between a loop and a worker.
///
/// Why this is safe: it belongs to one thread at a time. A loop gives it to the pool's queue and a worker gives it back through the loop's inbox;
/// both hand over under a lock. (The token in `cancellation` may be used by both, but the loop keeps a reference of its own.)
final class Exchange: @unchecked Sendable {
    var request = HTTPRequest()
    var response = HTTPResponse()
    var stream: (any ResponseStream)?
    var step = StreamStep.end
    /// The response is a refusal, and only the rest of the request is awaited.
    var isRefused = false
    /// The response is a refusal of who guessed a password, and is not to be sent before.
    var refusalTime: ContinuousClock.Instant?
    /// When the request's head was there.
    var asked: ContinuousClock.Instant?
    /// When it was given to a worker.
    var started: ContinuousClock.Instant?
    /// Stops the query of the request; a new one for each.
    var cancellation: Cancellation?
}
