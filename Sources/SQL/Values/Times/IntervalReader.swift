/// Reads spans of time: PostgreSQL's units, the SQL standard's `1-2 3 4:05:06`, and ISO 8601's `P1Y2M3DT4H5M6S`.
struct IntervalReader {
    /// What the text may consist of, as `INTERVAL … DAY TO SECOND` says. Nil is anything.
    struct Fields: OptionSet {
        let rawValue: Int32
        static let month = Fields(rawValue: 1 << 1)
        static let year = Fields(rawValue: 1 << 2)
        static let day = Fields(rawValue: 1 << 3)
        static let hour = Fields(rawValue: 1 << 10)
        static let minute = Fields(rawValue: 1 << 11)
        static let second = Fields(rawValue: 1 << 12)
    }

    private enum Unit { case microsecond, millisecond, second, minute, hour, day, week, month, year, decade, century, millennium }

    private static let units: [String: Unit] = [
        "us": .microsecond, "usec": .microsecond, "usecond": .microsecond, "useconds": .microsecond, "usecs": .microsecond,
        "microsecon": .microsecond, "ms": .millisecond, "msec": .millisecond, "mseconds": .millisecond, "msecond": .millisecond,
        "msecs": .millisecond, "millisecon": .millisecond, "s": .second, "sec": .second, "second": .second, "seconds": .second,
        "secs": .second, "m": .minute, "min": .minute, "mins": .minute, "minute": .minute, "minutes": .minute, "h": .hour, "hour": .hour,
        "hours": .hour, "hr": .hour, "hrs": .hour, "d": .day, "day": .day, "days": .day, "w": .week, "week": .week, "weeks": .week,
        "mon": .month, "mons": .month, "month": .month, "months": .month, "y": .year, "year": .year, "years": .year, "yr": .year,
        "yrs": .year, "dec": .decade, "decs": .decade, "decade": .decade, "decades": .decade, "c": .century, "cent": .century,
        "century": .century, "centuries": .century, "mil": .millennium, "mils": .millennium, "millennia": .millennium,
        "millennium": .millennium,
    ]

    private var months = 0
    private var days = 0
    private var microseconds = 0

    static func read(_ text: String, fields: Fields = [], style: OutputSettings.IntervalStyle) throws(DateTimeFault) -> Interval {
        var reader = IntervalReader()
        do {
            try reader.decode(text, fields: fields, style: style)
        } catch .format {
            reader = IntervalReader()
            try reader.decodeISO(Array(text.utf8))
        }
        guard let months = Int32(exactly: reader.months), let days = Int32(exactly: reader.days) else { throw .fieldOverflow }
        return Interval(months: months, days: days, microseconds: Int64(reader.microseconds))
    }

    // MARK: - Sums

    private static func product(_ a: Int, _ b: Int) throws(DateTimeFault) -> Int {
        let (result, overflow) = a.multipliedReportingOverflow(by: b)
        if overflow { throw .fieldOverflow }
        return result
    }

    private mutating func add(microseconds count: Int, times factor: Int = 1) throws(DateTimeFault) {
        let (sum, overflow) = microseconds.addingReportingOverflow(try Self.product(count, factor))
        if overflow { throw .fieldOverflow }
        microseconds = sum
    }

    private mutating func add(days count: Int, times factor: Int = 1) throws(DateTimeFault) {
        days += try Self.product(count, factor)
        guard Int32(exactly: days) != nil else { throw .fieldOverflow }
    }

    private mutating func add(months count: Int, times factor: Int = 1) throws(DateTimeFault) {
        months += try Self.product(count, factor)
        guard Int32(exactly: months) != nil else { throw .fieldOverflow }
    }

    private mutating func add(_ part: Double, microsecondsEach factor: Double) throws(DateTimeFault) {
        let value = (part * factor).rounded(.toNearestOrEven)
        guard value.magnitude < 9.2e18 else { throw .fieldOverflow }
        try add(microseconds: Int(value))
    }

