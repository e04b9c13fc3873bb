import httpd

extension ServeSettings {
    /// TLS at the ports of HTTP, of drivers and of PostgreSQL clients.
    /// - Throws: settings that do not go together. Files are looked at when the server starts.
    func encryption() throws(CommandError) -> (http: TLSConfiguration?, driver: TLSConfiguration?, postgres: TLSConfiguration?) {
        let ports = list("tls-ports")
        if let other = ports.first(where: { !["http", "driver", "postgres"].contains($0) }) {
            throw .usage("tls-ports is a list of http, driver and postgres, not “\(other)”.")
        }
        let common = try encryption(certificates: "tls-cert", keys: "tls-key")
        let http = try encryption(certificates: "http-tls-cert", keys: "http-tls-key")
        let driver = try encryption(certificates: "driver-tls-cert", keys: "driver-tls-key")
        let others = ["tls-client-ca", "tls-client-auth", "tls-library", "tls-min", "tls-ports"]
        if common == nil, http == nil, driver == nil, let name = others.first(where: { value($0).source != "default" }) {
            throw .usage("\(name) goes with tls-cert and tls-key.")
        }
        return (
            http ?? (ports.contains("http") ? common : nil), driver ?? (ports.contains("driver") ? common : nil),
            ports.contains("postgres") ? common : nil
        )
    }

    private func encryption(certificates: String, keys: String) throws(CommandError) -> TLSConfiguration? {
        let (paths, keyPaths) = (list(certificates), list(keys))
        guard !paths.isEmpty || !keyPaths.isEmpty else { return nil }
        guard paths.count == keyPaths.count else {
            throw .usage("Each \(certificates) needs its \(keys): there are \(paths.count) and \(keyPaths.count).")
        }
        var configuration = TLSConfiguration(certificates: zip(paths, keyPaths).map { .init(path: $0, keyPath: $1) })
        switch list("tls-min") {
        case ["1.2"]: break
        case ["1.3"]: configuration.leastVersion = .tls13
        default: throw .usage("tls-min is 1.2 or 1.3; older versions are not spoken.")
        }
        for path in paths { configuration.settings[path] = certificates }
        for path in keyPaths { configuration.settings[path] = keys }
        configuration.clientAuthorityPath = list("tls-client-ca").first
        if let path = configuration.clientAuthorityPath { configuration.settings[path] = "tls-client-ca" }
        configuration.libraryPath = list("tls-library").first
        switch list("tls-client-auth") {
        case ["optional"]: break
        case ["required"]:
            guard configuration.clientAuthorityPath != nil else { throw .usage("tls-client-auth required needs tls-client-ca.") }
            configuration.requiresClientCertificate = true
        default: throw .usage("tls-client-auth is optional or required.")
        }
        return configuration
    }
}
