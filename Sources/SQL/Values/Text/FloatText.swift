/// float4 and float8 as text.
enum FloatText {
    /// - Parameter isSingle: float4, whose shortest digits are those that tell it from other floats of 32 bits.
    static func output(_ value: Double, isSingle: Bool, extraDigits: Int) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        if value == 0 { return value.sign == .minus ? "-0" : "0" }
        let sign = value < 0 ? "-" : ""
        if extraDigits > 0 {
            let (digits, exponent) = shortest(value.magnitude, isSingle: isSingle)
            return sign + text(digits, exponent: exponent, scientificFrom: isSingle ? 6 : 15)
        }
        let precision = max((isSingle ? 6 : 15) + extraDigits, 1)
        return sign + general(value.magnitude, precision: precision)
    }

    /// As C's `%.*g` writes it.
    static func general(_ value: Double, precision: Int) -> String {
        if value == 0 { return "0" }
        var (digits, exponent) = rounded(value, significantDigits: precision)
        while digits.count > 1, digits.last == 48 { digits.removeLast() }
        return text(digits, exponent: exponent, scientificFrom: precision)
    }

    private static func text(_ digits: [UInt8], exponent: Int, scientificFrom bound: Int) -> String {
        var result: [UInt8] = []
        if exponent < -4 || exponent >= bound {
            result.append(digits[0])
            if digits.count > 1 {
                result.append(UInt8(ascii: "."))
                result.append(contentsOf: digits[1...])
            }
            let size = String(exponent.magnitude)
            result.append(contentsOf: (exponent < 0 ? "e-" : "e+").utf8)
            if size.utf8.count < 2 { result.append(48) }
            result.append(contentsOf: size.utf8)
        } else if exponent < 0 {
            result.append(contentsOf: "0.".utf8)
            result.append(contentsOf: repeatElement(48, count: -exponent - 1))
            result.append(contentsOf: digits)
        } else if digits.count <= exponent + 1 {
            result.append(contentsOf: digits)
            result.append(contentsOf: repeatElement(48, count: exponent + 1 - digits.count))
        } else {
            result.append(contentsOf: digits[...exponent])
            result.append(UInt8(ascii: "."))
            result.append(contentsOf: digits[(exponent + 1)...])
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The fewest digits that are read back as the same number, and the power of ten of the first.
    static func shortest(_ value: Double, isSingle: Bool) -> (digits: [UInt8], exponent: Int) {
        split(isSingle ? Float(value).description : value.description)
    }

    /// The digits of a positive number in Swift's notation.
    private static func split(_ text: String) -> (digits: [UInt8], exponent: Int) {
        var digits: [UInt8] = []
        var exponent = 0
        var point: Int?
        let bytes = Array(text.utf8)
        var place = 0
        while place < bytes.count {
            if ASCII.isDigit(bytes[place]) {
                digits.append(bytes[place])
            } else if bytes[place] == UInt8(ascii: ".") {
                point = digits.count
            } else {
                exponent = Int(String(decoding: bytes[(place + 1)...], as: UTF8.self)) ?? 0
                break
            }
            place += 1
        }
        var first = (point ?? digits.count) - 1 + exponent
        while digits.count > 1, digits[0] == 48 {
            digits.removeFirst()
            first -= 1
        }
        while digits.count > 1, digits.last == 48 { digits.removeLast() }
        return (digits, first)
    }

    /// Correctly rounded to so many digits, ties to even as C's printf does, and the power of ten of the first digit.
    static func rounded(_ value: Double, significantDigits count: Int) -> (digits: [UInt8], exponent: Int) {
        let (short, shortExponent) = shortest(value, isSingle: false)
        if short.count <= count { return (short + repeatElement(48, count: count - short.count), shortExponent) }
        let (all, exponent) = exact(value)
        return round(all, exponent: exponent, to: count)
    }

    private static func round(_ all: [UInt8], exponent: Int, to count: Int) -> (digits: [UInt8], exponent: Int) {
        if all.count <= count { return (all + repeatElement(48, count: count - all.count), exponent) }
        var kept = Array(all[..<count])
        let rest = all[count...]
        let isUp: Bool
        if rest.first == 53, rest.dropFirst().allSatisfy({ $0 == 48 }) {
            isUp = (kept.last ?? 48) % 2 == 1
        } else {
            isUp = (rest.first ?? 48) >= 53
        }
        guard isUp else { return (kept, exponent) }
        var place = count - 1
        while place >= 0 {
            if kept[place] < 57 {
                kept[place] += 1
                return (kept, exponent)
            }
            kept[place] = 48
            place -= 1
        }
        kept.insert(49, at: 0)
        kept.removeLast()
        return (kept, exponent + 1)
    }

    /// All digits of a double, of which there can be more than 700, and the power of ten of the first.
    static func exact(_ value: Double) -> (digits: [UInt8], exponent: Int) {
        let significand = value.significandBitPattern | (value.isNormal ? 1 << 52 : 0)
        let power = Int(max(value.exponentBitPattern, 1)) - 1075
        var number = NaturalNumber(significand)
        var remaining = power.magnitude
        while remaining > 0 {
            let step = min(remaining, 29)
            // Five to the power, over ten to the power, is the same as one over two to the power.
            if power > 0 {
                number = number * NaturalNumber((1 as UInt64) << UInt64(step))
            } else {
                for _ in 0..<step { number = number * NaturalNumber(5 as UInt64) }
            }
            remaining -= step
        }
        let digits = number.digits
        return (digits, digits.count - 1 - (power < 0 ? -power : 0))
    }
}
