import Ground

/// The `Date` field of answers: IMF-fixdate, as RFC 9110 wants it. Made once a second.
struct HTTPDate: Sendable {
    private var second = Int64.min
    /// The field with its line end.
    private(set) var line = ""

    /// The field for a time in seconds since 1970, UTC.
    mutating func line(at second: Int64) -> String {
        if second != self.second {
            self.second = second
            line = "Date: \(Self.text(second))\r\n"
        }
        return line
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    static func text(_ seconds: Int64) -> String {
        let time = CalendarTime(secondsSince1970: Int(seconds))
        let date = time.date
        let day = CalendarTime.twoDigits(date.day)
        return "\(weekdays[date.dayOfWeek - 1]), \(day) \(months[date.month - 1]) \(date.year) \(time.clock) GMT"
    }

    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
