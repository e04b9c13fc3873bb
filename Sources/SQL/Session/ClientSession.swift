import Catalog
import Ground
import ReQLish

/// What lasts as long as a client's connection: its database, settings, transaction, prepared statements, cursors and notices.
final class Session: SQLSession {
    let pando: Pando
    /// The account; nil for the application that holds the file itself.
    let account: String?
    var database: String
    let settingsStore = SessionSettings()
    let transaction: SessionTransaction
    let canceller = StatementCanceller()
    var notices: [SQLNotice] = []
    /// Made by PREPARE.
    var preparedStatements: [String: PreparedStatement] = [:]
    var statementTime: Int64 = Session.now()

    init(_ pando: Pando, user: String?, database: String) {
        self.pando = pando
        account = user
        self.database = database
        transaction = SessionTransaction(pando.catalog)
    }

    var user: String { account ?? UserConfig.administrator }
    var settings: OutputSettings { settingsStore.output }
    var transactionTime: Int64 { transaction.startTime ?? statementTime }
    var types: any TypeCatalog { NoTypes() }

    func setting(_ name: String) -> String? { settingsStore.value(name) }

    /// Microseconds from 2000-01-01 in UTC.
    static func now() -> Int64 { Int64(WallClock.milliseconds * 1_000_000) - 946_684_800_000_000 }

    /// Databases that clients begin in, made by the first definition in them.
    static func isMadeWhenNeeded(_ database: String) -> Bool { database == "postgres" }

    func databaseConfig() throws(SQLError) -> DatabaseConfig? {
        do throws(CatalogError) { return try pando.catalog.snapshot().database(database) } catch { throw SQLError(error) }
    }

    func reportedSettings() -> [(name: String, value: String)] { settingsStore.reported(user: user) }
    func takeChangedSettings() -> [(name: String, value: String)] { settingsStore.takeChanges(user: user) }

    func notice(_ message: String, _ severity: SQLNotice.Severity = .notice, _ state: String = "00000", hint: String? = nil) {
        notices.append(SQLNotice(severity: severity, state: SQLState(rawValue: state), message: message, hint: hint))
    }

    func close() {
        transaction.abandon()
    }

    // MARK: Statements

    func prepare(_ text: String, _ types: [SQLType?]) throws(SQLError) -> PreparedStatement {
        throw SQLError(.featureNotSupported, "statements are not supported yet")
    }

    func execute(_ statement: PreparedStatement, _ parameters: [SQLValue]) throws(SQLError) -> StatementResult {
        throw SQLError(.featureNotSupported, "statements are not supported yet")
    }

    func executeInScript(_ statement: Statement, _ source: SourceText, isAlone: Bool, isLast: Bool) throws(SQLError) -> StatementResult {
        throw SQLError(.featureNotSupported, "statements are not supported yet")
    }

    func endImplicitTransaction() throws(SQLError) {}
}

struct BoundStatement {}

/// The transaction of a session.
final class SessionTransaction {
    var status = SQLConnection.TransactionStatus.idle
    var startTime: Int64?
    private let catalog: Catalog

    init(_ catalog: Catalog) {
        self.catalog = catalog
    }

    func fail() { if status == .inBlock { status = .failed } }
    func abandon() { status = .idle }
}

extension SQLError {
    init(_ error: CatalogError) {
        let state =
            switch error.kind {
            case .diskFull: "53100"
            case .io: "58030"
            case .corrupt: "XX001"
            case .readOnly: "25006"
            case .keyNull: "23502"
            case .keyTooLong, .tooLarge, .tooDeep: "54000"
            case .invalidName: "42602"
            case .duplicateValue, .documentExists: "23505"
            case .tableNotFound: "42P01"
            case .tableExists, .indexExists: "42P07"
            case .databaseNotFound: "3D000"
            case .databaseExists: "42P04"
            default: "XX000"
            }
        self.init(SQLState(rawValue: state), error.message)
    }
}
