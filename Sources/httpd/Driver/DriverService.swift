import ReQLish

/// The parts that all connections of drivers share.
final class DriverService: Sendable {
    let pando: Pando
    let authenticator: Authenticator
    let limits: DriverLimits
    /// How many queries an account may begin; those over HTTP count as well.
    let limiter: RateLimiter

    init(pando: Pando, authenticator: Authenticator, limits: DriverLimits, limiter: RateLimiter = RateLimiter(rate: 0)) {
        self.pando = pando
        self.authenticator = authenticator
        self.limits = limits
        self.limiter = limiter
    }

    /// What the server says about itself. The name may change while it runs.
    var serverInfo: Datum {
        ["id": Datum(pando.catalog.fileID), "name": Datum(pando.server.name(in: pando.catalog)), "proxy": false]
    }
}
