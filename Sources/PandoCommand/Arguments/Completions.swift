/// Scripts that teach shells to complete `pando`'s commands, actions, options and their values; made of the same descriptions that
/// `--help` prints.
enum Completions {
    static func bash(_ commands: [Command]) -> String {
        var lines = [
            "# pando for bash. Load it with: source <(pando completions bash)", "_pando() {",
            "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=''", "    COMPREPLY=()",
            "    if [ \"$COMP_CWORD\" -eq 1 ]; then",
            "        COMPREPLY=($(compgen -W '\(commands.map(\.name).joined(separator: " "))' -- \"$word\"))", "        return", "    fi",
            "    case \"${COMP_WORDS[1]} $before\" in",
        ]
        for command in commands {
            for option in command.allOptions where !option.choices.isEmpty {
                lines.append("    '\(command.name) --\(option.name)') words='\(option.choices.joined(separator: " "))' ;;")
            }
        }
        lines += ["    esac", "    if [ -z \"$words\" ]; then", "        case \"${COMP_WORDS[1]}\" in"]
        for command in commands {
            let options = command.allOptions.map { "--\($0.name)" }.joined(separator: " ")
            let actions = command.actions.map(\.name).joined(separator: " ")
            lines.append("        \(command.name)) case \"$word\" in -*) words='\(options)' ;; *) words='\(actions)' ;; esac ;;")
        }
        lines += [
            "        esac", "    fi", "    [ -z \"$words\" ] || COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))",
            // No words of ours: the shell offers files.
            "}", "complete -o bashdefault -o default -F _pando pando",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    static func zsh(_ commands: [Command]) -> String {
        var lines = [
            "#compdef pando", "# pando for zsh. Put it as _pando into a folder of $fpath, or load it with: source <(pando completions zsh)",
            "_pando() {", "    local -a commands=(",
        ]
        lines += commands.map { "        '\(quoted("\($0.name):\($0.summary)"))'" }
        lines += ["    )", "    if (( CURRENT == 2 )); then", "        _describe command commands", "        return", "    fi"]
        lines += ["    case $words[2] in"]
        for command in commands {
            lines.append("    \(command.name))")
            lines.append("        _arguments \\")
            for option in command.allOptions {
                let values = option.choices.isEmpty ? "_files" : "(\(option.choices.joined(separator: " ")))"
                let value = option.placeholder == nil ? "" : ":\(quoted(bracketed(option.placeholder ?? ""))):\(values)"
                let help = quoted(bracketed(option.help))
                lines.append("            '\(option.isRepeatable ? "*" : "")--\(option.name)[\(help)]\(value)' \\")
            }
            let actions = command.actions.map(\.name).joined(separator: " ")
            lines.append(
                "            '*: :\(actions.isEmpty ? "_files" : "_alternative \"actions:action:(\(actions))\" \"files:file:_files\"")'")
            lines.append("        ;;")
        }
        lines += ["    esac", "}", "if [ \"$funcstack[1]\" = _pando ]; then _pando \"$@\"; else compdef _pando pando; fi"]
        return lines.joined(separator: "\n") + "\n"
    }

    static func fish(_ commands: [Command]) -> String {
        var lines = ["# pando for fish. Save it as ~/.config/fish/completions/pando.fish"]
        for command in commands {
            lines.append("complete -c pando -n __fish_use_subcommand -f -a \(command.name) -d '\(fishQuoted(command.summary))'")
        }
        for command in commands {
            let condition = "-n '__fish_seen_subcommand_from \(command.name)'"
            for action in command.actions {
                lines.append("complete -c pando \(condition) -a \(action.name) -d '\(fishQuoted(action.summary))'")
            }
            for option in command.allOptions {
                var line = "complete -c pando \(condition) -l \(option.name)"
                if let short = option.short { line += " -s \(short)" }
                if !option.choices.isEmpty {
                    line += " -x -a '\(option.choices.joined(separator: " "))'"
                } else if option.placeholder != nil {
                    line += " -r"
                }
                lines.append(line + " -d '\(fishQuoted(option.help))'")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Inside single quotes.
    private static func quoted(_ text: String) -> String { replacing("'", in: text, with: #"'\''"#) }
    private static func fishQuoted(_ text: String) -> String { replacing("'", in: replacing(#"\"#, in: text, with: #"\\"#), with: #"\'"#) }

    /// What separates the parts of zsh's descriptions, as plain text.
    private static func bracketed(_ text: String) -> String {
        ["\\", "[", "]", ":"].reduce(text) { replacing($1, in: $0, with: "\\\($1)") }
    }

    private static func replacing(_ part: Character, in text: String, with replacement: String) -> String {
        text.split(separator: part, omittingEmptySubsequences: false).joined(separator: replacement)
    }
}
