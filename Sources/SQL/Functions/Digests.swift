import Ground

/// The SHA-2 functions that Ground has not.
enum Digests {
    private static func pad(_ message: [UInt8], blockSize: Int) -> [UInt8] {
        let lengthSize = blockSize / 8
        var padded = message + [0x80]
        while padded.count % blockSize != blockSize - lengthSize { padded.append(0) }
        let bits = UInt64(message.count) * 8
        padded += [UInt8](repeating: 0, count: lengthSize - 8)
        for place in 0..<8 { padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(8 * (7 - place)))) }
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
        let padded = pad(message, blockSize: 128)
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
        let padded = pad(message, blockSize: 64)
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
