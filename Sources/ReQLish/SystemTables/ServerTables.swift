/// `server_config`: the one server, its name and its tags. All of it is only remembered; of an engine only the name, as nothing is placed by
/// tags there, and no cache is Pando's.
final class ServerConfigTable: SystemTable, @unchecked Sendable {
    init() { super.init("server_config") }

    override var skipsAbsentRows: Bool { true }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        let settings = try shown(view)
        return [
            [
                "id": Datum(view.server.id), "name": Datum(settings.name), "tags": settings.tagsDatum,
                "cache_size_mb": settings.cacheDatum,
            ]
        ]
    }

    private func shown(_ view: SystemView) throws(ReQLError) -> ServerSettings {
        var settings = try view.settings
        if try view.engineCompany() != nil { (settings.tags, settings.cacheMegabytes) = (ServerSettings().tags, nil) }
        return settings
    }

    override func write(
        _ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        guard !change.isInsertion, !change.isDeletion else {
            throw SystemRow.refused("The server has one row in `\(config.qualifiedName)`, which can be changed and not removed")
        }
        let row = try SystemRow(change.new, of: self, required: ["id", "name", "tags", "cache_size_mb"])
        var settings = ServerSettings()
        settings.name = try row.string("name")
        settings.tags = Array(Set(try row.strings("tags"))).sorted()
        if let company = try view.engineCompany() {
            let kept = try shown(view)
            for (field, value) in [("tags", Datum(elements: kept.tags.map { Datum($0) })), ("cache_size_mb", kept.cacheDatum)] {
                guard let wanted = row[field], wanted != value else { continue }
                throw SystemRow.refused(
                    "\(EngineRefusal.beginning(company)): nothing is placed by tags there, or cached here, so `\(field)` stays \(value.shortText)"
                )
            }
        }
        for name in [settings.name] + settings.tags { try reading(NameRule.rethinkdb.validate(name, for: .server)) }
        switch row["cache_size_mb"] {
        case let number? where (number.number ?? -1) >= 0: settings.cacheMegabytes = number.number
        case let text? where text.string == "auto": break
        default: throw row.wrong("cache_size_mb", "\"auto\" or a number from 0 on")
        }
        let stored = try view.site.building(
            Datum.emptyObject.changing([
                ("name", Datum(settings.name)), ("tags", settings.tagsDatum),
                ("cache_size_mb", settings.cacheMegabytes.map { Datum($0) }),
            ]))
        try view.reading(transaction.putSetting(ServerSettings.key, stored))
        return try view.site.object([
            ("id", change.key), ("name", Datum(settings.name)), ("tags", settings.tagsDatum), ("cache_size_mb", settings.cacheDatum),
        ])
    }
}

/// `cluster_config`: one row, for tools that look for it. There is no cluster.
final class ClusterConfigTable: SystemTable, @unchecked Sendable {
    private static let setting = "cluster"

    init() { super.init("cluster_config") }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        let stored = try view.reading(view.snapshot.setting(Self.setting))
        return [["id": "heartbeat", "heartbeat_timeout_secs": stored?[field: "heartbeat_timeout_secs"] ?? 10]]
    }

    override func write(
        _ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        guard !change.isInsertion, !change.isDeletion else {
            throw SystemRow.refused("`\(config.qualifiedName)` has one row, which can be changed and not removed")
        }
        let row = try SystemRow(change.new, of: self, required: ["id", "heartbeat_timeout_secs"])
        guard let seconds = row["heartbeat_timeout_secs"]?.number, seconds >= 2 else {
            throw row.wrong("heartbeat_timeout_secs", "a number from 2 on")
        }
        try view.reading(transaction.putSetting(Self.setting, ["heartbeat_timeout_secs": Datum(seconds)]))
        return change.new
    }
}

/// `_debug_scratch`: rows in memory, gone when the file is closed. For trying out what system tables can do.
final class ScratchTable: SystemTable, @unchecked Sendable {
    init() { super.init("_debug_scratch") }

    override var skipsAbsentRows: Bool { true }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        try requireAdministrator(view)
        return Array(view.server.scratch.values)
    }

    override func row(_ key: Datum, _ view: SystemView) throws(ReQLError) -> Datum? {
        try requireAdministrator(view)
        return view.server.scratch[key]
    }

    override func check(_ key: Datum) throws(CatalogError) { _ = try PrimaryKey.encode(key) }

    override func write(
        _ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        try requireAdministrator(view)
        try reading(check(change.key))
        view.server.putScratch(change.key.owned, change.isDeletion ? nil : change.new.owned)
        return change.new
    }

    private func requireAdministrator(_ view: SystemView) throws(ReQLError) {
        guard view.access.mayDoEverything else {
            throw view.site.error(.permission, "Only `\(UserConfig.administrator)` may use `\(config.qualifiedName)`.")
        }
    }
}
