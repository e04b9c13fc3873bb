/// Writes bits behind each other, the first one lowest in its byte.
struct BitWriter: ~Copyable {
    private var bytes = ByteBuffer()
    private var bits: UInt64 = 0
    private var bitCount = 0

    /// Moves what was written to the end of `output`.
    /// - Precondition: at a byte's border.
    mutating func move(to output: inout ByteBuffer) {
        precondition(bitCount == 0)
        output.append(bytes)
        bytes.removeAll()
    }

    /// Room for `count` bytes more, which ``put(_:count:)`` and ``flush()`` need.
    mutating func reserve(_ count: Int) {
        bytes.reserve(count + 8)
    }

    /// Adds bits; there must be at most 63 of them before the next ``flush()``.
    @inline(__always) mutating func put(_ value: UInt64, count: Int) {
        bits |= value << UInt64(bitCount)
        bitCount += count
        assert(bitCount < 64 && value >> UInt64(count) == 0)
    }

    /// Moves whole bytes out; fewer than 8 bits stay.
    @inline(__always) mutating func flush() {
        bytes.putWord(bits, counting: bitCount >> 3)
        bits >>= UInt64(bitCount & ~7)
        bitCount &= 7
    }

    /// Adds bits at leisure.
    mutating func write(_ value: Int, count: Int) {
        reserve(8)
        put(UInt64(value), count: count)
        flush()
    }

    /// Fills the last byte up with zeros.
    mutating func alignToByte() {
        reserve(8)
        bitCount = (bitCount + 7) & ~7
        flush()
    }

    /// - Precondition: at a byte's border.
    mutating func append(_ raw: Bytes) {
        precondition(bitCount == 0)
        bytes.append(raw)
    }
}
