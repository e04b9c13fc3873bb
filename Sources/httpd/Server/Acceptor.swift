import Ground
import Synchronization

/// Accepts connections for all loops, on the first one's thread, and deals them out in turn.
///
/// Up to the limit connections are served; a few more are accepted only to hear that the server is full; beyond those, and while
/// the process has no descriptors left, new ones wait in the system's queue.
final class Acceptor {
    private static let firstToken = UInt64.max - 1024
    /// Connections beyond the limit that are told so.
    private static let refusedConnections = 64

    private let listeners: [(listener: SystemListener, spoken: SocketProtocol)]
    private let loops: [EventLoop]
    private var turn = 0
    private var isPaused = false
    /// When accepting is tried again after the system ran out of something.
    private(set) var retryTime: MonotonicTime?

    init(listeners: [(listener: SystemListener, spoken: SocketProtocol)], loops: [EventLoop]) {
        self.listeners = listeners
        self.loops = loops
    }

    static func isListener(_ token: UInt64) -> Bool { token >= firstToken && token != EventQueue.wakeToken }

    func listen(on loop: EventLoop) {
        for (index, (listener, _)) in listeners.enumerated() {
            loop.queue.add(listener: listener.descriptor, token: Self.firstToken + UInt64(index))
        }
    }

    func accept(on loop: EventLoop) {
        for (listener, spoken) in listeners {
            // A few at a time: those that are served also want the thread.
            accepting: for _ in 0..<64 {
                guard !isPaused else { return }
                switch SystemSocket.accept(listener.descriptor) {
                case .socket(let socket): deal(socket, spoken, from: loop)
                case .retry: continue
                case .exhausted:
                    retryTime = loop.now + .milliseconds(100)
                    pause(on: loop)
                case .none: break accepting
                }
            }
        }
    }

    private func deal(_ socket: Int32, _ spoken: SocketProtocol, from loop: EventLoop) {
        let counters = loop.shared.counters
        let limit = loop.shared.configuration.connections
        counters.accepted.add(1, ordering: .relaxed)
        let open = counters.connections.add(1, ordering: .relaxed).newValue
        turn = (turn + 1) % loops.count
        let target = loops[turn]
        let client = SystemSocket.peer(of: socket)
        let isProxied = loop.shared.configuration.usesProxyProtocol && client.map { loop.shared.proxies.contain($0.address) } ?? false
        let spoken = isProxied ? spoken.behindProxy : spoken
        let share = loop.shared.shares.take(for: client)
        let origin = AcceptedSocket.Origin(client: client, network: share.network, isRefused: share.isRefused, isLate: open > limit)
        if target === loop { loop.adopt(socket, spoken, origin) } else { target.send(.adopt(socket, spoken, origin)) }
        if open >= limit + Self.refusedConnections { pause(on: loop) }
    }

    private func pause(on loop: EventLoop) {
        guard !isPaused else { return }
        isPaused = true
        loop.shared.counters.isFull.store(true, ordering: .sequentiallyConsistent)
        for (listener, _) in listeners { loop.queue.remove(listener.descriptor) }
    }

    /// Listens again if there is room. Called after each turn of the loop.
    func resume(on loop: EventLoop) {
        guard isPaused else { return }
        if let retryTime {
            guard loop.now >= retryTime else { return }
            self.retryTime = nil
        }
        let limit = loop.shared.configuration.connections + Self.refusedConnections
        guard loop.shared.counters.connections.load(ordering: .sequentiallyConsistent) < limit else { return }
        isPaused = false
        loop.shared.counters.isFull.store(false, ordering: .sequentiallyConsistent)
        listen(on: loop)
    }

    func close(on loop: EventLoop) {
        for (listener, _) in listeners {
            if !isPaused { loop.queue.remove(listener.descriptor) }
            SystemSocket.close(listener.descriptor)
        }
    }
}
