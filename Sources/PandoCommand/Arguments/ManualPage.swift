import httpd

/// Manual pages in the macros of man(7), made of the same descriptions as `--help`.
enum ManualPage {
    /// `pando(1)`: all commands.
    static func overview(_ commands: [Command]) -> String {
        var lines = heading("pando", "one file that holds many databases")
        lines += [
            ".SH SYNOPSIS", ".B pando", ".I COMMAND", "[\\fIFILE\\fR] [\\fIarguments\\fR] [\\fB\\-\\-options\\fR]", ".SH DESCRIPTION",
        ]
        lines.append(text("FILE is the database file; it comes first. Data goes to standard output, messages to standard error."))
        lines.append(".SH COMMANDS")
        for command in commands { lines += item("\\fB" + escaped(command.name) + "\\fR", command.summary) }
        lines += [".SH EXIT STATUS"]
        for (status, meaning) in [("0", "good"), ("1", "failed"), ("2", "wrong usage")] { lines += item(status, meaning) }
        lines += [".SH ENVIRONMENT"]
        for (name, meaning) in [
            ("NO_COLOR", "nothing is coloured"), ("PAGER", "what shows results that are longer than the screen; empty for nothing"),
            ("PANDO_HISTORY", "where the shell keeps its history; empty for nowhere"),
            ("PANDO_HTTP_PORT", "the setting http-port of pando serve; so with its other settings"),
        ] {
            lines += item("\\fB" + escaped(name) + "\\fR", meaning)
        }
        lines += [".SH SEE ALSO"]
        lines += [commands.map { "\\fB" + escaped("pando-\($0.name)") + "\\fR(1)" }.joined(separator: ",\n")]
        return lines.joined(separator: "\n") + "\n"
    }

    /// `pando-COMMAND(1)`.
    static func page(of command: Command) -> String {
        var lines = heading("pando-\(command.name)", command.summary)
        lines += [".SH SYNOPSIS"]
        if command.actions.isEmpty {
            lines.append(synopsis(command, nil))
            if let variant = command.variant {
                var other = command
                other.positionals = variant.positionals
                lines += [".br", synopsis(other, nil)]
            }
        } else {
            for (index, action) in command.actions.enumerated() {
                if index > 0 { lines.append(".br") }
                lines.append(synopsis(command, action))
            }
        }
        if !command.discussion.isEmpty {
            lines += [".SH DESCRIPTION"]
            for (index, paragraph) in paragraphs(command.discussion).enumerated() {
                if index > 0 { lines.append(".PP") }
                lines.append(text(paragraph))
            }
        }
        var positionals = command.positionals
        let others = (command.variant?.positionals ?? []) + command.actions.flatMap(\.positionals)
        for one in others where !positionals.contains(where: { $0.name == one.name }) {
            positionals.append(one)
        }
        if !positionals.isEmpty {
            lines += [".SH ARGUMENTS"]
            for positional in positionals { lines += item("\\fI" + escaped(positional.name) + "\\fR", positional.help) }
        }
        if !command.actions.isEmpty {
            lines += [".SH ACTIONS"]
            for action in command.actions {
                let names = action.positionals.map { " \\fI" + escaped($0.name) + "\\fR" }.joined()
                lines += item("\\fB" + escaped(action.name) + "\\fR" + names, action.summary)
            }
        }
        lines += [".SH OPTIONS"]
        for option in command.allOptions {
            let short = option.short.map { "\\fB" + escaped("-\($0)") + "\\fR, " } ?? ""
            let value = option.placeholder.map { " \\fI" + escaped($0) + "\\fR" } ?? ""
            lines += item(short + "\\fB" + escaped("--\(option.name)") + "\\fR" + value, option.help)
        }
        lines += [".SH EXAMPLES", ".nf"] + command.examples.map(text) + [".fi", ".SH SEE ALSO", "\\fBpando\\fR(1)"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func heading(_ name: String, _ summary: String) -> [String] {
        [
            ".TH \"\(escaped(name.uppercased()))\" \"1\" \"\" \"Pando \(HTTPServer.version)\" \"Pando\"", ".SH NAME",
            "\(escaped(name)) \\- \(escaped(summary))",
        ]
    }

    private static func synopsis(_ command: Command, _ action: Action?) -> String {
        var parts = ["\\fB" + escaped("pando \(command.name)") + "\\fR"]
        func add(_ positionals: [Positional]) {
            for positional in positionals {
                let name = "\\fI" + escaped(positional.name) + "\\fR"
                parts.append(
                    positional.isReplacedByServer
                        ? "{\(name) | \\fB\\-\\-connect\\fR \\fIHOST:PORT\\fR}" : positional.synopsis(of: name))
            }
        }
        add(command.positionals)
        if let action {
            parts.append("\\fB" + escaped(action.name) + "\\fR")
            add(action.positionals)
        }
        return parts.joined(separator: " ") + " [\\fIoptions\\fR]"
    }

    /// A term of a list with what it means.
    private static func item(_ term: String, _ meaning: String) -> [String] { [".TP", term, text(meaning)] }

    /// Lines are filled by the formatter; what is separated by an empty line is a paragraph.
    private static func paragraphs(_ text: String) -> [String] {
        var paragraphs = [""]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty { paragraphs.append("") } else { paragraphs[paragraphs.count - 1] += (paragraphs.last == "" ? "" : " ") + line }
        }
        return paragraphs.filter { $0 != "" }
    }

    /// Text on a line of its own, which no macro can be mistaken for.
    private static func text(_ text: String) -> String {
        let escaped = escaped(text)
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    /// Text as it is, also where the formatter would read something into it; letters beyond ASCII by their numbers.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "\"": result += "\\(dq"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "\t", "\n": result += " "
            case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
            }
        }
        return result
    }
}
