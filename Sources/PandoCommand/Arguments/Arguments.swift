/// The meaning of a command line's words, once they have been found to fit the command.
struct Arguments {
    // Lists, since they are short: to make a dictionary the runtime looks through all conformances of the program.
    var positionals: [(name: String, word: String)] = []
    var action: String?
    /// The values of options, each as often as it was given.
    var values: [(option: String, value: String)] = []
    var flags: [String] = []

    /// A required positional.
    subscript(name: String) -> String { positional(name)! }

    func positional(_ name: String) -> String? { positionals.first { $0.name == name }?.word }
    /// The words of a positional that may stand several times.
    func words(_ name: String) -> [String] { positionals.filter { $0.name == name }.map(\.word) }
    func has(_ flag: String) -> Bool { flags.contains(flag) }
    func value(_ option: String) -> String? { values.last { $0.option == option }?.value }
    func list(_ option: String) -> [String] { values.filter { $0.option == option }.map(\.value) }

    /// The whole number given for an option, `nil` if the option is not there.
    func integer(_ option: String, in range: ClosedRange<Int>) throws(CommandError) -> Int? {
        guard let text = value(option) else { return nil }
        return try Self.integer(text, in: range, what: "--\(option)")
    }

    static func integer(_ text: String, in range: ClosedRange<Int>, what: String) throws(CommandError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            let upper = range.upperBound == .max ? "" : " to \(range.upperBound)"
            throw .usage("\(what) is a whole number from \(range.lowerBound)\(upper), not “\(text)”.")
        }
        return number
    }

    /// A list with commas, such as `--fields name,age`.
    func names(_ option: String) throws(CommandError) -> [String]? {
        guard let text = value(option) else { return nil }
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains(""), Set(names).count == names.count else {
            throw .usage("--\(option) is a list of different names with commas between them, such as a,b.")
        }
        return names
    }
}
