import Ground
import httpd
import TLS

extension Command {
    static let serve = Command(
        name: "serve",
        summary: "serve a file over HTTP, to RethinkDB's drivers and to PostgreSQL clients",
        positionals: [
            Positional(
                name: "FILE",
                help: "the database file; made if it is not there. Or postgresql://USER@HOST[,HOST…]/DATABASE, which keeps the records then"
            )
        ],
        options: ServeSettings.options,
        discussion: """
            Prints its addresses when it is ready, and stops cleanly on SIGTERM and SIGINT. Each setting is taken from its option, else from the
            environment (PANDO_HTTP_PORT for --http-port), else from the file of --config (lines of key = value, such as http-port = 8080), else
            it has its default. While a file is served, other commands can read it. At SIGHUP it opens its log again, and reads rate-limit,
            slow-query and the certificates of TLS again.
            """,
        examples: [
            "pando serve app.pando", "pando serve app.pando --http-port 0 --driver-port none --bind 127.0.0.1",
            "pando serve app.pando --print-config", "pando serve app.pando --bind all --initial-password auto",
            "pando serve app.pando --tls-cert server.pem --tls-key server.key", "pando serve postgresql://pando@localhost/app",
        ]
    ) { arguments, console in
        let settings = try ServeSettings(arguments)
        if arguments.has("print-config") { return try settings.print(console, asJSON: arguments.has("json")) }
        let configuration = try settings.configuration()

        HTTPServer.boundHeap(2 << 20)
        SystemCalls.holdHangups()
        SystemCalls.holdStopSignals()  // before any thread is started, so that all of them leave the signals to this one
        // Before Vault or another server is asked, for which the system's would be loaded: a process has one.
        if let library = configuration.tlsLibrary { _ = try LibSSL.load(library) }
        let primary = try settings.primary()
        if arguments.has("plain"), primary == nil, settings.value("lease").value.isEmpty {
            throw CommandError.usage("--plain goes with --standby-of or --lease.")
        }
        if arguments.has("resync"), primary == nil { throw CommandError.usage("--resync goes with --standby-of.") }
        let engine = PostgresAddress.isOne(arguments["FILE"]) ? try PostgresAddress(arguments["FILE"]) : nil
        if engine != nil {
            try Catalog.requireNoKey(try settings.key(isNew: false))
            try FileOnly.requireNone(of: settings)
        }
        if engine == nil, try settings.hasOtherProcesses() {
            throw CommandError.usage("--processes several is of postgresql://…: one process at a time serves a file.")
        }
        let lease = try settings.lease(isPlainWanted: arguments.has("plain"))
        if engine == nil, SystemCalls.isDirectory(arguments["FILE"]) {
            throw CommandError.failed("\(arguments["FILE"]) is a directory; FILE is a database file.")
        }
        if engine == nil { try TargetFile.requireDirectory(of: arguments["FILE"]) }
        // A file that is there may have a password already; for a new one it is known before it is made.
        let isNew = engine == nil && !SystemCalls.exists(arguments["FILE"])
        try settings.checkAddresses(hasPassword: !isNew || !settings.initialPassword.isEmpty)
        var options = PandoOptions()
        options.catalog.names = try settings.names()
        options.catalog.onlyDatabase = try settings.onlyDatabase()
        if let only = options.catalog.onlyDatabase { options.defaultDatabase = only }
        options.catalog.functionTime = try settings.functionTime()
        options.catalog.writerGrace = try settings.writerGrace()
        (options.queryMemoryLimit, options.memoryLimit, options.spillLimit) = try settings.queryLimits()
        options.lockTimeout = try settings.lockTimeout()
        options.writerTime = try settings.writerTime()
        (options.transactionLimit, options.transactionLimitOfAccount) = try settings.transactionLimits()
        let history = try settings.history()
        // The contents of a standby come from another file.
        options.history = primary == nil && lease == nil ? history : nil
        options.catalog.waitsForPermit = lease != nil
        // What waits to be written is memory, too.
        options.catalog.changeByteCount = min(56 << 20, options.memoryLimit / 4)
        options.catalog.decryptedByteLimit = try settings.cacheByteCount() ?? options.catalog.decryptedByteLimit
        options.catalog.keptByteLimit = try settings.cacheByteCount() ?? options.catalog.keptByteLimit
        options.encryption = try settings.key(of: arguments["FILE"], isNew: isNew)
        try settings.guardMemory(isEncrypted: options.encryption != nil)
        if isNew, try settings.leastState() != nil {
            throw CommandError.failed("There is no file \(arguments["FILE"]), and --at-least says what it has to hold.")
        }
        let pando = try Pando.open(at: arguments["FILE"], options, isAlone: !(try settings.hasOtherProcesses()))
        try pando.require(try settings.leastState(), path: arguments["FILE"])
        if history != nil, try pando.catalog.statistics().formatVersion < 2 {
            try pando.close()
            throw CommandError.failed(
                "\(arguments["FILE"]) has format 1, which keeps no states; pando compact --format 2 upgrades it, or leave --history out.")
        }
        pando.catalog.keepPositions()
        let leased = lease.map { LeasedServer(pando, $0) }
        defer { leased?.keeper.stop() }
        let follower = try primary.map {
            try Follower(
                pando, $0.address, token: $0.token, isPlainWanted: arguments.has("plain"), isResyncWanted: arguments.has("resync"))
        }
        if let follower {
            pando.keepHistoryOncePromoted(history)
            pando.beforePromotion {
                follower.stop()
            } orElse: {
                follower.resume()
            }
            // Who may do what is known once the accounts are here.
            do { try follower.begin(console.message) } catch {
                // Not after it is closed: another process could have begun to write it.
                if isNew { SystemCalls.remove(arguments["FILE"]) }
                try pando.close()
                throw error
            }
        } else if try leased?.begin(history, isNew: isNew, tell: console.message) == .standby {
            // The first copy has come, if there was none.
        } else {
            try makeFirstDatabase(pando)
            try setInitialPassword(settings.initialPassword, pando, console)
        }
        let (standbys, patience) = try settings.synchronous()
        pando.catalog.requireStandbys(standbys, patience: patience)
        try settings.checkAddresses(hasPassword: try pando.catalog.snapshot().administratorHasPassword)
        let server = HTTPServer(pando: pando, configuration: configuration)
        do throws(ServerError) { try server.start() } catch {
            if isNew { SystemCalls.remove(arguments["FILE"]) }
            try? pando.close()
            throw error
        }
        for url in server.urls + server.driverURLs + server.postgresURLs { try console.line(url) }
        try console.output.flush()
        if let port = configuration.postgresPort, server.postgresPort == 0 {
            console.message("Port \(port) is taken, so PostgreSQL clients are not served; --pg-port chooses another one.")
        }
        for warning in server.certificateWarnings { console.message(warning) }
        if options.encryption != nil, let warning = CipherSpeed.warning() { console.message(warning) }
        console.message("Serving \(engine?.name ?? arguments["FILE"]); stop with Ctrl-C or SIGTERM.")
        SystemCalls.waitForStop {
            do {
                try server.reload(try ServeSettings(arguments).configuration())
                for warning in server.certificateWarnings { console.message(warning) }
            } catch {
                console.message("SIGHUP: \(error)")
            }
        }
        console.message("Stopping.")
        SystemCalls.endProcess(after: 9)
        leased?.prepareToStop()
        pando.stopFollowing()
        server.stop()
        try pando.close()
        if let reason = leased?.keeper.endReason { throw CommandError.failed(reason) }
    }
}

