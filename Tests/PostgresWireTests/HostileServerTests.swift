import Ground
import PostgresWire
import Testing

/// What a client makes of servers that mean harm.
@Suite struct HostileServerTests {
    private static func options(_ change: (inout ClientOptions) -> Void = { _ in }) -> ClientOptions {
        var options = ClientOptions(user: "ann", database: "app", password: Array("pencil".utf8))
        change(&options)
        return options
    }

    /// The error of a session that such messages come to.
    private func failure(_ answers: [BackendMessage], to options: ClientOptions = options()) -> ClientError? {
        var session = ClientSession(options, nonce: "abc")
        session.receive(MessageTests.bytes(of: answers).span)
        do throws(ClientError) {
            while try session.nextEvent() != nil {}
            return nil
        } catch {
            return error
        }
    }

    private func isBroken(_ error: ClientError?) -> Bool { if case .protocolBroken? = error { true } else { false } }
    private func isDeclined(_ error: ClientError?) -> Bool { if case .declined? = error { true } else { false } }

    @Test func aLengthBeyondReasonIsRefusedAtOnce() {
        for head: [UInt8] in [
            [0x52, 0x7F, 0xFF, 0xFF, 0xFF], [0x52, 0x80, 0, 0, 0], [0x52, 0, 0, 0, 3], [0x52, 0, 1, 0, 5], [0x48, 0x54, 0x54, 0x50, 0x2F],
        ] {
            var session = ClientSession(Self.options())
            session.receive(head.span)
            #expect(throws: ClientError.self, "\(head)") { try session.nextEvent() }
        }
    }

    @Test func theBeginningHasAnEnd() {
        let notice = BackendMessage.noticeResponse(MessageTests.report)
        #expect(isBroken(failure(Array(repeating: notice, count: 1_001))))
        #expect(isBroken(failure([.authentication(.ok)] + Array(repeating: notice, count: 1_001))))
        let settings = (0..<300).map { BackendMessage.parameterStatus(name: "s\($0)", value: "") }
        #expect(isBroken(failure([.authentication(.ok)] + settings)))
    }

    @Test func aPasswordIsToldByScramAlone() {
        #expect(isDeclined(failure([.authentication(.cleartextPassword)])))
        #expect(isDeclined(failure([.authentication(.md5Password(salt: [1, 2, 3, 4]))])))
        #expect(isDeclined(failure([.authentication(.other(7))])))
        #expect(isBroken(failure([.authentication(.sasl(mechanisms: ["SCRAM-SHA-1"]))])))
        #expect(isDeclined(failure([.authentication(.sasl(mechanisms: ["SCRAM-SHA-256"]))], to: Self.options { $0.password = [] })))
        // Allowed in the clear is not allowed by MD5.
        let clear = Self.options { $0.allowed = [.password] }
        #expect(failure([.authentication(.cleartextPassword)], to: clear) == nil)
        #expect(isDeclined(failure([.authentication(.md5Password(salt: [1, 2, 3, 4]))], to: clear)))
        // After SCRAM has begun, nobody asks in another way.
        #expect(isBroken(failure([.authentication(.sasl(mechanisms: ["SCRAM-SHA-256"])), .authentication(.cleartextPassword)], to: clear)))
    }

    @Test func aPasswordByMD5IsWhatTheServerExpects() {
        var session = ClientSession(Self.options { $0.allowed = [.md5] })
        _ = session.takeOutgoing()
        session.receive(MessageTests.bytes(of: [.authentication(.md5Password(salt: [1, 2, 3, 4]))]).span)
        #expect(throws: Never.self) { try session.nextEvent() }
        // md5(md5("pencilann") in hexadecimal, and the salt).
        #expect(session.takeOutgoing() == MessageTests.bytes(of: [.password(Array("md57a54f810f22603a6e57c5628653701a4".utf8) + [0])]))
    }

