import TLS
import httpd

/// The settings of `pando serve`, each with where its value came from.
struct ServeSettings {
    private struct Setting {
        let name: String
        let placeholder: String
        var fallback = ""
        var isRepeatable = false
        let help: String

        var environmentName: String { "PANDO_" + name.uppercased().split(separator: "-").joined(separator: "_") }
    }

    private static let settings = [
        Setting(name: "http-port", placeholder: "PORT", fallback: "8080", help: "the port of HTTP; 0 is any free one (default: 8080)"),
        Setting(
            name: "driver-port", placeholder: "PORT", fallback: "28015",
            help: "the port of RethinkDB's drivers; 0 is any free one, none serves none (default: 28015)"),
        Setting(
            name: "pg-port", placeholder: "PORT", fallback: "5432",
            help: "the port of PostgreSQL clients; 0 is any free one, none serves none (default: 5432, or none if that is taken)"),
        Setting(
            name: "pg-connections", placeholder: "N", fallback: "4096",
            help: "sessions of PostgreSQL clients served at a time, and 3 more of admin (default: 4096)"),
        Setting(
            name: "pg-default-database", placeholder: "NAME", fallback: "test",
            help: "the database of PostgreSQL clients that name none, unless one is named like the user (default: test)"),
        Setting(
            name: "multi-database", placeholder: "true|false", fallback: "true",
            help: "false: one database, by every door; others of the file are not seen, and none is made or dropped (default: true)"),
        Setting(
            name: "database", placeholder: "NAME",
            help: "with --multi-database false: which one; it is made where it is missing (default: test)"),
        Setting(
            name: "pg-idle-timeout", placeholder: "SECONDS", fallback: "0",
            help: "how long a session of a PostgreSQL client may be idle; 0 is for ever (default: 0)"),
        Setting(
            name: "transaction-idle", placeholder: "SECONDS", fallback: "600",
            help: "how long a transaction of a PostgreSQL client may wait for its next statement; 0 is for ever (default: 600)"),
        Setting(name: "port-offset", placeholder: "N", fallback: "0", help: "added to the ports (default: 0)"),
        Setting(
            name: "bind", placeholder: "ADDRESSES", fallback: "loopback",
            help: "numeric addresses with commas between them, loopback, or all (default: loopback)"),
        Setting(
            name: "allow-host", placeholder: "NAMES", fallback: "",
            help: "host names, with commas, by which browsers may call it beside localhost and numbers"),
        Setting(
            name: "cors-origin", placeholder: "ORIGINS", fallback: "",
            help: "origins of web pages, with commas, that may call it from a browser; * is any (default: none)"),
        Setting(
            name: "rate-limit", placeholder: "N", fallback: "0",
            help: "HTTP requests and queries of drivers a second that one account may send in the long run; 0 means no limit (default: 0)"),
        Setting(name: "connections", placeholder: "N", fallback: "4096", help: "connections served at a time (default: 4096)"),
        Setting(
            name: "connections-of-client", placeholder: "N", fallback: "",
            help: "connections of one address that proved no account (default: half of --connections)"),
        Setting(
            name: "trusted-proxies", placeholder: "ADDRESSES", fallback: "",
            help: "numeric addresses, with commas, of proxies whose word counts on where a request comes from (default: none)"),
        Setting(
            name: "proxy-protocol", placeholder: "WHICH", fallback: "none",
            help: "none, or all: whether connections of trusted proxies begin with a header of the PROXY protocol (default: none)"),
        Setting(
            name: "body-limit", placeholder: "BYTES", fallback: "67108864",
            help: "bytes of a request's body, also once it is decompressed (default: 67108864)"),
        Setting(
            name: "log", placeholder: "PATH", fallback: "",
            help: "a file for the log, as lines of JSON; - is standard error (default: none)"),
        Setting(
            name: "log-requests", placeholder: "WHICH", fallback: "none",
            help: "none, or all: whether HTTP requests are in the log (default: none)"),
        Setting(
            name: "slow-query", placeholder: "MS", fallback: "0",
            help: "queries that take more milliseconds are noted in the log with text and plan; 0 notes none (default: 0)"),
        Setting(
            name: "function-time", placeholder: "MS", fallback: "1000",
            help: "milliseconds that a write hook or an index function may compute for one document; the write fails then (default: 1000)"),
        Setting(
            name: "writer-grace", placeholder: "MS", fallback: "10",
            help: "milliseconds that an open transaction may keep others from writing while it waits for its client (default: 10)"),
        Setting(
            name: "writer-time", placeholder: "SECONDS", fallback: "300",
            help: "how long one statement of SQL may keep others from writing; it is cancelled then; 0 is for ever (default: 300)"),
        Setting(
            name: "lock-timeout", placeholder: "MS", fallback: "10000",
            help:
                "milliseconds that requests and queries of drivers wait for others that write; 0 is for ever (default: 10000)"),
        Setting(
            name: "transactions", placeholder: "N", fallback: "1024",
            help: "transactions of HTTP and of drivers that may be open at a time (default: 1024)"),
        Setting(
            name: "transactions-per-account", placeholder: "N", fallback: "256",
            help: "such transactions that one account may have open at a time (default: 256)"),
        Setting(
            name: "history", placeholder: "TIME", fallback: "",
            help: "how far back the file's past can be read, such as 24h, 90m or 7d; 0 drops what was kept (default: none is added)"),
        Setting(
            name: "processes", placeholder: "WHICH", fallback: "one",
            help: "one, or several: whether others serve what postgresql://… keeps beside this process (default: one)"),
        Setting(
            name: "names", placeholder: "RULE", fallback: "strict",
            help: "strict, or rethinkdb: whether names may have - and begin with a digit (default: strict)"),
        Setting(
            name: "query-memory", placeholder: "MIB", fallback: "512",
            help: "the memory, in MiB, that one query may take for what it must keep (default: 512)"),
        Setting(
            name: "memory", placeholder: "MIB", fallback: "2048",
            help: "the memory, in MiB, that all queries together may take for that (default: 2048)"),
        Setting(
            name: "spill", placeholder: "MIB", fallback: "4096",
            help: "the space, in MiB, that one sort may take in a temporary file beyond its memory; 0 is none (default: 4096)"),
        Setting(
            name: "cache-size", placeholder: "MIB", fallback: "512",
            help: "the memory, in MiB, for the decrypted pages of an encrypted file (default: 512)"),
        Setting(
            name: "lock-memory", placeholder: "WHICH", fallback: "false",
            help: "true, or false: whether the process's memory is kept out of swap; of an encrypted file only (default: false)"),
        Setting(
            name: "at-least", placeholder: "STATE", fallback: "",
            help: "UUID.OPENING.COMMIT of an earlier status: a file that is older, and was put back, is not served (default: none)"),
        Setting(
            name: "tls-cert", placeholder: "FILE", isRepeatable: true,
            help:
                "TLS: a certificate in PEM, its chain behind it; of several, also with commas, the client's name chooses (default: no TLS)"),
        Setting(
            name: "tls-key", placeholder: "FILE", isRepeatable: true,
            help: "the private key of each --tls-cert, in PEM, which others may not read"),
        Setting(
            name: "tls-ports", placeholder: "PORTS", fallback: "http,driver,postgres",
            help: "where --tls-cert counts: http, driver and postgres, with commas (default: all three)"),
        Setting(
            name: "tls-min", placeholder: "VERSION", fallback: "1.2", help: "the oldest version of TLS, 1.2 or 1.3 (default: 1.2)"),
        Setting(
            name: "tls-client-ca", placeholder: "FILE",
            help: "authorities, in PEM, whose certificates clients may show: the common name is their account"),
        Setting(
            name: "tls-client-auth", placeholder: "WHICH", fallback: "optional",
            help: "optional, or required: whether clients must show such a certificate (default: optional)"),
        Setting(
            name: "tls-library", placeholder: "FILE",
            help: "OpenSSL's libssl (default: libssl.so.3 or libssl.so.1.1, where the system has it)"),
        Setting(
            name: "http-tls-cert", placeholder: "FILE", isRepeatable: true,
            help: "a certificate for the port of HTTP alone, as RethinkDB names it"),
        Setting(name: "http-tls-key", placeholder: "FILE", isRepeatable: true, help: "the private key of each --http-tls-cert"),
        Setting(
            name: "driver-tls-cert", placeholder: "FILE", isRepeatable: true,
            help: "a certificate for the port of drivers alone, as RethinkDB names it"),
        Setting(name: "driver-tls-key", placeholder: "FILE", isRepeatable: true, help: "the private key of each --driver-tls-cert"),
        Setting(
            name: "standby-of", placeholder: "SERVER",
            help: "follow this server, HOST:PORT or https://HOST:PORT: FILE becomes a copy that is read and takes no writes"),
        Setting(name: "token-file", placeholder: "FILE", help: "with --standby-of: a token of admin there, the first line of a file"),
        Setting(
            name: "standby-ca", placeholder: "FILE",
            help: "with --standby-of https://: who must have signed that server's certificate (default: whom the system trusts)"),
        Setting(
            name: "sync-standbys", placeholder: "N", fallback: "0",
            help: "hard commits also wait until so many standbys have them on their disks (default: 0)"),
        Setting(
            name: "sync-timeout", placeholder: "SECONDS", fallback: "5",
            help: "how long at most; then commits don't wait until the standbys are back. never: for ever (default: 5)"),
        Setting(
            name: "initial-password", placeholder: "PASSWORD", fallback: "",
            help: "the password of admin, if it has none yet; auto makes one up and prints it"),
    ]

