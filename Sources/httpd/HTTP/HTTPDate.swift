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
        let days = Int(seconds.dividedFloor(by: 86_400))
        let time = Int(seconds) - days * 86_400
        let (year, month, day) = civilDate(days: days)
        let weekday = weekdays[(days % 7 + 11) % 7]
        return "\(weekday), \(two(day)) \(months[month - 1]) \(year) \(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)) GMT"
    }

    /// `1994-11-06T08:49:37Z`
    static func timestamp(_ seconds: Int64) -> String {
        let days = Int(seconds.dividedFloor(by: 86_400))
        let time = Int(seconds) - days * 86_400
        let (year, month, day) = civilDate(days: days)
        return "\(year)-\(two(month))-\(two(day))T\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60))Z"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// The proleptic Gregorian date of a day since 1970-01-01. Years are counted from March, so that a leap day comes last.
    private static func civilDate(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = Int(Int64(shifted).dividedFloor(by: 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func dividedFloor(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
