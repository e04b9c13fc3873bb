import Testing

@testable import PandoCommand

@Suite struct KeyDecoderTests {
    private func keys(_ text: String) -> [Key] {
        var decoder = KeyDecoder()
        return decoder.feed(Array(text.utf8)) + decoder.flush()
    }

    @Test(arguments: [
        ("\r", Key.enter), ("\n", .enter), ("\t", .tab), ("\u{7F}", .backspace), ("\u{8}", .backspace), ("\u{1}", .control("a")),
        ("\u{1F}", .control("_")), ("\u{0}", .control("@")), ("\u{1B}", .escape), ("\u{1B}[A", .up), ("\u{1B}OA", .up), ("\u{1B}[B", .down),
        ("\u{1B}[C", .right), ("\u{1B}[D", .left), ("\u{1B}[1;5C", .wordRight), ("\u{1B}[1;3D", .wordLeft), ("\u{1B}[H", .home),
        ("\u{1B}[4~", .end), ("\u{1B}[3~", .delete), ("\u{1B}[3;5~", .metaDelete), ("\u{1B}[5~", .pageUp), ("\u{1B}[Z", .backTab),
        ("\u{1B}b", .meta("b")), ("\u{1B}\r", .metaEnter), ("\u{1B}\u{7F}", .metaBackspace), ("\u{1B}[99~", .unknown), ("é", .text("é")),
        ("日", .text("日")), ("👍", .text("👍")),
    ])
    func keyOfASequence(text: String, key: Key) {
        #expect(keys(text) == [key])
    }

    @Test func aSequenceMayComeByteByByte() {
        let text = "a\u{1B}[1;5Dé\u{1B}[200~x\r\ny\u{1B}[201~\u{1B}OH日\u{1B}\r"
        var decoder = KeyDecoder()
        var found: [Key] = []
        for byte in text.utf8 { found += decoder.feed([byte]) }
        #expect(found == [.text("a"), .wordLeft, .text("é"), .paste("x\ny"), .home, .text("日"), .metaEnter])
        #expect(found == keys(text))
        #expect(!decoder.isWaiting)
    }

    @Test func anEscapeAloneWaits() {
        var decoder = KeyDecoder()
        #expect(decoder.feed([0x1B]) == [])
        #expect(decoder.isWaiting)
        #expect(decoder.feed([UInt8(ascii: "["), UInt8(ascii: "A")]) == [.up])
        #expect(decoder.feed([0x1B]) == [] && decoder.flush() == [.escape])
    }

    @Test func whatIsPastedIsNoKey() {
        #expect(keys("\u{1B}[200~\u{1B}[A\t\u{3}\u{1B}[201~") == [.paste("\u{1B}[A\t\u{3}")])
        var decoder = KeyDecoder()
        #expect(decoder.feed(Array("\u{1B}[200~unfinished\u{1B}[20".utf8)) == [])
        #expect(!decoder.isWaiting, "nobody is to flush what may go on for long")
        #expect(decoder.feed(Array("1~!".utf8)) == [.paste("unfinished"), .text("!")])
    }

    @Test func badUTF8IsUnknownAndWhatFollowsIsRead() {
        var decoder = KeyDecoder()
        #expect(decoder.feed([0xFF, 0xC3, 0x28, 0x80, 0x61]) == [.unknown, .unknown, .text("("), .unknown, .text("a")])
        #expect(decoder.feed([0xE6, 0x97]) == [] && decoder.isWaiting && decoder.flush() == [.unknown])
    }

    /// Whatever comes, every byte is used up at the end, and pieces make no difference.
    @Test func anyBytesAreRead() {
        var generator = Seeded(42)
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                [0x1B, 0x5B, 0x4F, 0x7E, 0x3B, 0x32, 0x30, 0x31, 0xC3, 0xA9, 0xF0, 0x9F].randomElement(using: &generator)
                    ?? UInt8.random(in: 0...255, using: &generator)
            }
            var whole = KeyDecoder()
            var pieces = KeyDecoder()
            var first = whole.feed(bytes)
            var second: [Key] = []
            for byte in bytes { second += pieces.feed([byte]) }
            (first, second) = (first + whole.flush(), second + pieces.flush())
            #expect(first == second, "\(bytes)")
            #expect(!whole.isWaiting && !pieces.isWaiting, "\(bytes)")
        }
    }
}

/// A small generator, so that a test does the same each time.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    }
}
