import httpd

@main
enum Main {
    static let commands: [Command] = [
        .tour, .serve, .query, .search, .sql, .shell, .db, .table, .index, .graph, .import, .export, .xml, .dump, .restore, .user, .status,
        .inspect, .check,
        .backup, .restoreChain, .promote, .cluster,
        .compact,
        .diff, .digest,
        .state, .encrypt, .decrypt, .rekey, .key,
        .version, .completions, .help,
    ]

    static func main() {
        SystemCalls.fillStandardPlaces()
        SystemCalls.ignoreSignalsOfWriting()
        SystemCalls.takeSignals()
        let status = run(Array(CommandLine.arguments.dropFirst()))
        SystemCalls.exit(status == .readerLeft ? 0 : status.rawValue)
    }

    /// Runs one command line and says how the process should end.
    static func run(_ words: [String]) -> ExitStatus {
        var name = "help"
        var console = Console(isQuiet: false)
        do {
            let command = try chosenCommand(words.first ?? "help")
            name = command.name
            let arguments = try ArgumentParser.parse(Array(words.dropFirst()), for: command)
            console = Console(isQuiet: arguments.has("quiet"))
            if arguments.has("help") {
                try console.output.write(helpText(for: command))
            } else {
                try command.run(arguments, console)
            }
            try console.output.flush()
            return .good
        } catch {
            let failure = CommandError(error)
            // What a failed command has not sent yet stays unsaid, unless its output is the finding itself.
            if failure.isReport { try? console.output.flush() }
            if !failure.message.isEmpty { console.complain("pando\(name == "help" ? "" : " \(name)"): \(failure.message)") }
            if failure.status == .wrongUsage { console.complain("See pando \(name == "help" ? "help" : "\(name) --help")") }
            return failure.status
        }
    }

    private static func chosenCommand(_ word: String) throws(CommandError) -> Command {
        switch word {
        case "--help", "-h": return .help
        case "--version", "-V": return .version
        default: break
        }
        if let command = commands.first(where: { $0.name == word }) { return command }
        if SystemCalls.exists(word) {
            throw .usage("There is no command “\(word)”. The command comes first, then the file: pando shell \(word)")
        }
        let near = suggestion(for: word, among: commands.map(\.name))
        let other = otherWords.first { $0.value.contains(word.lowercased()) }.map { " Did you mean \($0.key)?" }
        throw .usage("There is no command “\(word)”.\(near.isEmpty ? other ?? "" : near)")
    }

    /// What other programs call the same.
    private static let otherWords = [
        "query": ["find", "search", "get", "watch", "changes", "exec"], "sql": ["select", "psql", "insert", "update", "delete"],
        "shell": ["open", "repl", "console", "cli"], "serve": ["start", "server", "run", "listen", "http"], "import": ["load", "add"],
        "db create": ["init", "new", "create", "make"], "status": ["list", "ls", "show", "info"], "backup": ["copy", "save", "snapshot"],
        "compact": ["vacuum", "shrink"], "check": ["verify", "fsck", "repair"], "rekey": ["rotate", "passwd"],
        "encrypt": ["lock", "cipher"], "dump": ["archive"], "inspect": ["keys", "cat"],
    ]
}
