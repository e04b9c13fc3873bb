/// One command of `pando`: what it takes, stated once for the parser and for `--help`, and what it does.
struct Command: Sendable {
    var name: String
    /// One line, without a full stop.
    var summary: String
    var positionals: [Positional] = []
    /// Other words in their place, where the first one says so.
    var variant: Variant?
    /// For `pando db FILE ACTION …`: the actions stand after the positionals. Empty: the command has none.
    var actions: [Action] = []
    var options: [Option] = []
    /// What else a person should know before using it.
    var discussion = ""
    /// Lines that run, beginning with `pando`.
    var examples: [String]
    var run: @Sendable (Arguments, Console) throws -> Void

    /// The options of this command and those of every command.
    var allOptions: [Option] { options + (opensFile ? KeyOptions.all : []) + Option.common }

    /// Whether its first word is a database file, which may be encrypted.
    private var opensFile: Bool {
        guard let first = positionals.first?.name, !Self.withoutKey.contains(name) else { return false }
        return first == "FILE" || first == "OLD"
    }

    /// Commands that look at what an encrypted file tells everybody.
    private static let withoutKey = ["key"]
}

/// A word that stands at its place.
struct Positional: Sendable {
    enum Presence: Sendable {
        case required, optional
        /// One word or more.
        case several
    }

    var name: String
    var presence = Presence.required
    /// Whether it is not there where `--connect` is.
    var isReplacedByServer = false
    var help: String
}

/// Positionals in place of a command's own, for a first word that begins in one of these ways.
struct Variant: Sendable {
    var beginnings: [String]
    var positionals: [Positional]

    func concerns(_ words: [String]) -> Bool { words.first.map { word in beginnings.contains { word.hasPrefix($0) } } ?? false }
}

/// A word after the positionals that chooses what a command does, with positionals of its own.
struct Action: Sendable {
    var name: String
    var positionals: [Positional] = []
    var summary: String
}

/// `--name`, or `--name VALUE` where it has a placeholder.
struct Option: Sendable {
    var name: String
    var short: Character?
    /// What stands for a value that is not one of `choices` in help texts; `nil` for a flag.
    var valueName: String?
    /// The only values allowed; empty where any is.
    var choices: [String] = []
    /// Whether it may be given more than once.
    var isRepeatable = false
    /// The only actions that it goes with; empty where it goes with any, or there are none.
    var actions: [String] = []
    /// What it does, whatever the action.
    var purpose: String

    // Texts of help are made when they are shown, not for every option at each start.

    /// What stands for the value in help texts; `nil` for a flag.
    var placeholder: String? { choices.isEmpty ? valueName : choices.joined(separator: "|") }
    var help: String { actions.isEmpty ? purpose : "with \(actions.joined(separator: " and ")): \(purpose)" }

    static func flag(_ name: String, short: Character? = nil, _ help: String) -> Option {
        Option(name: name, short: short, purpose: help)
    }

    static func value(
        _ name: String, short: Character? = nil, _ placeholder: String, repeatable: Bool = false, _ help: String
    ) -> Option {
        Option(name: name, short: short, valueName: placeholder, isRepeatable: repeatable, purpose: help)
    }

    static func choice(_ name: String, short: Character? = nil, _ choices: [String], _ help: String) -> Option {
        Option(name: name, short: short, choices: choices, purpose: help)
    }

    /// The same for some actions alone.
    func with(_ actions: String...) -> Option {
        var option = self
        option.actions = actions
        return option
    }

    static let common = [
        flag("quiet", short: "q", "no progress and no messages but errors"),
        flag("help", short: "h", "this text"),
    ]

    static let json = flag("json", "print JSON for programs, not a table for people")
    static let force = flag("force", "do it without asking")
}
