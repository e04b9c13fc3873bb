import ReQLish
import Synchronization

// What a driver's connection has the loop do: queries make their steps, here or on a worker.
extension EventLoop {
    func handle(_ event: DriverEvent, _ connection: DriverSocketConnection) {
        switch event {
        case .run(let query): run(query, connection)
        case .release(let query): release(.release(query), connection.token)
        case .prove(let check):
            let job = LoginQueue.Job(work: .key(check), loop: self, token: connection.token, asked: now)
            guard !shared.logins.submit(job, of: connection.driver.client) else { return }
            connection.driver.refuse("Too many passwords wait to be checked; try again later.", at: now)
        case .wasGuessed: shared.counters.refusedLogins.add(1, ordering: .relaxed)
        case .shutDownWriting: SystemSocket.shutDownWriting(connection.socket)
        case .close: close(connection)
        }
    }

    private func run(_ query: DriverQuery, _ connection: DriverSocketConnection) {
        shared.counters.requests.add(1, ordering: .relaxed)
        // A short query has no feed.
        if query.weight == .any, query.onReady == nil {
            query.onReady = { [self, weak query, token = connection.token] in
                if let query { send(.ready(token, query)) }
            }
        }
        let job = RequestWorkers.Job(work: .run(query), loop: self, token: connection.token)
        switch query.hasMore ? .any : query.weight {
        case .shortRead:
            query.run()
            connection.driver.complete(query, at: now)
        case .shortWrite: writes.append(job)
        case .any:
            guard !shared.workers.submit(job) else { return }
            query.refuse(Self.tooManyQueries)
            connection.driver.complete(query, at: now)
        }
    }

    /// Answers a short write for which there was no room.
    func refuse(_ job: RequestWorkers.Job) {
        switch (job.work, connection(job.token)) {
        case (.run(let query), let connection as DriverSocketConnection):
            query.refuse(Self.tooManyQueries)
            connection.driver.complete(query, at: now)
            serve(connection)
        case (.answer(let exchange), let connection as HTTPSocketConnection):
            refuseForWorkers(exchange, connection)
            serve(connection)
        default: return
        }
    }

    private static let tooManyQueries = ReQLError(.resourceLimit, "Too many queries wait for a worker; try again later.")
}
