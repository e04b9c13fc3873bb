import ReQLish
import Synchronization

// What an HTTP connection has the loop do: requests go to the service, here or on a worker, and answers come back.
extension EventLoop {
    func handle(_ event: HTTPEvent, _ connection: HTTPSocketConnection) {
        switch event {
        case .head: admit(connection)
        case .request: answer(connection)
        case .violation(let violation): refuse(violation, connection)
        case .shutDownWriting: SystemSocket.shutDownWriting(connection.socket)
        case .close: close(connection)
        }
    }

    private func admit(_ connection: HTTPSocketConnection) {
        guard let exchange = connection.exchange else { preconditionFailure("a head comes while no worker has the exchange") }
        shared.counters.requests.add(1, ordering: .relaxed)
        if shared.requestLog != nil { exchange.asked = now }
        if connection.isRefused {
            connection.http.drain()
            refuse(HTTPViolation(503, "The server has as many connections as it takes; try again later."), connection)
            return
        }
        switch shared.service.admit(&connection.http.request, &exchange.response) {
        case .admitted: connection.http.admit(at: now)
        case .refused: refuse(exchange, connection)
        case .unproved:
            // Before the body: a stranger's is not read.
            swap(&connection.http.request, &exchange.request)
            connection.exchange = nil
            let job = LoginQueue.Job(work: .request(exchange), loop: self, token: connection.token, asked: now)
            guard !shared.logins.submit(job, of: connection.client) else { return }
            swap(&connection.http.request, &exchange.request)
            connection.exchange = exchange
            shared.service.refuse(HTTPViolation(429, "Too many passwords wait to be checked; try again later."), &exchange.response)
            refuse(exchange, connection)
        }
    }

    /// Gives an answer to a request whose body has not been read.
    private func refuse(_ exchange: Exchange, _ connection: HTTPSocketConnection) {
        if connection.http.admitDiscardingBody(at: now) {
            exchange.isRefused = true
        } else {
            respond(exchange, connection)
        }
    }

    /// A password was checked.
    func identified(_ token: UInt64, _ exchange: Exchange) {
        guard let connection = connection(token) as? HTTPSocketConnection else { return }
        connection.exchange = exchange
        swap(&connection.http.request, &exchange.request)
        if exchange.refusalTime == nil { connection.http.admit(at: now) }
        serve(connection)
    }

    /// Tells who guessed a password that it was wrong, once it is time.
    func refuseGuess(_ connection: HTTPSocketConnection) {
        guard let exchange = connection.exchange, let time = exchange.refusalTime, now >= time else { return }
        exchange.refusalTime = nil
        refuse(exchange, connection)
    }

    private func answer(_ connection: HTTPSocketConnection) {
        guard let exchange = connection.exchange else { preconditionFailure("a request comes while no worker has the exchange") }
        if exchange.isRefused {
            respond(exchange, connection)
            return
        }
        swap(&connection.http.request, &exchange.request)
        let weight = shared.service.weight(&exchange.request)
        if weight == .shortRead {
            exchange.stream = shared.service.answer(&exchange.request, &exchange.response, cancellation: nil)
            exchange.step = exchange.stream == nil ? .end : .more
            answeredHere += 1
            deliver(exchange, to: connection)
            return
        }
        exchange.request.client = connection.client
        exchange.started = now
        exchange.cancellation = Cancellation()
        connection.cancellation = exchange.cancellation
        connection.exchange = nil
        let job = RequestWorkers.Job(work: .answer(exchange), loop: self, token: connection.token)
        if weight == .shortWrite {
            writes.append(job)
        } else if !shared.workers.submit(job) {
            refuseForWorkers(exchange, connection)
        }
    }

    /// Answers a request for which there was no room in the workers' queue.
    func refuseForWorkers(_ exchange: Exchange, _ connection: HTTPSocketConnection) {
        connection.exchange = exchange
        swap(&connection.http.request, &exchange.request)
        shared.service.refuse(HTTPViolation(503, "Too many requests wait for a worker; try again later."), &exchange.response)
        respond(exchange, connection)
    }

    private func refuse(_ violation: HTTPViolation, _ connection: HTTPSocketConnection) {
        guard let exchange = connection.exchange else { preconditionFailure("a violation comes while no worker has the exchange") }
        exchange.response.reset()
        shared.service.refuse(violation, &exchange.response)
        respond(exchange, connection)
    }

    private func respond(_ exchange: Exchange, _ connection: HTTPSocketConnection) {
        exchange.isRefused = false
        shared.counters.addAnswer(exchange.response.status)
        if let log = shared.requestLog { note(exchange, connection, in: log) }
        connection.http.respond(&exchange.response, date: dateLine, at: now)
        exchange.response.reset()
    }

    /// Logs a request, and tells the client under which id.
    private func note(_ exchange: Exchange, _ connection: HTTPSocketConnection, in log: ServerLog) {
        let request = connection.http.request
        let id = log.identifier(of: request)
        let seconds = exchange.asked.map { (shared.now() - $0) / .seconds(1) } ?? 0
        exchange.asked = nil
        log.add(
            request, id, exchange.response.status, bytes: exchange.response.body.count, client: connection.client, seconds: seconds)
        exchange.response.addTrusted("X-Request-Id", id)
    }

    /// Passes on what a worker, or the loop itself, made of a request or of a stream's next batch.
    func deliver(_ exchange: Exchange, to connection: HTTPSocketConnection) {
        if !connection.http.isStreaming {
            swap(&connection.http.request, &exchange.request)
            if let started = exchange.started {
                shared.counters.requestTimes.add(now - started)
                exchange.started = nil
            }
            guard exchange.stream != nil else {
                respond(exchange, connection)
                return
            }
            shared.counters.addAnswer(exchange.response.status)
            if let log = shared.requestLog { note(exchange, connection, in: log) }
            connection.http.beginStream(&exchange.response, date: dateLine, at: now)
            exchange.response.reset()
            // To HEAD, the head was all.
            if !connection.http.isStreaming { exchange.step = .end }
        } else {
            connection.http.stream(&exchange.response.body, at: now)
        }
        switch exchange.step {
        case .more: return
        case .wait(let time):
            guard connection.http.isStreaming, let stream = exchange.stream else { break }
            connection.wait = HTTPSocketConnection.Wait(until: time, heartbeat: stream.heartbeat, from: now)
            if connection.http.isDraining { connection.cancellation?.cancel() }
            stream.whenReady { [self, token = connection.token] in send(.fed(token)) }
            return
        case .end: if connection.http.isStreaming { connection.http.endStream(at: now) }
        case .cut: connection.http.cutStream(at: now)
        }
        exchange.endStream()
    }

    /// Orders the next batch of a stream once the socket has taken all before it: this is where back-pressure comes from.
    func orderMore(_ connection: HTTPSocketConnection) {
        guard !connection.isClosed, connection.wait == nil, connection.http.isStreaming, connection.http.output.isEmpty,
            let exchange = connection.exchange
        else {
            return
        }
        connection.exchange = nil
        _ = shared.workers.submit(RequestWorkers.Job(work: .produce(exchange), loop: self, token: connection.token))
    }
}
