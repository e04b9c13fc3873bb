/// Reads one answer of HTTP/1.1: bytes in, head and pieces of the body out. Knows no socket.
struct HTTPAnswer {
    struct Head: Equatable {
        var status: Int
        /// Names in lower case.
        var fields: [String: String]
    }

    /// A failure to read an answer: what was received is none, or ends before its end.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private enum Framing {
        case length(Int)
        case chunkSize, chunk(Int), chunkEnd, trailer
        /// The body goes on until the connection ends.
        case untilEnd
        case finished
    }

    private static let maximumHeadByteCount = 64 << 10

    private(set) var head: Head?
    private var framing = Framing.untilEnd
    private var pending: [UInt8] = []
    /// What of `pending` has been used.
    private var start = 0

    var isFinished: Bool {
        if case .finished = framing { return head != nil }
        return false
    }

    mutating func append(_ bytes: [UInt8]) {
        pending.removeSubrange(..<start)
        start = 0
        pending += bytes
    }

    /// The connection has ended.
    mutating func end() throws {
        if case .untilEnd = framing, head != nil { framing = .finished }
        guard isFinished else { throw Failure(description: "The server ended the connection in the middle of its answer.") }
    }

    /// The next piece of the body, as far as it has come; nil if more has to be appended first, and at the end. Reads the head before.
    mutating func next() throws -> ArraySlice<UInt8>? {
        if head == nil {
            guard try readHead() else { return nil }
        }
        while true {
            switch framing {
            case .finished: return nil
            case .untilEnd: return take(pending.count - start)
            case .length(let left), .chunk(let left):
                guard let piece = take(min(left, pending.count - start)) else { return nil }
                let rest = left - piece.count
                if case .length = framing {
                    framing = rest == 0 ? .finished : .length(rest)
                } else {
                    framing = rest == 0 ? .chunkEnd : .chunk(rest)
                }
                return piece
            case .chunkEnd:
                guard let line = try line() else { return nil }
                guard line.isEmpty else {
                    throw Failure(description: "The server's answer is not HTTP: a chunk does not end where it should.")
                }
                framing = .chunkSize
            case .chunkSize:
                guard let line = try line() else { return nil }
                guard let size = Int(line.prefix { $0 != ";" }.filter { $0 != " " }, radix: 16), size >= 0 else {
                    throw Failure(description: "The server's answer is not HTTP: “\(line.prefix(20))” is not a chunk's length.")
                }
                framing = size == 0 ? .trailer : .chunk(size)
            case .trailer:
                guard let line = try line() else { return nil }
                if line.isEmpty { framing = .finished }
            }
        }
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count > 0 else { return nil }
        defer { start += count }
        return pending[start..<start + count]
    }

    /// A line without its end, nil if it is not all there.
    private mutating func line() throws -> String? {
        guard let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) else {
            guard pending.count - start <= Self.maximumHeadByteCount else { throw Failure(description: "The server's answer is not HTTP.") }
            return nil
        }
        defer { start = end + 1 }
        let bytes = pending[start..<end]
        return String(decoding: bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes, as: UTF8.self)
    }

    private mutating func readHead() throws -> Bool {
        let before = start
        guard let first = try line() else { return false }
        let words = first.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw Failure(description: "What answers there does not speak HTTP; is it the port of HTTP?")
        }
        var fields: [String: String] = [:]
        while true {
            guard let line = try line() else {
                guard pending.count - before <= Self.maximumHeadByteCount else {
                    throw Failure(description: "The server's answer is not HTTP: its head does not end.")
                }
                start = before
                return false
            }
            if line.isEmpty { break }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw Failure(description: "The server's answer is not HTTP: “\(line.prefix(40))” is not a field.")
            }
            fields[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        // An interim answer goes before the answer.
        if (100..<200).contains(status) { return try readHead() }
        head = Head(status: status, fields: fields)
        if fields["transfer-encoding"]?.lowercased() == "chunked" {
            framing = .chunkSize
        } else if status == 204 || status == 304 {
            framing = .finished
        } else if let length = fields["content-length"].flatMap({ Int($0) }), length >= 0 {
            framing = length == 0 ? .finished : .length(length)
        }
        return true
    }
}
