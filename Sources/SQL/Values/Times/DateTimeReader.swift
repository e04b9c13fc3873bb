/// Finds out what the fields of a date and time mean, by PostgreSQL's rules.
struct DateTimeReader {
    enum Special { case now, today, tomorrow, yesterday, epoch, infinity, negativeInfinity }

    struct Parts: OptionSet {
        let rawValue: Int
        static let year = Parts(rawValue: 1)
        static let month = Parts(rawValue: 2)
        static let day = Parts(rawValue: 4)
        static let dayOfYear = Parts(rawValue: 8)
        static let hour = Parts(rawValue: 16)
        static let minute = Parts(rawValue: 32)
        static let second = Parts(rawValue: 64)
        static let zone = Parts(rawValue: 128)
        static let date: Parts = [.year, .month, .day]
        static let time: Parts = [.hour, .minute, .second]
    }

    let order: OutputSettings.DateOrder
    var found: Parts = []
    var value = BrokenDownTime()
    var dayOfYear: Int?
    var isTwoDigits = false
    private var isBC = false
    private var meridiem: Bool?
    var hasTextMonth = false

    private(set) var special: Special?
    /// Seconds east of UTC, where the text says it by a number or an abbreviation.
    private(set) var offset: Int32?
    private(set) var zone: SQLTimeZone?
    var hasDate: Bool { found.isSuperset(of: .date) }
    var hasTime: Bool { !found.isDisjoint(with: .time) }
    var time: BrokenDownTime { value }

    /// - Parameter isTimeOnly: a time or timetz is asked for: a date need not be there.
    init(_ text: String, order: OutputSettings.DateOrder, isTimeOnly: Bool = false) throws(DateTimeFault) {
        self.order = order
        value.year = 0
        value.month = 0
        value.day = 0
        guard let source = DateTimeFields(text), !source.fields.isEmpty else { throw .format }
        try decode(source.fields, isTimeOnly: isTimeOnly)
        if special != nil, special != .now || !found.isEmpty { return }
        if special != nil { return }
        try validateDate()
        try validateTime()
        if !isTimeOnly, !hasDate { throw .format }
        if isTimeOnly, !found.isSuperset(of: .time) || !hasDate && !found.isDisjoint(with: .date) { throw .format }
    }

    // MARK: - Fields

    private mutating func decode(_ fields: [DateTimeFields.Field], isTimeOnly: Bool) throws(DateTimeFault) {
        var prefix: DateTimeWords.Unit?
        var isTimePrefix = false
        for (number, field) in fields.enumerated() {
            switch field.kind {
            case .date:
                if prefix == .julian, hasDigit(field) {
                    prefix = nil
                    try decodeJulian(field.text)
                } else if prefix == .julian || found.isSuperset(of: [.month, .day]) || isTimePrefix
                    || isTimeOnly && !isDateOfTime(fields, number)
                {
                    try decodeZoneOrTime(field, isTimeOnly: isTimeOnly)
                    prefix = nil
                    isTimePrefix = false
                } else if !hasDigit(field), isZoneName(field) {
                    try decodeZoneOrTime(field, isTimeOnly: isTimeOnly)
                } else {
                    try decodeDate(field.text)
                }
            case .time:
                guard found.isDisjoint(with: .time) else { throw .format }
                try decodeTime(field.text)
                isTimePrefix = false
            case .zone:
                guard found.isDisjoint(with: .zone) || offset == nil else { throw .format }
                offset = try Self.zoneOffset(field.text)
                found.insert(.zone)
            case .number:
                if let unit = prefix {
                    prefix = nil
                    try decode(field.text, unit: unit)
                } else if isTimePrefix {
                    isTimePrefix = false
                    guard try decodeRunTogether(field.text), found.isSuperset(of: .time) else { throw .format }
                } else {
                    try decodeNumberField(field.text, isTimeOnly: isTimeOnly)
                }
            case .text, .special:
                if isTimePrefix { throw .format }
                try decodeWord(
                    field, prefix: &prefix, isTimePrefix: &isTimePrefix, next: number + 1 < fields.count ? fields[number + 1] : nil)
            }
        }
        if prefix != nil || isTimePrefix { throw .format }
    }

