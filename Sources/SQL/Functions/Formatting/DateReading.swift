/// Reads the date and the time of a text by a picture, as to_date and to_timestamp do.
struct DateReading {
    private enum Convention { case none, gregorian, isoWeek }

    private let text: [UInt8]
    private var place = 0
    private var convention = Convention.none
    /// The numbers that were read, by what they are of; 0 is as good as none.
    private var hours = 0, minutes = 0, seconds = 0, secondsOfDay = 0, milliseconds = 0, microseconds = 0
    private var weekday = 0, day = 0, dayOfYear = 0, month = 0, year = 0, yearDigits = 0, century = 0
    private var julian = 0, quarter = 0, week = 0, weekOfMonth = 0
    private var isBeforeChrist = 0, isAfternoon = 0, has12Hours = false
    private var zoneSign = 0, zoneHours = 0, zoneMinutes = 0
    private var precision: Int?
    /// Whether the text has to be as the picture has it, to its end.
    private var isStrict = false

    /// What a text and a picture give: a local time, and the seconds east of UTC if the text has them.
    struct Result {
        var time: BrokenDownTime
        var zone: Int?
        /// How many digits of a second count, if the picture says it.
        var precision: Int?
    }

    static func read(_ text: String, _ picture: String) throws(SQLError) -> Result {
        var reading = DateReading(text: Array(text.utf8))
        try reading.read(FormatPicture(ofDate: picture).nodes)
        return try reading.result(text)
    }

    /// Reads a text that has to be as the picture has it, to its end: the rule of SQL's standard.
    static func readStrictly(_ text: String, _ picture: FormatPicture) throws(SQLError) -> Result {
        var reading = DateReading(text: Array(text.utf8))
        reading.isStrict = true
        try reading.read(picture.nodes)
        while reading.isAtSpace { reading.place += 1 }
        guard reading.place == reading.text.count else {
            throw invalid("trailing characters remain in input string after datetime format")
        }
        return try reading.result(text)
    }

    private init(text: [UInt8]) { self.text = text }

    private static func invalid(_ message: String, _ detail: String? = nil, hint: String? = nil) -> SQLError {
        SQLError(.invalidDatetimeFormat, message, detail: detail, hint: hint)
    }

    // MARK: Fields

    private var byte: UInt8? { place < text.count ? text[place] : nil }
    private var isAtSpace: Bool { byte.map(ASCII.isSpace) ?? false }

    private mutating func skipCharacter() {
        guard place < text.count else { return }
        place += 1
        while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
    }

    private mutating func read(_ nodes: [FormatPicture.Node]) throws(SQLError) {
        var isExact = false
        /// How many characters more were passed over than the picture has.
        var surplus = 0
        for (index, node) in nodes.enumerated() {
            guard place < text.count else {
                if isStrict { throw Self.invalid("input string is too short for datetime format") }
                break
            }
            var field: FormatPicture.Field?
            if case .field(let found) = node { field = found }
            if !isExact, field.map({ $0.name != "FX" }) ?? (index == 0) {
                while isAtSpace {
                    place += 1
                    surplus += 1
                }
            }
            if isStrict, field == nil {
                try match(node)
                continue
            }
            guard let field else {
                if case .character = node {
                    if !isExact, surplus > 0 { surplus -= 1 } else { skipCharacter() }
                } else if isExact {
                    skipCharacter()
                } else {
                    surplus -= 1
                    if let byte, ASCII.isSpace(byte) || FormatPicture.isSeparator(Unicode.Scalar(byte)) {
                        place += 1
                        surplus += 1
                    }
                }
                continue
            }
            if field.name == "FX" {
                isExact = true
                continue
            }
            try read(field, isOpenEnded: Self.isOpenEnded(nodes, index), surplus: surplus)
            if field.ordinal != nil {
                skipCharacter()
                skipCharacter()
            }
            if !isExact, !isStrict {
                surplus = 0
                while isAtSpace {
                    place += 1
                    surplus += 1
                }
            }
        }
    }

    /// Passes over what stands between fields.
    private mutating func match(_ node: FormatPicture.Node) throws(SQLError) {
        let scalar: Unicode.Scalar
        switch node {
        case .field: return
        case .space: scalar = " "
        case .separator(let given), .character(let given): scalar = given
        }
        let bytes = Array(String(Character(scalar)).utf8)
        guard text[place...].starts(with: bytes) else { throw Self.invalid("unmatched format character \"\(Character(scalar))\"") }
        place += bytes.count
    }

