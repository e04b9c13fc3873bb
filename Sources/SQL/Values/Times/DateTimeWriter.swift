/// Dates, times and intervals as text.
enum DateTimeWriter {
    static func two(_ number: Int, into text: inout String) {
        if number < 10 { text += "0" }
        text += String(number)
    }

    static func fraction(_ microsecond: Int, into text: inout String) {
        guard microsecond != 0 else { return }
        var digits = String(microsecond.magnitude)
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        text += "." + digits
    }

    private static func date(_ time: BrokenDownTime, into text: inout String) {
        let year = String(time.year > 0 ? time.year : 1 - time.year)
        text += String(repeating: "0", count: max(0, 4 - year.count)) + year + "-"
        two(time.month, into: &text)
        text += "-"
        two(time.day, into: &text)
    }

    static func clock(_ time: BrokenDownTime, into text: inout String) {
        two(time.hour, into: &text)
        text += ":"
        two(time.minute, into: &text)
        text += ":"
        two(time.second, into: &text)
        fraction(time.microsecond, into: &text)
    }

    static func date(_ days: Int32) -> String {
        if days == Calendar.infiniteDate { return "infinity" }
        if days == Calendar.negativeInfiniteDate { return "-infinity" }
        var time = BrokenDownTime()
        (time.year, time.month, time.day) = Calendar.date(days: Int(days))
        var text = ""
        date(time, into: &text)
        return time.year > 0 ? text : text + " BC"
    }

    static func time(_ microseconds: Int64) -> String {
        var time = BrokenDownTime()
        time.set(microseconds)
        var text = ""
        clock(time, into: &text)
        return text
    }

    static func timetz(_ microseconds: Int64, west: Int32) -> String { time(microseconds) + SQLTimeZone.offsetText(-west) }

    static func timestamp(_ value: Int64, separator: String = " ") -> String {
        if value == Calendar.infiniteTimestamp { return "infinity" }
        if value == Calendar.negativeInfiniteTimestamp { return "-infinity" }
        let time = BrokenDownTime(timestamp: value)
        var text = ""
        date(time, into: &text)
        text += separator
        clock(time, into: &text)
        return time.year > 0 ? text : text + " BC"
    }

    static func timestamptz(_ value: Int64, zone: SQLTimeZone, separator: String = " ", isXML: Bool = false) -> String {
        if value == Calendar.infiniteTimestamp { return "infinity" }
        if value == Calendar.negativeInfiniteTimestamp { return "-infinity" }
        let time = BrokenDownTime(timestamptz: value, zone: zone)
        var text = ""
        date(time, into: &text)
        text += separator
        clock(time, into: &text)
        text += SQLTimeZone.offsetText(Int32(time.offset))
        if isXML, time.offset % 3600 == 0 { text += ":00" }
        return time.year > 0 ? text : text + " BC"
    }

    // MARK: Intervals

    static func interval(_ value: Interval, style: OutputSettings.IntervalStyle) -> String {
        let parts = IntervalParts(value)
        return switch style {
        case .postgres: postgres(parts)
        case .postgresVerbose: verbose(parts)
        case .sqlStandard: standard(parts)
        case .iso8601: iso(parts)
        }
    }

    private static func postgres(_ parts: IntervalParts) -> String {
        var text = ""
        var wasNegative = false
        func add(_ value: Int, _ unit: String) {
            guard value != 0 else { return }
            if !text.isEmpty { text += " " }
            if wasNegative, value > 0 { text += "+" }
            text += "\(value) \(unit)" + (value == 1 ? "" : "s")
            wasNegative = value < 0
        }
        add(parts.years, "year")
        add(parts.months, "mon")
        add(parts.days, "day")
        if text.isEmpty || parts.hasTime {
            if !text.isEmpty { text += " " }
            text += parts.isTimeNegative ? "-" : wasNegative ? "+" : ""
            clock(parts, into: &text)
        }
        return text
    }

    private static func clock(_ parts: IntervalParts, into text: inout String) {
        two(abs(parts.hours), into: &text)
        text += ":"
        two(abs(parts.minutes), into: &text)
        text += ":"
        two(abs(parts.seconds), into: &text)
        fraction(parts.microseconds, into: &text)
    }

