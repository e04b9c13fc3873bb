#if KNOWN_LOCKS
    private import CSystem

    #if canImport(Darwin)
        import Darwin
    #elseif canImport(Glibc)
        import Glibc
    #endif

    /// A mutex that the thread sanitizer knows, in the place of `Synchronization.Mutex`, whose waiting it doesn't see.
    struct Mutex<Value: ~Copyable>: ~Copyable, Sendable {
        private let box: Box

        /// Its contents are used under the lock only.
        @safe private final class Box: @unchecked Sendable {
            let lock: UnsafeMutablePointer<pthread_mutex_t>
            var value: Value

            init(_ value: consuming sending Value) {
                unsafe lock = .allocate(capacity: 1)
                unsafe lock.initialize(to: pthread_mutex_t())
                unsafe pthread_mutex_init(lock, nil)
                self.value = value
            }

            deinit {
                unsafe pthread_mutex_destroy(lock)
                unsafe lock.deallocate()
            }
        }

        init(_ value: consuming sending Value) { box = Box(value) }

        borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            unsafe pthread_mutex_lock(box.lock)
            defer { unsafe pthread_mutex_unlock(box.lock) }
            return try body(&box.value)
        }

        borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result? {
            guard unsafe pthread_mutex_trylock(box.lock) == 0 else { return nil }
            defer { unsafe pthread_mutex_unlock(box.lock) }
            return try body(&box.value)
        }
    }
#endif
