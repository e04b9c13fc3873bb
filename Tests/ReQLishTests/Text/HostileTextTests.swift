import ReQLish
import TestSupport
import Testing

/// Texts and JSON that nobody meant as a query: they give an error or a query, never a trap.
@Suite struct HostileTextTests {
    private static let words = [
        "r", ".", "(", ")", "[", "]", "{", "}", ",", ":", ";", "?", "??", "=>", "=", "==", "&&", "||", "!", "-", "+", "*", "/", "%", "<",
        ">=",
        "x", "y", "row", "table", "filter", "do", "expr", "args", "minval", "now", "add", "function", "return", "true", "null", "'a'",
        "`b`",
        "\"", "1", "0x1f", "1e5", ".5", "index", "default", "branch", "desc", "orderBy", "//", "/*", "*/", "\n", "\\", "é", "#", "...",
        "insert",
    ]

    @Test(arguments: Fuzzing.seeds(10)) func wordsInAnyOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let count = 1 + random.below(25)
            let text = (0..<count).map { _ in Self.words[random.below(Self.words.count)] }.joined(
                separator: random.below(2) == 0 ? " " : "")
            check(text, seed)
        }
    }

    @Test(arguments: Fuzzing.seeds(10)) func queriesWithSomethingChanged(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for (text, _) in TextFormTests.forms {
            var scalars = Array(text.unicodeScalars)
            for _ in 0...random.below(3) where !scalars.isEmpty {
                let place = random.below(scalars.count)
                switch random.below(3) {
                case 0: scalars.remove(at: place)
                case 1: scalars.insert(contentsOf: Self.words[random.below(Self.words.count)].unicodeScalars, at: place)
                default: scalars.swapAt(place, random.below(scalars.count))
                }
            }
            var changed = ""
            changed.unicodeScalars.append(contentsOf: scalars)
            check(changed, seed)
        }
    }

    private func check(_ text: String, _ seed: UInt64) {
        do {
            let tree = try TermTree(text: text)
            #expect((try? TermTree(text: tree.text())) == tree, "seed \(seed): \(text)")
        } catch {
            #expect(error.line >= 1 && error.column >= 1 && error.snippet.contains("^"), "seed \(seed): \(text)")
        }
    }

    @Test(arguments: Fuzzing.seeds(10)) func arraysThatAreNoTerms(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let datum = value(&random, depth: 4)
            do {
                let tree = try TermTree(datum: datum)
                #expect((try? TermTree(text: tree.text())) != nil, "seed \(seed): \(datum) printed as \(tree.text())")
            } catch {
                #expect(error.kind == .compile, "seed \(seed): \(datum)")
            }
        }
    }

    private func value(_ random: inout SeededGenerator, depth: Int) -> Datum {
        switch random.below(depth == 0 ? 4 : 10) {
        case 0: return Datum(random.below(200))
        case 1: return ["a", "$reql_type$", "TIME"][random.below(3)]
        case 2: return [true, .null, 1.5, -1][random.below(4)]
        case 3: return [.emptyArray, .emptyObject][random.below(2)]
        case 4: return (try? .object([("a", value(&random, depth: depth - 1)), ("$reql_type$", value(&random, depth: 0))])) ?? .null
        case 5: return (try? .array((0..<random.below(4)).map { _ in value(&random, depth: depth - 1) })) ?? .null
        default:
            let type = TermType.allCases[random.below(TermType.allCases.count)]
            let arguments = (0..<random.below(4)).map { _ in value(&random, depth: depth - 1) }
            return (try? .array([Datum(type.number), .array(arguments)])) ?? .null
        }
    }
}