    private static let fieldsOfWords: Set = [
        "A.D.", "B.C.", "AD", "BC", "A.M.", "P.M.", "AM", "PM", "MONTH", "MON", "DAY", "DY", "FX", "OF", "RM", "TZ", "TZH",
    ]

    /// Whether a number may have as many digits as it likes, as no digit can follow it.
    private static func isOpenEnded(_ nodes: [FormatPicture.Node], _ index: Int) -> Bool {
        if case .field(let field) = nodes[index], field.ordinal != nil || field.fillsNothing { return true }
        guard index + 1 < nodes.count else { return true }
        switch nodes[index + 1] {
        case .field(let next): return fieldsOfWords.contains(next.name.uppercased())
        case .space, .separator: return true
        case .character(let scalar): return !(scalar.isASCII && ASCII.isDigit(UInt8(scalar.value)))
        }
    }

    private mutating func follow(_ convention: Convention) throws(SQLError) {
        if self.convention == .none { self.convention = convention }
        guard self.convention == convention else {
            throw Self.invalid(
                "invalid combination of date conventions",
                hint: "Do not mix Gregorian and ISO week date conventions in a formatting template.")
        }
    }

    private mutating func set(_ target: WritableKeyPath<Self, Int>, _ value: Int, _ field: FormatPicture.Field) throws(SQLError) {
        guard self[keyPath: target] == 0 || self[keyPath: target] == value else {
            throw Self.invalid(
                "conflicting values for \"\(field.spelling)\" field in formatting string",
                "This value contradicts a previous setting for the same field type.")
        }
        self[keyPath: target] = value
    }

    /// An integer as C's strtol reads it.
    private func integer(from start: Int, limit: Int) -> (value: Int?, end: Int)? {
        var index = start
        let end = min(text.count, limit)
        while index < end, ASCII.isSpace(text[index]) { index += 1 }
        var isNegative = false
        if index < end, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        let first = index
        var value = 0
        while index < end, ASCII.isDigit(text[index]) {
            if value < 1 << 40 { value = value * 10 + Int(text[index] - 48) }
            index += 1
        }
        guard index > first else { return nil }
        return (value <= Int(Int32.max) ? (isNegative ? -value : value) : nil, index)
    }

    /// Returns how many characters the number took.
    @discardableResult
    private mutating func number(
        _ target: WritableKeyPath<Self, Int>, _ length: Int, _ field: FormatPicture.Field, _ isOpenEnded: Bool
    ) throws(SQLError) -> Int {
        let start = place
        while isAtSpace { place += 1 }
        let found: (value: Int?, end: Int)?
        if isOpenEnded {
            found = integer(from: start, limit: text.count)
        } else {
            let rest = String(decoding: text[place...].prefix(length), as: UTF8.self)
            guard text.count - place >= length else {
                throw Self.invalid(
                    "source string too short for \"\(field.spelling)\" formatting field",
                    "Field requires \(length) characters, but only \(text.count - place) remain.",
                    hint: "If your source string is not fixed-width, try using the \"FM\" modifier.")
            }
            found = integer(from: place, limit: place + length)
            if let found, found.end - place < length {
                throw Self.invalid(
                    "invalid value \"\(rest)\" for \"\(field.spelling)\"",
                    "Field requires \(length) characters, but only \(found.end - place) could be parsed.",
                    hint: "If your source string is not fixed-width, try using the \"FM\" modifier.")
            }
        }
        guard let found else {
            let rest = String(decoding: text[place...].prefix(length), as: UTF8.self)
            throw Self.invalid("invalid value \"\(rest)\" for \"\(field.spelling)\"", "Value must be an integer.")
        }
        guard let value = found.value else {
            throw SQLError(.datetimeFieldOverflow, "value for \"\(field.spelling)\" in source string is out of range")
        }
        place = found.end
        try set(target, value, field)
        return place - start
    }

    /// The first of the words that the text goes on with.
    private mutating func word(_ words: [String], _ field: FormatPicture.Field) throws(SQLError) -> Int {
        let rest = String(decoding: text[place...].prefix(16), as: UTF8.self).lowercased()
        guard let found = words.firstIndex(where: { rest.hasPrefix($0.lowercased()) }) else {
            let shown = rest.prefix { $0 != " " }
            throw Self.invalid(
                "invalid value \"\(shown)\" for \"\(field.spelling)\"",
                "The given value did not match any of the allowed values for this field.")
        }
        place += words[found].utf8.count
        return found
    }

