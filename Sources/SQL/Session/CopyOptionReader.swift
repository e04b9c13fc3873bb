/// Reads what stands in the parentheses of COPY.
struct CopyOptionReader {
    private let copy: Copy
    private let source: SourceText
    private let columns: [String]
    private let isListed: Bool

    init(_ copy: Copy, _ source: SourceText, _ columns: [String], isListed: Bool) {
        self.copy = copy
        self.source = source
        self.columns = columns
        self.isListed = isListed
    }

    func options() throws(SQLError) -> CopyOptions {
        var given: [String: Option.Value] = [:]
        for option in copy.options {
            let name = option.name.text
            let position = option.name.position
            guard Self.known.contains(name) else { throw source.error(.syntaxError, "option \"\(name)\" not recognized", at: position) }
            guard given.updateValue(option.value, forKey: name) == nil else {
                throw source.error(.syntaxError, "conflicting or redundant options", at: position)
            }
        }
        var options = CopyOptions()
        options.format = try format(given["format"])
        let (isCSV, isBinary) = (options.format == .csv, options.format == .binary)
        if let freeze = given["freeze"] { options.freezes = try flag(freeze, "freeze") }
        if isCSV { (options.delimiter, options.null) = (",", "") }
        if let value = given["header"] { options.header = try header(value) }
        if isBinary, given["delimiter"] != nil { throw SQLError(.syntaxError, "cannot specify DELIMITER in BINARY mode") }
        if isBinary, given["null"] != nil { throw SQLError(.syntaxError, "cannot specify NULL in BINARY mode") }
        if let value = given["delimiter"] { options.delimiter = try text(value, "delimiter") }
        if let value = given["null"] { options.null = try text(value, "null") }
        if let value = given["quote"] { options.quote = try text(value, "quote") }
        options.escape = try given["escape"].map { value throws(SQLError) in try text(value, "escape") } ?? options.quote
        if let value = given["encoding"] { options.isLatin1 = try encoding(try text(value, "encoding")) == .latin1 }
        try check(options, given)
        if let value = given["force_quote"] {
            try require(isCSV, "COPY force quote available only in CSV mode")
            try require(!copy.isFrom, "COPY force quote only available using COPY TO")
            options.forceQuote = try places(value, "FORCE_QUOTE")
        }
        if let value = given["force_not_null"] {
            try require(isCSV, "COPY force not null available only in CSV mode")
            try require(copy.isFrom, "COPY force not null only available using COPY FROM")
            options.forceNotNull = try places(value, "FORCE_NOT_NULL")
        }
        if let value = given["force_null"] {
            try require(isCSV, "COPY force null available only in CSV mode")
            try require(copy.isFrom, "COPY force null only available using COPY FROM")
            options.forceNull = try places(value, "FORCE_NULL")
        }
        return options
    }

    private static let known: Set<String> = [
        "format", "freeze", "delimiter", "null", "header", "quote", "escape", "force_quote", "force_not_null", "force_null", "encoding",
    ]

    private func require(_ condition: Bool, _ message: String) throws(SQLError) {
        if !condition { throw SQLError(.featureNotSupported, message) }
    }

    /// - Parameter name: the option whose place is told.
    private func invalid(_ message: String, _ name: String? = nil) -> SQLError {
        let place = copy.options.first { $0.name.text == name }?.name.position
        return SQLError(SQLState(rawValue: "22023"), message, position: place.map { source.character(at: $0) })
    }

