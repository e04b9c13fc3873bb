import Foundation
import Ground
import PostgresWire
import TestSupport
import Testing

/// The client's side of the protocol, by what a PostgreSQL 15 has said: see Conversations/record.py.
@Suite struct ClientSessionTests {
    /// A recorded conversation, and what the client asks in it.
    struct Conversation: Sendable, CustomTestStringConvertible {
        var name: String
        var user = "ann"
        var password = "pencil"
        var requests: [@Sendable (inout ClientSession) -> Void] = []
        var testDescription: String { name }

        /// What went to the server, and what came from it.
        func lines() throws -> [(isSent: Bool, bytes: [UInt8])] {
            let text = try String(contentsOfFile: Bundle.module.bundlePath + "/Conversations/\(name).txt", encoding: .utf8)
            return try text.split(separator: "\n").map { line in
                (line.hasPrefix(">"), try #require(Base64.decode(String(line.dropFirst(2)))))
            }
        }

        /// Goes through it, with what comes from the server cut into pieces.
        /// - Parameter cut: the pieces of the bytes that come, by the number of their line.
        func events(_ cut: (Int, [UInt8]) -> [[UInt8]] = { [$1] }) throws -> [ClientEvent] {
            var options = ClientOptions(user: user, database: user, password: Array(password.utf8))
            options.settings = [.init("application_name", "pando")]
            var session = ClientSession(options, nonce: "fyko+d2lbbFgONRv9qkxdawL")
            var events: [ClientEvent] = []
            var requests = requests[...]
            for (number, line) in try lines().enumerated() {
                guard line.isSent else {
                    for piece in cut(number, line.bytes) {
                        session.receive(piece.span)
                        while let event = try session.nextEvent() { events.append(event) }
                    }
                    continue
                }
                if session.outgoing.isEmpty {
                    guard let request = requests.popFirst() else { break }
                    request(&session)
                }
                let sent = session.takeOutgoing()
                #expect(sent == line.bytes, "line \(number + 1) of \(name)")
            }
            return events
        }
    }

    private static func query(_ text: String) -> @Sendable (inout ClientSession) -> Void { { $0.send(.query(text)) } }

    private static func extended(_ text: String, _ session: inout ClientSession) {
        session.send(.parse(.init(name: "", text: text)))
        session.send(.bind(.init(portal: "", statement: "", resultFormats: [.binary])))
        session.send(.describe(.portal("")))
        session.send(.execute(portal: "", rowLimit: 0))
    }

    static let statements = Conversation(
        name: "statements",
        requests: [
            query("SELECT 1 AS one, NULL AS nothing, 'naïve' AS word; SELECT generate_series(1, 3)"), query(""),
            query("DO $$ BEGIN RAISE NOTICE 'careful' USING HINT = 'look'; END $$"), query("SELECT 1/0"),
            query("CREATE TEMPORARY TABLE t (k integer CONSTRAINT positive CHECK (k > 0)); INSERT INTO t VALUES (0)"),
            { $0.send("SELECT $1::int4 + 1, $2::text, 1.5::numeric, true", [Array("41".utf8), nil], results: [.binary]) },
            query("SET application_name = 'other'; LISTEN news; NOTIFY news, 'hello'"), query("BEGIN"), query("ROLLBACK"),
            { $0.terminate() },
        ])
    static let copy = Conversation(
        name: "copy",
        requests: [
            query("COPY (SELECT i, repeat('x', i), NULL FROM generate_series(1, 5) i) TO STDOUT"),
            query("COPY (SELECT i::int4, 'word' FROM generate_series(1, 2) i) TO STDOUT (FORMAT binary)"),
            query("COPY (SELECT 10 / (3 - i) FROM generate_series(1, 5) i) TO STDOUT"), { $0.terminate() },
        ])
    static let pipeline = Conversation(
        name: "pipeline",
        requests: [
            { session in
                extended("SELECT 1", &session)
                session.send(.sync)
                extended("SELECT 1/0", &session)
                extended("SELECT 2", &session)
                session.send(.sync)
                extended("SELECT 3", &session)
                session.send(.sync)
            }, { $0.terminate() },
        ])
    static let all = [statements, copy, pipeline]

    @Test func statementsAreAnswered() throws {
        let events = try Self.statements.events()
        #expect(events.first == .ready(.idle))
        let rows = events.compactMap { if case .row(let values) = $0 { values } else { nil } }
        #expect(rows[0] == [Array("1".utf8), nil, Array("naïve".utf8)])
        #expect(rows[1...3].map { $0[0] } == ["1", "2", "3"].map { Array($0.utf8) })
        // In binary: 42, NULL, 1.5 in groups of four digits, true.
        #expect(rows[4] == [[0, 0, 0, 42], nil, [0, 2, 0, 0, 0, 0, 0, 1, 0, 1, 0x13, 0x88], [1]])
        let columns = events.compactMap { if case .columns(let columns?) = $0 { columns } else { nil } }
        #expect(columns[0].map(\.name) == ["one", "nothing", "word"] && columns[0].map(\.type) == [23, 25, 25])
        #expect(columns[2].allSatisfy { $0.format == .binary })
        let errors = events.compactMap { if case .failed(let fields) = $0 { fields } else { nil } }
        #expect(errors.map { $0["C"] } == ["22012", "23514"])
        #expect(errors[1]["n"] == "positive" && errors[1]["t"] == "t")
        #expect(events.contains { if case .notice(let fields) = $0 { fields["H"] == "look" } else { false } })
        #expect(events.contains { if case .notification(_, "news", "hello") = $0 { true } else { false } })
        #expect(events.contains(.setting(name: "application_name", value: "other")))
        #expect(events.contains(.ready(.inBlock)) && events.last == .ready(.idle))
        #expect(events.count { $0 == .done("") } == 1)
    }

