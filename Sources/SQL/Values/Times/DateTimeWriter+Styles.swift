/// Dates and times as the setting DateStyle asks for them.
extension DateTimeWriter {
    static func date(_ days: Int32, in settings: OutputSettings) -> String {
        guard settings.dateStyle != .iso, days != Calendar.infiniteDate, days != Calendar.negativeInfiniteDate else { return date(days) }
        var time = BrokenDownTime()
        (time.year, time.month, time.day) = Calendar.date(days: Int(days))
        let separator = settings.dateStyle == .sql ? "/" : settings.dateStyle == .german ? "." : "-"
        return numbers(time, separator, settings) + era(time)
    }

    static func timestamp(_ value: Int64, in settings: OutputSettings) -> String {
        guard settings.dateStyle != .iso, value != Calendar.infiniteTimestamp, value != Calendar.negativeInfiniteTimestamp else {
            return timestamp(value)
        }
        return traditional(BrokenDownTime(timestamp: value), zone: "", settings)
    }

    static func timestamptz(_ value: Int64, in settings: OutputSettings) -> String {
        guard settings.dateStyle != .iso, value != Calendar.infiniteTimestamp, value != Calendar.negativeInfiniteTimestamp else {
            return timestamptz(value, zone: settings.timeZone)
        }
        let time = BrokenDownTime(timestamptz: value, zone: settings.timeZone)
        return traditional(time, zone: " " + time.zoneAbbreviation, settings)
    }

    /// As PostgreSQL wrote it from the start: Wed Dec 17 07:37:16 1997 PST; as in SQL and in Germany, numbers alone.
    private static func traditional(_ time: BrokenDownTime, zone: String, _ settings: OutputSettings) -> String {
        var text = ""
        switch settings.dateStyle {
        case .postgres:
            let day = Calendar.weekday(julianDay: Calendar.julianDay(year: time.year, month: time.month, day: time.day))
            text = FormatPicture.days[day].prefix(3) + " "
            let month = FormatPicture.months[time.month - 1].prefix(3)
            if settings.dateOrder != .dayFirst { text += month + " " }
            two(time.day, into: &text)
            if settings.dateOrder == .dayFirst { text += " " + month }
            text += " "
            clock(time, into: &text)
            text += " " + year(time)
        case .sql, .iso, .german:
            text = numbers(time, settings.dateStyle == .german ? "." : "/", settings) + " "
            clock(time, into: &text)
        }
        return text + zone + era(time)
    }

    private static func numbers(_ time: BrokenDownTime, _ separator: String, _ settings: OutputSettings) -> String {
        let isDayFirst = settings.dateStyle == .german || settings.dateOrder == .dayFirst
        var text = ""
        two(isDayFirst ? time.day : time.month, into: &text)
        text += separator
        two(isDayFirst ? time.month : time.day, into: &text)
        return text + separator + year(time)
    }

    private static func year(_ time: BrokenDownTime) -> String {
        let year = String(time.year > 0 ? time.year : 1 - time.year)
        return String(repeating: "0", count: max(0, 4 - year.count)) + year
    }

    private static func era(_ time: BrokenDownTime) -> String { time.year > 0 ? "" : " BC" }
}
