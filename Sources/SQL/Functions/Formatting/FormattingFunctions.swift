/// to_char, to_date, to_timestamp and to_number.
enum FormattingFunctions {
    static let bodies: Bodies = [
        "to_char": .scalar { arguments, context throws(SQLError) in
            try text(arguments[0], arguments[1].text, context).map { .text($0) } ?? .null
        },
        "timeofday": .scalar { _, context throws(SQLError) in
            try text(.timestamptz(WallTime.now), "Dy Mon DD HH24:MI:SS.US YYYY TZ", context).map { .text($0) } ?? .null
        },
        "to_date": .scalar { arguments, _ throws(SQLError) in
            let time = try DateReading.read(arguments[0].text, arguments[1].text).time
            let days = time.julianDay - Calendar.julianEpoch
            guard time.year >= -4713, Calendar.isDate(days: days) else {
                throw SQLError(.datetimeFieldOverflow, "date out of range: \"\(arguments[0].text)\"")
            }
            return .date(Int32(days))
        },
        "to_timestamp#1778": .scalar { arguments, context throws(SQLError) in
            let result = try DateReading.read(arguments[0].text, arguments[1].text)
            guard result.time.year >= -4713, let local = result.time.timestamp else {
                throw SQLError(.datetimeFieldOverflow, "timestamp out of range: \"\(arguments[0].text)\"")
            }
            let moment: Int64
            if let zone = result.zone {
                moment = local - Int64(zone) * 1_000_000
            } else {
                moment = try DateTimeConversion.utc(local, context.session.settings.timeZone)
            }
            guard let precision = result.precision else { return .timestamptz(moment) }
            return .timestamptz(LengthCoercion.timestamp(moment, Int32(precision)) ?? moment)
        },
        "to_number": .scalar { arguments, _ throws(SQLError) in
            guard !arguments[1].text.isEmpty else { return .null }
            return .numeric(try NumberReading.number(arguments[0].text, NumberPicture(arguments[1].text)))
        },
    ]

    private static func text(_ value: SQLValue, _ picture: String, _ context: CallContext) throws(SQLError) -> String? {
        switch value {
        case .timestamp(let moment):
            guard !picture.isEmpty, !DateTimeConversion.isInfinite(moment) else { return nil }
            return try DateWriting(timestamp: moment).text(FormatPicture(ofDate: picture))
        case .timestamptz(let moment):
            guard !picture.isEmpty, !DateTimeConversion.isInfinite(moment) else { return nil }
            return try DateWriting(timestamptz: moment, zone: context.session.settings.timeZone).text(FormatPicture(ofDate: picture))
        case .interval(let interval):
            guard !picture.isEmpty else { return nil }
            return try DateWriting(interval).text(FormatPicture(ofDate: picture))
        case .int(let number): return try text(number, context.argumentTypes[0].oid == SQLType.int4.oid, NumberPicture(picture))
        case .numeric(let number): return try text(number, NumberPicture(picture))
        case .double(let number): return try text(number, context.argumentTypes[0].oid == SQLType.float4.oid, NumberPicture(picture))
        default: return nil
        }
    }

    // MARK: Numbers

    /// What stands for NaN and the infinities where an exponent is asked for.
    private static func unwritable(_ picture: NumberPicture) -> String {
        let sharps = String(repeating: "#", count: picture.before + picture.behind + 5)
        let place = sharps.index(sharps.startIndex, offsetBy: picture.before)
        return " " + sharps[..<place] + "." + sharps[sharps.index(after: place)...]
    }

    private static func scientific(_ digits: [UInt8], _ exponent: Int, isNegative: Bool) -> String {
        let size = String(exponent.magnitude)
        return (isNegative ? "-" : " ") + String(decoding: digits.prefix(1), as: UTF8.self)
            + (digits.count > 1 ? "." + String(decoding: digits.dropFirst(), as: UTF8.self) : "") + (exponent < 0 ? "e-" : "e+")
            + (size.utf8.count < 2 ? "0" : "") + size
    }

