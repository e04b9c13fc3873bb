import Ground
import ReQLish
import Synchronization

/// The shares of clients that proved no account, by their networks: how many connections, and how often they may guess.
final class ClientShares: Sendable {
    private struct State {
        var connections: [String: Int] = [:]
        /// When the answer to each network's last wrong guess goes out.
        var guesses: [String: MonotonicTime] = [:]
    }

    private let limit: Int
    private let proxies: TrustedProxies
    private let state = Mutex(State())

    /// Answers to wrong guesses of one network that go out in the time for which a single one is held back.
    private static let guessesTogether = 20
    /// With more networks than this, those whose time is over are forgotten.
    private static let mostNetworks = 4096

    init(_ configuration: HTTPConfiguration) {
        limit = configuration.connectionsOfClient ?? max(1, configuration.connections / 2)
        proxies = TrustedProxies(configuration.trustedProxies)
    }

    /// What counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, which one household has.
    static func network(of client: QueryClient?) -> String { client.map { LoginQueue.network(of: $0.address) } ?? "" }

    /// A connection begins.
    /// - Returns: the network to give it back for; nil for a proxy, behind which there are many.
    func take(for client: QueryClient?) -> (network: String?, isRefused: Bool) {
        if let client, proxies.contain(client.address) { return (nil, false) }
        let network = Self.network(of: client)
        return state.withLock { state in
            let count = state.connections[network, default: 0]
            guard count < limit else { return (nil, true) }
            state.connections[network] = count + 1
            return (network, false)
        }
    }

    /// A connection has ended, or has proved an account.
    func giveBack(_ network: String) {
        state.withLock { state in
            guard let count = state.connections[network] else { return }
            state.connections[network] = count > 1 ? count - 1 : nil
        }
    }

    /// When the answer to a wrong guess goes out: not before its time, and not at once with many others of the client's.
    func answerTime(of client: QueryClient?, after start: MonotonicTime, heldBack: Duration) -> MonotonicTime {
        let time = start + heldBack
        if heldBack == .zero { return time }
        let network = Self.network(of: client)
        return state.withLock { state in
            if state.guesses.count >= Self.mostNetworks { state.guesses = state.guesses.filter { $0.value > start } }
            let answer = state.guesses[network].map { max(time, $0 + heldBack / Self.guessesTogether) } ?? time
            state.guesses[network] = answer
            return answer
        }
    }
}

/// Proxies whose word counts on where a request comes from.
struct TrustedProxies: Sendable {
    private let addresses: Set<String>

    /// - Parameter addresses: numeric ones.
    init(_ addresses: [String]) {
        self.addresses = Set(addresses.map(Self.plain))
    }

    func contain(_ address: String) -> Bool { !addresses.isEmpty && addresses.contains(Self.plain(address)) }

    /// Where a request comes from that such a proxy sent: the last address before the proxies. A client can write whatever it likes, but
    /// only before what they add.
    func origin(of request: borrowing HTTPRequest, from client: QueryClient?) -> QueryClient? {
        guard let client, contain(client.address) else { return client }
        for address in Self.path(request).reversed() where !contain(address) { return QueryClient(address: address, port: 0) }
        return client
    }

    /// The addresses of `Forwarded` (RFC 7239), or else of `X-Forwarded-For`.
    private static func path(_ request: borrowing HTTPRequest) -> [String] {
        if let list = request.list("forwarded") {
            return list.split(separator: ",").compactMap { element in
                let pair = element.split(separator: ";").map(\.trimmedBlanks).first { $0.lowercased().hasPrefix("for=") }
                return pair.map { address(String($0.dropFirst(4))) }
            }
        }
        return request.list("x-forwarded-for")?.split(separator: ",").map { address(String($0.trimmedBlanks)) } ?? []
    }

    /// Without quotes, brackets and a port.
    private static func address(_ text: String) -> String {
        let text = text.filter { $0 != "\"" }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[text.index(after: text.startIndex)..<end]) }
        return text.count(where: { $0 == ":" }) == 1 ? String(text.prefix { $0 != ":" }) : text
    }

    /// An IPv4 address that came to a socket of IPv6 is one of IPv4.
    private static func plain(_ address: String) -> String {
        let address = address.lowercased()
        return address.hasPrefix("::ffff:") && address.contains(".") ? String(address.dropFirst(7)) : address
    }
}
