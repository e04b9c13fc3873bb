/// A parser of the words after the command's name.
///
/// Options may stand anywhere: `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`, flags also together (`-qh`). After `--` every
/// word is positional; `-` alone always is (it means standard input).
struct ArgumentParser {
    private let command: Command
    private var words: ArraySlice<String>
    private var arguments = Arguments()
    private var positionals: [String] = []

    /// - Throws: `.wrongUsage` with a message that names the word and, for a near miss, what was probably meant.
    static func parse(_ words: [String], for command: Command) throws(CommandError) -> Arguments {
        var parser = ArgumentParser(command: command, words: words[...])
        try parser.readWords()
        if !parser.arguments.has("help") {
            try parser.assignPositionals()
            try parser.checkOptionsOfActions()
        }
        return parser.arguments
    }

    private init(command: Command, words: ArraySlice<String>) {
        self.command = command
        self.words = words
    }

    private mutating func readWords() throws(CommandError) {
        while let word = words.popFirst() {
            if word == "--" {
                positionals += words
                return
            }
            if word.hasPrefix("--") {
                try readLong(word.dropFirst(2))
            } else if word.hasPrefix("-"), word != "-" {
                try readShort(word.dropFirst())
            } else {
                positionals.append(word)
            }
        }
    }

    private mutating func readLong(_ text: Substring) throws(CommandError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = command.allOptions.first(where: { $0.name == name }) else {
            throw .usage("There is no option --\(name).\(suggestion(for: name, among: command.allOptions.map(\.name), prefix: "--"))")
        }
        guard option.placeholder != nil else {
            guard parts.count == 1 else { throw .usage("--\(name) takes no value.") }
            arguments.flags.append(name)
            return
        }
        if parts.count == 2 {
            try add(String(parts[1]), to: option)
        } else {
            try addNextWord(to: option, written: "--\(name)")
        }
    }

    private mutating func readShort(_ text: Substring) throws(CommandError) {
        var rest = text
        while let letter = rest.popFirst() {
            guard let option = command.allOptions.first(where: { $0.short == letter }) else {
                throw .usage("There is no option -\(letter).")
            }
            guard option.placeholder != nil else {
                arguments.flags.append(option.name)
                continue
            }
            if rest.isEmpty {
                try addNextWord(to: option, written: "-\(letter)")
            } else {
                try add(String(rest), to: option)
            }
            return
        }
    }

    private mutating func addNextWord(to option: Option, written: String) throws(CommandError) {
        guard let value = words.popFirst() else {
            throw .usage("\(written) needs a value: \(written) \(option.placeholder ?? "").")
        }
        try add(value, to: option)
    }

    private mutating func add(_ value: String, to option: Option) throws(CommandError) {
        guard option.choices.isEmpty || option.choices.contains(value) else {
            throw .usage(
                "--\(option.name) is one of \(option.choices.joined(separator: ", ")), not “\(value)”."
                    + suggestion(for: value, among: option.choices))
        }
        guard option.isRepeatable || arguments.value(option.name) == nil else {
            throw .usage("--\(option.name) is given twice.")
        }
        arguments.values.append((option.name, value))
    }

    private mutating func assignPositionals() throws(CommandError) {
        var rest = positionals[...]
        let variant = command.variant.flatMap { $0.concerns(positionals) ? $0 : nil }
        try assign(&rest, to: variant?.positionals ?? command.positionals)
        if !command.actions.isEmpty {
            let names = command.actions.map(\.name)
            guard let word = rest.popFirst() else {
                throw .usage("Say what to do: one of \(names.joined(separator: ", ")).")
            }
            guard let action = command.actions.first(where: { $0.name == word }) else {
                let near = suggestion(for: word, among: names)
                throw .usage("There is no action “\(word)”; say one of \(names.joined(separator: ", ")).\(near)")
            }
            arguments.action = action.name
            try assign(&rest, to: action.positionals)
        }
        if let extra = rest.first { throw .usage("There is one word too many: “\(extra)”.") }
    }

    private func checkOptionsOfActions() throws(CommandError) {
        guard let action = arguments.action else { return }
        let given = command.options.filter { arguments.has($0.name) || arguments.value($0.name) != nil }
        for option in given where !option.actions.isEmpty && !option.actions.contains(action) {
            throw .usage("--\(option.name) goes with \(option.actions.joined(separator: " and ")), not with \(action).")
        }
    }

    private mutating func assign(_ words: inout ArraySlice<String>, to positionals: [Positional]) throws(CommandError) {
        let isAtServer = arguments.value("connect") != nil
        for (index, positional) in positionals.enumerated() where !(positional.isReplacedByServer && isAtServer) {
            if positional.presence == .several {
                let count = words.count - (positionals.count - index - 1)
                guard count > 0 else { throw .usage("\(positional.name) is missing: \(positional.help).") }
                arguments.positionals += words.prefix(count).map { (positional.name, $0) }
                words = words.dropFirst(count)
            } else if let word = words.popFirst() {
                arguments.positionals.append((positional.name, word))
            } else if positional.presence == .required {
                throw .usage("\(positional.name) is missing: \(positional.help).")
            }
        }
    }
}
