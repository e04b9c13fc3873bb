import Ground

#if canImport(CSystem) && os(Linux)
    import CSystem
    import Glibc

    /// The kernel's list of sockets to watch: epoll.
    ///
    /// Sockets are watched edge-triggered, for everything, once: the loop remembers what is readable and writable, and no further calls are
    /// needed. Listeners are watched level-triggered, so that a loop may leave connections for later.
    ///
    /// Why this is safe: the array given to the kernel is as long as it is told, and descriptors are plain numbers.
    @safe final class EventQueue {
        private let epoll: Int32
        private var events = unsafe [epoll_event](repeating: epoll_event(), count: 256)
        /// Ends a wait from any thread.
        let waker: Waker

        init() throws(ServerError) {
            epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
            guard epoll >= 0 else { throw ServerError(.system, "Cannot watch sockets: \(systemMessage(errno)).") }
            let event = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
            guard event >= 0 else {
                let message = systemMessage(errno)
                SystemSocket.close(epoll)
                throw ServerError(.system, "Cannot make an event descriptor: \(message).")
            }
            waker = Waker(descriptor: event)
            control(EPOLL_CTL_ADD, event, EPOLLIN.rawValue | EPOLLET.rawValue, Self.wakeToken)
        }

        deinit {
            SystemSocket.close(epoll)
            SystemSocket.close(waker.descriptor)
        }

        func add(socket: Int32, token: UInt64) {
            control(EPOLL_CTL_ADD, socket, EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue, token)
        }

        func add(listener: Int32, token: UInt64) {
            control(EPOLL_CTL_ADD, listener, EPOLLIN.rawValue, token)
        }

        func remove(_ descriptor: Int32) {
            control(EPOLL_CTL_DEL, descriptor, 0, 0)
        }

        private func control(_ operation: Int32, _ descriptor: Int32, _ interest: UInt32, _ token: UInt64) {
            var event = unsafe epoll_event()
            unsafe event.events = interest
            unsafe event.data.u64 = token
            _ = unsafe epoll_ctl(epoll, operation, descriptor, &event)
        }

        /// Waits until something happens or the time is over; nil waits without end.
        /// - Returns: how many events ``event(_:)`` has.
        func wait(milliseconds: Int?) -> Int {
            let timeout = Int32(clamping: milliseconds ?? -1)
            let count = unsafe events.withUnsafeMutableBufferPointer { unsafe epoll_wait(epoll, $0.baseAddress, Int32($0.count), timeout) }
            return Int(max(count, 0))
        }

        func event(_ index: Int) -> ReadyEvent {
            let event = unsafe events[index]
            let bits = unsafe event.events
            var readiness = Readiness()
            if bits & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 { readiness.insert(.readable) }
            if bits & EPOLLRDHUP.rawValue != 0 { readiness.insert(.ended) }
            if bits & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
            if bits & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { readiness.insert(.gone) }
            return unsafe ReadyEvent(token: event.data.u64, readiness: readiness)
        }
    }

    /// A way to end the wait of a queue; may be used from any thread while the queue lives.
    @safe struct Waker: Sendable {
        let descriptor: Int32

        func wake() {
            _ = eventfd_write(descriptor, 1)
        }
    }
#endif
