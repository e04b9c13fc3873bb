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
        // Of two, a proxy in between may have read the other one.
        for name in ["origin", "authorization"] where request.isRepeated(name) {
            throw .request(400, "The request has two fields `\(name)`.")
        }
        guard let field = request.field("origin") else { return try checkSite(request) }
        let origin = request.text(field)
        if isOwn(origin, request) { return }
        guard crossOrigin.allows(origin) else {
            switch request.method {
            case .get, .head, .options, .trace, .query: return try checkSite(request)
            case .post, .put, .patch, .delete: throw Problem(403, .permission, "A web page of `\(origin.lowercased())` may not write here.")
            }
        }
        if request.method == .options { return }
        // Such a page must name an account: running on the machine where `admin` needs no password does not make it one.
        guard let authorization = request.field("authorization") else {
            throw Problem(401, .permission, "A web page of another site has to send a token or a password.").with(
                "WWW-Authenticate", "Bearer realm=\"pando\"")
        }
        switch request.method {
        case .get, .head, .options, .trace, .query: return
        case .post, .put, .patch, .delete:
            // Browsers add a name and password that were entered in their own box by themselves, and never a token.
            guard request.text(authorization).lowercased().hasPrefix("bearer ") else {
                throw Problem(403, .permission, "A web page of another site writes with a token (`Bearer`) and not with a password.")
            }
        }
    }

    /// What a browser sends for a page of another site without telling its origin (an image, a frame, a link) gets nothing but our own
    /// page, opened as one: whether it can be loaded would tell what there is.
    private func checkSite(_ request: borrowing HTTPRequest) throws(Problem) {
        guard let site = request.field("sec-fetch-site") else { return }
        if request.matches(site, "same-origin") || request.matches(site, "none") || request.method == .options { return }
        let isPage = request.path.count == 1 && (request.method == .get || request.method == .head)
        if isPage, request.isField("sec-fetch-mode", "navigate"), request.isField("sec-fetch-dest", "document") { return }
        throw Problem(403, .permission, "A web page of another site may not ask here.")
    }

    /// Whether the origin is that of our own page.
    private func isOwn(_ origin: String, _ request: borrowing HTTPRequest) -> Bool {
        let own = request.host.map { request.text($0).lowercased() } ?? ""
        let origin = origin.lowercased()
        return !own.isEmpty && (origin == "http://\(own)" || origin == "https://\(own)")
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

    /// Whether a host is made of the characters of IP addresses and ports only.
    private static func isAddress(_ request: borrowing HTTPRequest, _ range: Range<Int>) -> Bool {
        let head = request.head
        let bytes = head.span
        if let first = range.first, bytes[first] == UInt8(ascii: "[") { return isBracketed(bytes, range) }
        for index in range {
            switch bytes[index] {
            case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: ":"): continue
            default: return false
            }
        }
        return !range.isEmpty
    }

    /// `[`, an IPv6 address, `]`, and a port or none.
    private static func isBracketed(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let end = range.first(where: { bytes[$0] == UInt8(ascii: "]") }) else { return false }
        for index in range.lowerBound + 1..<end where bytes[index].hexadecimalValue == nil && bytes[index] != UInt8(ascii: ":") {
            guard bytes[index] == UInt8(ascii: ".") else { return false }
        }
        let port = end + 1..<range.upperBound
        if port.isEmpty { return true }
        return bytes[port.lowerBound] == UInt8(ascii: ":") && port.dropFirst().allSatisfy { 0x30...0x39 ~= bytes[$0] }
    }

    private static func withoutPort(_ host: String) -> String {
        guard let colon = host.lastIndex(of: ":"), host[colon...].dropFirst().allSatisfy(\.isNumber) else { return host }
        return String(host[..<colon])
    }
}
