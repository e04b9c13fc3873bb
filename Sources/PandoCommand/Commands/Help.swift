extension Command {
    static let help = Command(
        name: "help",
        summary: "what pando can do, or how one command is used",
        positionals: [Positional(name: "COMMAND", presence: .optional, help: "the command to explain")],
        options: [
            .flag("markdown", "all of it, as docs/COMMANDS.md has it"), .flag("man", "as a manual page, for man"),
            .flag("names", "only the names of the commands, a line each"),
        ],
        examples: ["pando help", "pando help import", "pando help --man query > /usr/local/share/man/man1/pando-query.1"]
    ) { arguments, console in
        let ofAll = ["markdown", "names"].filter(arguments.has)
        if let first = ofAll.first, ofAll.count > 1 || arguments.has("man") || arguments.positional("COMMAND") != nil {
            throw CommandError.usage("--\(first) stands alone.")
        }
        if arguments.has("names") {
            for command in Main.commands { try console.line(command.name) }
            return
        }
        if arguments.has("markdown") { return try console.output.write(commandReference()) }
        guard let name = arguments.positional("COMMAND") else {
            if arguments.has("man") { return try console.output.write(ManualPage.overview(Main.commands)) }
            try console.output.write(overview(Style(isTerminal: console.isOutputTerminal)))
            return
        }
        guard let command = Main.commands.first(where: { $0.name == name }) else {
            throw CommandError.usage("There is no command “\(name)”.\(suggestion(for: name, among: Main.commands.map(\.name)))")
        }
        try console.output.write(arguments.has("man") ? ManualPage.page(of: command) : helpText(for: command))
    }

    private static func overview(_ style: Style) -> String {
        let width = Main.commands.map(\.name.count).max() ?? 0
        var lines = [
            "\(style.bold("pando")): one file that holds many databases.",
            "",
            "usage: pando COMMAND [FILE] [arguments] [--options]",
            "",
        ]
        lines += Main.commands.map { command in
            let padding = String(repeating: " ", count: width - command.name.count + 2)
            return "  \(style.cyan(command.name))\(padding)\(command.summary)"
        }
        lines += [
            "",
            "FILE is the database file; it comes first. Data goes to standard output, messages to standard error.",
            "Exit status: 0 good, 1 failed, 2 wrong usage. NO_COLOR is heeded.",
            "",
            "Begin with: pando tour",
            "More about one command: pando help COMMAND",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
