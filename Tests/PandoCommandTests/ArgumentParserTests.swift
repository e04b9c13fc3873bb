import Testing

@testable import PandoCommand

@Suite struct ArgumentParserTests {
    static let command = Command(
        name: "try", summary: "a command to parse for", positionals: [Positional(name: "FILE", help: "the file")],
        options: [
            .flag("force", short: "f", "forced"), .value("output", short: "o", "FILE", "where to"),
            .choice("format", ["json", "csv"], "how"), .value("only", "NAME", repeatable: true, "only this"),
        ],
        examples: ["pando try x"], run: { _, _ in })

    static let withActions = Command(
        name: "do", summary: "a command with actions", positionals: [Positional(name: "FILE", help: "the file")],
        actions: [
            Action(name: "list", summary: "all"), Action(name: "rename", positionals: [name, new], summary: "another name"),
        ],
        examples: ["pando do x list"], run: { _, _ in })
    static let name = Positional(name: "NAME", help: "a name")
    static let new = Positional(name: "NEW", presence: .optional, help: "the new name")

    private func parse(_ line: String, for command: Command = command) throws -> Arguments {
        try ArgumentParser.parse(line.split(separator: " ").map(String.init), for: command)
    }

    private func message(_ line: String, for command: Command = command) -> String {
        do {
            _ = try parse(line, for: command)
            return "no error"
        } catch let error as CommandError {
            #expect(error.status == .wrongUsage)
            return error.message
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        "a.pando -f -o out --format csv", "--output=out --force a.pando --format=csv", "-fo out --format csv -- a.pando",
        "-oout a.pando -f --format csv",
    ])
    func optionsStandAnywhere(line: String) throws {
        let arguments = try parse(line)
        #expect(arguments["FILE"] == "a.pando")
        #expect(arguments.has("force"))
        #expect(arguments.value("output") == "out")
        #expect(arguments.value("format") == "csv")
    }

    @Test func aHyphenAloneIsAWord() throws {
        #expect(try parse("-")["FILE"] == "-")
    }

    @Test func wordsAfterTwoHyphensAreNoOptions() throws {
        #expect(try parse("-- --force")["FILE"] == "--force")
        #expect(try !parse("-- --force").has("force"))
    }

    @Test func repeatableOptionsCollect() throws {
        #expect(try parse("x --only a --only=b").list("only") == ["a", "b"])
        #expect(message("x --output a -o b") == "--output is given twice.")
    }

    @Test func aValueMayBeEmptyOrHoldAnEqualsSign() throws {
        #expect(try parse("x --output=").value("output") == "")
        #expect(try parse("x --output=a=b").value("output") == "a=b")
    }

    @Test func mistakesAreNamed() {
        #expect(message("") == "FILE is missing: the file.")
        #expect(message("a b") == "There is one word too many: “b”.")
        #expect(message("a --formt csv") == "There is no option --formt. Did you mean --format?")
        #expect(message("a --zzz") == "There is no option --zzz.")
        #expect(message("a -z") == "There is no option -z.")
        #expect(message("a --format cvs") == "--format is one of json, csv, not “cvs”. Did you mean csv?")
        #expect(message("a --force=1") == "--force takes no value.")
        #expect(message("a --output") == "--output needs a value: --output FILE.")
    }

    @Test func actionsHaveWordsOfTheirOwn() throws {
        #expect(try parse("f list", for: Self.withActions).action == "list")
        let arguments = try parse("f rename a b", for: Self.withActions)
        #expect(arguments["NAME"] == "a")
        #expect(arguments.positional("NEW") == "b")
        #expect(try parse("f rename a", for: Self.withActions).positional("NEW") == nil)
        #expect(message("f", for: Self.withActions) == "Say what to do: one of list, rename.")
        #expect(message("f lsit", for: Self.withActions) == "There is no action “lsit”; say one of list, rename. Did you mean list?")
        #expect(message("f rename", for: Self.withActions) == "NAME is missing: a name.")
    }

    @Test func helpNeedsNothingElse() throws {
        #expect(try parse("--help").has("help"))
        #expect(try parse("-h", for: Self.withActions).has("help"))
    }

    @Test func numbersAndListsAreChecked() throws {
        let arguments = try parse("x --output 12 --only a,b")
        #expect(try arguments.integer("output", in: 0...20) == 12)
        #expect(throws: CommandError.self) { try arguments.integer("output", in: 0...10) }
        #expect(try arguments.names("only") == ["a", "b"])
        #expect(throws: CommandError.self) { try parse("x --only a,,b").names("only") }
        #expect(throws: CommandError.self) { try parse("x --only a,a").names("only") }
    }

    @Test(arguments: Main.commands.map(\.name))
    func everyCommandHasAHelpTextWithAnExample(name: String) throws {
        let command = try #require(Main.commands.first { $0.name == name })
        let text = helpText(for: command)
        #expect(text.contains("usage: pando \(name)"))
        #expect(!command.examples.isEmpty)
        for example in command.examples { #expect(example.contains("pando \(name)"), "\(example)") }
        for option in command.allOptions { #expect(text.contains("--\(option.name)")) }
        #expect(Set(command.allOptions.map(\.name)).count == command.allOptions.count)
    }
}

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("qurey", "query"), ("quer", "query"), ("Query", "query"), ("inspct", "inspect"), ("tabel", "table"), ("hlp", "help"),
        ("ins", "inspect"),
    ])
    func nearMissesAreFound(word: String, meant: String) {
        #expect(nearest(to: word, among: ["query", "inspect", "table", "help", "db"]) == meant)
    }

    @Test(arguments: ["backup", "q", "", "xyzzy"])
    func othersAreNot(word: String) {
        #expect(nearest(to: word, among: ["query", "inspect", "table", "help"]) == nil)
    }

    @Test func aBeginningStandsForTheShortest() {
        #expect(nearest(to: "res", among: ["restore-chain", "restore", "query"]) == "restore")
        #expect(nearest(to: "com", among: ["compact", "completions"]) == nil)
    }

    @Test func distances() {
        #expect(editDistance("", "abc") == 3)
        #expect(editDistance("abc", "abc") == 0)
        #expect(editDistance("abc", "acb") == 1)
        #expect(editDistance("kitten", "sitting") == 3)
    }
}
