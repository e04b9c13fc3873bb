/// scrypt (RFC 7914): a key from a passphrase, at a price in time and memory that somebody who guesses pays for each guess.
package struct Scrypt: Sendable, Hashable {
    /// The number of blocks that are kept, as a power of two: 17 for 128 MiB where `blockSize` is 8.
    package var logRounds: Int
    /// The size of a block in steps of 128 bytes.
    package var blockSize: Int
    /// The number of blocks that are mixed one after the other.
    package var parallelism: Int

    /// The parameters of new keys: 128 MiB and about a third of a second.
    package static let standard = Scrypt(logRounds: 17, blockSize: 8, parallelism: 1)
    /// Files say their parameters, so a crafted one must not ask for all memory there is, nor for hours.
    package static let maximumByteCount = 1 << 30
    private static let maximumMixedByteCount = 4 << 30

    package init(logRounds: Int, blockSize: Int, parallelism: Int) {
        self.logRounds = logRounds
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// The key of a passphrase. Throws for parameters without sense, and for more than 1 GiB of memory, 64 blocks, or 4 GiB that all blocks
    /// together are mixed in.
    package func key(
        passphrase: borrowing SecretBytes, salt: [UInt8], count: Int = MessageCipher.keyByteCount
    ) throws(CipherError) -> SecretBytes {
        guard (1...30).contains(logRounds), (1...1024).contains(blockSize), (1...64).contains(parallelism), count >= 1,
            128 * blockSize << logRounds <= Self.maximumByteCount,
            (128 * blockSize << logRounds) * parallelism <= Self.maximumMixedByteCount
        else { throw .unsupportedParameters("scrypt with N = 2^\(logRounds), r = \(blockSize), p = \(parallelism)") }
        let hmac = passphrase.withArray { HMAC(key: $0) }
        let blockByteCount = 128 * blockSize
        var blocks = Self.expand(hmac, salt: salt, count: parallelism * blockByteCount)
        // The memory lives for the length of its own initialiser: all the work is done there, and its end overwrites it.
        _ = try unsafe SecretBytes(count: blockByteCount << logRounds + 2 * blockByteCount, locked: false) { memory throws(CipherError) in
            for block in 0..<parallelism {
                unsafe blocks.withUnsafeMutableBytes { bytes in
                    unsafe Self.mix(
                        UnsafeMutableRawBufferPointer(rebasing: bytes[block * blockByteCount..<(block + 1) * blockByteCount]),
                        logRounds: logRounds, blockSize: blockSize, memory: memory)
                }
            }
        }
        var key = Self.expand(hmac, salt: blocks, count: count)
        defer {
            key.erase()
            blocks.erase()
        }
        return try unsafe SecretBytes(count: count) { out throws(CipherError) in unsafe out.copyBytes(from: key) }
    }

    /// PBKDF2 with one iteration, as many bytes as asked for.
    private static func expand(_ hmac: HMAC, salt: [UInt8], count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + SHA256.byteCount)
        var number: UInt32 = 1
        while bytes.count < count {
            var code = hmac.code(of: salt + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) })
            bytes += code
            code.erase()
            number += 1
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Fills the memory with a chain of blocks, then walks through it in an order that the data decide.
    ///
    /// Why this is safe: `memory` has room for `2^logRounds` blocks and two more, `bytes` is one block, and the place that is read is masked to
    /// the number of blocks.
    private static func mix(
        _ bytes: UnsafeMutableRawBufferPointer, logRounds: Int, blockSize: Int, memory: UnsafeMutableRawBufferPointer
    ) {
        let words = 32 * blockSize
        let rounds = 1 << logRounds
        guard let table = unsafe memory.baseAddress?.bindMemory(to: UInt32.self, capacity: (rounds + 2) * words) else { return }
        let x = unsafe table + rounds * words
        let y = unsafe x + words
        for index in 0..<words { unsafe x[index] = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)) }
        for round in 0..<rounds {
            unsafe (table + round * words).update(from: x, count: words)
            unsafe mixBlock(x, scratch: y, blockSize: blockSize)
        }
        for _ in 0..<rounds {
            let place = unsafe Int(truncatingIfNeeded: x[words - 16]) & (rounds - 1)
            let other = unsafe table + place * words
            for index in 0..<words { unsafe x[index] ^= other[index] }
            unsafe mixBlock(x, scratch: y, blockSize: blockSize)
        }
        for index in 0..<words { unsafe bytes.storeBytes(of: x[index].littleEndian, toByteOffset: 4 * index, as: UInt32.self) }
    }

    /// Hashes each sixteen words with those before them; then those at even places come first.
    private static func mixBlock(_ block: UnsafeMutablePointer<UInt32>, scratch: UnsafeMutablePointer<UInt32>, blockSize: Int) {
        var state = InlineArray<16, UInt32>(repeating: 0)
        for index in 0..<16 { unsafe state[index] = block[32 * blockSize - 16 + index] }
        for part in 0..<2 * blockSize {
            for index in 0..<16 { unsafe state[index] ^= block[16 * part + index] }
            salsa(&state)
            let to = 16 * (part / 2 + part % 2 * blockSize)
            for index in 0..<16 { unsafe scratch[to + index] = state[index] }
        }
        unsafe block.update(from: scratch, count: 32 * blockSize)
    }

    /// The core of Salsa20 with eight rounds.
    @inline(__always) private static func salsa(_ state: inout InlineArray<16, UInt32>) {
        let before = state
        for _ in 0..<4 {
            quarter(&state, 0, 4, 8, 12)
            quarter(&state, 5, 9, 13, 1)
            quarter(&state, 10, 14, 2, 6)
            quarter(&state, 15, 3, 7, 11)
            quarter(&state, 0, 1, 2, 3)
            quarter(&state, 5, 6, 7, 4)
            quarter(&state, 10, 11, 8, 9)
            quarter(&state, 15, 12, 13, 14)
        }
        for index in 0..<16 { state[index] &+= before[index] }
    }

    @inline(__always) private static func quarter(_ state: inout InlineArray<16, UInt32>, _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        state[b] ^= rotated(state[a] &+ state[d], 7)
        state[c] ^= rotated(state[b] &+ state[a], 9)
        state[d] ^= rotated(state[c] &+ state[b], 13)
        state[a] ^= rotated(state[d] &+ state[c], 18)
    }

    @inline(__always) private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
}
