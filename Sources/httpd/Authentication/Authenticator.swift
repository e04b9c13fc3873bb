import Ground
import ReQLish

/// The accounts that may connect: those that the file has now, and `admin`, whose password is empty until it is given another.
struct Authenticator: Sendable {
    typealias Lookup = @Sendable (_ user: String) -> Result<Credential?, CatalogError>

    private let lookup: Lookup
    /// Makes the salts of unknown users, always the same for a name, so that salts don't tell which users there are.
    private let decoys = HMAC(key: .random(SHA256.byteCount))

    init(lookup: @escaping Lookup) {
        self.lookup = lookup
    }

    init(_ catalog: Catalog) {
        // The credential that `admin` has while none is stored takes thousands of hashes: it is made now, and not while a client waits.
        _ = try? catalog.snapshot().account(UserConfig.administrator)
        self.init { user in Result { () throws(CatalogError) in try catalog.newestAccount(user)?.credential } }
    }

    /// The user's credential; nil if there is no such user.
    func credential(of user: String) throws(LoginError) -> Credential? {
        do throws(CatalogError) {
            return try lookup(user).get()
        } catch {
            throw LoginError(19, "The accounts can't be read. \(error.message)")
        }
    }

    func decoy(for user: String) -> Credential {
        .decoy(salt: Array(decoys.code(of: Array(user.utf8)).prefix(Credential.saltByteCount)))
    }
}
