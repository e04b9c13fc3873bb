#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// Threads and blocking, from the system's pthread calls. Raw memory, because those take pointers:
//
// - A monitor's mutex and condition are allocated once, initialised before anybody sees them, never moved, and destroyed when the
//   last reference to the monitor goes. Its state is touched only while the mutex is held.
// - A new thread gets its body as a retained reference that is taken over exactly once, by that thread, or released here if
//   the thread could not be made.

/// A thread with a stack of a size of our choosing.
enum BigStackThread {
    /// Whether the caller runs on such a thread.
    static var isCurrent: Bool {
        unsafe pthread_getspecific(key) != nil
    }

    /// Starts a thread that ends with `body`. False if the system has no more threads or memory for one.
    static func start(stackByteCount: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        guard unsafe pthread_attr_init(&attributes) == 0 else { return false }
        defer { unsafe _ = pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackByteCount)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let job = unsafe Unmanaged.passRetained(Job(body))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let status = unsafe pthread_create(&thread, &attributes, runJob, job.toOpaque())
        if status != 0 { unsafe job.release() }
        return status == 0
    }

    fileprivate final class Job {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Marks our threads.
    fileprivate static let key: pthread_key_t = {
        var key = pthread_key_t()
        unsafe pthread_key_create(&key, nil)
        return key
    }()
}

#if canImport(Darwin)
    private func runJob(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        unsafe run(context)
        return nil
    }
#else
    private func runJob(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let context = unsafe context { unsafe run(context) }
        return nil
    }
#endif

private func run(_ context: UnsafeMutableRawPointer) {
    // Any pointer marks the thread, as long as it is not null.
    unsafe pthread_setspecific(BigStackThread.key, context)
    let job = unsafe Unmanaged<BigStackThread.Job>.fromOpaque(context).takeRetainedValue()
    job.body()
}

/// State that threads share and wait for.
@safe final class Monitor<State>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    init(_ state: sending State) {
        self.state = state
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

    /// Changes the state and wakes all who wait.
    func update<Result>(_ body: (inout State) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_broadcast(condition)
            unsafe pthread_mutex_unlock(mutex)
        }
        return body(&state)
    }

    /// Blocks until `body` answers something, asking it again whenever the state has changed.
    func wait<Result>(_ body: (inout State) -> Result?) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe _ = pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            unsafe pthread_cond_wait(condition, mutex)
        }
    }

    /// Blocks as ``wait(_:)`` does, until `time` at the longest; nil if nothing was answered by then.
    @discardableResult
    func wait<Result>(until time: ContinuousClock.Instant?, _ body: (inout State) -> Result?) -> Result? {
        guard let time else { return wait(body) }
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe _ = pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            let left = time - .now
            guard left > .zero else { return nil }
            // The condition knows the clock on the wall only. Should that be set, we look too early or too late, once.
            var wake = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &wake)
            let (seconds, attoseconds) = min(left, .seconds(3600)).components
            wake.tv_sec += Int(seconds)
            wake.tv_nsec += Int(attoseconds / 1_000_000_000)
            if wake.tv_nsec >= 1_000_000_000 {
                wake.tv_nsec -= 1_000_000_000
                wake.tv_sec += 1
            }
            unsafe _ = pthread_cond_timedwait(condition, mutex, &wake)
        }
    }
}
