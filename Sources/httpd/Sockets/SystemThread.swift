#if canImport(Darwin)
    import Darwin
#else
    import CSystem
    import Glibc
#endif

/// A thread of our own, with a stack of a chosen size. Blocking work runs on these, never on Swift's cooperative pool.
///
/// Why this is safe: the body travels to the thread as a retained reference that the thread takes back exactly once.
@safe final class SystemThread: @unchecked Sendable {
    /// How a thread shares the processors with others, as far as the system's scheduler goes along.
    enum Turns: Sendable {
        case ordinary
        /// Short ones, and at once when it wakes up: for a thread that does little each time, and for whom others wait.
        case short
        /// After the other threads of the process: for long work.
        case last
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let thread: pthread_t

    /// Starts a thread.
    /// - Parameters:
    ///   - stackBytes: rounded up to what the system allows.
    init(stackBytes: Int, turns: Turns = .ordinary, _ run: @escaping @Sendable () -> Void) throws(ServerError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, max(stackBytes, 256 * 1024))
        let body = unsafe Unmanaged.passRetained(
            Body {
                #if !canImport(Darwin)
                    switch turns {
                    case .ordinary: break
                    case .short: pando_take_short_turns()
                    case .last: pando_stand_back()
                    }
                #endif
                run()
            })
        #if canImport(Darwin)
            var thread: pthread_t?
            let status = unsafe pthread_create(
                &thread, &attributes,
                { argument in
                    unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                    return nil
                }, body.toOpaque())
        #else
            var thread: pthread_t = 0
            let status = unsafe pthread_create(
                &thread, &attributes,
                { argument in
                    if let argument = unsafe argument { unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                    return nil
                }, body.toOpaque())
        #endif
        guard status == 0 else {
            unsafe body.release()
            throw ServerError(.system, "Cannot start a thread: \(systemMessage(status)).")
        }
        #if canImport(Darwin)
            guard let thread = unsafe thread else { throw ServerError(.system, "Cannot start a thread.") }
        #endif
        self.thread = thread
    }

    /// Waits until the thread has ended. Once only, and not on the thread itself.
    func join() {
        #if canImport(Darwin)
            _ = unsafe pthread_join(thread, nil)
        #else
            _ = pthread_join(thread, nil)
        #endif
    }
}

/// A lock with a condition, for threads that wait for each other.
///
/// Why this is safe: lock and condition stay at one address for the life of the object, as the system wants.
@safe final class Monitor: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

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

    func lock() { unsafe pthread_mutex_lock(mutex) }
    func unlock() { unsafe pthread_mutex_unlock(mutex) }
    /// Gives the lock up until ``signal()`` or ``signalAll()``; may also return without either.
    func wait() { unsafe pthread_cond_wait(condition, mutex) }
    func signal() { unsafe pthread_cond_signal(condition) }
    func signalAll() { unsafe pthread_cond_broadcast(condition) }
}

/// Seconds since 1970, UTC.
func wallClockSeconds() -> Int64 {
    Int64(time(nil))
}
