/// What `pando serve` is told of a lease.
struct LeaseSettings {
    let address: EtcdAddress
    let seconds: Int
    /// The URL by which others reach this server.
    let advertised: String
    /// Of `admin` at the other servers; empty: none is needed.
    let token: String
    /// The file of who must have signed the certificates of the others; nil: whom the system trusts.
    let authorities: String?
    let isPlainWanted: Bool
}
