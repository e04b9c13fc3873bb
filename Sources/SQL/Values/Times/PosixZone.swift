/// A zone in POSIX's notation, as `CET-1CEST,M3.5.0,M10.5.0/3` or `<+03>-3`.
struct PosixZone: Sendable {
    private enum Day: Sendable {
        /// The month, the week of it (5 is the last) and the weekday.
        case weekday(month: Int, week: Int, day: Int)
        /// From 1, without the 29th of February.
        case julian(Int)
        /// From 0, with it.
        case ordinal(Int)
    }

    private struct Change: Sendable {
        var day: Day
        /// Seconds after midnight.
        var time: Int64
    }

    private let standard: ZoneRules.LocalType
    private let saving: (type: ZoneRules.LocalType, start: Change, end: Change)?

    var isFixed: Bool { saving == nil }

    init?(_ text: String) {
        var reader = Reader(bytes: Array(text.utf8))
        // An offset alone is one without a name.
        let isNamed = reader.peek.map { $0 == UInt8(ascii: "<") || ASCII.isLetter($0) } ?? false
        guard let name = isNamed ? reader.name() : "", let west = reader.offset() else { return nil }
        standard = ZoneRules.LocalType(offset: Int32(-west), isDaylightSaving: false, abbreviation: name)
        guard !reader.isAtEnd else {
            saving = nil
            return
        }
        guard let savingName = reader.name() else { return nil }
        var savingOffset = -west + 3600
        if let next = reader.peek, next != UInt8(ascii: ",") {
            guard let west = reader.offset() else { return nil }
            savingOffset = -west
        }
        let type = ZoneRules.LocalType(offset: Int32(savingOffset), isDaylightSaving: true, abbreviation: savingName)
        guard !reader.isAtEnd else {
            // The rule of the United States stands where none is given.
            saving = (
                type, Change(day: .weekday(month: 3, week: 2, day: 0), time: 7200),
                Change(day: .weekday(month: 11, week: 1, day: 0), time: 7200)
            )
            return
        }
        guard reader.take(UInt8(ascii: ",")), let start = Self.change(&reader), reader.take(UInt8(ascii: ",")),
            let end = Self.change(&reader), reader.isAtEnd
        else { return nil }
        saving = (type, start, end)
    }

    func type(at seconds: Int64) -> ZoneRules.LocalType {
        guard let saving else { return standard }
        let days = Calendar.floorDivide(seconds + Int64(standard.offset), 86400).quotient - Int64(Calendar.unixEpochDays)
        let year = Calendar.date(days: Int(days)).year
        let start = Self.seconds(saving.start, year: year) - Int64(standard.offset)
        let end = Self.seconds(saving.end, year: year) - Int64(saving.type.offset)
        let isSaving = start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end
        return isSaving ? saving.type : standard
    }

    /// Local seconds from 1970 of a change in a year.
    private static func seconds(_ change: Change, year: Int) -> Int64 {
        let first = Calendar.julianDay(year: year, month: 1, day: 1)
        let day: Int
        switch change.day {
        case .ordinal(let number): day = first + number
        case .julian(let number): day = first + number - (Calendar.isLeap(year) && number >= 60 ? 0 : 1)
        case .weekday(let month, let week, let weekday):
            let start = Calendar.julianDay(year: year, month: month, day: 1)
            var date = start + (weekday - Calendar.weekday(julianDay: start) + 7) % 7 + (week - 1) * 7
            if date >= start + Calendar.dayCount(year: year, month: month) { date -= 7 }
            day = date
        }
        return Int64(day - Calendar.julianEpoch + Calendar.unixEpochDays) * 86400 + change.time
    }

    private static func change(_ reader: inout Reader) -> Change? {
        let day: Day
        if reader.take(UInt8(ascii: "M")) {
            guard let month = reader.number(), reader.take(UInt8(ascii: ".")), let week = reader.number(),
                reader.take(UInt8(ascii: ".")), let weekday = reader.number(), (1...12).contains(month), (1...5).contains(week),
                (0...6).contains(weekday)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if reader.take(UInt8(ascii: "J")) {
            guard let number = reader.number(), (1...365).contains(number) else { return nil }
            day = .julian(number)
        } else {
            guard let number = reader.number(), (0...365).contains(number) else { return nil }
            day = .ordinal(number)
        }
        var time = 7200
        if reader.take(UInt8(ascii: "/")) {
            guard let given = reader.offset() else { return nil }
            time = given
        }
        return Change(day: day, time: Int64(time))
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        var isAtEnd: Bool { place >= bytes.count }
        var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

        mutating func take(_ byte: UInt8) -> Bool {
            guard peek == byte else { return false }
            place += 1
            return true
        }

        mutating func name() -> String? {
            let start: Int
            let end: Int
            if take(UInt8(ascii: "<")) {
                start = place
                while let byte = peek, byte != UInt8(ascii: ">") { place += 1 }
                end = place
                guard take(UInt8(ascii: ">")) else { return nil }
            } else {
                start = place
                while let byte = peek, ASCII.isLetter(byte) { place += 1 }
                end = place
            }
            return end > start ? String(decoding: bytes[start..<end], as: UTF8.self) : nil
        }

        mutating func number() -> Int? {
            var value: Int?
            while let byte = peek, ASCII.isDigit(byte), (value ?? 0) < 100_000 {
                value = (value ?? 0) * 10 + Int(byte - 48)
                place += 1
            }
            return value
        }

        /// Seconds of `[+-]hh[:mm[:ss]]`.
        mutating func offset() -> Int? {
            let isNegative = take(UInt8(ascii: "-"))
            if !isNegative { _ = take(UInt8(ascii: "+")) }
            guard let hours = number(), hours <= 167 else { return nil }
            var seconds = hours * 3600
            if take(UInt8(ascii: ":")) {
                guard let minutes = number(), minutes < 60 else { return nil }
                seconds += minutes * 60
                if take(UInt8(ascii: ":")) {
                    guard let rest = number(), rest < 60 else { return nil }
                    seconds += rest
                }
            }
            return isNegative ? -seconds : seconds
        }
    }
}
