import ReQLish
import Synchronization

/// The proof of an account.
enum LoginProof: Sendable, Hashable {
    /// Nothing: `admin` has the empty password, and the request named nobody.
    case nothing
    case password(Credential)
    case token(TokenConfig)
    /// A certificate with the account's name, shown in the handshake of TLS.
    case certificate
}

/// An account that was proved, for what lasts longer than a request: a driver's connection, a feed, a long answer. It ends with what proved
/// it: a token that is revoked or expires, a password that is changed, an account that is dropped, also if another one gets its name.
final class Login: Sendable {
    let user: String
    private let proof: LoginProof
    private let catalog: Catalog
    private let authenticator: Authenticator?
    /// The version of the metadata with which it was last found to hold.
    private let knownVersion = Atomic<Int>(-1)

    /// - Parameter authenticator: knows the accounts, if it isn't the file.
    init(user: String, _ proof: LoginProof, _ catalog: Catalog, _ authenticator: Authenticator? = nil) {
        self.authenticator = authenticator
        self.user = user
        self.proof = proof
        self.catalog = catalog
    }

    /// Throws `permission` once it holds no more. Nothing to do unless accounts, tables or databases have changed since the last time.
    func check() throws(ReQLError) {
        if case .token(let token) = proof, token.isExpired { throw Self.ended("The token has expired.") }
        let version: Int
        do { version = try catalog.newestMetadataVersion() } catch { throw ReQLError(error) }
        guard knownVersion.load(ordering: .relaxed) != version else { return }
        do throws(CatalogError) {
            let snapshot = try catalog.snapshot()
            func current() throws(CatalogError) -> Credential? {
                guard let authenticator else { return try snapshot.account(user)?.credential }
                do { return try authenticator.credential(of: user) } catch { throw CatalogError(.io, error.message) }
            }
            switch proof {
            case .nothing:
                guard try snapshot.account(user)?.hasPassword == false else {
                    throw CatalogError(.invalidAccount, "There is a password now.")
                }
            case .password(let credential):
                guard try current() == credential else {
                    throw CatalogError(.invalidAccount, "The account is gone, or has another password.")
                }
            case .certificate: guard try snapshot.account(user) != nil else { throw CatalogError(.invalidAccount, "The account is gone.") }
            case .token(let token):
                guard try snapshot.token(token.id) == token else { throw CatalogError(.invalidAccount, "The token was revoked.") }
            }
        } catch {
            throw error.kind == .invalidAccount ? Self.ended(error.message) : ReQLError(error)
        }
        knownVersion.store(version, ordering: .relaxed)
    }

    /// Whether ``check()`` has nothing to look up, where this process alone writes.
    var isKnown: Bool { knownVersion.load(ordering: .relaxed) == catalog.metadataVersion }

    private static func ended(_ why: String) -> ReQLError {
        ReQLError(.permission, "What proved the account holds no more: \(why) Log in again.")
    }
}