    private static func text(_ number: Int64, _ isInt4: Bool, _ picture: NumberPicture) throws(SQLError) -> String {
        if picture.isRoman { return NumberWriting.roman(number, picture) }
        if picture.isScientific {
            return isInt4 ? try text(Double(number), false, picture) : try text(Numeric(number), picture)
        }
        var picture = picture
        var shown = String(number)
        if picture.isShifted {
            let factor = try Numeric.power(Numeric(10 as Int64), Numeric(Int64(picture.shifted)))
            let product = try Numeric.multiply(Numeric(number), factor).rounded(toScale: 0)
            guard let value = product.int64, !isInt4 || Int32(exactly: value) != nil else {
                throw SQLError(.numericValueOutOfRange, "\(isInt4 ? "integer" : "bigint") out of range")
            }
            shown = String(value)
            picture.before += picture.shifted
        }
        if picture.behind > 0 { shown += "." + String(repeating: "0", count: picture.behind) }
        return NumberWriting.text(shown, picture)
    }

    private static func text(_ number: Numeric, _ picture: NumberPicture) throws(SQLError) -> String {
        if picture.isRoman {
            guard let integer = number.int64, Int32(exactly: integer) != nil else {
                throw SQLError(.numericValueOutOfRange, "integer out of range")
            }
            return NumberWriting.roman(integer, picture)
        }
        if picture.isScientific {
            guard number.isFinite else { return unwritable(picture) }
            let exponent = number.exponent ?? 0
            let count = max(number.magnitude.digitCount, 1)
            let scaled = Numeric(isNegative: false, magnitude: number.magnitude, scale: count - 1).rounded(toScale: picture.behind)
            let exponentText = String(exponent.magnitude)
            return (number.isNegative ? "-" : " ") + scaled.description + (exponent < 0 ? "e-" : "e+")
                + (exponentText.utf8.count < 2 ? "0" : "") + exponentText
        }
        var picture = picture
        var value = number
        if picture.isShifted {
            value = try Numeric.multiply(number, Numeric.power(Numeric(10 as Int64), Numeric(Int64(picture.shifted))))
            picture.before += picture.shifted
        }
        return NumberWriting.text(value.rounded(toScale: picture.behind).description, picture)
    }

    private static func text(_ number: Double, _ isSingle: Bool, _ picture: NumberPicture) throws(SQLError) -> String {
        if picture.isRoman {
            let rounded = number.rounded(.toNearestOrEven)
            return NumberWriting.roman(rounded.magnitude < 4000 ? Int64(rounded) : 0, picture)
        }
        if picture.isScientific {
            guard number.isFinite else { return unwritable(picture) }
            if number == 0 {
                return scientific(Array(repeating: 48, count: picture.behind + 1), 0, isNegative: number.sign == .minus)
            }
            let (digits, exponent) = FloatText.rounded(number.magnitude, significantDigits: picture.behind + 1)
            return scientific(digits, exponent, isNegative: number < 0)
        }
        var picture = picture
        var value = number
        if picture.isShifted {
            for _ in 0..<picture.shifted { value *= 10 }
            if isSingle { value = Double(Float(value)) }
            picture.before += picture.shifted
        }
        let bound = isSingle ? 6 : 15
        let count = value.isNaN ? 3 : value.isInfinite ? 8 : fixed(value.magnitude, 0).utf8.count
        if count >= bound { picture.behind = 0 } else { picture.behind = min(picture.behind, bound - count) }
        guard value.isFinite else {
            return NumberWriting.text(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity", picture)
        }
        return NumberWriting.text((value < 0 ? "-" : "") + fixed(value.magnitude, picture.behind), picture)
    }

    /// As C's `%.*f` writes it.
    private static func fixed(_ value: Double, _ places: Int) -> String {
        guard value != 0 else { return Numeric.zero.rounded(toScale: places).description }
        let exponent = FloatText.exact(value).exponent
        let count = exponent + 1 + places
        let unit = Numeric(isNegative: false, magnitude: .one, scale: places)
        guard count > 0 else {
            // At most a half of the last place.
            let (digits, _) = FloatText.exact(value)
            let isMore = count == 0 && (digits[0] > 53 || digits[0] == 53 && digits.dropFirst().contains { $0 != 48 })
            return (isMore ? unit : Numeric.zero.rounded(toScale: places)).description
        }
        let (digits, first) = FloatText.rounded(value, significantDigits: count)
        let magnitude = NaturalNumber(digits: digits)
        let scale = digits.count - 1 - first
        return Numeric(isNegative: false, magnitude: scale < 0 ? magnitude.timesPowerOfTen(-scale) : magnitude, scale: max(scale, 0))
            .rounded(toScale: places).description
    }
}
