import Ground
import PostgresWire
import TLS
import httpd

/// A database of a PostgreSQL server, or of one of several that follow each other, and who we are to it:
/// `postgresql://user:password@host:port,host:port/database?parameter=value`, with libpq's parameters,
/// and `dialect` and `max_value` for an engine that keeps records.
struct PostgresAddress {
    /// Where a server listens.
    struct Place {
        let host: String
        let port: UInt16
        /// How the server is known; nil: what passes is not encrypted.
        let encryption: TLSContext?

        /// For messages.
        var name: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }

    /// Which of several servers is wanted.
    enum Target: String, CaseIterable {
        case any
        case readWrite = "read-write"
        case primary
    }

    /// In the order in which they are tried; never empty.
    let places: [Place]
    private var options: ClientOptions
    private(set) var target: Target
    /// How long it may take to reach a server and to log in there.
    let patience: Duration
    /// Whether only what all engines have is asked, whatever the server is.
    let isPortable: Bool
    /// The largest value that is put there; nil: as the engine's makers advise.
    let valueByteCount: Int?

    /// - Parameter password: in place of the one in the text.
    init(_ text: String, password given: String? = nil) throws(CommandError) {
        let wrong = CommandError.usage("A PostgreSQL database is written postgresql://USER@HOST:PORT/DATABASE.")
        guard let start = text.firstIndex(of: "/") else { throw wrong }
        let parts = text[start...].dropFirst(2).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        // A password may have an @, a host has none.
        let at = path[0].lastIndex(of: "@")
        let account = path[0][..<(at ?? path[0].startIndex)].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let hosts = at.map { path[0][path[0].index(after: $0)...] } ?? path[0]
        let parameters = try Self.parameters(parts.count > 1 ? parts[1] : "")

        guard let user = try account.first.flatMap({ $0.isEmpty ? nil : $0 }).map(Self.decoded) ?? SystemCalls.environment("PGUSER") else {
            throw .usage("Say whose account it is: postgresql://USER@HOST/DATABASE.")
        }
        let database = path.count > 1 && !path[1].isEmpty ? try Self.decoded(path[1]) : user
        let written = account.count > 1 ? try Self.decoded(account[1]) : nil
        let password = given ?? written ?? SystemCalls.environment("PGPASSWORD") ?? ""
        options = ClientOptions(user: user, database: database, password: Array((PreparedString(password)?.text ?? password).utf8))
        options.settings = [.init("application_name", parameters["application_name"] ?? "pando")]
        if let way = parameters["require_auth"], way != "scram-sha-256" {
            guard let weak = ClientOptions.WeakLogin(rawValue: way) else {
                throw .usage("require_auth is scram-sha-256, md5 or password, not “\(way)”.")
            }
            options.allowed = [weak]
        }
        let seconds = try Arguments.integer(parameters["connect_timeout"] ?? "10", in: 1...3600, what: "connect_timeout")
        patience = .seconds(seconds)
        let dialect = parameters["dialect"] ?? "own"
        guard ["own", "portable"].contains(dialect) else { throw .usage("dialect is own or portable, not “\(dialect)”.") }
        isPortable = dialect == "portable"
        valueByteCount = try parameters["max_value"].map { text throws(CommandError) in
            try Arguments.integer(text, in: 1 << 16...1 << 30, what: "max_value")
        }
        let wanted = parameters["target_session_attrs"] ?? Target.any.rawValue
        guard let target = Target(rawValue: wanted) else {
            throw .usage("target_session_attrs is any, read-write or primary, not “\(wanted)”.")
        }
        self.target = target
        var places: [Place] = []
        for host in hosts.split(separator: ",", omittingEmptySubsequences: false) {
            places.append(try Self.place(host, parameters, wrong))
        }
        self.places = places
    }

    /// Whether that is what a text is to be.
    static func isOne(_ text: String) -> Bool { text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") }

    /// A place as messages have it: without a password.
    static func shown(_ place: String) -> String { isOne(place) ? (try? PostgresAddress(place).name) ?? "the database" : place }

    var database: String { options.database }
    /// For messages.
    var name: String { "\(places.map(\.name).joined(separator: ","))/\(options.database)" }

    /// One of the servers, for messages.
    func name(of place: Place) -> String { "\(place.name)/\(options.database)" }

    /// Who we are to one of the servers.
    func options(at place: Place) -> ClientOptions {
        var options = options
        options.isEncrypted = place.encryption != nil
        return options
    }

    /// The same for one that writes.
    func writing() -> Self {
        var address = self
        if target == .any { address.target = .readWrite }
        return address
    }

    private static func place(_ text: Substring, _ parameters: [String: String], _ wrong: CommandError) throws(CommandError) -> Place {
        var host = text
        var rest: Substring = ""
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw wrong }
            (host, rest) = (text[..<end].dropFirst(), text[text.index(after: end)...])
        } else if let colon = text.firstIndex(of: ":") {
            (host, rest) = (text[..<colon], text[colon...])
        }
        let name = try decoded(host)
        guard !name.hasPrefix("/") else { throw .usage("A server is reached by TCP here, not by the socket in \(name).") }
        var port: UInt16 = 5432
        if !rest.isEmpty {
            guard rest.hasPrefix(":"), let number = UInt16(rest.dropFirst()), number > 0 else { throw wrong }
            port = number
        }
        let known = name.isEmpty ? "localhost" : name
        return Place(host: known, port: port, encryption: try encryption(parameters, known))
    }

    private static let known = [
        "sslmode", "sslrootcert", "connect_timeout", "application_name", "require_auth", "target_session_attrs", "dialect", "max_value",
    ]

    private static func parameters(_ text: Substring) throws(CommandError) -> [String: String] {
        var parameters: [String: String] = [:]
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decoded(pair[0])
            guard known.contains(name) else {
                let near = suggestion(for: name, among: known)
                throw .usage("There is no parameter \(name).\(near) There are \(known.joined(separator: ", ")).")
            }
            parameters[name] = pair.count > 1 ? try decoded(pair[1]) : ""
        }
        return parameters
    }

    /// What is encrypted is verified, always: a server that may be anybody is none to tell a password.
    private static func encryption(_ parameters: [String: String], _ host: String) throws(CommandError) -> TLSContext? {
        let isLoopback = ClientSocket.isThisMachine(host)
        switch parameters["sslmode"] ?? (isLoopback && parameters["sslrootcert"] == nil ? "disable" : "verify-full") {
        case "disable": return nil
        case "require", "verify-ca", "verify-full": break
        case "allow", "prefer":
            throw .usage("sslmode is disable or verify-full: with the others, whoever is in between chooses that nothing is encrypted.")
        case let other: throw .usage("sslmode is disable or verify-full, not “\(other)”.")
        }
        let authorities = parameters["sslrootcert"] ?? "system"
        do throws(TLSError) {
            return try TLSContext(client: authorities == "system" ? .system : .authorities(authorities), library: try LibSSL.load())
        } catch {
            throw .failed(error.message)
        }
    }

    /// Without %20 and its kin.
    static func decoded(_ text: Substring) throws(CommandError) -> String {
        guard text.contains("%") else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), code != 0 else {
                throw .usage("In a URL, % is followed by two hexadecimal digits.")
            }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .usage("The URL is not UTF-8.") }
        return text
    }
}
