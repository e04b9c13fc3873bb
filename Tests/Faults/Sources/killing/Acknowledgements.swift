#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What the writer's threads were told to be on the disk, in a file beside the store: a process that is killed leaves what it wrote.
final class Acknowledgements: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = unsafe open(path, O_RDWR | O_CREAT, 0o644)
        guard descriptor >= 0 else { throw Loss("can't open \(path)") }
    }

    deinit { close(descriptor) }

    func note(_ number: UInt64, thread: Int) {
        let count = unsafe withUnsafeBytes(of: number.littleEndian) { unsafe pwrite(descriptor, $0.baseAddress!, 8, off_t(8 * thread)) }
        precondition(count == 8, "an acknowledgement can't be noted")
    }

    func number(thread: Int) -> UInt64 {
        var number: UInt64 = 0
        let count = unsafe withUnsafeMutableBytes(of: &number) { unsafe pread(descriptor, $0.baseAddress!, 8, off_t(8 * thread)) }
        return count == 8 ? UInt64(littleEndian: number) : 0
    }
}
