/// A date of the Gregorian calendar, extended to all years.
package struct CalendarDate: Hashable, Sendable {
    package var year: Int
    /// 1 to 12.
    package var month: Int
    /// 1 to 31.
    package var day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date that lies `dayNumber` days after 1970-01-01.
    ///
    /// Years are counted from March, so that the leap day ends them: month lengths then follow a straight line, 153 days
    /// to five months, and a cycle of 400 years has 146,097 days.
    package init(dayNumber: Int) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01; the inverse of ``init(dayNumber:)``.
    package var dayNumber: Int {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let era = (yearFromMarch >= 0 ? yearFromMarch : yearFromMarch - 399) / 400
        let yearOfEra = yearFromMarch - era * 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package var isLeapYear: Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// Monday is 1, Sunday 7.
    package var dayOfWeek: Int { ((dayNumber + 3) % 7 + 7) % 7 + 1 }
}

/// A date and the time of day in UTC, to the second.
package struct CalendarTime: Hashable, Sendable {
    package let date: CalendarDate
    package let secondOfDay: Int

    package init(secondsSince1970 seconds: Int) {
        let day = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        date = CalendarDate(dayNumber: day)
        secondOfDay = seconds - day * 86_400
    }

    /// `1994-11-06T08:49:37Z`, with what is to stand in the place of the `T`.
    package func text(separator: Character = "T") -> String {
        let year = String(date.year)
        let zeros = String(repeating: "0", count: max(0, 4 - year.utf8.count))
        return "\(zeros)\(year)-\(Self.twoDigits(date.month))-\(Self.twoDigits(date.day))\(separator)\(clock)Z"
    }

    /// `08:49:37`
    package var clock: String {
        [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60].map(Self.twoDigits).joined(separator: ":")
    }

    package static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