    static let options: [Option] =
        settings.map { .value($0.name, $0.placeholder, repeatable: $0.isRepeatable, $0.help) } + [
            .flag(
                "insecure", "let --bind name addresses that other machines reach though admin has no password: all may do everything then"),
            .flag("plain", "with --standby-of: let FILE be the plain copy of an encrypted file"),
            .value("config", "CONFIG", "a file of settings"), .flag("print-config", "print each setting with its source, and end"), .json,
        ]

    private var values: [String: (value: String, source: String)] = [:]
    private let allowsAnyAddress: Bool

    init(_ arguments: Arguments) throws {
        let file = try arguments.value("config").map(Self.read) ?? [:]
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
    }

    /// Lines of `key = value`; `#` begins a comment.
    private static func read(_ path: String) throws -> [String: (String, String)] {
        var values: [String: (String, String)] = [:]
        for (index, line) in try InputFile(path).readText().split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = trimmed(line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0])
            if text.isEmpty { continue }
            let place = "\(path), line \(index + 1)"
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
            guard parts.count == 2 else { throw CommandError.failed("\(place): a setting is written key = value.") }
            guard settings.contains(where: { $0.name == parts[0] }) else {
                let near = suggestion(for: parts[0], among: settings.map(\.name))
                throw CommandError.failed("\(place): there is no setting \(parts[0]).\(near)")
            }
            values[parts[0]] = (parts[1], place)
        }
        return values
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
            if !authority.isEmpty || !token.isEmpty { throw CommandError.usage("standby-ca and token-file go with standby-of.") }
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
        if asJSON {
            return try console.printJSON(
                Self.settings.map { setting in
                    let (value, source) = value(setting.name)
                    let shown = setting.name == "initial-password" && !value.isEmpty ? "…" : value
                    return ["setting": Datum(setting.name), "value": Datum(shown), "source": Datum(source)]
                })
        }
        var table = TextTable(["setting", "value", "source"])
        for setting in Self.settings {
            let (value, source) = value(setting.name)
            table.add([setting.name, setting.name == "initial-password" && !value.isEmpty ? "…" : value, source])
        }
        try console.printTable(table)
    }
}
