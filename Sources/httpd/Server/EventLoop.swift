import Ground
import ReQLish
import Synchronization
import TLS

/// A thread that waits for sockets and moves bytes between them and their ``SocketConnection``s. All decisions about a protocol are made
/// there; all answers are made by ``Work``, on a worker's thread unless they are short.
///
/// Why this is safe: everything but the inbox and the queue's waker is only touched on the loop's own thread.
final class EventLoop: @unchecked Sendable {
    enum Message: Sendable {
        /// A fresh socket, the protocol to speak on it, and from where it comes.
        case adopt(Int32, SocketProtocol, AcceptedSocket.Origin)
        /// Work of the connection with the token was done, and how long it took; unknown where that says nothing of what comes next.
        case finished(UInt64, any Work, RequestWorkers.Length)
        /// Work of the connection with the token was not begun, as no thread has become free for it.
        case refused(UInt64, any Work)
        /// What the connection waits for may be there, or what this work of it does.
        case ready(UInt64, (any Work)?)
        /// Finish what is in flight, then end; at the deadline, end anyway.
        case drain(deadline: MonotonicTime)
        /// Check the time again, and whether listening can go on.
        case look
        /// Reads that were asked for together are answered.
        case haveRead
    }

    let shared: ServerShared
    let queue: EventQueue
    /// Short writes of this turn. At its end they go to a worker together.
    private var writes: [RequestWorkers.Job] = []
    /// Reads that an engine has to be asked for. At the end of a turn they go to a worker together, unless others are there: those that come
    /// while an engine is asked are the next ones, and so are as many as it can answer.
    private var reads: [RequestWorkers.Job] = []
    private var readsUnderWay = 0
    /// HTTP requests that were answered in this turn by the loop itself.
    var answeredHere = 0
    /// Statements of PostgreSQL's clients that the loop itself ran in this turn.
    var statementsHere = 0
    /// Handshakes of TLS that began in this turn.
    var handshakes = 0
    /// Statements that may still be bound in this turn for the first time.
    var newTexts = 0
    private let inbox = Inbox<Message>()
    private var messages: [Message] = []

    /// Connections by slot; a token is the slot and the slot's generation, so that an old token finds nothing.
    private var connections: [SocketConnection?] = []
    private var generations: [UInt32] = []
    private var freeSlots: [Int] = []
    var openCount = 0

    /// Connections with something to write once all have had their turn, and those being written to.
    var held: [SocketConnection] = []
    var sending: [SocketConnection] = []
    /// Flush output after this many connections, even before all had their turn.
    private static let heldTogether = 32

    /// Connections that stopped only to let others have a turn.
    private var queued: [SocketConnection] = []
    /// No connection's deadline is earlier.
    private var nextSweep: MonotonicTime?
    private var drainDeadline: MonotonicTime?
    /// Whether the last wait for the only connection was short.
    var isPauseShort = false
    private let received = ReceiveBuffer()
    private var date = HTTPDate()
    var now: MonotonicTime
    private(set) var dateLine = ""

    /// Only the first loop listens.
    var acceptor: Acceptor?
    /// The loop that listens, if it is another one.
    private let listening: EventLoop?

    init(shared: ServerShared, listening: EventLoop?) throws(ServerError) {
        self.shared = shared
        self.listening = listening
        queue = try EventQueue()
        now = shared.now()
    }

    // MARK: From other threads

    func send(_ message: Message) { send(CollectionOfOne(message)) }

    func send(_ messages: some Collection<Message>) {
        // A system call, which is spared where the loop will look before it sleeps.
        if inbox.put(messages) { queue.waker.wake() }
    }

    // MARK: The loop

    func run() {
        acceptor?.listen(on: self)
        while true {
            let count = waitForEvents()
            now = shared.now()
            handshakes = 0
            newTexts = Self.newTextsPerTurn
            dateLine = date.line(at: Int64(SystemFacts.secondsSince1970))
            for index in 0..<count {
                handle(queue.event(index))
                if held.count >= Self.heldTogether { sendHeld() }
            }
            takeMessages()
            takeQueued()
            acceptor?.resume(on: self)
            if let nextSweep, now >= nextSweep { sweep() }
            submitWrites()
            submitReads()
            sendHeld()
            timeTurn()
            if let drainDeadline, openCount == 0 || now >= drainDeadline { break }
        }
        closeAll()
    }

    /// Whether there is nothing to do but what the kernel, the clock or a wake-up brings.
    func mayRest() -> Bool { queued.isEmpty && writes.isEmpty && (reads.isEmpty || readsUnderWay > 0) && held.isEmpty && inbox.mayRest() }

