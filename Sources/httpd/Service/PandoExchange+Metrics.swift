import Ground
import ReQLish
import SQL
import Synchronization

/// The text that `/_metrics` answers: Prometheus' format, version 0.0.4.
struct MetricsText {
    private(set) var text = ByteBuffer()

    enum Kind: String {
        case counter, gauge, histogram
    }

    private mutating func head(_ name: String, _ kind: Kind, _ help: String) {
        text.append("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n")
    }

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        head(name, kind, help)
        line(name, [], value)
    }

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Int) { add(name, kind, help, Double(value)) }

    /// One value for each set of labels.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ values: [(labels: [(String, String)], value: Int)]) {
        head(name, kind, help)
        for (labels, value) in values { line(name, labels, Double(value)) }
    }

    mutating func add(_ name: String, _ help: String, _ histogram: Histogram) { add(name, help, [([], histogram)]) }

    /// One histogram for each set of labels.
    mutating func add(_ name: String, _ help: String, _ histograms: [(labels: [(String, String)], histogram: Histogram)]) {
        head(name, .histogram, help)
        let bounds = Histogram.bounds.map { Datum($0).description } + ["+Inf"]
        for (labels, histogram) in histograms {
            let counts = histogram.cumulative
            for (bound, count) in zip(bounds, counts) { line("\(name)_bucket", labels + [("le", bound)], Double(count)) }
            line("\(name)_sum", labels, histogram.seconds)
            line("\(name)_count", labels, Double(counts.last ?? 0))
        }
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        text.append(name)
        if !labels.isEmpty {
            let list = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            text.append("{\(list)}")
        }
        text.append(" ")
        text.append(Datum(value).description)
        text.append("\n")
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

extension PandoExchange {
    /// `GET /_metrics`.
    func metrics() throws {
        let snapshot = try catalog.snapshot()
        try require(.read, .statistics, in: snapshot)
        var text = MetricsText()
        addServer(to: &text)
        try addQueries(to: &text, snapshot)
        try addFile(to: &text)
        addReplication(to: &text)
        response.addTrusted("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        response.body.append(text.text)
    }

    private func addServer(to text: inout MetricsText) {
        text.add(
            "pando_info", .gauge, "The version, as a label.", [(labels: [("version", HTTPServer.version)], value: 1)])
        text.add(
            "pando_uptime_seconds", .gauge, "Since the server started.", (MonotonicTime.now - service.counters.started) / .seconds(1))
        text.add(
            "pando_connections", .gauge, "Connections open now, of all protocols.", service.counters.connections.load(ordering: .relaxed))
        text.add("pando_pg_connections", .gauge, "Those of them that are sessions of PostgreSQL's protocol.", pando.postgresSessionCount)
        text.add(
            "pando_connections_accepted_total", .counter, "Connections accepted.", service.counters.accepted.load(ordering: .relaxed))
        text.add(
            "pando_requests_total", .counter, "HTTP requests, and queries and their further batches from drivers.",
            service.counters.requests.load(ordering: .relaxed))
        let classes = service.counters.answers.enumerated().map {
            (labels: [("code", "\($0 + 1)xx")], value: $1.count.load(ordering: .relaxed))
        }
        text.add("pando_http_answers_total", .counter, "HTTP answers by their status.", classes)
        text.add(
            "pando_http_request_seconds",
            "From the head of an HTTP request to its answer, or to the first part of a streamed one. Of requests that the loop answers itself, the length of its turn.",
            service.counters.requestTimes)
        text.add(
            "pando_request_body_bytes", .gauge, "Bytes of request bodies held now.", service.counters.bodyBytes.load(ordering: .relaxed))
        text.add(
            "pando_logins_refused_total", .counter, "Wrong passwords, over HTTP and of drivers.",
            service.counters.refusedLogins.load(ordering: .relaxed))
        addEncryption(to: &text)
    }

    /// Of a server that has TLS.
    private func addEncryption(to text: inout MetricsText) {
        let ports = service.encryption.ports
        guard !ports.isEmpty else { return }
        let now = SystemFacts.secondsSince1970
        text.add(
            "pando_tls_certificate_expires_seconds", .gauge, "Until a certificate expires; below zero since it has.",
            service.encryption.validities.map { (labels: [("file", $0.file)], value: Int(($0.end - now).rounded())) })
        text.add(
            "pando_tls_handshakes_total", .counter, "Handshakes that came to their end.",
            ports.reduce(0) { $0 + $1.handshakes.load(ordering: .relaxed) })
        text.add(
            "pando_tls_handshake_failures_total", .counter, "Handshakes that failed, and clients that began in the clear.",
            ports.reduce(0) { $0 + $1.failures.load(ordering: .relaxed) })
    }

    private func addQueries(to text: inout MetricsText, _ snapshot: CatalogSnapshot) throws {
        let server = pando.server
        text.add("pando_queries_total", .counter, "Queries, from wherever they come.", server.queryCount)
        text.add("pando_queries_running", .gauge, "Queries and feeds that are open now.", server.runningCount)
        text.add(
            "pando_query_seconds",
            "From the start of a query or a statement to its last row, feeds and gets by key without a plan left out. Of statements that a loop of PostgreSQL's clients runs itself, the length of its turn.",
            QueryDoor.allCases.map { (labels: [("door", $0.rawValue)], histogram: server.queryTimes($0)) })
        addLimits(to: &text, snapshot)
        var read: [(labels: [(String, String)], value: Int)] = []
        var written: [(labels: [(String, String)], value: Int)] = []
        for database in try snapshot.databases() {
            let counts = try snapshot.tables(in: database).map { server.counts(ofTable: $0.id) }
            let labels = [("database", database.name)]
            read.append((labels, counts.reduce(0) { $0 + $1.read }))
            written.append((labels, counts.reduce(0) { $0 + $1.written }))
        }
        text.add("pando_documents_read_total", .counter, "Documents read from the tables that a database has now.", read)
        text.add("pando_documents_written_total", .counter, "Documents written to the tables that a database has now.", written)
        let (open, counts) = (pando.transactions.count, pando.transactions.counts)
        text.add("pando_transactions_open", .gauge, "Transactions of HTTP and of drivers that are open now.", open)
        text.add(
            "pando_transactions_begun_total", .counter, "Transactions of HTTP and of drivers that were begun.",
            counts.begun)
        let ends = [
            ("committed", counts.committed), ("rolled_back", counts.rolledBack), ("conflict", counts.conflicts),
            ("timeout", counts.timedOut),
        ]
        text.add(
            "pando_transactions_ended_total", .counter, "How they ended: `conflict` is that what one had read was changed by others.",
            ends.map { (labels: [("end", $0.0)], value: $0.1) })
        text.add(
            "pando_transactions_set_aside_total", .counter,
            "How often an open transaction, of whatever door, waited for its client while others wanted to write, and had to let them.",
            catalog.openTransactions.setAsideCount)
        text.add("pando_databases", .gauge, "Databases.", read.count)
        text.add(
            "pando_commit_seconds", "From the call of commit to its return; with hard durability the disk is waited for in it.",
            catalog.times.commits)
        text.add(
            "pando_flush_seconds", "Waits for the disk of queries and short writes, which commit first and wait once for all.",
            catalog.times.flushes)
    }

    /// Of the accounts and databases that have limits.
    private func addLimits(to text: inout MetricsText, _ snapshot: CatalogSnapshot) {
        let usage = pando.limits.usage.map { usage in
            let labels =
                switch usage.owner {
                case .account(let name): [("account", name)]
                case .database(let id): [("database", (try? snapshot.database(id: id))?.name ?? id)]
                }
            return (labels: labels, usage: usage)
        }.sorted { "\($0.labels)" < "\($1.labels)" }
        guard !usage.isEmpty else { return }
        text.add(
            "pando_limited_memory_bytes", .gauge, "Memory that queries of an account or a database with limits hold now.",
            usage.map { (labels: $0.labels, value: $0.usage.memoryByteCount) })
        text.add(
            "pando_limited_connections", .gauge, "Connections of an account or a database with limits.",
            usage.map { (labels: $0.labels, value: $0.usage.connectionCount) })
        text.add(
            "pando_limited_refusals_total", .counter, "Requests and connections that were refused for such a limit.",
            usage.map { (labels: $0.labels, value: $0.usage.refusalCount) })
    }

    /// Of a standby how far behind it is, of a primary what it knows of its standbys.
    private func addReplication(to text: inout MetricsText) {
        text.add("pando_standby", .gauge, "1 for a standby, 0 for a primary.", catalog.isStandby ? 1 : 0)
        if let lag = catalog.standby.lagSeconds {
            text.add("pando_standby_lag_seconds", .gauge, "Since the standby had everything that its primary had.", lag)
        }
        if let seconds = catalog.permit.secondsLeft {
            text.add("pando_lease_seconds", .gauge, "How long the primary may write if its lease is not renewed.", seconds)
        }
        let report = catalog.standbys
        guard report.required > 0 || !report.standbys.isEmpty else { return }
        text.add("pando_sync_standbys", .gauge, "Standbys that hard commits wait for.", report.required)
        text.add(
            "pando_sync_degraded", .gauge, "1 while hard commits don't find the standbys that they wait for, or wait no more.",
            report.isDegraded ? 1 : 0)
        text.add(
            "pando_standby_transaction", .gauge, "The commit that a standby has on its disk.",
            report.standbys.map { (labels: [("standby", $0.name)], value: Int(clamping: $0.transaction)) })
    }

    private func addFile(to text: inout MetricsText) throws {
        let file = try catalog.statistics()
        text.add("pando_file_bytes", .gauge, "What the file takes.", Int(file.fileBytes))
        text.add("pando_file_page_bytes", .gauge, "The size of a page.", file.pageSize)
        text.add("pando_file_pages", .gauge, "Pages in use or free.", Int(file.pages))
        text.add("pando_file_free_pages", .gauge, "Pages that can be used again.", Int(file.freePages))
        text.add(
            "pando_file_pinned_pages", .gauge, "Pages out of use that a snapshot or the durable state still needs.", Int(file.pinnedPages))
        text.add("pando_file_records", .gauge, "Keys of all kinds.", Int(file.records))
        text.add("pando_file_dirty_bytes", .gauge, "Changed pages in memory that are not yet in the file.", file.dirtyBytes)
        if let encryption = file.encryption {
            text.add("pando_decrypted_bytes", .gauge, "Memory that decrypted pages take.", encryption.decryptedBytes)
        }
        text.add("pando_file_transaction", .gauge, "The newest commit.", Int(file.transaction))
        text.add("pando_snapshots", .gauge, "Snapshots that are open.", file.liveSnapshots)
        text.add(
            "pando_snapshot_oldest_seconds", .gauge, "The age of the oldest snapshot that keeps pages from being used again.",
            file.pins.compactMap(\.ageSeconds).max() ?? 0)
    }
}
