import Testing
import TestSupport

@testable import SQL

/// Whatever bytes come, they are read or refused.
@Suite struct FuzzTests {
    static let statements: [String] = ((try? StatementExample.read("accepted.txt")) ?? []).map(\.statement)

    /// Pieces that are put anywhere into a statement.
    static let pieces: [String] = [
        "'", "\"", "$$", "$a$", "/*", "*/", "--", "\n", "(", ")", "[", "]", ",", ";", ":", "::", ".", "..", "*", "E'\\", "U&'\\", "U&\"",
        "\\",
        "B'", "X'", "N'", "UESCAPE '!'", "1e", "1.", "$1", "$", ":name", "\0", "é", "\u{1F600}", "@-", "<=", "=>", ":=", "?",
    ]

    @Test(arguments: Fuzzing.seeds(40))
    func mutatedStatements(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        try #require(!Self.statements.isEmpty)
        for _ in 0..<100 {
            var bytes = Array(Self.statements[random.below(Self.statements.count)].utf8)
            for _ in 0...random.below(4) { Self.mutate(&bytes, &random) }
            Self.read(bytes, seed)
        }
    }

    @Test(arguments: Fuzzing.seeds(10))
    func randomBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            Self.read((0..<random.below(60)).map { _ in UInt8(random.below(256)) }, seed)
            Self.read((0..<random.below(60)).map { _ in UInt8(32 + random.below(95)) }, seed)
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let place = random.below(bytes.count + 1)
        switch random.below(6) {
        case 0: bytes.insert(UInt8(random.below(256)), at: place)
        case 1: bytes.insert(contentsOf: Array(pieces[random.below(pieces.count)].utf8), at: place)
        case 2: bytes.removeLast(bytes.count - place)
        case 3:
            let keyword = Keyword.allCases[random.below(Keyword.allCases.count)]
            bytes.insert(contentsOf: Array((" " + keyword.spelling + " ").utf8), at: place)
        case 4:
            let other = Array(statements[random.below(statements.count)].utf8)
            bytes.replaceSubrange(place..., with: other[random.below(other.count)...])
        default:
            let end = min(bytes.count, place + random.below(8))
            bytes.removeSubrange(place..<end)
        }
    }

    /// An error has a state of ours and a position in the text; a tree prints as a text that has the same tree.
    private static func read(_ bytes: [UInt8], _ seed: UInt64) {
        do throws(SQLError) {
            let script = try Script(source: SourceText(bytes: bytes), hasNamedParameters: seed % 2 == 0)
            for statement in script.statements {
                #expect(statement.range.upperBound <= bytes.count && !statement.range.isEmpty)
                guard let printed = Printer.text(statement.statement) else { continue }
                let again = try? Script(printed, hasNamedParameters: true).statements.map(\.statement)
                #expect(again == [statement.statement], "seed \(seed): \(String(decoding: bytes, as: UTF8.self)) prints as \(printed)")
            }
        } catch {
            #expect(error.state.rawValue.count == 5)
            #expect((error.position ?? 1) <= bytes.count + 1, "seed \(seed): \(error)")
        }
    }
}
