import ReQLish

/// What all connections of drivers share.
final class DriverService: Sendable {
    let pando: Pando
    let authenticator: Authenticator
    let limits: DriverLimits
    /// What the server says about itself.
    let serverInfo: Datum

    init(pando: Pando, authenticator: Authenticator, limits: DriverLimits) {
        self.pando = pando
        self.authenticator = authenticator
        self.limits = limits
        serverInfo = ["id": Datum(pando.catalog.fileID), "name": "pando", "proxy": false]
    }
}
