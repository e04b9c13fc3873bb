extension CopyOptions {
    /// What stands in parentheses after COPY. Throws where options are wrong, or don't go together.
    init(_ given: [Option], isFrom: Bool, columns: [String]) throws(SQLError) {
        self.init()
        var seen: Set<String> = []
        var lists: [String: Option.Value] = [:]
        for option in given {
            let name = option.name.text
            let key = name.lowercased()
            guard seen.insert(key).inserted else { throw SQLError(.syntaxError, "conflicting or redundant options") }
            switch key {
            case "format": format = try Self.format(option)
            case "delimiter": delimiter = try Self.text(option)
            case "null": null = try Self.text(option)
            case "quote": quote = try Self.text(option)
            case "escape": escape = try Self.text(option)
            case "header": header = try Self.header(option, isFrom: isFrom)
            case "freeze": _ = try Self.flag(option)
            case "encoding": try Self.checkEncoding(option)
            case "force_quote", "force_not_null", "force_null": lists[key] = option.value
            default: throw SQLError(.syntaxError, "option \"\(name)\" not recognized")
            }
        }
        try checkForms(seen, isFrom: isFrom)
        if format == .csv {
            if !seen.contains("delimiter") { delimiter = "," }
            if !seen.contains("null") { null = "" }
            if !seen.contains("escape") { escape = quote }
        }
        try checkCharacters()
        forceQuote = try Self.places(lists["force_quote"], columns, "force_quote")
        forceNotNull = try Self.places(lists["force_not_null"], columns, "force_not_null")
        forceNull = try Self.places(lists["force_null"], columns, "force_null")
    }

    private static func refused(_ message: String) -> SQLError { SQLError(.featureNotSupported, message) }
    private static func invalid(_ message: String) -> SQLError { SQLError(.invalidParameterValue, message) }

    // MARK: Values

    private static func text(_ option: Option) throws(SQLError) -> String {
        switch option.value {
        case .string(let text), .word(let text), .number(let text): return text
        case .null: return "null"
        default: throw SQLError(.syntaxError, "\(option.name.text) requires a parameter")
        }
    }

    private static func flag(_ option: Option) throws(SQLError) -> Bool {
        switch option.value {
        case .none: return true
        case .word(let text), .string(let text), .number(let text):
            if ["true", "on", "1"].contains(text.lowercased()) { return true }
            if ["false", "off", "0"].contains(text.lowercased()) { return false }
        default: break
        }
        throw SQLError(.syntaxError, "\(option.name.text) requires a Boolean value")
    }

    private static func format(_ option: Option) throws(SQLError) -> Format {
        let name = try text(option)
        switch name.lowercased() {
        case "text": return .text
        case "csv": return .csv
        case "binary": return .binary
        default: throw invalid("COPY format \"\(name)\" not recognized")
        }
    }

    private static func header(_ option: Option, isFrom: Bool) throws(SQLError) -> Header {
        switch option.value {
        case .word(let text) where text.lowercased() == "match", .string(let text) where text.lowercased() == "match":
            guard isFrom else { throw refused("cannot use \"match\" with HEADER in COPY TO") }
            return .match
        default:
            do throws(SQLError) { return try flag(option) ? .present : .none } catch {
                throw SQLError(.syntaxError, "header requires a Boolean value or \"match\"")
            }
        }
    }

    private static func checkEncoding(_ option: Option) throws(SQLError) {
        let name = try text(option)
        switch name.lowercased().filter({ $0 != "-" && $0 != "_" }) {
        case "utf8", "unicode": break
        case "latin1", "sqlascii", "iso88591", "win1252": throw refused("COPY in the encoding \(name) is not supported")
        default: throw invalid("argument to option \"encoding\" must be a valid encoding name")
        }
    }

    private static func places(_ value: Option.Value?, _ columns: [String], _ option: String) throws(SQLError) -> Set<Int> {
        switch value {
        case nil: return []
        case .star: return Set(columns.indices)
        case .list(let items):
            var places: Set<Int> = []
            for item in items {
                guard case .word(let name) = item, let place = columns.firstIndex(of: name) else {
                    var name = ""
                    if case .word(let text) = item { name = text }
                    throw SQLError(SQLState(rawValue: "42703"), "column \"\(name)\" does not exist")
                }
                places.insert(place)
            }
            return places
        default: throw invalid("argument to option \"\(option)\" must be a list of column names")
        }
    }

    // MARK: What goes together

    private func checkForms(_ seen: Set<String>, isFrom: Bool) throws(SQLError) {
        if format == .binary {
            if seen.contains("delimiter") { throw SQLError(.syntaxError, "cannot specify DELIMITER in BINARY mode") }
            if seen.contains("null") { throw SQLError(.syntaxError, "cannot specify NULL in BINARY mode") }
            if header != .none { throw Self.refused("cannot specify HEADER in BINARY mode") }
        }
        guard format != .csv else {
            if isFrom, seen.contains("force_quote") { throw Self.refused("COPY force quote only available using COPY TO") }
            if !isFrom, seen.contains("force_not_null") { throw Self.refused("COPY force not null only available using COPY FROM") }
            if !isFrom, seen.contains("force_null") { throw Self.refused("COPY force null only available using COPY FROM") }
            return
        }
        for (name, shown) in [
            ("quote", "quote"), ("escape", "escape"), ("force_quote", "force quote"), ("force_not_null", "force not null"),
            ("force_null", "force null"),
        ] where seen.contains(name) {
            throw Self.refused("COPY \(shown) available only in CSV mode")
        }
    }

    private func checkCharacters() throws(SQLError) {
        guard format != .binary else { return }
        guard delimiter.utf8.count == 1 else { throw Self.refused("COPY delimiter must be a single one-byte character") }
        guard !delimiter.contains(where: \.isNewline) else { throw Self.invalid("COPY delimiter cannot be newline or carriage return") }
        guard !null.contains(where: \.isNewline) else {
            throw Self.invalid("COPY null representation cannot use newline or carriage return")
        }
        if format == .text, "\\.abcdefghijklmnopqrstuvwxyz0123456789".contains(delimiter) {
            throw Self.invalid("COPY delimiter cannot be \"\(delimiter)\"")
        }
        guard !null.contains(delimiter) else { throw Self.invalid("COPY delimiter must not appear in the NULL specification") }
        guard format == .csv else { return }
        guard quote.utf8.count == 1 else { throw Self.refused("COPY quote must be a single one-byte character") }
        guard escape.utf8.count == 1 else { throw Self.refused("COPY escape must be a single one-byte character") }
        guard delimiter != quote else { throw Self.invalid("COPY delimiter and quote must be different") }
        guard !null.contains(quote) else { throw Self.invalid("CSV quote character must not appear in the NULL specification") }
    }
}
