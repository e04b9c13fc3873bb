import Ground
import Synchronization

/// A change to databases, tables, indexes or accounts, told once it is committed.
public struct AuditEntry: Sendable, Hashable {
    /// The account; nil for an application that holds the file itself.
    public let user: String?
    package let text: LoggedText
    /// In the past tense: "dropped the table `app.users`".
    public var what: String { text.description }
}

/// The listener that hears of such changes.
final class AuditLog: Sendable {
    private let listener = Mutex<Callback<AuditEntry, Void>?>(nil)

    func listen(_ body: @escaping @Sendable (AuditEntry) -> Void) {
        listener.withLock { $0 = Callback(body) }
    }

    func tell(_ user: String?, _ notes: [LoggedText]) {
        guard let listener = listener.withLock({ $0 }) else { return }
        for note in notes { listener(AuditEntry(user: user, text: note)) }
    }
}

extension Catalog {
    /// Has `body` called, on whatever thread commits, for what is changed of databases, tables, indexes and accounts. One at a time; it
    /// must not wait.
    public func audit(_ body: @escaping @Sendable (AuditEntry) -> Void) { auditLog.listen(body) }
}
