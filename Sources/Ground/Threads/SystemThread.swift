import CSystem
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A thread of our own, with a stack of a chosen size. Blocking work runs on these, never on Swift's cooperative pool.
///
/// The thread ends with its body, whether or not anybody keeps this object or calls ``join()``.
///
/// Why this is safe: the body travels to the thread as a retained reference that the thread takes over exactly once, or that is released
/// here if there was no thread to be had.
@safe package final class SystemThread: @unchecked Sendable {
    // Sendable: the handle never changes, and it is given back to the system exactly once.

    /// A thread's way to share the processors with others, as far as the system's scheduler goes along.
    package enum Turns: Sendable {
        case ordinary
        /// Short turns, which begin as soon as the thread wakes up: for a thread that does little each time, and for whom others wait.
        case short
        /// Turns after those of the process's other threads: for long work.
        case last
    }

    private final class Body {
        let stackByteCount: Int
        let turns: Turns
        let run: @Sendable () -> Void

        init(stackByteCount: Int, turns: Turns, _ run: @escaping @Sendable () -> Void) {
            self.stackByteCount = stackByteCount
            self.turns = turns
            self.run = run
        }
    }

    private let thread: pthread_t
    private let isGivenBack = Atomic<Bool>(false)

    /// Starts a thread.
    ///
    /// - Parameter stackByteCount: at least 256 KiB; nil is the system's own choice.
    /// - Throws: if the system has no more threads or no memory for one.
    package init(
        stackByteCount: Int? = nil, turns: Turns = .ordinary, _ run: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe _ = pthread_attr_destroy(&attributes) }
        if let stackByteCount { unsafe pthread_attr_setstacksize(&attributes, max(stackByteCount, 256 << 10)) }
        let body = unsafe Unmanaged.passRetained(Body(stackByteCount: stackByteCount ?? 0, turns: turns, run))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let status = unsafe pthread_create(&thread, &attributes, runBody, body.toOpaque())
        if status != 0 { unsafe body.release() }
        #if canImport(Darwin)
            guard status == 0, let thread = unsafe thread else { throw SystemError("starting a thread", code: status) }
        #else
            guard status == 0 else { throw SystemError("starting a thread", code: status) }
        #endif
        self.thread = thread
    }

    deinit {
        guard !isGivenBack.exchange(true, ordering: .relaxed) else { return }
        #if canImport(Darwin)
            _ = unsafe pthread_detach(thread)
        #else
            _ = pthread_detach(thread)
        #endif
    }

    /// Waits until the body has returned. Not to be called on the thread itself; a second call returns at once.
    package func join() {
        guard !isGivenBack.exchange(true, ordering: .relaxed) else { return }
        #if canImport(Darwin)
            _ = unsafe pthread_join(thread, nil)
        #else
            _ = pthread_join(thread, nil)
        #endif
    }

    /// Lets other threads go on first.
    package static func yield() { _ = sched_yield() }

    /// The size that was chosen for the stack of the calling thread; 0 on any other thread.
    package static var currentStackByteCount: Int { unsafe Int(bitPattern: pthread_getspecific(stackKey)) }

    private static let stackKey: pthread_key_t = {
        var key = pthread_key_t()
        unsafe pthread_key_create(&key, nil)
        return key
    }()

    fileprivate static func run(_ context: UnsafeMutableRawPointer) {
        let body = unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        unsafe pthread_setspecific(stackKey, UnsafeRawPointer(bitPattern: body.stackByteCount))
        #if os(Linux)
            switch body.turns {
            case .ordinary: break
            case .short: pando_take_short_turns()
            case .last: pando_stand_back()
            }
        #endif
        body.run()
    }
}

#if canImport(Darwin)
    private func runBody(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        unsafe SystemThread.run(context)
        return nil
    }
#else
    private func runBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let context = unsafe context { unsafe SystemThread.run(context) }
        return nil
    }
#endif
