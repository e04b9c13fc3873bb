import TLS
import httpd

/// Where etcd is and which key is the lease: `etcd://[USER:PASSWORD@]HOST[:PORT][,…]/NAME`, or `etcds://` for TLS.
struct EtcdAddress {
    let hosts: [ServerAddress]
    let key: String
    /// Nil: etcd asks for no login.
    let login: (user: String, password: String)?
    /// As messages and `--print-config` have it, without the login.
    let name: String

    /// - Parameter authorities: the file of who must have signed etcd's certificate; nil: whom the system trusts.
    init(_ text: String, authorities: String?) throws(CommandError) {
        let wrong = CommandError.usage("lease is etcd://HOST[:PORT][,HOST…]/NAME, or etcds:// for TLS, not “\(Self.shown(text))”.")
        let isEncrypted = text.hasPrefix("etcds://")
        guard isEncrypted || text.hasPrefix("etcd://") else { throw wrong }
        var rest = text.dropFirst(isEncrypted ? 8 : 7)
        guard let slash = rest.firstIndex(of: "/") else { throw wrong }
        key = String(rest[rest.index(after: slash)...])
        rest = rest[..<slash]
        guard !key.isEmpty, !key.contains(where: \.isWhitespace) else { throw wrong }
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw .usage("lease: a login of etcd is written USER:PASSWORD@, before its hosts.")
            }
            login = (try PostgresAddress.decoded(parts[0]), try PostgresAddress.decoded(parts[1]))
            rest = rest[rest.index(after: at)...]
        } else {
            login = nil
        }
        var hosts: [ServerAddress] = []
        for host in rest.split(separator: ",", omittingEmptySubsequences: false) {
            guard !host.isEmpty else { throw wrong }
            hosts.append(
                try ServerAddress(
                    (isEncrypted ? "https://" : "http://") + host, defaultPort: "2379",
                    trust: isEncrypted ? authorities.map { .authorities($0) } : nil))
        }
        self.hosts = hosts
        name = Self.shown(text)
    }

    /// Without what nobody need read.
    static func shown(_ text: String) -> String {
        guard let start = text.firstRange(of: "://")?.upperBound else { return text }
        let end = text[start...].firstIndex(of: "/") ?? text.endIndex
        guard let at = text[start..<end].lastIndex(of: "@") else { return text }
        return String(text[..<start] + text[text.index(after: at)...])
    }
}
