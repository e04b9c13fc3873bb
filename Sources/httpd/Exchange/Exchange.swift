import Ground
import ReQLish
import Synchronization

/// A service that answers HTTP requests.
protocol HTTPService: Sendable {
    /// A new exchange for a connection.
    func exchange(_ counters: ServerCounters) -> Exchange
}

/// A request and its answer. A connection has one exchange for all its requests, so that buffers are used again; a service makes a subclass
/// that overrides what stands under "The service's" and keeps there what it knows of the request.
///
/// Why this is safe: it belongs to one thread at a time. A loop gives it to the workers' queue and a worker gives it back through the
/// loop's inbox; both hand over what was written before. (The token in `cancellation` may be used by both, but the connection keeps a
/// reference of its own.)
class Exchange: Work, @unchecked Sendable {
    /// The work that is to be done with it on another thread.
    enum Stage: Sendable {
        /// Find out who asks, where another machine knows.
        case admit
        /// Check a password, which takes time.
        case identify
        /// Put a part of the body aside.
        case store
        case answer
        /// Produce the next batch of the stream.
        case produce
    }

    final var request = HTTPRequest()
    final var response = HTTPResponse()
    final var stage = Stage.answer
    /// The account that asks; nil until it is proved.
    final var user: String?
    /// The name in the certificate that the connection's client has shown.
    final var certifiedUser: String?
    /// Where the client is; known where a worker answers.
    final var client: QueryClient?
    /// Stops the query of the request; a new one for each, and none where the loop answers.
    final var cancellation: Cancellation?
    /// What waits for the disk in place of the request; nil: the request itself.
    final var flush: DeferredFlush?
    /// What follows the response.
    final private(set) var stream: (any ResponseStream)?
    /// What came of the last answer or batch.
    final private(set) var step = StreamStep.end
    /// Why a part of the body could not be put aside.
    final var storingFailure: HTTPViolation?
    /// What was found out of who asks.
    final private(set) var admission = Admission.refused
    /// Whether the password was right.
    final private(set) var isIdentified = false
    private let counters: ServerCounters

    init(_ counters: ServerCounters) {
        self.counters = counters
    }

    // MARK: The service's

    /// Decides by the head of the request, before its body is read. Called on a loop's thread: must not block.
    /// If the request is refused, the refusal was written to `response`.
    func admit() -> Admission { .admitted }

    /// Decides what ``admit()`` has left to be found out elsewhere. Called on a worker's thread.
    func admitElsewhere() -> Admission { .admitted }

    /// Whether it is answered without looking at what is kept, so on the loop's thread also where that is on another machine.
    var asksNobody: Bool { false }

    /// Whether an account was proved, or everybody has all rights.
    var isProved: Bool { user != nil }

    /// Whether the request is answered although the server is full: those of who looks after it.
    var isOfCare: Bool { false }

    var isRescue: Bool { false }

    /// Checks a password. Called on the thread that does nothing else.
    /// - Returns: false after a refusal was written to `response`.
    func identify() -> Bool { true }

    /// Whether the body of an admitted request is put aside in parts as it comes.
    var storesBody: Bool { false }

    /// Puts a part of the body aside, which is `request.body`. Called on a worker's thread.
    func storeBody() throws(HTTPViolation) {}

    /// Where the request may be answered: on a loop's thread if that needs no waiting and bounded time.
    func weigh() -> QueryShape { .any }

    /// Answers the request. Called on a worker's thread, or on a loop's if it is a short read. If something waits for the disk in place of
    /// the request (`flush`), the answer is not sent before.
    /// - Returns: a stream if there is more than what was written to `response`.
    func answer() -> (any ResponseStream)? { nil }

    /// Writes the answer to a request whose write did not reach the disk.
    func fail(_ error: CatalogError) {}

    /// Writes the answer to a broken rule or limit of HTTP. Called on a loop's thread.
    func refuse(_ violation: HTTPViolation) {}

    /// Makes room for the next request.
    func reset() {
        request.reset()
        response.reset()
        storingFailure = nil
        user = nil
        client = nil
        cancellation = nil
    }

    // MARK: Work

    final var isNew: Bool { stage == .answer }

    final func perform(_ flush: DeferredFlush?) {
        switch stage {
        case .admit: admission = admitElsewhere()
        case .identify:
            isIdentified = identify()
            if !isIdentified { counters.refusedLogins.add(1, ordering: .relaxed) }
        case .store:
            do throws(HTTPViolation) { try storeBody() } catch { storingFailure = error }
            request.body.removeAll()
        case .answer where cancellation?.isCancelled == true:
            // The client went away while it waited in the queue.
            step = .end
        case .answer:
            self.flush = flush
            stream = answer()
            self.flush = nil
            // To give memory of this size back takes the system a while, in which a loop would keep all its connections waiting.
            request.body.removeAll(keepingAtMost: 64 * 1024)
            step = stream == nil ? .end : .more
        case .produce:
            if let stream { step = stream.produce(into: &response.body) }
        }
    }

    final func close() {
        stream?.close()
        stream = nil
    }
}

/// The decision about a request by its head.
enum Admission: Sendable, Hashable {
    case admitted
    case refused
    /// A password has to be checked before anything else, which takes time.
    case unproved
    /// Another machine has to be asked.
    case elsewhere
}
