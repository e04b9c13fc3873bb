import ReQLish
import SQL
import XML

// Which status an error of the floors below gets. The switches are exhaustive, so a new kind of error needs a decision here.

extension Problem {
    /// Any error that a route may throw: its own problems, and the errors of every floor.
    init(_ error: any Error) {
        switch error {
        case let error as Problem: self = error
        case let error as CatalogError: self.init(catalog: error)
        case let error as ReQLError: self.init(reql: error)
        case let error as QuerySyntaxError: self.init(syntax: error)
        case let error as JSONError: self.init(json: error)
        case let error as XMLError: self.init(xml: error)
        // One of a transaction that some statement of SQL has begun; the request has no text of it.
        case let error as SQLError: self.init(sql: error, "")
        case let error as DatumError where error.kind == .tooLarge: self.init(413, .resourceLimit, error.message)
        case let error as DatumError: self.init(422, .queryLogic, error.message)
        default: self.init(500, .internal, "An unexpected error: \(error)")
        }
    }

    init(violation: HTTPViolation) {
        self.init(
            violation.status, violation.status == 503 ? .operationFailed : violation.status == 429 ? .resourceLimit : .client,
            violation.detail)
    }

    private init(catalog error: CatalogError) {
        let (status, kind) = Self.verdict(error.kind)
        self.init(status, kind, error.message)
        if let violation = error.violation {
            code = Self.constraintViolation
            sqlState = violation.sqlState
            subject = (violation.table, violation.column, violation.constraint)
        }
        tellConflict(error.kind)
    }

    /// The code of what a declaration of SQL refuses.
    private static let constraintViolation = "constraint_violation"

    /// What calls for another try of the whole transaction has a code of its own.
    mutating func tellConflict(_ kind: CatalogError.Kind?) {
        guard kind == .serializationFailure else { return }
        code = Self.serializationFailure
        fields.append(("Retry-After", "0"))
    }

    static func verdict(_ kind: CatalogError.Kind) -> (HTTPStatus, ReQLError.Kind) {
        switch kind {
        case .databaseNotFound, .tableNotFound, .indexNotFound, .stateNotFound: (404, .operationFailed)
        case .databaseExists, .tableExists, .indexExists, .stateExists, .documentExists, .duplicateValue: (409, .operationFailed)
        case .oneDatabase: (403, .permission)
        case .locked, .serializationFailure, .deadlock: (409, .operationFailed)
        case .invalidName, .invalidState: (400, .queryLogic)
        case .invalidAccount: (422, .queryLogic)
        case .protectedAccount: (409, .operationFailed)
        case .keyMissing, .keyNull: (422, .nonExistence)
        case .functionTooSlow: (422, .resourceLimit)
        case .hookFailed, .constraintViolated, .invalidKey, .keyTooLong, .notStorable, .tooDeep: (422, .queryLogic)
        case .notResumable: (410, .operationFailed)
        case .tooLarge: (413, .resourceLimit)
        case .readOnly: (403, .operationFailed)
        case .busy, .closed, .writesStopped, .unavailable, .cancelled: (503, .operationFailed)
        case .indeterminate: (503, .operationIndeterminate)
        case .diskFull: (507, .operationFailed)
        case .notPandoFile, .newerFormat, .invalidEncryption, .corrupt, .io: (500, .operationFailed)
        case .malformedArchive, .notInArchive: (400, .operationFailed)
        }
    }

    private init(reql error: ReQLError) {
        let status: HTTPStatus =
            switch error.kind {
            case .client, .compile: 400
            // The floor below knows more: what is missing or taken, a full disk, a file that may not be written.
            case .operationFailed: error.cause.map { Self.verdict($0).0 } ?? 422
            case .queryLogic, .nonExistence, .user, .resourceLimit: 422
            case .permission: 403
            case .operationIndeterminate: 503
            case .internal: 500
            }
        self.init(status, error.kind, error.message)
        tellConflict(error.cause)
        frames = error.frames
    }

    private init(syntax error: QuerySyntaxError) {
        self.init(400, .compile, error.message)
        line = error.line
        column = error.column
        snippet = error.snippet
    }

    /// A body that is not XML, or says of a value what it is not.
    private init(xml error: XMLError) {
        self.init(400, .client, "The body is not XML that can be read: \(error.message) (line \(error.line), column \(error.column)).")
        line = error.line
        column = error.column
    }

    /// A body that is not JSON.
    private init(json error: JSONError) {
        guard !error.isTooLarge else {
            self.init(413, .resourceLimit, error.message)
            return
        }
        self.init(400, .client, "The body is not valid JSON: \(error.message) (line \(error.line), column \(error.column)).")
        line = error.line
        column = error.column
    }
}
