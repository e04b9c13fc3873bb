import Catalog
import Ground
import TestSupport
import Testing

@testable import ReQLish

@Suite struct RegexTests {
    /// The match and its groups as byte offsets, as the generated cases write them.
    private func answer(_ pattern: String, _ text: String) -> String {
        do throws(ReQLError) {
            let bytes = Array(text.utf8)
            guard let offsets = try RegularExpression(pattern).firstMatch(in: bytes.span) else { return "null" }
            return stride(from: 0, to: offsets.count, by: 2)
                .map { offsets[$0] < 0 ? "." : "\(offsets[$0])-\(offsets[$0 + 1])" }.joined(separator: " ")
        } catch {
            return "!\(error.kind)"
        }
    }

    @Test(arguments: [
        ("", "abc", "0-0"), ("b", "abc", "1-2"), ("a|ab", "ab", "0-1"), ("ab|a", "ab", "0-2"), ("x*", "yxx", "0-0"), ("x+", "yxx", "1-3"),
        ("a(b.e)|b(c.e)", "abcdefg", "1-5 . 2-5"), ("(?i)B(c.e)", "abcdefg", "1-5 2-5"), ("a.c", "a\nc", "null"),
        ("(?s)a.c", "a\nc", "0-3"),
        ("^b", "a\nb", "null"), ("(?m)^b", "a\nb", "2-3"), ("a$", "a\n", "null"), ("(?m)a$", "a\n", "0-1"), ("\\Ab", "b", "0-1"),
        ("a\\z", "ba", "1-2"),
        ("<.+>", "<a><b>", "0-6"), ("<.+?>", "<a><b>", "0-3"), ("(?U)<.+>", "<a><b>", "0-3"), ("(?U)<.+?>", "<a><b>", "0-6"),
        ("a{2}", "aaaa", "0-2"), ("a{2,}", "aaaa", "0-4"), ("a{1,3}", "aaaa", "0-3"), ("a{1,3}?", "aaaa", "0-1"), ("a{,3}", "a{,3}", "0-5"),
        ("{", "{", "0-1"),
        ("\\bfoo\\b", "a foo.", "2-5"), ("\\Bo", "foo", "1-2"), ("[]a]+", "]a", "0-2"), ("[^]a]", "]ab", "2-3"), ("[a-]+", "a-", "0-2"),
        ("[[:alpha:]]+", "1ab2", "1-3"),
        ("[[:^digit:]]", "1a", "1-2"), ("\\d+\\D", "12a", "0-3"), ("\\w+", "é_9", "2-4"), ("\\s", "\u{B}\t", "1-2"),
        ("\\x41\\x{42}\\103", "ABC", "0-3"),
        ("\\Qa.b*\\E+", "a.b**", "0-5"), ("\\Q\\E", "a", "0-0"), ("[\\Q]", "Q", "!queryLogic"), ("\\pL+", "1éß世2", "1-8"),
        ("\\p{Lu}", "aÉ", "1-3"), ("\\PN", "1½a", "3-4"),
        ("\\p{^Ll}", "aB", "1-2"), ("\\p{Any}", "é", "0-2"), ("[\\p{Nd}x]+", "٣x", "0-3"), ("(?i)\\p{Lu}+", "aB", "0-2"),
        ("(?i)straße", "STRAßE", "0-7"), ("(?i)k", "\u{212A}", "0-3"),
        ("(?i)[^k]", "\u{212A}x", "3-4"), ("(?i)ΣΙΣ", "σις", "0-6"), ("(?P<year>\\d{4})-(?<month>\\d\\d)", "on 2013-07", "3-10 3-7 8-10"),
        ("(a)|(b)", "b", "0-1 . 0-1"),
        ("(a*)*", "b", "0-0 0-0"), ("(a|b)*", "abab", "0-4 3-4"), ("(?i:a)b", "Ab", "0-2"), ("(?i)a(?-i)b", "AB", "null"),
        ("((?i)a)b", "AB", "null"), ("世.", "a世界", "1-7"), ("a\\_b", "a_b", "0-3"),
        ("a||b", "b", "0-0"), ("()", "", "0-0 0-0"), ("(?:a|b)+c", "xabac", "1-5"), ("x{0}y", "y", "0-1"), ("\\.", "a.", "1-2"),
        ("\\-", "-", "0-1"), ("🎈+", "a🎈🎈", "1-9"),
    ])
    func matches(pattern: String, text: String, expected: String) {
        #expect(answer(pattern, text) == expected)
    }

