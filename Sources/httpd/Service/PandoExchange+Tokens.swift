import Ground
import ReQLish

// Tokens, which stand for an account's password over HTTP. An account sees its own; one that may write accounts sees all.
extension PandoExchange {
    private static let defaultSeconds = 30.0 * 86_400
    private static let mostSeconds = 3650.0 * 86_400
    private static let mostNoteBytes = 256

    func tokens() throws {
        let snapshot = try catalog.snapshot()
        let mayAll = try mayManage(snapshot)
        let tokens = try snapshot.tokens().filter { !$0.isExpired && (mayAll || $0.user == user) }
        send(try Datum.array(tokens.map(\.shown)))
    }

    /// `{"user": "ada", "expires_in": 86400, "note": "backup"}`, all of which may be left out.
    func issueToken() throws {
        let fields = try fields(of: "A token", ["user", "expires_in", "note"], isRequired: false)
        let user = try fields.read("user", "the name of an account", \.string) ?? self.user ?? ""
        let seconds =
            try fields.read("expires_in", "a number of seconds from 1 to \(Int(Self.mostSeconds))") {
                $0.number.flatMap { (1...Self.mostSeconds).contains($0) ? $0 : nil }
            } ?? Self.defaultSeconds
        let note = try fields.read("note", "a string", \.string) ?? ""
        guard note.utf8.count <= Self.mostNoteBytes else {
            throw Problem(422, .queryLogic, "`note` is a string of at most \(Self.mostNoteBytes) bytes.")
        }
        // A token that could issue others would never expire.
        if case .token = proof { throw Problem(403, .permission, "A token issues no tokens; use the password.") }
        let snapshot = try catalog.snapshot()
        if user != self.user { try require(.write, .users, in: snapshot) }
        try UserConfig.requireAdministrator(self.user ?? "", toChange: user)
        guard try snapshot.account(user) != nil else { throw Self.noUser(user) }
        let (token, text) = TokenConfig.make(for: user, note: note, seconds: seconds)
        try write { transaction in
            guard try transaction.snapshot().account(user) != nil else { throw Self.noUser(user) }
            try transaction.putToken(token)
            return ((), .none)
        }
        // A standby that commits wait for may need the token to connect.
        if self.transaction == nil { try catalog.sync(waitsForStandbys: false) }
        response.status = 201
        response.addTrusted("Location", "/_admin/tokens/\(token.id)")
        response.addTrusted("Cache-Control", "no-store")
        send(try token.shown.setting("token", to: Datum(text)))
    }

    func revokeToken(_ id: String) throws {
        let snapshot = try catalog.snapshot()
        let mayAll = try mayManage(snapshot)
        // Another account's token is treated like a missing one.
        guard let token = try snapshot.token(id), mayAll || token.user == user else {
            throw Problem(404, .nonExistence, "There is no token with that id.")
        }
        try UserConfig.requireAdministrator(user ?? "", toChange: token.user)
        try write { transaction in
            try transaction.deleteToken(token.id)
            return ((), .hard)
        }
        response.status = 204
    }

    private func mayManage(_ snapshot: CatalogSnapshot) throws -> Bool {
        do {
            try require(.write, .users, in: snapshot)
            return true
        } catch let error as ReQLError where error.kind == .permission {
            return false
        }
    }
}

extension TokenConfig {
    /// Everything but the secret's hash.
    fileprivate var shown: Datum {
        ["id": Datum(id), "user": Datum(user), "note": Datum(note), "created_at": Datum(createdAt), "expires_at": Datum(expiresAt)]
    }
}
