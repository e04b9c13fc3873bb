import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A system thread that runs one closure.
final class Thread {
    private final class Body: Sendable {
        let run: @Sendable () throws -> Void
        let failure = Mutex<(any Error)?>(nil)
        init(_ run: @escaping @Sendable () throws -> Void) { self.run = run }
    }

    private let body: Body
    private let handle: pthread_t

    init(_ run: @escaping @Sendable () throws -> Void) {
        body = Body(run)
        let argument = unsafe Unmanaged.passRetained(body).toOpaque()
        #if canImport(Darwin)
            var handle: pthread_t?
        #else
            var handle = pthread_t()
        #endif
        // The parameter's optionality differs between systems.
        let status = unsafe pthread_create(
            &handle, nil,
            { argument in
                unsafe Thread.run(argument)
                return nil
            }, argument)
        precondition(status == 0, "the system makes no more threads")
        #if canImport(Darwin)
            self.handle = handle!
        #else
            self.handle = handle
        #endif
    }

    /// Waits for the thread's end and throws what its closure threw.
    func join() throws {
        pthread_join(handle, nil)
        if let failure = body.failure.withLock({ $0 }) { throw failure }
    }

    private static func run(_ argument: UnsafeMutableRawPointer?) {
        let body = unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
        do { try body.run() } catch { body.failure.withLock { $0 = error } }
    }
}
