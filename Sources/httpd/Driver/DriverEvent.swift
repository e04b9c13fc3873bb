/// The next thing for the owner of a ``DriverConnection`` to do.
enum DriverEvent {
    /// Let the query make a step, and give it back with `complete(_:_:at:)`.
    case run(DriverQuery)
    /// Let go of what the query holds; nobody waits for that.
    case release(DriverQuery)
    /// Check the key on another thread, and report the result with `proved(_:_:at:)`.
    ///
    /// Indirect, as it is rare and many times as large as the others, which are handed on for every query.
    indirect case prove(KeyCheck)
    /// A name or a password was wrong: count it.
    case wasGuessed
}
