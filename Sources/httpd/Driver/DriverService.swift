import ReQLish

/// What all connections of drivers share.
final class DriverService: Sendable {
    let pando: Pando
    let authenticator: Authenticator
    let limits: DriverLimits

    init(pando: Pando, authenticator: Authenticator, limits: DriverLimits) {
        self.pando = pando
        self.authenticator = authenticator
        self.limits = limits
    }

    /// What the server says about itself. The name may change while it runs.
    var serverInfo: Datum {
        ["id": Datum(pando.catalog.fileID), "name": Datum(pando.server.name(in: pando.catalog)), "proxy": false]
    }
}
