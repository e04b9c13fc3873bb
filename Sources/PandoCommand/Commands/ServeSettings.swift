import TLS
import httpd

/// The settings of `pando serve`, each with where its value came from.
struct ServeSettings {
    static let options: [Option] =
        settings.map { .value($0.name, $0.placeholder, repeatable: $0.isRepeatable, $0.help) } + [
            .flag(
                "insecure", "let --bind name addresses that other machines reach though admin has no password: all may do everything then"),
            .flag("plain", "with --standby-of or --lease: let FILE be the plain copy of an encrypted file"),
            .flag("resync", "with --standby-of: replace what FILE has of its own where it differs, and write it to a file beside it first"),
            .value("config", "CONFIG", "a file of settings"), .flag("print-config", "print each setting with its source, and end"), .json,
        ]

    private var values: [String: (value: String, source: String)] = [:]
    private let allowsAnyAddress: Bool
    /// What is said of the file's key.
    let keys: KeySettings

    init(_ arguments: Arguments) throws {
        let file = try arguments.value("config").map(Self.read) ?? [:]
        keys = KeySettings(arguments, file: file)
        for setting in Self.settings {
            if arguments.value(setting.name) != nil {
                values[setting.name] = (arguments.list(setting.name).joined(separator: ","), "--\(setting.name)")
            } else if let value = SystemCalls.environment(setting.environmentName), !value.isEmpty {
                values[setting.name] = (value, setting.environmentName)
            } else if let (value, place) = file[setting.name] {
                values[setting.name] = (value, place)
            } else {
                values[setting.name] = (setting.fallback, "default")
            }
        }
        allowsAnyAddress = arguments.has("insecure")
        _ = try configuration()
        _ = try names()
        _ = try onlyDatabase()
        _ = try leastState()
        _ = try locksMemory()
        _ = try queryLimits()
        _ = try functionTime()
        _ = try writerGrace()
        _ = try writerTime()
        _ = try transactionLimits()
        _ = try synchronous()
        _ = try hasOtherProcesses()
        _ = try lockTimeout()
        _ = try history()
        _ = try KeySource(keys)
    }

