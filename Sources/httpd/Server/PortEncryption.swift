import Ground
import Synchronization
import TLS

/// TLS at a port. Its certificates can be exchanged while it serves: new connections have the new ones, others keep theirs.
final class PortEncryption: Sendable {
    let handshakes = Atomic<Int>(0)
    let failures = Atomic<Int>(0)
    private let innerProtocol: TLSContext.InnerProtocol?
    private let state: Mutex<State>

    private struct State: Sendable {
        var configuration: TLSConfiguration
        /// Nil until the server starts.
        var context: TLSContext?
    }

    init(_ configuration: TLSConfiguration, innerProtocol: TLSContext.InnerProtocol? = nil) {
        self.innerProtocol = innerProtocol
        state = Mutex(State(configuration: configuration))
    }

    /// Reads the certificates, and loads OpenSSL before the first. Keeps those that it has if the new ones are not good.
    /// - Parameter configuration: nil: as before.
    func load(_ configuration: TLSConfiguration? = nil) throws(ServerError) {
        let configuration = configuration ?? state.withLock(\.configuration)
        do throws(TLSError) {
            let context = try TLSContext(
                server: configuration.certificates.map { .init(certificate: $0.path, key: $0.keyPath) },
                leastVersion: configuration.leastVersion == .tls13 ? .tls13 : .tls12, clients: configuration.clients,
                innerProtocol: innerProtocol, library: try LibSSL.load(configuration.libraryPath))
            state.withLock { $0 = State(configuration: configuration, context: context) }
        } catch {
            let setting = error.file.flatMap { configuration.settings[$0] }.map { "\($0): " } ?? ""
            throw ServerError(.encryption, setting + error.message)
        }
    }

    /// The end of a connection that is new; nil if there is no memory for it.
    func channel(preamble: StaticString) -> TLSChannel? {
        state.withLock(\.context).flatMap { TLSChannel($0, preamble: preamble) }
    }

    /// How long its certificates are good.
    var validities: [TLSContext.Validity] { state.withLock { $0.context?.validities ?? [] } }
}

extension TLSConfiguration {
    fileprivate var clients: TLSContext.ClientCertificates {
        guard let file = clientAuthorityPath else { return .none }
        return requiresClientCertificate ? .required(authorities: file) : .optional(authorities: file)
    }
}

/// TLS at the ports of a server, as far as they have it.
struct ServerEncryption: Sendable {
    let http: PortEncryption?
    let driver: PortEncryption?
    let postgres: PortEncryption?

    init(_ configuration: HTTPConfiguration) {
        http = configuration.tls.map { PortEncryption($0, innerProtocol: .init("http/1.1", isRequired: false)) }
        driver = configuration.driverTLS.map { PortEncryption($0) }
        postgres = configuration.postgresTLS.map { PortEncryption($0, innerProtocol: .init("postgresql", isRequired: true)) }
    }

    /// Reads all certificates.
    func load() throws(ServerError) {
        for port in ports { try port.load() }
    }

    /// Reads all certificates again, with new settings. A port whose new ones are not good keeps those that it has.
    func reload(_ configuration: HTTPConfiguration) throws(ServerError) {
        var failure: ServerError?
        for (port, configuration) in [(http, configuration.tls), (driver, configuration.driverTLS), (postgres, configuration.postgresTLS)] {
            do throws(ServerError) { try port?.load(configuration) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    var ports: [PortEncryption] { [http, driver, postgres].compactMap { $0 } }

    /// From when to when certificates are good, in seconds since 1970, each file once.
    var validities: [(file: String, begin: Double, end: Double)] { distinctValidities.map { ($0.file, $0.begin, $0.end) } }

    private var distinctValidities: [TLSContext.Validity] {
        var validities: [TLSContext.Validity] = []
        for port in ports {
            for validity in port.validities where !validities.contains(where: { $0.file == validity.file }) { validities.append(validity) }
        }
        return validities
    }

    /// What is wrong with the times of certificates now.
    var warnings: [String] {
        let now = SystemFacts.secondsSince1970
        return distinctValidities.compactMap { $0.fault(at: now) }
    }
}
