import Catalog

/// What values settings may have, and what they mean for output.
extension SessionSettings {
    /// The value as SHOW gives it. Throws `22023`.
    func check(_ name: String, _ value: String) throws(SQLError) -> String {
        func invalid(detail: String? = nil) -> SQLError {
            SQLError(.invalidParameterValue, "invalid value for parameter \"\(Self.spelling(name))\": \"\(value)\"", detail: detail)
        }
        switch name {
        case "client_encoding":
            let folded = value.lowercased().filter { $0 != "-" && $0 != "_" && $0 != "'" }
            guard folded == "utf8" || folded == "unicode" else { throw invalid() }
            return "UTF8"
        case "standard_conforming_strings":
            guard Self.flag(value) == true else { throw SQLError(.featureNotSupported, "standard_conforming_strings is always on") }
            return "on"
        case "datestyle": return try Self.dateStyle(value, over: self.value(name) ?? "ISO, MDY")
        case "timezone":
            guard let zone = Self.zone(value) else { throw invalid() }
            return zone.name
        case "timezone_abbreviations":
            guard ["Default", "Australia", "India"].contains(value) else { throw invalid() }
            return value
        case "default_text_search_config":
            if value.isEmpty { throw SQLError(SQLState(rawValue: "42602"), "invalid name syntax") }
            guard let found = TextSearchObjects.configuration(named: value.lowercased()) else { throw invalid() }
            return "pg_catalog." + found.configuration.name
        case "default_table_access_method":
            guard value == "heap" else { throw invalid(detail: "Table access method \"\(value)\" does not exist.") }
            return value
        case "default_tablespace":
            guard ["", "pg_default", "pg_global"].contains(value) else {
                throw invalid(detail: "Tablespace \"\(value)\" does not exist.")
            }
            return value
        case "default_with_oids", "debug_parallel_query", "pando.cross_database":
            guard let flag = Self.flag(value) else {
                throw SQLError(.invalidParameterValue, "parameter \"\(name)\" requires a Boolean value")
            }
            return flag ? "on" : "off"
        default: return try SettingFact.all[name]?.checked(value) ?? value
        }
    }

    static func flag(_ text: String) -> Bool? {
        let text = text.lowercased()
        guard !text.isEmpty else { return nil }
        if ["on", "1"].contains(text) || "true".hasPrefix(text) || "yes".hasPrefix(text) { return true }
        if ["off", "of", "0"].contains(text) || "false".hasPrefix(text) || "no".hasPrefix(text) { return false }
        return nil
    }

    /// A style and the order of day, month and year in what is read; what the text leaves out stays as it is.
    private static func dateStyle(_ text: String, over old: String) throws(SQLError) -> String {
        func invalid(_ detail: String) -> SQLError {
            SQLError(.invalidParameterValue, "invalid value for parameter \"DateStyle\": \"\(text)\"", detail: detail)
        }
        var style: String?
        var order: String?
        func setStyle(_ new: String) throws(SQLError) {
            guard style == nil || style == new else { throw invalid("Conflicting \"datestyle\" specifications.") }
            style = new
        }
        func setOrder(_ new: String) throws(SQLError) {
            guard order == nil || order == new else { throw invalid("Conflicting \"datestyle\" specifications.") }
            order = new
        }
        for part in text.split(separator: ",") {
            let word = part.filter { $0 != " " }.uppercased()
            switch word {
            case "": break
            case "ISO": try setStyle("ISO")
            case "SQL": try setStyle("SQL")
            case _ where word.hasPrefix("POSTGRES"): try setStyle("Postgres")
            case "GERMAN":
                try setStyle("German")
                if order == nil { order = "DMY" }
            case "YMD": try setOrder("YMD")
            case "DMY": try setOrder("DMY")
            case _ where word.hasPrefix("EURO"): try setOrder("DMY")
            case "MDY", "US": try setOrder("MDY")
            case _ where word.hasPrefix("NONEURO"): try setOrder("MDY")
            case "DEFAULT":
                if style == nil { style = "ISO" }
                if order == nil { order = "MDY" }
            default: throw invalid("Unrecognized key word: \"\(part)\".")
            }
        }
        let known = old.split(separator: ",").map { String($0.filter { $0 != " " }) }
        return "\(style ?? known.first ?? "ISO"), \(order ?? known.last ?? "MDY")"
    }

    private static func split(_ text: String) -> (number: Int, unit: String)? {
        let bytes = text.utf8.filter { $0 != UInt8(ascii: " ") }
        let digits = bytes.prefix { ASCII.isDigit($0) || $0 == UInt8(ascii: "-") }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        return (number, String(decoding: bytes[digits.endIndex...], as: UTF8.self))
    }

    private static func kilobytes(_ text: String) -> Int? {
        guard let (number, unit) = split(text), number >= 0 else { return nil }
        switch unit {
        case "", "kB": return number
        case "B": return number / 1024
        case "MB": return number.multipliedReportingOverflow(by: 1024).partialValue
        case "GB": return number.multipliedReportingOverflow(by: 1 << 20).partialValue
        case "TB": return number.multipliedReportingOverflow(by: 1 << 30).partialValue
        default: return nil
        }
    }