    /// Each of the requests and statements that the loop answered itself took as long as the turn: answers go out at its end. So the clock
    /// is read once for all of them.
    private func timeTurn() {
        guard answeredHere > 0 || statementsHere > 0 else { return }
        let time = shared.now() - now
        if answeredHere > 0 { shared.counters.requestTimes.add(time, count: answeredHere) }
        if statementsHere > 0 { shared.facts?.countStatements(time, count: statementsHere, .postgresql) }
        (answeredHere, statementsHere) = (0, 0)
    }

    private func submitWrites() {
        guard !writes.isEmpty else { return }
        // The only connection is the only one that can be kept waiting, so its write is made here: two changes of threads less.
        if writes.count == 1, openCount == 1, !shared.waitsForEngine, shared.workers.areIdle, !shared.mayWait() {
            let job = writes.removeLast()
            if let made = job.made {
                do throws(CatalogError) { try made.wait() } catch { job.work.fail(error) }
            } else {
                job.work.perform(nil)
            }
            now = shared.now()
            finished(job.token, job.work)
            return
        }
        shared.workers.submit(writes: &writes)
        // There was no room for these.
        let refused = writes
        writes.removeAll(keepingCapacity: true)
        for job in refused {
            guard let connection = connection(job.token) else { continue }
            connection.refused(job.work, on: self)
            serve(connection)
        }
    }

    /// Has a connection's work done where its weight allows: here, with others' short writes, or by a worker.
    func perform(_ work: any Work, _ weight: QueryShape, for connection: SocketConnection) {
        var job = RequestWorkers.Job(work: work, loop: self, token: connection.token)
        // What waits for an engine waits for another machine, which a loop must not.
        switch shared.waitsForEngine && !work.asksNobody ? .any : weight {
        case .shortRead:
            work.perform(nil)
            if connection.lastWork == .unknown, work.isTypical { connection.lastWork = .short }
            connection.finished(work, on: self)
        case .shortWrite: writes.append(job)
        case .any:
            job.isShared = shared.waitsForEngine && weight == .shortWrite
            if job.isShared, work.isForeseen { return writes.append(job) }
            job.likely = connection.lastWork
            if !shared.workers.submit(job) { connection.refused(work, on: self) }
        }
    }

    /// Has a document be read together with those that are asked for in the same turn, by the same kind of work.
    func readTogether(_ read: some SharedRead, for connection: SocketConnection) {
        reads.append(RequestWorkers.Job(work: read, loop: self, token: connection.token, likely: .short))
    }

    /// So many are read together: what an engine answers at once has a bound.
    private static let readsTogether = 1000

    private func submitReads() {
        guard !reads.isEmpty, readsUnderWay == 0 else { return }
        var rest = exchange(&reads, with: [])[...]
        while let first = rest.first?.work as? any SharedRead {
            let kind = type(of: first)
            let jobs = Array(rest.prefix(Self.readsTogether).prefix { type(of: $0.work) == kind })
            rest = rest.dropFirst(jobs.count)
            let job = RequestWorkers.Job(work: kind.together(jobs, shared.workers), loop: self, token: 0, likely: .short)
            if shared.workers.submit(job) { readsUnderWay += 1 } else { refuse(jobs) }
        }
    }

    /// Has connections told that their work was not begun.
    private func refuse(_ jobs: [RequestWorkers.Job]) {
        for job in jobs {
            guard let connection = connection(job.token) else {
                release(job.work, job.token)
                continue
            }
            connection.refused(job.work, on: self)
            serve(connection)
        }
    }

    /// Makes a short write that has to wait for nobody here; it waits for the disk with others' short writes.
    func make(_ work: any Work, for connection: SocketConnection) {
        let flush = DeferredFlush()
        work.perform(flush)
        guard flush.takeIsOwed() else { return connection.finished(work, on: self) }
        writes.append(RequestWorkers.Job(work: work, loop: self, token: connection.token, made: flush))
    }

    private func handle(_ event: ReadyEvent) {
        if event.token == EventQueue.wakeToken { return }
        if Acceptor.isListener(event.token) {
            acceptor?.accept(on: self)
            return
        }
        guard let connection = connection(event.token) else { return }
        if event.readiness.contains(.gone) {
            close(connection)
            return
        }
        if event.readiness.contains(.readable) { connection.isReadable = true }
        if event.readiness.contains(.ended) { connection.hasEnd = true }
        if event.readiness.contains(.writable) { connection.isWritable = true }
        serve(connection)
    }

    private func takeMessages() {
        inbox.take(into: &messages)
        for message in messages { take(message) }
        messages.removeAll(keepingCapacity: true)
    }

