/// A moment or an interval, written as a picture says.
struct DateWriting {
    private let time: BrokenDownTime
    /// Of an interval hours may be more than 24, and all parts below zero.
    private let isInterval: Bool
    private let dayOfYear: Int
    private let hasZone: Bool

    init(timestamp: Int64) {
        time = BrokenDownTime(timestamp: timestamp)
        dayOfYear = time.dayOfYear
        (isInterval, hasZone) = (false, false)
    }

    init(timestamptz: Int64, zone: SQLTimeZone) {
        time = BrokenDownTime(timestamptz: timestamptz, zone: zone)
        dayOfYear = time.dayOfYear
        (isInterval, hasZone) = (false, true)
    }

    init(_ interval: Interval) {
        let parts = IntervalParts(interval)
        var time = BrokenDownTime()
        (time.year, time.month, time.day) = (parts.years, parts.months, parts.days)
        (time.hour, time.minute, time.second, time.microsecond) = (parts.hours, parts.minutes, parts.seconds, parts.microseconds)
        self.time = time
        dayOfYear = (parts.years * 12 + parts.months) * 30 + parts.days
        (isInterval, hasZone) = (true, false)
    }

    func text(_ picture: FormatPicture) throws(SQLError) -> String {
        var text = ""
        for node in picture.nodes {
            switch node {
            case .field(let field): text += try self.text(field)
            case .space: text += " "
            case .separator(let scalar), .character(let scalar): text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private func text(_ field: FormatPicture.Field) throws(SQLError) -> String {
        if isInterval, Self.ofDatesOnly.contains(field.name.uppercased()) {
            throw SQLError(
                .invalidDatetimeFormat, "invalid format specification for an interval value",
                hint: "Intervals are not tied to specific calendar dates.")
        }
        switch field.name {
        case "A.M.", "P.M.": return isAfternoon ? "P.M." : "A.M."
        case "AM", "PM": return isAfternoon ? "PM" : "AM"
        case "a.m.", "p.m.": return isAfternoon ? "p.m." : "a.m."
        case "am", "pm": return isAfternoon ? "pm" : "am"
        case "A.D.", "B.C.": return time.year <= 0 ? "B.C." : "A.D."
        case "AD", "BC": return time.year <= 0 ? "BC" : "AD"
        case "a.d.", "b.c.": return time.year <= 0 ? "b.c." : "a.d."
        case "ad", "bc": return time.year <= 0 ? "bc" : "ad"
        case "TZ": return hasZone ? time.zoneAbbreviation : ""
        case "tz": return hasZone ? time.zoneAbbreviation.lowercased() : ""
        case "TZH": return (time.offset >= 0 ? "+" : "-") + Self.padded(abs(time.offset) / 3600, 2)
        case "TZM": return Self.padded(abs(time.offset) / 60 % 60, 2)
        case "OF":
            let minutes = abs(time.offset) / 60 % 60
            return (time.offset >= 0 ? "+" : "-") + Self.padded(abs(time.offset) / 3600, field.fillsNothing ? 0 : 2)
                + (abs(time.offset) % 3600 != 0 ? ":" + Self.padded(minutes, 2) : "")
        case "FX": return ""
        case "MONTH", "Month", "month", "MON", "Mon", "mon":
            guard time.month != 0 else { return "" }
            return word(FormatPicture.months[time.month - 1], field, shortLength: 3)
        case "DAY", "Day", "day", "DY", "Dy", "dy":
            return word(FormatPicture.days[Calendar.weekday(julianDay: time.julianDay)], field, shortLength: 2)
        case "RM", "rm":
            guard time.month != 0 || time.year != 0 else { return "" }
            let place = time.month == 0 ? (time.year >= 0 ? 0 : 11) : time.month < 0 ? -(time.month + 1) : 12 - time.month
            let numeral = FormatPicture.romanMonths[place]
            let padded = field.fillsNothing ? numeral : numeral + String(repeating: " ", count: 4 - numeral.utf8.count)
            return field.name == "rm" ? padded.lowercased() : padded
        default:
            let digits = digits(field)
            guard let ordinal = field.ordinal, !digits.isEmpty else { return digits }
            let ending = FormatPicture.ordinal(of: Array(digits.utf8))
            return digits + (ordinal == "TH" ? ending.uppercased() : ending)
        }
    }

    private static let ofDatesOnly: Set = [
        "A.D.", "B.C.", "AD", "BC", "TZ", "TZH", "TZM", "OF", "MONTH", "MON", "DAY", "DY", "D", "ID",
    ]

    private var isAfternoon: Bool { time.hour % 24 >= 12 }

    private func word(_ word: String, _ field: FormatPicture.Field, shortLength: Int) -> String {
        let isShort = field.name.utf8.count == shortLength
        let cut = isShort ? String(word.prefix(3)) : word
        let isPadded = !isShort && !field.fillsNothing && !field.isTranslated
        let padded = isPadded ? cut + String(repeating: " ", count: 9 - cut.utf8.count) : cut
        if field.name == field.name.uppercased() { return padded.uppercased() }
        return field.name == field.name.lowercased() ? padded.lowercased() : padded
    }

    private func digits(_ field: FormatPicture.Field) -> String {
        /// C's `%0*d`: below zero the sign has a place of its own.
        func filled(_ number: Int, _ width: Int) -> String {
            field.fillsNothing ? String(number) : Self.padded(number, number >= 0 ? width : width + 1)
        }
        switch field.name {
        case "HH", "HH12": return filled(time.hour % 12 == 0 ? 12 : time.hour % 12, 2)
        case "HH24": return filled(time.hour, 2)
        case "MI": return filled(time.minute, 2)
        case "SS": return filled(time.second, 2)
        case "FF1": return Self.padded(time.microsecond / 100_000, 1)
        case "FF2": return Self.padded(time.microsecond / 10_000, 2)
        case "MS", "FF3": return Self.padded(time.microsecond / 1000, 3)
        case "FF4": return Self.padded(time.microsecond / 100, 4)
        case "FF5": return Self.padded(time.microsecond / 10, 5)
        case "US", "FF6": return Self.padded(time.microsecond, 6)
        case "SSSS", "SSSSS": return String((time.hour * 60 + time.minute) * 60 + time.second)
        case "MM": return filled(time.month, 2)
        case "DDD": return Self.padded(dayOfYear, field.fillsNothing ? 0 : 3)
        case "IDDD":
            let iso = Calendar.isoWeek(julianDay: time.julianDay)
            return Self.padded(time.julianDay - Calendar.firstISOWeek(iso.year) + 1, field.fillsNothing ? 0 : 3)
        case "DD": return Self.padded(time.day, field.fillsNothing ? 0 : 2)
        case "D": return String(Calendar.weekday(julianDay: time.julianDay) + 1)
        case "ID":
            let day = Calendar.weekday(julianDay: time.julianDay)
            return String(day == 0 ? 7 : day)
        case "WW": return Self.padded((dayOfYear - 1) / 7 + 1, field.fillsNothing ? 0 : 2)
        case "IW": return Self.padded(Calendar.isoWeek(julianDay: time.julianDay).week, field.fillsNothing ? 0 : 2)
        case "Q": return time.month == 0 ? "" : String((time.month - 1) / 3 + 1)
        case "W": return String((time.day - 1) / 7 + 1)
        case "J": return String(time.julianDay)
        case "CC":
            let century = isInterval ? time.year / 100 : time.year > 0 ? (time.year - 1) / 100 + 1 : time.year / 100 - 1
            return abs(century) <= 99 ? filled(century, 2) : String(century)
        case "Y,YYY": return "\(year / 1000)," + Self.padded(year - year / 1000 * 1000, 3)
        case "YYYY": return filled(year, 4)
        case "IYYY": return filled(isoYear, 4)
        case "YYY": return filled(year % 1000, 3)
        case "IYY": return filled(isoYear % 1000, 3)
        case "YY": return filled(year % 100, 2)
        case "IY": return filled(isoYear % 100, 2)
        case "Y": return String(year % 10)
        case "I": return String(isoYear % 10)
        default: return ""
        }
    }

    /// Before Christ years are counted from 1, too.
    private func shown(_ year: Int) -> Int { isInterval || year > 0 ? year : 1 - year }
    private var year: Int { shown(time.year) }
    private var isoYear: Int { shown(Calendar.isoWeek(julianDay: time.julianDay).year) }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number.magnitude)
        let room = width - digits.utf8.count - (number < 0 ? 1 : 0)
        return (number < 0 ? "-" : "") + (room > 0 ? String(repeating: "0", count: room) : "") + digits
    }
}
