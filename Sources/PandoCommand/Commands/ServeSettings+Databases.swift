extension ServeSettings {
    /// The one database that is served; nil: all of the file.
    func onlyDatabase() throws(CommandError) -> String? {
        let (name, source) = value("database")
        switch value("multi-database").value {
        case "true":
            guard name.isEmpty else { throw .usage("database (\(source)) goes with multi-database false.") }
            return nil
        case "false": return name.isEmpty ? "test" : name
        case let other: throw .usage("multi-database is true or false, not “\(other)”.")
        }
    }
}
