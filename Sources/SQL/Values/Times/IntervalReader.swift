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

    private var years = 0
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
        // Years and months may each be in their bounds, and their sum may not.
        guard let months = Int32(exactly: reader.years * 12 + reader.months) else { throw .outOfRange }
        return Interval(months: months, days: Int32(reader.days), microseconds: Int64(reader.microseconds))
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
        let (sum, overflow) = days.addingReportingOverflow(try Self.product(count, factor))
        guard !overflow, Int32(exactly: sum) != nil else { throw .fieldOverflow }
        days = sum
    }

    private mutating func add(months count: Int) throws(DateTimeFault) {
        let (sum, overflow) = months.addingReportingOverflow(count)
        guard !overflow, Int32(exactly: sum) != nil else { throw .fieldOverflow }
        months = sum
    }

    private mutating func add(years count: Int, times factor: Int = 1) throws(DateTimeFault) {
        let (sum, overflow) = years.addingReportingOverflow(try Self.product(count, factor))
        guard !overflow, Int32(exactly: sum) != nil else { throw .fieldOverflow }
        years = sum
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
        case .microsecond:
            try add(microseconds: value)
            try add(microseconds: Int(part.rounded(.toNearestOrEven)))
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
            let factor = unit == .year ? 1 : unit == .decade ? 10 : unit == .century ? 100 : 1000
            try add(years: value, times: factor)
            try add(months: Int((part * 12 * Double(factor)).rounded(.toNearestOrEven)))
        }
    }

    // MARK: - PostgreSQL's and the standard's

    private mutating func decode(_ text: String, fields range: Fields, style: OutputSettings.IntervalStyle) throws(DateTimeFault) {
        guard let fields = DateTimeFields(text)?.fields, !fields.isEmpty else { throw .format }
        // In the standard's style a sign before everything goes for all, if no other sign is there.
        let isNegatedWhole =
            style == .sqlStandard && fields[0].text.first == UInt8(ascii: "-")
            && !fields.dropFirst().contains { $0.text.first == UInt8(ascii: "-") || $0.text.first == UInt8(ascii: "+") }
        var isNegative = false
        var unit: Unit?
        // Behind a number AGO stands for its unit, which it isn't.
        var isBeforeAgo = false
        var seen: Set<Int> = []
        var sawNumber = false
        func mark(_ part: Int) throws(DateTimeFault) {
            guard seen.insert(part).inserted else { throw .format }
        }
        func markClock() throws(DateTimeFault) {
            for part in [0, 1, 2, 7, 8] { try mark(part) }
        }
        for field in fields.reversed() {
            switch field.kind {
            case .time:
                try markClock()
                try addClock(field.text, range: range, isNegative: isNegatedWhole)
                sawNumber = true
                unit = .day
                isBeforeAgo = false
            case .zone where field.text.contains(UInt8(ascii: ":")) && !field.text.dropFirst().contains(UInt8(ascii: "-")):
                try markClock()
                try addClock(Array(field.text[1...]), range: range, isNegative: field.text[0] == UInt8(ascii: "-"))
                sawNumber = true
                unit = .day
                isBeforeAgo = false
            case .zone, .date, .number:
                if isBeforeAgo { throw .format }
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
                    let years = try count(digits[..<dash], isNegative: isMinus)
                    let written = digits[(dash + 1)...]
                    let months = written.prefix(while: ASCII.isDigit)
                    let rest = months.isEmpty ? 0 : try count(months, isNegative: isMinus)
                    guard rest.magnitude < 12 else { throw .fieldOverflow }
                    guard written.allSatisfy(ASCII.isDigit) else { throw .format }
                    try mark(5)
                    try add(years: years)
                    try add(months: rest)
                    unit = .day
                    continue
                }
                let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.endIndex
                guard digits[point...].dropFirst().allSatisfy(ASCII.isDigit) else { throw .format }
                let value = point == digits.startIndex ? 0 : try count(digits[..<point], isNegative: isMinus)
                let part = point < digits.endIndex ? Double("0" + String(decoding: digits[point...], as: UTF8.self) + "0") ?? 0 : 0
                let used = unit ?? .second
                try mark(place(used))
                if used == .second, part != 0 {
                    try mark(7)
                    try mark(8)
                }
                try add(value, isMinus ? -part : part, used)
                // What stands before hours and has no unit is days; before others it would be the same once more.
                unit = used == .hour ? .day : used
                continue
            case .text, .special:
                let word = String(decoding: field.text.prefix(10), as: UTF8.self)
                isBeforeAgo = word == "ago"
                if isBeforeAgo {
                    isNegative = true
                    continue
                }
                guard let found = Self.units[word] else { throw .format }
                unit = found
                continue
            }
        }
        guard sawNumber else { throw .format }
        if isNegative {
            let (negated, overflow) = 0.subtractingReportingOverflow(microseconds)
            (years, months, days, microseconds) = (-years, -months, -days, negated)
            // What is least has nothing that it could be the opposite of.
            if overflow || [years, months, days].contains(where: { Int32(exactly: $0) == nil }) { throw .fieldOverflow }
        }
    }

    private func place(_ unit: Unit) -> Int {
        switch unit {
        case .microsecond: 8
        case .millisecond: 7
        case .second: 0
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

    private func count(_ digits: ArraySlice<UInt8>, isNegative: Bool) throws(DateTimeFault) -> Int {
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { throw .format }
        guard let value = Int((isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)) else { throw .fieldOverflow }
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
            let unit: UInt8 = place < text.count ? text[place] : 0
            place += 1
            if isDate {
                switch unit {
                case UInt8(ascii: "Y"): try add(value, part, .year)
                case UInt8(ascii: "M"): try add(value, part, .month)
                case UInt8(ascii: "W"): try add(value, part, .week)
                case UInt8(ascii: "D"): try add(value, part, .day)
                case UInt8(ascii: "T"), UInt8(ascii: "-"), 0:
                    guard !sawField else { throw .format }
                    if unit != UInt8(ascii: "-"), digitCount(text, start) == 8 {
                        // P20020304
                        try add(value / 10000, 0, .year)
                        try add(value / 100 % 100, 0, .month)
                        try add(value % 100, part, .day)
                    } else {
                        // P2002-03-04, of which months and days may lack.
                        try add(value, part, .year)
                        for unit in unit == UInt8(ascii: "-") ? [Unit.month, .day] : [] {
                            let (value, part) = try number(text, &place)
                            try add(value, part, unit)
                            guard place < text.count else { return }
                            let next = text[place]
                            place += 1
                            if next == UInt8(ascii: "T") { break }
                            guard next == UInt8(ascii: "-"), unit == .month else { throw .format }
                        }
                    }
                    isDate = false
                    continue
                default: throw .format
                }
            } else {
                switch unit {
                case UInt8(ascii: "H"): try add(value, part, .hour)
                case UInt8(ascii: "M"): try add(value, part, .minute)
                case UInt8(ascii: "S"): try add(value, part, .second)
                case UInt8(ascii: ":"), 0:
                    guard !sawField else { throw .format }
                    if unit == 0, digitCount(text, start) == 6 {
                        // PT040506
                        try add(value / 10000, 0, .hour)
                        try add(value / 100 % 100, 0, .minute)
                        try add(value % 100, part, .second)
                        return
                    }
                    // PT04:05:06, of which minutes and seconds may lack.
                    try add(value, part, .hour)
                    for unit in unit == 0 ? [] : [Unit.minute, .second] {
                        let (value, part) = try number(text, &place)
                        try add(value, part, unit)
                        guard place < text.count else { return }
                        guard text[place] == UInt8(ascii: ":"), unit == .minute else { throw .format }
                        place += 1
                    }
                    return
                default: throw .format
                }
            }
            sawField = true
        }
    }

    /// How many digits a number has before its point.
    private func digitCount(_ text: [UInt8], _ start: Int) -> Int {
        text[start...].drop { $0 == UInt8(ascii: "-") }.prefix(while: ASCII.isDigit).count
    }

    private func number(_ text: [UInt8], _ place: inout Int) throws(DateTimeFault) -> (Int, Double) {
        guard place < text.count else { throw .format }
        let start = place
        let isNegative = text[place] == UInt8(ascii: "-")
        if isNegative || text[place] == UInt8(ascii: "+") { place += 1 }
        let whole = text[place...].prefix(while: ASCII.isDigit)
        place = whole.endIndex
        var part = 0.0
        var hasPart = false
        if place < text.count, text[place] == UInt8(ascii: ".") || text[place] == UInt8(ascii: ",") {
            let digits = text[(place + 1)...].prefix(while: ASCII.isDigit)
            hasPart = !digits.isEmpty
            // The part is what is left of the whole number as PostgreSQL reads it, which has fewer digits the larger the number is.
            let written = Double(String(decoding: whole, as: UTF8.self) + "." + String(decoding: digits, as: UTF8.self) + "0")
            part = written.map { $0 - $0.rounded(.towardZero) } ?? Double("0." + String(decoding: digits, as: UTF8.self) + "0") ?? 0
            place = digits.endIndex
        }
        guard !whole.isEmpty || hasPart else { throw .format }
        let exponent = text[place...].prefix { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }
        if exponent.count == 1 {
            let sign = text[exponent.endIndex...].prefix(1).prefix { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
            let digits = text[sign.endIndex...].prefix(while: ASCII.isDigit)
            if !digits.isEmpty {
                place = digits.endIndex
                let value = Double(String(decoding: text[start..<place], as: UTF8.self).replacing(",", with: ".")) ?? .infinity
                guard abs(value) <= 1e15 else { throw .fieldOverflow }
                let whole = value.rounded(.towardZero)
                return (Int(whole), value - whole)
            }
        }
        let value = whole.isEmpty ? 0 : try count(whole, isNegative: isNegative)
        return (value, isNegative ? -part : part)
    }
}
