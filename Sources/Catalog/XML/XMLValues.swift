import Ground
import XML

/// Values as the text of an element, and what such a text is taken for.
enum XMLValues {
    /// What a text without a hint stands for.
    enum Guess {
        case string
        case bool(Bool)
        /// As JSON has it.
        case number(Bytes)
        case time(Datum)
    }

    /// `true`, `false`, numbers as in JSON without an exponent and with at most 15 characters, dates with a time and a zone; blanks around
    /// them mean nothing. All else is a string: `00123`, `+49 …`, `1e5`, dates alone.
    static func guess(_ text: Bytes) -> Guess {
        let bare = text.trimmed
        guard bare.count > 0 else { return .string }
        switch bare[0] {
        case UInt8(ascii: "t") where bare.equals("true"): return .bool(true)
        case UInt8(ascii: "f") where bare.equals("false"): return .bool(false)
        case UInt8(ascii: "-"), 0x30...0x39:
            if isNumber(bare) { return .number(bare) }
            return time(bare).map { .time($0) } ?? .string
        default: return .string
        }
    }

    private static func isNumber(_ text: Bytes) -> Bool {
        guard text.count < 16 else { return false }
        var index = text[0] == UInt8(ascii: "-") ? 1 : 0
        let first = index
        while index < text.count, text[index].isDigit { index += 1 }
        guard index > first, index == first + 1 || text[first] != UInt8(ascii: "0") else { return false }
        if index == text.count { return true }
        guard text[index] == UInt8(ascii: "."), index + 1 < text.count else { return false }
        for rest in index + 1..<text.count where !text[rest].isDigit { return false }
        return true
    }

    // MARK: Times

    /// The time of `2026-11-21T10:00:00.5+01:00`; nil if the text is none.
    static func time(_ text: Bytes) -> Datum? {
        guard text.count >= 20, text[4] == 0x2D, text[7] == 0x2D, text[10] == UInt8(ascii: "T"), text[13] == 0x3A, text[16] == 0x3A else {
            return nil
        }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for index in range {
                guard text[index].isDigit else { return nil }
                value = value * 10 + Int(text[index] - 0x30)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1...12).contains(month), day >= 1, hour < 24, minute < 60,
            second < 60
        else { return nil }
        let date = CalendarDate(year: year, month: month, day: day)
        guard CalendarDate(dayNumber: date.dayNumber) == date else { return nil }
        var index = 19
        var microseconds = 0
        if text[index] == UInt8(ascii: ".") {
            index += 1
            let first = index
            while index < text.count, text[index].isDigit { index += 1 }
            guard index > first, index - first <= 6, var fraction = number(first..<index) else { return nil }
            for _ in index - first..<6 { fraction *= 10 }
            microseconds = fraction
        }
        guard index < text.count else { return nil }
        let zone = text.dropFirst(index)
        guard zone.equals("Z") || zone.count == 6 && zone[3] == 0x3A, let offset = TimeZoneText.offsetMinutes(zone.string) else {
            return nil
        }
        let seconds = date.dayNumber * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
        return .time(preciseEpochSeconds: Double(seconds) + Double(microseconds) / 1e6, offsetMinutes: offset)
    }

    /// A time as text; nil if none would be read as just this time.
    static func text(ofTime value: Datum) -> String? {
        guard let (seconds, offset) = value.time else { return nil }
        let local = seconds + Double(offset * 60)
        guard local >= -62_167_219_200, local < 253_402_300_800 else { return nil }
        let whole = local.rounded(.down)
        let microseconds = Int(((local - whole) * 1e6).rounded())
        var text = CalendarTime(secondsSince1970: Int(whole)).text()
        text.removeLast()
        if microseconds > 0 {
            var digits = String(microseconds)
            digits = String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
            while digits.hasSuffix("0") { digits.removeLast() }
            text += "." + digits
        }
        text += offset == 0 ? "Z" : TimeZoneText.string(offset)
        // Whole seconds are read as what they are; of others a double may have more than the text.
        if seconds == seconds.rounded() { return text }
        guard let read = text.withBytes({ time($0) }), read == value, read.time?.offsetMinutes == offset else { return nil }
        return text
    }

    // MARK: Characters

    /// Whether XML can have each character of a string, which control characters and U+FFFE are not.
    static func isText(_ bytes: Bytes) -> Bool {
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte < 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D { return false }
            if byte == 0xEF, index + 2 < bytes.count, bytes[index + 1] == 0xBF, bytes[index + 2] >= 0xBE { return false }
        }
        return true
    }

    static func isText(_ string: String) -> Bool { string.withBytes { isText($0) } }

    /// The name with its prefix apart, if it is a name of XML; the prefix is empty if it has none.
    static func prefix(ofName name: String) -> String? {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ String($0).withBytes { XMLNames.isName($0) } }), name.utf8.count <= 1024 else {
            return nil
        }
        return parts.count == 2 ? String(parts[0]) : ""
    }
}

extension Bytes {
    /// Without blanks at both ends.
    var trimmed: Bytes {
        var start = 0
        var end = count
        while start < end, self[start].isXMLBlank { start += 1 }
        while end > start, self[end - 1].isXMLBlank { end -= 1 }
        return self[start..<end]
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    fileprivate var isXMLBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