    /// Whether a date may stand at a place of a text of which a time is wanted: first, before a time, or with another date at the end.
    private func isDateOfTime(_ fields: [DateTimeFields.Field], _ number: Int) -> Bool {
        number == 0 && fields.count >= 2 && (fields[fields.count - 1].kind == .date || fields[1].kind == .time)
    }

    private func hasDigit(_ field: DateTimeFields.Field) -> Bool { field.text.first.map(ASCII.isDigit) ?? false }

    private func isZoneName(_ field: DateTimeFields.Field) -> Bool {
        field.text.contains(UInt8(ascii: "/")) && SQLTimeZone(named: field.string) != nil
    }

    private mutating func decodeZoneOrTime(_ field: DateTimeFields.Field, isTimeOnly: Bool) throws(DateTimeFault) {
        if hasDigit(field) {
            // A time run together with its zone: 040506-08.
            guard found.isDisjoint(with: .time), let dash = field.text.firstIndex(of: UInt8(ascii: "-")) else { throw .format }
            offset = try Self.zoneOffset(Array(field.text[dash...]))
            found.insert(.zone)
            guard try decodeRunTogether(Array(field.text[..<dash]), isTime: isTimeOnly), found.isSuperset(of: .time) else { throw .format }
        } else {
            guard let zone = SQLTimeZone(named: field.string) else { throw .unknownZone(field.string) }
            self.zone = zone
            found.insert(.zone)
        }
    }

    /// A Julian day run together with its zone: J2452271-08.
    private mutating func decodeJulian(_ text: [UInt8]) throws(DateTimeFault) {
        guard let dash = text.firstIndex(of: UInt8(ascii: "-")) else { throw .format }
        try decode(Array(text[..<dash]), unit: .julian)
        offset = try Self.zoneOffset(Array(text[dash...]))
        found.formUnion([.time, .zone])
    }

    private mutating func decodeWord(
        _ field: DateTimeFields.Field, prefix: inout DateTimeWords.Unit?, isTimePrefix: inout Bool, next: DateTimeFields.Field?
    ) throws(DateTimeFault) {
        guard let meaning = DateTimeWords.meaning(field.text) else {
            // A zone's name of one word, as "cuba".
            guard found.isDisjoint(with: .zone), let zone = SQLTimeZone(named: field.string), zone.name.first != "<" else { throw .format }
            self.zone = zone
            found.insert(.zone)
            return
        }
        switch meaning {
        case .now: try setSpecial(.now)
        case .today: try setSpecial(.today)
        case .tomorrow: try setSpecial(.tomorrow)
        case .yesterday: try setSpecial(.yesterday)
        case .epoch: try setSpecial(.epoch)
        case .infinity: try setSpecial(.infinity)
        case .negativeInfinity: try setSpecial(.negativeInfinity)
        case .allballs:
            guard found.isDisjoint(with: .time) else { throw .format }
            found.formUnion(.time)
            offset = 0
        case .month(let month):
            if found.contains(.month), !hasTextMonth, !found.contains(.day), (1...31).contains(value.month) {
                // The number before was the day.
                value.day = value.month
                found.insert(.day)
            } else if found.contains(.month) {
                throw .format
            }
            hasTextMonth = true
            value.month = month
            found.insert(.month)
        case .weekday, .ignored: break
        case .daylightSaving:
            guard let standard = offset else { throw .format }
            offset = standard + 3600
        case .zone(let meaning):
            guard offset == nil, zone == nil else { throw .format }
            switch meaning {
            case .offset(let seconds): offset = seconds
            case .zone(let named): zone = named
            }
            found.insert(.zone)
        case .am: meridiem = false
        case .pm: meridiem = true
        case .bc: isBC = true
        case .ad: isBC = false
        case .unit(let unit):
            guard let next, next.kind == .number || next.kind == .time || next.kind == .date else { throw .format }
            prefix = unit
        case .isoTime:
            guard let next, next.kind == .number || next.kind == .time || next.kind == .date,
                found.isSuperset(of: .date) || dayOfYear != nil
                    || found.isEmpty
            else { throw .format }
            isTimePrefix = true
        }
    }

    private mutating func setSpecial(_ word: Special) throws(DateTimeFault) {
        guard special == nil else { throw .format }
        special = word
        switch word {
        case .today, .tomorrow, .yesterday: break
        default: break
        }
    }

