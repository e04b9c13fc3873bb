#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A place that each thread has one of, for what it works for at the moment.
///
/// Why this is safe: an object is only in its place while ``with(_:_:)`` runs, on the same thread, which keeps it alive; and whoever reads
/// the place names the class that the slot was made for.
@usableFromInline package struct ThreadSlot<Object: AnyObject & Sendable>: Sendable {
    /// Nil if the system has no more of them: then the place is always empty.
    private let key: pthread_key_t?

    package init() {
        var key = pthread_key_t()
        self.key = unsafe pthread_key_create(&key, nil) == 0 ? key : nil
    }

    /// What the thread works for; nil: for nobody.
    package var object: Object? {
        guard let key, let address = unsafe pthread_getspecific(key) else { return nil }
        return unsafe Unmanaged<Object>.fromOpaque(address).takeUnretainedValue()
    }

    /// Calls `body`, during which the thread works for `object`.
    @inlinable @inline(__always)
    package func with<Result, Failure: Error>(_ object: Object, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let before = unsafe put(Unmanaged.passUnretained(object).toOpaque())
        defer {
            unsafe putBack(before)
            withExtendedLifetime(object) {}
        }
        return try body()
    }

    /// Puts an address into the place.
    ///
    /// - Returns: the one that was there.
    @usableFromInline func put(_ address: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let key else { return nil }
        let before = unsafe pthread_getspecific(key)
        unsafe pthread_setspecific(key, address)
        return unsafe before
    }

    /// Puts back what was in the place.
    @usableFromInline func putBack(_ address: UnsafeMutableRawPointer?) {
        if let key { unsafe pthread_setspecific(key, address) }
    }
}