    /// A part of a day.
    private mutating func add(dayPart part: Double) throws(DateTimeFault) { try add(part, microsecondsEach: 86_400_000_000) }

    /// A part of several days: whole days stay days.
    private mutating func add(_ part: Double, daysEach factor: Double) throws(DateTimeFault) {
        let total = part * factor
        let whole = total.rounded(.towardZero)
        try add(days: Int(whole))
        try add(dayPart: total - whole)
    }

    private mutating func add(_ value: Int, _ part: Double, _ unit: Unit) throws(DateTimeFault) {
        switch unit {
        case .microsecond: try add(microseconds: value + Int(part.rounded(.toNearestOrEven)))
        case .millisecond:
            try add(microseconds: value, times: 1000)
            try add(part, microsecondsEach: 1000)
        case .second:
            try add(microseconds: value, times: 1_000_000)
            try add(part, microsecondsEach: 1_000_000)
        case .minute:
            try add(microseconds: value, times: 60_000_000)
            try add(part, microsecondsEach: 60_000_000)
        case .hour:
            try add(microseconds: value, times: 3_600_000_000)
            try add(part, microsecondsEach: 3_600_000_000)
        case .day:
            try add(days: value)
            try add(dayPart: part)
        case .week:
            try add(days: value, times: 7)
            try add(part, daysEach: 7)
        case .month:
            try add(months: value)
            try add(part, daysEach: 30)
        case .year, .decade, .century, .millennium:
            let years = unit == .year ? 1 : unit == .decade ? 10 : unit == .century ? 100 : 1000
            try add(months: Self.product(value, years), times: 12)
            try add(months: Int((part * 12 * Double(years)).rounded(.toNearestOrEven)))
        }
    }

    // MARK: - PostgreSQL's and the standard's

