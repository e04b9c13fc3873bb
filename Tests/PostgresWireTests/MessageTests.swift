import Ground
import PostgresWire
import TestSupport
import Testing

@Suite struct MessageTests {
    static let requests: [FrontendMessage] = [
        .query("SELECT 'naïve', 1; "), .query(""),
        .parse(.init(name: "s1", text: "SELECT $1", types: [0, 23, 1700])), .parse(.init(name: "", text: "")),
        .bind(
            .init(
                portal: "p", statement: "s1", parameterFormats: [.text, .binary], parameters: [Array("12".utf8), nil, [], [0, 255]],
                resultFormats: [.binary])),
        .bind(.init(portal: "", statement: "")),
        .describe(.statement("s1")), .describe(.portal("")), .execute(portal: "p", rowLimit: 100), .execute(portal: "", rowLimit: 0),
        .close(.statement("x")), .close(.portal("y")), .flush, .sync, .copyData([1, 0, 2]), .copyData([]), .copyDone,
        .copyFail("no more"), .password(Array("secret\0".utf8)), .functionCall, .terminate,
    ]

    static var report: ReportFields {
        var fields = ReportFields()
        fields.add("S", "ERROR")
        fields.add("C", "42601")
        fields.add("M", "syntax error at or near \"x\"")
        fields.add("H", nil)
        return fields
    }

