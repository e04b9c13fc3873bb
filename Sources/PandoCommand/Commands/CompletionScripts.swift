extension Command {
    static let completions = Command(
        name: "completions",
        summary: "a script that teaches a shell to complete pando's words",
        actions: [
            Action(name: "bash", summary: "for bash"), Action(name: "zsh", summary: "for zsh"), Action(name: "fish", summary: "for fish"),
        ],
        examples: [
            "source <(pando completions bash)", "pando completions zsh > ~/.zfunc/_pando",
            "pando completions fish > ~/.config/fish/completions/pando.fish",
        ]
    ) { arguments, console in
        switch arguments.action {
        case "bash": try console.output.write(Completions.bash(Main.commands))
        case "zsh": try console.output.write(Completions.zsh(Main.commands))
        default: try console.output.write(Completions.fish(Main.commands))
        }
    }
}
