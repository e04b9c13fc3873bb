/// The directions that a descriptor is ready for.
struct Readiness: OptionSet, Sendable {
    let rawValue: UInt8
    /// There are bytes, an end, or connections to accept.
    static let readable = Readiness(rawValue: 1)
    static let writable = Readiness(rawValue: 2)
    /// The client has shut its write side: behind the bytes there is an end to be read.
    static let ended = Readiness(rawValue: 8)
    /// The connection is gone in both directions.
    static let gone = Readiness(rawValue: 4)
}

/// One thing that happened: to the descriptor that was added with this token.
struct ReadyEvent: Sendable {
    let token: UInt64
    let readiness: Readiness
}

extension EventQueue {
    /// The token of events that only end a wait; see ``Waker``.
    static let wakeToken = UInt64.max
}