    private func take(_ message: Message) {
        switch message {
        case .adopt(let socket, let spoken, let origin): adopt(socket, spoken, origin)
        case .finished(let token, let work, let length):
            if length != .unknown { connection(token)?.lastWork = length }
            finished(token, work)
        case .refused(let token, let work): refuse([RequestWorkers.Job(work: work, loop: self, token: token)])
        case .ready(let token, let work):
            guard let connection = connection(token) else { return }
            if let work { connection.ready(work) }
            serve(connection)
        case .drain(let deadline): drain(until: deadline)
        case .look: nextSweep = now
        case .haveRead: readsUnderWay -= 1
        }
    }

    private func takeQueued() {
        guard !queued.isEmpty else { return }
        let turn = queued
        queued.removeAll(keepingCapacity: true)
        for connection in turn {
            connection.isQueued = false
            if !connection.isClosed { serve(connection) }
        }
    }

    /// Gives others a turn before the connection goes on.
    func queueAgain(_ connection: SocketConnection) {
        guard !connection.isQueued else { return }
        connection.isQueued = true
        queued.append(connection)
    }

    // MARK: Connections

    func adopt(_ socket: Int32, _ spoken: SocketProtocol, _ origin: AcceptedSocket.Origin) {
        guard drainDeadline == nil else {
            SystemSocket.close(socket)
            if let network = origin.network { shared.shares.giveBack(network) }
            shared.counters.connections.subtract(1, ordering: .relaxed)
            return
        }
        let slot = freeSlots.popLast() ?? connections.count
        if slot == connections.count {
            connections.append(nil)
            generations.append(0)
        }
        let token = UInt64(generations[slot]) << 32 | UInt64(slot)
        var origin = origin
        if origin.isLate, !origin.isRefused { origin.isRefused = !closeOldestStranger() }
        let connection = spoken.connection(of: AcceptedSocket(descriptor: socket, token: token, origin: origin), at: now)
        connection.accepted = now
        connection.network = origin.network
        connection.isLate = origin.isLate && origin.isRefused
        connections[slot] = connection
        openCount += 1
        queue.add(socket: socket, token: token)
        serve(connection)
    }

    /// Makes room by closing the connection that has proved no account for the longest time, of those that rest.
    /// - Returns: false if there is none.
    private func closeOldestStranger() -> Bool {
        var oldest: SocketConnection?
        for connection in connections {
            // Those that came too late are about to be told so.
            guard let connection, !connection.isProved, connection.isAtRest, !connection.isClosed, !connection.isLate else { continue }
            if oldest.map({ connection.accepted < $0.accepted }) ?? true { oldest = connection }
        }
        guard let oldest else { return false }
        close(oldest)
        return true
    }

    /// Puts a connection in the place of one that has said where it comes from. They have one socket.
    /// - Parameter rest: what came behind that.
    func replace(_ old: ProxiedConnection, client: QueryClient?, isRefused: Bool, rest: [UInt8]) {
        let share = client.map { shared.shares.take(for: $0) }
        let origin = AcceptedSocket.Origin(
            client: client ?? old.client, network: share?.network, isRefused: isRefused || share?.isRefused ?? false, isLate: old.isLate)
        let connection = old.spoken.connection(of: AcceptedSocket(descriptor: old.socket, token: old.token, origin: origin), at: now)
        connection.accepted = old.accepted
        connection.network = origin.network
        connection.isLate = old.isLate
        (connection.isReadable, connection.isWritable, connection.hasEnd) = (old.isReadable, old.isWritable, old.hasEnd)
        old.isClosed = true
        connections[Int(old.token & 0xFFFF_FFFF)] = connection
        if !rest.isEmpty { connection.take(rest.span, at: now) }
        if old.channel.inputEnded { connection.channel.receiveEnd() }
        serve(connection)
    }

    /// The client has proved an account: its connection counts against no stranger's share any more, but against the account's.
    /// - Parameter account: nil if it is counted elsewhere.
    /// - Returns: false if the account has as many as it may.
    func noteProof(of connection: SocketConnection, account: String?) -> Bool {
        guard !connection.isProved else { return true }
        if let account, let limits = shared.limits {
            guard limits.takeConnection(of: .account(account)) else { return false }
            connection.account = account
        }
        connection.isProved = true
        if let network = connection.network.take() { shared.shares.giveBack(network) }
        return true
    }

    func connection(_ token: UInt64) -> SocketConnection? {
        let slot = Int(token & 0xFFFF_FFFF)
        guard slot < connections.count, generations[slot] == UInt32(token >> 32) else { return nil }
        return connections[slot]
    }

