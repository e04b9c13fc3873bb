import TestSupport
import Testing

@testable import PandoCommand

/// What `--at-least` and `--lock-memory` refuse.
@Suite struct LeastStateTests {
    private static let file = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"

    @Test func olderFilesAreRefused() throws {
        let least = try #require(LeastState("\(Self.file.uppercased()).7.100"))
        func problem(_ opening: UInt64, _ commit: UInt64, _ file: String = LeastStateTests.file) -> String? {
            least.problem("app.pando", file: file, opening: opening, commit: commit)
        }
        #expect(problem(7, 100) == nil && problem(8, 100) == nil && problem(9, 5000) == nil)
        for (opening, commit) in [(7, 99), (6, 100), (6, 500), (8, 99)] as [(UInt64, UInt64)] {
            let text = try #require(problem(opening, commit))
            #expect(text.contains("is older") && text.contains("commit \(commit) of opening \(opening)"), "\(text)")
        }
        #expect(problem(8, 200, "f81d4fae-7dec-41d0-a765-00a0c91e6bf7")?.contains("is another file") == true)
    }

    @Test(arguments: ["7", "\(file)", "\(file).7", "\(file).7.", "\(file).7.x", "\(file).-7.1", "\(file).7.1.2", "f81d4fae.7.1"])
    func whatIsNoState(text: String) throws {
        #expect(LeastState(text) == nil)
        let place = try Workplace()
        #expect(try place.bad("serve", place.file, "--at-least", text, status: 2).contains("at-least is UUID.OPENING.COMMIT"))
    }

    /// A new file would have none of what it has to hold, and nobody would see that the old one was taken away.
    @Test func aFileThatIsNotThereIsNotMade() throws {
        let place = try Workplace()
        let told = try place.bad("serve", place.file, "--http-port", "0", "--at-least", "\(Self.file).1.1")
        #expect(told.contains("There is no file"))
        #expect(!place.exists("test.pando"))
    }

    @Test func memoryOfAPlainFileIsNotLocked() throws {
        let place = try Workplace()
        try place.good("db", place.file, "create", "app")
        #expect(try place.bad("serve", place.file, "--http-port", "0", "--lock-memory", "true", status: 2).contains("of an encrypted file"))
        #expect(try place.bad("serve", place.file, "--lock-memory", "yes", status: 2).contains("lock-memory is true or false"))
    }
}