    @Test(arguments: [
        "(", ")", "a)", "[", "[a", "[b-a]", "[[:nope:]]", "*", "+a", "a**", "a{2}{3}", "a{1001}", "a{3,2}", "\\", "\\9", "\\1", "ab\\9",
        "\\q", "\\x{110000}", "\\xZZ", "\\x4",
        "\\p{Nope}", "\\p{L", "(?=a)", "(?!a)", "(?<!a)", "(?<n", "(?P<>a)", "(?P<a>.)(?P<a>.)", "(?P=a)", "(?z)", "(?i", "(?-)a", "x(?",
        "[a-\\d]", "\\C", "\\Z",
    ])
    func refused(pattern: String) {
        #expect(answer(pattern, "") == "!queryLogic")
    }

    @Test func differential() {
        var count = 0
        for line in regexDifferentialCases.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0).replacing("␊", with: "\n") }
            #expect(fields.count == 3 && answer(fields[0], fields[1]) == fields[2], "\(line)")
            count += 1
        }
        #expect(count == 160)
    }

    @Test func errorsNameThePart() throws {
        let error = #expect(throws: ReQLError.self) { try RegularExpression("ab\\9") }
        #expect(error?.kind == .queryLogic && error?.message.contains("\\\\9") == true)
    }

    // MARK: - Limits

    /// Patterns on which backtracking takes exponential time take steps in proportion to text and program here.
    @Test(arguments: ["(a*)*b", "(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*)(.*)(.*)=", "(?:a?){100}a{100}b", "(x+x+)+y|(a+a+)+y"])
    func stepsStayLinear(pattern: String) throws {
        let program = try RegexProgram(pattern)
        for length in [100, 200, 400] {
            var machine = RegexMachine(program)
            let text = [UInt8](repeating: UInt8(ascii: "a"), count: length)
            #expect(machine.firstMatch(in: text.span) == nil)
            #expect(machine.steps <= 3 * program.instructions.count * (length + 1), "\(pattern) on \(length) letters")
        }
    }

    @Test(arguments: [
        "((a{100}){100}){100}", "(((((a{0,10}){0,10}){0,10}){0,10}){0,10})", "(?:(?:(?:){1000}){1000}){1000}x{1001}",
        "(?:(?:^{1000}){1000}){1000}",
        "(?:(?:|){1000}){1000}", String(repeating: "(", count: 201) + String(repeating: ")", count: 201),
        String(repeating: "a", count: 30_000),
        String(repeating: "(a)", count: 3_000),
    ])
    func tooLarge(pattern: String) {
        #expect(answer(pattern, "a") == "!queryLogic")
    }

    /// A search in a large text ends when nobody waits for it any more, and the next one is as before.
    @Test(arguments: ["(a*)*b", "\\bb", "[ab]*c", "(?:a?){100}b"])
    func searchesAreStopped(pattern: String) throws {
        let expression = try RegularExpression(pattern)
        let text = Datum(String(repeating: "a", count: 3 << 20))
        let stopped = QueryMemory(limit: .max, pool: MemoryPool(limit: .max)) { true }
        let error = #expect(throws: ReQLError.self) {
            _ = try QueryMemory.ofThread.with(stopped) { () throws(ReQLError) in try Strings.match(text, expression) }
        }
        #expect(error == Cancellation.ofQuery)
        #expect(try Strings.match("aab", RegularExpression("(a*)*b")) != .null)
        #expect(throws: ReQLError.self) {
            _ = try QueryMemory.ofThread.with(stopped) { () throws(ReQLError) in
                try Strings.split(text, "b", limit: nil, arrayLimit: 100_000)
            }
        }
    }

    @Test func emptyRepetitionsCostNothing() {
        #expect(answer("(?:(?:(?:){1000}){1000}){1000}", "a") == "0-0")
        #expect(answer("(?:(?:(?:x{0}){1000}){1000}){1000}", "a") == "0-0")
        #expect(answer(String(repeating: "(", count: 200) + String(repeating: ")", count: 200), "").hasPrefix("0-0"))
    }

    // MARK: - The two machines agree

    @Test func automatonAndMachineAgree() throws {
        let seed: UInt64 = 0xFACE_0FF5
        var generator = SeededGenerator(seed: seed)
        let atoms = ["a", "b", "[ab]", ".", "^", "$", "(a|b)", "(?:ab)", "é", "\\pL", "\\d"]
        let repetitions = ["", "", "", "*", "+", "?", "{2}"]
        var matched = 0
        for _ in 0..<300 {
            var pattern = ""
            for _ in 0...generator.below(4) {
                pattern += atoms[generator.below(atoms.count)] + repetitions[generator.below(repetitions.count)]
            }
            let program = try RegexProgram(pattern)
            var automaton = try #require(RegexAutomaton(program))
            for _ in 0..<10 {
                var text = ""
                for _ in 0..<generator.below(8) { text += ["a", "b", "é", "1", "\n"][generator.below(5)] }
                let bytes = Array(text.utf8)
                var machine = RegexMachine(program)
                let found = machine.firstMatch(in: bytes.span) != nil
                let agrees = automaton.matches(bytes.span) == found
                #expect(agrees, "\(pattern) on \(text.debugDescription), seed \(seed)")
                matched += found ? 1 : 0
            }
        }
        // Neither answer is the only one.
        #expect(matched > 300 && matched < 2_700)
    }

    /// With too many states the automaton gives up, and the machine answers alone.
    @Test func automatonGivesUp() throws {
        let pattern = "[ab]*a[ab]{12}c"
        var generator = SeededGenerator(seed: 7)
        let text = (0..<5_000).map { _ in UInt8(ascii: "a") + UInt8(generator.below(2)) }
        var automaton = try #require(RegexAutomaton(try RegexProgram(pattern)))
        #expect(automaton.matches(text.span) == nil)
        let expression = try RegularExpression(pattern)
        for _ in 0..<2 { #expect(expression.firstMatch(in: text.span) == nil) }
        let fitting = text + [UInt8(ascii: "a")] + [UInt8](repeating: UInt8(ascii: "b"), count: 12) + [UInt8(ascii: "c")]
        #expect(expression.firstMatch(in: fitting.span) == [0, fitting.count])
    }

    // MARK: - Sets of code points

    @Test func generalCategoriesCoverAllThatIsAssigned() {
        for value: UInt32 in stride(from: 0, through: 0x10_FFFF, by: 7) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let name = GeneralCategories.name(scalar.properties.generalCategory)
            let holding = ["Lu", "Ll", "Lo", "Nd", "Mn", "Co", "Cf", "So"].filter { GeneralCategories.byName[$0]?.contains(value) == true }
            #expect(holding == (name.map { holding.contains($0) ? [$0] : [] } ?? []), "U+\(String(value, radix: 16))")
        }
        #expect(GeneralCategories.byName["L"]?.contains(0x41) == true && GeneralCategories.byName["L"]?.contains(0x31) == false)
    }

    @Test func setAlgebra() {
        let seed: UInt64 = 0xC0DE
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var model: Set<UInt32> = []
            var ranges: [ClosedRange<UInt32>] = []
            for _ in 0..<generator.below(5) {
                let low = UInt32(generator.below(300))
                let high = low + UInt32(generator.below(40))
                ranges.append(low...high)
                model.formUnion(low...high)
            }
            let set = CodePointSet(ranges)
            let inverted = set.inverted
            let wrong = (0..<350).filter { set.contains($0) != model.contains($0) || inverted.contains($0) == model.contains($0) }
            #expect(wrong.isEmpty, "\(ranges), seed \(seed)")
            #expect(inverted.inverted == set)
        }
    }

    // MARK: - match

    @Test func matchGivesOffsetsInBytes() {
        let match = { (text: Datum, pattern: String) in
            outcome { () throws(ReQLError) in try Strings.match(text, try RegularExpression(pattern)) }
        }
        #expect(match("éabc", "(a)(x)?") == #"{"end":3,"groups":[{"end":3,"start":2,"str":"a"},null],"start":2,"str":"a"}"#)
        #expect(match("abc", "z") == "null")
        #expect(match("abc", "") == #"{"end":0,"groups":[],"start":0,"str":""}"#)
        #expect(match(1, "a") == "!queryLogic")
        #expect(match(.null, "a") == "!nonExistence")
    }
}
