import ReQLish
import Synchronization

// What a driver's connection has the loop do: queries make their steps, here or on a worker.
extension EventLoop {
    func handle(_ event: DriverEvent, _ connection: DriverSocketConnection) {
        switch event {
        case .run(let query): run(query, connection)
        case .release(let query): release(.release(query), connection.token)
        case .shutDownWriting: SystemSocket.shutDownWriting(connection.socket)
        case .close: close(connection)
        }
    }

    private func run(_ query: DriverQuery, _ connection: DriverSocketConnection) {
        shared.counters.requests.add(1, ordering: .relaxed)
        if query.onReady == nil {
            query.onReady = { [self, weak query, token = connection.token] in
                if let query { send(.ready(token, query)) }
            }
        }
        if query.isShort, !query.hasMore {
            query.run()
        } else if shared.workers.submit(RequestWorkers.Job(work: .run(query), loop: self, token: connection.token)) {
            return
        } else {
            query.refuse(ReQLError(.resourceLimit, "Too many queries wait for a worker; try again later."))
        }
        connection.driver.complete(query, at: now)
    }
}
