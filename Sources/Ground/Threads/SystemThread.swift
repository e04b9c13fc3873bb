#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Work on a thread of its own that is waited for.
///
/// Raw memory, because pthread calls take pointers: a thread gets its body as a retained reference that it takes over once, or that is
/// released here if there was no thread to be had.
@safe package final class RawThread {
    private final class Job {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    #if canImport(Darwin)
        private var thread: pthread_t?
    #else
        private var thread = pthread_t()
    #endif
    private var isRunning = false

    /// Starts `body`, or runs it at once if the system has no more threads. Whatever it touches belongs to it until ``join()``.
    package init(_ body: @escaping () -> Void) {
        let job = unsafe Unmanaged.passRetained(Job(body))
        isRunning = unsafe pthread_create(&thread, nil, runJob, job.toOpaque()) == 0
        if !isRunning {
            unsafe job.release()
            body()
        }
    }

    deinit { join() }

    /// Returns when the body has.
    package func join() {
        guard isRunning else { return }
        isRunning = false
        #if canImport(Darwin)
            if let thread = unsafe thread { _ = unsafe pthread_join(thread, nil) }
        #else
            _ = pthread_join(thread, nil)
        #endif
    }

    fileprivate static func run(_ context: UnsafeMutableRawPointer) {
        unsafe Unmanaged<Job>.fromOpaque(context).takeRetainedValue().body()
    }
}

#if canImport(Darwin)
    private func runJob(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        unsafe RawThread.run(context)
        return nil
    }
#else
    private func runJob(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let context = unsafe context { unsafe RawThread.run(context) }
        return nil
    }
#endif
