import Ground
import ReQLish

/// Who may connect: the accounts that the file has now, and `admin`, whose password is empty until it is given another.
struct Authenticator: Sendable {
    typealias Lookup = @Sendable (_ user: String) -> Result<Credential?, CatalogError>

    private let lookup: Lookup
    /// Makes the salts of users who are not there, always the same for each, so that salts don't tell who is.
    private let decoys = HMAC(key: .random(SHA256.byteCount))

    init(lookup: @escaping Lookup) {
        self.lookup = lookup
    }

    init(_ catalog: Catalog) {
        // What `admin` has as long as nothing is stored takes thousands of hashes to make: once, and not when the first client waits.
        _ = try? catalog.snapshot().account(UserConfig.administrator)
        self.init { user in Result { () throws(CatalogError) in try catalog.snapshot().account(user)?.credential } }
    }

    /// What is kept of the user's password; nil if there is no such user.
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
