import Ground
import ReQLish

/// The part of an answer that did not fit into one batch. Used by one thread at a time.
protocol ResponseStream: AnyObject, Sendable {
    /// Writes the next batch. Called on a worker's thread, and only when the socket has taken all that was written before.
    func produce(into part: inout ByteBuffer) -> StreamStep

    /// Calls `body` once, on any thread, as soon as there may be something after a step that said to wait.
    func whenReady(_ body: @escaping @Sendable () -> Void)

    /// Whether it reports changes as they happen.
    var isLive: Bool { get }

    /// What is sent after a long silence, so that no proxy on the way takes the connection for dead.
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
    case wait(until: MonotonicTime?)
    case end
    /// It failed; what was written up to here goes out, and the connection closes without the end of the body.
    case cut
}
