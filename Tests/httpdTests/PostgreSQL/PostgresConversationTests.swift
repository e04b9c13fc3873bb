import Ground
import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// A recorded conversation that comes in other pieces, ends too soon, or is damaged: whatever comes, the connection answers or closes,
/// keeps little, and the next one finds everything in order.
@Suite struct PostgresConversationTests {
    private static func bytes(_ messages: [FrontendMessage], starts: Bool = true) -> [UInt8] {
        var output = ByteBuffer()
        if starts { StartupMessage.startup(.init(parameters: [.init("user", "admin"), .init("database", "test")])).write(into: &output) }
        for message in messages { message.write(into: &output) }
        return output.bytes
    }

    /// What a client may say, one after the other; it leaves nothing behind.
    private static let conversation: [FrontendMessage] = [
        .query("CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'naïve'), (2, NULL)"),
        .query("SELECT * FROM t ORDER BY id; SELECT 1/0; SELECT 2"), .query(""),
        .parse(.init(name: "s", text: "SELECT $1::int + 1, $2::text", types: [23])), .describe(.statement("s")),
        .bind(
            .init(
                portal: "", statement: "s", parameterFormats: [.binary, .text], parameters: [[0, 0, 0, 41], nil], resultFormats: [.binary])),
        .describe(.portal("")), .execute(portal: "", rowLimit: 0), .flush, .sync,
        // Three rows by two at a time, in a block.
        .query("BEGIN"), .parse(.init(name: "", text: "SELECT generate_series(1, 3)")), .bind(.init(portal: "p", statement: "")),
        .execute(portal: "p", rowLimit: 2), .execute(portal: "p", rowLimit: 2), .close(.portal("p")), .sync, .query("COMMIT"),
        // What comes after an error is passed over up to Sync.
        .parse(.init(name: "", text: "SELECT nothing")), .bind(.init(portal: "", statement: "")), .execute(portal: "", rowLimit: 0), .sync,
        .query("COPY t FROM STDIN"), .copyData(Array("3\tx\n4".utf8)), .copyData(Array("\t\\N\n".utf8)), .copyDone,
        .query("COPY t FROM STDIN"), .copyData(Array("5".utf8)), .copyFail("no more"),
        .query("COPY t TO STDOUT (FORMAT csv)"), .functionCall, .query("DROP TABLE t"), .terminate,
    ]

    private func database() throws -> Pando {
        let pando = try Pando.inMemory()
        _ = try pando.start(try TermTree(text: "r.dbCreate('test')"))
        return pando
    }

    private func requireOrder(_ pando: Pando, _ place: String) throws {
        let other = PostgresHarness(pando)
        other.receive(Self.bytes([.query("DROP TABLE IF EXISTS t"), .query("CREATE TEMP TABLE own (id int)"), .query("SELECT 41 + 1")]))
        #expect(try other.answers().rows == [["42"]], "\(place)")
        other.abandon()
    }

    @Test func piecesMakeNoDifference() throws {
        let pando = try database()
        let bytes = Self.bytes(Self.conversation)
        let whole = PostgresHarness(pando)
        whole.receive(bytes)
        let answers = try whole.answers()
        #expect(whole.isClosed)
        #expect(answers.states == ["22012", "42703", "57014", "0A000"])
        #expect(answers.tags.last == "DROP TABLE")
        for size in [1, 2, 3, 7, 50] {
            let harness = PostgresHarness(pando)
            harness.receive(bytes, inPiecesOf: size)
            #expect(try harness.answers() == answers, "in pieces of \(size)")
            #expect(harness.isClosed)
        }
    }

    /// Cut off at every byte: what was said as a whole is answered, and nothing of the session stays.
    @Test func aConversationMayEndAnywhere() throws {
        let pando = try database()
        let bytes = Self.bytes(Self.conversation)
        let whole = PostgresHarness(pando)
        whole.receive(bytes)
        let answers = try whole.answers()
        // Each byte of the first messages, and every seventh of those after them.
        for count in 0..<bytes.count where count % 7 == 0 || count < 60 {
            let harness = PostgresHarness(pando)
            harness.receive(Array(bytes[..<count]))
            let part = try harness.answers()
            #expect(part == Array(answers.prefix(part.count)), "cut at \(count)")
            if count % 2 == 0 { harness.end() } else { harness.abandon() }
            #expect(harness.isClosed || count % 2 == 1, "cut at \(count)")
            if count % 70 == 0 { try requireOrder(pando, "cut at \(count)") } else { drop(pando) }
        }
        #expect(whole.isClosed)
    }

