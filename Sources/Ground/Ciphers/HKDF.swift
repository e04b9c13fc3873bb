/// HKDF with SHA-256 (RFC 5869): many keys from one.
package enum HKDF {
    /// A key of `count` bytes, at most 8,160, for the purpose that `info` names (ASCII, mostly). Equal inputs give equal keys.
    package static func deriveKey(
        from key: borrowing SecretBytes, salt: [UInt8], info: [UInt8], count: Int = MessageCipher.keyByteCount
    ) throws(CipherError) -> SecretBytes {
        guard count >= 0, count <= 255 * SHA256.byteCount else {
            throw .unsupportedParameters("HKDF gives 0 to 8,160 bytes, not \(count)")
        }
        var extracted = key.withArray { HMAC(key: salt).code(of: $0) }
        defer { extracted.erase() }
        let expand = HMAC(key: extracted)
        return try unsafe SecretBytes(count: count) { out throws(CipherError) in
            var block: [UInt8] = []
            var written = 0
            var number: UInt8 = 1
            while written < count {
                block = expand.code(of: block + info + [number])
                for byte in block.prefix(count - written) {
                    unsafe out[written] = byte
                    written += 1
                }
                number &+= 1
            }
            block.erase()
        }
    }
}
