import TestSupport
import Testing

@testable import Catalog

@Suite struct JSONValueSplitterTests {
    /// What a stream gives: values and errors in their order, each as one line of text.
    static func read(
        _ text: String, chunk: Int, form: JSONValueSplitter.Form = .automatic, maximumByteCount: Int = 1 << 20
    ) -> [String] {
        var splitter = JSONValueSplitter(form: form, maximumByteCount: maximumByteCount)
        var result: [String] = []
        func drain(_ splitter: inout JSONValueSplitter) {
            while true {
                do throws(JSONError) {
                    guard let value = try splitter.next() else { return }
                    result.append("\(splitter.line): \(value)")
                } catch {
                    result.append("error \(error.line):\(error.column)")
                    if result.count > 100 { return }
                }
            }
        }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            let piece = Array(bytes[start..<min(start + chunk, bytes.count)])
            splitter.append(piece.span)
            drain(&splitter)
        }
        splitter.finish()
        drain(&splitter)
        return result
    }

    static let streams: [(String, [String])] = [
        ("", []),
        (" \n ", []),
        ("[]", []),
        ("[ \n ]\n", []),
        (#"{"a":1}"#, [#"1: {"a":1}"#]),
        ("{\"a\":1}\n{\"b\":[2]}\n\n{}\n", [#"1: {"a":1}"#, #"2: {"b":[2]}"#, "4: {}"]),
        (#"{"a":1}{"b":"}{"}{}"#, [#"1: {"a":1}"#, #"1: {"b":"}{"}"#, "1: {}"]),
        ("1 2.5 -3\ntrue\"x\"null", ["1: 1", "1: 2.5", "1: -3", "2: true", #"2: "x""#, "2: null"]),
        ("[{\"a\":\n1},\n 2,\"]\",[[3]]\n]\n", [#"1: {"a":1}"#, "3: 2", #"3: "]""#, "3: [[3]]"]),
        ("\u{FEFF}{}", ["1: {}"]),
        ("\u{FEFF}[7]", ["1: 7"]),
        (#"{"q":"\"{\\"}"#, [#"1: {"q":"\"{\\"}"#]),
        // A broken line costs no other line.
        ("{\"a\":1}\n{\"a\":x}\n{\"a\":3}", [#"1: {"a":1}"#, "error 2:6", #"3: {"a":3}"#]),
        ("{\"a\":1,\"a\":2}\n{}", ["error 1:13", "2: {}"]),
        ("{\"a\":\"open\n{\"b\":2}\n", ["error 1:11", #"2: {"b":2}"#]),
        ("{\"a\":{\n{\"b\":2}\n", ["error 1:1", #"2: {"b":2}"#]),
        ("[\n{\"a\":1},\n{\"a\":1 2},\n{\"a\":3}\n]", [#"2: {"a":1}"#, "error 3:8", #"4: {"a":3}"#]),
        ("1,2", ["1: 1", "error 1:2", "1: 2"]),
        ("]", ["error 1:1"]),
        ("[1", ["1: 1", "error 1:3"]),
        ("[1,", ["1: 1", "error 1:4"]),
        ("[", ["error 1:2"]),
        ("[1]\n2", ["1: 1", "error 2:1"]),
        ("[1\n2,\n3]", ["1: 1", "error 2:1", "3: 3"]),
        ("{", ["error 1:1"]),
        ("\"abc", ["error 1:1"]),
        ("tru", ["error 1:1"]),
    ]

    @Test(arguments: streams) func anyPiecesGiveTheSame(text: String, expected: [String]) {
        for chunk in [1, 2, 3, 7, 1000] {
            #expect(Self.read(text, chunk: chunk) == expected, "in pieces of \(chunk)")
        }
    }

    @Test func aFormCanBeAskedFor() {
        #expect(Self.read("[1][2]", chunk: 1, form: .sequence) == ["1: [1]", "1: [2]"])
        #expect(Self.read("{}", chunk: 1, form: .array) == ["error 1:1", "error 1:3"])
    }

    @Test func aValueAboveTheLimitIsAnError() {
        let long = "\"" + String(repeating: "x", count: 100) + "\""
        #expect(Self.read("1\n\(long)\n3", chunk: 10, maximumByteCount: 50) == ["1: 1", "error 2:1", "3: 3"])
    }

    /// Random values, as an array, one per line and one after another, in random pieces.
    @Test(arguments: [1, 2, 3] as [UInt64]) func randomStreamsComeBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let values = try (0..<random.below(8)).map { _ in try ModelValue.array([.random(&random, depth: 3)]).datum }
            let texts = values.map(\.description)
            let space = [" ", "\n", "\r\n\t", ""][random.below(4)]
            let streams: [(JSONValueSplitter.Form, String)] = [
                (.array, "[" + space + texts.joined(separator: space + "," + space) + space + "]"),
                (.sequence, texts.joined(separator: "\n")),
                (.sequence, texts.joined(separator: space) + space),
            ]
            for (form, text) in streams {
                var splitter = JSONValueSplitter(form: form)
                var read: [Datum] = []
                var rest = Array(text.utf8)[...]
                while !rest.isEmpty {
                    let piece = Array(rest.prefix(1 + random.below(50)))
                    rest = rest.dropFirst(piece.count)
                    splitter.append(piece.span)
                    while let value = try splitter.next() { read.append(value) }
                }
                splitter.finish()
                while let value = try splitter.next() { read.append(value) }
                #expect(read == values)
                #expect(splitter.offset == text.utf8.count)
            }
        }
    }
}