    private func drop(_ pando: Pando) {
        let harness = PostgresHarness(pando)
        harness.receive(Self.bytes([.query("DROP TABLE IF EXISTS t"), .terminate]))
    }

    @Test(arguments: Fuzzing.seeds(20))
    func damagedConversations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pando = try database()
        for _ in 0..<4 {
            var bytes = Self.bytes(Self.conversation)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = .random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(contentsOf: bytes[..<min(index, 40)], at: index)
                default: bytes.removeSubrange(index..<min(index + 30, bytes.count))
                }
            }
            let harness = PostgresHarness(pando)
            harness.receive(bytes, inPiecesOf: Int.random(in: 1...400, using: &random))
            #expect(throws: Never.self, "seed \(seed)") { try harness.answers() }
            harness.end()
            #expect(harness.isClosed, "seed \(seed)")
            try requireOrder(pando, "seed \(seed)")
        }
    }

    /// A client that never reads is waited for, with a bounded part of its answers, and not for ever.
    @Test func answersThatNobodyReads() throws {
        let harness = PostgresHarness(try database())
        harness.reads = false
        harness.receive(Self.bytes([.query("SELECT repeat('x', 1000) FROM generate_series(1, 100000)")]))
        #expect(harness.waitingByteCount < 512 * 1024)
        #expect(!harness.wantsInput)
        harness.advance(.seconds(121))
        #expect(harness.isClosed)
    }

    /// Half a message with a huge length keeps nothing for what it announces.
    @Test func lengthsThatLie() throws {
        for length in [0, 3, 64 * 1024 * 1024 + 1, 0x7FFF_FFFF, 0xFFFF_FFFF] as [UInt32] {
            let harness = PostgresHarness(try database())
            var output = ByteBuffer()
            output.append(UInt8(ascii: "Q"))
            output.append(uint32: length)
            harness.receive(Self.bytes([]) + output.bytes)
            #expect(try harness.answers().states == ["08P01"], "\(length)")
        }
        let harness = PostgresHarness(try database())
        var output = ByteBuffer()
        output.append(UInt8(ascii: "P"))
        output.append(uint32: 60 * 1024 * 1024)
        harness.receive(Self.bytes([]) + output.bytes + [0, 0])
        #expect(try harness.answers().states == [])
        #expect(harness.wantsInput)
    }

    /// A flood of Parse ends at the session's limits, and the session goes on.
    @Test func statementsOfASessionAreBounded() throws {
        let harness = PostgresHarness(try database()) { limits in
            limits.statements = 50
            limits.statementBytes = 40_000
        }
        harness.receive(Self.bytes([]))
        for number in 0..<60 { harness.receive(Self.bytes([.parse(.init(name: "s\(number)", text: "SELECT 1")), .sync], starts: false)) }
        #expect(try harness.answers().states == Array(repeating: "54000", count: 10))
        harness.receive(Self.bytes([.query("DEALLOCATE ALL")], starts: false))
        let long = "SELECT '" + String(repeating: "x", count: 15_000) + "'"
        for number in 0..<4 { harness.receive(Self.bytes([.parse(.init(name: "l\(number)", text: long)), .sync], starts: false)) }
        #expect(try harness.answers().states.suffix(2) == ["53200", "53200"])
        harness.receive(Self.bytes([.query("SELECT 1")], starts: false))
        #expect(try harness.answers().rows == [["1"]])
    }

    /// A client that shut its side while its statement runs may be waiting for the answer, or be gone: something is sent, which tells, once.
    @Test func aClientThatShutItsSideIsProbed() throws {
        let harness = PostgresHarness(try database())
        harness.receive(Self.bytes([]))
        harness.isSlow = true
        harness.receive(Self.bytes([.query("SELECT 1")], starts: false))
        let before = harness.sent.count
        harness.end()
        #expect(harness.deadline == harness.now + .seconds(1))
        harness.advance(.milliseconds(999))
        #expect(harness.sent.count == before)
        for _ in 0..<3 { harness.advance(.seconds(1)) }
        #expect(harness.deadline == nil)
        harness.goOn()
        #expect(harness.isClosed)
        let answers = try harness.answers()
        let probes = answers.filter { if case .parameterStatus("server_encoding", _) = $0 { true } else { false } }
        #expect(probes.count == 2, "one of the start, one that probes")
        #expect(answers.contains { if case .commandComplete("SELECT 1") = $0 { true } else { false } })
    }

    /// Sessions that have only begun go behind those whose statements were short: a hundred of them may come at once.
    @Test func theBeginningOfASessionSaysNothingOfItsStatements() throws {
        let harness = PostgresHarness(try database())
        harness.receive(Self.bytes([]))
        #expect(harness.areTypical == [false])
        harness.receive(Self.bytes([.query("SELECT 1")], starts: false))
        #expect(harness.areTypical == [false, true])
    }

    /// What reads a row by its key, or writes one in a block, is done at once; what commits little is a short write, and what may take longer
    /// a worker's.
    @Test func onlyShortStatementsAreDoneAtOnce() throws {
        let harness = PostgresHarness(try database())
        func step(_ messages: FrontendMessage...) -> [QueryShape] {
            harness.shapes = []
            harness.receive(Self.bytes(messages, starts: false))
            return harness.shapes
        }
        let bind = FrontendMessage.bind(.init(portal: "", statement: "s", parameters: [Array("2".utf8)]))
        let execute = FrontendMessage.execute(portal: "", rowLimit: 0)
        harness.receive(Self.bytes([]))
        _ = step(.query("CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'one'), (2, 'two')"))
        #expect(step(.query("SELECT name FROM t WHERE id = 1")) == [.shortRead])
        #expect(step(.query("SELECT name FROM t")) == [.any])
        #expect(step(.query("SELECT name FROM t WHERE id = 1; SELECT 2")) == [.any])
        #expect(step(.parse(.init(name: "s", text: "SELECT name FROM t WHERE id = $1")), bind, execute, .sync) == [.any])
        #expect(step(bind, .describe(.portal("")), execute, .sync, bind, execute, .sync) == [.shortRead])
        // Another portal may be anything, and so may what is not there.
        _ = step(.parse(.init(name: "all", text: "SELECT name FROM t")))
        #expect(step(.sync) == [.any])
        let other = FrontendMessage.execute(portal: "other", rowLimit: 0)
        #expect(step(.bind(.init(portal: "other", statement: "all", parameters: [])), bind, other, .sync) == [.any])
        #expect(step(bind, other, .sync) == [.any])
        #expect(step(.bind(.init(portal: "", statement: "none", parameters: [])), execute, .sync) == [.any])
        // Sync ends what was written before it.
        _ = step(
            .parse(.init(name: "", text: "INSERT INTO t VALUES (3, 'three')")),
            .bind(.init(portal: "", statement: "", parameters: [])), execute)
        #expect(step(bind, execute, .sync) == [.any])
        // What is committed at once waits for the disk with others, if it is one change and its Sync.
        #expect(step(.query("UPDATE t SET name = 'uno' WHERE id = 1")) == [.shortWrite])
        let change = FrontendMessage.bind(.init(portal: "", statement: "c", parameters: [Array("1".utf8)]))
        #expect(step(.parse(.init(name: "c", text: "UPDATE t SET name = 'eins' WHERE id = $1")), change, execute, .sync) == [.any])
        #expect(step(change, execute, .sync) == [.shortWrite])
        #expect(step(change, execute, .sync, change, execute, .sync) == [.any])
        #expect(step(change, execute, bind, execute, .sync) == [.any])
        _ = step(change, execute)
        #expect(step(.sync) == [.any])
        #expect(step(.query("BEGIN")) == [.shortRead])
        #expect(step(bind, execute, .sync) == [.shortRead])
        #expect(step(.query("UPDATE t SET name = 'due' WHERE id = 2")) == [.shortRead])
        #expect(step(.query("INSERT INTO t VALUES (4, 'four')")) == [.shortRead])
        #expect(step(bind, execute, .sync) == [.shortRead])
        #expect(step(.query("UPDATE t SET name = 'x'")) == [.any])
        #expect(step(.query("COMMIT")) == [.shortWrite])
        _ = step(.query("DROP TABLE t"))
        #expect(step(bind, execute, .sync) == [.any])
        let tags = try harness.answers().compactMap { if case .commandComplete(let tag) = $0 { tag } else { nil } }
        #expect(tags.filter { $0 == "SELECT 1" }.count == 10, "\(tags)")
    }
}
