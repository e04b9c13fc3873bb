import Ground
import ReQLish
import Synchronization

/// The search for the account of a request. A request with `Authorization` (`Basic`, or `Bearer` with a token) must prove what it says; one
/// without is `admin`'s while `admin` has the empty password, and refused otherwise. What an account may do is decided elsewhere.
final class HTTPAccess: Sendable {
    /// The account that a field proved.
    private struct Known {
        let user: String
        let proof: LoginProof
    }

    /// The account of a request, and how it was proved.
    struct Identity {
        let user: String
        let proof: LoginProof
    }

    /// The most fields that are remembered as good: passwords are slow to check, and clients repeat theirs with every request.
    private static let mostKnown = 4096

    private let catalog: Catalog
    private let authenticator: Authenticator
    /// Keyed by the field's code under a key of this process: passwords don't stay in memory, and a client can't choose where its entry
    /// goes. An entry counts only while the account has that very credential, or the token is there.
    private let known = Mutex<[[UInt8]: Known]>([:])
    private let hash = HMAC(key: .random(SHA256.byteCount))

    init(_ catalog: Catalog) {
        self.catalog = catalog
        authenticator = Authenticator(catalog)
    }

    /// Whether ``glance(_:certified:)`` asks nobody who may be away: a loop, which has others to serve, must not wait for an engine.
    func isAtHand(_ request: borrowing HTTPRequest, certified: String? = nil) -> Bool {
        guard catalog.waitsForEngine else { return true }
        guard let field = request.field("authorization") else {
            return catalog.knownUser(certified ?? UserConfig.administrator) != nil
        }
        let code = hash.code(of: request.head.bytes(in: field))
        // Of a password that has yet to be checked nothing is looked up here.
        guard let known = known.withLock({ $0[code] }) else { return !request.text(field).lowercased().hasPrefix("bearer") }
        if case .token(let token) = known.proof { return catalog.knownToken(token.id) != nil }
        return catalog.knownUser(known.user) != nil
    }

    /// Decides what takes no time.
    /// - Parameter certified: the name in the client's certificate.
    /// - Returns: nil if a password has to be checked.
    func glance(_ request: borrowing HTTPRequest, certified: String? = nil) throws(Problem) -> Identity? {
        guard let field = request.field("authorization") else {
            if let certified { return try identity(certified) }
            guard try isOpen else { throw Self.refusal("The server needs a user and a password.") }
            return Identity(user: UserConfig.administrator, proof: .nothing)
        }
        let code = hash.code(of: request.head.bytes(in: field))
        guard let known = known.withLock({ $0[code] }) else {
            // Checking a token takes one hash. A field that is neither token nor password is not a guess.
            guard let token = try Self.token(request.text(field)) else {
                _ = try Self.basic(request.text(field))
                return nil
            }
            let config = try check(token)
            remember(code, Known(user: config.user, proof: .token(config)))
            return Identity(user: config.user, proof: .token(config))
        }
        switch known.proof {
        case .password(let credential):
            if try self.credential(of: known.user) == credential { return Identity(user: known.user, proof: known.proof) }
        case .token(let token):
            if !token.isExpired, try stored(token.id) == token { return Identity(user: known.user, proof: known.proof) }
        case .nothing, .certificate: break
        }
        self.known.withLock { $0[code] = nil }
        return try glance(request)
    }

    /// Checks the password. Slow.
    func check(_ request: borrowing HTTPRequest) throws(Problem) -> Identity {
        // Another request of the same client may have been faster.
        if let identity = try glance(request) { return identity }
        guard let field = request.field("authorization") else { throw Self.refusal("The server needs a user and a password.") }
        let (user, password) = try Self.basic(request.text(field))
        let credential = try credential(of: user)
        // Unknown names take as long as known ones.
        guard (credential ?? authenticator.decoy(for: user)).accepts(password: password), let credential else {
            throw Self.refusal("The user name or the password is wrong.")
        }
        remember(hash.code(of: request.head.bytes(in: field)), Known(user: user, proof: .password(credential)))
        return Identity(user: user, proof: .password(credential))
    }

    private func remember(_ code: [UInt8], _ found: Known) {
        known.withLock { known in
            if known.count >= Self.mostKnown { known.removeAll() }
            known[code] = found
        }
    }

    /// Who shows a certificate is that account, if there is one of that name.
    private func identity(_ certified: String) throws(Problem) -> Identity {
        let isKnown: Bool
        do throws(CatalogError) { isKnown = try catalog.newestAccount(certified) != nil } catch { throw Problem(error) }
        guard isKnown else { throw Self.refusal("There is no account `\(certified)`, which the client's certificate names.") }
        return Identity(user: certified, proof: .certificate)
    }

    private func check(_ token: (id: String, secret: String)) throws(Problem) -> TokenConfig {
        guard let config = try stored(token.id), config.accepts(secret: token.secret), !config.isExpired else {
            throw Self.refusal("The token is unknown, revoked or expired.")
        }
        return config
    }

    private func stored(_ id: String) throws(Problem) -> TokenConfig? {
        do throws(CatalogError) { return try catalog.newestToken(id) } catch { throw Problem(error) }
    }

    /// Whether `admin` has the empty password.
    private var isOpen: Bool {
        get throws(Problem) {
            do throws(CatalogError) {
                return try !(catalog.newestAccount(UserConfig.administrator)?.hasPassword ?? false)
            } catch {
                throw Problem(error)
            }
        }
    }

    private func credential(of user: String) throws(Problem) -> Credential? {
        do throws(LoginError) {
            return try authenticator.credential(of: user)
        } catch {
            throw Problem(500, .operationFailed, error.message)
        }
    }

    private static func refusal(_ detail: String) -> Problem {
        Problem(401, .permission, detail).with("WWW-Authenticate", "Bearer realm=\"pando\"")
            .with("WWW-Authenticate", "Basic realm=\"pando\", charset=\"UTF-8\"")
    }

    /// RFC 6750. Nil for another scheme.
    private static func token(_ text: String) throws(Problem) -> (id: String, secret: String)? {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        guard let token = TokenConfig.parse(String(parts[1])) else { throw refusal("What follows `Bearer` is not a token of Pando's.") }
        return token
    }

    /// RFC 7617.
    private static func basic(_ text: String) throws(Problem) -> (user: String, password: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.decode(String(parts[1])),
            let pair = String(validating: bytes, as: UTF8.self), let colon = pair.firstIndex(of: ":")
        else { throw refusal("The field Authorization is neither `Basic` with a user and a password in Base64 nor `Bearer` with a token.") }
        return (String(pair[..<colon]), String(pair[pair.index(after: colon)...]))
    }
}

// MARK: What the account may do

// Decided where it is for queries. What is missing is reported before a permission that is missing, as queries do.
extension PandoExchange {
    func require(_ permission: Permission, _ scope: PermissionScope, in snapshot: CatalogSnapshot) throws {
        if user == UserConfig.administrator { return }
        try snapshot.require(permission, scope, of: user ?? "")
    }

    func require(_ permission: Permission, on table: TableConfig, in snapshot: CatalogSnapshot) throws {
        try require(permission, PermissionScope(table), in: snapshot)
    }

    /// Before a transaction begins.
    func require(_ permissions: [Permission], on path: TablePath) throws {
        if user == UserConfig.administrator { return }
        let snapshot = try readState()
        let table = try snapshot.existingTable(path)
        for permission in permissions { try require(permission, on: table, in: snapshot) }
    }
}
