/// Numbers of a date and time: which of year, month, day, hour, minute and second each is.
extension DateTimeReader {
    static func integer(_ text: ArraySlice<UInt8>) throws(DateTimeFault) -> Int {
        guard !text.isEmpty, text.allSatisfy(ASCII.isDigit) else { throw .format }
        guard let value = Int(String(decoding: text, as: UTF8.self)), value <= Int(Int32.max) else { throw .fieldOverflow }
        return value
    }

    /// Microseconds of `.123456`, rounded.
    static func fraction(_ text: ArraySlice<UInt8>) throws(DateTimeFault) -> Int {
        guard text.first == UInt8(ascii: "."), text.dropFirst().allSatisfy(ASCII.isDigit) else { throw .format }
        guard let value = Double("0" + String(decoding: text, as: UTF8.self) + "0") else { throw .format }
        return Int((value * 1_000_000).rounded(.toNearestOrEven))
    }

    private mutating func setFraction(_ text: ArraySlice<UInt8>) throws(DateTimeFault) {
        value.microsecond = try Self.fraction(text)
    }

    mutating func decode(_ text: [UInt8], unit: DateTimeWords.Unit) throws(DateTimeFault) {
        let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.count
        let number = try Self.integer(text[..<point])
        switch unit {
        case .year:
            value.year = number
            found.insert(.year)
        case .month:
            // Minutes, if the hours are there.
            if found.contains(.hour), found.contains(.month) || found.isSuperset(of: .date) {
                value.minute = number
                found.insert(.minute)
            } else {
                value.month = number
                found.insert(.month)
            }
        case .day:
            value.day = number
            found.insert(.day)
        case .hour:
            value.hour = number
            found.insert(.hour)
        case .minute:
            value.minute = number
            found.insert(.minute)
        case .second:
            value.second = number
            found.insert(.second)
            if point < text.count { try setFraction(text[point...]) }
        case .julian:
            guard found.isDisjoint(with: .date) else { throw .format }
            guard number < 2_147_483_494 else { throw .fieldOverflow }
            (value.year, value.month, value.day) = Calendar.date(julianDay: number)
            found.formUnion(.date)
            if point < text.count {
                guard let part = Double("0" + String(decoding: text[point...], as: UTF8.self) + "0") else { throw .format }
                value.set(Int64((part * 86_400_000_000).rounded()))
                found.formUnion(.time)
            }
            return
        }
        if point < text.count, unit != .second { throw .format }
    }

    mutating func decodeNumberField(_ text: [UInt8], isTimeOnly: Bool) throws(DateTimeFault) {
        let point = text.firstIndex(of: UInt8(ascii: "."))
        if point != nil, found.isDisjoint(with: .date), !isTimeOnly {
            try decodeDate(text)
        } else if let point, point > 2 {
            // hhmmss.ff
            guard try decodeRunTogether(text) else { throw .format }
        } else if isTimeOnly {
            // A time run together; a date would have signs in it.
            guard try decodeRunTogether(text, isTime: true) else { throw .format }
        } else if text.count >= 6, !found.isSuperset(of: .date) || !found.isSuperset(of: .time) {
            guard try decodeRunTogether(text) else { throw .format }
        } else {
            try decodeNumber(text)
        }
    }

    private mutating func decodeNumber(_ text: [UInt8]) throws(DateTimeFault) {
        if let point = text.firstIndex(of: UInt8(ascii: ".")) {
            if point > 2 {
                guard try decodeRunTogether(text) else { throw .format }
                return
            }
            value.second = try Self.integer(text[..<point])
            try setFraction(text[point...])
            found.insert(.second)
            return
        }
        let number = try Self.integer(text[...])
        let dates = found.intersection(.date)
        if text.count == 3, dates == .year, dayOfYear == nil, (1...366).contains(number) {
            dayOfYear = number
            found.formUnion([.dayOfYear, .month, .day])
            return
        }
        switch dates {
        case []:
            if text.count >= 3 || order == .yearFirst {
                setYear(number, digits: text.count)
            } else if order == .dayFirst {
                set(day: number)
            } else {
                set(month: number)
            }
        case .year: set(month: number)
        case .month:
            if hasTextMonth, text.count >= 3 || order == .yearFirst { setYear(number, digits: text.count) } else { set(day: number) }
        case [.year, .month]:
            if hasTextMonth, text.count >= 3, isTwoDigits {
                // The first number was the day after all.
                value.day = value.year
                found.insert(.day)
                setYear(number, digits: text.count)
                isTwoDigits = false
            } else {
                set(day: number)
            }
        case .day: set(month: number)
        case [.month, .day]: setYear(number, digits: text.count)
        case .date:
            guard try decodeRunTogether(text) else { throw .format }
        default: throw .format
        }
    }

    private mutating func set(month: Int) {
        value.month = month
        found.insert(.month)
    }

    private mutating func set(day: Int) {
        value.day = day
        found.insert(.day)
    }

    private mutating func setYear(_ year: Int, digits: Int) {
        value.year = year
        found.insert(.year)
        isTwoDigits = digits <= 2
    }

    /// yyyymmdd, yymmdd, hhmmss or hhmm, the last two with a fraction. False if it is none of them.
    mutating func decodeRunTogether(_ text: [UInt8], isTime: Bool = false) throws(DateTimeFault) -> Bool {
        var digits = text[...]
        if let point = text.firstIndex(of: UInt8(ascii: ".")) {
            try setFraction(text[point...])
            digits = text[..<point]
        } else if !isTime, !found.isSuperset(of: .date), digits.count >= 6 {
            value.day = try Self.integer(digits.suffix(2))
            value.month = try Self.integer(digits.dropLast(2).suffix(2))
            value.year = try Self.integer(digits.dropLast(4))
            if digits.count - 4 == 2 { isTwoDigits = true }
            found.formUnion(.date)
            return true
        }
        guard !found.isSuperset(of: .time) else { return false }
        guard digits.count == 6 || digits.count == 4 else { return false }
        value.hour = try Self.integer(digits.prefix(2))
        value.minute = try Self.integer(digits.dropFirst(2).prefix(2))
        value.second = digits.count == 6 ? try Self.integer(digits.suffix(2)) : 0
        found.formUnion(.time)
        return true
    }

    mutating func decodeDate(_ text: [UInt8]) throws(DateTimeFault) {
        guard found.isDisjoint(with: .date) || hasTextMonth else { throw .format }
        var parts: [[UInt8]] = []
        var place = 0
        while place < text.count {
            while place < text.count, !ASCII.isDigit(text[place]), !ASCII.isLetter(text[place]) { place += 1 }
            guard place < text.count else { throw .format }
            let start = place
            if ASCII.isDigit(text[place]) {
                while place < text.count, ASCII.isDigit(text[place]) { place += 1 }
            } else {
                while place < text.count, ASCII.isLetter(text[place]) { place += 1 }
            }
            parts.append(Array(text[start..<place]))
        }
        guard parts.count <= 3 else { throw .format }
        var numbers: [[UInt8]] = []
        for part in parts {
            if let first = part.first, ASCII.isLetter(first) {
                guard case .month(let month)? = DateTimeWords.meaning(part), !found.contains(.month) else { throw .format }
                value.month = month
                hasTextMonth = true
                found.insert(.month)
            } else {
                numbers.append(part)
            }
        }
        for number in numbers {
            guard !found.isSuperset(of: .date) else { throw .format }
            try decodeNumber(number)
        }
        guard found.isSuperset(of: .date) else { throw .format }
    }
}
