#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#endif

/// The system's words for an error number.
func systemMessage(_ errorNumber: Int32) -> String {
    // The systems we build for keep the text per thread, so the copy is made in peace.
    unsafe String(cString: strerror(errorNumber))
}
