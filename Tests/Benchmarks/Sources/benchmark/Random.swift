#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// splitmix64: a stream of numbers is its 64-bit state, which begins as the seed.
struct Stream {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// 0..<count in random order.
    mutating func shuffled(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for i in stride(from: count - 1, through: 1, by: -1) { order.swapAt(i, next(below: i + 1)) }
        return order
    }
}

/// Ranks from 0 on, where the one of rank r is drawn as often as 1 / (r + 1) to a power says (Gray and others, "Quickly generating
/// billion-record synthetic databases").
struct Zipf {
    private let count: Int
    private let exponent: Double
    private let sum: Double
    private let first: Double
    private let second: Double

    init(count: Int, exponent: Double) {
        (self.count, self.exponent) = (count, exponent)
        var sum = 0.0
        for rank in 1...count { sum += pow(Double(rank), -exponent) }
        self.sum = sum
        first = 1 + pow(0.5, exponent)
        second = (1 - pow(2 / Double(count), 1 - exponent)) / (1 - first / sum)
    }

    func rank(_ stream: inout Stream) -> Int {
        let fraction = Double(stream.next() >> 11) / Double(1 << 53)
        if fraction * sum < 1 { return 0 }
        if fraction * sum < first { return 1 }
        return min(count - 1, Int(Double(count) * pow(second * fraction - second + 1, 1 / (1 - exponent))))
    }
}

/// The first number of the stream with seed `x`: a hash of `x`.
func mix(_ x: UInt64) -> UInt64 {
    var stream = Stream(seed: x)
    return stream.next()
}

/// The eight lower-case hex digits of `value` as a little-endian word, so that the first digit has the lowest address.
func hexWord(_ value: UInt32) -> UInt64 {
    var x = UInt64(value.byteSwapped)
    x = (x | x << 16) & 0x0000_FFFF_0000_FFFF
    x = (x | x << 8) & 0x00FF_00FF_00FF_00FF
    x = (x >> 4 | x << 8) & 0x0F0F_0F0F_0F0F_0F0F  // a digit's value in each byte
    let isLetter = ((x &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    return x &+ 0x3030_3030_3030_3030 &+ isLetter &* 0x27
}
