import Ground
import ReQLish
import Synchronization

extension HTTPServer {
    /// The version that `GET /` and `/_status` report.
    public static let version = "0.1.0"
}

// The routes for those who run the server.
extension PandoExchange {
    func root() throws {
        _ = try MediaType.ofAnswer(request, among: [.json])
        send(["name": "Pando", "version": Datum(HTTPServer.version)])
    }

    /// The process runs and answers.
    func live() throws {
        send(["status": "live"])
    }

    /// Requests are welcome: the file can be read and written, and no shutdown has begun.
    func ready() throws {
        if service.counters.isStopping.load(ordering: .relaxed) { throw Problem(503, .operationFailed, "The server is shutting down.") }
        do throws(CatalogError) {
            if catalog.waitsForEngine { try catalog.requireEngine() } else { _ = try catalog.snapshot() }
        } catch {
            throw Problem(503, .operationFailed, "Nothing can be read. \(error.message)")
        }
        if let trouble = catalog.writeTrouble { throw Problem(503, .operationFailed, "Nothing can be written. \(trouble.message)") }
        send(["status": "ready"])
    }

    func status() throws {
        try requireStatistics()
        let uptime = MonotonicTime.now - service.counters.started
        let (file, isKnown, replication) = try catalog.report()
        var fields: [(String, Datum)] = [
            ("name", "Pando"), ("version", Datum(HTTPServer.version)), ("uptime_seconds", Datum(Int(uptime.components.seconds))),
            ("connections", Datum(service.counters.connections.load(ordering: .relaxed))),
            ("connections_accepted", Datum(service.counters.accepted.load(ordering: .relaxed))),
            ("requests", Datum(service.counters.requests.load(ordering: .relaxed))),
            ("queries", Datum(pando.server.queryCount)), ("queries_running", Datum(pando.server.runningCount)), ("limits", limits),
            (
                "file",
                [
                    "bytes": isKnown ? Datum(Int(file.fileBytes)) : .null,
                    "page_size": Datum(file.pageSize), "pages": Datum(Int(file.pages)),
                    "free_pages": Datum(Int(file.freePages)), "records": Datum(Int(file.records)), "depth": Datum(file.depth),
                    "format_version": Datum(file.formatVersion), "transaction": isKnown ? Datum(Int(file.transaction)) : .null,
                    "live_snapshots": Datum(file.liveSnapshots), "pinned_pages": Datum(Int(file.pinnedPages)),
                    "pins": try .array(try file.pins.map { try $0.datum }), "read_only": Datum(catalog.isReadOnly),
                    "id": Datum(catalog.fileID), "encryption": file.encryption?.datum ?? .null,
                ]
            ),
        ]
        fields.append(("replication", replication))
        if !service.encryption.ports.isEmpty {
            let now = SystemFacts.secondsSince1970
            let certificates = service.encryption.validities.map { validity -> Datum in
                [
                    "file": Datum(validity.file), "expires_seconds": Datum((validity.end - now).rounded()),
                    "begins_seconds": Datum((validity.begin - now).rounded()),
                ]
            }
            fields.append(("certificates", Datum(elements: certificates)))
        }
        send(try Datum.object(fields))
    }

    /// `GET /_admin/cluster`
    func cluster() throws {
        try requireStatistics()
        send(catalog.clusterDatum)
    }

    /// While an engine is away, there is no state in which to look what anybody but `admin` may.
    private func requireStatistics() throws {
        if user != UserConfig.administrator { try require(.read, .statistics, in: try catalog.snapshot()) }
    }

    /// What is allowed, as it is configured now.
    private var limits: Datum {
        let (configuration, limits) = (service.configuration, service.configuration.limits)
        return [
            "connections": Datum(configuration.connections), "queued_requests": Datum(configuration.queuedRequests),
            "workers": Datum(configuration.workers), "body_bytes": Datum(limits.bodyBytes),
            "stored_body_bytes": Datum(limits.storedBodyBytes),
            "body_bytes_together": Datum(configuration.bodyBytesTogether), "request_line_bytes": Datum(limits.requestLineBytes),
            "head_bytes": Datum(limits.headBytes), "header_fields": Datum(limits.headerCount),
            "documents_of_insert": Datum(limits.documentsOfInsert),
            "head_seconds": Datum(limits.headTime / .seconds(1)), "body_seconds": Datum(limits.bodyTime / .seconds(1)),
            "idle_seconds": Datum(limits.idleTime / .seconds(1)), "write_stall_seconds": Datum(limits.writeStallTime / .seconds(1)),
            "page_documents": Datum(configuration.maximumPageSize), "waiting_logins": Datum(configuration.waitingLogins),
            "waiting_logins_of_client": Datum(configuration.waitingLoginsOfClient),
            "requests_per_second_of_user": Datum(service.limiter.rate),
        ]
    }

    /// Makes the file smaller while everything else goes on. Stops when the client goes away, or the server.
    func compact() throws {
        try require(.config, .server, in: try catalog.snapshot())
        let (counters, cancellation) = (service.counters, cancellation)
        let summary = try catalog.compact { _ in
            !(cancellation?.isCancelled ?? false) && !counters.isStopping.load(ordering: .relaxed)
        }
        send(try summary.datum)
    }
}
