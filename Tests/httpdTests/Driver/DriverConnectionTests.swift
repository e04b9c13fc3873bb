import Ground
import ReQLish
import Testing

@testable import httpd

/// The machine alone: bytes in, bytes out, queries run by hand.
@Suite struct DriverConnectionTests {
    @Test func aQueryByteByByte() throws {
        let harness = try DriverHarness()
        harness.feed(DriverHarness.frame(7, "[1,[24,[1,2]],{}]"), inPiecesOf: 1)
        #expect(harness.responses() == ["7 " + #"{"t":1,"r":[3]}"#])
    }

    @Test(arguments: [1, 5, 64, 100_000])
    func manyInAnyPieces(size: Int) throws {
        let harness = try DriverHarness()
        let bytes = (1...50).flatMap { DriverHarness.frame(UInt64($0), "[1,[24,[\($0),1]]]") }
        harness.feed(bytes, inPiecesOf: size)
        #expect(harness.responses() == (1...50).map { "\($0) " + #"{"t":1,"r":[\#($0 + 1)]}"# })
    }

    @Test func otherMessages() throws {
        let harness = try DriverHarness()
        harness.feed(DriverHarness.frame(.max, "[5]") + DriverHarness.frame(2, "[4]"))
        let id = harness.pando.catalog.fileID
        #expect(
            harness.responses() == [
                "\(UInt64.max) " + #"{"t":5,"r":[{"id":"\#(id)","name":"pando","proxy":false}]}"#, "2 " + #"{"t":4,"r":[]}"#,
            ])
    }

    @Test(arguments: [
        "", "[", "{}", "[]", "[1]", "[\"1\",2]", "[9]", "[1.5]", "[1,2,3,4]", "[1,2,[]]", "[1,{\"a\":1,\"a\":2}]", "[1,\"\u{1}\"]", "[2]",
        "[3]",
    ])
    func badMessagesAreTheClients(text: String) throws {
        let harness = try DriverHarness()
        harness.feed(DriverHarness.frame(1, text) + DriverHarness.frame(2, "[1,5]"))
        let responses = harness.responses()
        #expect(responses.count == 2)
        #expect(responses[0].hasPrefix("1 " + #"{"t":16,"r":[""#) && responses[0].hasSuffix(#","b":[]}"#), "\(responses[0])")
        #expect(responses[1] == "2 " + #"{"t":1,"r":[5]}"#)
    }

    @Test func errorsHaveClassAndPlace() throws {
        let harness = try DriverHarness()
        harness.feed(
            DriverHarness.frame(1, "[1,[24,[1,[24,[2,\"a\"]]]]]") + DriverHarness.frame(2, "[1,[31,[{},\"a\"]]]")
                + DriverHarness.frame(3, "[1,[2,[1,[9999,[]]]]]") + DriverHarness.frame(4, "[1,[12,[\"mine\"]]]")
                + DriverHarness.frame(5, "[1,1,{\"nope\":1}]") + DriverHarness.frame(6, "[1,[15,[\"nowhere\"]],{\"db\":[14,[\"d\"]]}]"))
        let responses = harness.responses()
        #expect(responses[0].hasPrefix(#"1 {"t":18,"#) && responses[0].hasSuffix(#","e":3000000,"b":[1]}"#), "\(responses[0])")
        #expect(responses[1].hasPrefix(#"2 {"t":18,"#) && responses[1].contains(#","e":3100000,"b":["#), "\(responses[1])")
        #expect(responses[2].hasPrefix(#"3 {"t":17,"#) && responses[2].hasSuffix(#","b":[1]}"#), "\(responses[2])")
        #expect(responses[3] == #"4 {"t":18,"r":["mine"],"e":5000000,"b":[]}"#)
        #expect(responses[4].hasPrefix(#"5 {"t":17,"#) && responses[4].hasSuffix(#","b":["nope"]}"#), "\(responses[4])")
        #expect(responses[5].contains("Database `d` does not exist") && responses[5].contains(#""e":4100000"#), "\(responses[5])")
    }

    // MARK: Batches

    /// A stream of the numbers from 0 on.
    private let range = "[1,[173,[10]],{\"max_batch_rows\":4,\"first_batch_scaledown_factor\":2}]"

    @Test func batchesOnDemand() throws {
        let harness = try DriverHarness()
        harness.feed(DriverHarness.frame(1, range))
        #expect(harness.responses() == [#"1 {"t":3,"r":[0,1],"n":[]}"#])
        harness.feed(DriverHarness.frame(1, "[2]"))
        #expect(harness.responses() == [#"1 {"t":3,"r":[2,3,4,5],"n":[]}"#])
        harness.feed(DriverHarness.frame(1, "[2]") + DriverHarness.frame(1, "[2]") + DriverHarness.frame(1, "[2]"))
        let responses = harness.responses()
        #expect(responses.prefix(2) == [#"1 {"t":3,"r":[6,7,8,9],"n":[]}"#, #"1 {"t":2,"r":[],"n":[]}"#])
        #expect(responses.last?.hasPrefix(#"1 {"t":16,"#) == true)
    }

    /// However many rows a client wants at once: there may be no end of them.
    @Test func aBatchEndsWhereMemoryDoes() throws {
        let harness = try DriverHarness(memory: 16 << 20)
        let options = #"{"min_batch_rows":1e12,"max_batch_bytes":1e12,"max_batch_seconds":80000}"#
        harness.feed(DriverHarness.frame(1, "[1,[173],\(options)]"))
        let response = try #require(harness.responses().first)
        #expect(response.hasPrefix(#"1 {"t":3,"r":[0,1,2,"#), "\(response.prefix(100))")
        #expect(response.utf8.count < 32 << 20)
    }

    @Test func aTokenIsTakenUntilTheEnd() throws {
        let harness = try DriverHarness()
        harness.feed(DriverHarness.frame(1, range) + DriverHarness.frame(1, range) + DriverHarness.frame(1, "[4]"))
        #expect(harness.responses().map { $0.prefix(9) } == [#"1 {"t":3,"#, #"1 {"t":16"#, #"1 {"t":16"#].map { $0.prefix(9) })
        harness.feed(DriverHarness.frame(1, "[3]") + DriverHarness.frame(1, "[1,2]"))
        #expect(harness.responses() == [#"1 {"t":2,"r":[],"n":[]}"#, #"1 {"t":1,"r":[2]}"#])
        #expect(harness.released == 1)
    }

    @Test func aRowThatFailsEndsTheBatchBeforeIt() throws {
        let harness = try DriverHarness()
        // 3 - n in the divisor: the fourth row fails.
        harness.feed(DriverHarness.frame(1, "[1,[38,[[173,[10]],[69,[[2,[1]],[27,[6,[25,[3,[10,[1]]]]]]]]]]]"))
        #expect(harness.responses() == [#"1 {"t":3,"r":[2,3,6],"n":[]}"#])
        harness.feed(DriverHarness.frame(1, "[2]"))
        #expect(harness.responses().first?.hasPrefix(#"1 {"t":18,"#) == true)
        harness.feed(DriverHarness.frame(1, "[2]"))
        #expect(harness.responses().first?.hasPrefix(#"1 {"t":16,"#) == true)
    }

    @Test(arguments: [
        #"{"max_batch_rows":0}"#, #"{"min_batch_rows":"a"}"#, #"{"max_batch_seconds":86400}"#, #"{"max_batch_bytes":1.5}"#,
        #"{"first_batch_scaledown_factor":-1}"#,
    ])
    func badBatching(options: String) throws {
        let harness = try DriverHarness()
        harness.feed(DriverHarness.frame(1, "[1,[173,[10]],\(options)]"))
        #expect(harness.responses().first?.contains(#""e":3000000"#) == true)
    }

    // MARK: Side by side

    @Test func answersComeAsQueriesFinish() throws {
        let harness = try DriverHarness()
        harness.holdsQueries = true
        harness.feed((1...3).flatMap { DriverHarness.frame($0, "[1,\($0)]") })
        #expect(harness.held.map(\.token) == [1, 2, 3])
        harness.finish(2)
        harness.finish(1)
        #expect(harness.responses() == [#"2 {"t":1,"r":[2]}"#, #"1 {"t":1,"r":[1]}"#])
        harness.finish(3)
        #expect(harness.responses() == [#"3 {"t":1,"r":[3]}"#])
    }

    /// 1,024 may be on their way, of which 64 are worked on at a time.
    @Test(arguments: [(DriverSession.Version.v0_3, 1), (.v0_4, 64)])
    func noMoreThanTheSessionAllows(version: DriverSession.Version, limit: Int) throws {
        let harness = try DriverHarness(version: version)
        harness.holdsQueries = true
        harness.feed((1...1030).flatMap { DriverHarness.frame($0, "[1,\($0)]") })
        #expect(harness.held.count == limit)
        harness.finish(1)
        #expect(harness.held.count == limit)
        #expect(harness.held.last?.token == UInt64(limit + 1))
    }

    @Test func stopWhileABatchIsMade() throws {
        let harness = try DriverHarness()
        harness.feed(DriverHarness.frame(1, range))
        _ = harness.responses()
        harness.holdsQueries = true
        harness.feed(DriverHarness.frame(1, "[2]") + DriverHarness.frame(1, "[3]"))
        #expect(harness.held.first?.cancellation.isCancelled == true)
        #expect(harness.responses().isEmpty)
        harness.finish(1)
        #expect(harness.responses() == [#"1 {"t":2,"r":[],"n":[]}"#, #"1 {"t":2,"r":[],"n":[]}"#])
        harness.feed(DriverHarness.frame(1, "[2]"))
        #expect(harness.responses().first?.hasPrefix(#"1 {"t":16,"#) == true)
    }

    @Test func noreply() throws {
        let harness = try DriverHarness()
        harness.feed(
            DriverHarness.frame(1, "[1,[12,[\"x\"]],{\"noreply\":true}]") + DriverHarness.frame(2, "[1,1,{\"noreply\":[1,true]}]")
                + DriverHarness.frame(3, "[1,[173,[10]],{\"noreply\":true}]"))
        #expect(harness.responses().isEmpty)
        // What can't be a query is told all the same.
        harness.feed(
            DriverHarness.frame(4, "[1,[9999,[]],{\"noreply\":true}]") + DriverHarness.frame(5, "[1,1,{\"noreply\":true,\"nope\":1}]"))
        #expect(harness.responses().map { String($0.prefix(9)) } == [#"4 {"t":17"#, #"5 {"t":17"#])
    }

    @Test func noreplyWaitWaitsForThoseBefore() throws {
        let harness = try DriverHarness()
        harness.holdsQueries = true
        harness.feed(
            DriverHarness.frame(1, "[1,1]") + DriverHarness.frame(2, "[1,2,{\"noreply\":true}]") + DriverHarness.frame(3, "[4]")
                + DriverHarness.frame(4, "[1,4,{\"noreply\":true}]"))
        #expect(harness.responses().isEmpty)
        harness.finish(4)
        #expect(harness.responses().isEmpty)
        harness.finish(2)
        #expect(harness.responses() == [#"3 {"t":4,"r":[]}"#])
    }

    // MARK: Limits and ends

    @Test func aQueryTooLargeIsToldBeforeItCame() throws {
        for length in [128 << 20, 0xFFFF_FFFF] as [UInt32] {
            let harness = try DriverHarness()
            harness.feed(DriverHarness.header(9, length))
            #expect(harness.responses().first?.hasPrefix(#"9 {"t":16,"#) == true)
            #expect(harness.hasShutDown)
            harness.feed([UInt8](repeating: 0, count: 100_000))
            #expect(harness.wantsInput)
            harness.advance(.seconds(3))
            #expect(harness.isClosed)
        }
    }

    @Test func aResultTooLargeBecomesAnError() throws {
        let harness = try DriverHarness { $0.responseBytes = 1000 }
        harness.feed(DriverHarness.frame(1, "[1,\"\(String(repeating: "x", count: 2000))\"]") + DriverHarness.frame(2, "[1,1]"))
        let responses = harness.responses()
        #expect(responses[0].hasPrefix(#"1 {"t":18,"#) && responses[0].contains(#""e":2000000"#), "\(responses[0])")
        #expect(responses[1] == #"2 {"t":1,"r":[1]}"#)
    }

    @Test func whoDoesNotReadIsNotAnsweredMore() throws {
        let harness = try DriverHarness { $0.unreadBytes = 10_000 }
        harness.reads = false
        let query = "[1,\"\(String(repeating: "x", count: 1000))\"]"
        harness.feed((1...1000).flatMap { DriverHarness.frame($0, query) })
        #expect(!harness.wantsInput)
        #expect(harness.unreadCount < 12_000)
        harness.reads = true
        harness.turn()
        #expect(harness.responses().count == 1000)
        harness.reads = false
        harness.feed(DriverHarness.frame(1, query))
        harness.advance(.seconds(121))
        #expect(harness.isClosed)
    }

    // MARK: Keys of V0_3 and V0_4

    private static let secret = Authenticator(credentials: ["admin": Credential(password: "key", salt: [1, 2, 3], iterations: 2)])

    private static func hello(_ key: String) -> [UInt8] {
        HandshakeTests.magicV04 + [UInt8(key.utf8.count), 0, 0, 0] + Array(key.utf8) + HandshakeTests.json
    }

    /// What comes behind the key waits for what somebody else finds out about it.
    @Test(arguments: [1, 7, 1000]) func aKeyIsCheckedElsewhere(pieces: Int) throws {
        let harness = try DriverHarness(version: nil, accounts: Self.secret)
        harness.feed(Self.hello("key") + DriverHarness.frame(1, "[1,7]"), inPiecesOf: pieces)
        #expect(harness.checks.count == 1 && harness.sent.isEmpty && !harness.wantsInput)
        harness.advance(.seconds(60))
        #expect(!harness.isClosed && harness.checks.count == 1, "the time is not the client's")
        harness.prove()
        #expect(harness.sent.starts(with: Array("SUCCESS\0".utf8)) && harness.wantsInput && harness.guesses == 0)
        #expect(String(decoding: harness.sent, as: UTF8.self).hasSuffix(#"{"t":1,"r":[7]}"#))
        harness.proved(false)
        #expect(!harness.isClosed, "nobody has asked")
    }

    @Test func aWrongKeyIsAnsweredWhenItIsTime() throws {
        let harness = try DriverHarness(version: nil, accounts: Self.secret) { $0.failedHandshakeTime = .seconds(1) }
        harness.feed(Self.hello("kez") + DriverHarness.frame(1, "[1,7]"))
        harness.prove()
        #expect(harness.sent.isEmpty && harness.guesses == 1)
        harness.advance(.seconds(2))
        #expect(String(decoding: harness.sent, as: UTF8.self) == "ERROR: The authorization key is not the password of `admin`.\n\0")
        #expect(harness.hasShutDown && harness.guesses == 1)
        // Without a key there is nothing to compare.
        let quick = try DriverHarness(version: nil, accounts: Self.secret) { $0.failedHandshakeTime = .zero }
        quick.feed(Self.hello(""))
        #expect(quick.checks.isEmpty && quick.guesses == 1 && quick.hasShutDown)
    }

    @Test func whoGoesAwayOrIsSentAwayWhileItsKeyIsChecked() throws {
        let gone = try DriverHarness(version: nil, accounts: Self.secret)
        gone.feed(Self.hello("key"))
        gone.receiveEnd()
        gone.turn()
        #expect(gone.isClosed)
        gone.prove()
        #expect(gone.sent.isEmpty)
        let drained = try DriverHarness(version: nil, accounts: Self.secret)
        drained.feed(Self.hello("key"))
        drained.drain()
        drained.turn()
        #expect(!drained.isClosed)
        drained.prove()
        #expect(String(decoding: drained.sent, as: UTF8.self) == "SUCCESS\0" && drained.hasShutDown)
        let refused = try DriverHarness(version: nil, accounts: Self.secret)
        refused.feed(Self.hello("key"))
        refused.refuse("Too many.")
        refused.prove()
        #expect(String(decoding: refused.sent, as: UTF8.self) == "ERROR: Too many.\n\0" && refused.hasShutDown)
    }

    @Test func slowOnesAreClosed() throws {
        let harness = try DriverHarness(version: nil)
        harness.feed([0xc3, 0xbd])
        harness.advance(.seconds(9))
        #expect(!harness.isClosed)
        harness.advance(.seconds(2))
        #expect(harness.isClosed)

        let slow = try DriverHarness()
        slow.advance(.seconds(1_000_000))
        #expect(!slow.isClosed, "between queries there is no hurry")
        slow.feed(DriverHarness.header(1, 100))
        slow.advance(.seconds(21))
        #expect(slow.isClosed)
    }

    @Test func theEndOfTheClientEndsItsQueries() throws {
        let harness = try DriverHarness()
        harness.feed(DriverHarness.frame(1, range))
        harness.holdsQueries = true
        harness.feed(DriverHarness.frame(2, "[1,2]"))
        harness.receiveEnd()
        harness.turn()
        #expect(harness.isClosed)
        #expect(harness.released == 1)
        #expect(harness.held.first?.cancellation.isCancelled == true)
    }

    @Test func drainingFinishesWhatRuns() throws {
        let harness = try DriverHarness()
        harness.holdsQueries = true
        harness.feed(DriverHarness.frame(1, "[1,1]"))
        harness.drain()
        harness.feed(DriverHarness.frame(2, "[1,2]"))
        #expect(harness.held.map(\.token) == [1])
        harness.finish(1)
        #expect(harness.responses() == [#"1 {"t":1,"r":[1]}"#])
        #expect(harness.hasShutDown)
    }

    /// Also what waited for those before it, as it came before the end was announced; half a query is none.
    @Test func drainingAnswersWhatHasCome() throws {
        let harness = try DriverHarness(version: .v0_3)
        harness.holdsQueries = true
        harness.feed(DriverHarness.frame(1, "[1,1]") + DriverHarness.frame(2, "[1,2]") + DriverHarness.frame(3, "[1,3]").dropLast())
        #expect(harness.held.map(\.token) == [1])
        harness.drain()
        #expect(!harness.wantsInput)
        harness.finish(1)
        #expect(harness.held.map(\.token) == [2] && !harness.hasShutDown)
        harness.finish(2)
        #expect(harness.responses() == [#"1 {"t":1,"r":[1]}"#, #"2 {"t":1,"r":[2]}"#])
        #expect(harness.hasShutDown)
    }

    // MARK: Guesses, and too many queries

    /// A wrong key is answered after a second, counted from the connection's start, and nothing more is read meanwhile; what is no guess is answered at once.
    @Test func guessesWait() throws {
        let harness = try DriverHarness(version: nil)
        let started = harness.now
        harness.advance(.milliseconds(300))
        harness.feed(HandshakeTests.magicV04 + [3, 0, 0, 0] + Array("key".utf8) + HandshakeTests.json)
        #expect(harness.sent.isEmpty && !harness.wantsInput && !harness.hasShutDown)
        #expect(harness.deadline == started + .seconds(1))
        harness.advance(.milliseconds(699))
        #expect(harness.sent.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(String(decoding: harness.sent, as: UTF8.self).hasPrefix("ERROR: The authorization key"))
        #expect(harness.hasShutDown)

        let other = try DriverHarness(version: nil)
        other.feed(Array("GET / HTTP/1.1".utf8))
        #expect(String(decoding: other.sent, as: UTF8.self).hasPrefix("ERROR: "))

        let late = try DriverHarness(version: nil)
        late.advance(.seconds(2))
        late.feed(HandshakeTests.magicV04 + [3, 0, 0, 0] + Array("key".utf8) + HandshakeTests.json)
        #expect(!late.sent.isEmpty)
    }

    @Test func aDrainedServerTellsGuessersAtOnce() throws {
        let harness = try DriverHarness(version: nil)
        harness.feed(HandshakeTests.magicV04 + [3, 0, 0, 0] + Array("key".utf8) + HandshakeTests.json)
        #expect(harness.sent.isEmpty)
        harness.drain()
        harness.turn()
        #expect(!harness.sent.isEmpty && harness.hasShutDown)
    }

    /// Ten seconds' worth may come at once. More batches of a query that runs are no further queries.
    @Test func whoAsksTooMuchIsRefused() throws {
        let harness = try DriverHarness(rate: 0.001)
        harness.feed(DriverHarness.frame(1, "[1,[173,[1000]],{\"max_batch_rows\":3}]"))
        #expect(try #require(harness.responses().first).contains(#""t":3"#))
        for token: UInt64 in 2...3 {
            harness.feed(DriverHarness.frame(token, "[1,1]"))
            let response = try #require(harness.responses().first)
            #expect(response.hasPrefix("\(token) {\"t\":18") && response.contains("as many queries as it may"), "\(response)")
        }
        harness.feed(DriverHarness.frame(1, "[2]"))
        #expect(try #require(harness.responses().first).contains(#""t":3"#))
    }

    @Test func refusedConnectionsAreTold() throws {
        let harness = try DriverHarness(version: nil)
        harness.refuse("Full.")
        harness.turn()
        #expect(String(decoding: harness.sent, as: UTF8.self) == "ERROR: Full.\n\0")
        #expect(harness.hasShutDown)
    }
}
