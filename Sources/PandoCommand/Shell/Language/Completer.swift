import httpd

/// A word that can stand in the place of what is written before the cursor.
struct Completion: Equatable {
    struct Candidate: Equatable {
        var text: String
        /// What follows if it is the only one.
        var ending = ""
    }

    /// Where the part begins that is replaced, in characters.
    var start: Int
    var candidates: [Candidate]

    static let none = Completion(start: 0, candidates: [])
}

/// The names that a file or a server has.
protocol Vocabulary {
    func databases() -> [String]
    func tables(in database: String) -> [String]
    func indexes(of table: String, in database: String) -> [String]
    func fields(of table: String, in database: String) -> [String]
    /// The database of `r.table(…)` without `r.db(…)`.
    var defaultDatabase: String { get }
    var savedQueries: [String] { get }
    /// The files whose paths begin so; folders end in `/`.
    func files(_ prefix: String) -> [String]
}

/// The search for what a query, or a command of the shell, can go on with.
struct Completer {
    let vocabulary: any Vocabulary
    var language = QueryLanguage.reql

    func complete(_ buffer: LineBuffer) -> Completion {
        let before = Array(buffer.characters[..<buffer.cursor])
        if let line = DotCommandLine(String(before)) { return completeCommand(line, before) }
        if language == .sql { return StatementCompleter(vocabulary: vocabulary).complete(before) }
        let tokens = QueryScanner.tokens(of: before)
        guard let last = tokens.last, last.range.upperBound == before.count else { return words("", at: before.count, tokens) }
        switch last.kind {
        case .string(isClosed: false):
            return completeString(last, tokens.dropLast(), Array(buffer.characters[buffer.cursor...]))
        case .identifier: return words(last.text, at: last.range.lowerBound, tokens.dropLast())
        case .symbol: return words("", at: before.count, tokens)
        default: return .none
        }
    }

    private func completion(_ start: Int, _ written: String, _ names: [String], ending: String = "") -> Completion {
        let fitting = Set(names).filter { $0.hasPrefix(written) && $0 != "" }.sorted()
        return Completion(start: start, candidates: fitting.map { Completion.Candidate(text: $0, ending: ending) })
    }

    // MARK: Words

    /// Terms after a point, options in braces, otherwise what a value can begin with.
    private func words(_ written: String, at start: Int, _ tokens: some BidirectionalCollection<QueryScanner.Token>) -> Completion {
        guard let last = tokens.last else { return completion(start, written, ["r"]) }
        if last.is(".") {
            let isFunction = tokens.dropLast().last.map { $0.kind == .identifier && $0.text == "r" } ?? false
            let candidates = (isFunction ? Self.functions : Self.methods).filter { $0.text.hasPrefix(written) }
            return Completion(start: start, candidates: candidates)
        }
        if last.is("{") || last.is(","), let call = enclosingCall(Array(tokens)), call.isInBraces {
            return completion(start, written, TermType(name: call.name)?.facts.options.map(TermType.camelCase) ?? [], ending: ": ")
        }
        return written.isEmpty ? .none : completion(start, written, ["r", "true", "false", "null", "function"])
    }

    private static let functions = candidates(\.isFunction) + [Completion.Candidate(text: "expr", ending: "(")]
    private static let methods = candidates(\.isMethod)

    private static func candidates(_ isWanted: (TermFacts) -> Bool) -> [Completion.Candidate] {
        TermType.written.map(\.facts).filter(isWanted).sorted { $0.name < $1.name }
            .map { Completion.Candidate(text: $0.name, ending: $0.spelling == .constant ? "" : "(") }
    }

    // MARK: Strings