    private mutating func decode(_ text: String, fields range: Fields, style: OutputSettings.IntervalStyle) throws(DateTimeFault) {
        guard var fields = DateTimeFields(text)?.fields, !fields.isEmpty else { throw .format }
        // In the standard's style a sign before everything goes for all, if no other sign is there.
        let isNegatedWhole =
            style == .sqlStandard && fields[0].text.first == UInt8(ascii: "-")
            && !fields.dropFirst().contains { $0.text.first == UInt8(ascii: "-") || $0.text.first == UInt8(ascii: "+") }
        var isNegative = false
        if let last = fields.last, last.kind == .text, last.string == "ago" {
            isNegative = true
            fields.removeLast()
        }
        if fields.isEmpty { throw .format }
        var unit: Unit?
        var sawUnit = false
        var seen: Set<Int> = []
        var sawNumber = false
        func mark(_ part: Int) throws(DateTimeFault) {
            guard seen.insert(part).inserted else { throw .format }
        }
        for (number, field) in fields.enumerated().reversed() {
            switch field.kind {
            case .time:
                try mark(0)
                try mark(1)
                try mark(2)
                try addClock(field.text, range: range, isNegative: isNegatedWhole)
                sawNumber = true
                unit = .day
                sawUnit = false
            case .zone where field.text.contains(UInt8(ascii: ":")) && !field.text.dropFirst().contains(UInt8(ascii: "-")):
                try mark(0)
                try mark(1)
                try mark(2)
                try addClock(Array(field.text[1...]), range: range, isNegative: field.text[0] == UInt8(ascii: "-"))
                sawNumber = true
                unit = .day
                sawUnit = false
            case .zone, .date, .number:
                sawNumber = true
                if unit == nil { unit = defaultUnit(range) }
                var digits = field.text[...]
                var isMinus = false
                if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
                    isMinus = sign == UInt8(ascii: "-")
                    digits = digits.dropFirst()
                } else if isNegatedWhole {
                    isMinus = true
                }
                if let dash = digits.firstIndex(of: UInt8(ascii: "-")) {
                    // Years and months of the standard.
                    let years = try count(digits[..<dash])
                    let rest = try count(digits[(dash + 1)...])
                    guard rest < 12 else { throw .fieldOverflow }
                    try mark(5)
                    let total = try Self.product(years, 12) + rest
                    try add(months: isMinus ? -total : total)
                    unit = .day
                    sawUnit = false
                    continue
                }
                let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.endIndex
                guard digits[point...].dropFirst().allSatisfy(ASCII.isDigit) else { throw .format }
                let value = point == digits.startIndex ? 0 : try count(digits[..<point])
                let part = point < digits.endIndex ? Double("0" + String(decoding: digits[point...], as: UTF8.self) + "0") ?? 0 : 0
                let used = unit ?? .second
                try mark(used == .microsecond ? 8 : used == .millisecond ? 7 : place(used))
                try add(isMinus ? -value : value, isMinus ? -part : part, used)
                if !sawUnit { unit = nil }
                _ = number
            case .text, .special:
                guard !sawUnit || unit == nil || sawNumber || true else { throw .format }
                let word = String(decoding: field.text.prefix(10), as: UTF8.self)
                guard let found = Self.units[word] else { throw .format }
                // A unit stands behind its number.
                guard number > 0, [.number, .zone, .date].contains(where: { $0 == fields[number - 1].kind }) else { throw .format }
                unit = found
                sawUnit = true
                continue
            }
            if sawUnit {
                unit = nil
                sawUnit = false
            }
        }
        guard sawNumber else { throw .format }
        if isNegative {
            months = -months
            days = -days
            let (negated, overflow) = 0.subtractingReportingOverflow(microseconds)
            if overflow { throw .fieldOverflow }
            microseconds = negated
        }
    }

    private func place(_ unit: Unit) -> Int {
        switch unit {
        case .microsecond, .millisecond, .second: 0
        case .minute: 1
        case .hour: 2
        case .day: 3
        case .week: 4
        case .month: 5
        case .year: 6
        case .decade: 9
        case .century: 10
        case .millennium: 11
        }
    }

    private func count(_ digits: ArraySlice<UInt8>) throws(DateTimeFault) -> Int {
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { throw .format }
        guard let value = Int(String(decoding: digits, as: UTF8.self)) else { throw .fieldOverflow }
        return value
    }

    /// A number without a unit counts the last field of the declared range; else seconds.
    private func defaultUnit(_ range: Fields) -> Unit {
        if range.contains(.second) || range.isEmpty { return .second }
        if range.contains(.minute) { return .minute }
        if range.contains(.hour) { return .hour }
        if range.contains(.day) { return .day }
        return range.contains(.month) ? .month : .year
    }

    private mutating func addClock(_ text: [UInt8], range: Fields, isNegative: Bool) throws(DateTimeFault) {
        var (hour, minute, second, microsecond) = try DateTimeReader.clock(text)
        let colons = text.count { $0 == UInt8(ascii: ":") }
        if colons == 1, range == [.minute, .second], !text.contains(UInt8(ascii: ".")) {
            (hour, minute, second) = (0, hour, minute)
        }
        guard minute <= 59, second <= 60 else { throw .fieldOverflow }
        if microsecond > 1_000_000 { microsecond = 1_000_000 }
        let total = try Self.product(hour, 3_600_000_000)
        let rest = (minute * 60 + second) * 1_000_000 + microsecond
        let (sum, overflow) = total.addingReportingOverflow(rest)
        if overflow { throw .fieldOverflow }
        try add(microseconds: isNegative ? -sum : sum)
    }

    // MARK: - ISO 8601

    private mutating func decodeISO(_ text: [UInt8]) throws(DateTimeFault) {
        var place = 0
        while place < text.count, ASCII.isSpace(text[place]) { place += 1 }
        guard text.count - place >= 2, text[place] == UInt8(ascii: "P") else { throw .format }
        place += 1
        var isDate = true
        var sawField = false
        while place < text.count {
            if text[place] == UInt8(ascii: "T") {
                isDate = false
                sawField = false
                place += 1
                continue
            }
            let start = place
            let (value, part) = try number(text, &place)
            guard place < text.count || sawField || place > start else { throw .format }
            let unit: UInt8 = place < text.count ? text[place] : 0
            place += 1
            if isDate {
                switch unit {
                case UInt8(ascii: "Y"): try add(value, part, .year)
                case UInt8(ascii: "M"): try add(value, part, .month)
                case UInt8(ascii: "W"): try add(value, part, .week)
                case UInt8(ascii: "D"): try add(value, part, .day)
                case UInt8(ascii: "T"), 0:
                    // P20020304
                    guard place - 1 - start == 8, part == 0 else {
                        if unit == 0 || unit == UInt8(ascii: "T") {
                            try add(value, part, .year)
                            if unit == UInt8(ascii: "T") { isDate = false }
                            continue
                        }
                        throw .format
                    }
                    try add(value / 10000, 0, .year)
                    try add(value / 100 % 100, 0, .month)
                    try add(value % 100, 0, .day)
                    if unit == UInt8(ascii: "T") { isDate = false }
                case UInt8(ascii: "-"):
                    // P2002-03-04
                    try add(value, part, .year)
                    let (month, monthPart) = try number(text, &place)
                    try add(month, monthPart, .month)
                    if place < text.count, text[place] == UInt8(ascii: "-") {
                        place += 1
                        let (day, dayPart) = try number(text, &place)
                        try add(day, dayPart, .day)
                    }
                    if place < text.count {
                        guard text[place] == UInt8(ascii: "T") else { throw .format }
                        place += 1
                        isDate = false
                    }
                default: throw .format
                }
            } else {
                switch unit {
                case UInt8(ascii: "H"): try add(value, part, .hour)
                case UInt8(ascii: "M"): try add(value, part, .minute)
                case UInt8(ascii: "S"): try add(value, part, .second)
                case UInt8(ascii: ":"):
                    try add(value, part, .hour)
                    let (minute, minutePart) = try number(text, &place)
                    try add(minute, minutePart, .minute)
                    if place < text.count {
                        guard text[place] == UInt8(ascii: ":") else { throw .format }
                        place += 1
                        let (second, secondPart) = try number(text, &place)
                        try add(second, secondPart, .second)
                    }
                    guard place >= text.count else { throw .format }
                case 0:
                    guard place - 1 - start == 6 else { throw .format }
                    try add(value / 10000, 0, .hour)
                    try add(value / 100 % 100, 0, .minute)
                    try add(value % 100, part, .second)
                default: throw .format
                }
            }
            sawField = true
        }
        guard sawField else { throw .format }
    }

    private func number(_ text: [UInt8], _ place: inout Int) throws(DateTimeFault) -> (Int, Double) {
        let start = place
        if place < text.count, text[place] == UInt8(ascii: "-") || text[place] == UInt8(ascii: "+") { place += 1 }
        let digits = place
        while place < text.count, ASCII.isDigit(text[place]) { place += 1 }
        let whole = text[digits..<place]
        var part = 0.0
        if place < text.count, text[place] == UInt8(ascii: ".") || text[place] == UInt8(ascii: ",") {
            let point = place
            place += 1
            while place < text.count, ASCII.isDigit(text[place]) { place += 1 }
            part = Double("0." + String(decoding: text[(point + 1)..<place], as: UTF8.self) + "0") ?? 0
        }
        guard place > digits else { throw .format }
        let value = whole.isEmpty ? 0 : try count(whole)
        let isNegative = text[start] == UInt8(ascii: "-")
        return (isNegative ? -value : value, isNegative ? -part : part)
    }
}
