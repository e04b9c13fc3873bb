/// `docs/COMMANDS.md`: what `--help` prints of every command, on one page.
func commandReference() -> String {
    var lines = [
        "# Commands", "",
        "What `pando COMMAND --help` prints, of every command. This page is made by `pando help --markdown`; a test keeps it true.", "",
        "| Command | What it does |", "|---|---|",
    ]
    lines += Main.commands.map { "| [`pando \($0.name)`](#pando-\($0.name)) | \(($0.summary).replacingPipes) |" }
    for command in Main.commands {
        lines += ["", "## pando \(command.name)", "", "```text"]
        lines += helpText(for: command).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        lines += ["```"]
    }
    return lines.joined(separator: "\n") + "\n"
}

extension String {
    /// As a table's cell has them.
    fileprivate var replacingPipes: String { split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") }
}
