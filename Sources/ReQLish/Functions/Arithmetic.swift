import Catalog

/// Arithmetic on datums, two at a time: the evaluator folds longer argument lists from the left.
///
/// No result is NaN or infinite: such an operation fails with `queryLogic`.
enum Arithmetic {
    // MARK: - Sums and products

    /// `a.add(b)`: numbers, strings, arrays, a time and a number of seconds in either order.
    static func add(_ a: Datum, _ b: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        switch a.kind {
        case .number:
            if b.kind == .time { return try Times.adding(try TypeCheck.number(a), to: b) }
            return try TypeCheck.finite(try TypeCheck.number(a) + TypeCheck.number(b), from: "an addition")
        case .string:
            guard b.kind == .string else { throw TypeCheck.mismatch(b, expected: "a STRING") }
            try TypeCheck.checkSize(a.utf8Count + b.utf8Count)
            return a.concatenating(b)
        case .array:
            try TypeCheck.array(b)
            return try Arrays.concatenating(a, b, arrayLimit: arrayLimit)
        case .time:
            return try Times.adding(try TypeCheck.number(b), to: a)
        default:
            throw TypeCheck.mismatch(a, expected: a.isNull ? "a NUMBER" : "a NUMBER, STRING, ARRAY or PTYPE<TIME>")
        }
    }

    /// `a.sub(b)`: numbers, the seconds between two times, a time less a number of seconds.
    static func subtract(_ a: Datum, _ b: Datum) throws(ReQLError) -> Datum {
        guard a.kind == .time else {
            return try TypeCheck.finite(try TypeCheck.number(a) - TypeCheck.number(b), from: "a subtraction")
        }
        guard b.kind == .time else { return try Times.adding(-TypeCheck.number(b), to: a) }
        // Both are whole milliseconds, so the difference is too.
        let seconds = ((try TypeCheck.time(a).epochSeconds - TypeCheck.time(b).epochSeconds) * 1000).rounded() / 1000
        return try TypeCheck.finite(seconds, from: "a subtraction")
    }

    /// `a.mul(b)`: numbers, an array repeated a number of times in either order.
    static func multiply(_ a: Datum, _ b: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        if a.kind == .array { return try repeating(a, try TypeCheck.integer(b), arrayLimit: arrayLimit) }
        if b.kind == .array { return try repeating(b, try TypeCheck.integer(a), arrayLimit: arrayLimit) }
        return try TypeCheck.finite(try TypeCheck.number(a) * TypeCheck.number(b), from: "a multiplication")
    }

    private static func repeating(_ array: Datum, _ times: Int, arrayLimit: Int) throws(ReQLError) -> Datum {
        guard times >= 0 else { throw ReQLError(.queryLogic, "An array can't be repeated \(times) times.") }
        let (count, overflow) = array.count.multipliedReportingOverflow(by: times)
        guard !overflow, count <= arrayLimit else { throw TypeCheck.arrayLimit(arrayLimit) }
        return try Datum.building { (builder) throws(DatumError) in
            try builder.beginArray()
            // An empty array stays empty however often it is repeated.
            for _ in 0..<(count == 0 ? 0 : times) {
                for element in array.elements { try builder.append(element) }
            }
            try builder.endArray()
        }
    }

    static func divide(_ a: Datum, _ b: Datum) throws(ReQLError) -> Datum {
        let dividend = try TypeCheck.number(a)
        let divisor = try TypeCheck.number(b)
        guard divisor != 0 else { throw ReQLError(.queryLogic, "\(a.shortText) can't be divided by zero.") }
        return try TypeCheck.finite(dividend / divisor, from: "a division")
    }

    /// The remainder of two integers; its sign follows the dividend.
    static func modulo(_ a: Datum, _ b: Datum) throws(ReQLError) -> Datum {
        let dividend = try TypeCheck.integer(a)
        let divisor = try TypeCheck.integer(b)
        guard divisor != 0 else { throw ReQLError(.queryLogic, "\(a.shortText) has no remainder modulo zero.") }
        return Datum(dividend % divisor)
    }

    // MARK: - Rounding

    static func floor(_ a: Datum) throws(ReQLError) -> Datum {
        Datum(try TypeCheck.number(a).rounded(.down))
    }

    static func ceiling(_ a: Datum) throws(ReQLError) -> Datum {
        Datum(try TypeCheck.number(a).rounded(.up))
    }

    /// Half goes away from zero.
    static func round(_ a: Datum) throws(ReQLError) -> Datum {
        Datum(try TypeCheck.number(a).rounded(.toNearestOrAwayFromZero))
    }

    // MARK: - Bits

    static func bitAnd(_ a: Datum, _ b: Datum) throws(ReQLError) -> Datum {
        Datum(try bits(a) & bits(b))
    }

    static func bitOr(_ a: Datum, _ b: Datum) throws(ReQLError) -> Datum {
        Datum(try bits(a) | bits(b))
    }

    static func bitXor(_ a: Datum, _ b: Datum) throws(ReQLError) -> Datum {
        Datum(try bits(a) ^ bits(b))
    }

    static func bitNot(_ a: Datum) throws(ReQLError) -> Datum {
        Datum(~(try bits(a)))
    }

    /// `a` times 2 to the power of `shift`.
    static func shiftLeft(_ a: Datum, _ shift: Datum) throws(ReQLError) -> Datum {
        let value = Double(try bits(a))
        let distance = min(try shiftDistance(shift), 2_000)
        return try TypeCheck.finite(Double(sign: .plus, exponent: distance, significand: value), from: "a left shift")
    }

    /// The arithmetic shift: the sign stays.
    static func shiftRight(_ a: Datum, _ shift: Datum) throws(ReQLError) -> Datum {
        Datum(try bits(a) >> shiftDistance(shift))
    }

    /// An integer in [−2^53, 2^53), read as 64 bits in two's complement.
    static func bits(_ a: Datum) throws(ReQLError) -> Int {
        let integer = try TypeCheck.integer(a)
        guard integer < 1 << 53 else {
            throw ReQLError(.queryLogic, "Bit operations take integers from -2^53 to 2^53 - 1, found \(integer).")
        }
        return integer
    }

    private static func shiftDistance(_ shift: Datum) throws(ReQLError) -> Int {
        let distance = try TypeCheck.integer(shift)
        guard distance >= 0 else { throw ReQLError(.queryLogic, "A shift can't go \(distance) bits: use the other direction.") }
        return distance
    }
}
