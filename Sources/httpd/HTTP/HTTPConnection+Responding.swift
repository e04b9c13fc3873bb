import ReQLish

/// How the end of an answer's body is told.
enum StreamFraming: Sendable, Hashable {
    case none
    case chunked
    /// HTTP/1.0: the end of the connection.
    case connection
}

extension HTTPConnection {
    /// Whether a stream was begun and not ended.
    var isStreaming: Bool { streamFraming != .none }

    /// Gives a complete answer. The body's buffer is taken over or emptied.
    /// - Parameter date: the `Date` field, with its line end.
    mutating func respond(_ response: inout HTTPResponse, date: String, at now: ContinuousClock.Instant) {
        precondition(phase == .answering || phase == .admitting, "an answer needs a request")
        markOutput(at: now)
        let bodyCount = response.body.count
        if !response.status.allowsBody { response.body.removeAll() }
        writeHead(response, date: date)
        if response.status.allowsBody {
            output.append("Content-Length: ")
            output.append(String(bodyCount))
            output.append("\r\n\r\n")
            if answersHead { response.body.removeAll() } else { output.take(&response.body) }
        } else {
            output.append("\r\n")
        }
        finishAnswer(at: now)
    }

    /// Begins an answer whose length is not known, with the first part of its body. To a HEAD request the head is the whole answer.
    mutating func beginStream(_ response: inout HTTPResponse, date: String, at now: ContinuousClock.Instant) {
        precondition(phase == .answering, "an answer needs a request")
        markOutput(at: now)
        if answersOldVersion { keepsAlive = false }
        writeHead(response, date: date)
        output.append(answersOldVersion ? "\r\n" : "Transfer-Encoding: chunked\r\n\r\n")
        guard !answersHead else {
            response.body.removeAll()
            finishAnswer(at: now)
            return
        }
        streamFraming = answersOldVersion ? .connection : .chunked
        stream(&response.body, at: now)
    }

    /// Sends the next part of a stream. The buffer is taken over or emptied; an empty part sends nothing.
    mutating func stream(_ part: inout ByteBuffer, at now: ContinuousClock.Instant) {
        guard !part.isEmpty else { return }
        markOutput(at: now)
        switch streamFraming {
        case .chunked:
            output.append(String(part.count, radix: 16))
            output.append("\r\n")
            part.append("\r\n")
            output.take(&part)
        case .connection: output.take(&part)
        case .none: preconditionFailure("a stream is begun before its parts")
        }
    }

    mutating func endStream(at now: ContinuousClock.Instant) {
        markOutput(at: now)
        if streamFraming == .chunked { output.append("0\r\n\r\n") }
        finishAnswer(at: now)
    }

    /// Ends a stream that failed: what was written goes out, the last chunk does not, and the connection closes, so that the client knows.
    mutating func cutStream(at now: ContinuousClock.Instant) {
        keepsAlive = false
        wasCut = true
        finishAnswer(at: now)
    }

    /// The socket took bytes of the output.
    mutating func sent(_ count: Int, at now: ContinuousClock.Instant) {
        output.advance(by: count)
        if count > 0 { outputProgress = now }
    }

    /// Time spent waiting for an answer is not time that the client left it unread.
    mutating func markOutput(at now: ContinuousClock.Instant) {
        if output.isEmpty { outputProgress = now }
    }

    private mutating func writeHead(_ response: borrowing HTTPResponse, date: String) {
        // A status that the client may meet before its body was read ends the connection.
        if requestUnread { keepsAlive = false }
        if response.status == 200 {
            output.append("HTTP/1.1 200 OK\r\n")
        } else {
            output.append("HTTP/1.1 ")
            output.append(String(response.status.code))
            output.append(" ")
            output.append(response.status.phrase)
            output.append("\r\n")
        }
        output.append(date)
        output.append(response.fields)
        if !keepsAlive {
            output.append("Connection: close\r\n")
        } else if answersOldVersion {
            output.append("Connection: keep-alive\r\n")
        }
    }
}
