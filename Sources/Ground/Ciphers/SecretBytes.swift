#if canImport(Darwin)
    private import Darwin
#elseif canImport(Glibc)
    private import CSystem
    private import Glibc
#elseif canImport(Musl)
    private import Musl
#endif
private import CCipher

/// Memory for a key: not written to core dumps or to a forked child, kept out of swap where the system permits it, and overwritten at the
/// end.
///
/// Why this is safe: the memory is a mapping of its own that belongs to this noncopyable value alone; pointers to it leave only into the
/// closures below, and nothing changes it after `init`, so threads may read it at once.
@safe package struct SecretBytes: ~Copyable, @unchecked Sendable {
    private let start: UnsafeMutableRawPointer
    private let mappedByteCount: Int
    package let count: Int

    /// Bytes that `fill` writes; they are zeros before. Throws if the system has no memory, or what `fill` throws.
    /// - Parameters:
    ///   - locked: asks the system to keep the memory out of swap. Limits may refuse that; then it can be swapped like the rest of the
    ///     process.
    package init(
        count: Int, locked: Bool = true, _ fill: (UnsafeMutableRawBufferPointer) throws(CipherError) -> Void
    ) throws(CipherError) {
        let pageByteCount = Int(sysconf(Int32(_SC_PAGESIZE)))
        let mappedByteCount = (max(count, 1) + pageByteCount - 1) / pageByteCount * pageByteCount
        guard let start = unsafe mmap(nil, mappedByteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            unsafe start != MAP_FAILED
        else { throw .noMemory(systemMessage(errno)) }
        if locked { unsafe _ = mlock(start, mappedByteCount) }
        #if os(Linux)
            unsafe _ = madvise(start, mappedByteCount, MADV_DONTDUMP)
            unsafe _ = madvise(start, mappedByteCount, MADV_WIPEONFORK)
        #endif
        do throws(CipherError) {
            try unsafe fill(UnsafeMutableRawBufferPointer(start: start, count: count))
        } catch {
            unsafe Self.erase(UnsafeMutableRawBufferPointer(start: start, count: count))
            unsafe _ = munmap(start, mappedByteCount)
            throw error
        }
        unsafe self.start = start
        self.mappedByteCount = mappedByteCount
        self.count = count
    }

    /// A new key from the system's random numbers.
    package static func random(count: Int) throws(CipherError) -> SecretBytes {
        try unsafe SecretBytes(count: count) { bytes throws(CipherError) in
            var generator = SystemRandomNumberGenerator()
            for index in 0..<count { unsafe bytes[index] = generator.next() }
        }
    }

    deinit {
        unsafe Self.erase(UnsafeMutableRawBufferPointer(start: start, count: count))
        unsafe _ = munmap(start, mappedByteCount)
    }

    package borrowing func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Overwrites memory in a way that the compiler can't leave out.
    package static func erase(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        unsafe pando_erase(start, bytes.count)
    }
}