    private func check(_ options: CopyOptions, _ given: [String: Option.Value]) throws(SQLError) {
        let isCSV = options.format == .csv
        guard options.format != .binary else {
            try require(options.header == .none, "cannot specify HEADER in BINARY mode")
            try require(given["quote"] == nil, "COPY quote available only in CSV mode")
            try require(given["escape"] == nil, "COPY escape available only in CSV mode")
            return
        }
        try require(options.delimiter.utf8.count == 1, "COPY delimiter must be a single one-byte character")
        if options.delimiter.contains(where: \.isNewline) { throw invalid("COPY delimiter cannot be newline or carriage return") }
        if options.null.contains(where: \.isNewline) { throw invalid("COPY null representation cannot use newline or carriage return") }
        if !isCSV, "\\.abcdefghijklmnopqrstuvwxyz0123456789".contains(options.delimiter) {
            throw invalid("COPY delimiter cannot be \"\(options.delimiter)\"")
        }
        if !isCSV {
            try require(given["quote"] == nil, "COPY quote available only in CSV mode")
            try require(given["escape"] == nil, "COPY escape available only in CSV mode")
        } else {
            try require(options.quote.utf8.count == 1, "COPY quote must be a single one-byte character")
            if options.delimiter == options.quote { throw invalid("COPY delimiter and quote must be different") }
            try require(options.escape.utf8.count == 1, "COPY escape must be a single one-byte character")
        }
        try require(!options.null.contains(options.delimiter), "COPY delimiter must not appear in the NULL specification")
        try require(!isCSV || !options.null.contains(options.quote), "CSV quote character must not appear in the NULL specification")
        if options.header == .match { try require(copy.isFrom, "cannot use \"match\" with HEADER in COPY TO") }
    }

    private func format(_ value: Option.Value?) throws(SQLError) -> CopyOptions.Format {
        guard let value else { return .text }
        let word = try text(value, "format")
        switch word {
        case "text": return .text
        case "csv": return .csv
        case "binary": return .binary
        default: throw invalid("COPY format \"\(word)\" not recognized", "format")
        }
    }

    private func header(_ value: Option.Value) throws(SQLError) -> CopyOptions.Header {
        if case .word("match") = value { return .match }
        if case .string("match") = value { return .match }
        do throws(SQLError) { return try flag(value, "header") ? .present : .none } catch {
            throw SQLError(.syntaxError, "header requires a Boolean value or \"match\"")
        }
    }

    private func flag(_ value: Option.Value, _ name: String) throws(SQLError) -> Bool {
        switch value {
        case .none: return true
        case .number("0"): return false
        case .number("1"): return true
        case .word(let word), .string(let word):
            if let flag = SessionSettings.flag(word) { return flag }
        default: break
        }
        throw SQLError(.syntaxError, "\(name) requires a Boolean value")
    }

    private func text(_ value: Option.Value, _ name: String) throws(SQLError) -> String {
        switch value {
        case .string(let text), .word(let text), .number(let text): return text
        case .null: return "null"
        default: throw SQLError(.syntaxError, "\(name) requires a parameter")
        }
    }

    private func encoding(_ name: String) throws(SQLError) -> CharacterEncoding {
        guard let encoding = CharacterEncoding(named: name) else {
            throw invalid("argument to option \"encoding\" must be a valid encoding name", "encoding")
        }
        guard [.utf8, .sqlASCII, .latin1].contains(encoding) else {
            throw SQLError(
                .featureNotSupported, "conversion between encodings \"\(encoding.name)\" and \"UTF8\" is not supported",
                hint: "UTF8 and LATIN1 are.")
        }
        return encoding
    }

    private func places(_ value: Option.Value, _ word: String) throws(SQLError) -> Set<Int> {
        guard case .list(let values) = value else {
            if case .star = value, word == "FORCE_QUOTE" { return Set(columns.indices) }
            throw invalid("argument to option \"\(word.lowercased())\" must be a list of column names", word.lowercased())
        }
        var places: Set<Int> = []
        for value in values {
            let name = try text(value, word)
            guard let place = columns.firstIndex(of: name) else {
                guard isListed else { throw missing(name) }
                throw SQLError(SQLState(rawValue: "42P10"), "\(word) column \"\(name)\" not referenced by COPY")
            }
            guard places.insert(place).inserted else {
                throw SQLError(SQLState(rawValue: "42701"), "column \"\(name)\" specified more than once")
            }
        }
        return places
    }

    private func missing(_ column: String) -> SQLError {
        var owner = ""
        if case .relation(let name, _, _) = copy.subject { owner = " of relation \"\(name.last)\"" }
        return SQLError(SQLState(rawValue: "42703"), "column \"\(column)\"\(owner) does not exist")
    }
}
