extension ServeSettings {
    /// The one database that is served; nil: all of the file.
    func onlyDatabase() throws(CommandError) -> String? {
        let (name, source) = value("database")
        guard try isOn("multi-database") else { return name.isEmpty ? "test" : name }
        guard name.isEmpty else { throw .usage("database (\(source)) goes with multi-database false.") }
        return nil
    }
}
