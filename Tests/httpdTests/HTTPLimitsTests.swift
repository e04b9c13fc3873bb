import Ground
import Testing

@testable import httpd

/// Bounds on size, time and order; time is moved by hand.
@Suite struct HTTPLimitsTests {
    private static func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
        var limits = HTTPLimits()
        change(&limits)
        return limits
    }

    @Test func longRequestLines() {
        for isWhole in [true, false] {
            let harness = ConnectionHarness(limits: Self.limits { $0.requestLineBytes = 50 })
            harness.receive("GET /\(String(repeating: "a", count: 60))" + (isWhole ? " HTTP/1.1\r\nHost: h\r\n\r\n" : ""))
            #expect(harness.statuses == [414])
        }
        let harness = ConnectionHarness(limits: Self.limits { $0.requestLineBytes = 50 })
        harness.receive("GET /\(String(repeating: "a", count: 36)) HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(harness.statuses == [200], "exactly 50 bytes are good")
    }

    @Test func largeHeads() {
        let harness = ConnectionHarness(limits: Self.limits { $0.headBytes = 200 })
        harness.receive("GET / HTTP/1.1\r\nHost: h\r\nX: ")
        #expect(harness.statuses == [])
        harness.receiveByteByByte(String(repeating: "x", count: 200))
        #expect(harness.statuses == [431], "without waiting for the end")
    }

    @Test func manyFields() {
        let harness = ConnectionHarness(limits: Self.limits { $0.headerCount = 3 })
        harness.receive("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n")
        #expect(harness.statuses == [200, 431])
    }

    @Test func largeBodies() {
        let limits = Self.limits { $0.bodyBytes = 10 }
        let declared = ConnectionHarness(limits: limits)
        declared.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n")
        #expect(declared.statuses == [413])
        let overflowing = ConnectionHarness(limits: limits)
        overflowing.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n")
        #expect(overflowing.statuses == [413])
        let chunked = ConnectionHarness(limits: limits)
        chunked.receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        #expect(chunked.statuses == [])
        chunked.receive("6\r\n")
        #expect(chunked.statuses == [413], "before the bytes are there")
        let good = ConnectionHarness(limits: limits)
        good.receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n")
        #expect(good.statuses == [200])
        let endless = ConnectionHarness(limits: limits)
        endless.receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")
        #expect(endless.statuses == [413])
    }

    @Test func chunkFraming() {
        let limits = Self.limits {
            $0.chunkExtensionBytes = 20
            $0.headBytes = 100
        }
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        let extensions = ConnectionHarness(limits: limits)
        extensions.receive(head + "1;" + String(repeating: "e", count: 30))
        #expect(extensions.statuses == [400])
        let blanks = ConnectionHarness(limits: limits)
        blanks.receive(head + "1" + String(repeating: " ", count: 30))
        #expect(blanks.statuses == [400])
        let trailers = ConnectionHarness(limits: limits)
        trailers.receive(head + "0\r\nA: " + String(repeating: "t", count: 120))
        #expect(trailers.statuses == [431])
    }

    @Test func pipelinedBytes() {
        let harness = ConnectionHarness(limits: Self.limits { $0.pipelinedBytes = 100 })
        harness.begin("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(harness.wantsInput)
        harness.push([UInt8](repeating: 0x41, count: 100))
        #expect(!harness.wantsInput, "the socket is not read until the answer is out")
    }

    @Test func aClientThatDoesNotReadGetsNoFurtherAnswers() {
        let harness = ConnectionHarness()
        harness.reads = false
        harness.answer = { _ in (200, String(repeating: "x", count: 10_000)) }
        for _ in 0..<10 { harness.receive("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n") }
        #expect(harness.requests.count == 2, "two answers fill the mark")
        harness.reads = true
        harness.turn()
        #expect(harness.requests.count == 10)
    }

    @Test func emptyLines() {
        let harness = ConnectionHarness()
        harness.receive("\r\n\r\n\r\n\r\n\r\n\r\n")
        #expect(harness.statuses == [400])
    }

    // MARK: Time

    @Test func aSlowHead() {
        let harness = ConnectionHarness(limits: Self.limits { $0.headTime = .seconds(10) })
        harness.receive("GET / HTTP/1.1\r\n")
        #expect(harness.deadline == harness.now + .seconds(10))
        harness.advance(.seconds(9))
        harness.receive("Host: h\r\n")
        #expect(harness.statuses == [])
        harness.advance(.seconds(1))
        #expect(harness.statuses == [408])
    }

    @Test func aConnectionWithoutARequest() {
        let harness = ConnectionHarness(limits: Self.limits { $0.headTime = .seconds(10) })
        harness.advance(.seconds(10))
        #expect(harness.isClosed)
        #expect(harness.text == "")
    }

    @Test func restingBetweenRequests() {
        let harness = ConnectionHarness(
            limits: Self.limits {
                $0.headTime = .seconds(10)
                $0.idleTime = .seconds(75)
            })
        harness.receive("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        harness.advance(.seconds(74))
        #expect(!harness.isClosed)
        harness.advance(.seconds(1))
        #expect(harness.isClosed)
        #expect(harness.statuses == [200])
    }

    @Test func aSlowBody() {
        let limits = Self.limits {
            $0.bodyTime = .seconds(20)
            $0.minimumBodyRate = 100
        }
        let stalled = ConnectionHarness(limits: limits)
        stalled.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
        stalled.advance(.seconds(20))
        #expect(stalled.statuses == [408])

        let steady = ConnectionHarness(limits: limits)
        steady.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n")
        for _ in 0..<50 {
            steady.receive(String(repeating: "b", count: 100))
            steady.advance(.seconds(1))
        }
        #expect(steady.statuses == [200], "as slow as the rate allows")
    }

    @Test func anAnswerThatIsNotRead() {
        let harness = ConnectionHarness(limits: Self.limits { $0.writeStallTime = .seconds(30) })
        harness.reads = false
        harness.receive("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        harness.advance(.seconds(29))
        harness.channel.sent(1, at: harness.now)
        harness.advance(.seconds(29))
        #expect(!harness.isClosed, "one byte taken is progress")
        harness.advance(.seconds(1))
        #expect(harness.isClosed)
    }

    @Test func aLongQueryIsNotTheClientsFault() {
        let harness = ConnectionHarness()
        harness.begin("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(harness.deadline == nil)
        harness.advance(.seconds(100_000))
        #expect(!harness.isClosed)
        harness.reads = false
        harness.respond(200, "late")
        harness.advance(.seconds(1))
        #expect(!harness.isClosed, "the stall begins with the answer")
    }

    // MARK: Ends

    @Test func cutOff() {
        for text in [
            "GET / HT", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        ] {
            let harness = ConnectionHarness()
            harness.receive(text)
            harness.end()
            #expect(harness.statuses == [400])
            #expect(harness.requests == [])
            #expect(harness.isClosed)
        }
        let silent = ConnectionHarness()
        silent.end()
        #expect(silent.text == "")
        #expect(silent.isClosed)
    }

    @Test func aHalfClosedClientGetsItsAnswer() {
        let harness = ConnectionHarness()
        harness.begin("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        harness.end()
        #expect(!harness.isClosed)
        harness.respond(200, "still")
        harness.turn()
        #expect(harness.text.hasSuffix("still"))
        #expect(harness.isClosed)
    }

    @Test func aHalfClosedClientIsProbed() {
        let harness = ConnectionHarness()
        harness.begin("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        harness.advance(.seconds(10))
        #expect(harness.text == "")
        // It was asked a moment ago for anything to do, and there is now: the answer has taken long already.
        harness.end()
        harness.turn()
        #expect(harness.text == "HTTP/1.1 100 Continue\r\n\r\n")
        harness.advance(.seconds(2))
        harness.advance(.seconds(2))
        #expect(harness.text == "HTTP/1.1 100 Continue\r\n\r\n", "once")
        harness.respond(200, "done")
        harness.turn()
        #expect(harness.statuses == [100, 200])
        #expect(harness.isClosed)
    }

    @Test func draining() {
        let resting = ConnectionHarness()
        resting.receive("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        resting.channel.drain()
        resting.turn()
        #expect(resting.isClosed)

        let busy = ConnectionHarness()
        busy.begin("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        busy.channel.drain()
        busy.turn()
        #expect(!busy.isClosed)
        busy.respond(200, "last")
        busy.turn()
        #expect(busy.text.contains("Connection: close\r\n"))
        #expect(busy.text.hasSuffix("last"))

        let arriving = ConnectionHarness()
        arriving.receive("GET /1 HTTP/1.1\r\n")
        arriving.channel.drain()
        arriving.turn()
        arriving.receive("Host: h\r\n\r\n")
        #expect(arriving.statuses == [200], "what had begun is answered")
    }
}
