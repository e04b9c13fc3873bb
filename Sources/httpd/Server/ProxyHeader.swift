import Ground
import ReQLish

/// What a proxy says before the first byte of a connection that it passes on: where that comes from. Versions 1 (a line of text) and 2
/// (binary) of the PROXY protocol.
enum ProxyHeader: Sendable, Hashable {
    case needsMore
    case invalid
    /// - Parameter client: nil if the proxy speaks for itself, or of something that has no address.
    case complete(client: QueryClient?, byteCount: Int)

    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let word = Array("PROXY".utf8)
    /// The longest line of version 1.
    private static let longestLine = 107
    /// What version 2 may add behind the addresses, which nobody reads here.
    private static let longestRest = 4096

    init(_ bytes: [UInt8]) {
        if bytes.starts(with: Self.signature.prefix(bytes.count)) {
            self = Self.binary(bytes)
        } else if bytes.starts(with: Self.word.prefix(bytes.count)) {
            self = Self.line(bytes)
        } else {
            self = .invalid
        }
    }

    // MARK: Version 1

    private static func line(_ bytes: [UInt8]) -> ProxyHeader {
        guard let end = bytes.firstIndex(of: UInt8.lineFeed) else { return bytes.count < longestLine ? .needsMore : .invalid }
        guard end < longestLine, end > 0, bytes[end - 1] == 0x0D else { return .invalid }
        let parts = String(decoding: bytes[..<(end - 1)], as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        if parts.count >= 2, parts[0] == "PROXY", parts[1] == "UNKNOWN" { return .complete(client: nil, byteCount: end + 1) }
        guard parts.count == 6, parts[0] == "PROXY", port(parts[5]) != nil, let port = port(parts[4]) else { return .invalid }
        let isAddress: (Substring) -> Bool
        switch parts[1] {
        case "TCP4": isAddress = isV4
        case "TCP6": isAddress = isV6
        default: return .invalid
        }
        guard isAddress(parts[2]), isAddress(parts[3]) else { return .invalid }
        return .complete(client: QueryClient(address: parts[2].lowercased(), port: port), byteCount: end + 1)
    }

    private static func port(_ text: Substring) -> Int? {
        guard 1...5 ~= text.utf8.count, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return Int(text).flatMap { $0 <= 65_535 ? $0 : nil }
    }

    private static func isV4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                1...3 ~= part.utf8.count && part.utf8.allSatisfy { 0x30...0x39 ~= $0 } && (Int(part) ?? 256) < 256
            }
    }

    private static func isV6(_ text: Substring) -> Bool {
        2...39 ~= text.utf8.count && text.contains(":") && text.utf8.allSatisfy { $0.hexadecimalValue != nil || $0 == UInt8(ascii: ":") }
    }

    // MARK: Version 2

    private static func binary(_ bytes: [UInt8]) -> ProxyHeader {
        guard bytes.count >= 16 else { return .needsMore }
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        guard bytes[12] >> 4 == 2, bytes[12] & 15 <= 1, length <= longestRest else { return .invalid }
        guard bytes.count >= 16 + length else { return .needsMore }
        let isLocal = bytes[12] & 15 == 0
        let client: QueryClient?
        switch bytes[13] {
        case _ where isLocal: client = nil
        case 0x11:
            guard length >= 12 else { return .invalid }
            client = QueryClient(address: v4(bytes[16..<20]), port: Int(bytes[24]) << 8 | Int(bytes[25]))
        case 0x21:
            guard length >= 36 else { return .invalid }
            client = QueryClient(address: v6(bytes[16..<32]), port: Int(bytes[48]) << 8 | Int(bytes[49]))
        default: client = nil
        }
        return .complete(client: client, byteCount: 16 + length)
    }

    private static func v4(_ bytes: ArraySlice<UInt8>) -> String { bytes.map { String($0) }.joined(separator: ".") }

    /// An IPv4 address in an IPv6 one is itself.
    private static func v6(_ bytes: ArraySlice<UInt8>) -> String {
        let bytes = Array(bytes)
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF { return v4(bytes[12...]) }
        return stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }
}

extension SocketProtocol {
    /// The same, of connections that begin with a ``ProxyHeader``.
    var behindProxy: SocketProtocol {
        SocketProtocol(scheme: scheme, audience: audience, port: port) { accepted, _ in ProxiedConnection(accepted, self) }
    }
}

/// A connection from a trusted proxy that has not said yet where it comes from. Then another one takes its place.
final class ProxiedConnection: SocketConnection {
    let spoken: SocketProtocol
    private let isRefused: Bool
    private var bytes: [UInt8] = []
    private var limit: MonotonicTime?

    init(_ accepted: AcceptedSocket, _ spoken: SocketProtocol) {
        self.spoken = spoken
        isRefused = accepted.isRefused
        super.init(accepted, channel: Channel(stallTime: .seconds(10), lingerTime: .zero))
    }

    override var wantsMore: Bool { true }
    override var isAtRest: Bool { true }
    override var deadline: MonotonicTime? { limit }

    override func receive(_ bytes: borrowing Span<UInt8>, at now: MonotonicTime) {
        for index in bytes.indices { self.bytes.append(bytes[index]) }
    }

    override func step(on loop: EventLoop) -> Bool {
        guard channel.isOpen else { return false }
        if limit == nil { limit = loop.now + loop.shared.configuration.limits.headTime }
        let isLate = channel.inputEnded || channel.isDraining || limit.map { loop.now >= $0 } ?? false
        switch ProxyHeader(bytes) {
        case .needsMore where !isLate: return false
        case .needsMore, .invalid:
            channel.cut()
            return true
        case .complete(let client, let count):
            loop.replace(self, client: client, isRefused: isRefused, rest: Array(bytes.dropFirst(count)))
            return false
        }
    }
}
