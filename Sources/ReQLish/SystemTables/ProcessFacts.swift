import Catalog

/// Facts of the system about this process.
enum ProcessFacts {
    /// The command line, without the passwords that stand in it.
    static var arguments: [String] { withoutPasswords(CommandLine.arguments) }

    static func withoutPasswords(_ arguments: [String]) -> [String] {
        var hidesNext = false
        return arguments.map { argument in
            defer { hidesNext = passwordOptions.contains(argument) }
            if hidesNext { return "…" }
            for option in passwordOptions where argument.hasPrefix("\(option)=") { return "\(option)=…" }
            return withoutPassword(argument)
        }
    }

    /// The options whose value is a password. Those of files with passwords name the file.
    private static let passwordOptions = ["--initial-password", "--password"]

    /// A URL as others may see it: `postgresql://user:…@host/database`. What is no URL stays as it is.
    private static func withoutPassword(_ argument: String) -> String {
        let parts = argument.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let scheme = parts.first?.firstRange(of: "://") else { return argument }
        var shown = String(parts[0])
        // A password may have an @ and a slash in it, so whatever stands before the last @ is none of a host.
        if let at = shown.lastIndex(of: "@"), at >= scheme.upperBound, let colon = shown[scheme.upperBound..<at].firstIndex(of: ":") {
            shown.replaceSubrange(shown.index(after: colon)..<at, with: "…")
        }
        guard parts.count > 1 else { return shown }
        let parameters = parts[1].split(separator: "&", omittingEmptySubsequences: false).map { parameter in
            let name = parameter.prefix { $0 != "=" }
            return name.hasSuffix("password") && name.endIndex < parameter.endIndex ? "\(name)=…" : String(parameter)
        }
        return "\(shown)?\(parameters.joined(separator: "&"))"
    }
}