    // MARK: - Times and zones

    private mutating func decodeTime(_ text: [UInt8]) throws(DateTimeFault) {
        (value.hour, value.minute, value.second, value.microsecond) = try Self.clock(text)
        found.formUnion(.time)
        guard value.minute <= 59, value.second <= 60 else { throw .fieldOverflow }
    }

    /// `hh:mm[:ss[.ff]]`, or `mm:ss.ff`.
    static func clock(_ text: [UInt8]) throws(DateTimeFault) -> (hour: Int, minute: Int, second: Int, microsecond: Int) {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3 else { throw .format }
        let last = parts[parts.count - 1]
        let point = last.firstIndex(of: UInt8(ascii: ".")) ?? last.endIndex
        let fraction = point < last.endIndex ? try fraction(last[point...]) : 0
        if parts.count == 2 {
            let first = try integer(parts[0])
            if point < last.endIndex { return (0, first, try integer(last[..<point]), fraction) }
            return (first, try integer(last), 0, 0)
        }
        // What isn't a number at all is said before a number that is too large.
        let (minute, second) = (try integer(parts[1]), last.isEmpty ? 0 : try integer(last[..<point]))
        return (try integer(parts[0]), minute, second, fraction)
    }

    /// `+hh[:mm[:ss]]` or `+hhmm`, as seconds east.
    static func zoneOffset(_ text: [UInt8]) throws(DateTimeFault) -> Int32 {
        guard let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { throw .format }
        let parts = text[1...].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 3 else { throw .format }
        let digits = first.prefix(while: ASCII.isDigit)
        var hours = try integer(digits)
        var minutes = 0
        var seconds = 0
        if parts.count > 1 {
            // Nothing behind a colon is nothing: `+1:`.
            minutes = parts[1].isEmpty ? 0 : try integer(parts[1])
            if parts.count > 2 { seconds = parts[2].isEmpty ? 0 : try integer(parts[2]) }
        } else if first.count > 2, digits.count == first.count {
            minutes = hours % 100
            hours /= 100
        }
        guard hours <= 15, minutes < 60, seconds < 60 else { throw .zoneOverflow }
        guard digits.count == first.count else { throw .format }
        let total = Int32((hours * 60 + minutes) * 60 + seconds)
        return sign == UInt8(ascii: "-") ? -total : total
    }

    // MARK: - Bounds

    private mutating func validateDate() throws(DateTimeFault) {
        if found.contains(.year) {
            if isBC {
                guard value.year > 0 else { throw .fieldOverflow }
                value.year = -(value.year - 1)
            } else if isTwoDigits {
                if value.year < 70 { value.year += 2000 } else if value.year < 100 { value.year += 1900 }
            } else if value.year <= 0, found.isSuperset(of: .date), found.contains(.year), !isFromJulian {
                throw .fieldOverflow
            }
        }
        if let dayOfYear {
            (value.year, value.month, value.day) = Calendar.date(
                julianDay: Calendar.julianDay(year: value.year, month: 1, day: 1) + dayOfYear - 1)
        }
        if found.contains(.month), !(1...12).contains(value.month) { throw .monthOrDayOverflow }
        if found.contains(.day), !(1...31).contains(value.day) { throw .monthOrDayOverflow }
        if found.isSuperset(of: .date), value.day > Calendar.dayCount(year: value.year, month: value.month) { throw .fieldOverflow }
    }

    private var isFromJulian: Bool { value.year < 0 }

    private mutating func validateTime() throws(DateTimeFault) {
        if let meridiem {
            guard value.hour <= 12 else { throw .fieldOverflow }
            if !meridiem, value.hour == 12 { value.hour = 0 } else if meridiem, value.hour != 12 { value.hour += 12 }
        }
        let isMidnight = value.hour == 24 && value.minute == 0 && value.second == 0 && value.microsecond == 0
        guard value.hour < 24 || isMidnight, value.minute <= 59, value.second <= 60, value.microsecond <= 1_000_000 else {
            throw .fieldOverflow
        }
        if value.microsecondsOfDay > Calendar.microsecondsPerDay { throw .fieldOverflow }
    }
}