    private mutating func read(_ field: FormatPicture.Field, isOpenEnded open: Bool, surplus: Int) throws(SQLError) {
        switch field.name.uppercased() {
        case "A.M.", "P.M.", "AM", "PM":
            let isLong = field.name.contains(".")
            try set(\.isAfternoon, word(isLong ? ["a.m.", "p.m."] : ["am", "pm"], field), field)
            has12Hours = true
        case "A.D.", "B.C.", "AD", "BC":
            let isLong = field.name.contains(".")
            try set(\.isBeforeChrist, word(isLong ? ["a.d.", "b.c."] : ["ad", "bc"], field), field)
        case "HH", "HH12":
            try number(\.hours, 2, field, open)
            has12Hours = true
        case "HH24":
            try number(\.hours, 2, field, open)
        case "MI":
            try number(\.minutes, 2, field, open)
        case "SS":
            try number(\.seconds, 2, field, open)
        case "SSSS", "SSSSS":
            try number(\.secondsOfDay, field.name.utf8.count, field, open)
        case "MS":
            let count = try number(\.milliseconds, 3, field, open)
            milliseconds *= count == 1 ? 100 : count == 2 ? 10 : 1
        case "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
            let length = field.name == "US" ? 6 : Int(field.name.suffix(1)) ?? 6
            if field.name != "US" { precision = length }
            let count = try number(\.microseconds, length, field, open)
            for _ in count..<max(count, 6) { microseconds *= 10 }
        case "TZ", "OF":
            throw SQLError(.featureNotSupported, "formatting field \"\(field.spelling)\" is only supported in to_char")
        case "TZH":
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: " ") {
                zoneSign = byte == UInt8(ascii: "-") ? -1 : 1
                place += 1
            } else {
                // The sign may have been taken for what separates.
                zoneSign = surplus > 0 && place > 0 && text[place - 1] == UInt8(ascii: "-") ? -1 : 1
            }
            try number(\.zoneHours, 2, field, open)
        case "TZM":
            if zoneSign == 0 { zoneSign = 1 }
            try number(\.zoneMinutes, 2, field, open)
        case "Q":
            try number(\.quarter, 1, field, open)
            quarter = 0
        case "J":
            try number(\.julian, 1, field, open)
        case "CC":
            try number(\.century, 2, field, open)
        case "DAY": try set(\.weekday, word(FormatPicture.days, field) + 1, field)
        case "DY": try set(\.weekday, word(FormatPicture.days.map { String($0.prefix(3)) }, field) + 1, field)
        default: try readDate(field, open)
        }
    }

    private mutating func readDate(_ field: FormatPicture.Field, _ open: Bool) throws(SQLError) {
        try follow(field.name.uppercased().hasPrefix("I") ? .isoWeek : .gregorian)
        switch field.name.uppercased() {
        case "MONTH": try set(\.month, word(FormatPicture.months, field) + 1, field)
        case "MON": try set(\.month, word(FormatPicture.months.map { String($0.prefix(3)) }, field) + 1, field)
        case "RM": try set(\.month, 12 - word(FormatPicture.romanMonths, field), field)
        case "MM": try number(\.month, 2, field, open)
        case "DDD", "IDDD": try number(\.dayOfYear, 3, field, open)
        case "DD": try number(\.day, 2, field, open)
        case "D": try number(\.weekday, 1, field, open)
        case "ID":
            try number(\.weekday, 1, field, open)
            // Sunday is 1, as it is in other calendars.
            weekday = weekday + 1 > 7 ? 1 : weekday + 1
        case "WW", "IW": try number(\.week, 2, field, open)
        case "W": try number(\.weekOfMonth, 1, field, open)
        case "Y,YYY":
            guard let thousands = integer(from: place, limit: text.count), let high = thousands.value, thousands.end < text.count,
                text[thousands.end] == UInt8(ascii: ","), let rest = integer(from: thousands.end + 1, limit: thousands.end + 4),
                let low = rest.value, abs(high) < 1_000_000
            else { throw Self.invalid("invalid input string for \"Y,YYY\"") }
            try set(\.year, high * 1000 + low, field)
            yearDigits = 4
            place = rest.end
        default:
            let length = field.name.utf8.count
            let count = try number(\.year, length, field, open)
            if length < 4, count < 4 { year = Self.nearest(year) }
            yearDigits = length
        }
    }

    /// The year nearest to 2020 that ends so.
    private static func nearest(_ year: Int) -> Int {
        if year < 70 { return year + 2000 }
        if year < 100 { return year + 1900 }
        if year < 520 { return year + 2000 }
        return year < 1000 ? year + 1000 : year
    }

    // MARK: What it all means

    private func result(_ source: String) throws(SQLError) -> Result {
        let overflow = SQLError(.datetimeFieldOverflow, "date/time field value out of range: \"\(source)\"")
        var time = BrokenDownTime()
        (time.year, time.month, time.day) = (0, 1, 1)
        if secondsOfDay != 0 {
            (time.hour, time.minute, time.second) = (secondsOfDay / 3600, secondsOfDay / 60 % 60, secondsOfDay % 60)
        }
        if seconds != 0 { time.second = seconds }
        if minutes != 0 { time.minute = minutes }
        if hours != 0 { time.hour = hours }
        if has12Hours {
            guard (1...12).contains(time.hour) else {
                throw Self.invalid(
                    "hour \"\(time.hour)\" is invalid for the 12-hour clock",
                    hint: "Use the 24-hour clock, or give an hour between 1 and 12.")
            }
            if isAfternoon != 0, time.hour < 12 { time.hour += 12 } else if isAfternoon == 0, time.hour == 12 { time.hour = 0 }
        }
        var (hasYear, hasMonth, hasDay) = (false, false, false)
        let isNegative = isBeforeChrist != 0
        let century = isNegative ? -century : century
        if year != 0 {
            if century != 0, yearDigits <= 2 {
                time.year = year % 100
                if time.year != 0 {
                    time.year = century >= 0 ? time.year + (century - 1) * 100 : (century + 1) * 100 - time.year + 1
                } else {
                    time.year = century * 100 + (century >= 0 ? 0 : 1)
                }
            } else {
                time.year = isNegative ? -year : year
                if time.year < 0 { time.year += 1 }
            }
            hasYear = true
        } else if century != 0 {
            time.year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1
            hasYear = true
        }
        guard abs(time.year) < 10_000_000, abs(week) < 1_000_000, abs(dayOfYear) < 10_000_000, abs(weekOfMonth) < 1_000_000 else {
            throw overflow
        }
        func set(julian: Int) throws(SQLError) {
            guard julian >= 0, julian < 2_147_483_494 else { throw overflow }
            (time.year, time.month, time.day) = Calendar.date(julianDay: julian)
            (hasYear, hasMonth, hasDay) = (true, true, true)
        }
        if julian != 0 { try set(julian: julian) }
        var dayOfYear = dayOfYear
        if week != 0 {
            if convention == .isoWeek {
                let monday = Calendar.firstISOWeek(time.year) + (week - 1) * 7
                try set(julian: weekday == 0 ? monday : weekday > 1 ? monday + weekday - 2 : monday + 6)
            } else {
                dayOfYear = (week - 1) * 7 + 1
            }
        }
        let day = weekOfMonth != 0 ? (weekOfMonth - 1) * 7 + 1 : day
        if day != 0 { (time.day, hasDay) = (day, true) }
        if month != 0 { (time.month, hasMonth) = (month, true) }
        if dayOfYear != 0, time.month <= 1 || time.day <= 1 {
            if time.year == 0, !isNegative { throw Self.invalid("cannot calculate day of year without year information") }
            if convention == .isoWeek {
                try set(julian: Calendar.firstISOWeek(time.year) - 1 + dayOfYear)
            } else {
                let (found, rest) = Self.monthAndDay(dayOfYear, of: time.year)
                if time.month <= 1 { time.month = found }
                if time.day <= 1 { time.day = rest }
                (hasMonth, hasDay) = (true, true)
            }
        }
        if hasMonth, !(1...12).contains(time.month) { throw overflow }
        if hasDay, !(1...31).contains(time.day) { throw overflow }
        if hasYear, hasMonth, hasDay, time.day > Calendar.dayCount(year: time.year, month: time.month) { throw overflow }
        time.microsecond = milliseconds * 1000 + microseconds
        guard (0..<24).contains(time.hour), (0..<60).contains(time.minute), (0..<60).contains(time.second),
            (0..<1_000_000).contains(time.microsecond)
        else { throw overflow }
        guard zoneSign != 0 else { return Result(time: time, zone: nil, precision: precision) }
        guard (0...15).contains(zoneHours), (0..<60).contains(zoneMinutes) else {
            throw SQLError(SQLState(rawValue: "22009"), "time zone displacement out of range: \"\(source)\"")
        }
        return Result(time: time, zone: zoneSign * (zoneHours * 3600 + zoneMinutes * 60), precision: precision)
    }

    /// The month and the day of a day of the year; beyond the year's end the month is 13.
    private static func monthAndDay(_ dayOfYear: Int, of year: Int) -> (month: Int, day: Int) {
        var rest = dayOfYear
        for month in 1...12 {
            let count = Calendar.dayCount(year: year, month: month)
            if rest <= count { return (month, rest) }
            rest -= count
        }
        return (13, rest)
    }
}
