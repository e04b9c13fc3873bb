import ReQLish
import Synchronization

// One turn of one connection: read, ask the connection what to do, do it, write; until nothing moves.
extension EventLoop {
    /// Events and reads that one connection may have in a turn, before the others have theirs.
    private static let stepsPerTurn = 64

    func serve(_ connection: SocketConnection) {
        var steps = 0
        while !connection.isClosed, steps < Self.stepsPerTurn {
            steps += 1
            if connection.act(on: self) { continue }
            if connection.isReadable, connection.wantsInput, receive(connection) { continue }
            if connection.isClosed { return }
            if connection.isWritable, connection.hasOutput, send(connection) { continue }
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

    /// Writes what the socket takes.
    /// - Returns: whether something moved.
    private func send(_ connection: SocketConnection) -> Bool {
        switch connection.sendOutput() {
        case .bytes(let count):
            connection.sent(count, at: now)
            guard !connection.hasOutput else {
                connection.isWritable = false
                return false
            }
            return true
        case .wouldBlock:
            connection.isWritable = false
            return false
        case .failed:
            close(connection)
            return false
        }
    }
}