extension HTTPConfiguration {
    /// OpenSSL, where it was named.
    fileprivate var tlsLibrary: String? { [tls, driverTLS, postgresTLS].compactMap { $0?.libraryPath }.first }
}

/// A fresh file gets the database that drivers use when they are told of none.
private func makeFirstDatabase(_ pando: Pando) throws {
    let catalog = pando.catalog
    // One that is asked for by name is there always, another one in a new file.
    guard catalog.opening == 1 || catalog.options.onlyDatabase != nil, !catalog.isReadOnly, try catalog.snapshot().databases().isEmpty
    else { return }
    var transaction = try catalog.beginWrite()
    _ = try transaction.createDatabase(pando.options.defaultDatabase)
    try transaction.commit(.hard)
}

extension CatalogSnapshot {
    fileprivate var administratorHasPassword: Bool {
        get throws { try user(UserConfig.administrator)?.hasPassword ?? false }
    }
}

/// Gives `admin` a password, unless it has one.
private func setInitialPassword(_ password: String, _ pando: Pando, _ console: Console) throws {
    guard !password.isEmpty else { return }
    guard try !pando.catalog.snapshot().administratorHasPassword else {
        return console.message("admin has a password already, which stays; pando user changes it.")
    }
    let chosen = password == "auto" ? UUID.random().description : password
    try Command.setPassword(chosen, of: UserConfig.administrator, pando)
    if password == "auto" { console.message("The password of admin is \(chosen)") }
}
