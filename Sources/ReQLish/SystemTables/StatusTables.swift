import Ground

// Tables that only tell. Of a file there is one server, and what it has is ready; of an engine, the servers that have copies.

/// `table_status`: whether tables can be used.
final class TableStatusTable: RowsOfTables, @unchecked Sendable {
    static let shared = TableStatusTable()

    init() { super.init("table_status") }

    override func row(of table: TableConfig, _ view: SystemView) throws(ReQLError) -> Datum {
        let company = try view.engineCompany()
        let server = if let company { Datum(company.primary) } else { try view.serverIdentifier }
        let shards: [Datum]
        if let company {
            shards = try company.layout.map { shard throws(ReQLError) in
                let replicas = shard.replicas.map { ["server": Datum($0.server), "state": Datum($0.state)] as Datum }
                return ["primary_replicas": [Datum(shard.primary)], "replicas": try view.site.array(replicas)]
            }
        } else {
            let shard: Datum = ["primary_replicas": [server], "replicas": [["server": server, "state": "ready"]]]
            shards = Array(repeating: shard, count: table.shardCount)
        }
        return [
            "id": Datum(table.id), "name": Datum(table.name), "db": view.identifier(table.databaseName, table.databaseID),
            "raft_leader": server, "shards": try view.site.array(shards),
            "status": [
                "ready_for_outdated_reads": true, "ready_for_reads": true,
                "ready_for_writes": Datum(company?.isReadyForWrites ?? !view.isStandby),
                "all_replicas_ready": Datum(company?.isReady ?? true),
            ],
        ]
    }
}

/// `server_status`: the process and its ports.
final class ServerStatusTable: SystemTable, @unchecked Sendable {
    /// What tools read to know which RethinkDB they talk to, and behind it who it really is.
    static let version = "rethinkdb 2.4.4 (pando)"

    init() { super.init("server_status") }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        let settings = try view.settings
        let listening = view.server.listening
        let addresses = listening.addresses.map { ["host": Datum($0), "port": Datum(listening.driverPort ?? 0)] as Datum }
        return [
            [
                "id": Datum(view.server.id), "name": Datum(settings.name),
                "network": [
                    "hostname": Datum(SystemFacts.hostName), "cluster_port": "<no cluster>",
                    "reql_port": listening.driverPort.map { Datum($0) } ?? "<no driver port>",
                    "http_admin_port": listening.httpPort.map { Datum($0) } ?? "<no http admin>",
                    "canonical_addresses": try view.site.array(addresses), "connected_to": .emptyObject,
                    "time_connected": view.server.started,
                ],
                "process": [
                    "argv": Datum(elements: ProcessFacts.arguments.map { Datum($0) }), "pid": Datum(Int(SystemFacts.processIdentifier)),
                    "cache_size_mb": settings.cacheDatum, "time_started": view.server.started, "version": Datum(Self.version),
                ],
                "replication": view.server.replication(),
            ]
        ]
    }
}

/// `stats`: figures of the server, and of its tables.
final class StatisticsTable: SystemTable, @unchecked Sendable {
    init() { super.init("stats") }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        let server = try view.serverIdentifier
        let counters = view.server.counters
        let queries = counters.queries
        let read = counters.documentsRead
        let written = counters.documentsWritten
        let seconds = max(view.server.uptime, 1)
        // Means since the file was opened: nobody pays for a sharper figure.
        let rates: [(String, Datum?)] = [
            ("queries_per_sec", Datum(Double(queries) / seconds)), ("read_docs_per_sec", Datum(Double(read) / seconds)),
            ("written_docs_per_sec", Datum(Double(written) / seconds)),
        ]
        let tables = try view.tables()
        let active = Set(view.server.jobs.running.compactMap(\.record.client)).count
        let activity: [(String, Datum?)] = [
            ("clients_active", Datum(active)), ("client_connections", Datum(view.server.listening.connectionCount())),
        ]
        let totals: [(String, Datum?)] = [
            ("queries_total", Datum(queries)), ("read_docs_total", Datum(read)), ("written_docs_total", Datum(written)),
        ]
        do throws(DatumError) {
            let cluster = try Datum.emptyObject.changing(rates + activity)
            let ofServer = try Datum.emptyObject.changing(rates + activity + totals)
            var rows: [Datum] = [
                ["id": ["cluster"], "query_engine": cluster],
                ["id": ["server", Datum(view.server.id)], "server": server, "query_engine": ofServer],
            ]
            for (database, table) in tables {
                let counts = counters.counts(ofTable: table.id)
                let rates: [(String, Datum?)] = [
                    ("read_docs_per_sec", Datum(Double(counts.read) / seconds)),
                    ("written_docs_per_sec", Datum(Double(counts.written) / seconds)),
                ]
                let totals: [(String, Datum?)] = [
                    ("read_docs_total", Datum(counts.read)), ("written_docs_total", Datum(counts.written)),
                ]
                let names: [(String, Datum)] = [
                    ("db", view.identifier(database.name, database.id)), ("table", view.identifier(table.name, table.id)),
                ]
                let ofTable = try Datum.emptyObject.changing(rates)
                let ofServer = try Datum.emptyObject.changing(rates + totals)
                rows.append(try Datum.object([("id", ["table", Datum(table.id)]), ("query_engine", ofTable)] + names))
                let id: Datum = ["table_server", Datum(table.id), Datum(view.server.id)]
                rows.append(try Datum.object([("id", id), ("server", server), ("query_engine", ofServer)] + names))
            }
            return rows
        } catch {
            throw view.site.locate(error)
        }
    }
}

