import ReQLish
import SQL

extension QuerySyntaxError {
    /// The place of an error in the text of its statement; nil if it has none.
    package init?(_ error: SQLError, in text: String) {
        guard let position = error.position, position > 0 else { return nil }
        let offset = text.unicodeScalars.prefix(position - 1).reduce(0) { $0 + UTF8.width($1) }
        self.init(error.message, text: Array(text.utf8), offset: offset)
    }
}

extension Problem {
    /// What is wrong with a statement: the status that its SQLSTATE stands for, and the place in its text.
    init(sql error: SQLError, _ text: String) {
        let (status, kind) = Self.verdict(state: error.state.rawValue)
        self.init(status, kind, error.message)
        sqlState = error.state.rawValue
        if error.state.rawValue == "40001" { tellConflict(.serializationFailure) }
        if let subject = error.subject { self.subject = (subject.table, subject.column, subject.constraint) }
        hint = [error.detail, error.hint].compactMap { $0 }.joined(separator: "\n")
        guard let place = QuerySyntaxError(error, in: text) else { return }
        position = error.position
        (line, column, snippet) = (place.line, place.column, place.snippet)
    }

    private static func verdict(state: String) -> (HTTPStatus, ReQLError.Kind) {
        switch state {
        case "42501": return (403, .permission)
        case "25006": return (403, .operationFailed)
        case "42P01", "3D000", "3F000", "3B001": return (404, .operationFailed)
        // A name that is taken, or a value that has to be the only one; somebody else was there before.
        case "42P07", "42P04", "42P06", "42710", "23505", "40001", "40P01", "2BP01": return (409, .operationFailed)
        case "57014": return (408, .operationFailed)
        case "53100": return (507, .operationFailed)
        case "57P03": return (503, .operationFailed)
        case "58030", "XX000", "XX001", "XX002": return (500, .operationFailed)
        default: break
        }
        switch state.prefix(2) {
        case "42", "0A", "08", "25", "26", "34": return (400, .compile)
        case "28": return (401, .permission)
        case "53", "57": return (503, .resourceLimit)
        case "54": return (422, .resourceLimit)
        case "55": return (409, .operationFailed)
        default: return (422, .queryLogic)
        }
    }
}
