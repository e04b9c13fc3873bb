import Catalog

/// Facts of the system about this process.
enum ProcessFacts {
    /// The command line. A password that stands in it is left out.
    static var arguments: [String] {
        var hidesNext = false
        return CommandLine.arguments.map { argument in
            defer { hidesNext = argument == "--initial-password" }
            if hidesNext { return "…" }
            return argument.hasPrefix("--initial-password=") ? "--initial-password=…" : argument
        }
    }
}
