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
}
