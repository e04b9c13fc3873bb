extension [UInt8] {
    /// Bytes that nobody can foresee.
    package static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        // Each number is a system call, so all eight bytes of it are used.
        let numbers = (0..<(count + 7) / 8).map { _ in generator.next() }
        return (0..<count).map { UInt8(truncatingIfNeeded: numbers[$0 / 8] >> UInt64($0 % 8 * 8)) }
    }
}
