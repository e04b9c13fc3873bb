/// What a scan does with each record, so that no engine can skip the key or the value: the last eight bytes of the key
/// and every whole eight-byte word of the value, little endian, modulo 2^64.
@inline(__always)
func touch(key: Span<UInt8>, value: UnsafeRawPointer, count: Int) -> UInt64 {
    var sum: UInt64 = unsafe key.withUnsafeBytes { bytes in
        UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
    }
    var offset = 0
    while offset + 8 <= count {
        sum &+= UInt64(littleEndian: unsafe value.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset += 8
    }
    return sum
}
