/// HMAC-SHA-256 (RFC 2104): a hash that only who knows the key can make.
package struct HMAC: Sendable {
    /// The hash states after the key's two blocks: the same for every message, so they are made once.
    private let inner: SHA256
    private let outer: SHA256

    /// What is made of the key on the way is overwritten, here and in the hash states.
    package init(key: [UInt8]) {
        var block = [UInt8](repeating: 0x36, count: SHA256.blockByteCount)
        for (index, byte) in (key.count > SHA256.blockByteCount ? SHA256.hash(key) : key).enumerated() { block[index] ^= byte }
        var inner = SHA256()
        inner.update(block)
        inner.forgetBlock()
        for index in block.indices { block[index] ^= 0x36 ^ 0x5c }
        var outer = SHA256()
        outer.update(block)
        outer.forgetBlock()
        block.erase()
        self.inner = inner
        self.outer = outer
    }

    package func code(of message: [UInt8]) -> [UInt8] {
        var inner = inner
        inner.update(message)
        var outer = outer
        outer.update(inner.finish())
        return outer.finish()
    }
}

extension [UInt8] {
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018), one block of it: 32 bytes. Slow by design, in proportion to `iterations`.
    package static func derivedKey(password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8] {
        let hmac = HMAC(key: password)
        var round = hmac.code(of: salt + [0, 0, 0, 1])
        var key = round
        for _ in 1..<Swift.max(iterations, 1) {
            round = hmac.code(of: round)
            key = key ^ round
        }
        return key
    }

    /// Whether both are the same, in a time that says nothing about where they differ.
    package func equalsInConstantTime(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        var difference: UInt8 = 0
        for index in indices { difference |= self[index] ^ other[index] }
        return difference == 0
    }

    /// Byte by byte, of two of the same length.
    package static func ^ (a: [UInt8], b: [UInt8]) -> [UInt8] {
        zip(a, b).map { $0 ^ $1 }
    }
}
