import TestSupport
import Testing

@testable import PandoCommand

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct CommandReferenceTests {
    @Test func thePageIsTrue() throws {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        let page = try PandoProcess.bytes(at: parts.joined(separator: "/") + "/docs/COMMANDS.md")
        let isTrue = String(decoding: page, as: UTF8.self) == commandReference()
        #expect(isTrue, "make it anew: pando help --markdown > docs/COMMANDS.md")
    }

    @Test func everyWordIsInEveryScript() throws {
        for script in [Completions.bash(Main.commands), Completions.zsh(Main.commands), Completions.fish(Main.commands)] {
            for command in Main.commands {
                #expect(script.contains(command.name))
                for option in command.options { #expect(script.contains(option.name), "\(command.name) \(option.name)") }
                for action in command.actions { #expect(script.contains(action.name), "\(command.name) \(action.name)") }
            }
        }
    }

    /// What bash offers behind some words.
    private func offered(_ words: [String], in directory: TemporaryDirectory) throws -> [String] {
        let script = directory.file("script.bash")
        let list = words.map { "'\($0)'" }.joined(separator: " ")
        let call = "COMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1); _pando; printf '%s\\n' \"${COMPREPLY[@]}\""
        try PandoProcess.store(Array((Completions.bash(Main.commands) + call + "\n").utf8), at: script)
        #expect(unsafe system("bash \(script) > \(directory.file("offered"))") == 0)
        let text = try String(decoding: PandoProcess.bytes(at: directory.file("offered")), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    @Test func bashOffersWhatFits() throws {
        let directory = try TemporaryDirectory()
        #expect(try offered(["pando", "resto"], in: directory) == ["restore", "restore-chain"])
        #expect(try offered(["pando", "import", "app.pando", "--conf"], in: directory) == ["--conflict"])
        #expect(try offered(["pando", "import", "app.pando", "--conflict", ""], in: directory) == ["error", "replace", "update"])
        #expect(try offered(["pando", "db", "app.pando", "cr"], in: directory) == ["create"])
        #expect(try offered(["pando", "dump", "app.pan"], in: directory) == [], "files are the shell's")
    }

    @Test func unknownShells() throws {
        let place = try Workplace()
        #expect(try place.good("completions", "fish").contains("complete -c pando"))
        #expect(try place.bad("completions", "fissh", status: 2).contains("Did you mean fish?"))
        #expect(try place.good("help", "--markdown") == commandReference())
    }
}
