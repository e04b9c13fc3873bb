import Testing

@testable import PandoCommand

@Suite struct ManualPageTests {
    @Test func everyCommandHasAPage() throws {
        let place = try Workplace()
        for command in Main.commands {
            let page = try place.good("help", "--man", command.name)
            let title = command.name.uppercased().split(separator: "-").joined(separator: "\\-")
            #expect(page.hasPrefix(".TH \"PANDO\\-\(title)\" \"1\""))
            for option in command.allOptions {
                let name = option.name.split(separator: "-").joined(separator: "\\-")
                #expect(page.contains("\\fB\\-\\-\(name)\\fR"), "\(command.name) --\(option.name)")
            }
        }
        #expect(try place.good("help", "--man").contains("\\fBpando\\-query\\fR(1)"))
        #expect(try place.bad("help", "--man", "qurey", status: 2).contains("Did you mean query?"))
    }

    /// No line is taken for a macro that is none, and nothing goes on behind a backslash.
    @Test func textIsNoMacro() {
        let macros: Set = [".TH", ".SH", ".TP", ".PP", ".B", ".I", ".br", ".nf", ".fi"]
        for page in Main.commands.map(ManualPage.page) + [ManualPage.overview(Main.commands)] {
            for line in page.split(separator: "\n") {
                if line.first == "." { #expect(macros.contains(String(line.prefix { $0 != " " })), "\(line)") }
                #expect(line.first != "'" && line.utf8.allSatisfy { $0 < 0x80 }, "\(line)")
            }
        }
    }

    @Test(arguments: ["mandoc -T lint -W error", "man --warnings -E UTF-8 -l -"])
    func formattersFindNothingWrong(formatter: String) throws {
        let tool = String(formatter.prefix { $0 != " " })
        guard PandoProcess.exists("/usr/bin/\(tool)") else {
            print("left out: \(tool) is not installed")
            return
        }
        for name in Main.commands.map(\.name) + [""] {
            let script = "\"$0\" help --man \(name) | \(formatter) > /dev/null"
            let outcome = try PandoProcess.run([], through: ["/bin/sh", "-c", script])
            #expect(outcome.messages == "" && outcome.status == 0, "\(name): \(outcome.messages)")
        }
    }
}
