import ReQLish
import Synchronization
import TLS

// One turn of one connection: read, ask the connection what to do, do it; until nothing moves. What is to be written goes out when all
// connections have had their turn: a client that is woken by the first answer then finds the others there too, and sends its next requests
// together, so that under load neither side is put to sleep and woken for each.
extension EventLoop {
    /// Events and reads that one connection may have in a turn, before the others have theirs.
    private static let stepsPerTurn = 64
    /// Buffers of 64 KiB that one connection may send in a turn: to take in a large body is not to hold up those who ask for little.
    private static let readsPerTurn = 1

    func serve(_ connection: SocketConnection) {
        var steps = 0
        var reads = 0
        while !connection.isClosed, steps < Self.stepsPerTurn {
            steps += 1
            if connection.act(on: self) { continue }
            if connection.isReadable, connection.wantsInput {
                guard reads < Self.readsPerTurn, mayShakeHands(connection) else {
                    steps = Self.stepsPerTurn
                    break
                }
                reads += 1
                if receive(connection) { continue }
            }
            if connection.isClosed { return }
            if connection.isWritable, connection.hasOutput {
                if connection.outputByteCount < OutputQueue.largeBytes { return hold(connection) }
                if send(connection) { continue }
            }
            connection.rest(on: self)
            break
        }
        if connection.isClosed { return }
        if steps == Self.stepsPerTurn {
            if connection.isWritable, connection.hasOutput { _ = send(connection) }
            if connection.isClosed { return }
            queueAgain(connection)
        }
        countBody(of: connection)
        noteDeadline(of: connection)
    }

    /// Handshakes of TLS that begin in one turn: their signatures take longer than what others ask for.
    private static let handshakesPerTurn = 8

    private func mayShakeHands(_ connection: SocketConnection) -> Bool {
        handshakes < Self.handshakesPerTurn || connection.encryption?.tls.isFresh != true
    }

    /// Statements that are bound in one turn for the first time: for a hundred sessions that come at once a worker has more time.
    static let newTextsPerTurn = 8

    /// Remembers a connection that has something to write.
    private func hold(_ connection: SocketConnection) {
        guard !connection.isHeld else { return }
        connection.isHeld = true
        held.append(connection)
    }

    /// Writes what was held back. Called when all that were ready have had their turn, or many have.
    func sendHeld() {
        guard !held.isEmpty else { return }
        swap(&held, &sending)
        for connection in sending {
            connection.isHeld = false
            if connection.isClosed { continue }
            if connection.isWritable, connection.hasOutput { _ = send(connection) }
            if !connection.isClosed { serve(connection) }
        }
        sending.removeAll(keepingCapacity: true)
    }

    /// Writes what the socket takes.
    /// - Returns: whether something moved.
    private func send(_ connection: SocketConnection) -> Bool {
        switch connection.sendOutput(at: now) {
        case .wentOut: return true
        case .blocked:
            connection.isWritable = false
            return false
        case .failed:
            close(connection)
            return false
        }
    }
}
