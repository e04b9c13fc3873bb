/// A natural number of any size: limbs of nine decimal digits, the least first, without leading zeros; zero has none.
///
/// Decimal limbs make the things that SQL does most with a big number cheap: reading, printing, rounding and aligning at the point.
struct NaturalNumber: Hashable, Sendable {
    static let base: UInt64 = 1_000_000_000

    private(set) var limbs: [UInt32]

    static let zero = NaturalNumber(limbs: [])
    static let one = NaturalNumber(limbs: [1])

    private init(limbs: [UInt32]) {
        self.limbs = limbs
    }

    init(_ value: UInt64) {
        var limbs: [UInt32] = []
        var rest = value
        while rest > 0 {
            limbs.append(UInt32(rest % Self.base))
            rest /= Self.base
        }
        self.limbs = limbs
    }

    init(_ value: UInt128) {
        var limbs: [UInt32] = []
        var rest = value
        while rest > 0 {
            limbs.append(UInt32(rest % UInt128(Self.base)))
            rest /= UInt128(Self.base)
        }
        self.limbs = limbs
    }

    /// - Precondition: the bytes are digits.
    init(digits: some BidirectionalCollection<UInt8>) {
        var limbs: [UInt32] = []
        limbs.reserveCapacity(digits.count / 9 + 1)
        var limb: UInt32 = 0
        var factor: UInt32 = 1
        for digit in digits.reversed() {
            limb += UInt32(digit - 48) * factor
            if factor == 100_000_000 {
                limbs.append(limb)
                limb = 0
                factor = 1
            } else {
                factor *= 10
            }
        }
        limbs.append(limb)
        self.limbs = limbs
        trim()
    }

    static func powerOfTen(_ exponent: Int) -> NaturalNumber { one.timesPowerOfTen(exponent) }

    var isZero: Bool { limbs.isEmpty }

    /// How many decimal digits it has; none for zero.
    var digitCount: Int {
        guard let top = limbs.last else { return 0 }
        return (limbs.count - 1) * 9 + Self.digitCount(top)
    }

