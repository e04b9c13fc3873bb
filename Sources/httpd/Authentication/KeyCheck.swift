import ReQLish

/// A key that is to be compared with a password.
struct KeyCheck: Sendable, Hashable {
    let key: String
    let credential: Credential

    /// Whether it takes no time, because one of the two is empty.
    var isQuick: Bool { key.isEmpty || credential.isEmptyPassword }

    /// Slow, unless it is quick.
    func isRight() -> Bool { credential.accepts(password: key) }
}

/// The check of a key on the thread that checks passwords.
///
/// Why this is safe: it belongs to one thread at a time, as all work does.
final class KeyProof: Work, @unchecked Sendable {
    private let check: KeyCheck
    private(set) var isRight = false

    init(_ check: KeyCheck) {
        self.check = check
    }

    let isNew = true
    func perform(_ flush: DeferredFlush?) { isRight = check.isRight() }
    func fail(_ error: CatalogError) {}
    func close() {}
}
