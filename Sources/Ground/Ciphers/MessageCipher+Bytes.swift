// Messages in arrays, and keys under other keys.
//
// Why this is safe: every buffer is that of an array or of a key that lives during the call, and the output has the message's length.

extension MessageCipher {
    /// Encrypts bytes in place, and answers their tag.
    package borrowing func seal(_ bytes: inout ArraySlice<UInt8>, nonce: Nonce, associated: [UInt8]) -> Tag {
        guard !bytes.isEmpty else { return sealEmpty(nonce, associated) }
        return unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe associated.withUnsafeBytes { associated in
                unsafe seal(UnsafeRawBufferPointer(bytes), into: bytes.baseAddress!, nonce: nonce, associated: associated)
            }
        }
    }

    private borrowing func sealEmpty(_ nonce: Nonce, _ associated: [UInt8]) -> Tag {
        var nothing: UInt8 = 0
        return unsafe withUnsafeMutableBytes(of: &nothing) { out in
            unsafe associated.withUnsafeBytes { associated in
                unsafe seal(UnsafeRawBufferPointer(rebasing: out[..<0]), into: out.baseAddress!, nonce: nonce, associated: associated)
            }
        }
    }

    /// Decrypts bytes in place: false, and zeros, if they are not what was sealed.
    package borrowing func open(_ bytes: inout ArraySlice<UInt8>, nonce: Nonce, associated: [UInt8], tag: Tag) -> Bool {
        guard !bytes.isEmpty else { return sealEmpty(nonce, associated) == tag }
        return unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe associated.withUnsafeBytes { associated in
                unsafe open(UnsafeRawBufferPointer(bytes), into: bytes.baseAddress!, nonce: nonce, associated: associated, tag: tag)
            }
        }
    }

    /// A key under this one: its bytes encrypted, and the tag.
    package borrowing func wrap(_ key: borrowing SecretBytes, nonce: Nonce, associated: [UInt8]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: max(key.count, 1))
        let tag = unsafe out.withUnsafeMutableBytes { out in
            unsafe associated.withUnsafeBytes { associated in
                unsafe key.withBytes { key in unsafe seal(key, into: out.baseAddress!, nonce: nonce, associated: associated) }
            }
        }
        return out.prefix(key.count) + tag.bytes
    }

    /// The key that was wrapped: nil if it was not wrapped under this one, for this purpose.
    package borrowing func unwrap(_ wrapped: [UInt8], nonce: Nonce, associated: [UInt8]) throws(CipherError) -> SecretBytes? {
        let count = wrapped.count - Self.tagByteCount
        guard count > 0, let tag = Tag(wrapped.suffix(Self.tagByteCount)) else { return nil }
        var isRight = false
        let key = try unsafe SecretBytes(count: count) { out throws(CipherError) in
            isRight = unsafe wrapped.withUnsafeBytes { bytes in
                unsafe associated.withUnsafeBytes { associated in
                    unsafe open(
                        UnsafeRawBufferPointer(rebasing: bytes[..<count]), into: out.baseAddress!, nonce: nonce, associated: associated,
                        tag: tag)
                }
            }
        }
        if isRight { return key }
        return nil
    }
}

extension MessageCipher.Tag {
    package var bytes: [UInt8] {
        [low, high].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
    }

    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == MessageCipher.tagByteCount else { return nil }
        func word(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(low: word(bytes.prefix(8)), high: word(bytes.dropFirst(8)))
    }
}

extension MessageCipher.Nonce {
    package static let byteCount = 12

    package static func random() -> Self {
        var generator = SystemRandomNumberGenerator()
        return Self(low: generator.next(), high: generator.next())
    }

    package var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: low >> UInt64(8 * $0)) } + (0..<4).map { UInt8(truncatingIfNeeded: high >> UInt32(8 * $0)) }
    }

    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(
            low: bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) },
            high: bytes.dropFirst(8).reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
}

extension SecretBytes {
    /// A copy of these bytes; those are overwritten.
    package init(erasing bytes: inout [UInt8]) throws(CipherError) {
        let count = bytes.count
        defer { bytes.erase() }
        try unsafe self.init(count: count) { [bytes] out throws(CipherError) in unsafe out.copyBytes(from: bytes) }
    }

    /// Does something with a copy of the bytes, which is overwritten after it.
    package borrowing func withArray<R, E: Error>(_ body: ([UInt8]) throws(E) -> R) throws(E) -> R {
        var bytes = unsafe withBytes { bytes in unsafe [UInt8](bytes) }
        defer { bytes.erase() }
        return try body(bytes)
    }
}
