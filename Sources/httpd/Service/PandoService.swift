import Ground
import ReQLish

/// Answers HTTP requests from one ``Pando``.
///
/// Every way to a document, in the routes as in queries, ends at the same methods of `CatalogSnapshot` and `CatalogTransaction`, so none
/// can go past what they keep up to date.
final class PandoService: HTTPService {
    let pando: Pando
    let configuration: HTTPConfiguration
    let counters: ServerCounters
    let gate: RequestGate
    let access: HTTPAccess
    let crossOrigin: CrossOrigin
    let limiter: RateLimiter
    let encryption: ServerEncryption

    init(pando: Pando, configuration: HTTPConfiguration, counters: ServerCounters, encryption: ServerEncryption? = nil) {
        self.pando = pando
        self.configuration = configuration
        self.counters = counters
        self.encryption = encryption ?? ServerEncryption(configuration)
        gate = RequestGate(configuration)
        access = HTTPAccess(pando.catalog)
        pando.holdDeclarations()
        crossOrigin = CrossOrigin(configuration)
        limiter = RateLimiter(rate: configuration.requestRate)
    }

    func exchange(_ counters: ServerCounters) -> Exchange { PandoExchange(self) }
}
