#if canImport(Darwin)
    private import Darwin
#elseif canImport(Glibc)
    private import Glibc
#endif

/// The calling process.
func currentProcessID() -> Int32 { getpid() }

/// The system's words for an error number.
func systemMessage(_ errorNumber: Int32) -> String {
    // The systems we build for keep the text per thread, so the copy is made in peace.
    unsafe String(cString: strerror(errorNumber))
}