    private static func milliseconds(_ text: String) -> Int? {
        if let number = Int(text), number >= 0 { return number }
        guard let (number, unit) = split(text), number >= 0 else { return nil }
        let factor: Int
        switch unit {
        case "", "ms": factor = 1
        case "s": factor = 1000
        case "min": factor = 60_000
        case "h": factor = 3_600_000
        case "d": factor = 86_400_000
        default: return nil
        }
        let product = number.multipliedReportingOverflow(by: factor)
        return product.overflow ? nil : product.partialValue
    }

    /// A zone by its name, by POSIX's notation, or by the hours that it is east of UTC.
    private static func zone(_ text: String) -> SQLTimeZone? {
        guard let hours = Double(text) else { return SQLTimeZone(named: text) }
        let seconds = (hours * 3600).rounded(.towardZero)
        return seconds.magnitude < 168 * 3600 ? SQLTimeZone(secondsEast: Int32(seconds)) : nil
    }

    /// The schemas of a search path; `$user` stands in it for the name of whoever asks.
    private static func schemas(_ text: String) -> [String] {
        text.split(separator: ",").compactMap { part in
            let name = part.filter { $0 != " " }
            let isQuoted = name.hasPrefix("\"") && name.hasSuffix("\"") && name.utf8.count >= 2
            let schema = isQuoted ? String(name.dropFirst().dropLast()) : name.lowercased()
            return schema.isEmpty ? nil : schema
        }
    }

    private static func time(_ text: String) -> Duration? {
        guard let limit = milliseconds(text), limit > 0 else { return nil }
        return .milliseconds(limit)
    }

    /// Brings what output and statements go by up to date.
    func refresh(_ name: String) {
        guard let value = value(name) else { return }
        switch name {
        case "datestyle":
            output.dateStyle =
                switch value.prefix(while: { $0 != "," }) {
                case "SQL": .sql
                case "Postgres": .postgres
                case "German": .german
                default: .iso
                }
            output.dateOrder = value.hasSuffix("DMY") ? .dayFirst : value.hasSuffix("YMD") ? .yearFirst : .monthFirst
        case "intervalstyle":
            output.intervalStyle =
                switch value {
                case "postgres_verbose": .postgresVerbose
                case "sql_standard": .sqlStandard
                case "iso_8601": .iso8601
                default: .postgres
                }
        case "timezone": output.timeZone = Self.zone(value) ?? .utc
        case "bytea_output": output.byteaIsHexadecimal = value == "hex"
        case "extra_float_digits": output.extraFloatDigits = Int(value) ?? 1
        case "search_path": statements.searchPath = Self.schemas(value)
        case "lock_timeout": statements.lockTimeout = Self.time(value)
        case "statement_timeout": statements.timeout = Self.time(value)
        case "synchronous_commit": statements.commitsSoftly = value == "off"
        case "work_mem": statements.workMemory = value == Self.initial[name] ? nil : Self.kilobytes(value)
        case "default_transaction_isolation": statements.isolation = value
        case "default_transaction_read_only": statements.isReadOnly = value == "on"
        case "session_authorization": statements.authorization = value.isEmpty ? nil : value
        case "role": statements.role = value == "none" ? nil : value
        case "application_name": statements.applicationName = value
        case "client_min_messages": statements.leastSeverity = value.uppercased()
        case "idle_session_timeout": statements.idleTime = Self.time(value)
        case "idle_in_transaction_session_timeout": statements.transactionIdleTime = Self.time(value)
        case "seed": Builtins.setSeed(Double(value) ?? 0)
        default: if let method = PlanMethods.settings[name] { statements.methods[keyPath: method] = value == "on" }
        }
    }

    /// What ``refresh(_:)`` reads.
    static let refreshedNames =
        [
            "datestyle", "timezone", "intervalstyle", "bytea_output", "extra_float_digits", "search_path", "lock_timeout",
            "statement_timeout", "synchronous_commit", "work_mem", "default_transaction_isolation", "default_transaction_read_only",
            "session_authorization", "role", "application_name", "client_min_messages", "idle_session_timeout",
            "idle_in_transaction_session_timeout",
        ] + PlanMethods.settings.keys
}

/// What each statement asks of the settings, read from their texts when they are set. As it is here sessions begin.
struct StatementSettings {
    var timeout: Duration?
    var lockTimeout: Duration?
    /// KiB; nil where nobody has set it.
    var workMemory: Int?
    var commitsSoftly = false
    var methods = PlanMethods()
    /// `$user` stands for the name of whoever asks.
    var searchPath = ["$user", "public"]
    /// Those of the transactions that begin.
    var isolation = "read committed"
    var isReadOnly = false
    /// Whom SET SESSION AUTHORIZATION and SET ROLE have named.
    var authorization: String?
    var role: String?
    var applicationName = ""
    /// Of the messages that the client is told.
    var leastSeverity = "NOTICE"
    /// How long the session, and a transaction of it, may wait for the client's next statement; nil is for ever.
    var idleTime: Duration?
    var transactionIdleTime: Duration?
}
