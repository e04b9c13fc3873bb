import ReQLish
import Synchronization

/// Who may use HTTP. As long as `admin` has the empty password everybody may, and does everything as `admin`; once there is a password,
/// requests bring it (`Authorization: Basic`), or are refused. Other accounts have no way in by HTTP.
final class HTTPAccess: Sendable {
    private let catalog: Catalog
    /// The field that was found good last, hashed under a key of this process, with the account it was good for: passwords are slow to check,
    /// and connections repeat theirs with every request.
    private let known = Mutex<(field: [UInt8], account: UserConfig)?>(nil)
    private let hash = HMAC(key: .random(SHA256.byteCount))

    init(_ catalog: Catalog) {
        self.catalog = catalog
    }

    enum Verdict {
        case allowed
        /// There is a password to be checked, which takes time.
        case unknown
    }

    /// What can be said at once.
    /// - Throws: a request without a password where one is needed.
    func glance(_ request: HTTPRequest) throws(Problem) -> Verdict {
        guard let account = try account() else { return .allowed }
        guard let field = request.field("authorization") else { throw Self.refusal("The server needs a user and a password.") }
        let given = hash.code(of: Array(request.text(field).utf8))
        let isKnown = known.withLock { known in
            known.map { $0.account == account && $0.field.equalsInConstantTime(given) } ?? false
        }
        return isKnown ? .allowed : .unknown
    }

    /// Checks the password. Slow, unless it is the one that was good last.
    func check(_ request: HTTPRequest) throws(Problem) {
        guard try glance(request) == .unknown, let account = try account(), let field = request.field("authorization") else { return }
        let text = request.text(field)
        guard let (user, password) = Self.basic(text) else {
            throw Self.refusal("The field Authorization is not `Basic` with a user and a password in Base64.")
        }
        // Who it is makes no difference to the time it takes.
        guard account.credential.accepts(password: password), user == account.name else {
            throw Self.refusal("The user name or the password is wrong; over HTTP the user is `\(UserConfig.administrator)`.")
        }
        let given = hash.code(of: Array(text.utf8))
        known.withLock { $0 = (given, account) }
    }

    /// `admin`, if it has a password.
    private func account() throws(Problem) -> UserConfig? {
        do throws(CatalogError) {
            guard let user = try catalog.snapshot().user(UserConfig.administrator), user.hasPassword else { return nil }
            return user
        } catch {
            throw Problem(error)
        }
    }

    private static func refusal(_ detail: String) -> Problem {
        Problem(401, .permission, detail).with("WWW-Authenticate", "Basic realm=\"pando\", charset=\"UTF-8\"")
    }

    /// RFC 7617.
    private static func basic(_ text: String) -> (user: String, password: String)? {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.decode(String(parts[1])),
            let pair = String(validating: bytes, as: UTF8.self), let colon = pair.firstIndex(of: ":")
        else { return nil }
        return (String(pair[..<colon]), String(pair[pair.index(after: colon)...]))
    }
}

extension Route {
    /// Whether it says nothing but that the server runs, and so needs no password.
    var isOpen: Bool {
        switch self {
        case .live, .ready: true
        default: false
        }
    }
}
