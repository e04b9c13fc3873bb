/// What is said of keys and of the Vault that has them: by options, by variables of the environment, and, of `pando serve`, in the file of
/// `--config`. What stands earlier here counts first.
struct KeySettings {
    enum Level: Int, CaseIterable {
        case commandLine, environment, file
    }

    /// The value of an option, and what says it.
    struct Value {
        let text: String
        /// As `pando serve --print-config` tells it: `--key-file`, `PANDO_KEY_FILE`, or a line of a file.
        let source: String
        /// The same for messages, which also says of what it is.
        let said: String
    }

    let arguments: Arguments
    /// The lines of the file of `--config`: each with the place of it.
    private let file: [String: (value: String, source: String)]

    init(_ arguments: Arguments, file: [String: (value: String, source: String)] = [:]) {
        (self.arguments, self.file) = (arguments, file)
    }

    /// What a variable of the environment says; an empty one says nothing.
    static func environment(_ name: String) -> String? { SystemCalls.environment(name).flatMap { $0.isEmpty ? nil : $0 } }

    static func variable(_ option: String) -> String { "PANDO_" + option.uppercased().split(separator: "-").joined(separator: "_") }

    /// - Parameter others: variables that others know the option by, behind Pando's own.
    func value(_ option: String, at level: Level, others: [String] = []) -> Value? {
        switch level {
        case .commandLine: return arguments.value(option).map { Value(text: $0, source: "--\(option)", said: "--\(option)") }
        case .environment:
            for name in [Self.variable(option)] + others {
                if let text = Self.environment(name) { return Value(text: text, source: name, said: name) }
            }
            return nil
        case .file:
            guard let (text, place) = file[option], !text.isEmpty else { return nil }
            return Value(text: text, source: place, said: "\(option) (\(place))")
        }
    }

    func value(_ option: String, others: [String] = []) -> Value? {
        Level.allCases.lazy.compactMap { value(option, at: $0, others: others) }.first
    }

    /// For a list of settings: what is said of an option that may be a flag of the command line.
    func shown(_ option: String) -> Value? {
        if arguments.has(option) { return Value(text: "true", source: "--\(option)", said: "--\(option)") }
        return value(option, others: option == "vault-addr" ? ["VAULT_ADDR"] : [])
    }
}