    private static func verbose(_ parts: IntervalParts) -> String {
        var text = "@"
        var isZero = true
        var isBefore = false
        func add(_ value: Int, _ unit: String) {
            guard value != 0 else { return }
            var shown = value
            if isZero {
                isBefore = value < 0
                shown = abs(value)
            } else if isBefore {
                shown = -value
            }
            text += " \(shown) \(unit)" + (shown == 1 ? "" : "s")
            isZero = false
        }
        add(parts.years, "year")
        add(parts.months, "mon")
        add(parts.days, "day")
        add(parts.hours, "hour")
        add(parts.minutes, "min")
        if parts.seconds != 0 || parts.microseconds != 0 {
            let isNegative = parts.seconds < 0 || parts.microseconds < 0
            if isZero { isBefore = isNegative }
            let sign = isZero ? false : isNegative != isBefore
            text += sign ? " -" : " "
            text += String(abs(parts.seconds))
            fraction(parts.microseconds, into: &text)
            text += abs(parts.seconds) != 1 || parts.microseconds != 0 ? " secs" : " sec"
            isZero = false
        }
        if isZero { text += " 0" }
        return isBefore ? text + " ago" : text
    }

    private static func standard(_ parts: IntervalParts) -> String {
        let values = [parts.years, parts.months, parts.days, parts.hours, parts.minutes, parts.seconds, parts.microseconds]
        let hasNegative = values.contains { $0 < 0 }
        let hasPositive = values.contains { $0 > 0 }
        let hasMonths = parts.years != 0 || parts.months != 0
        let hasDay = parts.days != 0
        let hasDayTime = hasDay || parts.hasTime
        if !hasNegative, !hasPositive { return "0" }
        let isPlain = !(hasNegative && hasPositive) && !(hasMonths && hasDayTime)
        var text = ""
        if !isPlain {
            let monthSign = parts.years < 0 || parts.months < 0 ? "-" : "+"
            let daySign = parts.days < 0 ? "-" : "+"
            let timeSign = parts.isTimeNegative ? "-" : "+"
            text = "\(monthSign)\(abs(parts.years))-\(abs(parts.months)) \(daySign)\(abs(parts.days)) \(timeSign)"
            text += "\(abs(parts.hours)):"
            two(abs(parts.minutes), into: &text)
            text += ":"
            two(abs(parts.seconds), into: &text)
            fraction(parts.microseconds, into: &text)
            return text
        }
        text = hasNegative ? "-" : ""
        if hasMonths { return text + "\(abs(parts.years))-\(abs(parts.months))" }
        if hasDay { text += "\(abs(parts.days)) " }
        text += "\(abs(parts.hours)):"
        two(abs(parts.minutes), into: &text)
        text += ":"
        two(abs(parts.seconds), into: &text)
        fraction(parts.microseconds, into: &text)
        return text
    }

    private static func iso(_ parts: IntervalParts) -> String {
        var text = "P"
        func add(_ value: Int, _ unit: String) {
            if value != 0 { text += "\(value)\(unit)" }
        }
        add(parts.years, "Y")
        add(parts.months, "M")
        add(parts.days, "D")
        if parts.hasTime { text += "T" }
        add(parts.hours, "H")
        add(parts.minutes, "M")
        if parts.seconds != 0 || parts.microseconds != 0 {
            if parts.seconds < 0 || parts.microseconds < 0 { text += "-" }
            text += String(abs(parts.seconds))
            fraction(parts.microseconds, into: &text)
            text += "S"
        }
        return text == "P" ? "PT0S" : text
    }
}

/// An interval taken apart; all parts of the time of day have one sign.
struct IntervalParts {
    var years: Int
    var months: Int
    var days: Int
    var hours: Int
    var minutes: Int
    var seconds: Int
    var microseconds: Int

    init(_ value: Interval) {
        years = Int(value.months) / 12
        months = Int(value.months) % 12
        days = Int(value.days)
        let seconds = Int(value.microseconds / 1_000_000)
        microseconds = Int(value.microseconds % 1_000_000)
        hours = seconds / 3600
        minutes = seconds / 60 % 60
        self.seconds = seconds % 60
    }

    var hasTime: Bool { hours != 0 || minutes != 0 || seconds != 0 || microseconds != 0 }
    var isTimeNegative: Bool { hours < 0 || minutes < 0 || seconds < 0 || microseconds < 0 }
}