/// `jobs`: what is being worked on. A query is stopped by deleting its row.
final class JobsTable: SystemTable, @unchecked Sendable {
    init() { super.init("jobs") }

    override var skipsAbsentRows: Bool { true }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        var rows: [Datum] = []
        let now = MonotonicTime.now
        let servers: Datum = [try view.serverIdentifier]
        for (id, job) in view.server.jobs.running where view.access.maySee(job) {
            rows.append([
                "id": ["query", Datum(id)], "type": "query", "duration_sec": Datum((now - job.started) / .seconds(1)), "servers": servers,
                "info": [
                    "client_address": job.client.map { Datum($0.address) } ?? .null,
                    "client_port": job.client.map { Datum($0.port) } ?? .null, "query": Datum(job.query.textWithoutSecrets()),
                    "user": Datum(job.user ?? UserConfig.administrator),
                ],
            ])
        }
        for job in view.server.statements where view.access.maySee(job) {
            rows.append([
                "id": ["query", Datum(job.id)], "type": "query", "duration_sec": Datum(job.seconds), "servers": servers,
                "info": ["client_address": .null, "client_port": .null, "query": Datum(job.text), "user": Datum(job.user)],
            ])
        }
        guard view.access.mayDoEverything else { return rows }
        for (database, table) in try view.tables() {
            for index in table.indexes where !index.isReady {
                let progress = try view.reading(view.snapshot.progress(of: index, in: table))
                rows.append([
                    "id": ["index_construction", Datum(index.id)], "type": "index_construction", "duration_sec": .null, "servers": servers,
                    "info": [
                        "db": view.identifier(database.name, database.id), "table": view.identifier(table.name, table.id),
                        "index": Datum(index.name), "progress": Datum(progress),
                    ],
                ])
            }
        }
        return rows
    }

    override var isOfProcess: Bool { true }

    override func write(
        _ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        try stop(change, view)
    }

    override func writeProcess(_ change: SystemChange, _ view: SystemView) throws(ReQLError) -> Datum? { try stop(change, view) }

    private func stop(_ change: SystemChange, _ view: SystemView) throws(ReQLError) -> Datum {
        guard change.isDeletion else { throw SystemRow.refused("Rows of `\(config.qualifiedName)` can only be deleted") }
        guard change.key.kind == .array, change.key.count == 2, change.key[0].string == "query" else {
            throw SystemRow.refused("Only queries can be stopped, and this is `\(change.key[0].string ?? "")`")
        }
        let id = change.key[1].string
        for (running, job) in view.server.jobs.running where running == id && view.access.maySee(job) { job.cancellation.cancel() }
        for job in view.server.statements where job.id == id && view.access.maySee(job) { job.cancel() }
        return .null
    }
}

extension Access {
    /// Everybody sees the own queries.
    fileprivate func maySee(_ job: Jobs.Record) -> Bool { mayDoEverything || job.user == user }
    fileprivate func maySee(_ job: StatementJob) -> Bool { mayDoEverything || job.user == user }
}

/// `current_issues`: that nothing can be written, if that is so. What else goes wrong with a file is told to the query that meets it.
final class IssuesTable: SystemTable, @unchecked Sendable {
    init() { super.init("current_issues") }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        guard let trouble = view.server.writeTrouble() else { return [] }
        let servers: Datum = [try view.serverIdentifier]
        return [
            [
                "id": Datum(view.server.id), "type": "write_failed", "critical": true,
                "description": Datum("Nothing can be written. \(trouble.message)"), "info": ["servers": servers],
            ]
        ]
    }
}

/// `logs`: what happened since the file was opened.
final class LogsTable: SystemTable, @unchecked Sendable {
    init() { super.init("logs") }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        let server = try view.serverIdentifier
        var seen: [String: Int] = [:]
        return view.server.logEntries.map { entry in
            let time = entry.milliseconds
            // Entries of one millisecond are told apart by the digits behind it.
            let number = String(seen[time, default: 0] + 1_000_000)
            seen[time, default: 0] += 1
            return [
                "id": [Datum(time + number.dropFirst()), Datum(view.server.id)], "server": server, "timestamp": entry.time,
                "uptime": Datum(entry.uptime), "level": Datum(entry.level),
                "message": Datum(entry.plan.map { "\(entry.message)\n\($0)" } ?? entry.message),
            ]
        }
    }
}

extension ServerState.LogEntry {
    /// `YYYY-MM-DDTHH:MM:SS.mmm` in UTC.
    fileprivate var milliseconds: String {
        let text = (try? ISO8601.text(time).string) ?? ""
        let seconds = text.prefix(19)
        let fraction = text.dropFirst(19).prefix { $0 == "." || $0.isNumber }.dropFirst()
        return seconds + "." + fraction + String(repeating: "0", count: max(0, 3 - fraction.count))
    }
}
