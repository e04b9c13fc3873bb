/// Whose server it is that speaks PostgreSQL's protocol.
enum EngineKind: Sendable {
    case postgreSQL, cockroachDB, yugabyteDB

    /// - Parameter settings: what the server told of itself when the session began.
    init(told settings: [String: String]) {
        if settings["crdb_version"] != nil {
            self = .cockroachDB
        } else if settings["server_version"]?.contains("-YB-") == true {
            self = .yugabyteDB
        } else {
            self = .postgreSQL
        }
    }

    /// Whether a server may be a standby, or read-only. Else any server of the engine takes what is written.
    var hasStandbys: Bool { self == .postgreSQL }
}
