package import Catalog

/// A message beside the results.
package struct SQLNotice: Sendable {
    package enum Severity: String, Sendable {
        case notice = "NOTICE"
        case warning = "WARNING"
        case info = "INFO"
        case log = "LOG"
        case debug = "DEBUG"
    }

    package var severity: Severity
    package var state: SQLState
    package var message: String
    package var detail: String?
    package var hint: String?

    /// The place of a severity, or of a setting that names one, among the others.
    static func rank(_ severity: String) -> Int { ["LOG": 1, "NOTICE": 2, "WARNING": 3, "ERROR": 4][severity] ?? 0 }

    /// What HTTP tells.
    package var datum: Datum {
        var fields = [("severity", Datum(severity.rawValue)), ("sqlstate", Datum(state.rawValue)), ("message", Datum(message))]
        if let detail { fields.append(("detail", Datum(detail))) }
        if let hint { fields.append(("hint", Datum(hint))) }
        return Datum(fields: fields)
    }
}
