#if canImport(Darwin)
    private import Darwin
#elseif canImport(Glibc)
    private import Glibc
#endif

/// A door that one may pass at a time. Unlike a mutex it may be left by another thread than the one that entered: a write
/// transaction may be handed on.
@safe final class Gate: @unchecked Sendable {
    // Sendable: `isTaken` is read and written under the mutex only.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var isTaken = false

    init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Waits until nobody is inside, and enters.
    func enter() {
        unsafe pthread_mutex_lock(mutex)
        while isTaken { unsafe pthread_cond_wait(condition, mutex) }
        isTaken = true
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Enters if nobody is inside.
    func tryEnter() -> Bool {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        if isTaken { return false }
        isTaken = true
        return true
    }

    func leave() {
        unsafe pthread_mutex_lock(mutex)
        isTaken = false
        unsafe pthread_cond_signal(condition)
        unsafe pthread_mutex_unlock(mutex)
    }
}
