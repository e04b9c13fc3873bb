import Ground
import ReQLish

/// Keeps web pages out. A browser lets any page send simple requests to any address, loopback included; without these two checks any open
/// page could write into the databases of the machine it is shown on.
struct RequestGate: Sendable {
    /// Lowercase; nil if any name will do.
    private let hostNames: Set<String>?
    private let crossOrigin: CrossOrigin

    init(_ configuration: HTTPConfiguration) {
        crossOrigin = CrossOrigin(configuration)
        let addresses = configuration.addresses.isEmpty ? SystemListener.loopback : configuration.addresses
        let isLocal = addresses.allSatisfy { $0.hasPrefix("127.") || $0 == "::1" }
        let names = Set(configuration.hostNames.map { $0.lowercased() })
        hostNames = names.contains("*") || names.isEmpty && !isLocal ? nil : names
    }

    func check(_ request: borrowing HTTPRequest) throws(Problem) {
        try checkHost(request)
        guard let origin = request.field("origin") else { return }
        switch request.method {
        case .get, .head, .options, .trace, .query: return
        case .post, .put, .patch, .delete: try checkOrigin(request.text(origin), request)
        }
    }

    /// A name of the page's own that leads to our address (DNS rebinding) would make its requests look as if they came from the same
    /// origin.
    private func checkHost(_ request: borrowing HTTPRequest) throws(Problem) {
        guard let hostNames, let host = request.host else { return }
        if request.matches(host, "localhost") || Self.isAddress(request, host) { return }
        let name = Self.withoutPort(request.text(host)).lowercased()
        if name.isEmpty || name == "localhost" || name.hasSuffix(".localhost") || hostNames.contains(name) { return }
        throw .request(
            421, "This server does not answer to the name `\(name)`. Use an IP address or localhost, or add the name to its host names.")
    }

    private func checkOrigin(_ origin: String, _ request: borrowing HTTPRequest) throws(Problem) {
        if crossOrigin.allows(origin) { return }
        let own = request.host.map { request.text($0).lowercased() } ?? ""
        let origin = origin.lowercased()
        if !own.isEmpty, origin == "http://\(own)" || origin == "https://\(own)" { return }
        throw Problem(403, .permission, "A web page of `\(origin)` may not write here.")
    }

    /// Whether a host is made of the characters of IP addresses and ports only.
    private static func isAddress(_ request: borrowing HTTPRequest, _ range: Range<Int>) -> Bool {
        let head = request.head
        let bytes = head.span
        if let first = range.first, bytes[first] == UInt8(ascii: "[") { return true }
        for index in range {
            switch bytes[index] {
            case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: ":"): continue
            default: return false
            }
        }
        return !range.isEmpty
    }

    private static func withoutPort(_ host: String) -> String {
        guard let colon = host.lastIndex(of: ":"), host[colon...].dropFirst().allSatisfy(\.isNumber) else { return host }
        return String(host[..<colon])
    }
}
