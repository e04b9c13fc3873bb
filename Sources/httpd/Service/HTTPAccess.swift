import ReQLish
import Synchronization

/// Who asks. Whoever says who he is (`Authorization: Basic`) is held to it; whoever doesn't is `admin` as long as `admin` has the empty password, and
/// refused otherwise. What an account may do is decided elsewhere.
final class HTTPAccess: Sendable {
    /// What a field was good for.
    private struct Known {
        let user: String
        let credential: Credential
    }

    /// Fields that were found good are remembered, up to so many: passwords are slow to check, and clients repeat theirs with every request.
    private static let mostKnown = 4096

    private let catalog: Catalog
    private let authenticator: Authenticator
    /// By the field's code under a key of this process: the passwords themselves don't stay in memory, and nobody can aim at a place in here. What
    /// is remembered counts only while the account has that very credential.
    private let known = Mutex<[[UInt8]: Known]>([:])
    private let hash = HMAC(key: .random(SHA256.byteCount))

    init(_ catalog: Catalog) {
        self.catalog = catalog
        authenticator = Authenticator(catalog)
    }

    /// What can be said at once.
    /// - Returns: the account; nil if a password has to be checked.
    func glance(_ request: HTTPRequest) throws(Problem) -> String? {
        guard let field = request.field("authorization") else {
            guard try isOpen else { throw Self.refusal("The server needs a user and a password.") }
            return UserConfig.administrator
        }
        let code = hash.code(of: request.head.bytes(in: field))
        guard let known = known.withLock({ $0[code] }) else {
            // What is no password at all is no guess.
            _ = try Self.basic(request.text(field))
            return nil
        }
        if try credential(of: known.user) == known.credential { return known.user }
        self.known.withLock { $0[code] = nil }
        return nil
    }

    /// Checks the password. Slow.
    /// - Returns: the account.
    func check(_ request: HTTPRequest) throws(Problem) -> String {
        // Another request of the same client may have been faster.
        if let user = try glance(request) { return user }
        guard let field = request.field("authorization") else { throw Self.refusal("The server needs a user and a password.") }
        let (user, password) = try Self.basic(request.text(field))
        let credential = try credential(of: user)
        // Who it is makes no difference to the time it takes.
        guard (credential ?? authenticator.decoy(for: user)).accepts(password: password), let credential else {
            throw Self.refusal("The user name or the password is wrong.")
        }
        let code = hash.code(of: request.head.bytes(in: field))
        known.withLock { known in
            if known.count >= Self.mostKnown { known.removeAll() }
            known[code] = Known(user: user, credential: credential)
        }
        return user
    }

    /// Whether `admin` has the empty password.
    private var isOpen: Bool {
        get throws(Problem) {
            do throws(CatalogError) {
                return try catalog.snapshot().user(UserConfig.administrator).map { !$0.hasPassword } ?? true
            } catch {
                throw Problem(error)
            }
        }
    }

    private func credential(of user: String) throws(Problem) -> Credential? {
        do throws(HandshakeFailure) {
            return try authenticator.credential(of: user)
        } catch {
            throw Problem(500, .operationFailed, error.message)
        }
    }

    private static func refusal(_ detail: String) -> Problem {
        Problem(401, .permission, detail).with("WWW-Authenticate", "Basic realm=\"pando\", charset=\"UTF-8\"")
    }

    /// RFC 7617.
    private static func basic(_ text: String) throws(Problem) -> (user: String, password: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.decode(String(parts[1])),
            let pair = String(validating: bytes, as: UTF8.self), let colon = pair.firstIndex(of: ":")
        else { throw refusal("The field Authorization is not `Basic` with a user and a password in Base64.") }
        return (String(pair[..<colon]), String(pair[pair.index(after: colon)...]))
    }
}

// MARK: What the account may do

// Decided where it is for queries. What is missing is reported before a permission that is missing, as queries do.
extension PandoService {
    func require(_ permission: Permission, _ scope: PermissionScope, in snapshot: CatalogSnapshot, _ request: HTTPRequest) throws {
        if request.user == UserConfig.administrator { return }
        try snapshot.require(permission, scope, of: request.user ?? "")
    }

    func require(_ permission: Permission, on table: TableConfig, in snapshot: CatalogSnapshot, _ request: HTTPRequest) throws {
        try require(permission, PermissionScope(table), in: snapshot, request)
    }

    /// Before a transaction begins.
    func require(_ permission: Permission, on path: Route.TablePath, _ request: HTTPRequest) throws {
        if request.user == UserConfig.administrator { return }
        let snapshot = try catalog.snapshot()
        try require(permission, on: try snapshot.existingTable(path), in: snapshot, request)
    }
}

extension Route {
    /// Whether it says nothing but that the server runs, and so needs no password. The Data Explorer's own files hold no data:
    /// it is the page that asks for the password.
    var isOpen: Bool {
        switch self {
        case .live, .ready, .explorer: true
        default: false
        }
    }
}