    static let answers: [BackendMessage] = [
        .authentication(.ok), .authentication(.cleartextPassword), .authentication(.md5Password(salt: [1, 2, 3, 4])),
        .authentication(.sasl(mechanisms: ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])), .authentication(.saslContinue([1, 2])),
        .authentication(.saslFinal([])), .authentication(.other(9)), .backendKeyData(process: 7, secret: -8), .bindComplete,
        .closeComplete, .commandComplete("INSERT 0 5"), .copyBothResponse(.init(.text, columns: 0)), .copyData([9]), .copyDone,
        .copyInResponse(.init(.text, columns: 2)), .copyOutResponse(.init(.binary, columns: 1)),
        .dataRow([nil, [], Array("abc".utf8)]), .dataRow([]), .emptyQueryResponse, .errorResponse(report),
        .functionCallResponse(nil), .negotiateProtocolVersion(newest: 0, unknown: ["_pq_.a", "_pq_.b"]), .noData,
        .noticeResponse(report), .notification(process: 3, channel: "c", payload: ""), .parameterDescription([23, 25]),
        .parameterStatus(name: "TimeZone", value: "UTC"), .parseComplete, .portalSuspended, .readyForQuery(.idle),
        .readyForQuery(.inBlock), .readyForQuery(.failed),
        .rowDescription([
            ColumnDescription(name: "id", table: 16_384, number: 1, type: 23, size: 4),
            ColumnDescription(name: "?column?", type: 1700, size: -1, modifier: 655_366, format: .binary),
        ]),
    ]

    static func bytes(of requests: [FrontendMessage]) -> [UInt8] {
        var output = ByteBuffer()
        for request in requests { request.write(into: &output) }
        return output.bytes
    }

    static func bytes(of answers: [BackendMessage]) -> [UInt8] {
        var output = ByteBuffer()
        for answer in answers { answer.write(into: &output) }
        return output.bytes
    }

    /// All messages of a conversation that comes in pieces.
    static func requests(in pieces: [[UInt8]]) throws -> [FrontendMessage] {
        var frames = MessageFrames()
        var found: [FrontendMessage] = []
        for piece in pieces {
            frames.append(piece.span)
            while let frame = try frames.next(limit: 1 << 20) {
                let kind = try #require(FrontendMessage.Kind(rawValue: frame.type))
                var reader = MessageReader(frames.bytes, in: frame.body)
                found.append(try FrontendMessage(kind, &reader))
            }
            frames.release()
        }
        return found
    }

    static func answers(in pieces: [[UInt8]]) throws -> [BackendMessage] {
        var frames = MessageFrames()
        var found: [BackendMessage] = []
        for piece in pieces {
            frames.append(piece.span)
            while let frame = try frames.next(limit: 1 << 20) {
                let kind = try #require(BackendMessage.Kind(rawValue: frame.type))
                var reader = MessageReader(frames.bytes, in: frame.body)
                found.append(try BackendMessage(kind, &reader))
            }
            frames.release()
        }
        return found
    }

    @Test func aMessageHasTheBytesOfTheProtocol() {
        #expect(Self.bytes(of: [.query("a")]) == [0x51, 0, 0, 0, 6, 0x61, 0])
        #expect(Self.bytes(of: [.sync]) == [0x53, 0, 0, 0, 4])
        #expect(Self.bytes(of: [.execute(portal: "", rowLimit: 258)]) == [0x45, 0, 0, 0, 9, 0, 0, 0, 1, 2])
        #expect(Self.bytes(of: [.readyForQuery(.idle)]) == [0x5A, 0, 0, 0, 5, 0x49])
        #expect(Self.bytes(of: [.dataRow([nil, [7]])]) == [0x44, 0, 0, 0, 15, 0, 2, 255, 255, 255, 255, 0, 0, 0, 1, 7])
    }

    @Test func everyMessageIsReadAsItWasWritten() throws {
        #expect(try Self.requests(in: [Self.bytes(of: Self.requests)]) == Self.requests)
        #expect(try Self.answers(in: [Self.bytes(of: Self.answers)]) == Self.answers)
    }

    @Test func aConversationMayBeCutAnywhere() throws {
        let requests = Self.bytes(of: Self.requests)
        for cut in 0...requests.count {
            #expect(try Self.requests(in: [Array(requests[..<cut]), Array(requests[cut...])]) == Self.requests, "cut at \(cut)")
        }
        #expect(try Self.requests(in: requests.map { [$0] }) == Self.requests)
        let answers = Self.bytes(of: Self.answers)
        for cut in 0...answers.count {
            #expect(try Self.answers(in: [Array(answers[..<cut]), Array(answers[cut...])]) == Self.answers, "cut at \(cut)")
        }
        #expect(try Self.answers(in: answers.map { [$0] }) == Self.answers)
    }

    /// A body that is too short or too long for what it should hold is an error, and never more than that.
    @Test func aBodyOfAnotherLengthIsRefused() throws {
        for request in Self.requests {
            let bytes = Self.bytes(of: [request])
            let kind = try #require(FrontendMessage.Kind(rawValue: bytes[0]))
            for count in 5..<bytes.count {
                var reader = MessageReader(Array(bytes[5..<count]))
                // What takes all the bytes there are can't tell that some are missing.
                if [.copyData, .password, .functionCall].contains(kind) { continue }
                #expect(throws: WireError.self) { try FrontendMessage(kind, &reader) }
            }
            var longer = MessageReader(Array(bytes[5...]) + [0])
            if [.copyData, .password, .functionCall].contains(kind) { continue }
            #expect(throws: WireError.self) { try FrontendMessage(kind, &longer) }
        }
    }

    @Test func damagedBytesAreNeverMoreThanAnError() throws {
        var random = SeededGenerator(seed: 5)
        let requests = Self.bytes(of: Self.requests)
        let answers = Self.bytes(of: Self.answers)
        var refused = 0
        for _ in 0..<4000 {
            var damaged = requests
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do { _ = try Self.readLoosely(damaged) } catch { refused += 1 }
            damaged = answers
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do { _ = try Self.readAnswersLoosely(damaged) } catch { refused += 1 }
        }
        #expect(refused > 100)
    }

    private static func readLoosely(_ bytes: [UInt8]) throws(WireError) -> Int {
        var frames = MessageFrames()
        frames.append(bytes.span)
        var count = 0
        while let frame = try frames.next(limit: 1 << 20) {
            guard let kind = FrontendMessage.Kind(rawValue: frame.type) else { throw WireError("type") }
            var reader = MessageReader(frames.bytes, in: frame.body)
            _ = try FrontendMessage(kind, &reader)
            count += 1
        }
        return count
    }

    private static func readAnswersLoosely(_ bytes: [UInt8]) throws(WireError) -> Int {
        var frames = MessageFrames()
        frames.append(bytes.span)
        var count = 0
        while let frame = try frames.next(limit: 1 << 20) {
            guard let kind = BackendMessage.Kind(rawValue: frame.type) else { throw WireError("type") }
            var reader = MessageReader(frames.bytes, in: frame.body)
            _ = try BackendMessage(kind, &reader)
            count += 1
        }
        return count
    }

    @Test(arguments: [0, 3, 1 << 20 + 1, 0x7FFF_FFFF, 0xFFFF_FFFF] as [UInt32])
    func aLengthBeyondTheLimitIsRefusedBeforeItsBytesCome(length: UInt32) throws {
        var frames = MessageFrames()
        frames.append([0x51, UInt8(length >> 24), UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255)].span)
        var failure: WireError?
        do { _ = try frames.next(limit: 1 << 20) } catch { failure = error }
        #expect(failure == WireError("invalid message length"))
    }

    /// Counts that promise more than the body holds are refused before room is made for them.
    @Test func countsBeyondTheBodyAreRefused() throws {
        var row = MessageReader([0x7F, 0xFF, 0, 0])
        #expect(throws: WireError.self) { try BackendMessage(.dataRow, &row) }
        var bind = MessageReader([0, 0, 0, 0, 0xFF, 0xFF, 0, 0])
        #expect(throws: WireError.self) { try FrontendMessage(.bind, &bind) }
        var versions = MessageReader([0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF])
        #expect(throws: WireError.self) { try BackendMessage(.negotiateProtocolVersion, &versions) }
    }

    /// The client would take what follows a NUL for the next field.
    @Test func aTextHasNoNULWithin() {
        var buffer = ByteBuffer()
        for text in ["longer \0than eight\0", "", "short"] { buffer.append(terminated: text) }
        #expect(buffer.bytes == Array("longer than eight\0\0short\0".utf8))
    }

    @Test func textIsUTF8() throws {
        var query = MessageReader([0xC3, 0x28, 0])
        var failure: WireError?
        do { _ = try FrontendMessage(.query, &query) } catch { failure = error }
        #expect(failure?.state == "22021")
    }
}