    @Test func rowsOfACopyComeOneByOne() throws {
        let events = try Self.copy.events()
        let pieces = events.compactMap { if case .copyData(let bytes) = $0 { bytes } else { nil } }
        #expect(
            pieces.prefix(5).map { String(decoding: $0, as: UTF8.self) }
                == (1...5).map { "\($0)\t\(String(repeating: "x", count: $0))\t\\N\n" })
        #expect(pieces[5].starts(with: Array("PGCOPY\n".utf8)) && pieces[7] == [255, 255])
        // Two rows, and then a division by zero.
        #expect(pieces[8...].map { String(decoding: $0, as: UTF8.self) } == ["5\n", "10\n"])
        #expect(events.count { $0 == .copyDone } == 2 && events.contains { if case .failed = $0 { true } else { false } })
    }

    @Test func aPipelineIsPassedOverUpToItsSync() throws {
        let events = try Self.pipeline.events()
        let rows = events.compactMap { if case .row(let values) = $0 { values[0] } else { nil } }
        #expect(rows == [[0, 0, 0, 1], [0, 0, 0, 3]])
        #expect(events.count { if case .failed = $0 { true } else { false } } == 1)
        #expect(events.count { $0 == .ready(.idle) } == 4)
    }

    @Test func anOrdinaryAccountIsLetIn() throws {
        #expect(try Conversation(name: "login", user: "bob", requests: [{ $0.terminate() }]).events() == [.ready(.idle)])
    }

    @Test func aWrongPasswordIsSaidToBeOne() throws {
        do {
            _ = try Conversation(name: "wrong-password", password: "pen").events()
            Issue.record("It was let in.")
        } catch ClientError.refused(let fields) {
            #expect(fields["C"] == "28P01")
        }
    }

    @Test(arguments: all) func aConversationMayBeCutAnywhere(_ conversation: Conversation) throws {
        let whole = try conversation.events()
        #expect(try conversation.events { _, bytes in bytes.map { [$0] } } == whole)
        for (number, line) in try conversation.lines().enumerated() where !line.isSent {
            for place in line.bytes.indices {
                let events = try conversation.events { $0 == number ? [Array($1[..<place]), Array($1[place...])] : [$1] }
                #expect(events == whole, "line \(number + 1) cut at \(place)")
            }
        }
    }

    @Test(arguments: all) func aDamagedConversationEndsInAnError(_ conversation: Conversation) throws {
        let count = try conversation.lines().count
        for seed in Fuzzing.seeds(2_000) {
            var generator = SeededGenerator(seed: seed)
            let damaged = generator.below(count)
            // Whatever it is: events, or one of the errors; never anything else.
            let session = Result {
                try conversation.quietEvents { number, bytes in
                    guard number == damaged, !bytes.isEmpty else { return bytes }
                    var bytes = bytes
                    switch generator.below(3) {
                    case 0: bytes[generator.below(bytes.count)] = UInt8(generator.below(256))
                    case 1: bytes.remove(at: generator.below(bytes.count))
                    default: bytes.insert(UInt8(generator.below(256)), at: generator.below(bytes.count))
                    }
                    return bytes
                }
            }
            if case .failure(let error) = session { #expect(error is ClientError, "seed \(seed)") }
        }
    }

    @Test func aSignatureThatIsNotTheServersIsRefused() throws {
        let lines = try Self.statements.lines()
        let signed = try #require(lines.indices.first { number in !lines[number].isSent && Self.signature(in: lines[number].bytes) != nil })
        let range = try #require(Self.signature(in: lines[signed].bytes))
        // The last digit holds bits that mean nothing.
        for place in range.dropLast(2) {
            #expect(throws: ClientError.self, "byte \(place)") {
                try Self.statements.quietEvents { number, bytes in
                    var bytes = bytes
                    if number == signed { bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A") }
                    return bytes
                }
            }
        }
    }

    /// Where `v=…` stands in the message that ends SCRAM.
    private static func signature(in bytes: [UInt8]) -> Range<Int>? {
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: Array("v=".utf8)) }) else { return nil }
        return start + 2..<start + 2 + 44
    }
}

extension ClientSessionTests.Conversation {
    /// The same with what comes changed; what is sent is not looked at.
    func quietEvents(_ change: (Int, [UInt8]) -> [UInt8]) throws -> [ClientEvent] {
        var options = ClientOptions(user: user, database: user, password: Array(password.utf8))
        options.messageByteCount = 1 << 16
        var session = ClientSession(options, nonce: "fyko+d2lbbFgONRv9qkxdawL")
        var events: [ClientEvent] = []
        var requests = requests[...]
        for (number, line) in try lines().enumerated() {
            if line.isSent {
                if session.outgoing.isEmpty, let request = requests.popFirst() { request(&session) }
                _ = session.takeOutgoing()
            } else {
                session.receive(change(number, line.bytes).span)
                while let event = try session.nextEvent() { events.append(event) }
            }
        }
        try session.end()
        return events
    }
}
