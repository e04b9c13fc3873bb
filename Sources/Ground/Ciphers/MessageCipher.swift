private import CCipher

/// AES-256-GCM-SIV (RFC 8452) under one key: hides a message and makes a tag that no other message, nonce or associated data has.
///
/// A nonce should be used once. If one is used again, only whether the two messages are equal can be told.
///
/// Why this is safe: the expanded key is written once, in `init`, and read by any number of threads after it. Pointers that callers give
/// are used during the call alone; each must have room for as many bytes as the message has.
@safe package struct MessageCipher: ~Copyable, @unchecked Sendable {
    package static let keyByteCount = 32
    package static let tagByteCount = 16

    /// The number of a message: 12 bytes.
    package struct Nonce: Sendable, Hashable {
        package var low: UInt64
        package var high: UInt32

        /// `low` stands in the first eight bytes, `high` in the last four, both little-endian.
        package init(low: UInt64, high: UInt32) {
            self.low = low
            self.high = high
        }
    }

    /// The 16 bytes that prove a message, as two little-endian numbers.
    package struct Tag: Sendable, Hashable {
        package var low: UInt64
        package var high: UInt64

        package init(low: UInt64, high: UInt64) {
            self.low = low
            self.high = high
        }
    }

    package let way: CipherWay
    private let expandedKey: SecretBytes

    /// A cipher with a key of 32 bytes. The first one of a process tests the processor's instructions against a known answer.
    package init(key: borrowing SecretBytes, way: CipherWay = .chosen) throws(CipherError) {
        guard Self.passesSelfTest[Int(way.rawValue)] else { throw .failedSelfTest(way: way) }
        try self.init(untested: key, way: way)
    }

    private init(untested key: borrowing SecretBytes, way: CipherWay) throws(CipherError) {
        guard key.count == Self.keyByteCount else { throw .wrongKeyLength(byteCount: key.count, expected: Self.keyByteCount) }
        let expandedKey = try unsafe SecretBytes(count: pando_cipher_key_size()) { expanded throws(CipherError) in
            unsafe key.withBytes { bytes in
                unsafe pando_cipher_prepare(
                    way.rawValue, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), OpaquePointer(expanded.baseAddress))
            }
        }
        self.way = way
        self.expandedKey = expandedKey
    }

    /// Encrypts `message` into `out`, which may be the same memory, and answers the tag.
    package borrowing func seal(
        _ message: UnsafeRawBufferPointer, into out: UnsafeMutableRawPointer, nonce: Nonce, associated: UnsafeRawBufferPointer
    ) -> Tag {
        var tag = Tag(low: 0, high: 0)
        unsafe withMessage(message, out, nonce, associated) { key, parts in
            unsafe withUnsafeMutableBytes(of: &tag) { bytes in
                unsafe pando_cipher_seal(key, parts, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
            }
        }
        return tag.littleEndian
    }

    /// Decrypts `message` into `out`, which may be the same memory. False, and zeros, if it is not what was sealed with this key, nonce,
    /// associated data and tag.
    package borrowing func open(
        _ message: UnsafeRawBufferPointer, into out: UnsafeMutableRawPointer, nonce: Nonce, associated: UnsafeRawBufferPointer, tag: Tag
    ) -> Bool {
        var tag = tag.littleEndian
        return unsafe withMessage(message, out, nonce, associated) { key, parts in
            unsafe withUnsafeBytes(of: &tag) { bytes in
                unsafe pando_cipher_open(key, parts, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)) == 1
            }
        }
    }

    /// One block of 16 bytes by AES-256 alone, for the block cipher's own known answers.
    borrowing func encryptedBlock(_ block: [UInt8]) -> [UInt8] {
        var block = block
        precondition(block.count == 16)
        unsafe block.withUnsafeMutableBufferPointer { bytes in
            unsafe expandedKey.withBytes { key in
                unsafe pando_cipher_encrypt_block(OpaquePointer(key.baseAddress), bytes.baseAddress)
            }
        }
        return block
    }

    @inline(__always) private borrowing func withMessage<R>(
        _ message: UnsafeRawBufferPointer, _ out: UnsafeMutableRawPointer, _ nonce: Nonce, _ associated: UnsafeRawBufferPointer,
        _ body: (OpaquePointer?, UnsafePointer<pando_message>) -> R
    ) -> R {
        var number: (UInt64, UInt32) = (nonce.low.littleEndian, nonce.high.littleEndian)
        return unsafe withUnsafeBytes(of: &number) { numberBytes in
            var parts = unsafe pando_message(
                nonce: numberBytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
                associated: associated.baseAddress?.assumingMemoryBound(to: UInt8.self), associated_count: associated.count,
                in: message.baseAddress?.assumingMemoryBound(to: UInt8.self), out: out.assumingMemoryBound(to: UInt8.self),
                count: message.count)
            return unsafe expandedKey.withBytes { key in
                unsafe body(OpaquePointer(key.baseAddress), &parts)
            }
        }
    }

    // MARK: The test at the start

    /// Whether each way, by its number, gives the known answer.
    private static let passesSelfTest: [Bool] = CipherWay.allCases.map { way in
        CipherWay.available.contains(way) && givesKnownAnswer(way)
    }

    /// Seals and opens 600 bytes: enough for each way's widest step and its rest. The answer is from another implementation.
    static func givesKnownAnswer(_ way: CipherWay, tag known: Tag = knownTag) -> Bool {
        let message = (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
        let associated = (0..<20).map { UInt8(200 - $0) }
        let nonce = Nonce(low: 0x0706_0504_0302_0100, high: 0x0b0a_0908)
        var sealed = message
        guard
            let key = try? unsafe SecretBytes(
                count: keyByteCount, { bytes throws(CipherError) in for index in 0..<keyByteCount { unsafe bytes[index] = UInt8(index) } }),
            let cipher = try? MessageCipher(untested: key, way: way)
        else { return false }
        let tag = unsafe sealed.withUnsafeMutableBytes { bytes in
            unsafe associated.withUnsafeBytes { associated in
                unsafe cipher.seal(UnsafeRawBufferPointer(bytes), into: bytes.baseAddress!, nonce: nonce, associated: associated)
            }
        }
        guard tag == known, Array(sealed.suffix(16)) == Self.knownEnd else { return false }
        let opened = unsafe sealed.withUnsafeMutableBytes { bytes in
            unsafe associated.withUnsafeBytes { associated in
                unsafe cipher.open(
                    UnsafeRawBufferPointer(bytes), into: bytes.baseAddress!, nonce: nonce, associated: associated, tag: tag)
            }
        }
        return opened && sealed == message
    }

    static let knownTag = Tag(low: 0x30b4_8ffd_d3bf_0ba8, high: 0x1819_d367_1557_a0ed)
    private static let knownEnd: [UInt8] = [0x69, 0xc4, 0xe4, 0x2f, 0x10, 0x09, 0xd4, 0x8c, 0x85, 0x8e, 0x0a, 0x2c, 0x34, 0x62, 0x92, 0x90]
}

extension MessageCipher.Tag {
    /// The numbers as they lie in memory, from those that they are, or back.
    fileprivate var littleEndian: Self { Self(low: low.littleEndian, high: high.littleEndian) }
}
