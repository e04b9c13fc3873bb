import httpd

/// The values of `--param`.
struct StatementParameters {
    private(set) var arguments = StatementArguments.none
    /// The same as a request has them; nil without any.
    private(set) var json: Datum?

    static let none = StatementParameters()

    private init() {}

    init(named values: [(name: String, value: Datum)]) throws {
        arguments = StatementArguments(named: values)
        json = try Datum.object(values.map { ($0.name, $0.value) })
    }

    init(_ words: [String]) throws {
        var named: [(name: String, value: Datum)] = []
        var values: [Datum] = []
        for word in words {
            let name = word.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            if name.first?.isNumber == false, word.dropFirst(name.count).first == "=" {
                named.append((String(name), Self.value(String(word.dropFirst(name.count + 1)))))
            } else {
                values.append(Self.value(word))
            }
        }
        guard !words.isEmpty else { return }
        guard named.isEmpty || values.isEmpty else { throw CommandError.usage("Either all of --param have a name, or none.") }
        guard Set(named.map(\.name)).count == named.count else { throw CommandError.usage("A name of --param is given twice.") }
        if named.isEmpty {
            arguments = StatementArguments(values)
            json = try Datum.array(values)
        } else {
            arguments = StatementArguments(named: named)
            json = try Datum.object(named.map { ($0.name, $0.value) })
        }
    }

    private static func value(_ text: String) -> Datum { (try? Datum(json: text)) ?? Datum(text) }
}
