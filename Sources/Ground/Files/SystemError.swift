#if canImport(Darwin)
    private import Darwin
#elseif canImport(Glibc)
    private import Glibc
#endif

/// The calling process.
package func currentProcessID() -> Int32 { getpid() }

/// A number that threads which run at the same time mostly don't share.
package func currentThreadHash() -> Int {
    #if canImport(Darwin)
        let address = UInt(bitPattern: pthread_self())
    #else
        let address = UInt(pthread_self())
    #endif
    // Threads' own memory lies far apart and evenly; so the upper bits of a product tell them apart.
    return Int((address >> 6) &* 0x9E37_79B9_7F4A_7C15 >> 40)
}

/// The system's words for an error number.
package func systemMessage(_ errorNumber: Int32) -> String {
    // The systems we build for keep the text per thread, so the copy is made in peace.
    unsafe String(cString: strerror(errorNumber))
}
