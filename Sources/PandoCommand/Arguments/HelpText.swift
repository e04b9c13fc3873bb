/// The text of `pando COMMAND --help`.
func helpText(for command: Command) -> String {
    var lines = ["pando \(command.name): \(command.summary)", ""]
    lines.append("usage: " + usageLine(for: command))
    var positionals = command.positionals
    if let variant = command.variant {
        lines.append("       " + words(["pando", command.name], variant.positionals) + " [options]")
        positionals += variant.positionals.filter { one in !positionals.contains { $0.name == one.name } }
    }
    for action in command.actions {
        for positional in action.positionals where !positionals.contains(where: { $0.name == positional.name }) {
            positionals.append(positional)
        }
    }
    if !positionals.isEmpty {
        lines += [""] + columns(positionals.map { ($0.name, $0.help) })
    }
    if !command.actions.isEmpty {
        lines += ["", "actions:"]
        lines += columns(command.actions.map { (words([$0.name], $0.positionals), $0.summary) })
    }
    lines += ["", "options:"]
    lines += columns(command.allOptions.map { ($0.synopsis, $0.help) })
    if !command.discussion.isEmpty { lines += ["", command.discussion] }
    lines += ["", command.examples.count == 1 ? "example:" : "examples:"] + command.examples.map { "  " + $0 }
    return lines.joined(separator: "\n") + "\n"
}

func usageLine(for command: Command) -> String {
    var line = words(["pando", command.name], command.positionals)
    if !command.actions.isEmpty { line += " " + command.actions.map(\.name).joined(separator: "|") + " …" }
    return line + " [options]"
}

private func words(_ first: [String], _ positionals: [Positional]) -> String {
    let names = positionals.map { positional in
        positional.isReplacedByServer
            ? "FILE|--connect HOST:PORT" : positional.synopsis(of: positional.name)
    }
    return (first + names).joined(separator: " ")
}

extension Positional {
    /// `NAME`, `[NAME]` or `NAME ...`.
    func synopsis(of name: String) -> String {
        switch presence {
        case .required: name
        case .optional: "[\(name)]"
        case .several: name + " ..."
        }
    }
}

extension Option {
    /// `--output FILE, -o`.
    fileprivate var synopsis: String {
        "--" + name + (placeholder.map { " " + $0 } ?? "") + (short.map { ", -\($0)" } ?? "")
    }
}

/// Two columns, indented; a left side that is too wide stands on a line of its own.
private func columns(_ rows: [(String, String)]) -> [String] {
    let width = min(rows.map(\.0.count).max() ?? 0, 34)
    var lines: [String] = []
    for (left, right) in rows {
        if left.count > width {
            lines.append("  " + left)
            lines.append(String(repeating: " ", count: width + 4) + right)
        } else {
            lines.append("  " + left + String(repeating: " ", count: width - left.count + 2) + right)
        }
    }
    return lines
}
