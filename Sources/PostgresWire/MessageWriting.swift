package import Ground

// Big-endian numbers, texts that end with NUL, and messages that begin with their length, as the protocol has them.
extension ByteBuffer {
    package mutating func append(int16 number: Int16) {
        let bits = UInt16(bitPattern: number)
        append(UInt8(bits >> 8))
        append(UInt8(truncatingIfNeeded: bits))
    }

    package mutating func append(int32 number: Int32) {
        reserve(8)
        putWord(UInt64(UInt32(bitPattern: number).byteSwapped), counting: 4)
    }

    package mutating func append(uint32 number: UInt32) {
        append(int32: Int32(bitPattern: number))
    }

    /// A text and the NUL that ends it. A NUL within the text would end it there, so it is left out.
    package mutating func append(terminated text: String) {
        let start = count
        append(text)
        if span.firstIndex(of: 0, from: start) < count {
            truncate(to: start)
            for byte in text.utf8 where byte != 0 { append(byte) }
        }
        append(UInt8(0))
    }

    /// Begins a message of a type.
    /// - Returns: where its length stands, for ``endMessage(_:)``.
    package mutating func beginMessage(_ type: UInt8) -> Int {
        append(type)
        append(int32: 0)
        return count - 4
    }

    /// Puts the length in, now that it is known. It counts itself.
    package mutating func endMessage(_ start: Int) {
        set(bigEndian: UInt32(truncatingIfNeeded: count - start), at: start)
    }

    /// Begins a value that has its length in front of it.
    package mutating func beginValue() -> Int {
        append(int32: 0)
        return count - 4
    }

    package mutating func endValue(_ start: Int) {
        set(bigEndian: UInt32(truncatingIfNeeded: count - start - 4), at: start)
    }
}
