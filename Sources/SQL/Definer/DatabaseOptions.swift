import Catalog

/// What CREATE DATABASE and ALTER DATABASE say of a database behind WITH.
struct DatabaseOptions {
    private(set) var owner: Role?
    /// How many sessions there may be at most, −1: any number. Nil if nothing is said of it.
    private(set) var connectionLimit: Int?
    /// Locales whose order of texts is not that of their bytes, which is what there is.
    private(set) var otherLocales: [String] = []

    private static let known: Set<String> = [
        "allow_connections", "connection_limit", "encoding", "icu_locale", "is_template", "lc_collate", "lc_ctype", "locale",
        "locale_provider", "location", "oid", "owner", "strategy", "tablespace", "template", "collation_version",
    ]
    private static let changeable: Set<String> = ["allow_connections", "connection_limit", "is_template", "tablespace"]

    /// - Throws: `42601` for an option that there is not or that stands there twice; otherwise what PostgreSQL says of a wrong value.
    init(_ options: [Option], ofNew isNew: Bool, _ definer: Definer) throws(SQLError) {
        var names: Set<String> = []
        for option in options {
            let name = option.name.text
            guard (isNew ? Self.known : Self.changeable).contains(name) else {
                throw definer.error("42601", "option \"\(name)\" not recognized", at: option.name.position)
            }
            guard names.insert(name).inserted else {
                throw definer.error("42601", "conflicting or redundant options", at: option.name.position)
            }
        }
        for option in options {
            if case .default = option.value { continue }
            try take(option, definer)
        }
    }

    private mutating func take(_ option: Option, _ definer: Definer) throws(SQLError) {
        let name = option.name.text
        let text = option.value.text ?? ""
        switch name {
        case "owner": owner = Definer.role(named: option)
        case "connection_limit":
            guard case .number = option.value, let limit = Int(text) else {
                throw definer.error("42601", "connection_limit requires an integer value")
            }
            guard limit >= -1 else { throw definer.error("22023", "invalid connection limit: \(limit)") }
            guard limit != 0 else { throw SQLError(.featureNotSupported, "a connection limit of 0 is not supported") }
            connectionLimit = limit
        case "encoding": try requireEncoding(option, text, definer)
        case "template":
            guard text != "template0", text != "template1" else { return }
            let found = try definer.definitions.reading { () throws(CatalogError) in
                try definer.definitions.state.snapshot.database(text)
            }
            guard found != nil else { throw definer.error("3D000", "template database \"\(text)\" does not exist") }
            throw SQLError(.featureNotSupported, "template databases with something in them are not supported")
        case "tablespace": try definer.requireTablespace(Name(text, at: option.name.position))
        case "allow_connections", "is_template":
            guard let flag = SessionSettings.flag(text) else { throw definer.error("42601", "\(name) requires a Boolean value") }
            guard flag == (name == "allow_connections") else {
                throw SQLError(.featureNotSupported, "\(name) = \(flag) is not supported")
            }
        case "strategy":
            guard ["wal_log", "file_copy"].contains(text.lowercased()) else {
                throw definer.error(
                    "22023", "invalid create database strategy \"\(text)\"", hint: "Valid strategies are \"wal_log\" and \"file_copy\".")
            }
        case "locale_provider":
            guard ["libc", "icu"].contains(text.lowercased()) else { throw definer.error("42P17", "unrecognized locale provider: \(text)") }
            if text.lowercased() == "icu" { otherLocales.append("icu") }
        case "locale", "lc_collate", "lc_ctype":
            if !["C", "POSIX", "C.UTF-8", "C.utf8"].contains(text) { otherLocales.append(text) }
        default: break
        }
    }

    private func requireEncoding(_ option: Option, _ text: String, _ definer: Definer) throws(SQLError) {
        // Encodings have numbers, too; UTF-8's is 6, and there are 42.
        if case .number = option.value {
            guard let code = Int(text), code != 6 else { return }
            guard 0..<42 ~= code else {
                throw definer.error("42704", "\(code) is not a valid encoding code", at: option.name.position)
            }
            throw SQLError(.featureNotSupported, "databases of another encoding than UTF8 are not supported")
        }
        let folded = text.lowercased().filter { $0.isLetter || $0.isNumber }
        guard folded != "utf8", folded != "unicode" else { return }
        guard Self.otherEncodings.contains(folded) else {
            throw definer.error("42704", "\(text) is not a valid encoding name", at: option.name.position)
        }
        throw SQLError(.featureNotSupported, "databases of another encoding than UTF8 are not supported")
    }

    /// Names that PostgreSQL's documentation lists, in small letters without signs.
    private static let otherEncodings: Set<String> = [
        "euccn", "eucjis2004", "eucjp", "euckr", "euctw", "iso88595", "iso88596", "iso88597", "iso88598", "koi8r", "koi8u", "latin1",
        "latin10", "latin2", "latin3", "latin4", "latin5", "latin6", "latin7", "latin8", "latin9", "muleinternal", "sqlascii", "win1250",
        "win1251", "win1252", "win1253", "win1254", "win1255", "win1256", "win1257", "win1258", "win866", "win874",
    ]
}

extension Option.Value {
    /// A number, a text or a word as it was written.
    fileprivate var text: String? {
        switch self {
        case .number(let text), .string(let text), .word(let text): text
        default: nil
        }
    }
}
