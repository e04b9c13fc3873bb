import Ground
import Testing

@testable import httpd

@Suite struct HTTPConnectionTests {
    @Test func answersARequest() {
        let harness = ConnectionHarness()
        harness.receive("GET /a/b?x=1 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(harness.requests == [.init(method: "GET", path: "/a/b", query: "x=1", body: "")])
        #expect(
            harness.text
                == "HTTP/1.1 200 OK\r\nDate: now\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nGET /a/b "
        )
        #expect(!harness.isClosed)
    }

    static let conversations: [(name: String, bytes: String, requests: [ConnectionHarness.Seen])] = [
        (
            "keep-alive and pipelining",
            "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPUT /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: h\r\n\r\n",
            [
                .init(method: "GET", path: "/1", query: nil, body: ""), .init(method: "PUT", path: "/2", query: nil, body: "abc"),
                .init(method: "GET", path: "/3", query: nil, body: ""),
            ]
        ),
        (
            "chunks, extensions and trailers",
            "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n1;a=b;c=\"d e\"\r\n \r\n0005 ; x\r\nworld\r\n0\r\nDigest: x\r\nB:\r\n\r\nGET /after HTTP/1.1\r\nHost: h\r\n\r\n",
            [
                .init(method: "POST", path: "/c", query: nil, body: "hello world"),
                .init(method: "GET", path: "/after", query: nil, body: ""),
            ]
        ),
        (
            "blanks around values, empty lines before a request, an absolute target",
            "\r\n\r\nGET http://other:80/x?y HTTP/1.1\r\nhost:h\r\nX: \t v \t\r\nEmpty:\r\n\r\n",
            [.init(method: "GET", path: "/x", query: "y", body: "")]
        ),
        (
            "a body of zero bytes and an empty chunked body",
            "POST /z HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\nPOST /y HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            [.init(method: "POST", path: "/z", query: nil, body: ""), .init(method: "POST", path: "/y", query: nil, body: "")]
        ),
        (
            "a body that looks like a request",
            "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 28\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\nGET /c HTTP/1.1\r\nHost: h\r\n\r\n",
            [
                .init(method: "POST", path: "/a", query: nil, body: "GET /b HTTP/1.1\r\nHost: h\r\n\r\n"),
                .init(method: "GET", path: "/c", query: nil, body: ""),
            ]
        ),
        ("a star", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", [.init(method: "OPTIONS", path: "", query: nil, body: "")]),
        (
            "HTTP/1.9 is read as 1.1", "GET /a HTTP/1.9\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
            [.init(method: "GET", path: "/a", query: nil, body: ""), .init(method: "GET", path: "/b", query: nil, body: "")]
        ),
    ]

    /// However the bytes are cut into packets, the same requests and the same answers come out.
    @Test(arguments: conversations.indices)
    func packetsDoNotMatter(_ index: Int) {
        let (name, bytes, requests) = Self.conversations[index]
        let whole = ConnectionHarness()
        whole.receive(bytes)
        #expect(whole.requests == requests, "\(name)")
        #expect(whole.violations.isEmpty, "\(name)")
        let single = ConnectionHarness()
        single.receiveByteByByte(bytes)
        #expect(single.requests == requests, "\(name), byte by byte")
        #expect(single.text == whole.text)
        for cut in 1..<bytes.utf8.count {
            let two = ConnectionHarness()
            two.receive(Array(bytes.utf8.prefix(cut)))
            two.receive(Array(bytes.utf8.dropFirst(cut)))
            #expect(two.requests == requests, "\(name), cut at \(cut)")
        }
    }

    @Test func aRequestSeesWhatTheOneBeforeDid() {
        let harness = ConnectionHarness()
        harness.reads = false
        harness.push(Array("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n".utf8))
        #expect(harness.next() == .head)
        #expect(harness.next() == nil, "nothing before it is admitted")
        harness.admit()
        #expect(harness.next() == .request)
        #expect(harness.next() == nil, "the second waits for the answer to the first")
        harness.respond(200, "one")
        #expect(harness.next() == .head)
    }

    @Test func headGetsNoBody() {
        let harness = ConnectionHarness()
        harness.answer = { _ in (200, "four") }
        harness.receive("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(
            harness.text.hasSuffix(
                "Content-Length: 4\r\n\r\nHTTP/1.1 200 OK\r\nDate: now\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfour"
            ))
    }

    @Test(arguments: [204, 304]) func someStatusesHaveNoBody(_ status: Int) {
        let harness = ConnectionHarness()
        harness.answer = { _ in (status, "never") }
        harness.receive("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(harness.text.hasSuffix("\r\n\r\n"))
        #expect(!harness.text.contains("Content-Length"))
        #expect(!harness.isClosed)
    }

    @Test func closesWhenAsked() {
        let harness = ConnectionHarness()
        harness.receive("GET /a HTTP/1.1\r\nHost: h\r\nConnection: foo, Close\r\n\r\n")
        #expect(harness.text.contains("Connection: close\r\n"))
        #expect(harness.isClosed)
    }

    @Test func oldVersionsCloseUnlessAskedNotTo() {
        let harness = ConnectionHarness()
        harness.receive("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(harness.text.contains("Connection: keep-alive\r\n"))
        #expect(!harness.isClosed)
        harness.receive("GET /b HTTP/1.0\r\n\r\n")
        #expect(harness.requests.count == 2)
        #expect(harness.isClosed)
    }

    @Test func whatFollowsALastRequestIsNotAnswered() {
        let harness = ConnectionHarness()
        harness.receive("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(harness.requests.count == 1)
        #expect(harness.hasShutDown)
        harness.end()
        #expect(harness.isClosed)
    }

    // MARK: Expect

    @Test func continues() {
        let harness = ConnectionHarness()
        harness.receive("PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n")
        #expect(harness.text == "HTTP/1.1 100 Continue\r\n\r\n")
        harness.receive("ok")
        #expect(harness.statuses == [100, 200])
    }

    @Test func doesNotContinueWhatHasCome() {
        let harness = ConnectionHarness()
        harness.receive("PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok")
        #expect(harness.statuses == [200])
    }

    @Test func refusesInsteadOfContinuing() {
        let harness = ConnectionHarness()
        harness.refuses = { _ in true }
        harness.receive("PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(harness.statuses == [404])
        #expect(harness.text.contains("Connection: close"))
    }

    // MARK: Refusals before the body

    @Test func aSmallRefusedBodyIsDropped() {
        let harness = ConnectionHarness()
        harness.refuses = { $0.path == "/no" }
        harness.receive("PUT /no HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /yes HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(harness.statuses == [404, 200])
        #expect(harness.requests.first?.body == "")
        #expect(!harness.isClosed)
    }

    @Test func aLargeRefusedBodyEndsTheConnection() {
        let harness = ConnectionHarness()
        harness.refuses = { _ in true }
        harness.receive("PUT /no HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\nhello")
        #expect(harness.statuses == [404])
        #expect(harness.hasShutDown)
        harness.receive("more that is dropped")
        harness.advance(harness.limits.lingerTime)
        #expect(harness.isClosed)
    }

    // MARK: Streams

    @Test func streamsInChunks() {
        let harness = ConnectionHarness()
        harness.begin("GET /s HTTP/1.1\r\nHost: h\r\n\r\n")
        harness.stream("first", isFirst: true)
        harness.stream("")
        harness.stream(String(repeating: "x", count: 20_000))
        harness.endStream()
        harness.turn()
        let body = "5\r\nfirst\r\n4e20\r\n\(String(repeating: "x", count: 20_000))\r\n0\r\n\r\n"
        #expect(
            harness.text
                == "HTTP/1.1 200 OK\r\nDate: now\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nTransfer-Encoding: chunked\r\n\r\n"
                + body)
        harness.receive("GET /next HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(harness.requests.count == 1)
    }

    @Test func streamsToOldVersionsUntilTheEnd() {
        let harness = ConnectionHarness()
        harness.begin("GET /s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        harness.stream("first", isFirst: true)
        harness.stream("second")
        harness.endStream()
        harness.turn()
        #expect(
            harness.text
                == "HTTP/1.1 200 OK\r\nDate: now\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n\r\nfirstsecond"
        )
        #expect(harness.isClosed)
    }

    @Test func aStreamForHeadIsItsHead() {
        let harness = ConnectionHarness()
        harness.begin("HEAD /s HTTP/1.1\r\nHost: h\r\n\r\n")
        harness.stream("first", isFirst: true)
        #expect(!harness.isStreaming)
        #expect(harness.text.hasSuffix("Transfer-Encoding: chunked\r\n\r\n"))
    }

    @Test func aCutStreamHasNoEnd() {
        let harness = ConnectionHarness()
        harness.begin("GET /s HTTP/1.1\r\nHost: h\r\n\r\n")
        harness.stream("first", isFirst: true)
        harness.cutStream()
        harness.turn()
        #expect(harness.text.hasSuffix("5\r\nfirst\r\n"))
        #expect(harness.isClosed)
    }
}
