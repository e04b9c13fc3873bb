import Ground
import ReQLish

/// The way in which the end of an answer's body is told.
enum StreamFraming: Sendable, Hashable {
    case none
    case chunked
    /// HTTP/1.0: the end of the connection.
    case connection
}

extension HTTPConnection {
    /// Whether no request has begun that is not answered.
    var isAtRest: Bool { (phase == .waiting || phase == .head) && !isStreaming }

    /// Whether a stream was begun and not ended.
    var isStreaming: Bool { streamFraming != .none }

    /// Gives a complete answer. The body's buffer is taken over or emptied.
    /// - Parameter date: the `Date` field, with its line end.
    mutating func respond(_ response: inout HTTPResponse, date: String, _ channel: inout Channel, at now: MonotonicTime) {
        precondition(phase == .answering || phase == .admitting, "an answer needs a request")
        let bodyCount = response.body.count
        if !response.status.allowsBody { response.body.removeAll() }
        writeHead(response, date: date, &channel)
        if response.status.allowsBody {
            channel.output.append("Content-Length: ")
            channel.output.append(String(bodyCount))
            channel.output.append("\r\n\r\n")
            if answersHead { response.body.removeAll() } else { channel.output.take(&response.body) }
        } else {
            channel.output.append("\r\n")
        }
        finishAnswer(&channel, at: now)
    }

    /// Begins an answer whose length is not known, with the first part of its body. To a HEAD request the head is the whole answer.
    mutating func beginStream(_ response: inout HTTPResponse, date: String, _ channel: inout Channel, at now: MonotonicTime) {
        precondition(phase == .answering, "an answer needs a request")
        if answersOldVersion { keepsAlive = false }
        writeHead(response, date: date, &channel)
        channel.output.append(answersOldVersion ? "\r\n" : "Transfer-Encoding: chunked\r\n\r\n")
        guard !answersHead else {
            response.body.removeAll()
            finishAnswer(&channel, at: now)
            return
        }
        streamFraming = answersOldVersion ? .connection : .chunked
        stream(&response.body, &channel)
    }

    /// Sends the next part of a stream. The buffer is taken over or emptied; an empty part sends nothing.
    mutating func stream(_ part: inout ByteBuffer, _ channel: inout Channel) {
        guard !part.isEmpty else { return }
        switch streamFraming {
        case .chunked:
            channel.output.append(String(part.count, radix: 16))
            channel.output.append("\r\n")
            part.append("\r\n")
            channel.output.take(&part)
        case .connection: channel.output.take(&part)
        case .none: preconditionFailure("a stream is begun before its parts")
        }
    }

    mutating func endStream(_ channel: inout Channel, at now: MonotonicTime) {
        if streamFraming == .chunked { channel.output.append("0\r\n\r\n") }
        finishAnswer(&channel, at: now)
    }

    /// Ends a stream that failed: what was written goes out, the last chunk does not, and the connection closes, so that the client knows.
    mutating func cutStream(_ channel: inout Channel, at now: MonotonicTime) {
        keepsAlive = false
        finishAnswer(&channel, wasCut: true, at: now)
    }

    private mutating func writeHead(_ response: borrowing HTTPResponse, date: String, _ channel: inout Channel) {
        // A status that the client may meet before its body was read ends the connection.
        if requestUnread || channel.isDraining { keepsAlive = false }
        if response.status == 200 {
            channel.output.append("HTTP/1.1 200 OK\r\n")
        } else {
            channel.output.append("HTTP/1.1 ")
            channel.output.append(String(response.status.code))
            channel.output.append(" ")
            channel.output.append(response.status.phrase)
            channel.output.append("\r\n")
        }
        channel.output.append(date)
        // No browser guesses what an answer might be, or lends it to a page of another site that only embeds it.
        channel.output.append("X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n")
        channel.output.append(response.fields)
        if !keepsAlive {
            channel.output.append("Connection: close\r\n")
        } else if answersOldVersion {
            channel.output.append("Connection: keep-alive\r\n")
        }
    }
}
