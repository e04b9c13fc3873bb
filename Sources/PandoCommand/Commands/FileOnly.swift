import httpd

/// What can be done with a file alone, and not with what an engine keeps in its place.
enum FileOnly {
    /// - Parameters:
    ///   - place: what the command line names.
    ///   - what: what it is that a file alone has, in the plural.
    ///   - instead: what to do with an engine.
    /// - Throws: both, if an engine keeps the records.
    static func require(_ place: String, _ what: String, instead: String) throws(CommandError) {
        guard PostgresAddress.isOne(place) else { return }
        throw .failed("\(PostgresAddress.shown(place)) is kept by an engine, not in a file of Pando's, which alone has \(what). \(instead)")
    }

    /// The settings of `pando serve` that have no effect with an engine, each with what is there instead.
    private static let settings = [
        ("lock-memory", "PostgreSQL has what the records are in"),
        ("at-least", "PostgreSQL has no such states"),
        ("history", "PostgreSQL has point-in-time recovery"),
        ("standby-of", "PostgreSQL has standbys of its own"),
        ("lease", "PostgreSQL has Patroni"),
        ("lease-time", "PostgreSQL has Patroni"),
        ("advertise", "PostgreSQL has Patroni"),
        ("token-file", "PostgreSQL has standbys of its own"),
        ("standby-ca", "PostgreSQL has standbys of its own"),
        ("sync-standbys", "PostgreSQL has synchronous_standby_names"),
        ("sync-timeout", "PostgreSQL has synchronous_standby_names"),
    ]

    /// - Throws: what was asked for that only a file has.
    static func requireNone(of settings: ServeSettings) throws(CommandError) {
        for (name, instead) in Self.settings {
            guard let given = given(name, settings) else { continue }
            throw .usage("\(given) is of a file, and here an engine keeps the records: \(instead).")
        }
        guard try settings.hasOtherProcesses(), let given = given("cache-size", settings) else { return }
        throw .usage("\(given) is for what one process alone keeps of an engine's documents: of several none keeps any.")
    }

    /// How a setting was given; nil if it was not.
    private static func given(_ name: String, _ settings: ServeSettings) -> String? {
        let (_, source) = settings.value(name)
        return source == "default" ? nil : source == "--\(name)" ? source : "\(name) (\(source))"
    }
}
