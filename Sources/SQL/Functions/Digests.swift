import Ground

/// MD5 and the SHA-2 functions that Ground has not.
enum Digests {
    static func md5(_ message: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476]
        let padded = pad(message, blockSize: 64, bigEndian: false)
        let shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
        for start in stride(from: 0, to: padded.count, by: 64) {
            var words = [UInt32](repeating: 0, count: 16)
            for place in 0..<64 { words[place / 4] |= UInt32(padded[start + place]) << UInt32(8 * (place % 4)) }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            for round in 0..<64 {
                let mix: UInt32
                let word: Int
                switch round / 16 {
                case 0: (mix, word) = (b & c | ~b & d, round)
                case 1: (mix, word) = (d & b | ~d & c, (5 * round + 1) % 16)
                case 2: (mix, word) = (b ^ c ^ d, (3 * round + 5) % 16)
                default: (mix, word) = (c ^ (b | ~d), 7 * round % 16)
                }
                let sum = a &+ mix &+ sines[round] &+ words[word]
                let shift = shifts[round / 16 * 4 + round % 4]
                (a, d, c, b) = (d, c, b, b &+ (sum << shift | sum >> (32 - shift)))
            }
            state[0] &+= a
            state[1] &+= b
            state[2] &+= c
            state[3] &+= d
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
    }

    /// The integer parts of 2^32 times the sines of 1 to 64.
    private static let sines: [UInt32] = [
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1,
        0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453,
        0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
        0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
        0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d,
        0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
    ]

    private static func pad(_ message: [UInt8], blockSize: Int, bigEndian: Bool) -> [UInt8] {
        let lengthSize = blockSize / 8
        var padded = message + [0x80]
        while padded.count % blockSize != blockSize - lengthSize { padded.append(0) }
        let bits = UInt64(message.count) * 8
        padded += [UInt8](repeating: 0, count: lengthSize - 8)
        for place in 0..<8 { padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(8 * (bigEndian ? 7 - place : place)))) }
        return padded
    }

    static func sha256(_ message: [UInt8]) -> [UInt8] { SHA256.hash(message) }

    private static let primes: [UInt64] = {
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < 80 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes
    }()

    /// The first 64 bits behind the point of a prime's cube root: floor(cbrt(p · 2^192)) modulo 2^64.
    private static func cubeRootBits(_ prime: UInt64) -> UInt64 {
        // Found bit by bit: the root is below 8 · 2^64.
        let target = NaturalNumber(prime) * power(192)
        var root = NaturalNumber.zero
        for bit in stride(from: 67, through: 0, by: -1) {
            let next = root + power(bit)
            if NaturalNumber.compare(next * next * next, target) <= 0 { root = next }
        }
        return root.divided(by: power(64)).remainder.uint64 ?? 0
    }

    private static func squareRootBits(_ prime: UInt64) -> UInt64 {
        (NaturalNumber(prime) * power(128)).squareRoot.divided(by: power(64)).remainder.uint64 ?? 0
    }

    private static func power(_ exponent: Int) -> NaturalNumber {
        var result = NaturalNumber.one
        var rest = exponent
        while rest > 0 {
            let step = min(rest, 60)
            result = result * NaturalNumber((1 as UInt64) << UInt64(step))
            rest -= step
        }
        return result
    }

    private static let constants512 = primes.map(cubeRootBits)
    private static let start512 = primes[..<8].map(squareRootBits)
    private static let start384 = primes[8..<16].map(squareRootBits)

    static func sha512(_ message: [UInt8]) -> [UInt8] { compress512(message, start512) }
    static func sha384(_ message: [UInt8]) -> [UInt8] { Array(compress512(message, start384).prefix(48)) }

    private static func compress512(_ message: [UInt8], _ start: [UInt64]) -> [UInt8] {
        func rotate(_ x: UInt64, _ n: UInt64) -> UInt64 { x >> n | x << (64 - n) }
        var state = start
        let padded = pad(message, blockSize: 128, bigEndian: true)
        for start in stride(from: 0, to: padded.count, by: 128) {
            var words = [UInt64](repeating: 0, count: 80)
            for place in 0..<128 { words[place / 8] = words[place / 8] << 8 | UInt64(padded[start + place]) }
            for place in 16..<80 {
                let (x, y) = (words[place - 15], words[place - 2])
                words[place] =
                    words[place - 16] &+ (rotate(x, 1) ^ rotate(x, 8) ^ x >> 7) &+ words[place - 7]
                    &+ (rotate(y, 19) ^ rotate(y, 61) ^ y >> 6)
            }
            var h = state
            for place in 0..<80 {
                let s1 = rotate(h[4], 14) ^ rotate(h[4], 18) ^ rotate(h[4], 41)
                let choice = h[4] & h[5] ^ ~h[4] & h[6]
                let first = h[7] &+ s1 &+ choice &+ constants512[place] &+ words[place]
                let s0 = rotate(h[0], 28) ^ rotate(h[0], 34) ^ rotate(h[0], 39)
                let majority = h[0] & h[1] ^ h[0] & h[2] ^ h[1] & h[2]
                h = [first &+ s0 &+ majority, h[0], h[1], h[2], h[3] &+ first, h[4], h[5], h[6]]
            }
            for place in 0..<8 { state[place] &+= h[place] }
        }
        return state.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }

    private static let start224: [UInt32] = start384.map { UInt32(truncatingIfNeeded: $0) }

    static func sha224(_ message: [UInt8]) -> [UInt8] {
        func rotate(_ x: UInt32, _ n: UInt32) -> UInt32 { x >> n | x << (32 - n) }
        var state = start224
        let padded = pad(message, blockSize: 64, bigEndian: true)
        for start in stride(from: 0, to: padded.count, by: 64) {
            var words = [UInt32](repeating: 0, count: 64)
            for place in 0..<64 { words[place / 4] = words[place / 4] << 8 | UInt32(padded[start + place]) }
            for place in 16..<64 {
                let (x, y) = (words[place - 15], words[place - 2])
                words[place] =
                    words[place - 16] &+ (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) &+ words[place - 7]
                    &+ (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10)
            }
            var h = state
            for place in 0..<64 {
                let s1 = rotate(h[4], 6) ^ rotate(h[4], 11) ^ rotate(h[4], 25)
                let choice = h[4] & h[5] ^ ~h[4] & h[6]
                let constant = UInt32(truncatingIfNeeded: constants512[place] >> 32)
                let first = h[7] &+ s1 &+ choice &+ constant &+ words[place]
                let s0 = rotate(h[0], 2) ^ rotate(h[0], 13) ^ rotate(h[0], 22)
                let majority = h[0] & h[1] ^ h[0] & h[2] ^ h[1] & h[2]
                h = [first &+ s0 &+ majority, h[0], h[1], h[2], h[3] &+ first, h[4], h[5], h[6]]
            }
            for place in 0..<8 { state[place] &+= h[place] }
        }
        return state[..<7].flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
    }
}