    var digits: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(limbs.count * 9)
        for (place, limb) in limbs.reversed().enumerated() {
            var factor: UInt32 = 100_000_000
            while factor > 0 {
                let digit = UInt8(limb / factor % 10)
                if place > 0 || digit > 0 || !result.isEmpty { result.append(48 + digit) }
                factor /= 10
            }
        }
        return result
    }

    var uint64: UInt64? {
        guard limbs.count <= 3 else { return nil }
        var result: UInt64 = 0
        for limb in limbs.reversed() {
            let (product, overflow) = result.multipliedReportingOverflow(by: Self.base)
            let (sum, carry) = product.addingReportingOverflow(UInt64(limb))
            if overflow || carry { return nil }
            result = sum
        }
        return result
    }

    private mutating func trim() {
        while limbs.last == 0 { limbs.removeLast() }
    }

    private static func digitCount(_ limb: UInt32) -> Int {
        var count = 1
        var bound: UInt32 = 10
        while count < 9, limb >= bound {
            count += 1
            bound *= 10
        }
        return count
    }

    private static let powers: [UInt32] = [1, 10, 100, 1000, 10000, 100_000, 1_000_000, 10_000_000, 100_000_000]

    // MARK: Order, sum, difference

    static func compare(_ a: NaturalNumber, _ b: NaturalNumber) -> Int {
        if a.limbs.count != b.limbs.count { return a.limbs.count < b.limbs.count ? -1 : 1 }
        for place in a.limbs.indices.reversed() where a.limbs[place] != b.limbs[place] {
            return a.limbs[place] < b.limbs[place] ? -1 : 1
        }
        return 0
    }

    static func + (a: NaturalNumber, b: NaturalNumber) -> NaturalNumber {
        var result = a.limbs.count >= b.limbs.count ? a.limbs : b.limbs
        let other = a.limbs.count >= b.limbs.count ? b.limbs : a.limbs
        var carry: UInt32 = 0
        for place in result.indices {
            if place >= other.count, carry == 0 { break }
            var sum = result[place] + carry + (place < other.count ? other[place] : 0)
            carry = sum >= UInt32(base) ? 1 : 0
            if carry == 1 { sum -= UInt32(base) }
            result[place] = sum
        }
        if carry > 0 { result.append(carry) }
        return NaturalNumber(limbs: result)
    }

    /// - Precondition: the second is not greater.
    static func - (a: NaturalNumber, b: NaturalNumber) -> NaturalNumber {
        var result = a
        var borrow: Int64 = 0
        for place in result.limbs.indices {
            if place >= b.limbs.count, borrow == 0 { break }
            var difference = Int64(result.limbs[place]) - borrow - (place < b.limbs.count ? Int64(b.limbs[place]) : 0)
            borrow = difference < 0 ? 1 : 0
            if borrow == 1 { difference += Int64(base) }
            result.limbs[place] = UInt32(difference)
        }
        result.trim()
        return result
    }

    // MARK: Product and powers of ten

    static func * (a: NaturalNumber, b: NaturalNumber) -> NaturalNumber {
        if a.isZero || b.isZero { return zero }
        if min(a.limbs.count, b.limbs.count) > 8 { return longProduct(a.limbs.span, b.limbs.span) }
        var result = [UInt32](repeating: 0, count: a.limbs.count + b.limbs.count)
        for (i, x) in a.limbs.enumerated() where x != 0 {
            var carry: UInt64 = 0
            for (j, y) in b.limbs.enumerated() {
                let sum = UInt64(x) * UInt64(y) + UInt64(result[i + j]) + carry
                carry = sum / base
                result[i + j] = UInt32(sum - carry * base)
            }
            result[i + b.limbs.count] = UInt32(carry)
        }
        var number = NaturalNumber(limbs: result)
        number.trim()
        return number
    }

    /// Limb by limb of the result, so that there is a division for each of those and not for each product.
    private static func longProduct(_ a: Span<UInt32>, _ b: Span<UInt32>) -> NaturalNumber {
        var result: [UInt32] = []
        result.reserveCapacity(a.count + b.count)
        var carry: UInt64 = 0
        for place in 0...(a.count + b.count - 2) {
            var (low, high) = (carry % base, carry / base)
            var index = max(0, place - (b.count - 1))
            let end = min(place, a.count - 1) + 1
            while index < end {
                // Eighteen products of limbs are less than 2^64.
                let stop = min(index + 18, end)
                var sum: UInt64 = 0
                while index < stop {
                    sum &+= UInt64(a[index]) &* UInt64(b[place - index])
                    index += 1
                }
                low += sum % base
                high += sum / base
            }
            carry = high + low / base
            result.append(UInt32(low % base))
        }
        while carry > 0 {
            result.append(UInt32(carry % base))
            carry /= base
        }
        var number = NaturalNumber(limbs: result)
        number.trim()
        return number
    }

    func timesPowerOfTen(_ exponent: Int) -> NaturalNumber {
        guard exponent > 0, !isZero else { return self }
        let factor = UInt64(Self.powers[exponent % 9])
        var result = [UInt32](repeating: 0, count: exponent / 9)
        result.reserveCapacity(result.count + limbs.count + 1)
        var carry: UInt64 = 0
        for limb in limbs {
            let product = UInt64(limb) * factor + carry
            carry = product / Self.base
            result.append(UInt32(product - carry * Self.base))
        }
        if carry > 0 { result.append(UInt32(carry)) }
        return NaturalNumber(limbs: result)
    }

    /// Divided by a power of ten: what is left, and the first digit that was dropped (for rounding), and whether all dropped were zero.
    func droppingDigits(_ count: Int) -> (quotient: NaturalNumber, firstDropped: UInt8, isExact: Bool) {
        guard count > 0 else { return (self, 0, true) }
        let whole = count / 9
        guard whole <= limbs.count else { return (.zero, 0, isZero) }
        let part = count % 9
        // The limbs below the ones kept, and the digits of the first kept one that go.
        var isExact = true
        var firstDropped: UInt32 = 0
        if part == 0 {
            firstDropped = limbs[whole - 1] / 100_000_000
            isExact = limbs[..<whole].allSatisfy { $0 == 0 }
            return (NaturalNumber(limbs: Array(limbs[whole...])), UInt8(firstDropped), isExact)
        }
        let divisor = Self.powers[part]
        let lowest = whole < limbs.count ? limbs[whole] : 0
        firstDropped = lowest / Self.powers[part - 1] % 10
        isExact = lowest % divisor == 0 && limbs[..<whole].allSatisfy { $0 == 0 }
        var result: [UInt32] = []
        result.reserveCapacity(max(limbs.count - whole, 0))
        var place = whole
        while place < limbs.count {
            let next = place + 1 < limbs.count ? limbs[place + 1] % divisor : 0
            result.append(limbs[place] / divisor + next * (UInt32(Self.base) / divisor))
            place += 1
        }
        var number = NaturalNumber(limbs: result)
        number.trim()
        return (number, UInt8(firstDropped), isExact)
    }

    /// Divided by a power of ten, halves rounded up.
    func roundingAway(_ count: Int) -> NaturalNumber {
        let (quotient, first, _) = droppingDigits(count)
        return first >= 5 ? quotient + .one : quotient
    }

    var trailingZeroDigits: Int {
        var count = 0
        for limb in limbs {
            if limb == 0 {
                count += 9
                continue
            }
            var rest = limb
            while rest % 10 == 0 {
                rest /= 10
                count += 1
            }
            break
        }
        return count
    }

    // MARK: Quotient

    func dividedBySmall(_ divisor: UInt32) -> (quotient: NaturalNumber, remainder: UInt32) {
        var result = limbs
        var remainder: UInt64 = 0
        for place in result.indices.reversed() {
            let value = remainder * Self.base + UInt64(result[place])
            result[place] = UInt32(value / UInt64(divisor))
            remainder = value % UInt64(divisor)
        }
        var number = NaturalNumber(limbs: result)
        number.trim()
        return (number, UInt32(remainder))
    }

    /// Knuth's algorithm D.
    ///
    /// - Precondition: the divisor is not zero.
    func divided(by divisor: NaturalNumber) -> (quotient: NaturalNumber, remainder: NaturalNumber) {
        if Self.compare(self, divisor) < 0 { return (.zero, self) }
        if divisor.limbs.count == 1 {
            let (quotient, remainder) = dividedBySmall(divisor.limbs[0])
            return (quotient, NaturalNumber(UInt64(remainder)))
        }
        let base = Self.base
        let scale = base / (UInt64(divisor.limbs.last ?? 1) + 1)
        var u = (self * NaturalNumber(scale)).limbs
        let v = (divisor * NaturalNumber(scale)).limbs
        while u.count <= limbs.count { u.append(0) }
        let n = v.count
        let m = u.count - n
        var quotient = [UInt32](repeating: 0, count: m)
        let top = UInt64(v[n - 1])
        let second = UInt64(v[n - 2])
        for j in stride(from: m - 1, through: 0, by: -1) {
            let numerator = UInt64(u[j + n]) * base + UInt64(u[j + n - 1])
            var guess = numerator / top
            var rest = numerator % top
            while guess >= base || guess * second > rest * base + UInt64(u[j + n - 2]) {
                guess -= 1
                rest += top
                if rest >= base { break }
            }
            var borrow: Int64 = 0
            var carry: UInt64 = 0
            for i in 0..<n {
                let product = guess * UInt64(v[i]) + carry
                carry = product / base
                var difference = Int64(u[i + j]) - borrow - Int64(product - carry * base)
                borrow = difference < 0 ? 1 : 0
                if borrow == 1 { difference += Int64(base) }
                u[i + j] = UInt32(difference)
            }
            let difference = Int64(u[j + n]) - borrow - Int64(carry)
            if difference < 0 {
                // The guess was one too great.
                u[j + n] = 0
                guess -= 1
                var carry: UInt32 = 0
                for i in 0..<n {
                    var sum = u[i + j] + v[i] + carry
                    carry = sum >= UInt32(base) ? 1 : 0
                    if carry == 1 { sum -= UInt32(base) }
                    u[i + j] = sum
                }
            } else {
                u[j + n] = UInt32(difference)
            }
            quotient[j] = UInt32(guess)
        }
        var number = NaturalNumber(limbs: quotient)
        number.trim()
        var remainder = NaturalNumber(limbs: Array(u[..<n]))
        remainder.trim()
        return (number, remainder.dividedBySmall(UInt32(scale)).quotient)
    }

    /// The greatest number whose square is not greater: by Newton's method, from the root of the upper half.
    var squareRoot: NaturalNumber {
        if limbs.count <= 2 {
            let value = uint64 ?? 0
            var root = UInt64(Double(value).squareRoot())
            while root * root > value { root -= 1 }
            while (root + 1) * (root + 1) <= value { root += 1 }
            return NaturalNumber(root)
        }
        let dropped = max(1, limbs.count / 4)
        // No less than the root.
        let upper = NaturalNumber(limbs: Array(limbs[(2 * dropped)...])).squareRoot + .one
        var guess = NaturalNumber(limbs: Array(repeating: 0, count: dropped) + upper.limbs)
        while true {
            let next = (guess + divided(by: guess).quotient).dividedBySmall(2).quotient
            if Self.compare(next, guess) >= 0 { return guess }
            guess = next
        }
    }
}
