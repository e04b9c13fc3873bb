private import CSystem

#if canImport(Darwin)
    private import Darwin
#elseif canImport(Glibc)
    private import Glibc
#endif

/// A mutex, and conditions to wait for under it. Swift's `Mutex` has none.
///
/// It is also the one to hold for as long as work takes. Who waits for it sleeps; who waits for a `Mutex` on Linux keeps a processor busy while
/// its holder has another one.
@safe package final class Monitor: @unchecked Sendable {
    // Sendable: the system's mutex and conditions are made for any thread; the pointers to them never change.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let conditions: UnsafeMutablePointer<pthread_cond_t>
    private let count: Int

    /// - Parameter count: the number of conditions, which are named by the numbers from 0 on.
    package init(conditions count: Int = 1) {
        self.count = count
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
        unsafe conditions = .allocate(capacity: count)
        unsafe conditions.initialize(repeating: pthread_cond_t(), count: count)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        #if !canImport(Darwin)
            unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        #endif
        for index in 0..<count { unsafe pthread_cond_init(conditions + index, &attributes) }
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        for index in 0..<count { unsafe pthread_cond_destroy(conditions + index) }
        unsafe pthread_mutex_destroy(mutex)
        unsafe conditions.deallocate()
        unsafe mutex.deallocate()
    }

    package func lock() { unsafe pthread_mutex_lock(mutex) }
    package func unlock() { unsafe pthread_mutex_unlock(mutex) }

    @inlinable package func withLock<Result>(_ body: () -> Result) -> Result {
        lock()
        defer { unlock() }
        return body()
    }

    /// Lets the lock go until the condition is signalled, or sooner: what is waited for must be checked again.
    package func wait(_ condition: Int = 0) {
        precondition(condition < count)
        unsafe pthread_cond_wait(conditions + condition, mutex)
    }

    /// Waits like ``wait(_:)``, but for no longer than the given time.
    package func wait(_ condition: Int = 0, microseconds: Int) {
        precondition(condition < count)
        #if canImport(Darwin)
            var time = timespec(tv_sec: microseconds / 1_000_000, tv_nsec: microseconds % 1_000_000 * 1000)
            unsafe pthread_cond_timedwait_relative_np(conditions + condition, mutex, &time)
        #else
            var time = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &time)
            let nanoseconds = time.tv_nsec + microseconds % 1_000_000 * 1000
            time.tv_sec += microseconds / 1_000_000 + nanoseconds / 1_000_000_000
            time.tv_nsec = nanoseconds % 1_000_000_000
            unsafe pthread_cond_timedwait(conditions + condition, mutex, &time)
        #endif
    }

    /// Wakes one thread that waits for the condition.
    package func signal(_ condition: Int = 0) {
        precondition(condition < count)
        unsafe pthread_cond_signal(conditions + condition)
    }

    /// Wakes all threads that wait for the condition.
    package func broadcast(_ condition: Int = 0) {
        precondition(condition < count)
        unsafe pthread_cond_broadcast(conditions + condition)
    }
}
