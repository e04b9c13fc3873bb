import Testing

@testable import PandoCommand

@Suite struct HTTPAnswerTests {
    /// Head and body of an answer that comes in pieces of a size.
    private func read(_ text: String, pieces: Int) throws -> (HTTPAnswer.Head?, String) {
        var answer = HTTPAnswer()
        var rest = Array(text.utf8)[...]
        var body: [UInt8] = []
        while !answer.isFinished {
            if let piece = try answer.next() {
                body += piece
            } else if answer.isFinished {
                break
            } else if rest.isEmpty {
                try answer.end()
            } else {
                answer.append(Array(rest.prefix(pieces)))
                rest = rest.dropFirst(pieces)
            }
        }
        return (answer.head, String(decoding: body, as: UTF8.self))
    }

    /// What has no end is not kept.
    @Test func aHeadThatDoesNotEndIsNone() throws {
        var answer = HTTPAnswer()
        answer.append(Array("HTTP/1.1 200 OK\r\n".utf8))
        let field = Array(String(repeating: "a: b\r\n", count: 1000).utf8)
        let failure = #expect(throws: HTTPAnswer.Failure.self) {
            for _ in 0..<100 {
                answer.append(field)
                _ = try answer.next()
            }
        }
        #expect(failure?.description.contains("its head does not end") == true)
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func bodiesOfEveryFraming(pieces: Int) throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        for (text, body) in [
            (head + "Content-Length: 5\r\n\r\nhello", "hello"), (head + "Content-Length: 0\r\n\r\n", ""),
            (head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nTrailer: 1\r\n\r\n", "hello!"),
            (head + "\r\nhello", "hello"), ("HTTP/1.1 100 Continue\r\n\r\n" + head + "Content-Length: 2\r\n\r\nok", "ok"),
            ("HTTP/1.1 204 No Content\r\n\r\n", ""),
        ] {
            let (found, read) = try read(text, pieces: pieces)
            #expect(read == body && (found?.status == 200 || found?.status == 204))
        }
        #expect(try read(head + "Content-Length: 1\r\n\r\nx", pieces: pieces).0?.fields["content-type"] == "application/json")
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloworld",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
    ])
    func whatIsNoAnswerIsAnError(text: String) {
        for pieces in [1, 5, 100] { #expect(throws: (any Error).self) { try read(text, pieces: pieces) } }
    }

    @Test func anyBytesEnd() {
        var generator = Seeded(11)
        let start = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        for _ in 0..<200 {
            var answer = HTTPAnswer()
            answer.append(start + (0..<40).map { _ in Array("0123af\r\n;x".utf8).randomElement(using: &generator) ?? 0 })
            do {
                while try answer.next() != nil {}
                try answer.end()
                #expect(answer.isFinished)
            } catch {}
        }
    }

    @Test(arguments: [
        ("localhost", "localhost:8080"), ("db.example:1", "db.example:1"), ("http://h:80/", "h:80"), ("[::1]:9", "[::1]:9"),
        ("[::1]", "[::1]:8080"),
    ])
    func addresses(text: String, name: String) throws {
        #expect(try ServerAddress(text).name == name)
    }

    @Test(arguments: ["", ":80", "h:", "h:0", "h:65536", "h:x", "a:1:2", "[::1", "[::1]x", "h/path:1"])
    func whatIsNoAddressIsSaid(text: String) {
        #expect(throws: CommandError.self) { try ServerAddress(text) }
    }
}