    func close(_ connection: SocketConnection) {
        guard !connection.isClosed else { return }
        connection.isClosed = true
        shared.counters.bodyBytes.subtract(connection.countedBodyBytes, ordering: .relaxed)
        // Closing the socket takes it off the queue's list.
        SystemSocket.close(connection.socket)
        connection.abandon(on: self)
        if let network = connection.network.take() { shared.shares.giveBack(network) }
        if let account = connection.account.take() { shared.limits?.giveBackConnection(of: .account(account)) }
        let slot = Int(connection.token & 0xFFFF_FFFF)
        connections[slot] = nil
        generations[slot] = (generations[slot] + 1) & 0x3FFF_FFFF
        freeSlots.append(slot)
        openCount -= 1
        shared.counters.connections.subtract(1, ordering: .sequentiallyConsistent)
        if let listening, shared.counters.isFull.load(ordering: .sequentiallyConsistent) { listening.send(.look) }
    }

    /// Has a worker let go of what a connection's work holds.
    func release(_ work: any Work, _ token: UInt64) {
        _ = shared.workers.submit(RequestWorkers.Job(work: work, loop: self, token: token, isLast: true))
    }

    private func finished(_ token: UInt64, _ work: any Work) {
        guard let connection = connection(token) else { return release(work, token) }
        connection.finished(work, on: self)
        serve(connection)
    }

    /// Reads what came into the loop's buffer, and from there into the connection.
    /// - Returns: false if there was nothing.
    func receive(_ connection: SocketConnection) -> Bool {
        switch SystemSocket.receive(connection.socket, into: received) {
        case .bytes(let count):
            // Less than a buffer full: the socket is empty, and the kernel will say when it is not.
            if count < ReceiveBuffer.capacity, !connection.hasEnd { connection.isReadable = false }
            if connection.encryption?.tls.isFresh == true { handshakes += 1 }
            received.withBytes(count) { connection.take($0, at: now) }
            countBody(of: connection)
            return true
        case .end:
            connection.isReadable = false
            connection.channel.receiveEnd()
            return true
        case .wouldBlock:
            connection.isReadable = false
            return false
        case .failed:
            close(connection)
            return false
        }
    }

    /// Keeps the server's count of body bytes, which bounds what many large requests together may take.
    func countBody(of connection: SocketConnection) {
        guard let bytes = connection.bodyByteCount, bytes != connection.countedBodyBytes else { return }
        let change = bytes - connection.countedBodyBytes
        connection.countedBodyBytes = bytes
        let together = shared.counters.bodyBytes.add(change, ordering: .relaxed).newValue
        if change > 0, together > shared.configuration.bodyBytesTogether {
            connection.refuseBody("The server holds as many bytes of requests as it may; try again later.", at: now)
            // What it had is room for others at once, and not when the refusal is on its way.
            countBody(of: connection)
        }
    }

    // MARK: Time

    /// Deadlines are coarse: they are looked at together, at most ten times a second.
    private static let sweepInterval = Duration.milliseconds(100)

    var waitMilliseconds: Int? {
        let times = [nextSweep, drainDeadline, acceptor?.retryTime].compactMap { $0 }
        guard let first = times.min() else { return nil }
        let (seconds, attoseconds) = (first - now).components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return Int(min(seconds, 3600)) * 1000 + Int(attoseconds / 1_000_000_000_000_000) + 1
    }

    /// Called after each turn of a connection.
    func noteDeadline(of connection: SocketConnection) {
        guard let deadline = connection.deadline(at: now) else { return }
        let time = max(deadline, now + Self.sweepInterval)
        if nextSweep.map({ time < $0 }) ?? true { nextSweep = time }
    }

    private func sweep() {
        nextSweep = nil
        for connection in connections {
            guard let connection, let deadline = connection.deadline(at: now) else { continue }
            if now >= deadline { serve(connection) } else { noteDeadline(of: connection) }
        }
    }

    // MARK: The end

    private func drain(until deadline: MonotonicTime) {
        drainDeadline = deadline
        acceptor?.close(on: self)
        acceptor = nil
        for connection in connections {
            guard let connection else { continue }
            // What has come before the end was announced is still answered.
            if connection.wantsInput { _ = receive(connection) }
            connection.drain()
            serve(connection)
        }
    }

    private func closeAll() {
        for connection in connections {
            guard let connection else { continue }
            if connection.channel.isOpen {
                connection.breakOff()
                if connection.hasOutput { _ = connection.sendOutput(at: now) }
            }
            close(connection)
        }
    }

    /// Releases what was sent to the loop after its end. Called when neither it nor the workers run any more.
    func releaseLeftovers() {
        inbox.take(into: &messages)
        for message in messages {
            switch message {
            case .adopt(let socket, _, let origin):
                SystemSocket.close(socket)
                if let network = origin.network { shared.shares.giveBack(network) }
                shared.counters.connections.subtract(1, ordering: .relaxed)
            case .finished(_, let work, _), .refused(_, let work): work.close()
            case .ready, .drain, .look, .haveRead: break
            }
        }
        messages = []
        for job in reads { job.work.close() }
        reads = []
    }
}