    /// Lines of `key = value`; `#` begins a comment, where it begins a line or comes after a blank.
    private static func read(_ path: String) throws -> [String: (value: String, source: String)] {
        let names = settings.map(\.name) + KeyOptions.settings
        var values: [String: (value: String, source: String)] = [:]
        for (index, line) in try InputFile(path).readText().split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = trimmed(withoutComment(line))
            if text.isEmpty { continue }
            let place = "\(path), line \(index + 1)"
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
            guard parts.count == 2 else { throw CommandError.failed("\(place): a setting is written key = value.") }
            if parts[0] == "passphrase" {
                throw CommandError.failed(
                    "\(place): a passphrase is asked for at the terminal, and is no setting; key-file and key-is-passphrase = true name a file."
                )
            }
            guard names.contains(parts[0]) else {
                let near = suggestion(for: parts[0], among: names)
                throw CommandError.failed("\(place): there is no setting \(parts[0]).\(near)")
            }
            values[parts[0]] = (parts[1], place)
        }
        return values
    }

    private static func withoutComment(_ line: Substring) -> Substring {
        let start = line.indices.first { index in
            line[index] == "#" && (index == line.startIndex || [" ", "\t"].contains(line[line.index(before: index)]))
        }
        return line[..<(start ?? line.endIndex)]
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(text)
    }

    // MARK: Values

    func value(_ name: String) -> (value: String, source: String) { values[name] ?? ("", "default") }

    func list(_ name: String) -> [String] {
        value(name).value.split(separator: ",").map(Self.trimmed).filter { !$0.isEmpty }
    }

    /// A setting that is true or false.
    func isOn(_ name: String) throws(CommandError) -> Bool {
        switch value(name).value {
        case "true": return true
        case "false": return false
        case let other: throw .usage("\(name) is true or false, not “\(other)”.")
        }
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws(CommandError) -> Int {
        let (text, source) = value(name)
        return try Arguments.integer(text, in: range, what: source.hasPrefix("--") ? source : "\(name) (\(source))")
    }

    /// - Throws: what is not a number.
    func configuration() throws(CommandError) -> HTTPConfiguration {
        var configuration = HTTPConfiguration()
        configuration.port = try port("http-port")
        configuration.driverPort = value("driver-port").value == "none" ? nil : try port("driver-port")
        configuration.postgresPort = value("pg-port").value == "none" ? nil : try port("pg-port")
        // Nobody asked for this port, and who has PostgreSQL beside wants the server to start all the same.
        configuration.allowsPostgresPortTaken = value("pg-port").source == "default"
        configuration.postgresDatabase = try onlyDatabase() ?? value("pg-default-database").value
        configuration.postgresLimits.sessions = try number("pg-connections", in: 1...1_000_000)
        let idle = try number("pg-idle-timeout", in: 0...31_536_000)
        configuration.postgresLimits.idleTime = idle > 0 ? .seconds(idle) : nil
        let transactionIdle = try number("transaction-idle", in: 0...31_536_000)
        configuration.postgresLimits.transactionIdleTime = transactionIdle > 0 ? .seconds(transactionIdle) : nil
        configuration.addresses = list("bind").flatMap { $0 == "loopback" ? [] : $0 == "all" ? ["0.0.0.0", "::"] : [$0] }
        if let address = configuration.addresses.first(where: { !Self.isNumeric($0) }) {
            throw .usage("bind takes numeric addresses, loopback or all, not “\(address)” (\(value("bind").source)).")
        }
        configuration.allowsEmptyPasswords = allowsAnyAddress
        configuration.hostNames = list("allow-host")
        configuration.corsOrigins = list("cors-origin")
        configuration.requestRate = Double(try number("rate-limit", in: 0...1_000_000))
        let log = value("log").value
        configuration.logPath = log.isEmpty ? nil : log
        switch value("log-requests").value {
        case "none": break
        case "all": configuration.logsRequests = true
        case let other: throw .usage("log-requests is none or all, not \(other).")
        }
        configuration.logsContents = try logsContents()
        let slow = try number("slow-query", in: 0...86_400_000)
        configuration.slowQueryTime = slow > 0 ? .milliseconds(slow) : nil
        configuration.connections = try number("connections", in: 1...1_000_000)
        if !value("connections-of-client").value.isEmpty {
            configuration.connectionsOfClient = try number("connections-of-client", in: 1...1_000_000)
        }
        configuration.trustedProxies = list("trusted-proxies")
        if let address = configuration.trustedProxies.first(where: { !Self.isNumeric($0) }) {
            throw .usage("trusted-proxies takes numeric addresses, not “\(address)” (\(value("trusted-proxies").source)).")
        }
        switch value("proxy-protocol").value {
        case "none": break
        case "all":
            guard !configuration.trustedProxies.isEmpty else { throw .usage("proxy-protocol needs trusted-proxies, whose word counts.") }
            configuration.usesProxyProtocol = true
        case let other: throw .usage("proxy-protocol is none or all, not \(other).")
        }
        (configuration.tls, configuration.driverTLS, configuration.postgresTLS) = try encryption()
        configuration.limits.bodyBytes = try number("body-limit", in: 1024...1 << 31)
        configuration.limits.storedBodyBytes = try queryLimits().spill
        // Bodies that are being received are in nobody's memory yet; one must always find room.
        configuration.bodyBytesTogether = max(
            configuration.limits.bodyBytes, min(configuration.bodyBytesTogether, try queryLimits().memoryOfAll / 2))
        return configuration
    }

    private static func isNumeric(_ address: String) -> Bool { address.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" } }

    /// What queries may keep, in bytes: one of them and all together in memory, and a sort in a file.
    /// - Throws: what is not a number.
    func queryLimits() throws(CommandError) -> (memory: Int, memoryOfAll: Int, spill: Int) {
        (
            try number("query-memory", in: 1...1 << 30) << 20, try number("memory", in: 1...1 << 30) << 20,
            try number("spill", in: 0...1 << 30) << 20
        )
    }

    /// How long an open transaction may keep others from writing while its client is waited for.
    /// - Throws: what is not a number.
    func writerGrace() throws(CommandError) -> Duration { .milliseconds(try number("writer-grace", in: 0...60_000)) }

    /// How long one statement may keep others from writing; nil: without end.
    /// - Throws: what is not a number.
    func writerTime() throws(CommandError) -> Duration? {
        let time = try number("writer-time", in: 0...31_536_000)
        return time > 0 ? .seconds(time) : nil
    }

    /// How long what HTTP and drivers ask waits for others that write; nil: without end.
    /// - Throws: what is not a number.
    func lockTimeout() throws(CommandError) -> Duration? {
        let time = try number("lock-timeout", in: 0...86_400_000)
        return time > 0 ? .milliseconds(time) : nil
    }

    /// How far back the past of the file is kept; nil: nothing is done about it.
    /// - Throws: what is no time.
    func history() throws(CommandError) -> Duration? {
        let (text, source) = value("history")
        if text.isEmpty { return nil }
        if text == "0" { return .zero }
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()),
            case let (seconds, overflow) = count.multipliedReportingOverflow(by: unit), !overflow, 60...3_153_600_000 ~= seconds
        else { throw .usage("history is a time of a minute at least, such as 24h, 90m or 7d, or 0, not “\(text)” (\(source)).") }
        return .seconds(seconds)
    }

    /// How many transactions of requests and of drivers may be open, of all accounts and of one.
    /// - Throws: what is not a number.
    func transactionLimits() throws(CommandError) -> (all: Int, ofAccount: Int) {
        (try number("transactions", in: 0...1_000_000), try number("transactions-per-account", in: 0...1_000_000))
    }

    /// How long a write hook or an index function may compute for one document.
    /// - Throws: what is not a number.
    func functionTime() throws(CommandError) -> Duration { .milliseconds(try number("function-time", in: 1...3_600_000)) }

    /// The server that the file is to follow, and a token for it; nil: none.
    func primary() throws -> (address: ServerAddress, token: String)? {
        let (server, authority, token) = (value("standby-of").value, value("standby-ca").value, value("token-file").value)
        guard !server.isEmpty else {
            if value("lease").value.isEmpty, !authority.isEmpty || !token.isEmpty {
                throw CommandError.usage("standby-ca and token-file go with standby-of or lease.")
            }
            return nil
        }
        let address = try ServerAddress(server, trust: authority.isEmpty ? nil : .authorities(authority))
        return (address, token.isEmpty ? "" : try firstLine(ofFile: token))
    }

    /// How many standbys hard commits wait for, and how long at most; nil: for ever.
    /// - Throws: what is not a number.
    func synchronous() throws(CommandError) -> (count: Int, patience: Duration?) {
        let count = try number("sync-standbys", in: 0...100)
        return (count, value("sync-timeout").value == "never" ? nil : .seconds(try number("sync-timeout", in: 1...86_400)))
    }

    /// Whether other processes serve the same at the same time.
    func hasOtherProcesses() throws(CommandError) -> Bool {
        switch value("processes").value {
        case "one": return false
        case "several": return true
        case let other: throw .usage("--processes is one or several, not \(other).")
        }
    }

    /// Empty if there is none.
    var initialPassword: String { value("initial-password").value }

    /// - Throws: an address that other machines reach, where nobody asks them for a password.
    func checkAddresses(hasPassword: Bool) throws(CommandError) {
        guard let open = try configuration().addresses.first(where: { !Self.isLoopback($0) }), !allowsAnyAddress, !hasPassword else {
            return
        }
        throw .usage(
            "\(open) can be reached from other machines, and admin has no password: whoever reaches it may read and change everything. "
                + "Give one with --initial-password, stay on loopback, or say --insecure.")
    }

    /// With the offset, unless any free port will do.
    private func port(_ name: String) throws(CommandError) -> UInt16 {
        let port = try number(name, in: 0...65_535)
        let offset = try number("port-offset", in: 0...65_535)
        guard port + offset <= 65_535 else { throw .usage("The port \(port) with the offset \(offset) is beyond 65535.") }
        return port == 0 ? 0 : UInt16(port + offset)
    }

    /// Which names new databases and tables may have.
    func names() throws(CommandError) -> NameRule {
        switch value("names").value {
        case "strict": return .strict
        case "rethinkdb": return .rethinkdb
        case let other: throw .usage("There is no rule of names called \(other); there are strict and rethinkdb.")
        }
    }

    private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }

    func print(_ console: Console, asJSON: Bool) throws {
        var rows: [(name: String, value: String, source: String)] = []
        for setting in Self.settings {
            let (value, source) = value(setting.name)
            let shown =
                switch setting.name {
                case "initial-password" where !value.isEmpty: "…"
                case "lease": EtcdAddress.shown(value)
                default: value
                }
            rows.append((setting.name, shown, source))
        }
        for name in KeyOptions.settings {
            let value = keys.shown(name)
            rows.append((name, value?.text ?? "", value?.source ?? "default"))
        }
        if asJSON {
            return try console.printJSON(
                rows.map { row in ["setting": Datum(row.name), "value": Datum(row.value), "source": Datum(row.source)] })
        }
        var table = TextTable(["setting", "value", "source"])
        for row in rows { table.add([row.name, row.value, row.source]) }
        try console.printTable(table)
    }
}
