import Ground

#if canImport(Darwin)
    import Darwin

    /// The kernel's list of sockets to watch: kqueue.
    ///
    /// Sockets are watched edge-triggered (`EV_CLEAR`), for everything, once: the loop remembers what is readable and writable, and no
    /// further calls are needed. Listeners are watched level-triggered, so that a loop may leave connections for later.
    ///
    /// Why this is safe: the arrays given to the kernel are as long as it is told; a token travels as the bits of a pointer that nobody
    /// follows.
    @safe final class EventQueue {
        private let queue: Int32
        private var events = unsafe [kevent](repeating: Darwin.kevent(), count: 256)
        /// Ends a wait from any thread.
        let waker: Waker

        init() throws(ServerError) {
            queue = kqueue()
            guard queue >= 0 else { throw ServerError(.system, "Cannot watch sockets: \(systemMessage(errno)).") }
            _ = fcntl(queue, F_SETFD, FD_CLOEXEC)
            waker = Waker(descriptor: queue)
            Self.change(queue, 0, EVFILT_USER, EV_ADD | EV_CLEAR, token: Self.wakeToken)
        }

        deinit { SystemSocket.close(queue) }

        func add(socket: Int32, token: UInt64) {
            Self.change(queue, UInt(socket), EVFILT_READ, EV_ADD | EV_CLEAR, token: token)
            Self.change(queue, UInt(socket), EVFILT_WRITE, EV_ADD | EV_CLEAR, token: token)
        }

        func add(listener: Int32, token: UInt64) {
            Self.change(queue, UInt(listener), EVFILT_READ, EV_ADD, token: token)
        }

        func remove(_ descriptor: Int32) {
            Self.change(queue, UInt(descriptor), EVFILT_READ, EV_DELETE, token: 0)
            Self.change(queue, UInt(descriptor), EVFILT_WRITE, EV_DELETE, token: 0)
        }

        fileprivate static func change(
            _ queue: Int32, _ identifier: UInt, _ filter: Int32, _ flags: Int32, fflags: UInt32 = 0, token: UInt64
        ) {
            var change = unsafe Darwin.kevent(
                ident: identifier, filter: Int16(filter), flags: UInt16(flags), fflags: fflags, data: 0,
                udata: UnsafeMutableRawPointer(bitPattern: UInt(token)))
            _ = unsafe kevent(queue, &change, 1, nil, 0, nil)
        }

        /// Waits until something happens or the time is over; nil waits without end.
        /// - Returns: how many events ``event(_:)`` has.
        func wait(milliseconds: Int?) -> Int {
            let capacity = Int32(unsafe events.count)
            let count: Int32
            if let milliseconds {
                var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
                count = unsafe kevent(queue, nil, 0, &events, capacity, &time)
            } else {
                count = unsafe kevent(queue, nil, 0, &events, capacity, nil)
            }
            return Int(max(count, 0))
        }

        func event(_ index: Int) -> ReadyEvent {
            let event = unsafe events[index]
            let token = unsafe UInt64(UInt(bitPattern: event.udata))
            var readiness = Readiness()
            let filter = unsafe Int(event.filter)
            let isEnd = unsafe Int32(event.flags) & EV_EOF != 0
            if filter == Int(EVFILT_READ) { readiness.formUnion(isEnd ? [.readable, .ended] : .readable) }
            if filter == EVFILT_WRITE {
                readiness.insert(.writable)
                // The end of the read side alone is a half-closed connection; its bytes and its end are read first.
                if isEnd { readiness.insert(.gone) }
            }
            return ReadyEvent(token: token, readiness: readiness)
        }
    }

    /// A way to end the wait of a queue; may be used from any thread while the queue lives.
    @safe struct Waker: Sendable {
        let descriptor: Int32

        func wake() {
            EventQueue.change(descriptor, 0, EVFILT_USER, 0, fflags: UInt32(NOTE_TRIGGER), token: EventQueue.wakeToken)
        }
    }
#endif
