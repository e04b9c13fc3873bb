import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Bytes from strangers: whatever comes, the machine answers or closes, keeps little, and takes the next connection as if nothing had been.
@Suite struct DriverFuzzTests {
    /// Messages that are right, to be made wrong.
    private static let messages = [
        "[1,[24,[1,2]],{}]", #"[1,[15,["t"]],{"db":[14,["test"]]}]"#, "[1,[173,[1000]],{\"max_batch_rows\":3}]", "[2]", "[3]", "[4]", "[5]",
        #"[1,[38,[[2,[1,2,3]],[69,[[2,[1]],[24,[[10,[1]],1]]]]]]]"#, #"[1,{"a":{"$reql_type$":"TIME","epoch_time":1,"timezone":"Z"}}]"#,
        #"[1,[12,["x"]],{"noreply":true}]"#, #"[1,[31,[{"a":"é\u0000"},"b"]]]"#, #"[1,[92,[[31,[{},"a"]],[2,[]]]],{"profile":true}]"#,
    ]

    @Test(arguments: Fuzzing.seeds(40))
    func frames(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let harness = try DriverHarness()
        for _ in 0..<200 where !harness.isClosed && !harness.hasShutDown {
            var text = Array((Self.messages.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) where !text.isEmpty {
                let index = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[index] = .random(in: .min ... .max, using: &random)
                case 1: text.remove(at: index)
                default: text.insert(contentsOf: text[..<index], at: index)
                }
            }
            let token = UInt64.random(in: 0..<4, using: &random)
            var frame = DriverHarness.header(token, UInt32(text.count)) + text
            if Int.random(in: 0..<100, using: &random) == 0 { frame[Int.random(in: 8..<12, using: &random)] ^= 0xFF }
            harness.feed(frame, inPiecesOf: Int.random(in: 1...40, using: &random))
            for response in harness.responses() {
                let json = try #require(response.split(separator: " ", maxSplits: 1).last)
                #expect(throws: Never.self, "seed \(seed): \(json)") { try Datum(json: String(json)) }
            }
        }
        // Nobody hurries it between frames, and an unfinished one does not keep it for ever.
        harness.advance(.seconds(1_000_000))
        let other = try DriverHarness()
        other.feed(DriverHarness.frame(1, "[1,1]"))
        #expect(other.responses() == [#"1 {"t":1,"r":[1]}"#])
    }

    /// Whatever length a frame says that it has, short of what is refused, nothing is kept for it before it comes.
    @Test func lengthsThatLie() throws {
        let limit = DriverLimits().queryBytes
        for length in [0, 1, 2, limit - 1, limit, limit + 1, 1 << 31 - 1, 1 << 31, 1 << 32 - 1] {
            for token: UInt64 in [0, 1, .max] {
                let harness = try DriverHarness()
                harness.feed(DriverHarness.header(token, UInt32(length)))
                if length < limit {
                    #expect(!harness.hasShutDown && harness.wantsInput)
                    #expect(harness.driver.connection.bodyByteCount == 0)
                } else {
                    #expect(harness.responses().first?.hasPrefix("\(token) {\"t\":16") == true && harness.hasShutDown, "\(length)")
                }
                harness.advance(.seconds(1_000_000))
                #expect(harness.isClosed || length == 0, "\(length)")
            }
        }
    }

    /// Results that are never read to their end don't pile up without bound.
    @Test func openQueriesAreBounded() throws {
        let harness = try DriverHarness { $0.openQueries = 3 }
        for token: UInt64 in 1...3 { harness.feed(DriverHarness.frame(token, "[1,[173,[]]]")) }
        #expect(harness.responses().count == 3)
        harness.feed(DriverHarness.frame(4, "[1,[173,[]]]"))
        #expect(try #require(harness.responses().first).contains("open queries"))
        harness.feed(DriverHarness.frame(2, "[3]") + DriverHarness.frame(5, "[1,1]"))
        #expect(harness.responses() == [#"2 {"t":2,"r":[],"n":[]}"#, #"5 {"t":1,"r":[1]}"#])
    }

    @Test(arguments: Fuzzing.seeds(40))
    func handshakes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var bytes = [HandshakeTests.magicV1, HandshakeTests.magicV04, HandshakeTests.magicV03].randomElement(using: &random) ?? []
            bytes += Array(
                #"{"protocol_version":0,"authentication_method":"SCRAM-SHA-256","authentication":"n,,n=admin,r=x"}"#.utf8)
            bytes += [0] + Array(#"{"authentication":"c=biws,r=xSERVER,p=AAAA"}"#.utf8) + [0]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            let harness = try DriverHarness(version: nil)
            harness.feed(bytes, inPiecesOf: Int.random(in: 1...200, using: &random))
            harness.advance(.seconds(11))
            harness.advance(.seconds(11))
            #expect(harness.isClosed, "seed \(seed)")
        }
    }
}
