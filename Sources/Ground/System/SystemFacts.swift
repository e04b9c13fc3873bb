private import CSystem

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Facts of the system about the time, the machine and the process.
///
/// From the C library and not from Foundation, so that the command needs none of that: it would be a fifth of it.
///
/// Raw memory, because the calls fill in what a pointer leads to: a variable or an array of the caller's, which is there until they return.
package enum SystemFacts {
    /// The time of day: seconds since 1970-01-01T00:00:00Z.
    package static var secondsSince1970: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The process leaves no image of its memory behind, whatever it dies of.
    package static func forbidCoreDumps() { pando_forbid_core_dumps() }

    /// Keeps all memory of the process out of swap, what it has and what it will have.
    ///
    /// - Returns: 0, or the number of an error: `ENOSYS` where the system can't.
    package static func lockMemory() -> Int32 { pando_lock_memory() }

    /// The time since some start, by a clock that nobody sets and that goes on while the machine sleeps.
    package static var timeSinceStart: Duration {
        var time = timespec()
        #if canImport(Darwin)
            unsafe clock_gettime(CLOCK_MONOTONIC_RAW, &time)
        #else
            unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        #endif
        return Duration(secondsComponent: Int64(time.tv_sec), attosecondsComponent: Int64(time.tv_nsec) * 1_000_000_000)
    }

    /// The processor time that the calling thread has taken: what is measured with it doesn't depend on how busy the machine is.
    package static var threadTime: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// The bytes that the file system of a file has left for a process without privileges; nil if it doesn't say.
    package static func freeByteCount(of path: String) -> Int? {
        var facts = statvfs()
        guard unsafe statvfs(path, &facts) == 0 else { return nil }
        return Int(truncatingIfNeeded: UInt64(facts.f_bavail) &* UInt64(facts.f_frsize))
    }

    /// The name of the machine; empty if it has none.
    package static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The number of processors that can run threads, at least 1.
    package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    package static var processIdentifier: Int32 { getpid() }

    /// A number that threads which run at the same time mostly don't share.
    package static var threadHash: Int {
        #if canImport(Darwin)
            let address = UInt(bitPattern: pthread_self())
        #else
            let address = UInt(pthread_self())
        #endif
        return threadHash(address)
    }

    /// The hash of a thread whose own memory lies at this address.
    package static func threadHash(_ address: UInt) -> Int {
        // Threads' own memory lies far apart and evenly; so the upper bits of a product tell them apart.
        Int(((address >> 6) &* 0x9E37_79B9_7F4A_7C15) >> 40)
    }
}
