import Catalog
import Ground

/// What the system says of this process.
enum ProcessFacts {
    static var hostName: String { SystemFacts.hostName }
    static var identifier: Int { SystemFacts.processIdentifier }
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