    @Test func scramIsGoneThroughInOrder() {
        let begin = BackendMessage.authentication(.sasl(mechanisms: ["SCRAM-SHA-256"]))
        func first(_ text: String) -> BackendMessage { .authentication(.saslContinue(Array(text.utf8))) }
        let good = first("r=abcdef,s=c2FsdA==,i=2")
        #expect(failure([begin, good]) == nil)
        // Let in without a signature, or with one that is none.
        #expect(isBroken(failure([begin, .authentication(.ok)])))
        #expect(isBroken(failure([begin, good, .authentication(.ok)])))
        for text in ["", "v=", "v=AAAA", "e=other-error", "x=1", "v=" + Base64.encode(Array(repeating: 0, count: 32))] {
            #expect(isBroken(failure([begin, good, .authentication(.saslFinal(Array(text.utf8)))])), "\(text)")
        }
        // A nonce of somebody else, no salt, too much to compute, and no text at all.
        for text in [
            "r=xbcdef,s=c2FsdA==,i=2", "r=abc,s=c2FsdA==,i=4096", "r=abcdef,s=,i=4096", "r=abcdef,s=!,i=4096", "r=abcdef,s=c2FsdA==,i=0",
            "r=abcdef,s=c2FsdA==,i=2000000000", "r=abcdef,s=c2FsdA==,i=x", "m=1,r=abcdef,s=c2FsdA==,i=1", "", ",,,",
        ] {
            #expect(isBroken(failure([begin, first(text)])), "\(text)")
        }
        #expect(isBroken(failure([begin, .authentication(.saslContinue([0xFF, 0xFE]))])))
        #expect(isBroken(failure([begin, good, good])))
        #expect(isBroken(failure([good])))
        #expect(isBroken(failure([.authentication(.saslFinal([]))])))
        #expect(isBroken(failure([begin, begin])))
    }

    @Test func theExchangeIsBoundToTheConnection() throws {
        func sent(_ endPoint: [UInt8]?, _ mechanisms: [String]) throws -> String {
            var session = ClientSession(Self.options { $0.isEncrypted = true }, nonce: "abc")
            session.receive([UInt8(ascii: "S")].span)
            #expect(try session.nextEvent() == .encrypt)
            _ = session.takeOutgoing()
            try session.encrypted(endPoint: endPoint)
            _ = session.takeOutgoing()
            session.receive(MessageTests.bytes(of: [.authentication(.sasl(mechanisms: mechanisms))]).span)
            _ = try session.nextEvent()
            return String(decoding: session.takeOutgoing().filter { $0 >= 0x20 && $0 < 0x7F }, as: UTF8.self)
        }
        let both = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]
        let bound = try sent([1, 2, 3], both)
        #expect(bound.contains("SCRAM-SHA-256-PLUS") && bound.hasSuffix("p=tls-server-end-point,,n=,r=abc"))
        // A server whose offer somebody has shortened knows by the `y` that it was.
        #expect(try sent([1, 2, 3], ["SCRAM-SHA-256"]).hasSuffix("SCRAM-SHA-256y,,n=,r=abc"))
        #expect(try sent(nil, both).hasSuffix("SCRAM-SHA-256n,,n=,r=abc"))
    }

    @Test func nothingIsTakenForEncryptedThatCameBefore() {
        for answer: [UInt8] in [[UInt8(ascii: "N")], [UInt8(ascii: "S"), UInt8(ascii: "R")], [UInt8(ascii: "E")], [0]] {
            var session = ClientSession(Self.options { $0.isEncrypted = true })
            #expect(session.takeOutgoing() == [0, 0, 0, 8, 4, 210, 22, 47])
            session.receive(answer.span)
            #expect(throws: ClientError.self, "\(answer)") { try session.nextEvent() }
            #expect(session.outgoing.isEmpty, "nothing of the account has left")
        }
    }

    @Test func whatNobodyAskedForIsRefused() {
        let begun: [BackendMessage] = [.authentication(.ok), .backendKeyData(process: 1, secret: 2), .readyForQuery(.idle)]
        #expect(failure(begun) == nil)
        let unasked: [BackendMessage] = [
            .dataRow([nil]), .commandComplete("SELECT 1"), .readyForQuery(.idle), .copyData([1]), .copyDone, .parseComplete, .noData,
            .authentication(.ok), .authentication(.cleartextPassword), .errorResponse(MessageTests.report), .functionCallResponse(nil),
            .backendKeyData(process: 3, secret: 4),
        ]
        for message in unasked { #expect(isBroken(failure(begun + [message])), "\(message)") }
        // Before the login is through, neither.
        for message in unasked where message != .authentication(.ok) && message != .authentication(.cleartextPassword) {
            #expect(failure([message]) != nil, "\(message)")
        }
    }
}
