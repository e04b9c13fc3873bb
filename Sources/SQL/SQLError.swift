/// What is wrong with a statement, as PostgreSQL tells it.
public struct SQLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Kept outside, so that a function that may throw hands on one reference.
    private final class Content: Sendable {
        let state: SQLState
        let message: String
        let detail: String?
        let hint: String?
        let position: Int?
        let subject: Subject?
        let context: String?
        let routine: String?

        init(
            state: SQLState, message: String, detail: String?, hint: String?, position: Int?, subject: Subject?, context: String?,
            routine: String?
        ) {
            self.state = state
            self.message = message
            self.detail = detail
            self.hint = hint
            self.position = position
            self.subject = subject
            self.context = context
            self.routine = routine
        }
    }

    /// The object that a constraint's violation is about, told apart from the message so that clients need not read it.
    package struct Subject: Equatable, Sendable {
        package var schema: String
        package var table: String?
        package var column: String?
        /// A domain.
        package var type: String?
        package var constraint: String?

        init(schema: String, table: String? = nil, column: String? = nil, type: String? = nil, constraint: String? = nil) {
            self.schema = schema
            self.table = table
            self.column = column
            self.type = type
            self.constraint = constraint
        }
    }

    private let content: Content

    package init(
        _ state: SQLState, _ message: String, detail: String? = nil, hint: String? = nil, position: Int? = nil, subject: Subject? = nil,
        context: String? = nil, routine: String? = nil
    ) {
        content = Content(
            state: state, message: message, detail: detail, hint: hint, position: position, subject: subject, context: context,
            routine: routine)
    }

    /// A prepared statement has other columns than its client was told: another one is to be prepared, as asyncpg and JDBC do by themselves.
    static let columnsHaveChanged = SQLError(
        .featureNotSupported, "cached plan must not change result type", routine: "RevalidateCachedQuery")

    public var state: SQLState { content.state }
    public var message: String { content.message }
    public var detail: String? { content.detail }
    public var hint: String? { content.hint }

    /// The character of the text that the error is about, counted from 1.
    public var position: Int? { content.position }
    package var subject: Subject? { content.subject }
    /// Where in a value the error is: a line of a JSON text.
    package var context: String? { content.context }
    /// Of PostgreSQL's functions the one that reports the error, where drivers know it by that.
    package var routine: String? { content.routine }

    /// The constraint that a value violates; nil if it is another error.
    public var constraint: String? { content.subject?.constraint }

    public static func == (left: SQLError, right: SQLError) -> Bool {
        left.state == right.state && left.message == right.message && left.detail == right.detail && left.hint == right.hint
            && left.position == right.position && left.subject == right.subject
    }

    public var description: String {
        "\(state.rawValue)\(position.map { " at \($0)" } ?? ""): \(message)"
    }
}

/// The five characters that say what kind of error it is.
public struct SQLState: RawRepresentable, Hashable, Sendable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public static let notNullViolation = SQLState(rawValue: "23502")
    public static let foreignKeyViolation = SQLState(rawValue: "23503")
    public static let uniqueViolation = SQLState(rawValue: "23505")
    public static let checkViolation = SQLState(rawValue: "23514")
    public static let serializationFailure = SQLState(rawValue: "40001")
    public static let insufficientPrivilege = SQLState(rawValue: "42501")
    public static let undefinedTable = SQLState(rawValue: "42P01")
    public static let queryCanceled = SQLState(rawValue: "57014")

    package static let featureNotSupported = SQLState(rawValue: "0A000")
    package static let characterNotInRepertoire = SQLState(rawValue: "22021")
    package static let invalidParameterValue = SQLState(rawValue: "22023")
    package static let invalidEscapeSequence = SQLState(rawValue: "22025")
    public static let syntaxError = SQLState(rawValue: "42601")
    package static let reservedName = SQLState(rawValue: "42939")
    package static let windowingError = SQLState(rawValue: "42P20")
    package static let programLimitExceeded = SQLState(rawValue: "54000")
    package static let statementTooComplex = SQLState(rawValue: "54001")
}
