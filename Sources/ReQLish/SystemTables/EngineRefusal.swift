/// Why something can't be had from an engine that keeps the records in place of a file.
enum EngineRefusal {
    /// - Parameter what: how it is there.
    static func message(_ what: String) -> String {
        "Records are kept by an engine here, a PostgreSQL database, and \(what). That is changed there: by its standbys, "
            + "`synchronous_standby_names` and `synchronous_commit`."
    }
}
