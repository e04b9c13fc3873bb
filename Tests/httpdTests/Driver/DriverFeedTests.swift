import Ground
import ReQLish
import Testing

@testable import httpd

/// Feeds on the driver port, without sockets: what waits costs no worker, and is answered when there is something.
@Suite struct DriverFeedTests {
    let harness: DriverHarness

    init() throws {
        harness = try DriverHarness()
        try run("r.dbCreate('test')")
        try run("r.tableCreate('t')")
    }

    private func run(_ text: String) throws {
        _ = try harness.pando.start(TermTree(text: text)).collected()
    }

    /// Asks for the changes of `t`.
    private func open(_ token: UInt64, _ options: String = "{}") {
        harness.feed(DriverHarness.frame(token, #"[1,[152,[[15,["t"]]],\#(options)]]"#))
    }

    private func next(_ token: UInt64) { harness.feed(DriverHarness.frame(token, "[2]")) }

    @Test func theFirstBatchComesAtOnceAndTheNextWithAChange() throws {
        open(1)
        #expect(harness.responses() == [#"1 {"t":3,"r":[],"n":[1]}"#])
        next(1)
        #expect(harness.responses() == [])
        // Others are served meanwhile.
        harness.feed(DriverHarness.frame(2, "[1,5]"))
        #expect(harness.responses() == [#"2 {"t":1,"r":[5]}"#])
        try run("r.table('t').insert({id: 1})")
        harness.turn()
        #expect(harness.responses() == [#"1 {"t":3,"r":[{"new_val":{"id":1},"old_val":null}],"n":[1]}"#])
        // What comes while nobody asks is there when somebody does.
        try run("r.table('t').insert({id: 2})")
        harness.turn()
        #expect(harness.responses() == [])
        next(1)
        #expect(harness.responses() == [#"1 {"t":3,"r":[{"new_val":{"id":2},"old_val":null}],"n":[1]}"#])
    }

    @Test func notesSayWhatKindItIs() throws {
        harness.feed(
            DriverHarness.frame(1, #"[1,[152,[[16,[[15,["t"]],1]]],{"include_states":true,"include_initial":true}]]"#)
                + DriverHarness.frame(2, #"[1,[152,[[71,[[41,[[15,["t"]]],{"index":"id"}],3]]]]]"#)
                + DriverHarness.frame(3, #"[1,[152,[[44,[[15,["t"]],[16,[[15,["t"]],1]]]]]]]"#)
                + DriverHarness.frame(4, #"[1,[44,[[152,[[15,["t"]]]],[152,[[16,[[15,["t"]],1]]]]]]]"#))
        let responses = harness.responses()
        #expect(responses[0] == #"1 {"t":3,"r":[{"state":"initializing"},{"new_val":null},{"state":"ready"}],"n":[2,5]}"#)
        #expect(responses[1] == #"2 {"t":3,"r":[],"n":[3]}"#)
        // A row is no sequence, so it can't be part of a union.
        #expect(responses[2].hasPrefix(#"3 {"t":18,"#), "\(responses[2])")
        #expect(responses[3] == #"4 {"t":3,"r":[],"n":[4]}"#)
    }

    @Test func stopEndsWhoWaits() throws {
        open(1)
        next(1)
        _ = harness.responses()
        harness.feed(DriverHarness.frame(1, "[3]"))
        #expect(harness.responses() == [#"1 {"t":2,"r":[],"n":[]}"#, #"1 {"t":2,"r":[],"n":[]}"#])
        #expect(harness.released == 1)
        open(1)
        harness.feed(DriverHarness.frame(1, "[3]"))
        #expect(harness.responses() == [#"1 {"t":3,"r":[],"n":[1]}"#, #"1 {"t":2,"r":[],"n":[]}"#])
    }

    @Test func aStepThatIsOnItsWayIsMadeAgainWhenTheFeedIsReadyBefore() throws {
        open(1)
        harness.holdsQueries = true
        next(1)
        harness.feed(DriverHarness.frame(1, "[2]"))
        #expect(harness.held.count == 1)
        harness.holdsQueries = false
        harness.finish(1)
        _ = harness.responses()
        // Two messages wait: each change answers one.
        for id in 1...2 {
            try run("r.table('t').insert({id: \(id)})")
            harness.turn()
            #expect(harness.responses() == [#"1 {"t":3,"r":[{"new_val":{"id":\#(id)},"old_val":null}],"n":[1]}"#])
        }
    }

    @Test func aLimitEndsTheFeed() throws {
        harness.feed(DriverHarness.frame(1, #"[1,[71,[[152,[[15,["t"]]]],2]]]"#))
        next(1)
        try run("r.table('t').insert([{id: 1}, {id: 2}, {id: 3}])")
        harness.turn()
        #expect(
            harness.responses() == [
                #"1 {"t":3,"r":[],"n":[1]}"#,
                #"1 {"t":2,"r":[{"new_val":{"id":1},"old_val":null},{"new_val":{"id":2},"old_val":null}],"n":[1]}"#,
            ])
    }

    @Test func aDroppedTableFailsTheFeedAfterWhatWasTold() throws {
        open(1)
        try run("r.table('t').insert({id: 1})")
        try run("r.tableDrop('t')")
        _ = harness.responses()
        next(1)
        #expect(harness.responses() == [#"1 {"t":3,"r":[{"new_val":{"id":1},"old_val":null}],"n":[1]}"#])
        next(1)
        let response = try #require(harness.responses().first)
        #expect(response.hasPrefix(#"1 {"t":18,"#) && response.contains(#""e":4100000"#), "\(response)")
    }

    @Test func aSquashIsToldWhenItsTimeHasCome() throws {
        open(1, #"{"squash":3600}"#)
        next(1)
        _ = harness.responses()
        try run("r.table('t').insert({id: 1})")
        harness.turn()
        #expect(harness.responses() == [])
        let time = harness.deadline
        let deadline = try #require(time)
        #expect(deadline - harness.now > .seconds(3000))
    }

    @Test func whoGoesAwayLeavesNothing() throws {
        open(1)
        next(1)
        harness.receiveEnd()
        harness.turn()
        #expect(harness.isClosed && harness.released == 1)
        try run("r.table('t').insert({id: 1})")
        harness.turn()
    }

    @Test func aServerThatStopsSaysSo() throws {
        open(1)
        next(1)
        _ = harness.responses()
        harness.drain()
        harness.turn()
        let response = try #require(harness.responses().first)
        #expect(response.hasPrefix(#"1 {"t":18,"#) && response.contains(#""e":4200000"#), "\(response)")
        #expect(harness.released == 1 && harness.hasShutDown)
    }

    @Test func aThousandFeedsAndTwoThreads() throws {
        let (server, pando) = try DriverServerTests.serve()
        defer { server.stop() }
        let client = try DriverClient(server)
        for token in 1...1000 as ClosedRange<UInt64> {
            #expect(try client.ask(token, #"[1,[152,[[16,[[15,["t"]],\#(token)]]]]]"#) == #"{"t":3,"r":[],"n":[2]}"#)
            try client.send(token, "[2]")
        }
        #expect(try client.ask(2000, "[1,5]") == #"{"t":1,"r":[5]}"#)
        for id in [17, 999, 3] {
            _ = try pando.start(TermTree(text: "r.table('t').insert({id: \(id)})")).collected()
            #expect(try client.receive(UInt64(id)) == #"{"t":3,"r":[{"new_val":{"id":\#(id)},"old_val":null}],"n":[2]}"#)
        }
    }
}