    /// What a string may say depends on the call that it is an argument of.
    private func completeString(
        _ string: QueryScanner.Token, _ tokens: ArraySlice<QueryScanner.Token>, _ rest: [Character]
    ) -> Completion {
        let written = string.stringContents ?? ""
        let (start, quote) = (string.range.lowerBound + 1, String(string.text.prefix(1)))
        let tokens = Array(tokens)
        func closing(_ names: [String], _ after: String) -> Completion {
            completion(start, written, names, ending: rest.isEmpty ? quote + after : rest.first == Character(quote) ? "" : quote)
        }
        let call = enclosingCall(tokens)
        let isFirst = tokens.last?.is("(") ?? false
        switch call?.name {
        case "db", "dbDrop": if isFirst { return closing(vocabulary.databases(), ")") }
        case "table", "tableDrop":
            if isFirst { return closing(vocabulary.tables(in: database(Array(tokens[..<(call?.place ?? 0)]))), ")") }
        default: break
        }
        guard let (database, table) = table(tokens) else { return .none }
        let isIndexOption = tokens.last?.is(":") ?? false && tokens.dropLast().last?.text == "index"
        if isIndexOption || ["indexDrop", "indexRename", "indexStatus", "indexWait"].contains(call?.name) {
            return closing(vocabulary.indexes(of: table, in: database), "")
        }
        return closing(vocabulary.fields(of: table, in: database), "")
    }

    /// The call whose arguments are being written: its name, where that stands, and whether inside braces.
    private func enclosingCall(_ tokens: [QueryScanner.Token]) -> (name: String, place: Int, isInBraces: Bool)? {
        var depth = 0
        var isInBraces = false
        for place in tokens.indices.reversed() where tokens[place].kind == .symbol {
            switch tokens[place].text {
            case ")", "]", "}": depth += 1
            case "{" where depth == 0: isInBraces = true
            case "[" where depth == 0: break
            case "(" where depth == 0:
                guard place > 0, tokens[place - 1].kind == .identifier else { return nil }
                return (tokens[place - 1].text, place - 1, isInBraces)
            case "(", "[", "{": depth -= 1
            default: break
            }
        }
        return nil
    }

    /// The database that stands before `.table`, or the default one.
    private func database(_ tokens: [QueryScanner.Token]) -> String {
        argument(of: "db", before: tokens.count - 1, tokens) ?? vocabulary.defaultDatabase
    }

    /// `db("x").` at the end of the tokens.
    private func argument(of name: String, before end: Int, _ tokens: [QueryScanner.Token]) -> String? {
        guard end >= 4, tokens[end].is("."), tokens[end - 1].is(")"), tokens[end - 3].is("("), tokens[end - 4].text == name else {
            return nil
        }
        return tokens[end - 2].stringContents
    }

    /// The table that was named last.
    private func table(_ tokens: [QueryScanner.Token]) -> (database: String, table: String)? {
        for place in tokens.indices.reversed() where tokens[place].kind == .identifier && tokens[place].text == "table" {
            guard place + 2 < tokens.count, tokens[place + 1].is("("), let name = tokens[place + 2].stringContents else { continue }
            return (database(Array(tokens[..<place])), name)
        }
        return nil
    }

    // MARK: Commands of the shell

    private func completeCommand(_ line: DotCommandLine, _ before: [Character]) -> Completion {
        guard let command = DotCommand.all.first(where: { $0.name == line.name }), before.contains(" ") else {
            return completion(0, String(before), DotCommand.all.map { "." + $0.name }, ending: " ")
        }
        let start = (before.lastIndex(of: " ") ?? -1) + 1
        let written = String(before[start...])
        let position = line.words.count - (written.isEmpty ? 0 : 1)
        guard position < command.arguments.count else { return .none }
        switch command.arguments[position] {
        case .database: return completion(start, written, vocabulary.databases())
        case .table: return completion(start, written, tables(written))
        case .choice(let choices): return completion(start, written, choices)
        case .saved: return completion(start, written, vocabulary.savedQueries)
        case .file: return Completion(start: start, candidates: vocabulary.files(written).map { Completion.Candidate(text: $0) })
        case .other, .query: return .none
        }
    }

    /// Tables of the database that is written, or of that in use, and the databases.
    private func tables(_ written: String) -> [String] {
        guard let point = written.firstIndex(of: ".") else {
            return vocabulary.tables(in: vocabulary.defaultDatabase) + vocabulary.databases().map { $0 + "." }
        }
        let database = String(written[..<point])
        return vocabulary.tables(in: database).map { "\(database).\($0)" }
    }
}
